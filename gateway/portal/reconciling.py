"""The answer to a statement of account: what differs of it, from the gateway's own comparison and
from a form, and the rows that travel. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from gateway.base.web.pages.text import Words
from gateway.queries.statement_shapes import LineOut, StatementDetail
from schemas.statement import AGREED, DIFFERENT, MISSING, NAMED

KINDS: dict[str, Words] = {
    "amount": ("金额不同", "another amount"),
    "date": ("日期不同", "another day"),
    "balance": ("余额不连续", "the balance does not follow"),
    "missing_here": ("本企业没有此笔", "not known here"),
    "missing_there": ("对账单缺少此笔", "missing in the statement"),
    "arithmetic": ("期初 + 增加 − 减少 ≠ 期末", "opening + in − out is not closing"),
    "sum": ("增减合计与明细不符", "the sums are not those of the lines"),
    "opening": ("期初与上期期末不符", "the opening is not the former closing"),
    "count": ("明细条数不符", "another number of lines"),
}
"""What the comparison finds; the last four are of the head."""
HEAD = ("arithmetic", "opening")
"""Differences of the head with one amount on each side: they can be told as a row."""
MOST = 300
"""Rows of one answer."""
COLUMNS = ("mvmtNo", "missMarkcd", "stmtAmt", "etpsAmt", "diffRsnDesc")
_KEY = re.compile(rf"diff\.([0-9]{{1,3}})\.({'|'.join(COLUMNS)})")
_MOVED = re.compile(r"\+([0-9.]+) -([0-9.]+)")
Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One sum of the head. ``wrong``: what the comparison says against it."""

    name: str
    value: str
    sign: str
    wrong: tuple[tuple[Words, str], ...]


def head_of(detail: StatementDetail) -> list[Head]:
    """Return the sums of the head: opening, in, out, closing; each with what is wrong of it."""
    against: dict[str, list[tuple[Words, str]]] = {}
    places = {"opening": "opngAmt", "sum": "incrAmt", "count": "mvmtQty", "arithmetic": "clsgAmt"}
    for each in detail.statement.differences:
        if place := places.get(each["kind"]):
            against.setdefault(place, []).append((KINDS[each["kind"]], each["gateway"]))
    on_it = sum(line.on_statement for line in detail.lines)
    sums = (
        ("opngAmt", detail.opening, ""),
        ("incrAmt", detail.increase, "+"),
        ("decrAmt", detail.decrease, "−"),
        ("clsgAmt", detail.closing, "="),
        ("mvmtQty", str(on_it), ""),
    )
    against["decrAmt"] = against.get("incrAmt", [])
    return [
        Head(name=name, value=value, sign=sign, wrong=tuple(against.get(name, ())))
        for name, value, sign in sums
    ]


def found_by(detail: StatementDetail) -> list[Row]:
    """Return the rows that the gateway's own comparison would answer with."""
    kinds = {(each["kind"], each["mvmt_no"]): each for each in detail.statement.differences}
    rows = [row_of(line, kinds) for line in detail.lines if line.differences]
    for each in detail.statement.differences:
        if each["kind"] in HEAD:
            reason = KINDS[each["kind"]][0]
            rows.append(_row("", MISSING, each["statement"], each["gateway"], reason))
    return rows[:MOST]


def row_of(line: LineOut, kinds: Mapping[tuple[str, str], Mapping[str, str]]) -> Row:
    """Return the row that disputes one line. ``kinds``: what the comparison found, by kind and
    movement."""
    reason = "; ".join(KINDS[kind][0] for kind in line.differences if kind in KINDS)
    if not line.on_statement:
        own = _amount(line.own.increase, line.own.decrease) if line.own else "0.00"
        return _row(line.mvmt_no, MISSING, "0.00", own, reason)
    amount = _amount(line.increase, line.decrease)
    own = _amount(line.own.increase, line.own.decrease) if line.own else amount
    if line.own is None and (told := kinds.get(("amount", line.mvmt_no))):
        moved = _MOVED.search(told["gateway"])
        own = _amount(*moved.groups()) if moved else amount
    if "missing_here" in line.differences:
        own = "0.00"
    return _row(line.mvmt_no, NAMED, amount, own, reason)


def empty() -> Row:
    """Return a row for what the statement lacks."""
    return _row("", MISSING, "0.00", "", "")


def from_form(given: Mapping[str, str]) -> list[Row]:
    """Return the rows that a form has, in their order."""
    found: dict[int, Row] = {}
    for key, value in given.items():
        if match := _KEY.fullmatch(key):
            found.setdefault(int(match[1]), dict.fromkeys(COLUMNS, ""))[match[2]] = value
    return [row for at, row in sorted(found.items()) if at < MOST]


def parts_of(rows: list[Row]) -> tuple[Row, ...]:
    """Return the rows as they travel, in the order of their elements."""
    amounts = ("stmtAmt", "etpsAmt")
    return tuple(
        {"seqno": str(at)}
        | {name: _plain(row[name]) if name in amounts else row[name] for name in COLUMNS}
        for at, row in enumerate(rows, 1)
    )


def body_of(
    detail: StatementDetail, registered: Mapping[str, str], rows: list[Row], *, agreed: bool
) -> Row:
    """Return the elements of GrtReconRsltBsc. ``registered``: code, name and credit code of the
    enterprise."""
    statement = detail.statement
    return {
        "etpsPreentNo": reference_of(detail),
        "chgTmsCnt": "0",
        **registered,
        "stmtNo": statement.statement_no,
        "stmtVersion": str(statement.version),
        "reconRsltcd": AGREED if agreed else DIFFERENT,
        "diffQty": "0" if agreed else str(len(rows)),
        "dclTime": "",
        "rmk": "",
    }


def reference_of(detail: StatementDetail) -> str:
    """Return the reference of the answer: one statement has one, so that it is never answered
    twice."""
    return f"{detail.statement.statement_no}-{detail.statement.version}"


def _row(number: str, mark: str, there: str, here: str, reason: str) -> Row:
    return dict(zip(COLUMNS, (number, mark, there, here, reason), strict=True))


def _amount(increase: str, decrease: str) -> str:
    try:
        return increase if Decimal(increase or "0") else decrease
    except InvalidOperation:
        return increase


def _plain(amount: str) -> str:
    """Return an amount without separators; what is none stays, for the checks to name it."""
    return amount.replace(",", "").replace("\uff0c", "").strip()
