"""Ways in which a connection to the database is lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from tests.conftest import Stores
from tests.contract.store.pieces import PATIENCE


def own_pid(connection: Connection) -> int:
    pid: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return pid


def lose_own_connection(connection: Connection) -> None:
    connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


class Killer:
    """Ends backends from outside and returns when they are gone."""

    def __init__(self, stores: Stores) -> None:
        self._other = stores.open("elsewhere")

    def kill(self, *pids: int) -> None:
        # In two steps: a condition beside the call would not keep the planner from ending other
        # backends.
        self._ask(
            "SELECT pg_terminate_backend(pid) FROM unnest(CAST(:pids AS integer[])) AS pid", pids
        )
        deadline = time.monotonic() + PATIENCE
        while self._ask("SELECT pid FROM pg_stat_activity WHERE pid = ANY(:pids)", pids):
            assert time.monotonic() < deadline, "the backends would not go"

    def _ask(self, query: str, pids: Sequence[int]) -> Sequence[Any]:
        return self._other.read_here(
            lambda c: c.execute(text(query), {"pids": list(pids)}).fetchall()
        )
