"""Homes that earlier code made and was killed in, as dumps of their two SQLite files: opened as
they are, or brought into PostgreSQL."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, insert, select
from sqlalchemy.pool import NullPool

from gateway.base.store.migrations import upgrade, version_table
from gateway.base.store.sql import SqlStore

FOLDER = Path(__file__).parents[1] / "old_homes"
NAMES = sorted(path.name for path in FOLDER.iterdir())
PACKAGES = {"gateway": "gateway.store", "customs": "customs_sim.store"}


def told(name: str) -> Any:
    """What stood in the home when it was killed: ``keys``, ``seq_nos`` and ``statuses`` by
    reference, entries of each ``feed``, and up to which one it was ``acked``."""
    return json.loads((FOLDER / name / "home.json").read_text(encoding="utf-8"))


def unpacked(name: str, home: Path) -> None:
    """Make the home again."""
    home.mkdir(mode=0o700)
    for side in PACKAGES:
        dump = gzip.decompress((FOLDER / name / f"{side}.sql.gz").read_bytes()).decode()
        with sqlite3.connect(home / f"{side}.db") as database:
            database.executescript(dump)
        database.close()
    known = told(name)
    keys = {"keys": known["keys"], "operator_key": known["operator_key"]}
    (home / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    (home / "keys.json").chmod(0o600)


async def moved(home: Path, side: str, url: str) -> None:
    """Take the rows of a side's file into an empty database, at the revision that they have."""
    source = create_engine(f"sqlite:///{home / f'{side}.db'}", poolclass=NullPool)
    theirs = MetaData()
    theirs.reflect(source)
    with source.connect() as read:
        revision = read.execute(select(theirs.tables[version_table(side)])).scalar_one()
        store = SqlStore(url)
        upgrade(store, side=side, package=PACKAGES[side], to=str(revision))
        await store.close()
        target, ours = create_engine(url, poolclass=NullPool), MetaData()
        ours.reflect(target)
        with target.begin() as write:
            for table in theirs.sorted_tables:
                rows = [dict(row) for row in read.execute(select(table)).mappings()]
                if rows and table.name != version_table(side):
                    write.execute(insert(ours.tables[table.name]), rows)
