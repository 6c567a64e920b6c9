"""The calls about statements of account and the ledger that they are computed from. Reads requests,
calls the cashier, writes JSON. Decides nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.calls import MONEY, OFFICER, SEARCHED, VIEWER, Call, sorted_by
from customs_sim.control.http import (
    ACTOR,
    Money,
    Search,
    day,
    node_of,
    number,
    one_of,
    read_body,
    time_or_none,
)
from customs_sim.control.problems import bad_value, json, time_of
from customs_sim.desk import lists
from customs_sim.ledger.amounts import yuan
from customs_sim.ledger.statements import FaultKind, Statement, StatementFault, StatementStatus
from gateway.base.web.openapi import Parameter
from schemas.body import amount_of
from schemas.money import fen

FAULT_KINDS = tuple(kind.value for kind in FaultKind)
OF_A_LINE = (FaultKind.DROP, FaultKind.AMOUNT)
MOST_LINES, MOST_WRONG = 1_000_000, 9_999_999_999
"""One more than the highest line of a fault, and the most 元 that it may be wrong by."""


class WrongOnPurpose(msgspec.Struct, forbid_unknown_fields=True):
    """What to make wrong in a statement. ``kind``: drop, amount, opening or closing; ``line``: from
    1, for drop and amount; ``amount``: by how much, in 元 with its sign, for all but drop."""

    kind: str
    line: int = 0
    amount: Money = ""


class StatementOrder(
    msgspec.Struct, forbid_unknown_fields=True, rename={"first_day": "from", "last_day": "to"}
):
    """Body of POST /statements. Days yyyy-MM-dd, both inclusive. ``fault`` (ours) makes it wrong on
    purpose; also as text ``drop:LINE``, ``amount:LINE:FEN``, ``opening:FEN``, ``closing:FEN``."""

    enterprise: str
    first_day: str
    last_day: str
    fault: WrongOnPurpose | str = ""


async def statements(request: web.Request) -> web.Response:
    """Answer with the statements on the desk, those overdue and those disputed, oldest first; or
    with every version of all."""
    search = Search.of(request, sorts=lists.SORTS["statement"], counted=True)
    everything = one_of(request.query, "show", ("all",))
    asked = replace(
        search.asked(),
        sort=search.sort or ("-no" if everything else "no"),
        only="" if everything else "desk",
    )
    rows, total = await node_of(request).office.store.read(lambda c: lists.statements(c, asked))
    shape = statement_shape if everything else _on_desk
    return search.answer([shape(each) for each in rows], total, "")


async def issue(request: web.Request) -> web.Response:
    asked = await read_body(request, StatementOrder)
    first, last = day("from", asked.first_day), day("to", asked.last_day)
    if first is None or last is None:
        raise bad_value("from / to", "", "日期 yyyy-MM-dd", "days yyyy-MM-dd")
    fault = _fault(asked.fault)
    cashier = node_of(request).cashier
    made = await cashier.state(asked.enterprise, first, last, fault, by=request[ACTOR])
    return json(
        {
            "statement_no": made.no,
            "version": made.version,
            "from": made.first_day,
            "to": made.last_day,
            "opening": yuan(made.opening),
            "increase": yuan(made.increase),
            "decrease": yuan(made.decrease),
            "closing": yuan(made.closing),
            "lines": made.count,
        },
        status=201,
    )


def _fault(asked: WrongOnPurpose | str) -> StatementFault | None:
    if isinstance(asked, WrongOnPurpose):
        return fault_of(asked.kind, str(asked.line), str(asked.amount))
    try:
        return StatementFault.of(asked)
    except ValueError as error:
        raise bad_value(
            "fault", asked, "drop:行, amount:行:分, opening:分, closing:分", str(error)
        ) from None


def fault_of(kind: str, line: str, amount: str) -> StatementFault:
    """Return a fault of a statement from what was typed. Raise Refused, 400, naming the member that
    cannot be: ``fault``, ``line`` or ``amount``."""
    if kind not in FAULT_KINDS:
        raise bad_value("fault", kind, " | ".join(FAULT_KINDS), " | ".join(FAULT_KINDS))
    found, at, by = FaultKind(kind), 0, 0
    if found in OF_A_LINE:
        if not (line.isascii() and line.isdigit() and 0 < int(line[:7]) < MOST_LINES):
            raise bad_value("line", line, "明细行号, 1 以上的整数", "a line, a whole number from 1")
        at = int(line)
    if found is not FaultKind.DROP:
        text = amount.replace(",", "").strip()
        wrong = amount_of(text.lstrip("+-")) if len(text) - len(text.lstrip("+-")) < 2 else None
        if not wrong or wrong != round(wrong, 2) or wrong > MOST_WRONG:
            raise bad_value(
                "amount",
                amount,
                "相差的金额, 元, 如 +1.00 或 -0.01, 不为 0",
                "by how much, in CNY, such as +1.00 or -0.01, not 0",
            )
        by = -fen(wrong) if text.startswith("-") else fen(wrong)
    return StatementFault(kind=found, line=at, by=by)


async def ledger(request: web.Request) -> web.Response:
    no = number("no", request.query.get("no", "").strip())
    extract = await node_of(request).cashier.ledger(no)
    return json(
        {"no": extract.no or None, "accounts": extract.accounts, "entries": extract.entries}
    )


def statement_shape(statement: Statement) -> dict[str, Any]:
    """Return one version of a statement, as customs' books have it; amounts in 元."""
    return {
        "statement_no": statement.no,
        "version": statement.version,
        "enterprise": statement.enterprise,
        "customs": statement.customs,
        "from": statement.first_day,
        "to": statement.last_day,
        "opening": yuan(statement.opening),
        "increase": yuan(statement.increase),
        "decrease": yuan(statement.decrease),
        "closing": yuan(statement.closing),
        "lines": statement.count,
        "fault": statement.fault or None,
        "status": statement.status.value,
        "issued_at": time_of(statement.issued_at),
        "answer_by": time_or_none(statement.answer_by),
        "seq_no": statement.answer_seq_no or None,
        "answered_at": time_or_none(statement.answered_at),
    }


def _on_desk(statement: Statement) -> dict[str, Any]:
    return {
        "statement_no": statement.no,
        "version": statement.version,
        "enterprise": statement.enterprise,
        "from": statement.first_day,
        "to": statement.last_day,
        "closing": yuan(statement.closing),
        "status": statement.status.value,
        "overdue": statement.status is StatementStatus.OVERDUE,
        "answer_by": time_of(statement.answer_by),
        "seq_no": statement.answer_seq_no or None,
    }


ONLY_STATEMENTS = Parameter(
    name="only",
    zh="desk: 只看待办的, 即超期未答复和有差异",
    en="desk: only those overdue or disputed",
    schema={"type": "string", "enum": list(lists.ONLY["statement"])},
)
CALLS = (
    Call(
        method="GET",
        path="/statements",
        handle=statements,
        role=VIEWER,
        tag=MONEY,
        zh="待办的对账单: 超期未答复和有差异",
        en="Statements on the desk: overdue or disputed",
        parameters=(
            *SEARCHED,
            Parameter(
                name="show",
                zh="all: 全部对账单的各版次, 缺省只列待办的",
                en="all: every version of every statement; by default those on the desk",
                schema={"type": "string", "enum": ["all"]},
            ),
            sorted_by(lists.SORTS["statement"]),
        ),
    ),
    Call(
        method="POST",
        path="/statements",
        handle=issue,
        role=OFFICER,
        tag=MONEY,
        body=StatementOrder,
        status=201,
        noted=True,
        zh="下发对账单 (GRT303)",
        en="Issue a statement (GRT303)",
    ),
    Call(
        method="GET",
        path="/ledger",
        refusals=(404,),
        handle=ledger,
        role=VIEWER,
        tag=MONEY,
        zh="账簿: 全部或一个编号",
        en="The ledger: as a whole or about one number",
        parameters=(
            Parameter(
                name="no", zh="总担保、征收单或缴款编号", en="guarantee, levy or payment no."
            ),
        ),
    ),
)
