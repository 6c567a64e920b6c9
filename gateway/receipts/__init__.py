"""Takes what customs sends: receipts, pushes, and what cannot be used yet or at all."""
