"""What a tester tells customs to do otherwise: scenarios, faults on answers, and which of them
hold. Knows no rule of review."""
