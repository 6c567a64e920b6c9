"""Submission: accepted messages become archive, declaration, timeline and outbox rows, many in one
transaction.

Identity is decided in this room and nowhere else (``docs/contract.md`` 1): the archive's unique key
finds repeats, the filing key finds filings. No answer is given before the commit that makes it
true.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from gateway.base.batching import Batcher, halving
from gateway.base.ports import Clock
from gateway.base.relay import Parcel, Relay
from gateway.base.store.sql import SqlStore
from gateway.filing.deciding import Arrived, Deciding
from gateway.filing.dispatch import Dispatch
from gateway.filing.taken import (
    Clash,
    Collected,
    Incoming,
    Note,
    Sending,
    Taken,
    archive_row,
    content_of,
)
from gateway.store.archive import LEASE
from gateway.store.numbers import Numbers, seq_no_start
from gateway.store.sql import Sql
from handlers.declaration import Declaration
from handlers.lifecycle import EDITABLE
from schemas.times import SHANGHAI, micros

log = logging.getLogger("eport.submission")
OnTaken = Callable[[Sequence[Taken | Clash]], None]
"""Is told, once it is durable, what became of the submissions of one transaction."""


class Submissions:
    """Takes checked submissions, each a whole declaration, in batches. After each commit
    ``on_batch`` is told its size and ``on_taken`` what it brought."""

    def __init__(
        self,
        *,
        store: SqlStore,
        sql: Sql,
        numbers: Numbers,
        relay: Relay,
        clock: Clock,
        wall: Clock,
        dispatch: Dispatch,
        deciding: Deciding,
        batch: int = 500,
        on_batch: Callable[[int], None] | None = None,
        on_taken: OnTaken | None = None,
    ) -> None:
        self._store, self._sql, self._numbers, self._relay = store, sql, numbers, relay
        self._clock, self._wall = clock, wall
        self._dispatch, self._deciding = dispatch, deciding
        self.batcher: Batcher[Incoming, Taken | Clash] = Batcher(self._flush, batch)
        self._on_batch, self._on_taken = on_batch, on_taken

    def submit(self, incoming: Incoming) -> asyncio.Future[Taken | Clash]:
        """Return the future of the answer; when it is done the submission is durable. It raises
        Unavailable or CommitUnknown: the client sends the same message again."""
        return self.batcher.put(incoming)

    async def close(self) -> None:
        """Finish what was taken."""
        await self.batcher.close()

    async def _flush(self, items: Sequence[Incoming]) -> list[Taken | Clash | BaseException]:
        return await halving(items, self._write)

    async def _write(self, items: Sequence[Incoming]) -> list[Taken | Clash]:
        now = self._clock.now()
        n = len(items)
        ids = await self._numbers.take("messages", n)
        year = now.astimezone(SHANGHAI).year
        seqs = await self._numbers.take(f"seq_no.{year}", n, start=seq_no_start(year))
        outbox = (await self._numbers.take("outbox", 1))[0]
        write = functools.partial(
            self._unit, items=items, ids=ids, seqs=seqs, outbox=outbox, at=micros(now), now=now
        )
        outcomes, parcel = await self._store.write(write, first=True)
        if self._on_batch:
            self._on_batch(n)
        if self._on_taken:
            self._on_taken(outcomes)
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
        sql = self._sql
        ids, seqs = self._numbers.exact(connection, ids, seqs)
        rows = [archive_row(item, ids[i], seqs[i], at) for i, item in enumerate(items)]
        won = (
            set(ids)
            if sql.archive.many(connection, rows) == len(rows)
            else sql.winners(connection, ids)
        )
        contents = [content_of(item.submission, at) for item in items]
        by_key = sql.declarations_by_key(
            connection, {c.filing_key for c in contents if c.filing_key}
        )
        named = {int(s) for item in items if (s := item.submission.filing.seq_no)}
        by_seq = sql.declarations_by_seq(connection, named) if named else {}
        collected = Collected(outcomes=[])
        new_by_key: dict[str, Declaration] = {}
        for i, item in enumerate(items):
            if ids[i] not in won:
                collected.outcomes.append(
                    self._deciding.repeats.repeated(connection, item, collected, ids)
                )
                continue
            number, key = item.submission.filing.seq_no, contents[i].filing_key
            stored = by_seq.get(int(number)) if number else new_by_key.get(key) or by_key.get(key)
            if stored is not None:
                stored = collected.latest(stored)
            arrived = Arrived(item, contents[i], ids[i], seqs[i], stored)
            collected.outcomes.append(self._outcome(connection, arrived, by_key, collected, at))
            if (new := collected.added.get(seqs[i])) is not None:
                new_by_key[key] = new
        collected.write(connection, sql)
        return collected.outcomes, self._parcel(connection, outbox, collected.sends, now)

    def _outcome(
        self,
        connection: Connection,
        arrived: Arrived,
        by_key: Mapping[str, Declaration],
        collected: Collected,
        at: int,
    ) -> Taken | Clash:
        """Decide on one submission, by the rules that need the register first. Of a filing that
        cannot be edited only its identity is asked."""
        content, stored = arrived.content, arrived.stored
        editable = stored is None or stored.status in EDITABLE
        if editable and (content.subject or not content.filing_key):
            outcome, content = self._deciding.judged(connection, arrived, collected)
            if outcome is not None:
                return outcome
            arrived = arrived._replace(content=content)
        return self._deciding.decide(connection, arrived, by_key, collected, at)

    def _parcel(
        self, connection: Connection, outbox: int, sends: Sequence[Sending], now: datetime
    ) -> Parcel | None:
        """Write the outbox row of what goes to customs and return its messages; None without
        one."""
        if not sends:
            return None
        wall = micros(self._wall.now())
        self._sql.add_outbox(connection, outbox, [s.mid for s in sends], wall, wall + LEASE)
        return Parcel(
            id=outbox,
            messages=[self._dispatch.sent(s, now) for s in sends],
            notes=[Note(s.mid, s.declaration) for s in sends],
        )
