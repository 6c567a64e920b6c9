"""The tables of customs and their SQL."""
