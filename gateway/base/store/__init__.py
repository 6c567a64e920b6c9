"""The adapter of the store port on SQLAlchemy: SQLite and PostgreSQL. Knows no table."""
