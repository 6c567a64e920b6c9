"""Adapters of the ports. None of them knows a table or a message type."""
