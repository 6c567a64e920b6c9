"""The former place of ``tests.support.servers``, for who still imports from here."""

from tests.support.servers import (
    POSTGRES,
    OwnPostgres,
    OwnRabbit,
    free_port,
    own_postgres,
    own_rabbit,
)

__all__ = ["POSTGRES", "OwnPostgres", "OwnRabbit", "free_port", "own_postgres", "own_rabbit"]
