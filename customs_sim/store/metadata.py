"""The MetaData of customs and the column type of its keys. Knows no table."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData()

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""The type of a number that is a primary key: INTEGER PRIMARY KEY is SQLite's own row id, so that
no second b-tree is kept."""
