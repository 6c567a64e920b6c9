"""Statements for the driver: Core statements compiled once, when they are first used, bulk
statements, and lists of any length as one parameter.

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
class Text:
    """What a driver is given: the text, the order of its free parameters, and constants by
    position."""

    text: str
    names: tuple[str, ...]
    constants: tuple[tuple[int, Any], ...] = ()
    arrays: tuple[Callable[[Sequence[Any]], Any], ...] = ()
    """How each column becomes one parameter of a bulk statement; empty where the driver takes row
    after row."""
    copy: Copy | None = None
    """What brings several rows in faster, where the engine has it."""


class Statement:
    """A statement whose text is made at its first use, once: a side has some hundred and thirty,
    and a command or a test needs a few of them."""

    __slots__ = ("_make", "_text")

    def __init__(self, make: Callable[[], Text]) -> None:
        self._make = make
        self._text: Text | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the free parameters in their order."""
        return self._ready().names

    def _ready(self) -> Text:
        made = self._text
        if made is None:
            made = self._text = self._make()
        return made

    def many(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Execute for every row (tuples in the order of ``names``), and return the number of
        rows touched."""
        if not rows:
            return 0
        made = self._ready()
        if made.copy is not None and len(rows) >= LEAST and made.copy.run(connection, rows):
            return len(rows)
        if made.arrays:
            return sum(
                connection.exec_driver_sql(
                    made.text, _columns(made, rows[at : at + MOST_ARRAY])
                ).rowcount
                for at in range(0, len(rows), MOST_ARRAY)
            )
        given = [_filled(made, row) for row in rows] if made.constants else list(rows)
        return connection.exec_driver_sql(made.text, cast(Any, given)).rowcount

    def one(self, connection: Connection, *values: Any) -> Any:
        """Execute once with the values in the order of ``names``, and return the result."""
        made = self._text or self._ready()
        if made.arrays:
            return connection.exec_driver_sql(made.text, _columns(made, [values]))
        return connection.exec_driver_sql(
            made.text, _filled(made, values) if made.constants else values
        )


def _columns(made: Text, rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(
        [array(column) for array, column in zip(made.arrays, zip(*rows, strict=True), strict=True)]
    )


def _filled(made: Text, row: Sequence[Any]) -> tuple[Any, ...]:
    values = list(row)
    for at, constant in made.constants:
        values.insert(at, constant)
    return tuple(values)


def compiled(
    dialect: Dialect,
    statement: ClauseElement,
    *,
    copied: bool = False,
    order: Sequence[str] | None = None,
) -> Statement:
    """Return ``statement`` for the driver; positional parameters. On PostgreSQL an INSERT of plain
    VALUES takes whole columns; ``copied``: its rows are so large that COPY is better. ``order``:
    how its rows are written; AssertionError at the first use when it wants another order."""

    def make() -> Text:
        made = _text(dialect, statement, copied=copied)
        if order is not None and made.names != tuple(order):
            raise AssertionError(f"rows are written in the order {made.names}: {made.text}")
        return made

    return Statement(make)


def _text(dialect: Dialect, statement: ClauseElement, *, copied: bool) -> Text:
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
            return Text(
                f"{head} SELECT * FROM unnest({casts}){rest}",
                names,
                arrays=_arrays(columns, names),
                copy=copy,
            )
    return Text(whole, names, constants)


def bulk_update(
    dialect: Dialect, table: Table, *, keys: Sequence[str], changes: Sequence[str]
) -> Statement:
    """Return an UPDATE of many rows at once, one per row of values: ``changes`` first, then
    ``keys``, which all must match."""
    return Statement(lambda: _update_text(dialect, table, keys, changes))


def _update_text(
    dialect: Dialect, table: Table, keys: Sequence[str], changes: Sequence[str]
) -> Text:
    quote = dialect.identifier_preparer.quote
    own, names = quote(table.name), (*changes, *keys)
    if dialect.name == "postgresql":
        sets = ", ".join(f"{quote(name)} = v.column{at}" for at, name in enumerate(changes, 1))
        where = " AND ".join(
            f"{own}.{quote(name)} = v.column{at}" for at, name in enumerate(keys, len(changes) + 1)
        )
        casts = ", ".join(_array(dialect, table.c[name]) for name in names)
        columns = ", ".join(f"column{at}" for at in range(1, len(names) + 1))
        return Text(
            f"UPDATE {own} SET {sets} FROM unnest({casts}) AS v ({columns}) WHERE {where}",
            names,
            arrays=_arrays(table.c, names),
        )
    sets, where = (
        joint.join(f"{quote(name)} = ?" for name in each)
        for joint, each in ((", ", changes), (" AND ", keys))
    )
    return Text(f"UPDATE {own} SET {sets} WHERE {where}", names)


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
