"""Where a side keeps its store, for commands that work on it without starting the side."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from gateway.base.errors import BadSetting, DataRefused, Unavailable
from gateway.base.files import sqlite_file
from gateway.base.store.migrations import current
from gateway.base.store.sql import SqlStore


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePlace:
    """Where a side keeps its store. ``file``: the SQLite file, None on a server or in memory."""

    side: str
    package: str
    url: str

    @property
    def sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def file(self) -> Path | None:
        return sqlite_file(self.url)

    @property
    def shown(self) -> str:
        """Return where it is, without a password."""
        return str(self.file or make_url(self.url).render_as_string(hide_password=True))

    @property
    def missing(self) -> bool:
        """Return whether nobody has made it yet. Opening a missing SQLite file would make an
        empty one."""
        return self.file is not None and not self.file.exists()


@contextlib.contextmanager
def opened(place: StorePlace) -> Iterator[SqlStore]:
    """Yield the store for as long as the block lasts. What is raised when it cannot be used names
    the place."""
    store = SqlStore(place.url)
    try:
        yield store
    except (Unavailable, DataRefused) as error:
        raise type(error)(f"{place.shown} cannot be used: {error}") from error
    finally:
        asyncio.run(store.close())


def revision(store: SqlStore, place: StorePlace) -> str | None:
    """Return the revision of a store's tables; None when it has none."""
    return store.read_here(lambda c: current(c, place.side))


@contextlib.contextmanager
def made(place: StorePlace) -> Iterator[SqlStore]:
    """Yield the store of a home, which must have its tables. Works beside a running `eport up`."""
    if not place.missing:
        with opened(place) as store:
            if revision(store, place) is not None:
                yield store
                return
    raise BadSetting(
        f"there is no store at {place.shown}; make it with `eport migrate`, or name another --home"
    )
