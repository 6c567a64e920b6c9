"""Why a fault did not strike: of the messages that it looked at, the one that it missed by least,
and by what. Worked out anew at every look, from the archive. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from customs_sim.steering.active import Armed
from customs_sim.steering.disturbance import Out, answer_of, effect_of, subject_of
from customs_sim.steering.matching import CONDITIONS, Match, Subject
from customs_sim.store import steering_sql as store
from customs_sim.store.rows import CaseNumbers
from customs_sim.store.steering_sql import Looking

MOST = 200
"""Messages that are looked at, the newest."""
NOWHERE = Looking(0, 0, 0)
NAMES: Mapping[str, tuple[str, str]] = {
    "type": ("报文类型", "message type"),
    "enterprise": ("企业", "enterprise"),
    "ref": ("编号", "number"),
    "result": ("结果", "result"),
    "content": ("不适用的内容", "content it is not made for"),
    "count": ("次数", "count"),
    "another": ("另一故障", "another fault"),
}
"""What may be why, in both languages."""


class Reason(NamedTuple):
    """Why a fault missed a message: what it found, and what it wanted."""

    what: str
    found: str
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A message that a fault did not strike.

    Attributes:
        message: Its archive id.
    """

    message: int
    message_type: str
    case_no: int | None
    reasons: tuple[Reason, ...]

    @property
    def distance(self) -> int:
        """Return how many conditions of the match it did not fit."""
        return sum(each.what in CONDITIONS for each in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a fault looked at since it was set.

    Attributes:
        count: How many messages, MOST at most.
        nearest: The miss that fits the most conditions, the newest of them; None without one.
    """

    count: int
    nearest: Miss | None


def near_misses(connection: Connection, faults: Sequence[Armed]) -> dict[str, Looked]:
    """Return what each of ``faults`` looked at, by its key."""
    keys = [armed.key for armed in faults]
    known = store.looking(connection, keys)
    if not known:
        return {}
    rows = store.sent_after(connection, min(each.since for each in known.values()), MOST)
    outs = [Out(*row) for row in rows]
    cases = store.named(connection, {out.case_no for out in outs if out.case_no is not None})
    owners = store.by_node(connection, {out.receiver for out in outs})
    struck = store.struck_by(connection, [out.number for out in outs])
    made: dict[str, Looked] = {}
    for armed in faults:
        state = known.get(armed.key, NOWHERE)
        mine = [out for out in outs if out.number > state.since]
        misses = [
            _miss(armed, out, cases, owners, struck.get(out.number, ""), state)
            for out in mine
            if struck.get(out.number) != armed.key
        ]
        nearest = min(misses, key=lambda miss: miss.distance, default=None)
        made[armed.key] = Looked(count=len(mine), nearest=nearest)
    return made


def _miss(
    armed: Armed,
    out: Out,
    cases: Mapping[int, CaseNumbers],
    owners: Mapping[str, str],
    other: str,
    state: Looking,
) -> Miss:
    case = cases.get(out.case_no) if out.case_no is not None else None
    answer = answer_of(out, case, out.at, alone=True)
    subject = subject_of(out, answer, case, owners)
    match = armed.rule.match
    reasons = [_reason(name, match, subject) for name in match.missed(subject)]
    if not reasons and armed.rule.row.types and out.message_type not in armed.rule.row.types:
        reasons = [Reason("type", out.message_type, ", ".join(armed.rule.row.types))]
    if not reasons and other:
        reasons = [Reason("another", other.rpartition("/")[2], armed.rule.name)]
    if not reasons and effect_of(armed.rule, answer) is None:
        reasons = [Reason("content", answer.result or out.message_type, armed.rule.fault)]
    if not reasons:
        reasons = [Reason("count", f"{state.seen} / {state.hits}", _counted(match))]
    return Miss(
        message=out.number,
        message_type=out.message_type,
        case_no=out.case_no,
        reasons=tuple(reasons),
    )


def _reason(name: str, match: Match, subject: Subject) -> Reason:
    found, wanted = {
        "type": (subject.message_type, ", ".join(match.types)),
        "enterprise": (subject.enterprise, ", ".join(match.enterprises)),
        "ref": (", ".join(subject.refs), f"{match.ref}…"),
        "result": (subject.result, ", ".join(match.results)),
    }[name]
    return Reason(name, found or "—", wanted)


def _counted(match: Match) -> str:
    """Return at which messages a rule strikes, as the match names it."""
    said = {"nth": match.nth, "every": match.every, "limit": match.limit}
    given = [f"{name} {value}" for name, value in said.items() if value]
    return ", ".join(given + ([f"chance {match.chance:g}"] if match.chance < 1 else []))
