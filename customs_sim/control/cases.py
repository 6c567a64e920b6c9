"""The calls about cases: the work list, one case with its document and messages, and decisions.
Reads requests, calls the desk, writes JSON. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from customs_sim.cases.case import Case
from customs_sim.control.calls import (
    DESK,
    ENTERPRISE,
    NUMBER,
    OFFICER,
    PAGED,
    VIEWER,
    Call,
    sorted_by,
)
from customs_sim.control.http import (
    ACTOR,
    case_shape,
    day,
    node_of,
    number_of,
    one_of,
    read_body,
    sort_in,
    time_or_none,
    word_in,
)
from customs_sim.control.problems import (
    MOST,
    bad_value,
    cursor_of,
    json,
    limit_of,
    problem,
    time_of,
)
from customs_sim.desk.ages import AGES
from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.desk.document import DocumentLine
from customs_sim.desk.dossier import Dossier, Dossiers
from customs_sim.desk.marks import Marks
from customs_sim.desk.refusal import unknown
from customs_sim.desk.waiting import EVERY, HELD, SORTS, Waiting
from customs_sim.ledger.amounts import fen, yuan
from gateway.base.web.openapi import Parameter
from schemas.body import amount_of
from schemas.findings import ERROR, Refused, compose


class DecisionItem(msgspec.Struct, forbid_unknown_fields=True):
    """One item of POST /decisions."""

    seq_no: str
    result: str
    notes: list[str] = []
    until: str = ""


class Decisions(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /decisions."""

    items: list[DecisionItem]


async def worklist(request: web.Request) -> web.Response:
    limit, seen = limit_of(request), cursor_of(request) or 0
    sort = sort_in(request.query, SORTS)
    page = await node_of(request).desk.worklist(
        limit=limit,
        cursor=0 if sort else seen,
        skip=seen if sort else 0,
        wanted=waiting_of(request.query),
        sort=sort,
    )
    items = [waiting_shape(case, page.marks[case.case_no]) for case in page.items]
    following = str(seen + limit) if sort and page.next else page.next
    return json({"items": items, "total": page.total, "next": following})


def waiting_shape(case: Case, marks: Marks) -> dict[str, Any]:
    """Return a case of the work list with what the desk knows of it beside its status."""
    hold, claim, given = marks.hold, marks.claim, marks.pending
    return case_shape(case) | {
        "held_until": time_of(hold.until) if hold else None,
        "held_reason": hold.reason if hold else None,
        "claimed_by": claim.operator if claim else None,
        "pending": (
            {"result": given.act, "by": given.operator, "due_at": time_of(given.due)}
            if given
            else None
        ),
    }


async def decide(request: web.Request) -> web.Response:
    """Answer with one result each. The HTTP status is 200 unless nothing was carried out; then that
    of the first refusal."""
    asked = await read_body(request, Decisions)
    results = await node_of(request).desk.decide(_decisions(asked), by=request[ACTOR])
    items = [_result(result) for result in results]
    refused = [result for result in results if isinstance(result, NotDecided)]
    if not refused or len(refused) < len(results):
        return json({"items": items})
    return problem(_all_refused(refused), items=items)


async def case(request: web.Request) -> web.Response:
    node = node_of(request)
    dossier = await Dossiers(node.office, node.desk).of(number_of(request, "case_no"))
    if dossier is None:
        raise unknown("case_no", request.match_info["case_no"], "案卷", "case")
    return json(_dossier(dossier))


def waiting_of(query: Mapping[str, str]) -> Waiting:
    """Return the filter of the work list. Raise Refused, 400, for what cannot be searched by."""
    return Waiting(
        kind=word_in(query, "kind"),
        enterprise=word_in(query, "enterprise"),
        customs=word_in(query, "customs"),
        least=_fen(query, "from_amount"),
        most=_fen(query, "to_amount"),
        q=word_in(query, "q"),
        show=one_of(query, "show", (HELD, EVERY)),
        claimed_by=word_in(query, "claimed_by"),
        age=one_of(query, "age", AGES),
    )


def _fen(query: Mapping[str, str], name: str) -> int | None:
    text = word_in(query, name)
    if not text:
        return None
    amount = amount_of(text)
    if amount is None or not 0 <= amount < 10**15 or amount != amount.quantize(Decimal("0.01")):
        raise bad_value(name, text, "金额, 单位元, 如 1000.50", "an amount in CNY like 1000.50")
    return fen(amount)


def _decisions(asked: Decisions) -> list[Decision]:
    if not 1 <= len(asked.items) <= MOST:
        raise bad_value("items", len(asked.items), f"1 到 {MOST} 项", f"1 to {MOST} items")
    made = []
    for at, item in enumerate(asked.items):
        here = f"items[{at}]"
        if item.result not in list(Act):
            raise bad_value(f"{here}.result", item.result, " | ".join(Act), " | ".join(Act))
        if not 1 <= len(item.seq_no) <= 64 or not item.seq_no.isprintable():
            raise bad_value(
                f"{here}.seq_no",
                item.seq_no,
                "统一编号, 1 到 64 个可见字符",
                "a seq_no of 1 to 64 printable characters",
            )
        for note in item.notes:
            if len(note) > 255:
                raise bad_value(
                    f"{here}.notes", note, "每条至多 255 个字符", "at most 255 characters each"
                )
        made.append(
            Decision(
                seq_no=item.seq_no,
                result=Act(item.result),
                notes=tuple(item.notes),
                until=day(f"{here}.until", item.until),
            )
        )
    return made


def _result(result: Decided | NotDecided) -> dict[str, Any]:
    case = result.case
    item: dict[str, Any] = {
        "seq_no": result.decision.seq_no,
        "result": result.decision.result.value,
        "code": 200,
        "case_no": case.case_no if case else None,
        "status": case.status.value if case else None,
        "business_no": (case.business_no or None) if case else None,
    }
    if isinstance(result, Decided) and result.until:
        item["held_until"] = time_of(result.until)
    if isinstance(result, NotDecided):
        item |= {
            "code": result.status,
            "rule": result.rules[0] if result.rules else None,
            "rules": result.rules,
            "message_zh": result.message_zh,
            "message_en": result.message_en,
            "hint_zh": result.hint_zh,
            "hint_en": result.hint_en,
        }
    return item


def _all_refused(results: list[NotDecided]) -> Refused:
    return Refused(
        [
            compose(
                code=(
                    result.rules[0]
                    if result.rules
                    else "ID.02"
                    if result.status == 404
                    else "STATE.01"
                ),
                layer="rule",
                severity=ERROR,
                zh=result.message_zh,
                en=result.message_en,
                hint_zh=result.hint_zh,
                hint_en=result.hint_en,
            )
            for result in results
        ],
        status=results[0].status,
    )


def _line(line: DocumentLine) -> dict[str, Any]:
    return {
        "field": line.name,
        "label_zh": line.label_zh,
        "label_en": line.label_en,
        "value": line.value,
        "said_zh": line.said[0] or None,
        "said_en": line.said[1] or None,
        "former": line.former,
        "changed": line.changed,
    }


def _dossier(dossier: Dossier) -> dict[str, Any]:
    case = dossier.case
    return case_shape(case) | {
        "customs": case.customs,
        "amount": yuan(case.amount),
        "change_no": case.change_no,
        "reference": case.reference,
        "gateway_msg_id": case.gateway_msg_id,
        "updated_at": time_of(case.updated),
        "former_change_no": dossier.former_no,
        "document": [_line(line) for line in dossier.lines],
        "rows": {
            name: [[_line(line) for line in row] for row in rows]
            for name, rows in dossier.parts.items()
        },
        "messages": [
            {
                "id": post.archived.id,
                "direction": post.archived.direction,
                "message_type": post.archived.message_type,
                "message_id": post.archived.message_id,
                "at": time_of(post.archived.at),
                "wall_at": time_or_none(post.archived.wall_at),
                "result": post.result or None,
                "notes": post.notes,
                "delivery": post.delivery.way,
                "fault": post.delivery.fault or None,
            }
            for post in dossier.posts
        ],
        "attachments": [
            {
                "message": number,
                "name": each.name,
                "kind": each.kind,
                "size": each.size,
                "whole": each.is_whole,
            }
            for number, each in dossier.attachments
        ],
        "rules": [
            {"rule": each.rule, "message_zh": each.zh, "message_en": each.en, "now": each.now}
            for each in dossier.fired
        ],
        "attempts": [attempt.case_no for attempt in dossier.attempts],
    }


FILTERS = (
    NUMBER,
    Parameter(name="kind", zh="报文类型", en="message type"),
    ENTERPRISE,
    Parameter(name="customs", zh="主管关区", en="customs district"),
    Parameter(name="from_amount", zh="金额从 (元)", en="amount from (CNY)"),
    Parameter(name="to_amount", zh="金额到 (元)", en="amount to (CNY)"),
    Parameter(
        name="show",
        zh="held: 只看已暂缓的; all: 连同已暂缓的; 缺省不含已暂缓的",
        en="held: only what is put off; all: that too; by default it is left out",
    ),
    Parameter(name="claimed_by", zh="在办人", en="the operator who works on it"),
    Parameter(
        name="age",
        zh="已等多久",
        en="how long it has waited",
        schema={"type": "string", "enum": list(AGES)},
    ),
)
"""What the work list is narrowed to."""
CALLS = (
    Call(
        method="GET",
        path="/worklist",
        handle=worklist,
        role=VIEWER,
        tag=DESK,
        zh="等人处理的案卷, 先到在前",
        en="Cases that wait for a person, oldest first",
        parameters=(*PAGED, *FILTERS, sorted_by(SORTS)),
    ),
    Call(
        method="POST",
        path="/decisions",
        handle=decide,
        role=OFFICER,
        tag=DESK,
        body=Decisions,
        noted=True,
        zh=(
            "处理案卷, 每项一个结果: 通过, 退单, 转人工, 暂缓 (until: 到哪天), 取消暂缓, 我在办,"
            " 放手, 撤销, 转企业确认, 担保类型退单, 结案"
        ),
        en=(
            "Decide cases, one result each: approve, return, review, hold (until: a day), resume,"
            " claim, release, undo, reconfirm, reject_type, close"
        ),
    ),
    Call(
        method="GET",
        path="/cases/{case_no}",
        handle=case,
        role=VIEWER,
        tag=DESK,
        zh="一个案卷: 单证, 与上一版的差异, 报文, 规则",
        en="One case: its document, the change against the former generation, messages, rules",
        parameters=(Parameter(name="case_no", zh="案卷号", en="case no.", place="path"),),
    ),
)
