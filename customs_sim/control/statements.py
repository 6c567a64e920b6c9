"""The calls about statements of account and the ledger that they are computed from. Reads requests,
calls the cashier, writes JSON. Decides nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.calls import MONEY, OFFICER, PAGED, VIEWER, Call
from customs_sim.control.http import ACTOR, day, node_of, number, read_body, time_or_none
from customs_sim.control.problems import bad_value, cursor_of, json, limit_of, time_of
from customs_sim.ledger.amounts import yuan
from customs_sim.ledger.statements import Statement, StatementFault, StatementStatus
from gateway.base.web.openapi import Parameter


class StatementOrder(
    msgspec.Struct, forbid_unknown_fields=True, rename={"first_day": "from", "last_day": "to"}
):
    """Body of POST /statements. Days yyyy-MM-dd, both inclusive. ``fault`` (ours) makes it wrong on
    purpose: ``drop:LINE``, ``amount:LINE:FEN``, ``opening:FEN`` or ``closing:FEN``."""

    enterprise: str
    first_day: str
    last_day: str
    fault: str = ""


async def statements(request: web.Request) -> web.Response:
    """Answer with the statements on the desk: those overdue and those disputed."""
    limit, cursor = limit_of(request), cursor_of(request) or 0
    waiting, total = await node_of(request).cashier.desk(limit=limit, cursor=cursor)
    more = len(waiting) == limit and total > limit
    return json(
        {
            "items": [_on_desk(statement) for statement in waiting],
            "total": total,
            "next": str(waiting[-1].number) if more else None,
        }
    )


async def issue(request: web.Request) -> web.Response:
    asked = await read_body(request, StatementOrder)
    first, last = day("from", asked.first_day), day("to", asked.last_day)
    if first is None or last is None:
        raise bad_value("from / to", "", "日期 yyyy-MM-dd", "days yyyy-MM-dd")
    try:
        fault = StatementFault.of(asked.fault)
    except ValueError as error:
        raise bad_value(
            "fault", asked.fault, "drop:行, amount:行:分, opening:分, closing:分", str(error)
        ) from None
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


CALLS = (
    Call(
        method="GET",
        path="/statements",
        handle=statements,
        role=VIEWER,
        tag=MONEY,
        zh="待办的对账单: 超期未答复和有差异",
        en="Statements on the desk: overdue or disputed",
        parameters=PAGED,
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
