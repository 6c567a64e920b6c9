"""What stands beside the fields of a form: the present values and what a change makes of them, the
guarantees that can bear a levy, what can be refunded. Reads the registers, refuses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from gateway.base.web.pages.text import Words
from gateway.portal.beginning import CHANGED, Start
from gateway.portal.page import HOME
from gateway.portal.tasks import owed, refundable, single_cash, single_letter
from gateway.queries.filters import Filter
from gateway.queries.queries import Queries
from gateway.queries.shapes import DeclarationOut
from handlers.lifecycle import Status
from schemas.body import amount_of
from schemas.money import money_text

IN_FORCE = "1"
USUAL: tuple[Words, ...] = (
    ("手册核销", "the handbook is closed"),
    ("合同终止", "the contract ended"),
    ("多缴退还", "paid too much"),
    ("业务取消", "the business was cancelled"),
)
"""Reasons that are given often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One element of a change: what it was, what it is to be, and by how much it moves."""

    name: str
    was: str
    now: str
    moved: Words = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A guarantee for a levy, or a levy to carry over to. ``sets``: what choosing it writes into
    the form; ``room``: what it can bear; ``enough``: whether that is what is needed."""

    number: str
    mode: str
    room: str
    whole: str
    enough: bool
    chosen: bool
    sets: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """All that may stand there.

    Attributes:
        present: Present values by element.
        compared: The three elements of a change.
        same: Whether a change changes nothing.
        warnings: What customs will probably say.
        offered: What can be chosen.
        needed: What is needed of it, in 元.
        left: What can be refunded; ``half`` is half of it.
        reasons: Usual reasons.
        outdated: The generations of a levy that customs changed: that of the draft and theirs.
        elsewhere: Where to go instead, with words.
    """

    present: Mapping[str, str]
    compared: tuple[Compared, ...] = ()
    same: bool = False
    warnings: tuple[Words, ...] = ()
    offered: tuple[Offered, ...] = ()
    needed: str = ""
    left: str = ""
    half: str = ""
    reasons: tuple[Words, ...] = ()
    outdated: tuple[int, int] | None = None
    elsewhere: tuple[str, Words] | None = None


NOTHING = Beside(present={})


class Besides:
    """One per process."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def of(
        self, start: Start, values: Mapping[str, str], enterprises: frozenset[str]
    ) -> Beside:
        """Return what stands beside a form with these values."""
        kind = start.form.kind
        if kind == "change":
            row = await self._one(values.get("gasrNo", ""), "GRT101", enterprises)
            return NOTHING if row is None else changed(row, values)
        if kind == "confirmation":
            rows = await self._approved("GRT101", "setup", enterprises)
            beside = confirmed(rows, values)
            return replace(beside, outdated=_outdated(start, values))
        if kind in ("refund", "carryover"):
            which = "GRT101" if values.get("gurTypecd") == "1" else "GRT111"
            row = await self._one(values.get("gurNo", ""), which, enterprises)
            if row is None:
                return NOTHING
            targets: tuple[DeclarationOut, ...] = ()
            if kind == "carryover":
                targets = await self._approved("GRT111", "confirmation", enterprises)
            return applied(row, values, targets if kind == "carryover" else None)
        return NOTHING

    async def _one(
        self, number: str, message_type: str, enterprises: frozenset[str]
    ) -> DeclarationOut | None:
        if not number:
            return None
        found = await self._queries.declarations(
            Filter(
                enterprises=enterprises,
                message_types=(message_type,),
                kinds=("setup", "confirmation"),
                business_no=number,
                limit=1,
            )
        )
        return found.items[0] if found.items else None

    async def _approved(
        self, message_type: str, kind: str, enterprises: frozenset[str]
    ) -> tuple[DeclarationOut, ...]:
        found = await self._queries.declarations(
            Filter(
                enterprises=enterprises,
                message_types=(message_type,),
                kinds=(kind,),
                status=Status.APPROVED,
                limit=200,
            )
        )
        return tuple(row for row in found.items if row.business_no)


def changed(row: DeclarationOut, values: Mapping[str, str]) -> Beside:
    """Return the register of a guarantee beside its change."""
    compared = tuple(
        Compared(
            name=name,
            was=(was := _plain(name, row.fields.get(name, ""))),
            now=(now := _plain(name, values.get(name, ""))),
            moved=_moved(name, was, now),
        )
        for name in CHANGED
    )
    least = _sum(row.fields, "usedGasrAmt") + _sum(row.fields, "alrdyRtnbkGasrAmt")
    amount = amount_of(values.get("gasrAmt", ""))
    warnings: tuple[Words, ...] = ()
    if amount is not None and amount < least:
        warnings = (
            (f"海关将退单: 金额至少 {least:,f}", f"customs will return it: at least {least:,f}"),
        )
    return Beside(
        present={each.name: each.was for each in compared},
        compared=compared,
        same=all(_equal(each.was, each.now) for each in compared),
        warnings=warnings,
    )


def confirmed(rows: tuple[DeclarationOut, ...], values: Mapping[str, str]) -> Beside:
    """Return the guarantees in force beside the confirmation of a levy of the same customs."""
    needed = amount_of(values.get("levyBlAmt", "")) or Decimal(0)
    customs, chosen = values.get("masterCuscd", "")[:2], values.get("gasrNo", "")
    offered = []
    for row in rows:
        if row.fields.get("gurStucd", IN_FORCE) != IN_FORCE:
            continue
        if row.fields.get("masterCuscd", "")[:2] != customs:
            continue
        room, mode = _sum(row.fields, "avalGasrAmt"), row.fields.get("gurModecd", "")
        number = row.business_no or ""
        sets = {"gurTypecd": "1", "gurModecd": mode, "gasrNo": number}
        offered.append(
            Offered(
                number=number,
                mode=mode,
                room=f"{room:f}",
                whole=row.fields.get("gasrAmt", "0"),
                enough=room >= needed,
                chosen=values.get("gurTypecd") == "1" and number == chosen,
                sets=urlencode(sets),
            )
        )
    short = next((each for each in offered if each.chosen and not each.enough), None)
    warnings: tuple[Words, ...] = ()
    if short is not None:
        room = Decimal(short.room)
        warnings = (
            (
                f"额度不足: 可用 {room:,f}, 本单 {needed:,f}; 可以申报, 海关将退单",
                f"too little is available: {room:,f} of {needed:,f}; it may be sent, and customs"
                " will return it",
            ),
        )
    return Beside(present={}, offered=tuple(offered), needed=f"{needed:f}", warnings=warnings)


def applied(
    row: DeclarationOut, values: Mapping[str, str], targets: tuple[DeclarationOut, ...] | None
) -> Beside:
    """Return what can be refunded or carried over beside an application. ``targets``: the levies
    that it may be carried to; None for a refund."""
    left, asked = refundable(row) or "0", amount_of(values.get("rtnbkCrdwAmt", ""))
    guarantee = row.message_type == "GRT101"
    half = Decimal(left) / 2
    warnings: list[Words] = []
    if asked is not None and asked > Decimal(left):
        warnings.append(
            (f"海关显示可退 {Decimal(left):,f}", f"customs show {Decimal(left):,f} refundable")
        )
    if single_letter(row):
        warnings.append(("单票保函海关将自动退单", "customs return a single letter by themselves"))
    elsewhere = None
    if guarantee and row.fields.get("gurModecd") == "2":
        elsewhere = (
            f"{HOME}/guarantees/change?{urlencode({'of': row.business_no or ''})}",
            ("总担保保函不退还, 请办理变更", "a letter is not refunded: change it instead"),
        )
    offered = tuple(
        Offered(
            number=(number := each.business_no or ""),
            mode=each.fields.get("gurModecd", ""),
            room=(room := owed(each)),
            whole=each.fields.get("levyBlAmt", "0"),
            enough=asked is not None and Decimal(room) >= asked,
            chosen=values.get("GrtCrdwInDt.gurNo") == number,
            sets=urlencode({"GrtCrdwInDt.gurNo": number}),
        )
        for each in targets or ()
        if single_cash(each) and owed(each) and each.business_no != row.business_no
    )
    return Beside(
        present={},
        warnings=tuple(warnings),
        offered=offered,
        needed=f"{asked:f}" if asked is not None and targets is not None else "",
        left=left if Decimal(left) else "",
        half=(f"{half:.0f}" if guarantee else money_text(half)) if Decimal(left) else "",
        reasons=USUAL,
        elsewhere=elsewhere,
    )


def _outdated(start: Start, values: Mapping[str, str]) -> tuple[int, int] | None:
    filing = start.filing
    drafted = values.get("chgTmsCnt", "")
    if filing is None or not filing.outdated or not drafted.isdigit():
        return None
    return (int(drafted), filing.change_no) if int(drafted) != filing.change_no else None


def _plain(name: str, value: str) -> str:
    return value[:10] if name == "ltguaValidDate" else value


def _moved(name: str, was: str, now: str) -> Words:
    if name == "gasrAmt":
        before, after = amount_of(was), amount_of(now)
        if before is None or after is None or before == after:
            return "", ""
        return (f"{after - before:+,f}",) * 2
    if name == "ltguaValidDate":
        try:
            days = (date.fromisoformat(now) - date.fromisoformat(was)).days
        except ValueError:
            return "", ""
        return (f"{days:+d} 天", f"{days:+d} days") if days else ("", "")
    return "", ""


def _equal(was: str, now: str) -> bool:
    first, second = amount_of(was), amount_of(now)
    return was == now or (first is not None and first == second)


def _sum(fields: Mapping[str, str], name: str) -> Decimal:
    return amount_of(fields.get(name) or "0") or Decimal(0)
