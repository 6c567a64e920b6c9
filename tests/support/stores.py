"""Stores of every kind. A server that is not there skips its tests on a desk and fails them
where ``CI`` is ``true``."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, exc, text
from sqlalchemy.pool import NullPool

from gateway.base.store.sql import SqlStore

POSTGRES = os.environ.get("EPORT_TEST_POSTGRES") or "postgresql+psycopg://root@127.0.0.1/test"
_NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Stores:
    """Opens stores of one kind. Every ``name`` is a database of its own; the same name twice opens
    it twice."""

    url: Callable[[str], str]
    features: frozenset[str]
    options: Mapping[str, Any]
    opened: list[SqlStore] = field(default_factory=list)

    def open(self, name: str = "one", **options: Any) -> SqlStore:
        store = SqlStore(self.url(name), **self.options, **options)
        self.opened.append(store)
        return store

    async def close(self) -> None:
        for store in self.opened:
            await store.close()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of store and what it can do: ``threads``: units run beside the loop; ``beside``: a
    read does not wait for a writing unit under way; ``shared``: two stores can open one database;
    ``strict``: a value must fit its column; ``server``: a connection can be lost."""

    urls: Callable[[Path], Iterator[Callable[[str], str]]]
    features: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)


def _memory(_: Path) -> Iterator[Callable[[str], str]]:
    yield lambda _name: "sqlite://"


def _file(folder: Path) -> Iterator[Callable[[str], str]]:
    yield lambda name: f"sqlite:///{folder / name}.db"


def _postgres(_: Path) -> Iterator[Callable[[str], str]]:
    """A schema of its own for every name, dropped at the end."""
    need_postgres()
    mark = f"t{os.getpid()}_{next(_NUMBERS)}_{secrets.token_hex(3)}"
    made: list[str] = []
    engine = create_engine(POSTGRES, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def url(name: str) -> str:
        schema = f"{mark}_{name}"
        if schema not in made:
            with engine.connect() as connection:
                connection.execute(text(f"CREATE SCHEMA {schema}"))
            made.append(schema)
        return f"{POSTGRES}{'&' if '?' in POSTGRES else '?'}options=-csearch_path%3D{schema}"

    try:
        yield url
    finally:
        with engine.connect() as connection:
            for schema in made:
                connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


def need_postgres() -> None:
    """Skip without a server; a failure where CI says that one must be there."""
    engine = create_engine(POSTGRES, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect():
            return
    except (exc.OperationalError, ModuleNotFoundError) as error:
        reason = f"no PostgreSQL at {POSTGRES} (EPORT_TEST_POSTGRES): {str(error).splitlines()[0]}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


KINDS = {
    "memory": Kind(_memory, frozenset({"threads"})),
    "file": Kind(_file, frozenset({"threads", "beside", "shared"})),
    "inline": Kind(_file, frozenset({"beside", "shared"}), {"inline": True}),
    "postgresql": Kind(_postgres, frozenset({"threads", "beside", "shared", "strict", "server"})),
}


def on(*features: str) -> pytest.MarkDecorator:
    """Run the test on the kinds of database that have all ``features`` only."""
    return pytest.mark.parametrize(
        "stores", [n for n, k in KINDS.items() if k.features >= set(features)], indirect=True
    )
