"""The tables of the gateway and their SQL."""
