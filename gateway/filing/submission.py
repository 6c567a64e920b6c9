"""Submission: accepted messages become archive, declaration, timeline and outbox rows, many in one
transaction.

Identity is decided here and nowhere else (``docs/contract.md`` 1): the archive's unique key finds
repeats, the filing key finds filings; no answer is given before the commit that makes it true.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.base.batching import Batcher, halving
from gateway.base.ports import Clock
from gateway.base.relay import Parcel, Relay
from gateway.base.store.sql import SqlStore
from gateway.checks.intake import Intake
from gateway.filing.dispatch import Dispatch
from gateway.filing.register_view import Holding
from gateway.filing.repeats import Repeats
from gateway.filing.taken import Clash, Incoming, Taken, Unit, content_of
from gateway.store.archive import LEASE
from gateway.store.numbers import Numbers, seq_no_start
from gateway.store.sql import Verbs
from handlers.declaration import Content, Declaration, filed, refiled
from handlers.lifecycle import EDITABLE, Status
from schemas.findings import finding
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
        holding: Holding,
        intake: Intake,
        batch: int = 500,
        on_batch: Callable[[int], None] | None = None,
    ) -> None:
        self._repeats = Repeats(verbs, reader)
        self._store, self._verbs, self._numbers, self._relay = store, verbs, numbers, relay
        self._reader, self.clock, self._wall, self._dispatch = reader, clock, wall, dispatch
        self._holding, self._intake = holding, intake
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
        rows = [self._archive_row(item, ids[i], seqs[i], at) for i, item in enumerate(items)]
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
        unit = Unit(outcomes=[])
        fresh: dict[str, Declaration] = {}
        for i, item in enumerate(items):
            if ids[i] not in won:
                unit.outcomes.append(self._repeats.repeated(connection, item, unit, items, ids))
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
                outcome, contents[i] = self._judged(
                    connection, item, contents[i], ids[i], held, unit
                )
                if outcome is not None:
                    unit.outcomes.append(outcome)
                    continue
            unit.outcomes.append(
                self._decide(connection, item, contents[i], ids[i], seqs[i], held, by_key, unit, at)
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

    def _judged(
        self,
        connection: Connection,
        item: Incoming,
        content: Content,
        mid: int,
        held: Declaration | None,
        unit: Unit,
    ) -> tuple[Taken | Clash | None, Content]:
        """The rules that need the register, in the transaction; None when the filing may be stored.
        A message without a filing (GRT141) is only sent. A refund takes its 担保方式 from the
        register, because its own body has none.
        """
        submission = item.submission
        names = submission.handler.names(submission.filing)
        register = self._holding.read(connection, names, held.seq_no if held else 0)
        found = self._intake.held(submission, register)
        if not content.facets.mode:
            bodies = [
                *(g.fields for g in register.guarantees.values()),
                *(levy.fields for levy in register.levies.values()),
            ]
            mode = bodies[0].get("gurModecd", "") if bodies else ""
            content = replace(content, facets=replace(content.facets, mode=mode))
        errors = [(status, f) for status, f in found if f.is_error]
        if found:
            unit.warned[mid] = (*submission.warnings, *(f for _, f in found))
        if errors:
            unit.dropped.append(mid)
            return Clash(http=errors[0][0], findings=tuple(f for _, f in found)), content
        if content.filing_key:
            return None, content
        unit.sends.append((mid, None, submission))
        unit.retied.append((None, 0, mid))
        return (
            Taken(
                seq_no=0,
                reference=content.reference,
                message_type=content.message_type,
                status=Status.DECLARED,
                warnings=unit.warned.get(mid, submission.warnings),
            ),
            content,
        )

    def _decide(
        self,
        connection: Connection,
        item: Incoming,
        content: Content,
        mid: int,
        seq: int,
        held: Declaration | None,
        by_key: Mapping[str, Declaration],
        unit: Unit,
        at: int,
    ) -> Taken | Clash:
        number = item.submission.filing.seq_no
        if number and (
            held is None
            or held.deleted
            or held.enterprise not in item.acts_for
            or held.message_type != content.message_type
            or held.enterprise != content.enterprise
        ):
            unit.dropped.append(mid)
            return Clash(http=404, findings=(finding("ID.02", found=number),))
        other = by_key.get(content.filing_key)
        if number and held is not None and other is not None and other.seq_no != held.seq_no:
            unit.dropped.append(mid)
            return self._repeats.in_use(connection, content, other)
        if held is None:
            declaration, entry = filed(seq, content, mid, at)
            unit.added[seq] = declaration
        elif held.status in EDITABLE:
            declaration, entry = refiled(held, content, mid, at)
            if held.seq_no in unit.added:
                unit.added[held.seq_no] = declaration
            else:
                before = unit.refiled[held.seq_no][0] if held.seq_no in unit.refiled else held
                unit.refiled[held.seq_no] = (before, declaration)
            unit.retied.append((held.seq_no, declaration.attempt, mid))
        else:
            return self._repeats.again(connection, item, content, mid, held, unit)
        unit.entries.append(entry)
        if content.declares:
            if held is not None:  # what an earlier one of this unit would have sent of it
                unit.sends = [
                    s for s in unit.sends if s[1] is None or s[1].seq_no != declaration.seq_no
                ]
            unit.sends.append((mid, declaration, item.submission))
        return Taken(
            seq_no=declaration.seq_no,
            reference=declaration.reference,
            message_type=declaration.message_type,
            status=declaration.status,
            warnings=unit.warned.get(mid, item.submission.warnings),
        )

    def _archive_row(self, item: Incoming, mid: int, seq: int, at: int) -> tuple[Any, ...]:
        s = item.submission
        warnings = msgspec.json.encode(s.warnings).decode() if s.warnings else None
        return (
            mid,
            item.operator,
            s.envelope.message_id,
            s.handler.code,
            seq,
            int(s.filing.declares),
            int(s.filing.declares),
            s.sha256,
            s.body,
            warnings,
            at,
        )
