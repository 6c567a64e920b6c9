"""Expectations: a tester states how a declaration shall end, and customs judges by what it received
and sent. Pure.

Customs cannot say how the gateway shows the declaration: ``GET /declarations/{seq_no}`` there does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

import msgspec

from customs_sim.cases.case import LABELS, Case, CaseStatus
from schemas.times import to_wire

ENDS = (
    CaseStatus.APPROVED,
    CaseStatus.RETURNED,
    CaseStatus.REFUSED,
    CaseStatus.REVIEW,
    CaseStatus.RECEIVED,
    CaseStatus.SUPERSEDED,
)
FINAL = frozenset(
    {CaseStatus.APPROVED, CaseStatus.RETURNED, CaseStatus.REFUSED, CaseStatus.SUPERSEDED}
)
"""Where a case stays: another end than the one expected is a failure at once."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /expectations. The declaration by ``seq_no``, or by ``enterprise`` and
    ``enterprise_ref``; its latest filing counts. ``status``: where it ends. ``within``: business
    time from its arrival, or from the statement while it has not arrived. ``receipts``: what
    customs sends about it in that time, in order, ``GRT201`` or ``GRT201=1`` (with its
    manageResult); with ``only`` nothing else."""

    status: str
    within: timedelta
    receipts: tuple[str, ...] = ()
    only: bool = True
    seq_no: str = ""
    enterprise: str = ""
    enterprise_ref: str = ""
    name: str = ""


class Verdict(StrEnum):
    """How an expectation stands now."""

    PASS = "pass"
    """As expected; until ``settles_at`` something more may still spoil it."""
    PENDING = "pending"
    """Not yet, and the time is not over."""
    FAIL = "fail"
    """Otherwise than expected, or too late."""


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the declaration at customs.

    Attributes:
        at: Business time in microseconds UTC.
        direction: ``in`` or ``out``.
        result: manageResult; empty without one.
    """

    at: int
    direction: str
    message_type: str
    message_id: str
    result: str = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that is otherwise.

    Attributes:
        what: Which kind of thing: arrival, late, status or receipt.
        position: The receipt, from 1; 0: none in particular.
        wanted: For programs, as ``found``; empty: nothing.
        message_zh: A sentence for people; so is ``message_en``.
    """

    what: str
    position: int
    wanted: str
    found: str
    message_zh: str
    message_en: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """How an expectation stands. ``closes``: when its time is over, in microseconds UTC."""

    verdict: Verdict
    closes: int
    difference: Difference | None = None


def judge(
    wanted: Wanted, stated: int, case: Case | None, happened: Sequence[Happened], now: int
) -> Judged:
    """Return the verdict at business time ``now``. ``happened``: all messages of the declaration,
    oldest first."""
    closes = (case.since if case else stated) + int(wanted.within.total_seconds() * 1_000_000)
    over = now >= closes
    if case is None:
        missing = _not_there(over, closes)
        return Judged(
            verdict=Verdict.FAIL if over else Verdict.PENDING, closes=closes, difference=missing
        )
    receipts = [h for h in happened if h.direction == "out" and case.since <= h.at <= closes]
    wrong, missing_yet = _receipts(wanted, receipts)
    if wrong is not None:
        return Judged(verdict=Verdict.FAIL, closes=closes, difference=wrong)
    reached = case.status.value == wanted.status
    if reached and case.updated > closes:
        return Judged(verdict=Verdict.FAIL, closes=closes, difference=_late(case, closes))
    if reached and missing_yet is None:
        return Judged(verdict=Verdict.PASS, closes=closes)
    left = missing_yet if reached else _other_status(wanted.status, case.status, over)
    failed = over or (not reached and case.status in FINAL)
    return Judged(
        verdict=Verdict.FAIL if failed else Verdict.PENDING, closes=closes, difference=left
    )


def _receipts(
    wanted: Wanted, receipts: Sequence[Happened]
) -> tuple[Difference | None, Difference | None]:
    """Return what is wrong for good, and what is only missing so far. Without ``only`` the wanted
    ones may stand among others."""
    left = list(wanted.receipts)
    for position, receipt in enumerate(receipts, 1):
        if left and _is(left[0], receipt):
            del left[0]
        elif wanted.only:
            return _other_receipt(position, left[0] if left else "", _shown(receipt)), None
    if not left:
        return None, None
    return None, _missing_receipt(len(receipts) + 1, left[0])


def _is(wanted: str, receipt: Happened) -> bool:
    return wanted in (receipt.message_type, _shown(receipt))


def _shown(receipt: Happened) -> str:
    return f"{receipt.message_type}={receipt.result}" if receipt.result else receipt.message_type


def _not_there(over: bool, closes: int) -> Difference:
    by = _moment(closes)
    return Difference(
        what="arrival",
        position=0,
        wanted="arrival",
        found="",
        message_zh=f"申报没有在 {by} 前到达海关" if over else f"申报尚未到达海关, 期限 {by}",
        message_en=(
            f"the declaration did not arrive at customs by {by}"
            if over
            else f"the declaration has not arrived at customs yet; due by {by}"
        ),
    )


def _late(case: Case, closes: int) -> Difference:
    (zh, en), by, at = LABELS[case.status], _moment(closes), _moment(case.updated)
    return Difference(
        what="late",
        position=0,
        wanted=by,
        found=at,
        message_zh=f"“{zh}”应在 {by} 前出现, 实际在 {at}, 已超时",
        message_en=f'"{en}" was due by {by} and came at {at}, too late',
    )


def _other_status(wanted: str, found: CaseStatus, over: bool) -> Difference:
    (zh, en), (now_zh, now_en) = LABELS[CaseStatus(wanted)], LABELS[found]
    still = found not in FINAL
    end_zh = ", 期限已过" if over and still else ", 还在期限内" if still else ""
    end_en = "; its time is over" if over and still else "; there is still time" if still else ""
    return Difference(
        what="status",
        position=0,
        wanted=wanted,
        found=found.value,
        message_zh=f"状态应为“{zh}”, 现为“{now_zh}”{end_zh}",
        message_en=f'the status should be "{en}" and is "{now_en}"{end_en}',
    )


def _other_receipt(position: int, wanted: str, found: str) -> Difference:
    """Return the difference of another receipt than the one expected, or (``wanted`` empty) of one
    more than were expected."""
    return Difference(
        what="receipt",
        position=position,
        wanted=wanted,
        found=found,
        message_zh=(
            f"第 {position} 份回执应为 {wanted}, 实为 {found}"
            if wanted
            else f"多出第 {position} 份回执 {found}, 预期只有 {position - 1} 份"
        ),
        message_en=(
            f"receipt {position} should be {wanted} and is {found}"
            if wanted
            else f"receipt {position}, {found}, is one more than the {position - 1} expected"
        ),
    )


def _missing_receipt(position: int, wanted: str) -> Difference:
    return Difference(
        what="receipt",
        position=position,
        wanted=wanted,
        found="",
        message_zh=f"第 {position} 份回执应为 {wanted}, 海关没有发出",
        message_en=f"receipt {position} should be {wanted}; customs did not send it",
    )


def _moment(at: int) -> str:
    """Return business time as people read it."""
    return to_wire(at)
