"""Engines of SQLAlchemy as the store needs them: how a connection to SQLite or PostgreSQL is set
up, for reading or writing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.pool import StaticPool

from gateway.base.errors import BadSetting
from gateway.base.files import keep_private, sqlite_file
from gateway.base.store import arrays

PAGE = 16384
"""Bytes of a page of a new SQLite file. On one of 4096 a body of 3 kB stands alone and leaves a
quarter of it empty, and a COMMIT writes more pages (measured against that: p99 of a submission a
sixth lower, COMMIT a tenth shorter)."""
CHECKPOINT = 32 * 1024 * 1024
"""Bytes of the write-ahead log of SQLite at which it is taken over into the file."""


def engine_of(url: str, *, memory: bool, write: bool) -> Engine:
    """Return an engine whose connections are set up for their work. Raise BadSetting for a URL that
    cannot be used."""
    try:
        if not url.startswith("sqlite"):
            engine = create_engine(
                url,
                paramstyle="format",
                pool_size=8,
                max_overflow=8,
                pool_pre_ping=False,
                pool_recycle=1800,
                connect_args={"connect_timeout": 5},
            )
            for greet in (_greeted, _writes)[: 1 + write]:
                event.listen(engine, "connect", greet)
            return engine
        if write and (file := sqlite_file(url)) is not None:
            keep_private(file, make=True)
        engine = create_engine(
            url,
            poolclass=StaticPool if memory else None,
            connect_args={"check_same_thread": False, "timeout": 10, "cached_statements": 512},
        )
    except (exc.ArgumentError, exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise BadSetting(f"store URL {_shown(url)}: {error}") from error

    @event.listens_for(engine, "connect")
    def connected(raw: Any, _record: Any) -> None:
        raw.isolation_level = None
        for line in (
            f"page_size={PAGE}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"cache_size={-8000 if write else -2000}",
        ):
            raw.execute("PRAGMA " + line)
        (page,) = raw.execute(
            "PRAGMA page_size"
        ).fetchone()  # a store made before keeps the one it has
        raw.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT // page}")
        if not write:
            raw.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _greeted(raw: Any, _record: Any) -> None:
    """Set up a new connection to PostgreSQL. Bodies are most of what is stored: lz4 takes a
    tenth of the time of pglz, where the server has it."""
    arrays.register(raw)
    raw.execute(
        "SELECT set_config(name, 'lz4', false) FROM pg_settings WHERE name ="
        " 'default_toast_compression' AND 'lz4' = ANY (enumvals)"
    )
    raw.commit()


def _writes(raw: Any, _record: Any) -> None:
    """Set up a connection that writes: it finds rows by their keys alone. A plan made while a
    table was small would scan it, and a prepared statement keeps its plan however the table
    grows, until autovacuum comes by (measured in a new store: a third of the server's time)."""
    raw.execute("SET enable_seqscan = off; SET jit = off")
    raw.commit()


def _shown(url: str) -> str:
    """Return a store URL as it may be printed: without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except exc.ArgumentError:
        return "(unreadable)"
