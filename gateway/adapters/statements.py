"""Statements for the driver: Core statements compiled once, bulk statements, and lists of any length as one parameter.

Knows no table, and no connection but the one it is handed. Placeholders are those of the engines that ``sql`` makes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Insert, LargeBinary, String, Table, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ColumnElement, bindparam
from sqlalchemy.sql.expression import ClauseElement

from gateway.adapters import arrays
from gateway.adapters.copying import LEAST, Copy, copy_of

MOST_ARRAY = 1000
"""Rows in one statement of arrays."""
MOST_ROWS = 256
"""Rows in one bulk statement: well below SQLite's 32,766 and PostgreSQL's 65,535 parameters."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A Core statement compiled once: driver text, the order of its free parameters, and constants by position.

    ``row`` is the text of one row of a bulk statement, ``text`` then holds ``{rows}`` for them. One bulk statement is one
    step of the driver: with a step a row, writer threads and event loop hand the GIL over at every row (measured: 0.4 ms of
    CPU a round trip)."""

    text: str
    names: tuple[str, ...]
    constants: tuple[tuple[int, Any], ...] = ()
    row: str = ""
    arrays: tuple[Callable[[Sequence[Any]], Any], ...] = ()
    """How each column becomes one parameter; empty where a statement takes rows."""
    copy: Copy | None = None
    """What brings several rows in faster, where the engine has it."""

    def many(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Execute for every row (tuples in the order of ``names``); the number of rows touched."""
        if not rows:
            return 0
        if self.copy is not None and len(rows) >= LEAST and self.copy.run(connection, rows):
            return len(rows)
        if self.arrays:
            return sum(connection.exec_driver_sql(self.text, self._columns(rows[at: at + MOST_ARRAY])).rowcount
                       for at in range(0, len(rows), MOST_ARRAY))
        if self.constants:
            rows = [self._filled(row) for row in rows]
        if not self.row:
            return connection.exec_driver_sql(self.text, cast(Any, list(rows))).rowcount
        touched, at = 0, 0
        while at < len(rows):
            # Powers of two: few texts, so that the driver's statement cache knows them all.
            size = min(MOST_ROWS, 1 << (len(rows) - at).bit_length() - 1)
            values = tuple(itertools.chain.from_iterable(rows[at: at + size]))
            touched += connection.exec_driver_sql(self.text.format(rows=", ".join([self.row] * size)), values).rowcount
            at += size
        return touched

    def one(self, connection: Connection, *values: Any) -> Any:
        """Execute once with the values in the order of ``names``; the result."""
        if self.arrays:
            return connection.exec_driver_sql(self.text, self._columns([values]))
        text = self.text.format(rows=self.row) if self.row else self.text
        return connection.exec_driver_sql(text, self._filled(values) if self.constants else values)

    def _columns(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
        return tuple([array(column) for array, column in zip(self.arrays, zip(*rows, strict=True), strict=True)])

    def _filled(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for at, constant in self.constants:
            values.insert(at, constant)
        return tuple(values)


def compiled(dialect: Dialect, statement: ClauseElement, *, copied: bool = False) -> Statement:
    """Compile ``statement`` for the driver; positional parameters. An INSERT of plain VALUES becomes a bulk statement; ``copied``: of
    rows so large that COPY is better, where the engine has it."""
    result: Any = statement.compile(dialect=dialect)
    order = tuple(result.positiontup or ())
    constants = tuple((at, result.params[name]) for at, name in enumerate(order) if result.params[name] is not None)
    fixed = {at for at, _ in constants}
    names = tuple(name for at, name in enumerate(order) if at not in fixed)
    whole = str(result)
    head, values, tail = whole.partition(" VALUES (")
    if isinstance(statement, Insert) and values and "RETURNING" not in whole:
        row, _, rest = tail.partition(")")
        if row.count("(") == 0:
            columns: Any = statement.table.c
            if dialect.name == "postgresql" and not constants and "%s" not in rest and all(name in columns for name in names):
                casts = ", ".join(_array(dialect, columns[name]) for name in names)
                copy = copy_of(dialect, cast(Table, statement.table), names, tolerant="DO NOTHING" in rest) if copied else None
                return Statement(f"{head} SELECT * FROM unnest({casts}){rest}", names, arrays=_arrays(columns, names), copy=copy)
            return Statement(f"{_plain(head)} VALUES {{rows}}{_plain(rest)}", names, constants, f"({row})")
    return Statement(whole, names, constants)


def bulk_update(dialect: Dialect, table: Table, *, keys: Sequence[str], changes: Sequence[str]) -> Statement:
    """An UPDATE of many rows at once, one per row of values: ``changes`` first, then ``keys``, which all must match."""
    quote = dialect.identifier_preparer.quote
    names = (*changes, *keys)

    own = quote(table.name)
    sets = ", ".join(f"{quote(name)} = v.column{at}" for at, name in enumerate(changes, 1))
    where = " AND ".join(f"{own}.{quote(name)} = v.column{at}" for at, name in enumerate(keys, len(changes) + 1))
    if dialect.name == "postgresql":
        casts = ", ".join(_array(dialect, table.c[name]) for name in names)
        columns = ", ".join(f"column{at}" for at in range(1, len(names) + 1))
        return Statement(f"UPDATE {own} SET {sets} FROM unnest({casts}) AS v ({columns}) WHERE {where}", names,
                         arrays=_arrays(table.c, names))
    text = f"UPDATE {own} SET {sets} FROM (VALUES {{rows}}) AS v WHERE {where}"
    return Statement(text, names, (), f"({', '.join('?' for _ in names)})")


def _array(dialect: Dialect, column: Any) -> str:
    """A column's values as one parameter: the statement stays short, so that psycopg caches its text and the server its plan. With a
    placeholder for each value psycopg splits the text anew each time (measured: a third of the CPU of customs). Strings as TEXT: a
    cast to VARCHAR(n) would cut in silence what the column itself refuses."""
    kind = "TEXT" if isinstance(column.type, String) else column.type.compile(dialect=dialect)
    return f"%s::{kind}[]"


def _arrays(columns: Any, names: Sequence[str]) -> tuple[Callable[[Sequence[Any]], Any], ...]:
    return tuple(arrays.bytea_array if isinstance(columns[name].type, LargeBinary) else arrays.literal for name in names)


def any_of(dialect: Dialect, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """``column`` is one of the list bound to ``name`` (pass it through ``array``): one statement for any length."""
    if dialect.name == "sqlite":
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return column == func.any(bindparam(name))


def array(dialect: Dialect, items: Sequence[Any]) -> Any:
    """The value that ``any_of`` wants."""
    return msgspec.json.encode(list(items)).decode() if dialect.name == "sqlite" else arrays.literal(list(items))


def _plain(text: str) -> str:
    """Text that ``str.format`` leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")
