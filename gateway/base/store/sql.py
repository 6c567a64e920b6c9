"""The store on SQLAlchemy: SQLite (file or memory) and PostgreSQL. Knows no table; what runs on it
is in ``prepared``.

Units run in worker threads, each with a connection of its own: nothing can cancel one halfway, and
a batch costs one hop. One thread of a process writes: SQLite lets no second one (WAL,
synchronous=FULL, BEGIN IMMEDIATE: a deferred transaction that reads and then writes fails at once
with BUSY), and on PostgreSQL several took turns under one GIL, made smaller batches and kept a cold
server process each (measured with four: a fifth fewer round trips). There a second one is kept for
units that go first, so that somebody who waits for an answer never waits for a whole batch of
customs' (measured: 5 % more round trips). More at once come with more processes. Reads never wait
for a writer.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, exc
from sqlalchemy.engine import Dialect

from gateway.base.errors import CommitUnknown, DataRefused, StoreConflict, Unavailable
from gateway.base.ports import Observer
from gateway.base.store.copying import CAREFUL
from gateway.base.store.driver_errors import Broken, translated
from gateway.base.store.engines import engine_of

log = logging.getLogger("eport.store")
T = TypeVar("T")
TRIES = 5


@dataclass(order=True, slots=True)
class _Job:
    rank: int
    number: int
    run: Callable[[], None] | None = None

    def __eq__(self, other: object) -> bool:
        return self is other


class SqlStore:
    """A Store on one database. ``url`` is an SQLAlchemy URL; ``sqlite://`` keeps everything in
    memory. ``observer`` takes the times of write transactions."""

    def __init__(
        self,
        url: str,
        *,
        writers: int = 1,
        readers: int = 2,
        inline: bool = False,
        observer: Observer | None = None,
    ) -> None:
        self.url = url
        self.inline = inline and url.startswith("sqlite")
        self._turns: list[tuple[int, int, asyncio.Future[None]]] = []
        self._busy = False
        self._units: set[asyncio.Future[Any]] = set()
        self._kept: Connection | None = None
        self._memory = url in ("sqlite://", "sqlite:///:memory:")
        self._sqlite = url.startswith("sqlite")
        # In memory all threads share one connection: a unit in the calling thread must not fall
        # into another's transaction.
        self._turn = threading.Lock() if self._memory else contextlib.nullcontext()
        self.engine = engine_of(url, memory=self._memory, write=True)
        self.dialect: Dialect = self.engine.dialect
        self._reader_engine = (
            self.engine if self._memory else engine_of(url, memory=False, write=False)
        )
        self._numbers = itertools.count()
        self._writes: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._firsts = self._writes if self._sqlite else queue.PriorityQueue[_Job]()
        self._reads = self._writes if self._memory else queue.PriorityQueue[_Job]()
        self._threads: list[threading.Thread] = []
        self._writers = 1 if self._sqlite else writers
        self._readers = 0 if self._memory else readers
        self._closed = False
        self._observer = observer

    async def write(
        self, unit: Callable[[Connection], T], *, first: bool = False, lazy: bool = False
    ) -> T:
        if self.inline:
            # A task of its own: a request that goes away cannot cancel it between BEGIN and COMMIT.
            task = asyncio.ensure_future(self._write_inline(unit, 0 if first else 1, lazy))
            self._units.add(task)
            task.add_done_callback(self._units.discard)
            return await asyncio.shield(task)
        return await self._submit(
            self._firsts if first else self._writes,
            0 if first else 1,
            lambda: self.write_here(unit, lazy=lazy),
        )

    async def read(self, unit: Callable[[Connection], T]) -> T:
        return await self._submit(self._reads, 0, lambda: self.read_here(unit))

    async def _write_inline(self, unit: Callable[[Connection], T], rank: int, lazy: bool) -> T:
        """Run the unit on the loop, its COMMIT in the writer thread.

        One process has one GIL: a unit in a thread fights the loop for it at every call into lxml
        or SQLite (measured: 0.5 ms of CPU a round trip, 1.76 against 1.25), while COMMIT is a wait
        for the disk that holds none. For SQLite only: its statements never wait for a network. When
        another process holds the write lock, the whole unit goes to the thread.
        """
        await self._take_turn(rank)
        try:
            for attempt in itertools.count(1):
                try:
                    return await self._transaction_inline(unit, lazy)
                except StoreConflict:
                    if attempt >= TRIES:
                        raise
            raise AssertionError
        finally:
            self._give_turn()

    async def _transaction_inline(self, unit: Callable[[Connection], T], lazy: bool) -> T:
        if self._closed:
            raise Unavailable("the store is closed")
        if self._kept is None:
            self._kept = self.engine.connect()
            # On the driver's connection: SQLAlchemy would begin a transaction first, and wait for
            # the lock with the loop in hand.
            _driver(self._kept).execute("PRAGMA busy_timeout=0")
        connection = self._kept
        if not lazy:
            return await self._committed_inline(connection, unit)
        _driver(connection).execute("PRAGMA synchronous=NORMAL")
        try:
            return await self._committed_inline(connection, unit)
        finally:
            if self._kept is connection:
                _driver(connection).execute("PRAGMA synchronous=FULL")

    async def _committed_inline(self, connection: Connection, unit: Callable[[Connection], T]) -> T:
        began = time.perf_counter()
        try:
            connection.begin()
        except exc.OperationalError:
            connection.rollback()
            return await self._submit(self._writes, 0, lambda: self._transaction(unit))
        try:
            result = unit(connection)
        except (exc.DBAPIError, OverflowError, UnicodeError) as error:
            connection.rollback()
            raise (
                translated(error) if isinstance(error, exc.DBAPIError) else DataRefused(str(error))
            ) from error
        except BaseException:
            connection.rollback()
            raise
        try:
            await self._submit(self._writes, 0, connection.commit)
        except exc.DBAPIError as error:
            self._kept = None
            connection.invalidate()
            raise CommitUnknown(str(error.orig)) from error
        if self._observer:
            self._observer.committed(time.perf_counter() - began)
        return result

    async def _take_turn(self, rank: int) -> None:
        if not self._busy:
            self._busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._turns, (rank, next(self._numbers), turn))
        await turn

    def _give_turn(self) -> None:
        while self._turns:
            _, _, turn = heapq.heappop(self._turns)
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False

    def write_here(self, unit: Callable[[Connection], T], *, lazy: bool = False) -> T:
        """Run a unit that writes in the calling thread: for the command line, migrations and seeded
        simulations."""
        fresh = False
        for attempt in itertools.count(1):
            try:
                return self._transaction(unit, lazy, careful=attempt > 1)
            except Broken:
                if fresh:
                    raise
                fresh = True
            except StoreConflict:
                if attempt >= TRIES:
                    raise
                time.sleep(0.002 * attempt)
        raise AssertionError

    def read_here(self, unit: Callable[[Connection], T]) -> T:
        """Run a read unit in the calling thread."""
        try:
            return self._read_once(unit)
        except Broken:
            return self._read_once(unit)

    def _read_once(self, unit: Callable[[Connection], T]) -> T:
        try:
            with self._turn, self._reader_engine.connect() as connection:
                return unit(connection)
        except (
            OverflowError,
            UnicodeError,
        ) as error:  # drivers do not wrap what they cannot encode
            raise DataRefused(str(error)) from error
        except exc.DBAPIError as error:
            raise translated(error) from error

    async def close(self) -> None:
        """Finish what was handed in, then release the connections."""
        if self._closed:
            return
        while self._units:
            await asyncio.wait(self._units)
        self._closed = True
        if self._kept is not None:
            self._kept.close()
        for jobs in {id(q): q for q in (self._firsts, self._writes, self._reads)}.values():
            for _ in self._threads:
                jobs.put(_Job(9, next(self._numbers)))
        for thread in self._threads:
            await asyncio.to_thread(thread.join, 30)
        self.engine.dispose()
        self._reader_engine.dispose()

    def _transaction(
        self, unit: Callable[[Connection], T], lazy: bool = False, *, careful: bool = False
    ) -> T:
        connection: Connection | None = None
        committing = False
        began = time.perf_counter()
        try:
            with self._turn, self.engine.connect() as connection:
                if careful:
                    connection.execution_options(**{CAREFUL: True})
                with connection.begin() as transaction:
                    if lazy and not self._sqlite:
                        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                    result = unit(connection)
                    committing = True
                    transaction.commit()
                if self._observer:
                    self._observer.committed(time.perf_counter() - began)
                return result
        except (OverflowError, UnicodeError) as error:
            raise DataRefused(str(error)) from error
        except exc.DBAPIError as error:
            raised = translated(error)
            if committing and isinstance(raised, Unavailable):
                raise CommitUnknown("the connection was lost during COMMIT") from error
            raise raised from error

    async def _submit(self, jobs: queue.PriorityQueue[_Job], rank: int, call: Callable[[], T]) -> T:
        if self._closed:
            raise Unavailable("the store is closed")
        if not self._threads:
            self._start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def deliver(result: T | None, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(cast(T, result))

        def run() -> None:
            result, error = None, None
            try:
                result = call()
            except BaseException as caught:
                error = caught
            loop.call_soon_threadsafe(deliver, result, error)

        jobs.put(_Job(rank, next(self._numbers), run))
        return await future

    def _start(self) -> None:
        for jobs, count, kind in (
            (self._firsts, 0 if self._sqlite else 1, "first"),
            (self._writes, self._writers, "write"),
            (self._reads, self._readers, "read"),
        ):
            for number in range(count):
                thread = threading.Thread(
                    target=_work, args=(jobs,), name=f"store-{kind}-{number}", daemon=True
                )
                thread.start()
                self._threads.append(thread)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _work(jobs: queue.PriorityQueue[_Job]) -> None:
    while (job := jobs.get()).run is not None:
        try:
            job.run()
        except RuntimeError:
            log.warning("a unit finished after its loop was closed", extra={"action": "late_unit"})
