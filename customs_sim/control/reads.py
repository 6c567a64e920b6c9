"""The reading calls of the control API: cases, registers, payments, statements, the audit, messages
as they are. Decides nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aiohttp import web

from customs_sim.control.http import case_shape, time_or_none, words_of
from customs_sim.control.problems import bad_value, cursor_of, instant_of, json, limit_of, time_of
from customs_sim.desk import views
from customs_sim.desk.dossier import Dossier, Dossiers, Line
from customs_sim.desk.refusal import unknown
from customs_sim.desk.views import Waiting
from customs_sim.ledger.amounts import fen, yuan
from customs_sim.ledger.rows import Guarantee, Levy, Payment
from customs_sim.node import CustomsNode
from customs_sim.office.audit import entries
from schemas.body import amount_of


class Reads:
    """The calls, one method each."""

    def __init__(self, node: CustomsNode) -> None:
        self._store = node.office.store
        self._dossiers = Dossiers(node.office, node.desk)

    def routes(self, prefix: str) -> list[web.RouteDef]:
        return [
            web.get(prefix + path, handle)
            for path, handle in (
                ("/cases/{case_no}", self.case),
                ("/levies", self.levies),
                ("/guarantees", self.guarantees),
                ("/payments", self.payments),
                ("/messages/{id}/raw", self.raw),
                ("/audit", self.audit),
            )
        ]

    async def case(self, request: web.Request) -> web.Response:
        found = await self._dossiers.of(number_of(request, "case_no"))
        if found is None:
            raise unknown("case_no", request.match_info["case_no"], "案卷", "case")
        return json(_dossier(found))

    async def levies(self, request: web.Request) -> web.Response:
        limit, before, q, enterprise = _search(request)
        found, total = await self._store.read(
            lambda c: views.levies(c, enterprise=enterprise, q=q, before=before, most=limit + 1)
        )
        return _answer([levy_shape(levy) for levy in found], limit, total, "levy_no")

    async def guarantees(self, request: web.Request) -> web.Response:
        limit, before, q, enterprise = _search(request)
        found, total = await self._store.read(
            lambda c: views.guarantees(c, enterprise=enterprise, q=q, before=before, most=limit + 1)
        )
        return _answer([_guarantee(each) for each in found], limit, total, "gasr_no")

    async def payments(self, request: web.Request) -> web.Response:
        limit, before, _, _ = _search(request)
        found, total = await self._store.read(
            lambda c: views.payments(c, before=before, most=limit + 1)
        )
        return _answer([_payment(each) for each in found], limit, total, "payment_no")

    async def raw(self, request: web.Request) -> web.Response:
        found = await self._store.read(lambda c: views.message(c, number_of(request, "id")))
        if found is None:
            raise unknown("id", request.match_info["id"], "报文", "message")
        return web.Response(
            body=found.body,
            content_type="application/xml",
            headers={
                "X-Content-Type-Options": "nosniff",
                "Content-Disposition": (
                    f'attachment; filename="{found.message_type[:20]}-{found.id}.xml"'
                ),
            },
        )

    async def audit(self, request: web.Request) -> web.Response:
        limit, cursor, q = limit_of(request), cursor_of(request) or 2**62, words_of(request)
        found, total = await self._store.read(
            lambda c: entries(c, q, before=cursor, most=limit + 1)
        )
        return json(
            {
                "items": [
                    {
                        "id": each.id,
                        "at": instant_of(each.at),
                        "wall_at": instant_of(each.wall_at),
                        "operator": each.operator,
                        "role": each.role,
                        "action": each.action,
                        "target": each.target or None,
                        "outcome": each.outcome,
                        "before": each.before or None,
                        "after": each.after or None,
                    }
                    for each in found[:limit]
                ],
                "total": total,
                "next": str(found[limit - 1].id) if len(found) > limit else None,
            }
        )


def waiting_of(request: web.Request) -> Waiting:
    """The filter of the work list."""
    return Waiting(
        kind=words_of(request, "kind"),
        enterprise=words_of(request, "enterprise"),
        customs=words_of(request, "customs"),
        least=_fen(request, "from_amount"),
        most=_fen(request, "to_amount"),
    )


def _fen(request: web.Request, name: str) -> int | None:
    text = words_of(request, name)
    if not text:
        return None
    amount = amount_of(text)
    if amount is None or not 0 <= amount < 10**15 or amount != amount.quantize(Decimal("0.01")):
        raise bad_value(name, text, "金额, 单位元, 如 1000.50", "an amount in CNY like 1000.50")
    return fen(amount)


def number_of(request: web.Request, name: str) -> int:
    """A number in the path; what is none is unknown."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise unknown(name, text[:64], "编号", "number")
    return int(text)


def _search(request: web.Request) -> tuple[int, str, str, str]:
    return (
        limit_of(request),
        words_of(request, "cursor"),
        words_of(request),
        words_of(request, "enterprise"),
    )


def _answer(items: list[dict[str, Any]], limit: int, total: int, key: str) -> web.Response:
    return json(
        {
            "items": items[:limit],
            "total": total,
            "next": items[limit - 1][key] if len(items) > limit else None,
        }
    )


def levy_shape(levy: Levy) -> dict[str, Any]:
    """A levy as customs holds it; amounts in 元."""
    return {
        "levy_no": levy.levy_no,
        "enterprise": levy.enterprise,
        "customs": levy.customs,
        "change_no": levy.change_no,
        "version": levy.version,
        "amount": yuan(levy.levied),
        "open": yuan(levy.open),
        "cash": yuan(levy.cash),
        "letter": yuan(levy.paper),
        "quota": yuan(levy.quota),
        "payment": levy.status,
        "confirmed": bool(levy.confirmed),
        "overdue": bool(levy.overdue),
        "taken_back": bool(levy.taken_back),
        "closed": bool(levy.closed),
        "type": levy.type or None,
        "mode": levy.mode or None,
        "gasr_no": levy.gasr_no or None,
        "biz_type": levy.biz_type,
        "biz_no": levy.biz_no,
        "deadline": time_or_none(levy.deadline),
        "paid_at": time_or_none(levy.paid_at),
        "seq_no": levy.seq_no or None,
    }


def _guarantee(each: Guarantee) -> dict[str, Any]:
    return {
        "gasr_no": each.gasr_no,
        "enterprise": each.enterprise,
        "customs": each.customs,
        "change_no": each.change_no,
        "version": each.version,
        "mode": each.mode,
        "status": each.status,
        "limit": yuan(each.limit),
        "used": yuan(each.used),
        "available": yuan(each.available),
        "returned": yuan(each.returned),
        "letter_no": each.letter_no or None,
        "valid_until": time_or_none(each.valid_until),
        "seq_no": each.seq_no,
    }


def _payment(each: Payment) -> dict[str, Any]:
    return {
        "payment_no": each.payment_no,
        "reference": each.reference or None,
        "amount": yuan(each.amount),
        "matched": yuan(each.matched),
        "suspense": yuan(each.unmatched),
        "sent_back": yuan(each.sent_back),
        "levy_no": each.levy_no or None,
        "paid_at": time_of(each.paid_at),
        "at": time_of(each.at),
    }


def _line(line: Line) -> dict[str, Any]:
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


def _dossier(found: Dossier) -> dict[str, Any]:
    case = found.case
    return case_shape(case) | {
        "customs": case.customs,
        "amount": yuan(case.amount),
        "change_no": case.change_no,
        "reference": case.reference,
        "gateway_msg_id": case.gateway_msg_id,
        "updated_at": time_of(case.updated),
        "former_change_no": found.former_no,
        "document": [_line(line) for line in found.lines],
        "rows": {
            name: [[_line(line) for line in row] for row in rows]
            for name, rows in found.parts.items()
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
            }
            for post in found.posts
        ],
        "attachments": [
            {
                "message": number,
                "name": each.name,
                "kind": each.kind,
                "size": each.size,
                "whole": each.is_whole,
            }
            for number, each in found.attachments
        ],
        "rules": [
            {"rule": each.rule, "message_zh": each.zh, "message_en": each.en, "now": each.now}
            for each in found.fired
        ],
        "attempts": [attempt.case_no for attempt in found.attempts],
    }
