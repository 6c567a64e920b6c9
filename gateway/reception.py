"""Reception: customs' messages become archive, timeline, status, register and feed rows, many in one transaction.

Each message is decided alone. What overtook our own commit waits without an inbox row (never one of the five tries); what
nothing here explains is parked, visibly, with the reason. Receipts of one declaration converge whatever order they come in.
"""

from __future__ import annotations

import functools
import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection

from gateway.adapters.sql import SqlStore
from gateway.batching import halving
from gateway.correlation import attempt_of
from gateway.declaration import Declaration, Entry, answered
from gateway.handler import Answer, AnswerHandler, Register
from gateway.message import Message
from gateway.numbers import Numbers
from gateway.ports import ACK, Broker, Clock, Disposition, Subscription, park, retry, wait
from gateway.verbs import Verbs
from schemas.dxp import DxpMsg, read_dxp
from schemas.findings import Refused
from schemas.package import Package, open_package
from schemas.times import micros
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet

log = logging.getLogger("eport.reception")
QUEUE = "eport.gateway"
TRIES = 5
BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One message of customs, opened. ``seq_no`` and ``attempt`` when the keys or the receipt name them."""

    scope: str
    message_id: str
    message_type: str
    body: bytes
    package: Package
    answer: Answer
    keys: Mapping[str, str]


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A message that can never be applied."""

    scope: str
    message_id: str
    message_type: str
    body: bytes
    reason: str


@dataclass(slots=True)
class _Unit:
    """What one run of the write unit gathers."""

    now: dict[int, Declaration] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    feed: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    registers: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)


class Reception:
    """Consumes the queue ``eport.gateway``."""

    def __init__(self, *, store: SqlStore, verbs: Verbs, numbers: Numbers, reader: XmlReader, schemas: SchemaSet,
                 handlers: Iterable[AnswerHandler], broker: Broker, clock: Clock, salt: bytes, deadline: float) -> None:
        self._store, self._verbs, self._numbers, self._reader, self._schemas = store, verbs, numbers, reader, schemas
        self._handlers = {h.code: h for h in handlers}
        self._broker, self._clock, self._salt, self._deadline = broker, clock, salt, deadline
        self._subscription: Subscription | None = None
        self._waits: bool | None = None  # whether the store holds waiting marks; None: not looked yet

    async def start(self) -> None:
        self._subscription = await self._broker.consume(QUEUE, self.on_batch)

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
            log.error("message %s failed (try %d): %s", message.id, message.attempts + 1, result,
                      extra={"action": "reception_failed", "message_id": message.id})
            if message.attempts + 1 >= TRIES:
                out.append(await self._park(message, f"{type(result).__name__}: {result}"))
            else:
                out.append(retry(BACK_OFF[message.attempts], str(result)))
        return out

    async def _write(self, messages: Sequence[Message]) -> list[Disposition]:
        at = micros(self._clock.now())
        ids = await self._numbers.take("messages", len(messages))
        unit = functools.partial(self._unit, messages=messages, ids=ids, at=at, readings=[])
        return await self._store.write(unit)

    def _unit(self, connection: Connection, *, messages: Sequence[Message], ids: Sequence[int], at: int,
              readings: list[Reading | Unreadable]) -> list[Disposition]:
        if not readings:  # a rerun keeps what was read
            readings += [self._read(message) for message in messages]
        verbs = self._verbs
        targets = [self._target(r) if isinstance(r, Reading) else None for r in readings]
        rows = [(ids[i], r.scope, r.message_id, r.message_type, *(targets[i] or (None, 0)), 2,
                 hashlib.sha256(r.body).digest(), r.body, None, at)
                for i, r in enumerate(readings) if isinstance(r, Reading)]
        wanted = [row[0] for row in rows]
        won = set(wanted) if verbs.archive.many(connection, rows) == len(rows) else verbs.winners(connection, wanted)
        held = verbs.declarations_by_seq(connection, {t[0] for t in targets if t})
        unit = _Unit()
        out = [self._one(connection, r, ids[i], ids[i] in won, targets[i], held, unit, at, messages[i])
               for i, r in enumerate(readings)]
        verbs.move(connection, [(held[seq], now) for seq, now in unit.now.items() if now is not held[seq]])
        verbs.add_entries(connection, unit.entries)
        verbs.put_register.many(connection, list(unit.registers.values()))
        verbs.unarchive.many(connection, [(mid,) for mid in unit.dropped])
        self._forget_waits(connection, [(r.scope, r.message_id) for r, d in zip(readings, out, strict=True) if d is ACK])
        for enterprise in sorted(unit.feed):
            first = verbs.feed_numbers(connection, enterprise, len(unit.feed[enterprise]))
            verbs.insert_feed.many(connection, [(enterprise, first + k, *row) for k, row in enumerate(unit.feed[enterprise])])
        return out

    def _one(self, connection: Connection, reading: Reading | Unreadable, mid: int, won: bool, target: tuple[int, int] | None,
             held: Mapping[int, Declaration], unit: _Unit, at: int, message: Message) -> Disposition:
        if isinstance(reading, Unreadable):
            self._set_aside(connection, mid, reading, reading.reason, message.attempts, at)
            return ACK
        if not won:
            return ACK
        declaration = None if target is None else unit.now.get(target[0]) or held.get(target[0])
        if target is None or declaration is None or (target[1] > declaration.attempt):
            unit.dropped.append(mid)
            return self._unmatched(connection, mid, reading, target, at, message)
        attempt = target[1] or declaration.attempt
        now, entries = answered(declaration, reading.answer, attempt, mid, at)
        unit.now[declaration.seq_no] = now
        unit.entries += entries
        moved = any(not e.stale for e in entries)
        register = reading.answer.register
        if register is not None and moved:
            unit.registers[register.gasr_no] = _register_row(register, now, mid, at)
        answer = reading.answer
        notes = msgspec.json.encode(answer.notes).decode() if answer.notes else None
        unit.feed.setdefault(now.enterprise, []).append(
            (mid, now.seq_no, reading.message_type, now.reference, answer.business_no or now.business_no, answer.result or None,
             notes, 0, at))
        return ACK

    def _read(self, message: Message) -> Reading | Unreadable:
        scope, message_id, kind = "customs", message.id, message.headers.get("message_type", "")
        try:
            dxp = read_dxp(message.body, self._reader)
            if not isinstance(dxp, DxpMsg):
                raise ValueError(f"root is {dxp.tag}, wanted DxpMsg")
            scope, message_id, kind = dxp.sender_id, dxp.cop_msg_id, dxp.message_type
            package = open_package(self._reader.read(dxp.data))
            kind = package.envelope.message_type
            handler = self._handlers.get(kind)
            if handler is None:
                raise ValueError(f"unknown message type {kind}")
            if not self._schemas.valid(kind, package.business):
                raise ValueError("; ".join(self._schemas.reasons(kind, package.business)[:3]))
            answer = handler.read(package.business[0])
            if answer is None:
                raise ValueError(f"{kind} carries no result")
        except (Refused, ValueError) as error:
            return Unreadable(scope=scope, message_id=message_id, message_type=kind, body=message.body, reason=str(error))
        return Reading(scope=scope, message_id=message_id, message_type=kind, body=message.body, package=package,
                       answer=answer, keys=dxp.keys)

    def _target(self, reading: Reading) -> tuple[int, int] | None:
        """(SeqNo, attempt) that the message answers; attempt 0 means "the only one". None: nothing names it.

        GatewayMsgId first; else SeqNo; else etpsPreentNo of 18 digits, as live samples carry it (``contract.md`` 2)."""
        if (named := reading.keys.get("GatewayMsgId")) and (found := attempt_of(self._salt, named)) is not None:
            return found
        for text in (reading.keys.get("SeqNo", ""), reading.answer.reference):
            if len(text) == 18 and text.isascii() and text.isdigit():
                return int(text), 0
        return None

    def _unmatched(self, connection: Connection, mid: int, reading: Reading, target: tuple[int, int] | None, at: int,
                   message: Message) -> Disposition:
        verbs = self._verbs
        if target is None:
            self._set_aside(connection, mid, reading, "nothing names the declaration it answers", message.attempts, at)
            return ACK
        row = verbs.waiting_since.one(connection, reading.scope, reading.message_id).fetchone()
        since, tries = (row[0], row[1]) if row else (at, 0)
        if at - since > self._deadline * 1e6:
            self._set_aside(connection, mid, reading, f"no declaration {target[0]} attempt {target[1]} here", message.attempts, at)
            verbs.drop_waiting.one(connection, reading.scope, reading.message_id)
            return ACK
        self._waits = True
        verbs.put_waiting.many(connection, [(reading.scope, reading.message_id, since, tries + 1)])
        return wait(BACK_OFF[min(tries, len(BACK_OFF) - 1)], f"declaration {target[0]} is not here yet")

    def _forget_waits(self, connection: Connection, applied: Sequence[tuple[str, str]]) -> None:
        """Drop the marks of messages that had to wait and now are done; costs nothing while nobody waits."""
        if self._waits is None:
            self._waits = self._verbs.any_waiting.one(connection).fetchone() is not None
        if self._waits:
            self._verbs.drop_waiting.many(connection, applied)

    def _set_aside(self, connection: Connection, mid: int, item: Reading | Unreadable, reason: str, tries: int, at: int) -> None:
        self._verbs.insert_parked.many(
            connection, [(mid, item.scope, item.message_id, item.message_type, reason[:2000], tries, item.body, at)])

    async def _park(self, message: Message, reason: str) -> Disposition:
        """The fifth failure: kept as it came, with the reason. When even that fails, the broker parks it."""
        at = micros(self._clock.now())
        mid = (await self._numbers.take("messages", 1))[0]
        item = Unreadable(scope="customs", message_id=message.id, message_type=message.headers.get("message_type", ""),
                          body=message.body, reason=reason)
        try:
            await self._store.write(lambda c: self._set_aside(c, mid, item, reason, message.attempts + 1, at))
        except Exception:
            log.exception("message %s could not be parked here; the broker parks it", message.id, extra={"action": "park_failed"})
            return park(reason)
        return ACK


def _register_row(register: Register, declaration: Declaration, mid: int, at: int) -> tuple[Any, ...]:
    r = register
    return (r.gasr_no, declaration.enterprise, declaration.seq_no, r.change_no, r.version, mid, r.limit_fen, r.used_fen,
            r.available_fen, r.returned_fen, r.status, at)
