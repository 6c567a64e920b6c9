"""A table, the units that write to it, and a gate that holds a unit up, for the contract of the
store."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    SmallInteger,
    String,
    Table,
    event,
    select,
)

from gateway.base.store.sql import SqlStore

PATIENCE = 10.0
metadata = MetaData()
pieces = Table(
    "pieces",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(10), nullable=False, unique=True),
    Column("size", SmallInteger),
)


def put(number: int, name: str | None = None, **values: Any) -> Callable[[Connection], int]:
    """A unit that adds one piece."""

    def unit(connection: Connection) -> int:
        connection.execute(pieces.insert().values(id=number, name=name or f"n{number}", **values))
        return number

    return unit


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(select(pieces.c.id).order_by(pieces.c.id)).scalars())


def numbers_of_nothing(_: Connection) -> list[int]:
    return []


class Gate:
    """Something that stops in its middle until it is let through: a unit, or with ``at_commit``
    every COMMIT of a store."""

    def __init__(self, then: Callable[[Connection], Any] = numbers) -> None:
        self._then = then
        self._inside, self._open = threading.Event(), threading.Event()

    @classmethod
    def at_commit(cls, store: SqlStore) -> Gate:
        gate = cls()
        event.listen(store.engine, "commit", gate.hold)
        return gate

    def hold(self, _: Connection) -> None:
        self._inside.set()
        assert self._open.wait(PATIENCE), "nobody opened the gate"

    def unit(self, connection: Connection) -> Any:
        found = self._then(connection)
        self.hold(connection)
        return found

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._inside.wait, PATIENCE)

    def open(self) -> None:
        self._open.set()
