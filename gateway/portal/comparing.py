"""变更对照: what a change does to a register, element by element; and which elements a sentence of
customs is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from gateway.queries.history import Version
from gateway.queries.shapes import DeclarationOut
from handlers.lifecycle import Status
from schemas.xsd import Field

NOT_COMPARED = frozenset(
    {
        "etpsPreentNo",
        "dclTypecd",
        "chgTmsCnt",
        "usedGasrAmt",
        "avalGasrAmt",
        "alrdyRtnbkGasrAmt",
        "actlvyAmt",
        "alrdyRtnbkAmt",
        "alrdyCrdwAmt",
        "levyBlStucd",
        "emapvMarkcd",
        "gurStucd",
        "dataSrccd",
        "dclTime",
        "apprTime",
        "chgApprTime",
        "levyBlGenrtDate",
        "dpstPmnDeadline",
        "dpstPmnChkinTime",
        "pmnDeadline",
        "pmnChkinTime",
        "version",
        "lastUpdateTime",
    }
)
"""What customs count and date by themselves: no filing changes it (``docs/rules.md`` 2.1)."""
LONG = 4
"""Characters from which on a value in a sentence is taken as the one of the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One element. ``by``: how much an amount moved, or by how many days a date did."""

    name: str
    before: str
    after: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two states of a register beside each other. ``at``: when the later one came; None while
    customs have not decided."""

    change_no: int
    at: datetime | None
    changes: tuple[Changed, ...]


def comparisons(filing: DeclarationOut, versions: Sequence[Version]) -> list[Comparison]:
    """Return what there is to compare: of a change what it does, of any other filing all changes of
    its register, newest first."""
    stands: dict[int, Version] = {}
    last: dict[int, Version] = {}
    for each in versions:
        stands.setdefault(each.change_no, each)
        last[each.change_no] = each
    if filing.kind == "change" and filing.status != Status.APPROVED.value:
        before = [each for each in versions if each.change_no < filing.change_no]
        if not before:
            return []
        made = changes(before[-1].fields, filing.fields)
        return [Comparison(change_no=filing.change_no, at=None, changes=made)]
    wanted = [filing.change_no] if filing.kind == "change" else sorted(stands, reverse=True)
    return [
        Comparison(
            change_no=no, at=stands[no].at, changes=changes(last[no - 1].fields, stands[no].fields)
        )
        for no in wanted
        if no in stands and no - 1 in last
    ]


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Changed, ...]:
    """Return the elements whose values differ, in the order of ``after``."""
    return tuple(
        Changed(
            name=name, before=before.get(name, ""), after=value, by=_by(before.get(name), value)
        )
        for name, value in after.items()
        if name not in NOT_COMPARED and not _same(before.get(name, ""), value)
    )


def named_in(
    sentences: Iterable[str], fields: Mapping[str, str], labels: Mapping[str, Field]
) -> frozenset[str]:
    """Return the elements that sentences of customs are about: those that are named by their name
    or label, or whose value is quoted."""
    text = "\n".join(sentences)

    def told(name: str, value: str) -> bool:
        label = labels[name].label_zh if name in labels else ""
        quoted = len(value) >= LONG and re.search(
            rf"(?<![\w.]){re.escape(value)}(?![\w.])", text, re.ASCII
        )
        return bool(name in text or (label and label in text) or quoted)

    return (
        frozenset(name for name, value in fields.items() if told(name, value))
        if text
        else (frozenset())
    )


def _same(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return one == other


def _by(before: str | None, after: str) -> str:
    try:
        return f"{Decimal(after) - Decimal(before or '0'):+}"
    except InvalidOperation:
        pass
    try:
        days = (datetime.fromisoformat(after) - datetime.fromisoformat(before or "")).days
    except ValueError:
        return ""
    return f"{days:+} 天 / days"
