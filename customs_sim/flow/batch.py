"""A batch of delivered messages, taken by one unit: opened, archived, and each decided alone.

A message whose handling fails leaves nothing behind: the unit runs again without it, so that its
redelivery is no repeat.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.cases.profiles import INSTANT, PROFILES
from customs_sim.cases.settings import CustomsSettings
from customs_sim.flow.arrival import (
    Arrival,
    envelope_id_of,
    is_pocket,
    key_of,
    reason_of,
    set_aside,
)
from customs_sim.flow.course import Course, needs
from customs_sim.flow.pockets import Assembly
from customs_sim.flow.register import Register
from customs_sim.flow.resending import send_again
from customs_sim.flow.scenario_run import Director
from customs_sim.flow.undelivered import note_undelivered
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from customs_sim.store.numbers import CASE, MESSAGE, OUTBOX, PARKED, TASK, Short
from customs_sim.wire.filing import Attached, Filing, Opened, Reported, Resend, Unfit, Unreadable
from customs_sim.wire.reader import FilingReader
from customs_sim.wire.replies import platform
from gateway.base.errors import StoreConflict
from gateway.base.message import Message
from gateway.base.ports import ACK, Disposition, park, retry

log = logging.getLogger("eport.customs.intake")


class MessageFailed(Exception):
    """The message at ``at`` of a batch failed in the middle of a unit: the unit is rolled back and
    run again without it."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at, self.reason = at, reason


@dataclass(slots=True)
class Batch:
    """Messages that one unit takes, over all runs of the unit.

    Attributes:
        messages: As delivered.
        before: Run in the transaction before anything else.
        failed: Which messages failed in an earlier run, and why.
        opened: What each message is; None until a run has opened them, and for a message that
            cannot be opened.
        unopened: Which messages cannot be opened, and why.
    """

    messages: Sequence[Message]
    before: Callable[[Connection], None] | None = None
    failed: dict[int, str] = field(default_factory=dict)
    opened: Sequence[Opened | None] | None = None
    unopened: Mapping[int, str] = field(default_factory=dict)

    def open(self, reader: FilingReader) -> Sequence[Opened | None]:
        """Return what each message is. They are opened by the first run only."""
        if self.opened is None:
            opened: list[Opened | None] = []
            unopened: dict[int, str] = {}
            for at, message in enumerate(self.messages):
                try:
                    opened.append(reader.open(message.body))
                except Exception as error:
                    log.exception(
                        "message %s could not be opened",
                        message.id,
                        extra={"action": "open_failed"},
                    )
                    opened.append(None)
                    unopened[at] = reason_of(error)
            self.opened, self.unopened = opened, unopened
        return self.opened


class Taking:
    """One run: takes a batch on one work."""

    def __init__(self, office: Office, work: Work, batch: Batch) -> None:
        self._office, self._work, self._batch = office, work, batch
        self._opened = batch.open(office.reader)
        self._dispositions = [ACK] * len(batch.messages)

    def take(self) -> list[Disposition]:
        """Return what becomes of each message; raise MessageFailed when one must be left out."""
        work, batch = self._work, self._batch
        if batch.before is not None:
            batch.before(work.connection)
        self._require()
        for at, reason in {**batch.unopened, **batch.failed}.items():
            said = failed(batch.messages[at], reason, self._office.settings)
            self._dispositions[at] = said
            if said.reason:
                set_aside(work, batch.messages[at], self._opened[at], reason)
        arrivals = self._assembled(self._archive())
        self._decide(arrivals)
        return self._dispositions

    def _require(self) -> None:
        """Ask for all numbers that the batch can use before any is drawn."""
        work, count = self._work, len(self._batch.messages)
        filings = [opened for opened in self._opened if isinstance(opened, Filing)]
        wanted = needs(filings, work.now.day.year)
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

    def _archive(self) -> list[Arrival]:
        """Archive what has an address and return what is new. The unique key tells repeats, which
        are acknowledged and get no answer."""
        work, messages = self._work, self._batch.messages
        arrivals: list[Arrival] = []
        rows: list[tuple[Any, ...]] = []
        drawn: set[tuple[str, str]] = set()
        for at, opened in enumerate(self._opened):
            if opened is None or at in self._batch.failed:
                continue
            if isinstance(opened, Unreadable) and opened.transport is None:
                set_aside(work, messages[at], opened, opened.told)
                self._dispositions[at] = park(opened.reason)
                continue
            if work.tools.seeded and self._is_known(opened, drawn):
                self._check_repeat(at, opened)
                continue  # before it draws: a repeat that a crash brought about must use no number
            arrival = Arrival(
                at=at,
                opened=opened,
                number=work.blocks.draw(MESSAGE),
                case_no=work.blocks.draw(CASE),
            )
            arrivals.append(arrival)
            key = key_of(opened, arrival.case_no)
            told = "", "", work.wall, envelope_id_of(opened)
            rows.append((arrival.number, *key, messages[at].body, work.now.at, *told))
        if work.sql.add_message.many(work.connection, rows) == len(rows):
            return arrivals
        own = work.sql.stored_ids(work.connection, [arrival.number for arrival in arrivals])
        for arrival in arrivals:
            if arrival.number not in own:
                self._check_repeat(arrival.at, arrival.opened)
        return [arrival for arrival in arrivals if arrival.number in own]

    def _check_repeat(self, at: int, opened: Opened) -> None:
        """Set aside a message whose id came before with another document: it is no repeat, so it
        must not vanish as one. A true repeat leaves nothing."""
        work, key = self._work, key_of(opened, 0)
        reader, body = self._office.reader, self._batch.messages[at].body
        document = _inside(reader, body)
        stored = work.sql.ids_of(work.connection, key.scope, [key.message_id])
        archived = work.sql.bodies(work.connection, stored.values())
        if any(_inside(reader, row.body) == document for row in archived.values()):
            return
        reason = (
            f"报文编号 {key.message_id} 已收到过, 但内容不同: 不是重发, 未处理"
            f" / message {key.message_id} came before with another document"
        )
        log.warning(
            "message %s came before with another document",
            key.message_id,
            extra={"action": "customs_other_bytes"},
        )
        set_aside(work, self._batch.messages[at], opened, reason)

    def _is_known(self, opened: Opened, drawn: set[tuple[str, str]]) -> bool:
        """Return whether a message is archived, or is among those that this batch archives."""
        key = key_of(opened, 0)
        known = (key.scope, key.message_id) in drawn or self._work.sql.is_stored(
            self._work.connection, key.scope, key.message_id
        )
        drawn.add((key.scope, key.message_id))
        return known

    def _assembled(self, arrivals: list[Arrival]) -> list[Arrival]:
        """Return the arrivals to decide on. Pockets are stored; the one that completes a filing
        stands for it."""
        if not any(is_pocket(arrival.opened) for arrival in arrivals):
            return arrivals
        assembly = Assembly(self._work, self._office.reader, self._office.settings.pocket_wait)
        left: list[Arrival] = []
        for arrival in arrivals:
            opened = arrival.opened
            if not isinstance(opened, Filing | Attached) or not is_pocket(opened):
                left.append(arrival)
                continue
            with self._blaming(arrival.at):
                whole = assembly.take(opened, number=arrival.number, case_no=arrival.case_no)
            if whole is not None:
                left.append(
                    Arrival(
                        at=arrival.at,
                        opened=whole.filing,
                        number=whole.in_message,
                        case_no=whole.case_no,
                    )
                )
        return left

    def _decide(self, arrivals: Sequence[Arrival]) -> None:
        """Decide on each arrival, in order."""
        work, office = self._work, self._office
        register = Register(
            work,
            office.reader,
            office.codes,
            [arrival.opened for arrival in arrivals if isinstance(arrival.opened, Filing)],
        )
        instant = work.active.profile == INSTANT
        course = Course(work, register, office.settings.review, instant=instant)
        director = Director(work, course, register, office.reader) if work.active.script else None
        for arrival in arrivals:
            if log.isEnabledFor(logging.INFO) and isinstance(arrival.opened, Filing):
                _log_filing(arrival.opened, arrival.case_no)
            with self._blaming(arrival.at):
                self._decide_one(arrival, course, director)

    def _decide_one(self, arrival: Arrival, course: Course, director: Director | None) -> None:
        work, opened, body = self._work, arrival.opened, self._batch.messages[arrival.at].body
        match opened:
            case Unreadable():
                set_aside(work, self._batch.messages[arrival.at], opened, opened.reason)
                assert opened.transport is not None
                work.answer(
                    platform(work.node, opened, work.now),
                    case_no=None,
                    gateway_msg_id=opened.transport.cop_msg_id,
                )
            case Reported():
                note_undelivered(work, opened, body)
            case Resend():
                send_again(work, opened)
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
                if is_pocket(opened):
                    case = replace(case, status=CaseStatus.STORED)
                led = (
                    director.arrive(work.active.script, case, opened)
                    if director and work.active.script
                    else None
                )
                profile = PROFILES[work.active.profile]
                work.open(led or course.arrive(case, opened, profile))

    @contextlib.contextmanager
    def _blaming(self, at: int) -> Iterator[None]:
        """Raise MessageFailed for whatever fails in the block."""
        try:
            yield
        except (Short, StoreConflict):
            raise
        except Exception as error:
            log.exception(
                "message %s could not be decided",
                self._batch.messages[at].id,
                extra={"action": "decide_failed"},
            )
            raise MessageFailed(at, reason_of(error)) from error


def failed(message: Message, reason: str, settings: CustomsSettings) -> Disposition:
    """Return what becomes of a message that failed: tried again until ``settings.tries``, then set
    aside."""
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


def _log_filing(filing: Filing, case_no: int) -> None:
    head = filing.head
    log.info(
        "filing arrived",
        extra={
            "action": "customs_received",
            "seq_no": head.seq_no,
            "gateway_msg_id": head.gateway_msg_id,
            "cop_msg_id": head.cop_msg_id,
            "message_type": head.message_type,
            "case_no": case_no,
        },
    )


def _inside(reader: FilingReader, message: bytes) -> bytes:
    """Return the document inside an archived message; the message itself where there is none."""
    transport, _ = reader.parcel(bytes(message))
    return bytes(message) if transport is None else transport.data
