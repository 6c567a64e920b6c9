"""What the groups of statements have in common. Knows no table."""

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

    @staticmethod
    def _one(connection: Connection, statement: Statement, /, **values: Any) -> Any:
        """Run with named values, in the order that the driver wants; one name may stand in several
        places."""
        return statement.one(connection, *(values[name] for name in statement.names))
