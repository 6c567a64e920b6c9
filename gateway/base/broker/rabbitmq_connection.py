"""One connection to RabbitMQ that is remade whenever it is lost, and its long-lived channels, one
for each role.

The frontier of aio-pika and aiormq: their exceptions leave as Unavailable. Two habits of theirs are
dealt with here: waiters of a lost connection get a CancelledError that nobody asked for, and a
black-holed link raises nothing by itself, so that every call has a time-out and a connection that
let one pass is given up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, FieldValue
from aio_pika.exceptions import AMQPError
from yarl import URL

from gateway.base.errors import BadSetting, Unavailable

log = logging.getLogger("eport.broker")
T = TypeVar("T")


class Link:
    """``timeout``: seconds of every call; ``connect``: seconds to connect; ``heartbeat``: seconds,
    unless the URL says so."""

    def __init__(
        self, url: str, name: str, *, timeout: float, connect: float, heartbeat: int
    ) -> None:
        self.timeout, self._name, self._connect = timeout, name, connect
        self._url = _url(url, heartbeat)
        self._connection: AbstractConnection | None = None
        self._channels: dict[str, AbstractChannel] = {}
        self._lock = asyncio.Lock()
        self._ending: set[asyncio.Future[Any]] = set()
        self._closed = False
        self.major = 0
        """The server's major version, once connected."""

    @property
    def channels(self) -> int:
        """Return the number of channels that are open: as many as roles, however much was sent."""
        return sum(1 for c in self._channels.values() if not c.is_closed)

    async def channel(self, role: str, *, prefetch: int = 0) -> AbstractChannel:
        """Return the channel of ``role``, opened when there is none. Publishing channels confirm
        and raise for what is unroutable."""
        channel = self._channels.get(role)
        if channel is not None and not channel.is_closed:
            return channel
        async with self._lock, self.frontier(f"channel {role}"):
            channel = self._channels.get(role)
            if channel is not None and not channel.is_closed:
                return channel
            connection = await self._connected()
            made = connection.channel(publisher_confirms=True, on_return_raises=True)
            await self.within(
                made.initialize()
            )  # its own time-out does not reach the call that opens the channel
            if prefetch:
                await self.within(made.set_qos(prefetch))
            self._channels[role] = made
            return made

    async def drop(self, role: str) -> None:
        """Close the channel of a role; unacknowledged deliveries go back to their queue."""
        channel = self._channels.pop(role, None)
        if channel is not None and not channel.is_closed:
            with contextlib.suppress(Unavailable):
                async with self.frontier(f"closing channel {role}"):
                    await self.within(channel.close())

    async def within(self, call: Awaitable[T]) -> T:
        """Return the result of ``call``. Raise TimeoutError when its time is over, without a
        wait for its own tidying up, which may hang as well."""
        task = asyncio.ensure_future(call)
        try:
            await asyncio.wait({task}, timeout=self.timeout)
        finally:
            if not task.done():
                task.cancel()
                self._ending.add(task)
                task.add_done_callback(self._forget)
        if not task.done():
            raise TimeoutError
        return task.result()

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._ending.discard(task)
        if not task.cancelled():
            task.exception()

    def abandon(self) -> None:
        """Give the connection up: it let a time-out pass. It is closed aside, since closing may
        hang as well."""
        connection, self._connection = self._connection, None
        self._channels.clear()
        if connection is not None:
            ending = asyncio.create_task(self._end(connection))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        self._closed = True
        self.abandon()
        if self._ending:
            await asyncio.wait(set(self._ending), timeout=self.timeout)

    @contextlib.asynccontextmanager
    async def frontier(self, what: str) -> AsyncIterator[None]:
        """Turn foreign exceptions into ours. A time-out also gives the connection up."""
        connection = self._connection
        try:
            yield
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._give_up(connection)  # also what a call that timed out inside the library raises
            raise Unavailable(f"{what}: the connection was lost") from error
        except TimeoutError as error:
            self._give_up(connection)
            raise Unavailable(f"{what}: no answer within {self.timeout:g} s") from error
        except (AMQPError, OSError, RuntimeError) as error:
            raise Unavailable(f"{what}: {type(error).__name__} {error}") from error

    def _give_up(self, connection: AbstractConnection | None) -> None:
        """Call ``abandon``, unless another call has done it and a new connection stands there."""
        if connection is not None and connection is self._connection:
            self.abandon()

    async def _connected(self) -> AbstractConnection:
        if self._closed:
            raise Unavailable("the broker is closed")
        if (
            self._connection is not None
            and not self._connection.is_closed
            and self._connection.connected.is_set()
        ):
            return self._connection
        self.abandon()
        properties: dict[str, FieldValue] = {"connection_name": f"eport {self._name}"}
        made = await asyncio.wait_for(
            aio_pika.connect(self._url, timeout=self._connect, client_properties=properties),
            self._connect + 1,
        )
        self._connection, self.major = made, _major(made)
        log.info("connected to RabbitMQ (%s)", self._name, extra={"action": "broker_connected"})
        return made

    async def _end(self, connection: AbstractConnection) -> None:
        """Close a connection. One that does not close in time is left to its heartbeat."""
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await asyncio.wait_for(connection.close(), self.timeout)


def _major(connection: AbstractConnection) -> int:
    """Return the server's major version; 4 when it does not say."""
    transport = connection.transport
    said = (
        (transport.connection.server_properties or {}).get("version")
        if transport is not None
        else None
    )
    head = (said.decode() if isinstance(said, bytes) else str(said or "")).partition(".")[0]
    return int(head) if head.isdigit() else 4


def _url(url: str, heartbeat: int) -> URL:
    try:
        address = URL(url)
        port = address.port
    except ValueError as error:
        raise BadSetting(
            f"EPORT_AMQP_URL: {error}; write amqp://user:password@host:5672/"
        ) from error
    if address.scheme not in ("amqp", "amqps") or not address.host or port == 0:
        raise BadSetting(
            f"EPORT_AMQP_URL: found {address.with_password(None) if address.host else url!r}; write"
            " amqp://user:password@host:5672/"
        )
    return (
        address if "heartbeat" in address.query else address.update_query(heartbeat=str(heartbeat))
    )
