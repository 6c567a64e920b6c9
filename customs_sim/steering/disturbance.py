"""Applies faults to the answers of one unit when they are sent: the archive keeps what should have
gone out, c_disturbed what does. Sends nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection

from customs_sim.steering.active import Armed, Tallies
from customs_sim.steering.fault_bodies import value_of
from customs_sim.steering.fault_effects import Answer, Goes
from customs_sim.steering.fault_rules import FaultRule
from customs_sim.steering.matching import Subject
from customs_sim.store import steering_sql as store
from customs_sim.store.delivery_sql import DUE
from customs_sim.store.rows import CaseNumbers, DisturbedRow
from schemas.dxp import DxpMsg, canonical

DISTURBED = "disturbed"
"""The sequence that numbers what goes out in the place of answers."""
MARK = "~"
"""Between CopMsgId and number in the broker's id of a disturbed answer: two of them may carry the
same CopMsgId."""


class Delayed(StrEnum):
    """A timer of an answer that goes out later. It belongs to no case: its c_tasks.case_no is the
    number in c_disturbed."""

    SEND = DUE
    """The time of sending has come."""


class Out(NamedTuple):
    """An answer as the unit archives it: the columns of c_messages.

    Attributes:
        number: The archive id.
        scope: SenderId.
        message_id: CopMsgId.
        gateway_msg_id: The attempt that it answers; empty where it answers none.
        business_no: The register that a message of customs' own is about.
        envelope_id: Empty: only what enterprises send has one.
    """

    number: int
    scope: str
    message_id: str
    direction: str
    message_type: str
    case_no: int | None
    gateway_msg_id: str
    body: bytes
    at: int
    receiver: str
    business_no: str
    wall_at: int = 0
    envelope_id: str = ""


class Sending(NamedTuple):
    """One thing to hand to the relay.

    Attributes:
        item: The item of the outbox row: an archive id; negative: a number in c_disturbed.
        message_id: Its id at the broker.
    """

    item: int
    message_id: str
    message_type: str
    body: bytes


def broker_id(message_id: str, number: int) -> str:
    """Return the id at the broker of what goes out under ``number`` in c_disturbed."""
    return f"{message_id}{MARK}{number}"


def number_of(message_id: str) -> int:
    """Return the number in c_disturbed that a broker id carries; 0 for that of an ordinary
    answer."""
    _, mark, number = message_id.rpartition(MARK)
    return int(number) if mark and number.isdigit() else 0


class Disturbance:
    """One unit's answers under ``faults``. ``spoiled``: archive id to the name of a scenario's step
    and the fault that it puts on the answer. ``draw`` draws from the sequence DISTURBED. ``at``:
    business time in microseconds UTC."""

    def __init__(
        self,
        connection: Connection,
        faults: Sequence[Armed],
        spoiled: Mapping[int, tuple[str, FaultRule]],
        draw: Callable[[str], int],
        at: int,
    ) -> None:
        self._connection, self._faults, self._spoiled, self._draw, self._at = (
            connection,
            faults,
            spoiled,
            draw,
            at,
        )
        self.later: list[tuple[int, int]] = []
        """(business time, number in c_disturbed) of what goes out later."""

    def apply(self, rows: Sequence[tuple[Any, ...]]) -> list[Sending]:
        """Return what goes out now, in order; enter everything else with its time."""
        outs = [Out(*row) for row in rows]
        cases = store.named(
            self._connection, {out.case_no for out in outs if out.case_no is not None}
        )
        owners = store.by_node(self._connection, {out.receiver for out in outs})
        tallies = Tallies(self._connection, [armed.key for armed in self._faults])
        lasting = [armed for armed in self._faults if armed.rule.row.lasting]
        struck = (
            store.struck(
                self._connection, [a.key for a in lasting], {out.gateway_msg_id for out in outs}
            )
            if lasting
            else set()
        )
        left = Counter(out.gateway_msg_id for out in outs if out.gateway_msg_id)
        first: list[Sending] = []
        last: list[Sending] = []
        disturbed: list[DisturbedRow] = []
        for out in outs:
            left[out.gateway_msg_id] -= 1
            case = cases.get(out.case_no) if out.case_no is not None else None
            alone = left[out.gateway_msg_id] <= 0
            answer = answer_of(out, case, self._at, alone=alone)
            strike = self._strike(
                out, answer, subject_of(out, answer, case, owners), tallies, struck
            )
            if strike is None:
                first.append(Sending(out.number, out.message_id, out.message_type, out.body))
                continue
            key, rule, goes = strike
            for one in goes or [Goes(body=b"")]:
                number = self._draw(DISTURBED)
                due_at = one.at if one.at > self._at else 0
                disturbed.append(
                    DisturbedRow(
                        id=number,
                        at=self._at,
                        rule=key,
                        fault=rule.fault,
                        message=out.number,
                        gateway_msg_id=out.gateway_msg_id,
                        message_id=one.message_id,
                        message_type=out.message_type,
                        due_at=due_at,
                        body=one.body,
                    )
                )
                if due_at:
                    self.later.append((due_at, number))
                elif one.body:
                    (last if one.last else first).append(
                        Sending(
                            -number, broker_id(one.message_id, number), out.message_type, one.body
                        )
                    )
        store.add_disturbed(self._connection, disturbed)
        tallies.write()
        return first + last

    def _strike(
        self,
        out: Out,
        answer: Answer,
        subject: Subject,
        tallies: Tallies,
        struck: set[tuple[str, str]],
    ) -> tuple[str, FaultRule, Sequence[Goes]] | None:
        """Return the first fault that strikes this answer (its key and rule), and what goes out
        then; None when none does."""
        if (spoiled := self._spoiled.get(out.number)) is not None:
            name, rule = spoiled
            goes = effect_of(rule, answer)
            return None if goes is None else (name, rule, goes)
        for armed in self._faults:
            rule = armed.rule
            holds = (armed.key, out.gateway_msg_id) in struck
            if not holds and not rule.match.fits(subject):
                continue
            goes = effect_of(rule, answer)
            if goes is None:
                continue
            if not holds:
                seen, hits = tallies.see(armed.key)
                if not rule.match.strikes(rule.name, seen, hits, armed.chance):
                    continue
            tallies.strike(armed.key)
            if rule.row.lasting and out.gateway_msg_id:
                struck.add((armed.key, out.gateway_msg_id))
            return armed.key, rule, goes
        return None


def answer_of(out: Out, case: CaseNumbers | None, at: int, *, alone: bool) -> Answer:
    """Return a message of customs as a fault sees it. ``alone``: nothing about the same filing goes
    out behind it in its unit."""
    sent = canonical(out.body)
    return Answer(
        sent=sent,
        body=out.body,
        message_id=out.message_id,
        message_type=out.message_type,
        reference=case.reference if case else "",
        result=_result(sent),
        at=at,
        alone=alone,
    )


def effect_of(rule: FaultRule, answer: Answer) -> Sequence[Goes] | None:
    """Return what goes out in the place of ``answer``; None when the fault is not made for it."""
    row = rule.row
    return (
        None
        if row.types and answer.message_type not in row.types
        else row.effect(answer, rule.options)
    )


def subject_of(
    out: Out, answer: Answer, case: CaseNumbers | None, owners: Mapping[str, str]
) -> Subject:
    """Return a message of customs as a rule sees it. ``owners``: enterprises by their DXP id."""
    refs = (case.reference, case.seq_no, case.business_no) if case else (out.business_no,)
    return Subject(
        message_type=out.message_type,
        enterprise=case.enterprise if case else owners.get(out.receiver, ""),
        refs=tuple(ref for ref in refs if ref),
        result=answer.result,
    )


def _result(sent: DxpMsg | None) -> str:
    return "" if sent is None else value_of(sent.data, "manageResult") or ""
