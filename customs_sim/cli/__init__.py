"""The commands of customs: `customs`, `operators`, `clock`."""
