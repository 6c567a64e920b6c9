"""Declarations made in bulk in a gateway's store before `bench` measures: how much the next one costs when many are there.

Rows are real ones: the archived message, the approved declaration, its timeline; numbers go on behind them. Customs' side and
the receipts' bodies are left out, so this is no store to work with.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from gateway import tables as t
from gateway.adapters.migrations import upgrade
from gateway.adapters.sql import SqlStore
from gateway.cli.stores import Place, opened
from gateway.declaration import Declaration, Entry
from gateway.lifecycle import Event, Status
from gateway.numbers import seq_no_start
from gateway.verbs import Verbs
from schemas.times import SHANGHAI, micros

CHUNK = 5000
STEPS = ((Event.DECLARED, Status.DECLARED), (Event.SENT, Status.SENT), (Event.STORED, Status.RECEIVED), (Event.APPROVED, Status.APPROVED))


def preload(home: Path, count: int, body: bytes, enterprise: str) -> None:
    """Fill the gateway's store of ``home``, which must be new, with ``count`` approved set-ups of ``enterprise``."""
    home.mkdir(parents=True, exist_ok=True)
    now = datetime.now(SHANGHAI)
    with opened(Place(side="gateway", package="gateway", url=f"sqlite:///{home / 'gateway.db'}")) as store:
        upgrade(store, side="gateway", package="gateway")
        verbs = Verbs(store.dialect)
        for first in range(1, count + 1, CHUNK):
            _fill(store, verbs, range(first, min(first + CHUNK, count + 1)), body, enterprise, now)
        store.write_here(lambda c: _go_on(c, count, now.year))


def _fill(store: SqlStore, verbs: Verbs, numbers: range, body: bytes, enterprise: str, now: datetime) -> None:
    start, at = seq_no_start(now.year) - 1, micros(now)

    def unit(connection: Connection) -> None:
        verbs.archive.many(connection, [
            (n, f"op-{enterprise}", f"preload{n}", "GRT101", start + n, 1, 1, b"\0" * 32, body, None, at) for n in numbers])
        verbs.add_declarations(connection, [Declaration(
            seq_no=start + n, enterprise=enterprise, message_type="GRT101", kind="setup", reference=f"P{n}",
            filing_key=f"{enterprise}|GRT101|P{n}|0", business_no=f"ZBP{n:012d}", subject="", change_no=0, attempt=1, status=Status.APPROVED,
            events=len(STEPS), message=n, document=n, decided_at=at // 1_000_000, customs="0100", mode="2", gur_type="", refund_kind="",
            filed_at=at, conflict=0, undeliverable=None, outdated=0, deleted=0, updated_at=at) for n in numbers])
        verbs.add_entries(connection, [
            Entry(seq_no=start + n, n=k, at=at, event=event, status=status, attempt=1, source="gateway", message=n)
            for n in numbers for k, (event, status) in enumerate(STEPS, 1)])

    store.write_here(unit)


def _go_on(connection: Connection, count: int, year: int) -> None:
    """New numbers begin behind the rows."""
    for name, after in (("messages", count + 1), (f"seq_no.{year}", seq_no_start(year) + count)):
        known = connection.execute(select(t.sequences.c.next).where(t.sequences.c.name == name)).first()
        if known is None:
            connection.execute(t.sequences.insert().values(name=name, next=after))
        else:
            connection.execute(t.sequences.update().where(t.sequences.c.name == name).values(next=after))
