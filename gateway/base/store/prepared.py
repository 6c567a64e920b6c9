"""Statements for the driver: Core statements compiled once, bulk statements, and lists of any
length as one parameter.

Knows no table, and no connection but the one it is handed. Placeholders are those of the engines
that ``sql`` makes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Insert, LargeBinary, String, Table, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ColumnElement, bindparam
from sqlalchemy.sql.expression import ClauseElement

from gateway.base.store import arrays
from gateway.base.store.copying import LEAST, Copy, copy_of

MOST_ARRAY = 1000
"""Rows in one statement of arrays."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A Core statement compiled once: driver text, the order of its free parameters, and constants
    by position."""

    text: str
    names: tuple[str, ...]
    constants: tuple[tuple[int, Any], ...] = ()
    arrays: tuple[Callable[[Sequence[Any]], Any], ...] = ()
    """How each column becomes one parameter of a bulk statement; empty where the driver takes row
    after row."""
    copy: Copy | None = None
    """What brings several rows in faster, where the engine has it."""

    def many(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Execute for every row (tuples in the order of ``names``), and return the number of
        rows touched."""
        if not rows:
            return 0
        if self.copy is not None and len(rows) >= LEAST and self.copy.run(connection, rows):
            return len(rows)
        if self.arrays:
            return sum(
                connection.exec_driver_sql(
                    self.text, self._columns(rows[at : at + MOST_ARRAY])
                ).rowcount
                for at in range(0, len(rows), MOST_ARRAY)
            )
        given = [self._filled(row) for row in rows] if self.constants else list(rows)
        return connection.exec_driver_sql(self.text, cast(Any, given)).rowcount

    def one(self, connection: Connection, *values: Any) -> Any:
        """Execute once with the values in the order of ``names``, and return the result."""
        if self.arrays:
            return connection.exec_driver_sql(self.text, self._columns([values]))
        return connection.exec_driver_sql(
            self.text, self._filled(values) if self.constants else values
        )

    def _columns(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
        return tuple(
            [
                array(column)
                for array, column in zip(self.arrays, zip(*rows, strict=True), strict=True)
            ]
        )

    def _filled(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for at, constant in self.constants:
            values.insert(at, constant)
        return tuple(values)


def compiled(dialect: Dialect, statement: ClauseElement, *, copied: bool = False) -> Statement:
    """Compile ``statement`` for the driver; positional parameters. On PostgreSQL an INSERT of plain
    VALUES takes whole columns; ``copied``: its rows are so large that COPY is better."""
    result: Any = statement.compile(dialect=dialect)
    order = tuple(result.positiontup or ())
    constants = tuple(
        (at, result.params[name])
        for at, name in enumerate(order)
        if result.params[name] is not None
    )
    fixed = {at for at, _ in constants}
    names = tuple(name for at, name in enumerate(order) if at not in fixed)
    whole = str(result)
    head, values, tail = whole.partition(" VALUES (")
    if (
        isinstance(statement, Insert)
        and values
        and "RETURNING" not in whole
        and dialect.name == "postgresql"
    ):
        columns: Any = statement.table.c
        row, _, rest = tail.partition(")")
        if (
            "(" not in row
            and not constants
            and "%s" not in rest
            and all(name in columns for name in names)
        ):
            casts = ", ".join(_array(dialect, columns[name]) for name in names)
            copy = (
                copy_of(dialect, cast(Table, statement.table), names, tolerant="DO NOTHING" in rest)
                if copied
                else None
            )
            return Statement(
                f"{head} SELECT * FROM unnest({casts}){rest}",
                names,
                arrays=_arrays(columns, names),
                copy=copy,
            )
    return Statement(whole, names, constants)


def bulk_update(
    dialect: Dialect, table: Table, *, keys: Sequence[str], changes: Sequence[str]
) -> Statement:
    """Return an UPDATE of many rows at once, one per row of values: ``changes`` first, then
    ``keys``, which all must match."""
    quote = dialect.identifier_preparer.quote
    own, names = quote(table.name), (*changes, *keys)
    if dialect.name == "postgresql":
        sets = ", ".join(f"{quote(name)} = v.column{at}" for at, name in enumerate(changes, 1))
        where = " AND ".join(
            f"{own}.{quote(name)} = v.column{at}" for at, name in enumerate(keys, len(changes) + 1)
        )
        casts = ", ".join(_array(dialect, table.c[name]) for name in names)
        columns = ", ".join(f"column{at}" for at in range(1, len(names) + 1))
        return Statement(
            f"UPDATE {own} SET {sets} FROM unnest({casts}) AS v ({columns}) WHERE {where}",
            names,
            arrays=_arrays(table.c, names),
        )
    sets, where = (
        joint.join(f"{quote(name)} = ?" for name in each)
        for joint, each in ((", ", changes), (" AND ", keys))
    )
    return Statement(f"UPDATE {own} SET {sets} WHERE {where}", names)


def _array(dialect: Dialect, column: Any) -> str:
    """Return a column's values as one parameter: the statement stays short, so that psycopg
    caches its text and the server its plan. With a placeholder for each value psycopg splits the
    text anew each time (measured: a third of the CPU of customs). Strings as TEXT: a cast to
    VARCHAR(n) would cut in silence what the column itself refuses."""
    kind = "TEXT" if isinstance(column.type, String) else column.type.compile(dialect=dialect)
    return f"%s::{kind}[]"


def _arrays(columns: Any, names: Sequence[str]) -> tuple[Callable[[Sequence[Any]], Any], ...]:
    return tuple(
        arrays.bytea_array if isinstance(columns[name].type, LargeBinary) else arrays.literal
        for name in names
    )


def any_of(dialect: Dialect, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of the list bound to ``name`` (pass it through
    ``array``): one statement for any length."""
    if dialect.name == "sqlite":
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return column == func.any(bindparam(name))


def array(dialect: Dialect, items: Sequence[Any]) -> Any:
    """Return the value that ``any_of`` wants."""
    return (
        msgspec.json.encode(list(items)).decode()
        if dialect.name == "sqlite"
        else arrays.literal(list(items))
    )
