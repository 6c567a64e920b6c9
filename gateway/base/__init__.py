"""What both sides stand on: the ports, their adapters, settings, logs and errors. Knows no message
type."""
