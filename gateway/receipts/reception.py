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
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.base.batching import halving
from gateway.base.message import Message
from gateway.base.ports import ACK, Broker, Clock, Disposition, Subscription, park, retry, wait
from gateway.base.relay import Parcel, Relay
from gateway.base.store.sql import SqlStore
from gateway.receipts.customs_reader import CustomsReader, Item, Reading, Report, Target, Unreadable
from gateway.receipts.pushes import Contradiction, Gathered, Missing, Pushes
from gateway.receipts.undeliverable import Reports
from gateway.store.archive import LEASE, Flag
from gateway.store.numbers import Numbers, seq_no_start
from gateway.store.registers import Registers, newer
from gateway.store.registry import Registry
from gateway.store.sql import Verbs
from handlers.contract import (
    Answer,
    AnswerHandler,
    Change,
    Push,
    RecordChange,
    RegisterChange,
    StatementAnswered,
)
from handlers.declaration import FILE_STORED, Declaration, Entry, answered
from handlers.lifecycle import Event, Status
from schemas.times import SHANGHAI, micros

log = logging.getLogger("eport.reception")
QUEUE = "eport.gateway"
FROM_CUSTOMS = Flag.FROM_CUSTOMS.value
SLICE = 32
"""Messages read before the loop gets a turn for others."""
TRIES = 5
BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
OPEN = frozenset({Status.DECLARED, Status.SENT, Status.RECEIVED, Status.REVIEW})


class Reception:
    """Consumes the queue ``eport.gateway``.

    ``on_batch`` is told the size of each batch, ``on_applied`` the type and the number of messages
    that were applied, ``on_moved`` a status and the business seconds that led to it.
    """

    def __init__(
        self,
        *,
        store: SqlStore,
        verbs: Verbs,
        numbers: Numbers,
        registers: Registers,
        registry: Registry,
        reader: CustomsReader,
        reports: Reports,
        relay: Relay,
        broker: Broker,
        clock: Clock,
        wall: Clock,
        deadline: float,
        answers: Mapping[str, AnswerHandler],
        on_batch: Callable[[int], None] | None = None,
        on_applied: Callable[[str, int], None] | None = None,
        on_moved: Callable[[str, float], None] | None = None,
    ) -> None:
        self._store, self._verbs, self._numbers, self._reader = store, verbs, numbers, reader
        self._registers, self._registry, self._pushes = (
            registers,
            registry,
            Pushes(verbs, registers),
        )
        self._reports, self._relay = reports, relay
        self._broker, self._clock, self._wall, self._deadline = broker, clock, wall, deadline
        self._answers = answers
        self._subscription: Subscription | None = None
        self._on_batch, self._on_applied, self._on_moved = on_batch, on_applied, on_moved
        self._waits: bool | None = (
            None  # whether the store holds waiting marks; None: not looked yet
        )

    async def start(self) -> None:
        self._subscription = await self._broker.consume(QUEUE, self.on_batch, self.take_parked)

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()
            self._subscription = None

    async def on_batch(self, messages: Sequence[Message]) -> list[Disposition]:
        """One disposition per message, after the commit that makes it true."""
        if self._on_batch:
            self._on_batch(len(messages))
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
                out.append(await self._park(message, f"{type(result).__name__}: {result}"))
            else:
                out.append(retry(BACK_OFF[message.attempts], str(result)))
        return out

    async def _write(self, messages: Sequence[Message]) -> list[Disposition]:
        now = self._clock.now()
        ids = await self._numbers.take("messages", len(messages))
        readings: list[Item] = []
        moves: list[tuple[str, float]] = []
        for at in range(0, len(messages), SLICE):
            readings += [self._reader.read(message) for message in messages[at : at + SLICE]]
            await asyncio.sleep(0)
        changes = [self._change_of(item) for item in readings]
        unit = functools.partial(
            self._unit,
            messages=messages,
            ids=ids,
            now=now,
            readings=readings,
            changes=changes,
            moves=moves,
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
        counts = Counter(r.message_type for r in readings)
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
        if self._on_moved:
            for status, seconds in moves:
                self._on_moved(status, seconds)
        if self._on_applied:
            for message_type, count in counts.items():
                self._on_applied(message_type, count)
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
        seqs: Sequence[int] = (),
        own: Sequence[int] = (),
        outbox: int = 0,
    ) -> tuple[list[Disposition], Parcel | None]:
        """``seqs``, ``own``, ``outbox``: SeqNos for what customs starts, archive ids and an outbox
        id for what has no receiver."""
        at = micros(now)
        verbs = self._verbs
        both, seqs = self._numbers.exact(connection, [*ids, *own], seqs)
        ids, own = both[: len(ids)], both[len(ids) :]
        targets = [
            None if isinstance(r, Unreadable) else r.target or self._by_reference(connection, r)
            for r in readings
        ]
        targets = [self._of_file(connection, t) if t and t.is_archive_id else t for t in targets]
        rows = [
            (
                ids[i],
                r.scope,
                r.message_id,
                r.message_type,
                t.seq_no if t else None,
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
            if verbs.archive.many(connection, rows) == len(rows)
            else verbs.winners(connection, wanted)
        )
        loaded = self._registers.load(
            connection,
            [
                name
                for item, change in zip(readings, changes, strict=True)
                if (name := _register_of(item, change))[1]
            ],
        )
        seq_nos = {t.seq_no for t in targets if t} | {
            h.seq_no for h in (*loaded.levies.values(), *loaded.guarantees.values())
        }
        unit = Gathered(held=verbs.declarations_by_seq(connection, seq_nos), loaded=loaded)
        out: list[Disposition] = []
        for i, item in enumerate(readings):
            if ids[i] not in won and not isinstance(item, Unreadable):
                out.append(ACK)
                continue
            numbers = (seqs[len(unit.added)], own[i]) if seqs else (0, 0)
            out.append(
                self._one(
                    connection,
                    item,
                    ids[i],
                    targets[i],
                    numbers,
                    unit,
                    now,
                    messages[i],
                    changes[i],
                )
            )
        verbs.add_declarations(connection, list(unit.added.values()))
        changed = [
            (unit.held[seq], now) for seq, now in unit.now.items() if now is not unit.held[seq]
        ]
        verbs.move(connection, changed)
        moves[:] = [
            (now.status.value, (at - before.updated_at) / 1e6)
            for before, now in changed
            if now.status is not before.status
        ]
        verbs.add_entries(connection, unit.entries)
        self._registers.write(connection, loaded)
        verbs.unarchive.many(connection, [(mid,) for mid in unit.dropped])
        self._forget_waits(
            connection,
            [(r.scope, r.message_id) for r, d in zip(readings, out, strict=True) if d is ACK],
        )
        for enterprise in sorted(unit.feed):
            first = verbs.feed_numbers(connection, enterprise, len(unit.feed[enterprise]))
            verbs.insert_feed.many(
                connection,
                [(enterprise, first + k, *row) for k, row in enumerate(unit.feed[enterprise])],
            )
        if not unit.reports:
            return out, None
        verbs.add_outbox(
            connection, outbox, [archived for archived, _ in unit.reports], at, at + LEASE
        )
        return out, Parcel(
            id=outbox,
            messages=[m for _, m in unit.reports],
            notes=[(archived, None) for archived, _ in unit.reports],
        )

    def _one(
        self,
        connection: Connection,
        item: Item,
        mid: int,
        target: Target | None,
        numbers: tuple[int, int],
        unit: Gathered,
        now_is: datetime,
        message: Message,
        change: Change | None,
    ) -> Disposition:
        at = micros(now_is)
        if isinstance(item, Unreadable):
            self._set_aside(connection, mid, item, item.reason, message.attempts, at)
            return ACK
        if isinstance(item, Report):
            return self._reported(connection, item, mid, target, unit, at, message)
        content = item.content
        if isinstance(content, Push):
            return self._pushed(connection, item, content, mid, numbers, unit, now_is, message)
        declaration = None if target is None else unit.declaration(target.seq_no)
        if target is None or declaration is None or target.attempt > declaration.attempt:
            unit.dropped.append(mid)
            return self._not_yet(
                connection,
                mid,
                item,
                f"declaration {target.seq_no} attempt {target.attempt}" if target else None,
                at,
                message,
            )
        if target.attachment and content.event is Event.STORED:
            content = replace(
                content, event=None
            )  # a file moves no status, unless it could not be stored
            unit.entries.append(
                Entry(
                    seq_no=declaration.seq_no,
                    n=declaration.events + 1,
                    at=at,
                    event=Event.STORED,
                    attempt=target.attempt,
                    status=declaration.status,
                    source="customs",
                    stale=True,
                    message=mid,
                    note=FILE_STORED,
                )
            )
            declaration = replace(declaration, events=declaration.events + 1)
        attempt = target.attempt or (
            declaration.attempt if _same_generation(content, declaration) else 0
        )
        now, entries = answered(declaration, content, attempt, mid, at)
        unit.put(now)
        unit.entries.extend(entries)
        moved = any(not e.stale for e in entries)
        # An approval may come in parts, or twice: the document counts whichever brings it, and an
        # older one is no newer register.
        current = (
            attempt == now.attempt
            and now.status is Status.APPROVED
            and content.event is Event.APPROVED
        )
        if change is not None and (moved or current):
            self._apply(change, item.message_type, content, now, unit, mid, at)
        package = (now.seq_no, item.package_id)
        resent = not moved and (
            package in unit.packages or self._seen(connection, now.seq_no, item)
        )
        unit.packages.add(package)
        notes = msgspec.json.encode(content.notes).decode() if content.notes else None
        unit.feed.setdefault(now.enterprise, []).append(
            (
                mid,
                now.seq_no,
                item.message_type,
                now.reference,
                content.business_no or now.business_no,
                content.result or None,
                notes,
                int(resent),
                at,
            )
        )
        return ACK

    def _change_of(self, item: Item) -> Change | None:
        """Return what an approval with its document changes beside its declaration."""
        if not isinstance(item, Reading) or isinstance(item.content, Push):
            return None
        if not item.content.carries_document:
            return None
        return self._answers[item.message_type].on_answer(item.content)

    def _apply(
        self,
        change: Change,
        message_type: str,
        answer: Answer,
        declaration: Declaration,
        unit: Gathered,
        mid: int,
        at: int,
    ) -> None:
        """Bring the registers up to date with an approved document."""
        loaded = unit.loaded
        match change:
            case RecordChange():
                loaded.records.append((mid, change.version, declaration.enterprise))
            case StatementAnswered():
                loaded.answered.append((change.number, change.version))
            case RegisterChange():
                push = Push(
                    code=message_type,
                    subject=change.subject,
                    filing=declaration.message_type,
                    enterprise=declaration.enterprise,
                    number=change.number,
                    asks=False,
                    change_no=change.change_no,
                    version=change.version,
                    mark=change.mark,
                    status=change.status,
                    fields=answer.fields,
                )
                known = loaded.of(change.subject).get(change.number)
                if change.number and (known is None or newer(push, known)):
                    seq_no = known.seq_no if known else declaration.seq_no
                    self._registers.replace(loaded, push, seq_no, mid, at)
            case _:
                assert_never(change)

    def _pushed(
        self,
        connection: Connection,
        item: Reading,
        push: Push,
        mid: int,
        numbers: tuple[int, int],
        unit: Gathered,
        now: datetime,
        message: Message,
    ) -> Disposition:
        at, (seq, own) = micros(now), numbers
        if push.enterprise not in self._registry.enterprises:
            unit.dropped.append(
                mid
            )  # once the enterprise is served here, the same message is welcome
            reason = f"no such enterprise {push.enterprise}"
            report = self._reports.no_receiver(
                connection, item, f"{reason}: 本网关无此企业, {item.message_type} 未送达", own, now
            )
            if report is not None:
                self._set_aside(connection, mid, item, reason, message.attempts, at)
                unit.reports.append((own, report))
            return ACK
        try:
            number, reference = self._pushes.apply(connection, push, unit, mid, seq, at)
        except Missing as missing:
            unit.dropped.append(mid)
            return self._not_yet(connection, mid, item, str(missing), at, message)
        except Contradiction as error:
            unit.dropped.append(mid)
            self._set_aside(connection, mid, item, str(error), message.attempts, at)
            return ACK
        unit.feed.setdefault(push.enterprise, []).append(
            (
                mid,
                number,
                item.message_type,
                reference or None,
                push.number or None,
                None,
                None,
                0,
                at,
            )
        )
        return ACK

    def _reported(
        self,
        connection: Connection,
        item: Report,
        mid: int,
        target: Target | None,
        unit: Gathered,
        at: int,
        message: Message,
    ) -> Disposition:
        """A failure on the way: the declaration keeps its status and shows the reason."""
        declaration = None if target is None else unit.declaration(target.seq_no)
        if declaration is None or target is None:
            unit.dropped.append(mid)
            self._set_aside(
                connection,
                mid,
                item,
                f"{item.name} {item.code}: {item.info}; it names none of our messages",
                message.attempts,
                at,
            )
            return ACK
        reason = f"{item.name} {item.code}: {item.info}"
        current = target.attempt == declaration.attempt
        now = replace(
            declaration,
            events=declaration.events + 1,
            updated_at=at,
            undeliverable=reason if current else declaration.undeliverable,
        )
        unit.put(now)
        unit.entries.append(
            Entry(
                seq_no=now.seq_no,
                n=now.events,
                at=at,
                event=Event.UNDELIVERED,
                status=now.status,
                attempt=target.attempt,
                source="customs",
                stale=not current,
                message=mid,
                note=reason,
            )
        )
        return ACK

    def _of_file(self, connection: Connection, target: Target) -> Target | None:
        """The declaration of an attachment, which its GatewayMsgId names by archive id."""
        seq_no = self._verbs.filing_of.one(connection, target.seq_no).scalar()
        return None if seq_no is None else Target(int(seq_no), target.attempt, attachment=True)

    def _by_reference(self, connection: Connection, item: Reading | Report) -> Target | None:
        """The quirk of the sender's own reference in etpsPreentNo: it counts when exactly one
        attempt of it is open."""
        if isinstance(item, Report) or isinstance(item.content, Push) or not item.content.reference:
            return None
        owners = [e.code for e in self._registry.enterprises.values() if e.dxp_id == item.receiver]
        found = [
            d
            for d in self._verbs.declarations_by_reference(connection, item.content.reference)
            if d.enterprise in owners and d.status in OPEN
        ]
        return Target(found[0].seq_no, found[0].attempt) if len(found) == 1 else None

    def _seen(self, connection: Connection, seq_no: int, item: Reading) -> bool:
        """Whether the same package came before: then this is a resend (GRT141)."""
        return any(
            item.package_id.encode() in self._reader.inner(bytes(body))
            for (body,) in self._verbs.bodies_of(
                connection, seq_no, item.message_type, item.message_id
            )
        )

    def _not_yet(
        self,
        connection: Connection,
        mid: int,
        item: Reading,
        what: str | None,
        at: int,
        message: Message,
    ) -> Disposition:
        verbs = self._verbs
        if what is None:
            self._set_aside(
                connection,
                mid,
                item,
                "nothing names the declaration it answers",
                message.attempts,
                at,
            )
            return ACK
        wall = micros(self._wall.now())  # an advance of thirty days is no wait of thirty days
        row = verbs.waiting_since.one(connection, item.scope, item.message_id).fetchone()
        since, tries = (row[0], row[1]) if row else (wall, 0)
        if wall - since > self._deadline * 1e6:
            self._set_aside(
                connection,
                mid,
                item,
                f"still not here after {self._deadline:g} s: {what}",
                message.attempts,
                at,
            )
            return ACK
        self._waits = True
        verbs.put_waiting.many(connection, [(item.scope, item.message_id, since, tries + 1)])
        return wait(BACK_OFF[min(tries, len(BACK_OFF) - 1)], f"not here yet: {what}")

    def _forget_waits(self, connection: Connection, applied: Sequence[tuple[str, str]]) -> None:
        """Drop the marks of messages that had to wait and now are done; costs nothing while nobody
        waits."""
        if self._waits is None:
            self._waits = self._verbs.any_waiting.one(connection).fetchone() is not None
        if self._waits:
            self._verbs.drop_waiting.many(connection, applied)

    def _set_aside(
        self, connection: Connection, mid: int, item: Item, reason: str, tries: int, at: int
    ) -> None:
        self._verbs.insert_parked.many(
            connection,
            [
                (
                    mid,
                    item.scope,
                    item.message_id,
                    item.message_type,
                    reason[:2000],
                    tries,
                    item.body,
                    at,
                )
            ],
        )

    async def _park(self, message: Message, reason: str) -> Disposition:
        """The fifth failure: kept as it came, with the reason. When even that fails, the broker
        parks it."""
        try:
            await self.take_parked(replace(message, attempts=message.attempts + 1), reason)
        except Exception:
            log.exception(
                "message %s could not be parked here; the broker parks it",
                message.id,
                extra={"action": "park_failed"},
            )
            return park(reason)
        return ACK

    async def take_parked(self, message: Message, reason: str) -> None:
        """Into the list of what is set aside, as it came; also what the broker set aside.
        ``attempts``: the tries it has had."""
        at, (mid,) = micros(self._clock.now()), await self._numbers.take("messages", 1)
        item = Unreadable(
            scope="customs",
            message_id=message.id,
            message_type=message.headers.get("message_type", ""),
            body=message.body,
            reason=reason,
        )

        def unit(connection: Connection) -> None:
            if not self._verbs.is_parked(connection, message.id, reason[:2000]):
                self._set_aside(connection, mid, item, reason, message.attempts, at)

        await self._store.write(unit)


def _register_of(item: Item, change: Change | None) -> tuple[str, str]:
    """Return the register that a message may touch, as subject and number; empty for none."""
    if isinstance(change, RegisterChange):
        return change.subject, change.number
    if isinstance(item, Reading) and isinstance(item.content, Push):
        return item.content.subject, item.content.number
    return "", ""


def _same_generation(answer: Answer, declaration: Declaration) -> bool:
    """tmsCnt must be compared (``docs/wire.md`` 2.6) when nothing names the attempt; GRT200 has
    none."""
    return answer.business_no == "" or answer.change_no == declaration.change_no
