"""Verify: a tester states how a declaration shall end, customs judges by what it received and sent. Pure.

Customs is one of two strangers: it cannot say how the gateway shows the declaration. That is the tester's own look, by
``GET /declarations/{seq_no}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

import msgspec

from customs_sim.cases import Case, CaseStatus

ENDS = (CaseStatus.APPROVED, CaseStatus.RETURNED, CaseStatus.REFUSED, CaseStatus.REVIEW, CaseStatus.RECEIVED, CaseStatus.SUPERSEDED)
FINAL = frozenset({CaseStatus.APPROVED, CaseStatus.RETURNED, CaseStatus.REFUSED, CaseStatus.SUPERSEDED})
"""Where a case stays: another end than the one expected is a failure at once."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /expectations. The declaration by ``seq_no``, or by ``enterprise`` and ``enterprise_ref``; its latest filing
    counts. ``status``: where it ends. ``within``: business time from its arrival, or from the statement while it has not
    arrived. ``receipts``: what customs sends about it in that time, in order, ``GRT201`` or ``GRT201=1`` (with its manageResult);
    with ``only`` nothing else."""

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
    """One message of the declaration at customs. ``result``: manageResult, empty where there is none."""

    at: int
    direction: str
    message_type: str
    message_id: str
    result: str = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that is otherwise: what, at which receipt (from 1; 0: none in particular), wanted and found."""

    what: str
    position: int
    wanted: str
    found: str
    message_zh: str
    message_en: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """``closes``: when the time is over (microseconds)."""

    verdict: Verdict
    closes: int
    difference: Difference | None = None


def judge(wanted: Wanted, stated: int, case: Case | None, happened: Sequence[Happened], now: int) -> Judged:
    """The verdict at business time ``now``. ``happened``: all messages of the declaration, oldest first."""
    closes = (case.since if case else stated) + int(wanted.within.total_seconds() * 1_000_000)
    over = now >= closes
    if case is None:
        missing = _difference("arrival", 0, "申报到达海关 the declaration arrives", "没有 nothing")
        return Judged(verdict=Verdict.FAIL if over else Verdict.PENDING, closes=closes, difference=missing)
    receipts = [h for h in happened if h.direction == "out" and case.since <= h.at <= closes]
    wrong, missing_yet = _receipts(wanted, receipts)
    if wrong is not None:
        return Judged(verdict=Verdict.FAIL, closes=closes, difference=wrong)
    reached = case.status.value == wanted.status
    if reached and case.updated > closes:
        late = _difference("status", 0, f"{wanted.status} 至 by {wanted.within}", "更晚 later")
        return Judged(verdict=Verdict.FAIL, closes=closes, difference=late)
    if reached and missing_yet is None:
        return Judged(verdict=Verdict.PASS, closes=closes)
    left = missing_yet if reached else _difference("status", 0, wanted.status, case.status.value)
    failed = over or (not reached and case.status in FINAL)
    return Judged(verdict=Verdict.FAIL if failed else Verdict.PENDING, closes=closes, difference=left)


def _receipts(wanted: Wanted, receipts: Sequence[Happened]) -> tuple[Difference | None, Difference | None]:
    """What is wrong for good, and what is only missing so far. Without ``only`` the wanted ones may stand among others."""
    left = list(wanted.receipts)
    for position, receipt in enumerate(receipts, 1):
        if left and _is(left[0], receipt):
            del left[0]
        elif wanted.only:
            return _difference("receipt", position, left[0] if left else "没有更多 nothing more", _shown(receipt)), None
    if not left:
        return None, None
    return None, _difference("receipt", len(receipts) + 1, left[0], "没有更多 nothing more")


def _is(wanted: str, receipt: Happened) -> bool:
    return wanted in (receipt.message_type, _shown(receipt))


def _shown(receipt: Happened) -> str:
    return f"{receipt.message_type}={receipt.result}" if receipt.result else receipt.message_type


def _difference(what: str, position: int, wanted: str, found: str) -> Difference:
    where_zh = f"第 {position} 份回执" if position else {"status": "状态", "arrival": "到达"}[what]
    where_en = f"receipt {position}" if position else what
    return Difference(what=what, position=position, wanted=wanted, found=found, message_zh=f"{where_zh}: 应为 {wanted}, 实为 {found}",
                      message_en=f"{where_en}: wanted {wanted}, found {found}")
