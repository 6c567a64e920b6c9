"""What a driver's error means: the frontier between SQLAlchemy and our own errors."""

from __future__ import annotations

from sqlalchemy import exc

from gateway.base.errors import DataRefused, EportError, StoreConflict, Unavailable

_TAKEN = frozenset(
    {
        "23505",
        "23503",
        "SQLITE_CONSTRAINT_UNIQUE",
        "SQLITE_CONSTRAINT_PRIMARYKEY",
        "SQLITE_CONSTRAINT_ROWID",
        "SQLITE_CONSTRAINT_FOREIGNKEY",
    }
)
"""Keys: another writer was first, and the next run may see it. NOT NULL and CHECK can never
succeed."""


class Broken(Unavailable):
    """A pooled connection that had died: the server was started again since. Nothing was committed
    on it, and the pool has dropped all that are as old, so that another try gets a new one."""


def translated(error: exc.DBAPIError) -> EportError:
    """Return one of our errors for a driver's: the frontier."""
    message = str(error.orig)
    code: str = (
        getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or ""
    )
    if code in _TAKEN or code.startswith(
        "40"
    ):  # 40: deadlock, serialization failure; their texts depend on lc_messages
        return StoreConflict(message)
    if (
        isinstance(error, exc.IntegrityError | exc.DataError | exc.ProgrammingError)
        or code == "SQLITE_ERROR"
    ):
        return DataRefused(message)
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return Broken(message) if error.connection_invalidated else Unavailable(message)
    return DataRefused(message)
