"""Submission: accepted messages become archive, declaration, timeline and outbox rows, many in one
transaction.

Identity is decided here and nowhere else (``docs/contract.md`` 1): the archive's unique key finds
repeats, the filing key finds filings; no answer is given before the commit that makes it true.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from gateway.base.batching import Batcher, halving
from gateway.base.ports import Clock
from gateway.base.relay import Parcel, Relay
from gateway.base.store.sql import SqlStore
from gateway.filing.deciding import Arrived, Deciding, archive_row
from gateway.filing.dispatch import Dispatch
from gateway.filing.taken import Clash, Collected, Incoming, Taken, content_of
from gateway.store.archive import LEASE
from gateway.store.numbers import Numbers, seq_no_start
from gateway.store.sql import Verbs
from handlers.declaration import Declaration
from handlers.lifecycle import EDITABLE
from schemas.times import SHANGHAI, micros
from schemas.xml import XmlReader

log = logging.getLogger("eport.submission")


class Submissions:
    """Takes checked submissions in batches. ``on_batch`` is told the size of each."""

    def __init__(
        self,
        *,
        store: SqlStore,
        verbs: Verbs,
        numbers: Numbers,
        relay: Relay,
        reader: XmlReader,
        clock: Clock,
        wall: Clock,
        dispatch: Dispatch,
        deciding: Deciding,
        batch: int = 500,
        on_batch: Callable[[int], None] | None = None,
    ) -> None:
        self._store, self._verbs, self._numbers, self._relay = store, verbs, numbers, relay
        self._reader, self.clock, self._wall, self._dispatch = reader, clock, wall, dispatch
        self._deciding = deciding
        self.batcher: Batcher[Incoming, Taken | Clash] = Batcher(self._flush, batch)
        self._on_batch = on_batch

    def submit(self, incoming: Incoming) -> asyncio.Future[Taken | Clash]:
        """Durable when the future is done. It raises Unavailable or CommitUnknown: the client sends
        the same message again."""
        return self.batcher.put(incoming)

    async def close(self) -> None:
        """Finish what was taken."""
        await self.batcher.close()

    async def _flush(self, items: Sequence[Incoming]) -> list[Taken | Clash | BaseException]:
        if self._on_batch:
            self._on_batch(len(items))
        return await halving(items, self._write)

    async def _write(self, items: Sequence[Incoming]) -> list[Taken | Clash]:
        now = self.clock.now()
        n = len(items)
        ids = await self._numbers.take("messages", n)
        year = now.astimezone(SHANGHAI).year
        seqs = await self._numbers.take(f"seq_no.{year}", n, start=seq_no_start(year))
        outbox = (await self._numbers.take("outbox", 1))[0]
        unit = functools.partial(
            self._unit, items=items, ids=ids, seqs=seqs, outbox=outbox, at=micros(now), now=now
        )
        outcomes, parcel = await self._store.write(unit, first=True)
        if parcel is not None:
            self._relay.offer([parcel])
        if log.isEnabledFor(logging.INFO):
            for item, outcome in zip(items, outcomes, strict=True):
                taken = isinstance(outcome, Taken)
                log.info(
                    "message %s",
                    "taken" if taken else "not taken",
                    extra={
                        "action": "message_taken" if taken else "message_clash",
                        "operator": item.operator,
                        "message_id": item.submission.envelope.message_id,
                        "enterprise": item.submission.enterprise,
                        "seq_no": str(outcome.seq_no) if isinstance(outcome, Taken) else None,
                    },
                )
        return outcomes

    def _unit(
        self,
        connection: Connection,
        *,
        items: Sequence[Incoming],
        ids: Sequence[int],
        seqs: Sequence[int],
        outbox: int,
        at: int,
        now: datetime,
    ) -> tuple[list[Taken | Clash], Parcel | None]:
        verbs = self._verbs
        ids, seqs = self._numbers.exact(connection, ids, seqs)
        rows = [archive_row(item, ids[i], seqs[i], at) for i, item in enumerate(items)]
        won = (
            set(ids)
            if verbs.archive.many(connection, rows) == len(rows)
            else verbs.winners(connection, ids)
        )
        contents = [content_of(item.submission, at) for item in items]
        by_key = verbs.declarations_by_key(
            connection, {c.filing_key for c in contents if c.filing_key}
        )
        named = {int(s) for item in items if (s := item.submission.filing.seq_no)}
        by_seq = verbs.declarations_by_seq(connection, named) if named else {}
        unit = Collected(outcomes=[])
        fresh: dict[str, Declaration] = {}
        for i, item in enumerate(items):
            if ids[i] not in won:
                unit.outcomes.append(
                    self._deciding.repeats.repeated(connection, item, unit, items, ids)
                )
                continue
            number = item.submission.filing.seq_no
            held = (
                by_seq.get(int(number))
                if number
                else fresh.get(contents[i].filing_key) or by_key.get(contents[i].filing_key)
            )
            if held is not None:
                held = unit.added.get(held.seq_no) or (
                    unit.refiled[held.seq_no][1] if held.seq_no in unit.refiled else held
                )
            editable = held is None or held.status in EDITABLE  # identity answers for the others
            if editable and (contents[i].subject or not contents[i].filing_key):
                outcome, contents[i] = self._deciding.judged(
                    connection, item, contents[i], ids[i], held, unit
                )
                if outcome is not None:
                    unit.outcomes.append(outcome)
                    continue
            unit.outcomes.append(
                self._deciding.decide(
                    connection, Arrived(item, contents[i], ids[i], seqs[i], held), by_key, unit, at
                )
            )
            if (new := unit.added.get(seqs[i])) is not None:
                fresh[contents[i].filing_key] = new
        verbs.add_declarations(connection, list(unit.added.values()))
        verbs.move(connection, list(unit.refiled.values()), refile=True)
        verbs.add_entries(connection, unit.entries)
        verbs.retie.many(connection, [(seq, attempt, mid) for seq, attempt, mid in unit.retied])
        verbs.unarchive.many(connection, [(mid,) for mid in unit.dropped])
        verbs.rewarn.many(
            connection, [(msgspec.json.encode(f).decode(), mid) for mid, f in unit.warned.items()]
        )
        if not unit.sends:
            return unit.outcomes, None
        wall = micros(self._wall.now())
        verbs.add_outbox(connection, outbox, [mid for mid, _, _ in unit.sends], wall, wall + LEASE)
        messages = [
            self._dispatch.message_for(
                d.seq_no if d else None,
                d.attempt if d else mid,
                s.document,
                s.envelope.sender_id,
                s.handler.code,
                now,
            )
            for mid, d, s in unit.sends
        ]
        return unit.outcomes, Parcel(
            id=outbox, messages=messages, notes=[(mid, d) for mid, d, _ in unit.sends]
        )
