"""What the groups of statements have in common: a dialect, and the ways to run a compiled
statement. Knows no table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from gateway.base.store.prepared import Statement, array


class StatementGroup:
    """Statements about one group of tables, compiled once. One object per store; immutable, shared
    by all threads. Methods take the connection of the transaction first."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def _list(self, items: Iterable[Any]) -> Any:
        """Return the parameter that ``any_of`` wants."""
        return array(self.dialect, list(items))

    def _listing(
        self, connection: Connection, statement: Statement, items: Iterable[Any]
    ) -> list[Any]:
        """Return the rows for a list of keys; without a key that is not empty ask nothing."""
        wanted = [item for item in items if item != ""]
        return list(statement.one(connection, self._list(wanted)).fetchall()) if wanted else []

    def _sorted_listing(
        self, connection: Connection, statement: Statement, numbers: Iterable[str]
    ) -> list[Any]:
        """Return the rows for a list of keys, asked in order: two units lock alike."""
        wanted = sorted({number for number in numbers if number})
        return self._listing(connection, statement, wanted)

    @staticmethod
    def _one(connection: Connection, statement: Statement, /, **values: Any) -> Any:
        """Run with named values, in the order that the driver wants; one name may stand in several
        places."""
        return statement.one(connection, *(values[name] for name in statement.names))
