"""The order of a list that a person sorts by one of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement


def ordered(sorts: Mapping[str, ColumnElement[Any]], sort: str) -> list[ColumnElement[Any]]:
    """Return the ORDER BY of ``sort``, a name of ``sorts``, behind ``-`` from the highest down;
    nothing for any other text."""
    column = sorts.get(sort.removeprefix("-"))
    if column is None:
        return []
    return [column.desc() if sort.startswith("-") else column]
