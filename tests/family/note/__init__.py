"""A family of one message type, 联系单: what a package of your own looks like (CONTRIBUTING.md)."""
