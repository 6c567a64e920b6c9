"""What all tables of the gateway share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData()


BIG = BigInteger().with_variant(Integer(), "sqlite")
"""INTEGER PRIMARY KEY is SQLite's own row id: no second b-tree."""
