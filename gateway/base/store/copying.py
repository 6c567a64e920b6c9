"""COPY for rows with large bodies: PostgreSQL writes what one COPY brings page by page, and its log
by the page too.

An INSERT of the same rows goes through a tuple store and writes one log record a row (measured,
bodies of 3 kB: nearly twice the CPU of the server). Imports psycopg only where a connection of it
is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, exc
from sqlalchemy.engine import Dialect

LEAST = 4
"""Rows from which on a COPY, which is one round trip more than an INSERT, is worth it."""
CAREFUL = "eport_careful"
"""Execution option of a transaction that runs again after a conflict: what tolerates taken keys
does not try without looking."""


@dataclass(frozen=True, slots=True)
class Copy:
    """``COPY … FROM STDIN`` of whole rows. ``tolerant``: the statement lets rows whose keys are
    taken alone, which COPY cannot."""

    text: str
    types: tuple[str, ...]
    tolerant: bool

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> bool:
        """Copy the rows; return whether it was done, False for the careful run of what tolerates
        taken keys: the INSERT is to be used.

        A taken key is an error of the whole transaction, so that the store runs the unit again,
        carefully: repeats are rare, and a savepoint for each COPY would cost more than what COPY
        gains."""
        if self.tolerant and connection.get_execution_options().get(CAREFUL):
            return False
        raw: Any = connection.connection.driver_connection
        try:
            with raw.cursor() as cursor, cursor.copy(self.text) as copy:
                copy.set_types(self.types)
                for row in rows:
                    copy.write_row(row)
            return True
        except connection.dialect.dbapi.Error as error:  # type: ignore[union-attr]
            raise self._said(connection, error) from error

    def _said(self, connection: Connection, error: Exception) -> Exception:
        """Return the driver's error as SQLAlchemy would have raised it, and a lost connection
        given back as lost."""
        driver, dialect = connection.connection.dbapi_connection, connection.dialect
        lost = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
        if lost:
            connection.invalidate(error)
        return exc.DBAPIError.instance(
            self.text,
            None,
            error,
            connection.dialect.dbapi.Error,  # type: ignore[union-attr]
            connection_invalidated=lost,
            dialect=connection.dialect,
        )


def copy_of(dialect: Dialect, table: Table, names: Sequence[str], *, tolerant: bool) -> Copy | None:
    """Return a COPY of rows with these columns; None where the engine has none."""
    if dialect.name != "postgresql":
        return None
    quote = dialect.identifier_preparer.quote
    types = tuple(
        table.c[name].type.compile(dialect=dialect).partition("(")[0].lower() for name in names
    )
    return Copy(
        f"COPY {quote(table.name)} ({', '.join(map(quote, names))}) FROM STDIN (FORMAT BINARY)",
        tuple(_TYPES.get(kind, kind) for kind in types),
        tolerant,
    )


_TYPES = {"bigint": "int8", "integer": "int4", "smallint": "int2"}
