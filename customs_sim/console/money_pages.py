"""The pages about money: payments and what waits in suspense, refunds that customs starts.
The acts are the ``cashier``'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiohttp import web

from customs_sim.console.frame import Frame
from customs_sim.console.listing import listed
from customs_sim.console.page import PAGED, Page, get, post
from customs_sim.control.http import ACTOR, number, words_of
from customs_sim.control.money import reason_of
from customs_sim.control.problems import bad_value
from customs_sim.desk import lists, views
from customs_sim.desk.refusal import unknown
from customs_sim.desk.reversals import Correction
from customs_sim.ledger.rows import Levy, Payment
from customs_sim.node import CustomsNode
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.question import Question
from schemas.body import amount_of
from schemas.money import fen, grouped
from schemas.times import SHANGHAI, SPAN, micros, within

OWED, OFFERED = 500, 20
"""Levies that wait for money, as many as are looked at, and those of them that are offered for a
payment in suspense."""
FAR = 1 << 62
"""Later than any deadline, in microseconds."""


class MoneyPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store

    def pages(self) -> list[Page]:
        return [
            get("/payments", self.payments, asks=("q", "levy", *PAGED)),
            post("/payments", self.pay, ask=self.ask_match),
            post("/payments/{no}/reverse", self.reverse, ask=self.ask_reversal),
            post("/payments/{no}/send-back", self.send_back, ask=self.ask_return),
            post("/refunds", self.refund),
        ]

    async def payments(self, request: web.Request) -> web.StreamResponse:
        asked, part = listed(request, "payment")
        ledger = self._node.office.sql.ledger
        payments, total = await self._store.read(lambda c: lists.payments(c, asked))
        rows, unmatched, amount = await self._store.read(
            lambda c: ledger.unmatched(c, after="", most=100)
        )
        payable = await self._store.read(lambda c: lists.payable(c, OWED))
        totals = await self._store.read(self._node.office.sql.ledger.totals)
        waiting = [Payment.of_row(row) for row in rows]
        firms = {code: name for code, name, _ in await self._store.read(views.enterprises)}
        return self._frame.page(
            request,
            "payments.html",
            payments=payments,
            total=total,
            part=part,
            waiting=waiting,
            candidates={each.payment_no: candidates(each, payable, firms) for each in waiting},
            firms=firms,
            unmatched=unmatched,
            amount=amount,
            totals=totals,
            chosen=words_of(request, "levy"),
            owed=payable,
        )

    async def pay(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        now = self._node.office.clock.now()
        booked = await self._node.cashier.pay(
            number("levy_no", form.get("levy_no", "")),
            form.get("amount", "").replace(",", ""),
            _moment(form.get("paid_at", ""), now),
            number("reference", form.get("reference", "")),
            by=request[ACTOR],
        )
        zh = f"{booked.payment_no}: 核销 {booked.matched} 元, 暂存 {booked.suspense} 元"
        en = f"{booked.payment_no}: {booked.matched} matched, {booked.suspense} in suspense"
        if booked.duplicate:
            zh, en = f"此凭据已登记过, {zh}", f"registered before; {en}"
        return self._frame.back(form.get("back", "/payments"), good=True, lines=[(zh, en)])

    async def ask_match(self, request: web.Request) -> Question | None:
        """Ask before money in suspense is put on a levy: whose levy, how much, and what is left."""
        form = await form_of(request)
        if not form.get("match"):
            return None
        no = form.get("levy_no", "")
        levy = await self._store.read(lambda c: lists.levy(c, no))
        if levy is None:
            raise unknown("levy_no", no[:64], "征收单", "levy")
        there = amount_of(form.get("amount", "").replace(",", ""))
        amount = fen(there) if there else 0
        firms = {code: name for code, name, _ in await self._store.read(views.enterprises)}
        whose = f"{levy.enterprise} {firms.get(levy.enterprise, '')}"
        paid = min(amount, levy.open)
        left = amount - paid
        return Question(
            title=(f"核销到征收单 {no}?", f"Match to levy {no}?"),
            lines=(
                (f"企业: {whose}", f"Enterprise: {whose}"),
                (
                    f"核销 {grouped(paid)} 元, 余 {grouped(left)} 元留暂存;"
                    f" 核销后该单待缴 {grouped(levy.open - paid)} 元。",
                    f"CNY {grouped(paid)} pays it, {grouped(left)} stays in suspense;"
                    f" {grouped(levy.open - paid)} of the levy is owed then.",
                ),
            ),
            button=(f"核销 {grouped(paid)} 元", f"Match CNY {grouped(paid)}"),
        )

    async def ask_reversal(self, request: web.Request) -> Question | None:
        no = request.match_info["no"]
        return Question(
            title=(f"冲正缴款 {no}?", f"Reverse payment {no}?"),
            lines=(
                (
                    "征收单恢复待缴并通知企业 (GRT302); 这笔钱回到暂存款, 可再核销或退回缴款人。",
                    "The levy is owed again and the enterprise is told (GRT302); the money goes to"
                    " suspense, from where it is matched again or sent back.",
                ),
            ),
            button=("冲正", "Reverse"),
            danger=True,
            wanted="reason",
            label=("理由 (记入操作记录)", "Reason (kept in the audit)"),
            offered=(("登记到了别的征收单", "booked on another levy"), ("银行退票", "bounced")),
        )

    async def ask_return(self, request: web.Request) -> Question | None:
        no = request.match_info["no"]
        return Question(
            title=(f"退回缴款 {no} 的暂存款?", f"Send back what waits of payment {no}?"),
            button=("退回缴款人", "Send back"),
            danger=True,
            wanted="reason",
            label=("理由 (记入操作记录)", "Reason (kept in the audit)"),
            offered=(("多缴", "paid too much"), ("缴款人不明", "payer unknown")),
        )

    async def reverse(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        asked = Correction(
            payment_no=request.match_info["no"],
            levy_no=number("levy_no", form.get("levy_no", "")),
            reason=reason_of(form.get("reason", "")),
        )
        done = await self._node.cashier.reverse(asked, by=request[ACTOR])
        zh = f"{done.payment_no}: 已从 {done.levy_no} 冲正 {grouped(done.amount)} 元, 转入暂存款"
        en = f"{done.payment_no}: {grouped(done.amount)} taken off {done.levy_no}, now in suspense"
        return self._frame.back(form.get("back", "/payments"), good=True, lines=[(zh, en)])

    async def send_back(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        asked = Correction(
            payment_no=request.match_info["no"], reason=reason_of(form.get("reason", ""))
        )
        done = await self._node.cashier.send_back(asked, by=request[ACTOR])
        zh = f"{done.payment_no}: 已退回缴款人 {grouped(done.amount)} 元"
        en = f"{done.payment_no}: {grouped(done.amount)} sent back to the payer"
        return self._frame.back(form.get("back", "/payments"), good=True, lines=[(zh, en)])

    async def refund(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        reason = form.get("reason", "")
        if not 1 <= len(reason) <= 1000:
            raise bad_value("reason", reason, "1 到 1000 个字符", "1 to 1000 characters")
        no = form.get("gur_no", "")
        made = await self._node.cashier.give_back(
            no,
            form.get("amount", "").replace(",", ""),
            reason,
            form.get("target", ""),
            by=request[ACTOR],
        )
        return self._frame.back(
            form.get("back", "/payments"),
            good=True,
            lines=[(f"退转单 {made} 已办结", f"refund {made} is done")],
        )


def candidates(payment: Payment, owed: Sequence[Levy], firms: Mapping[str, str]) -> list[Levy]:
    """Return the levies that a payment in suspense may be for, the likeliest first: those that lack
    just its amount, those of an enterprise that its reference names, the oldest deadline."""

    def unlikely(levy: Levy) -> tuple[bool, bool, int, str]:
        named = levy.enterprise, levy.levy_no, firms.get(levy.enterprise) or levy.enterprise
        return (
            levy.open != payment.unmatched,
            not any(word in payment.reference for word in named),
            levy.deadline or FAR,
            levy.levy_no,
        )

    return sorted(owed, key=unlikely)[:OFFERED]


def _moment(text: str, now: datetime) -> int:
    """Return ``yyyy-MM-ddTHH:mm`` of a form, Asia/Shanghai, in microseconds UTC; empty is now.
    Raise Refused, 400, otherwise."""
    if not text:
        return micros(now)
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        at = None
    if at is None or not within(at):
        raise bad_value(
            "paid_at",
            text,
            f"日期时间 yyyy-MM-ddTHH:mm, {SPAN}",
            f"a time yyyy-MM-ddTHH:mm within {SPAN}",
        )
    return micros(at)
