"""What customs' officers do: decide, levy, book payments, close, and steer the simulation."""
