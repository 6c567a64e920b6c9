"""Wake-ups between processes that share a PostgreSQL: LISTEN / NOTIFY. A hint, never the only way:
every listener polls as well.

NOTIFY makes commits queue for one lock of the whole server, so it is sent for rare news only, never
for every batch.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from gateway.base.errors import EportError
from gateway.base.store.sql import SqlStore

log = logging.getLogger("eport.wakeups")
EVERYTHING = "everything"
"""What a listener is told after it could not listen for a while."""
PAUSE = 1.0


def notify(connection: Connection, side: str, what: str) -> None:
    """Tell the other processes of ``side`` when this transaction commits; nothing on SQLite, which
    has no others."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_notify(:channel, :what)"),
            {"channel": _channel(connection, side), "what": what},
        )


class Wakeups:
    """Listens in a thread with a connection of its own and calls ``on(what)`` on the loop."""

    def __init__(self, store: SqlStore, side: str, on: Callable[[str], None]) -> None:
        self._store, self._side, self._on = store, side, on
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        if self._store.dialect.name == "postgresql":
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(
                target=self._listen, args=(loop,), name="wakeups", daemon=True
            )
            self._thread.start()

    async def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 5)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        def tell(what: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._on, what)

        def unit(connection: Connection) -> None:
            channel = _channel(connection, self._side)
            connection.rollback()
            raw: Any = connection.connection.driver_connection
            raw.autocommit = True
            try:
                raw.execute(f'LISTEN "{channel}"')
                tell(EVERYTHING)
                while not self._stop.is_set():
                    for note in raw.notifies(timeout=PAUSE, stop_after=1):
                        tell(note.payload)
            finally:
                connection.invalidate()  # it goes back to no pool while it listens

        while not self._stop.is_set():
            try:
                self._store.read_here(unit)
            except (EportError, OSError) as error:
                log.warning(
                    "cannot listen for wake-ups (%s); polling until it works again",
                    error,
                    extra={"action": "wakeups_unavailable"},
                )
            except Exception:
                log.exception(
                    "listening for wake-ups failed; polling until it works again",
                    extra={"action": "wakeups_failed"},
                )
            self._stop.wait(PAUSE)


def _channel(connection: Connection, side: str) -> str:
    """Return one channel for each side and schema: installations may share a database."""
    name = connection.execute(text("SELECT current_schema()")).scalar()
    return f"eport_{side}_{hashlib.sha256(str(name).encode()).hexdigest()[:16]}"
