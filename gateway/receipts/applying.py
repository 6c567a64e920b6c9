"""What one message of customs changes: timeline, status, register and feed."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.base.message import Message
from gateway.base.ports import ACK, Disposition
from gateway.receipts.changes import Changes
from gateway.receipts.customs_reader import CustomsReader, Item, Reading, Report, Target, Unreadable
from gateway.receipts.pushes import Contradiction, Gathered, Missing, Pushes
from gateway.receipts.setting_aside import SetAside
from gateway.receipts.targets import LOST, Ambiguous, Standing, Targets, same_generation
from gateway.receipts.undeliverable import Reports
from gateway.store.registers import Registers
from gateway.store.registry import Registry
from gateway.store.sql import Sql
from handlers.contract import Change, Push
from handlers.declaration import FILE_STORED, Declaration, Entry, answered
from handlers.lifecycle import Event, Status
from schemas.times import micros


class Applying:
    """Decides on one message at a time, inside reception's unit."""

    def __init__(
        self,
        *,
        sql: Sql,
        registers: Registers,
        registry: Registry,
        reader: CustomsReader,
        reports: Reports,
        changes: Changes,
        aside: SetAside,
        targets: Targets,
    ) -> None:
        self._sql, self._registry, self._reader = sql, registry, reader
        self._pushes, self._reports = Pushes(sql, registers), reports
        self._changes, self._aside, self._targets = changes, aside, targets

    def one(
        self,
        connection: Connection,
        item: Item,
        mid: int,
        targets: tuple[Target | Ambiguous | None, ...],
        numbers: tuple[int, int],
        unit: Gathered,
        now_is: datetime,
        message: Message,
        change: Change | None,
    ) -> Disposition:
        """Gather what a message changes; return what becomes of the message. ``targets``: what it
        is about, several for a DxpRep with several reports."""
        at, target = micros(now_is), targets[0]
        if isinstance(item, Unreadable):
            self._aside.note(connection, mid, item, item.reason, message.attempts, at)
            return ACK
        if isinstance(target, Ambiguous):
            return self._refused(connection, mid, item, target.reason, unit, message, at)
        if isinstance(item, Report):
            return self._reported(connection, item, mid, targets, unit, at, message)
        content = item.content
        if isinstance(content, Push):
            return self._pushed(connection, item, content, mid, numbers, unit, now_is, message)
        declaration = None if target is None else unit.declaration(target.seq_no)
        if target is None or declaration is None or target.attempt > declaration.attempt:
            unit.dropped.append(mid)
            return self._aside.not_yet(
                connection,
                mid,
                item,
                f"declaration {target.seq_no} attempt {target.attempt}" if target else None,
                at,
                message,
            )
        standing = self._targets.standing(connection, target, declaration)
        if standing is Standing.LOST:
            reason = LOST.format(attempt=target.attempt, seq_no=declaration.seq_no)
            return self._refused(connection, mid, item, reason, unit, message, at)
        if reason := self._targets.disagreement(item, content, declaration):
            reason = f"it names filing {declaration.seq_no} and contradicts it: {reason}"
            return self._refused(connection, mid, item, reason, unit, message, at)
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
            declaration.attempt if same_generation(content, declaration) else 0
        )
        earlier = standing is Standing.EARLIER
        now, entries = answered(declaration, content, attempt, mid, at, earlier=earlier)
        unit.put(now)
        unit.entries.extend(entries)
        moved = any(not e.stale for e in entries)
        # An approval may come in parts, or twice: the document counts whichever brings it, and an
        # older one is no newer register.
        current = (
            attempt == now.attempt
            and not earlier
            and now.status is Status.APPROVED
            and content.event is Event.APPROVED
        )
        if change is not None and (moved or current):
            self._changes.apply(change, item.message_type, content, now, unit, mid, at)
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

    def _refused(
        self,
        connection: Connection,
        mid: int,
        item: Item,
        reason: str,
        unit: Gathered,
        message: Message,
        at: int,
    ) -> Disposition:
        """Set aside a message that must never be applied: it moves nothing, and no enterprise sees
        it."""
        unit.dropped.append(mid)
        self._aside.note(connection, mid, item, reason, message.attempts, at)
        return ACK

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
        if not self._registry.serves(connection, push.enterprise):
            unit.dropped.append(
                mid
            )  # once the enterprise is served here, the same message is welcome
            reason = f"no such enterprise {push.enterprise}"
            report = self._reports.no_receiver(
                connection, item, f"{reason}: 本网关无此企业, {item.message_type} 未送达", own, now
            )
            if report is not None:
                self._aside.note(connection, mid, item, reason, message.attempts, at)
                unit.reports.append((own, report))
            return ACK
        try:
            number, reference = self._pushes.apply(connection, push, unit, mid, seq, at)
        except Missing as missing:
            unit.dropped.append(mid)
            return self._aside.not_yet(connection, mid, item, str(missing), at, message)
        except Contradiction as error:
            unit.dropped.append(mid)
            self._aside.note(connection, mid, item, str(error), message.attempts, at)
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
        targets: tuple[Target | Ambiguous | None, ...],
        unit: Gathered,
        at: int,
        message: Message,
    ) -> Disposition:
        """Failures on the way: each declaration keeps its status and shows the reason. What names
        none of ours is set aside with what it said."""
        strange = []
        for said, target in zip(item.all, targets, strict=True):
            reason = f"{item.name} {said.code}: {said.info}"
            known = target if isinstance(target, Target) else None
            declaration = unit.declaration(known.seq_no) if known else None
            if known is None or declaration is None:
                strange.append(f"{reason}; it names none of our messages")
            elif self._targets.standing(connection, known, declaration) is Standing.LOST:
                lost = LOST.format(attempt=known.attempt, seq_no=declaration.seq_no)
                strange.append(f"{reason}; {lost}")
            else:
                self._undelivered(declaration, known, reason, unit, mid, at)
        if strange:
            if len(strange) == len(targets):
                unit.dropped.append(mid)
            self._aside.note(connection, mid, item, "; ".join(strange), message.attempts, at)
        return ACK

    def _undelivered(
        self,
        declaration: Declaration,
        target: Target,
        reason: str,
        unit: Gathered,
        mid: int,
        at: int,
    ) -> None:
        """Note on a declaration that one of its messages did not arrive."""
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

    def _seen(self, connection: Connection, seq_no: int, item: Reading) -> bool:
        """Whether the same package came before: then this is a resend (GRT141)."""
        return any(
            item.package_id.encode() in self._reader.inner(bytes(body))
            for (body,) in self._sql.bodies_of(
                connection, seq_no, item.message_type, item.message_id
            )
        )
