"""The store on SQLAlchemy: SQLite (file or memory) and PostgreSQL. Knows no table.

Units run in worker threads, each with a connection of its own: nothing can cancel one halfway, and a batch costs one hop.
SQLite has one writer thread (WAL, synchronous=FULL, BEGIN IMMEDIATE: a deferred transaction that reads and then writes
fails at once with BUSY); PostgreSQL has several. Reads never wait for the writer.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, exc, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql import ColumnElement, bindparam
from sqlalchemy.sql.expression import ClauseElement

from gateway.errors import BadSetting, CommitUnknown, DataRefused, EportError, StoreConflict, Unavailable

log = logging.getLogger("eport.store")
T = TypeVar("T")
TRIES = 5


@dataclass(frozen=True, slots=True)
class Statement:
    """A Core statement compiled once: driver text, the order of its free parameters, and constants by position."""

    text: str
    names: tuple[str, ...]
    constants: tuple[tuple[int, Any], ...] = ()

    def many(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Execute for every row (tuples in the order of ``names``); the number of rows touched."""
        if not rows:
            return 0
        if self.constants:
            rows = [self._filled(row) for row in rows]
        return connection.exec_driver_sql(self.text, cast(Any, list(rows))).rowcount

    def one(self, connection: Connection, *values: Any) -> Any:
        """Execute once with the values in the order of ``names``; the result."""
        return connection.exec_driver_sql(self.text, self._filled(values) if self.constants else values)

    def _filled(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for at, constant in self.constants:
            values.insert(at, constant)
        return tuple(values)


def compiled(dialect: Dialect, statement: ClauseElement) -> Statement:
    """Compile ``statement`` for the driver; positional parameters."""
    result: Any = statement.compile(dialect=dialect)
    order = tuple(result.positiontup or ())
    constants = tuple((at, result.params[name]) for at, name in enumerate(order) if result.params[name] is not None)
    fixed = {at for at, _ in constants}
    return Statement(str(result), tuple(name for at, name in enumerate(order) if at not in fixed), constants)


def any_of(dialect: Dialect, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """``column`` is one of the list bound to ``name`` (pass it through ``array``): one statement for any length."""
    if dialect.name == "sqlite":
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return column == func.any(bindparam(name))


def array(dialect: Dialect, items: Sequence[Any]) -> Any:
    """The value that ``any_of`` wants."""
    return msgspec.json.encode(list(items)).decode() if dialect.name == "sqlite" else list(items)


@dataclass(order=True, slots=True)
class _Job:
    rank: int
    number: int
    run: Callable[[], None] | None = None

    def __eq__(self, other: object) -> bool:
        return self is other


class SqlStore:
    """A Store on one database. ``url`` is an SQLAlchemy URL; ``sqlite://`` keeps everything in memory."""

    def __init__(self, url: str, *, writers: int = 4, readers: int = 2) -> None:
        self.url = url
        self._memory = url in ("sqlite://", "sqlite:///:memory:")
        self._sqlite = url.startswith("sqlite")
        self.engine = _engine(url, memory=self._memory, write=True)
        self.dialect: Dialect = self.engine.dialect
        self._reader_engine = self.engine if self._memory else _engine(url, memory=False, write=False)
        self._numbers = itertools.count()
        self._writes: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._reads = self._writes if self._memory else queue.PriorityQueue[_Job]()
        self._threads: list[threading.Thread] = []
        self._writers = 1 if self._sqlite else writers
        self._readers = 0 if self._memory else readers
        self._closed = False
        self.on_commit: Callable[[float], None] | None = None

    async def write(self, unit: Callable[[Connection], T], *, first: bool = False) -> T:
        return await self._submit(self._writes, 0 if first else 1, lambda: self.write_here(unit))

    async def read(self, unit: Callable[[Connection], T]) -> T:
        return await self._submit(self._reads, 0, lambda: self.read_here(unit))

    def write_here(self, unit: Callable[[Connection], T]) -> T:
        """Run a write unit in the calling thread: for the command line, migrations and seeded simulations."""
        for attempt in itertools.count(1):
            try:
                return self._transaction(unit)
            except StoreConflict:
                if attempt >= TRIES:
                    raise
                time.sleep(0.002 * attempt)
        raise AssertionError

    def read_here(self, unit: Callable[[Connection], T]) -> T:
        """Run a read unit in the calling thread."""
        try:
            with self._reader_engine.connect() as connection:
                return unit(connection)
        except exc.DBAPIError as error:
            raise _translated(error) from error

    async def close(self) -> None:
        """Finish what was handed in, then release the connections."""
        if self._closed:
            return
        self._closed = True
        for jobs in {id(q): q for q in (self._writes, self._reads)}.values():
            for _ in self._threads:
                jobs.put(_Job(9, next(self._numbers)))
        await asyncio.to_thread(lambda: [thread.join(30) for thread in self._threads])
        self.engine.dispose()
        self._reader_engine.dispose()

    def _transaction(self, unit: Callable[[Connection], T]) -> T:
        connection: Connection | None = None
        committing = False
        began = time.perf_counter()
        try:
            with self.engine.connect() as connection:
                with connection.begin() as transaction:
                    result = unit(connection)
                    committing = True
                    transaction.commit()
                if self.on_commit:
                    self.on_commit(time.perf_counter() - began)
                return result
        except exc.DBAPIError as error:
            raised = _translated(error)
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
            except BaseException as caught:  # noqa: BLE001 (handed to the caller)
                error = caught
            loop.call_soon_threadsafe(deliver, result, error)

        jobs.put(_Job(rank, next(self._numbers), run))
        return await future

    def _start(self) -> None:
        for jobs, count, kind in ((self._writes, self._writers, "write"), (self._reads, self._readers, "read")):
            for number in range(count):
                thread = threading.Thread(target=_work, args=(jobs,), name=f"store-{kind}-{number}", daemon=True)
                thread.start()
                self._threads.append(thread)


def _work(jobs: queue.PriorityQueue[_Job]) -> None:
    while (job := jobs.get()).run is not None:
        try:
            job.run()
        except RuntimeError:
            log.warning("a unit finished after its loop was closed", extra={"action": "late_unit"})


def _engine(url: str, *, memory: bool, write: bool) -> Engine:
    try:
        if not url.startswith("sqlite"):
            return create_engine(url, paramstyle="format", pool_size=8, max_overflow=8, pool_pre_ping=False, pool_recycle=1800,
                                 connect_args={"connect_timeout": 5})
        engine = create_engine(
            url, poolclass=StaticPool if memory else None,
            connect_args={"check_same_thread": False, "timeout": 10, "cached_statements": 512})
    except (exc.ArgumentError, exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise BadSetting(f"store URL {url!r}: {error}") from error

    @event.listens_for(engine, "connect")
    def connected(raw: Any, _record: Any) -> None:
        raw.isolation_level = None
        for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-16000",
                     "wal_autocheckpoint=2000"):
            raw.execute("PRAGMA " + line)
        if not write:
            raw.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _translated(error: exc.DBAPIError) -> EportError:
    """The frontier: a driver's error becomes one of ours."""
    if isinstance(error, exc.IntegrityError):
        return StoreConflict(str(error.orig))
    if isinstance(error, exc.DataError | exc.ProgrammingError):
        return DataRefused(str(error.orig))
    message = str(error.orig)
    if "deadlock" in message or "serialize" in message:
        return StoreConflict(message)
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return Unavailable(message)
    return DataRefused(message)



