"""Reception: customs' messages become archive, timeline, status, register and feed rows, many in
one transaction.

Each message is decided alone. What overtook our own commit waits without an inbox row (never one of
the five tries); what nothing here explains is parked, visibly, with the reason. Receipts of one
declaration converge whatever order they come in.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.attempt_ids import AttemptIds
from gateway.base.batching import halving
from gateway.base.message import Message
from gateway.base.ports import ACK, Broker, Clock, Disposition, Subscription, retry
from gateway.base.relay import Parcel, Relay
from gateway.base.store.sql import SqlStore
from gateway.receipts.applying import Applying
from gateway.receipts.changes import Changes, register_of
from gateway.receipts.customs_reader import CustomsReader, Item, Reading, Unreadable
from gateway.receipts.pushes import Gathered
from gateway.receipts.setting_aside import BACK_OFF, SetAside
from gateway.receipts.targets import Ambiguous, Targets
from gateway.receipts.undeliverable import Reports
from gateway.store.archive import LEASE, Flag
from gateway.store.numbers import Numbers, seq_no_start
from gateway.store.registers import Registers
from gateway.store.registry import Registry
from gateway.store.sql import Sql
from handlers.contract import Answer, AnswerHandler, Change, RecordChange, SubmissionHandler
from schemas.times import SHANGHAI, micros

log = logging.getLogger("eport.reception")
QUEUE = "eport.gateway"
FROM_CUSTOMS = Flag.FROM_CUSTOMS.value
SLICE = 32
"""Messages read before the loop gets a turn for others."""
TRIES = 5


class Reception:
    """Consumes the queue ``eport.gateway``.

    After each commit ``on_batch`` is told its size, ``on_applied`` the type and the number of
    messages that it applied, ``on_moved`` a status and the business seconds that led to it.
    """

    def __init__(
        self,
        *,
        store: SqlStore,
        sql: Sql,
        numbers: Numbers,
        registers: Registers,
        registry: Registry,
        reader: CustomsReader,
        reports: Reports,
        ids: AttemptIds,
        relay: Relay,
        broker: Broker,
        clock: Clock,
        wall: Clock,
        deadline: float,
        answers: Mapping[str, AnswerHandler],
        submissions: Iterable[SubmissionHandler],
        on_batch: Callable[[int], None] | None = None,
        on_applied: Callable[[str, int], None] | None = None,
        on_moved: Callable[[str, float], None] | None = None,
    ) -> None:
        self._store, self._sql, self._numbers, self._reader = store, sql, numbers, reader
        self._registers, self._registry, self._relay = registers, registry, relay
        self._broker, self._clock, self._answers = broker, clock, answers
        self._wall = wall
        self._aside = SetAside(
            store=store, sql=sql, numbers=numbers, clock=clock, wall=wall, deadline=deadline
        )
        self._targets = Targets(sql, registry, submissions, ids)
        self._changes = Changes(answers, registers)
        self._applying = Applying(
            sql=sql,
            registers=registers,
            registry=registry,
            reader=reader,
            reports=reports,
            changes=self._changes,
            aside=self._aside,
            targets=self._targets,
        )
        self._subscription: Subscription | None = None
        self._on_batch, self._on_applied, self._on_moved = on_batch, on_applied, on_moved

    async def start(self) -> None:
        self._subscription = await self._broker.consume(QUEUE, self.on_batch, self._aside.take)

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()
            self._subscription = None

    async def on_batch(self, messages: Sequence[Message]) -> list[Disposition]:
        """One disposition per message, after the commit that makes it true."""
        results = await halving(messages, self._write)
        out: list[Disposition] = []
        for message, result in zip(messages, results, strict=True):
            if not isinstance(result, BaseException):
                out.append(result)
                continue
            log.error(
                "message %s failed (try %d): %s",
                message.id,
                message.attempts + 1,
                result,
                extra={"action": "reception_failed", "message_id": message.id},
            )
            if message.attempts + 1 >= TRIES:
                out.append(await self._aside.park(message, f"{type(result).__name__}: {result}"))
            else:
                out.append(retry(BACK_OFF[message.attempts], str(result)))
        return out

    async def _write(self, messages: Sequence[Message]) -> list[Disposition]:
        now = self._clock.now()
        ids = await self._numbers.take("messages", len(messages))
        readings: list[Item] = []
        moves: list[tuple[str, float]] = []
        applied: Counter[str] = Counter()
        for at in range(0, len(messages), SLICE):
            readings += [self._reader.read(message) for message in messages[at : at + SLICE]]
            await asyncio.sleep(0)
        changes = [self._changes.of(item) for item in readings]
        unit = functools.partial(
            self._unit,
            messages=messages,
            ids=ids,
            now=now,
            readings=readings,
            changes=changes,
            moves=moves,
            applied=applied,
        )
        if any(m.headers.get("message_type", "") not in self._answers for m in messages):
            year = now.astimezone(SHANGHAI).year
            seqs = await self._numbers.take(
                f"seq_no.{year}", len(messages), start=seq_no_start(year)
            )
            own = await self._numbers.take("messages", len(messages))
            unit = functools.partial(
                unit, seqs=seqs, own=own, outbox=(await self._numbers.take("outbox", 1))[0]
            )
        out, parcel = await self._store.write(unit)
        if parcel is not None:
            self._relay.offer([parcel])
        if self._on_batch:
            self._on_batch(len(messages))
        if self._on_moved:
            for status, seconds in moves:
                self._on_moved(status, seconds)
        if self._on_applied:
            for message_type, count in applied.items():
                self._on_applied(message_type, count)
        if any(isinstance(change, RecordChange) for change in changes):
            await self._registry.load()
        if log.isEnabledFor(logging.INFO):
            for reading, said in zip(readings, out, strict=True):
                target = None if isinstance(reading, Unreadable) else reading.target
                log.info(
                    "message of customs: %s",
                    said.verdict.value,
                    extra={
                        "action": "customs_message",
                        "cop_msg_id": reading.message_id,
                        "message_type": reading.message_type,
                        "seq_no": str(target.seq_no) if target else None,
                        "gateway_msg_id": reading.gateway_msg_id,
                        "verdict": said.verdict.value,
                    },
                )
        return out

    def _unit(
        self,
        connection: Connection,
        *,
        messages: Sequence[Message],
        ids: Sequence[int],
        now: datetime,
        readings: Sequence[Item],
        changes: Sequence[Change | None],
        moves: list[tuple[str, float]],
        applied: Counter[str],
        seqs: Sequence[int] = (),
        own: Sequence[int] = (),
        outbox: int = 0,
    ) -> tuple[list[Disposition], Parcel | None]:
        """``seqs``, ``own``, ``outbox``: SeqNos for what customs starts, archive ids and an outbox
        id for what has no receiver."""
        at = micros(now)
        sql = self._sql
        both, seqs = self._numbers.exact(connection, [*ids, *own], seqs)
        ids, own = both[: len(ids)], both[len(ids) :]
        named = [self._targets.of(connection, item) for item in readings]
        targets = [None if isinstance(target, Ambiguous) else target for target in named]
        further = [self._targets.further(connection, item) for item in readings]
        rows = [
            (
                ids[i],
                r.scope,
                r.message_id,
                r.message_type,
                t.seq_no if t and all(o and o.seq_no == t.seq_no for o in further[i]) else None,
                t.attempt if t else 0,
                FROM_CUSTOMS,
                hashlib.sha256(r.body).digest(),
                r.body,
                None,
                at,
            )
            for i, (r, t) in enumerate(zip(readings, targets, strict=True))
            if not isinstance(r, Unreadable)
        ]
        wanted = [row[0] for row in rows]
        won = (
            set(wanted)
            if sql.archive.many(connection, rows) == len(rows)
            else sql.winners(connection, wanted)
        )
        loaded = self._registers.load(
            connection,
            [
                name
                for item, change in zip(readings, changes, strict=True)
                if (name := register_of(item, change))[1]
            ],
        )
        seq_nos = {t.seq_no for each in (targets, *further) for t in each if t} | {
            h.seq_no for h in (*loaded.levies.values(), *loaded.guarantees.values())
        }
        unit = Gathered(held=sql.declarations_by_seq(connection, seq_nos), loaded=loaded)
        out: list[Disposition] = []
        for i, item in enumerate(readings):
            if ids[i] not in won and not isinstance(item, Unreadable):
                self._again(connection, item, ids[i], messages[i].attempts, at)
                out.append(ACK)
                continue
            numbers = (seqs[len(unit.added)], own[i]) if seqs else (0, 0)
            out.append(
                self._applying.one(
                    connection,
                    item,
                    ids[i],
                    (named[i], *further[i]),
                    numbers,
                    unit,
                    now,
                    messages[i],
                    changes[i],
                )
            )
        kept = won.difference(unit.dropped)
        applied.clear()
        applied.update(
            item.message_type
            for mid, item, said in zip(ids, readings, out, strict=True)
            if said is ACK and mid in kept and not isinstance(item, Unreadable)
        )
        sql.add_declarations(connection, list(unit.added.values()))
        changed = [
            (unit.held[seq], now) for seq, now in unit.now.items() if now is not unit.held[seq]
        ]
        sql.move(connection, changed)
        moves[:] = [
            (now.status.value, (at - before.updated_at) / 1e6)
            for before, now in changed
            if now.status is not before.status
        ]
        sql.add_entries(connection, unit.entries)
        self._registers.write(connection, loaded)
        sql.unarchive.many(connection, [(mid,) for mid in unit.dropped])
        self._aside.forget_waits(
            connection,
            [(r.scope, r.message_id) for r, d in zip(readings, out, strict=True) if d is ACK],
        )
        for enterprise in sorted(unit.feed):
            first = sql.feed_numbers(connection, enterprise, len(unit.feed[enterprise]))
            sql.insert_feed.many(
                connection,
                [(enterprise, first + k, *row) for k, row in enumerate(unit.feed[enterprise])],
            )
        if not unit.reports:
            return out, None
        wall = micros(self._wall.now())  # the business clock may stand still, or years ahead
        sql.add_outbox(
            connection, outbox, [archived for archived, _ in unit.reports], wall, wall + LEASE
        )
        return out, Parcel(
            id=outbox,
            messages=[m for _, m in unit.reports],
            notes=[(archived, None) for archived, _ in unit.reports],
        )

    def _again(self, connection: Connection, item: Item, mid: int, tries: int, at: int) -> None:
        """Set aside a message whose id came before and said something else: it is no repeat, so it
        must not vanish as one. A true repeat leaves nothing, nor does one that differs in its time
        alone: customs says it again after its store was restored."""
        stored = self._sql.by_message_id(connection, item.scope, item.message_id)
        if stored.sha256 == hashlib.sha256(item.body).digest():
            return
        body = bytes(self._sql.body_of.one(connection, stored.id).scalar())
        before = self._reader.read(Message(id=item.message_id, body=body))
        if _says(item) is None or _says(item) != _says(before):
            reason = f"message {item.message_id} came before with other bytes"
            self._aside.note(connection, mid, item, reason, tries, at)


def _says(item: Item) -> Answer | None:
    """Return what a receipt says, but for its time; None for anything else."""
    if isinstance(item, Reading) and isinstance(item.content, Answer):
        return replace(item.content, managed_at=0)
    return None
