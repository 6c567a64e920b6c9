"""The part of the control API by which customs starts something: levies, payments, refunds,
statements, the ledger (``docs/contract.md`` 4). Reads requests, calls the counter and the cashier,
writes JSON. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from customs_sim.control.http import ACTOR, day, number
from customs_sim.control.problems import bad_value, cursor_of, json, limit_of, time_of
from customs_sim.desk.levies import Issued, LevyOrder
from customs_sim.desk.payments import Booked
from customs_sim.ledger.amounts import money, yuan
from customs_sim.ledger.statements import Statement, StatementFault, StatementStatus
from customs_sim.node import CustomsNode
from schemas.times import micros

Shape = TypeVar("Shape")
Money = str | int | float
"""元, best as a string; what it says is checked by the rules, so that a wrong amount names its
rule."""


class NewLevy(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /levies. ``oriact_valid_until`` (ours, yyyy-MM-dd): the validity of the 底账,
    which letters must cover."""

    enterprise: str
    customs: str
    amount: Money
    biz_type: str
    biz_no: str
    oriact_no: str
    oriact_valid_until: str = ""


class Reissue(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /levies/{no}/reissue."""

    amount: Money


class BusinessEvent(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /business-events."""

    biz_type: str
    biz_no: str
    enterprise: str
    customs: str
    basis_amount: Money


class GuaranteeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /guarantee-requests. ``valid_until`` yyyy-MM-dd."""

    enterprise: str
    gasr_no: str | None = None
    amount: Money | None = None
    valid_until: str | None = None


class PaymentIn(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /payments."""

    amount: Money
    paid_at: datetime
    reference: str = ""
    levy_no: str | None = None


class RefundOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /refunds (ours): a refund that customs starts; with ``target`` a carry-over to
    that levy."""

    gur_no: str
    amount: Money
    reason: str
    target: str | None = None


class StatementOrder(
    msgspec.Struct, forbid_unknown_fields=True, rename={"first_day": "from", "last_day": "to"}
):
    """Body of POST /statements. Days yyyy-MM-dd, both inclusive. ``fault`` (ours) makes it wrong on
    purpose: ``drop:LINE``, ``amount:LINE:FEN``, ``opening:FEN`` or ``closing:FEN``."""

    enterprise: str
    first_day: str
    last_day: str
    fault: str = ""


class Acts:
    """The calls, one method each. ``read`` decodes a request's body."""

    def __init__(
        self, node: CustomsNode, read: Callable[[web.Request, type[Any]], Awaitable[Any]]
    ) -> None:
        self._counter, self._cashier, self._read = node.counter, node.cashier, read

    def routes(self, prefix: str) -> list[web.RouteDef]:
        return [
            web.post(prefix + "/levies", self.levy),
            web.post(prefix + "/levies/{no}/reissue", self.reissue),
            web.delete(prefix + "/levies/{no}", self.take_back),
            web.post(prefix + "/business-events", self.business_event),
            web.post(prefix + "/guarantee-requests", self.ask_guarantee),
            web.post(prefix + "/payments", self.pay),
            web.post(prefix + "/refunds", self.refund),
            web.post(prefix + "/statements", self.statement),
            web.get(prefix + "/statements", self.statements),
            web.get(prefix + "/ledger", self.ledger),
        ]

    async def levy(self, request: web.Request) -> web.Response:
        asked = await self._read(request, NewLevy)
        valid = day("oriact_valid_until", asked.oriact_valid_until)
        return json(
            _issued(
                await self._counter.issue(
                    LevyOrder(
                        enterprise=asked.enterprise,
                        customs=asked.customs,
                        amount=str(asked.amount),
                        biz_type=asked.biz_type,
                        biz_no=number("biz_no", asked.biz_no),
                        oriact_no=number("oriact_no", asked.oriact_no),
                        oriact_valid=valid.isoformat() if valid else "",
                    ),
                    by=request[ACTOR],
                )
            ),
            status=201,
        )

    async def reissue(self, request: web.Request) -> web.Response:
        asked = await self._read(request, Reissue)
        return json(
            _issued(
                await self._counter.reissue(
                    request.match_info["no"], str(asked.amount), by=request[ACTOR]
                )
            )
        )

    async def take_back(self, request: web.Request) -> web.Response:
        return json(
            _issued(await self._counter.take_back(request.match_info["no"], by=request[ACTOR]))
        )

    async def business_event(self, request: web.Request) -> web.Response:
        asked = await self._read(request, BusinessEvent)
        biz_no = number("biz_no", asked.biz_no)
        levies = await self._counter.business_event(
            LevyOrder(
                enterprise=asked.enterprise,
                customs=asked.customs,
                amount=str(asked.basis_amount),
                biz_type=asked.biz_type,
                biz_no=biz_no,
                oriact_no=biz_no if len(biz_no) == 12 else "",
            ),
            by=request[ACTOR],
        )
        return json({"levies": [_issued(levy) for levy in levies]}, status=201)

    async def ask_guarantee(self, request: web.Request) -> web.Response:
        asked = await self._read(request, GuaranteeRequest)
        until = day("valid_until", asked.valid_until or "")
        await self._counter.ask_guarantee(
            asked.enterprise,
            asked.gasr_no or "",
            "" if asked.amount is None else str(asked.amount),
            until.isoformat() if until else "",
            by=request[ACTOR],
        )
        return json({"enterprise": asked.enterprise, "gasr_no": asked.gasr_no or None}, status=201)

    async def pay(self, request: web.Request) -> web.Response:
        asked = await self._read(request, PaymentIn)
        if asked.paid_at.tzinfo is None:
            raise bad_value(
                "paid_at", asked.paid_at.isoformat(), "RFC 3339, 带时区", "RFC 3339 with an offset"
            )
        booked = await self._cashier.pay(
            asked.levy_no or "",
            str(asked.amount),
            micros(asked.paid_at),
            number("reference", asked.reference),
            by=request[ACTOR],
        )
        return json(_booked(booked), status=200 if booked.duplicate else 201)

    async def refund(self, request: web.Request) -> web.Response:
        asked = await self._read(request, RefundOrder)
        if not 1 <= len(asked.reason) <= 1000 or not asked.reason.isprintable():
            raise bad_value(
                "reason", asked.reason, "1 到 1000 个可见字符", "1 to 1000 printable characters"
            )
        return json(
            {
                "refund_no": await self._cashier.give_back(
                    asked.gur_no,
                    str(asked.amount),
                    asked.reason,
                    asked.target or "",
                    by=request[ACTOR],
                )
            },
            status=201,
        )

    async def statement(self, request: web.Request) -> web.Response:
        asked = await self._read(request, StatementOrder)
        first, last = day("from", asked.first_day), day("to", asked.last_day)
        if first is None or last is None:
            raise bad_value("from / to", "", "日期 yyyy-MM-dd", "days yyyy-MM-dd")
        try:
            fault = StatementFault.of(asked.fault)
        except ValueError as error:
            raise bad_value(
                "fault", asked.fault, "drop:行, amount:行:分, opening:分, closing:分", str(error)
            ) from None
        made = await self._cashier.state(asked.enterprise, first, last, fault, by=request[ACTOR])
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

    async def statements(self, request: web.Request) -> web.Response:
        """Ours: the statements on the desk, those overdue and those disputed."""
        limit, cursor = limit_of(request), cursor_of(request) or 0
        found, total = await self._cashier.desk(limit=limit, cursor=cursor)
        return json(
            {
                "items": [_on_desk(statement) for statement in found],
                "total": total,
                "next": str(found[-1].number) if len(found) == limit and total > limit else None,
            }
        )

    async def ledger(self, request: web.Request) -> web.Response:
        found = await self._cashier.ledger(number("no", request.query.get("no", "").strip()))
        return json({"no": found.no or None, "accounts": found.accounts, "entries": found.entries})


def _issued(levy: Issued) -> dict[str, Any]:
    return {
        "levy_no": levy.levy_no,
        "amount": money(levy.amount),
        "change_no": levy.change_no,
        "version": levy.version,
    }


def _on_desk(made: Statement) -> dict[str, Any]:
    return {
        "statement_no": made.no,
        "version": made.version,
        "enterprise": made.enterprise,
        "from": made.first_day,
        "to": made.last_day,
        "closing": yuan(made.closing),
        "status": made.status.value,
        "overdue": made.status is StatementStatus.OVERDUE,
        "answer_by": time_of(made.answer_by),
        "seq_no": made.answer_seq_no or None,
    }


def _booked(booked: Booked) -> dict[str, Any]:
    return {
        "payment_no": booked.payment_no,
        "levy_no": booked.levy_no or None,
        "matched": money(booked.matched),
        "suspense": money(booked.suspense),
        "payment": booked.status or None,
        "duplicate": booked.duplicate,
    }
