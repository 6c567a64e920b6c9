"""The store of customs: its tables, the statements that read and write them, and the numbers that
units draw. Decides nothing."""
