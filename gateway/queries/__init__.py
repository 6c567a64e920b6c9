"""Reads for the API: declarations, registers, receipts and messages. Never writes."""
