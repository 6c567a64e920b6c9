"""Intake: a batch of delivered messages becomes cases and answers in one write unit. Each message
is decided alone.

A message whose handling raises leaves nothing behind: the unit runs again without it, so that its
redelivery is no duplicate.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.cases.profiles import INSTANT, PROFILES, Profile
from customs_sim.flow.course import Course, needs
from customs_sim.flow.pockets import Assembly
from customs_sim.flow.register import Register
from customs_sim.flow.scenario_run import Director
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from customs_sim.store.numbers import CASE, MESSAGE, OUTBOX, PARKED, TASK, Short
from customs_sim.wire.filing import (
    Attached,
    Filing,
    Opened,
    Reported,
    Resend,
    Unfit,
    Unreadable,
    clean,
)
from customs_sim.wire.replies import PLATFORM, platform, resent
from gateway.base.batching import halving
from gateway.base.errors import CommitUnknown, DataRefused, StoreConflict, Unavailable
from gateway.base.message import Message
from gateway.base.ports import ACK, Disposition, park, retry, wait
from schemas.dxp import canonical

log = logging.getLogger("eport.customs.intake")
MOST_RESENT = 500
"""Receipts that one GRT141 brings again, the newest: more is a feed, not a lost receipt."""


class _Again(Exception):
    """A message failed in the middle of a unit: roll back and run the rest."""


@dataclass(slots=True)
class _Batch:
    """A batch over all runs of its unit: opened once, failures remembered."""

    messages: Sequence[Message]
    opened: list[Opened | None] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    before: Callable[[Connection], None] | None = None


@dataclass(slots=True, kw_only=True)
class _Arrival:
    """One message that is new here: its archive id and case number."""

    at: int
    opened: Opened
    number: int
    case_no: int


class Intake:
    """The consumer of the queue to customs."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def take(self, deliveries: Sequence[Sequence[Message]]) -> list[list[Disposition]]:
        """Flush of the Batcher: several deliveries in one unit; dispositions per delivery, in
        order. Never raises."""
        messages = [message for delivery in deliveries for message in delivery]
        try:
            results = await halving(messages, self._write)
        except (Unavailable, CommitUnknown) as error:
            log.warning(
                "the store is not reachable (%s); %d messages will be offered again",
                error,
                len(messages),
                extra={"action": "customs_unavailable"},
            )
            results = [wait(self._office.settings.unavailable_after, str(error))] * len(messages)
        dispositions = iter(
            [
                (
                    await self._refused(message, result)
                    if isinstance(result, BaseException)
                    else result
                )
                for message, result in zip(messages, results, strict=True)
            ]
        )
        return [[next(dispositions) for _ in delivery] for delivery in deliveries]

    async def take_parked(self, message: Message, reason: str) -> None:
        """Into the list of what is set aside, as the broker set it aside; what stands there already
        stays one row."""
        await self._office.perform(
            lambda work: work.park(
                direction="in",
                message_id=message.id,
                scope="",
                reason=reason,
                body=message.body,
                tries=message.attempts,
            )
        )

    async def again(self, message: Message, before: Callable[[Connection], None]) -> Disposition:
        """Take one message that was set aside, in one transaction with ``before``. Raises what the
        store raises."""
        (said,) = await self._write([message], before)
        return said

    async def _write(
        self, messages: Sequence[Message], before: Callable[[Connection], None] | None = None
    ) -> list[Disposition]:
        batch = _Batch(messages, before=before)
        while True:
            try:
                return await self._office.perform(lambda work: self._unit(work, batch))
            except _Again:
                continue
            except (Unavailable, CommitUnknown, DataRefused):
                raise
            except Exception as error:
                # A driver's own error, or still a conflict after several runs: a message carries
                # what cannot be stored.
                log.exception(
                    "a batch of %d failed; will look for the message",
                    len(messages),
                    extra={"action": "batch_failed"},
                )
                raise DataRefused(f"{type(error).__name__}: {error}") from error

    async def _refused(self, message: Message, error: BaseException) -> Disposition:
        """A message that the database refuses even alone."""
        reason = f"{type(error).__name__}: {error}"[:500]
        said = self._failed(message, reason)
        if said.reason:
            try:
                await self._office.perform(
                    lambda work: self._set_aside(work, message, None, said.reason)
                )
            except Exception:
                log.exception(
                    "message %s could not even be parked here",
                    message.id,
                    extra={"action": "park_failed"},
                )
        return said

    def _failed(self, message: Message, reason: str) -> Disposition:
        settings = self._office.settings
        tries = message.attempts + 1
        if tries >= settings.tries:
            log.error(
                "message %s failed %d times and is parked: %s",
                message.id,
                tries,
                reason,
                extra={"action": "customs_parked"},
            )
            return park(reason)
        log.warning(
            "message %s failed (%s); will retry in %.1f s",
            message.id,
            reason,
            settings.retry_after,
            extra={"action": "customs_retry"},
        )
        return retry(settings.retry_after)

    def _unit(self, work: Work, batch: _Batch) -> list[Disposition]:
        if batch.before is not None:
            batch.before(work.connection)
        if not batch.opened:
            batch.opened = [self._open(batch, at) for at in range(len(batch.messages))]
        self._require(work, batch)
        dispositions = [ACK] * len(batch.messages)
        for at, reason in batch.failed.items():
            dispositions[at] = self._failed(batch.messages[at], reason)
            if dispositions[at].reason:
                self._set_aside(work, batch.messages[at], batch.opened[at], reason)
        fresh = self._archive(work, batch, dispositions)
        fresh = self._assembled(work, batch, fresh)
        register = Register(
            work,
            self._office.reader,
            self._office.codes,
            [arrival.opened for arrival in fresh if isinstance(arrival.opened, Filing)],
        )
        profile = work.active.profile
        pace = PROFILES[profile]
        course = Course(work, register, self._office.settings.review, instant=profile == INSTANT)
        director = (
            Director(work, course, register, self._office.reader) if work.active.script else None
        )
        for arrival in fresh:
            opened = arrival.opened
            if log.isEnabledFor(logging.INFO) and isinstance(opened, Filing):
                log.info(
                    "filing arrived",
                    extra={
                        "action": "customs_received",
                        "seq_no": opened.head.seq_no,
                        "gateway_msg_id": opened.head.gateway_msg_id,
                        "cop_msg_id": opened.head.cop_msg_id,
                        "message_type": opened.head.message_type,
                        "case_no": arrival.case_no,
                    },
                )
            with self._blaming(batch, arrival.at):
                self._decide(work, course, pace, director, arrival, batch.messages[arrival.at])
        return dispositions

    @contextlib.contextmanager
    def _blaming(self, batch: _Batch, at: int) -> Iterator[None]:
        """What fails inside is the fault of that message: the unit runs again without it."""
        try:
            yield
        except (Short, StoreConflict):
            raise
        except Exception as error:
            log.exception(
                "message %s could not be decided",
                batch.messages[at].id,
                extra={"action": "decide_failed"},
            )
            batch.failed[at] = f"{type(error).__name__}: {error}"[:500]
            raise _Again from error

    def _assembled(self, work: Work, batch: _Batch, fresh: list[_Arrival]) -> list[_Arrival]:
        """The arrivals to decide on: pockets are stored, and stand for their filing when they
        complete it."""
        if not any(_is_pocket(arrival.opened) for arrival in fresh):
            return fresh
        assembly = Assembly(work, self._office.reader, self._office.settings.pocket_wait)
        left: list[_Arrival] = []
        for arrival in fresh:
            opened = arrival.opened
            if not isinstance(opened, Filing | Attached) or not _is_pocket(opened):
                left.append(arrival)
                continue
            with self._blaming(batch, arrival.at):
                done = assembly.take(opened, number=arrival.number, case_no=arrival.case_no)
            if done is not None:
                left.append(
                    _Arrival(
                        at=arrival.at,
                        opened=done.filing,
                        number=done.in_message,
                        case_no=done.case_no,
                    )
                )
        return left

    def _open(self, batch: _Batch, at: int) -> Opened | None:
        try:
            return self._office.reader.open(batch.messages[at].body)
        except Exception as error:
            log.exception(
                "message %s could not be opened",
                batch.messages[at].id,
                extra={"action": "open_failed"},
            )
            batch.failed[at] = f"{type(error).__name__}: {error}"[:500]
            return None

    def _require(self, work: Work, batch: _Batch) -> None:
        """Ask for all numbers that the batch can use before any is drawn."""
        count = len(batch.messages)
        wanted = needs(
            [opened for opened in batch.opened if isinstance(opened, Filing)], work.now.day.year
        )
        work.blocks.require(
            wanted
            | {
                MESSAGE: 4 * count + wanted.get(MESSAGE, 0),
                CASE: count,
                TASK: count,
                PARKED: count,
                OUTBOX: 1 + 3 * count // work.tools.most,
            }
        )

    def _archive(
        self, work: Work, batch: _Batch, dispositions: list[Disposition]
    ) -> list[_Arrival]:
        """Insert what has an address; the unique key tells repeats, which are acknowledged and
        answered by nobody."""
        arrivals: list[_Arrival] = []
        rows: list[tuple[Any, ...]] = []
        for at, opened in enumerate(batch.opened):
            if opened is None or at in batch.failed:
                continue
            if isinstance(opened, Unreadable) and opened.transport is None:
                self._set_aside(work, batch.messages[at], opened, opened.reason)
                dispositions[at] = park(opened.reason)
                continue
            if work.tools.seeded and _known(work, opened, rows):
                continue  # before it draws: a repeat that a crash brought about must use no number
            arrival = _Arrival(
                at=at,
                opened=opened,
                number=work.blocks.draw(MESSAGE),
                case_no=work.blocks.draw(CASE),
            )
            arrivals.append(arrival)
            rows.append(
                (
                    arrival.number,
                    *_key(opened, arrival.case_no),
                    batch.messages[at].body,
                    work.now.at,
                    "",
                    "",
                    work.wall,
                )
            )
        if work.sql.add_message.many(work.connection, rows) == len(rows):
            return arrivals
        own = work.sql.stored_ids(work.connection, [arrival.number for arrival in arrivals])
        return [arrival for arrival in arrivals if arrival.number in own]

    def _decide(
        self,
        work: Work,
        course: Course,
        pace: Profile,
        director: Director | None,
        arrival: _Arrival,
        message: Message,
    ) -> None:
        opened = arrival.opened
        match opened:
            case Unreadable():
                self._set_aside(work, message, opened, opened.reason)
                assert opened.transport is not None
                work.answer(
                    platform(work.node, opened, work.now),
                    case_no=None,
                    gateway_msg_id=opened.transport.cop_msg_id,
                )
            case Reported():
                note_undelivered(work, opened, message.body)
            case Resend():
                self._send_again(work, opened)
            case Unfit():
                case = Case.of_unfit(
                    opened, case_no=arrival.case_no, in_message=arrival.number, now=work.now
                )
                course.refuse(case, opened.head, opened.reason)
                work.open(case)
            case Filing():
                case = Case.of_filing(
                    opened, case_no=arrival.case_no, in_message=arrival.number, now=work.now
                )
                if _is_pocket(opened):
                    case = replace(case, status=CaseStatus.STORED)
                led = (
                    director.arrive(work.active.script, case, opened)
                    if director and work.active.script
                    else None
                )
                work.open(led or course.arrive(case, opened, pace))

    @staticmethod
    def _send_again(work: Work, request: Resend) -> None:
        """GRT141: what was sent to its sender about the number that it names, the same packages in
        new transports."""
        wanted = request.wanted
        rows = work.sql.sent_to(
            work.connection,
            request.head.sender,
            reference=wanted.reference,
            business=wanted.business_no,
            most=MOST_RESENT,
        )
        for _, _, gateway_msg_id, body in rows:
            if (original := canonical(bytes(body))) is not None:
                work.answer(
                    resent(work.node, request.head, original, work.now),
                    case_no=None,
                    gateway_msg_id=gateway_msg_id,
                )
        log.info(
            "%s asks for receipts of %s %s: %d sent again",
            request.head.sender,
            wanted.reference,
            wanted.business_no,
            len(rows),
            extra={"action": "resent"},
        )

    def _set_aside(self, work: Work, message: Message, opened: Opened | None, reason: str) -> None:
        scope, message_id = "", message.id
        match opened:
            case Unreadable(transport=transport) if transport is not None:
                scope, message_id = transport.sender_id, transport.cop_msg_id
            case Filing(head=head) | Attached(head=head) | Resend(head=head) | Unfit(head=head):
                scope, message_id = head.sender, head.cop_msg_id
        work.park(
            direction="in",
            message_id=message_id,
            scope=scope,
            reason=reason,
            body=message.body,
            tries=message.attempts + 1,
        )


def _is_pocket(opened: Opened) -> bool:
    return isinstance(opened, Filing | Attached) and opened.head.pocket.total > 1


def _known(work: Work, opened: Opened, rows: Sequence[tuple[Any, ...]]) -> bool:
    """Whether this message is archived already, or stands among ``rows``, which are about to be."""
    scope, message_id, *_ = _key(opened, 0)
    return any(row[1:3] == (scope, message_id) for row in rows) or work.sql.is_stored(
        work.connection, scope, message_id
    )


def _key(opened: Opened, case_no: int) -> tuple[Any, ...]:
    """scope, message_id, direction, message_type, case_no, gateway_msg_id of an incoming message
    with an address."""
    if isinstance(opened, Unreadable):
        transport = opened.transport
        assert transport is not None
        return (
            transport.sender_id,
            transport.cop_msg_id,
            "in",
            transport.message_type,
            None,
            transport.cop_msg_id,
        )
    if isinstance(opened, Reported):
        return PLATFORM_SCOPE, opened.message_id, "in", PLATFORM, None, opened.report.original
    head = opened.head
    case = None if isinstance(opened, Resend) else case_no
    return head.sender, head.cop_msg_id, "in", head.message_type, case, head.gateway_msg_id[:255]


PLATFORM_SCOPE = "DXP"
"""c_messages.scope of reports: the platform names itself nowhere in a DxpRep."""


def note_undelivered(work: Work, reported: Reported, body: bytes) -> None:
    """Park the message that came back undelivered (direction out), or the report itself when it
    names none of ours."""
    report = reported.report
    said = clean(f"DxpRep {report.code}: {report.info}")[:1000]
    number = work.sql.ids_of(work.connection, work.node, [report.original]).get(report.original)
    if number is None:
        work.park(
            direction="in",
            message_id=report.original,
            scope=PLATFORM_SCOPE,
            body=body,
            tries=1,
            reason=f"{said}; 不是海关发出的报文 names no message of customs",
        )
        return
    work.park(
        direction="out",
        message_id=report.original,
        scope=work.node,
        body=bytes(work.sql.bodies(work.connection, [number])[number][3]),
        tries=1,
        reason=f"未送达 undelivered: {said}",
    )
