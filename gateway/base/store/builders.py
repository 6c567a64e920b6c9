"""Inserts for either engine, with a parameter for each column. Builds statements only; runs none
and knows no table of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ColumnElement

from gateway.base.store.prepared import Statement, compiled


def insert(dialect: Dialect, table: Table, names: Sequence[str] = (), **first: Any) -> Any:
    """Return an INSERT of one row with a parameter for each of ``names``, by default for every
    column. ``first`` gives columns an expression instead."""
    build = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    columns = names or [column.name for column in table.columns]
    return build(table).values({name: bindparam(name) for name in columns} | first)


def insert_new(
    dialect: Dialect, table: Table, names: Sequence[str] = (), *, key: Sequence[str] = ()
) -> Any:
    """Return an INSERT that leaves out a row that is there already. With ``key`` only that unique
    key counts, so that no other conflict is swallowed."""
    return insert(dialect, table, names).on_conflict_do_nothing(index_elements=list(key) or None)


def upsert(
    dialect: Dialect,
    table: Table,
    key: Sequence[str],
    names: Sequence[str] = (),
    *,
    change: Mapping[str, Any] | None = None,
    only_newer: str = "",
    **first: Any,
) -> Any:
    """Return an INSERT that changes the row of the same ``key``, where there is one.

    ``change`` gives columns their new value; by default every column outside the key takes the
    value of the new row. ``only_newer`` names a column that must not be lower in the new row.
    """
    statement = insert(dialect, table, names, **first)
    columns = names or [column.name for column in table.columns]
    if change is None:
        change = {name: statement.excluded[name] for name in columns if name not in key}
    where: ColumnElement[bool] | None = None
    if only_newer:
        where = table.c[only_newer] <= statement.excluded[only_newer]
    return statement.on_conflict_do_update(index_elements=list(key), set_=change, where=where)


def whole_rows(
    dialect: Dialect, table: Table, statement: Any, *, copied: bool = False
) -> Statement:
    """Return an INSERT whose rows are tuples in the order of the table's columns. ``copied``: see
    ``compiled``."""
    return compiled(dialect, statement, copied=copied, order=[c.name for c in table.columns])
