"""The calls about guarantees, payments and refunds. Reads requests, calls the counter and the
cashier, writes JSON. Decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.calls import (
    MONEY,
    NUMBER,
    OFFICER,
    PAGED,
    SEARCHED,
    VIEWER,
    Call,
    sorted_by,
)
from customs_sim.control.http import (
    ACTOR,
    Money,
    Search,
    day,
    node_of,
    number,
    read_body,
    time_or_none,
)
from customs_sim.control.problems import bad_value, json, time_of
from customs_sim.desk import lists
from customs_sim.desk.booking import Booked
from customs_sim.desk.reversals import Corrected, Correction
from customs_sim.ledger.amounts import money, yuan
from customs_sim.ledger.rows import Guarantee, Payment
from gateway.base.web.openapi import Parameter
from schemas.times import SPAN, micros, within


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


class Reversal(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /payments/{no}/reverse. ``levy_no``: needed where the payment pays several."""

    reason: str
    levy_no: str | None = None


class SentBack(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /payments/{no}/send-back."""

    reason: str


class RefundOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /refunds (ours): a refund that customs starts; with ``target`` a carry-over to
    that levy."""

    gur_no: str
    amount: Money
    reason: str
    target: str | None = None


async def guarantees(request: web.Request) -> web.Response:
    search, office = (
        Search.of(request, lists.ONLY["guarantee"], lists.SORTS["guarantee"]),
        node_of(request).office,
    )
    asked = search.asked(micros(office.clock.now()))
    rows, total = await office.store.read(lambda c: lists.guarantees(c, asked))
    return search.answer([guarantee_shape(each) for each in rows], total, "gasr_no")


async def ask_guarantee(request: web.Request) -> web.Response:
    asked = await read_body(request, GuaranteeRequest)
    until = day("valid_until", asked.valid_until or "")
    await node_of(request).counter.ask_guarantee(
        asked.enterprise,
        asked.gasr_no or "",
        "" if asked.amount is None else str(asked.amount),
        until.isoformat() if until else "",
        by=request[ACTOR],
    )
    return json({"enterprise": asked.enterprise, "gasr_no": asked.gasr_no or None}, status=201)


async def payments(request: web.Request) -> web.Response:
    search = Search.of(request, sorts=lists.SORTS["payment"])
    rows, total = await node_of(request).office.store.read(
        lambda c: lists.payments(c, search.asked())
    )
    return search.answer([payment_shape(each) for each in rows], total, "payment_no")


async def pay(request: web.Request) -> web.Response:
    asked = await read_body(request, PaymentIn)
    if asked.paid_at.tzinfo is None or not within(asked.paid_at):
        raise bad_value(
            "paid_at",
            asked.paid_at.isoformat(),
            f"RFC 3339, 带时区, {SPAN}",
            f"RFC 3339 with an offset, within {SPAN}",
        )
    booked = await node_of(request).cashier.pay(
        asked.levy_no or "",
        str(asked.amount),
        micros(asked.paid_at),
        number("reference", asked.reference),
        by=request[ACTOR],
    )
    return json(_booked(booked), status=200 if booked.duplicate else 201)


async def reverse(request: web.Request) -> web.Response:
    asked = await read_body(request, Reversal)
    correction = Correction(
        payment_no=request.match_info["no"],
        levy_no=number("levy_no", asked.levy_no or ""),
        reason=reason_of(asked.reason),
    )
    return json(_corrected(await node_of(request).cashier.reverse(correction, by=request[ACTOR])))


async def send_back(request: web.Request) -> web.Response:
    asked = await read_body(request, SentBack)
    correction = Correction(payment_no=request.match_info["no"], reason=reason_of(asked.reason))
    return json(_corrected(await node_of(request).cashier.send_back(correction, by=request[ACTOR])))


def reason_of(text: str) -> str:
    """Return a reason as the audit and the wire carry it. Raise Refused, 400, otherwise."""
    if not 1 <= len(text.strip()) <= 1000 or not text.isprintable():
        raise bad_value("reason", text, "1 到 1000 个可见字符", "1 to 1000 printable characters")
    return text.strip()


async def refund(request: web.Request) -> web.Response:
    asked = await read_body(request, RefundOrder)
    reason = reason_of(asked.reason)
    refund_no = await node_of(request).cashier.give_back(
        asked.gur_no, str(asked.amount), reason, asked.target or "", by=request[ACTOR]
    )
    return json({"refund_no": refund_no}, status=201)


def guarantee_shape(each: Guarantee) -> dict[str, Any]:
    """Return a guarantee as customs has it; amounts in 元."""
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


def payment_shape(each: Payment) -> dict[str, Any]:
    """Return an entry of the cash book; amounts in 元."""
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


def _corrected(corrected: Corrected) -> dict[str, Any]:
    return {
        "payment_no": corrected.payment_no,
        "levy_no": corrected.levy_no or None,
        "amount": yuan(corrected.amount),
        "suspense": yuan(corrected.suspense),
        "payment": corrected.status or None,
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


PAYMENT_NO = Parameter(name="no", zh="缴款编号", en="payment no.", place="path")

ONLY_GUARANTEES = Parameter(
    name="only",
    zh="ending: 只看保函 30 天内到期的",
    en="ending: only those whose letter ends within 30 days",
    schema={"type": "string", "enum": list(lists.ONLY["guarantee"])},
)
CALLS = (
    Call(
        method="GET",
        path="/guarantees",
        handle=guarantees,
        role=VIEWER,
        tag=MONEY,
        zh="总担保, 新的在前",
        en="Guarantees, newest first",
        parameters=(*SEARCHED, ONLY_GUARANTEES, sorted_by(lists.SORTS["guarantee"])),
    ),
    Call(
        method="POST",
        path="/guarantee-requests",
        handle=ask_guarantee,
        role=OFFICER,
        tag=MONEY,
        body=GuaranteeRequest,
        status=201,
        noted=True,
        zh="要求企业设立或变更总担保 (GRT301)",
        en="Ask for a guarantee, new or changed (GRT301)",
    ),
    Call(
        method="GET",
        path="/payments",
        handle=payments,
        role=VIEWER,
        tag=MONEY,
        zh="缴款登记簿, 新的在前",
        en="The cash book, newest first",
        parameters=(*PAGED, NUMBER, sorted_by(lists.SORTS["payment"])),
    ),
    Call(
        method="POST",
        path="/payments",
        handle=pay,
        role=OFFICER,
        tag=MONEY,
        body=PaymentIn,
        status=201,
        noted=True,
        zh="登记缴款; 无征收单编号的暂存, 以后同一凭据加编号即可核销",
        en=(
            "Register a payment; without a levy it waits, the same reference with a levy matches it"
            " later"
        ),
    ),
    Call(
        method="POST",
        path="/payments/{no}/reverse",
        handle=reverse,
        role=OFFICER,
        tag=MONEY,
        body=Reversal,
        noted=True,
        parameters=(PAYMENT_NO,),
        zh="缴款冲正: 征收单恢复待缴, 这笔钱回到暂存款",
        en="Take a payment off a levy: the levy is owed again, the money waits in suspense",
    ),
    Call(
        method="POST",
        path="/payments/{no}/send-back",
        handle=send_back,
        role=OFFICER,
        tag=MONEY,
        body=SentBack,
        noted=True,
        parameters=(PAYMENT_NO,),
        zh="把暂存款退回缴款人",
        en="Send money in suspense back to its payer",
    ),
    Call(
        method="POST",
        path="/refunds",
        handle=refund,
        role=OFFICER,
        tag=MONEY,
        body=RefundOrder,
        status=201,
        noted=True,
        zh="依职权退还或结转",
        en="A refund or carry-over that customs starts",
    ),
)
