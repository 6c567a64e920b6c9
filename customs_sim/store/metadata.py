"""The MetaData of customs and the column type of its keys. Knows no table."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData, String
from sqlalchemy.types import TypeEngine

metadata = MetaData()

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""The type of a number that is a primary key: INTEGER PRIMARY KEY is SQLite's own row id, so that
no second b-tree is kept."""


def number(length: int = 64) -> TypeEngine[str]:
    """Return the type of a number that people look for: compared byte by byte on every database,
    whatever its locale, so that the beginnings of numbers are a range of the index."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
