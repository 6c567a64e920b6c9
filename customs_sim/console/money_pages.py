"""The pages about money: payments and what waits in suspense, refunds that customs starts,
statements and their answers. The acts are the ``cashier``'s."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiohttp import web

from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, form_of, get, page_size, post
from customs_sim.control.http import ACTOR, day, number, words_of
from customs_sim.control.problems import bad_value, cursor_of
from customs_sim.desk import views
from customs_sim.ledger.rows import Payment
from customs_sim.ledger.statements import StatementFault
from customs_sim.node import CustomsNode
from schemas.times import SHANGHAI, SPAN, micros, within


class MoneyPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store

    def pages(self) -> list[Page]:
        return [
            get("/payments", self.payments),
            post("/payments", self.pay),
            post("/refunds", self.refund),
            get("/statements", self.statements),
            post("/statements", self.issue),
        ]

    async def payments(self, request: web.Request) -> web.StreamResponse:
        limit = page_size(request)
        ledger = self._node.office.sql.ledger
        payments, total = await self._store.read(
            lambda c: views.payments(c, before=words_of(request, "cursor"), most=limit + 1)
        )
        rows, unmatched, amount = await self._store.read(
            lambda c: ledger.unmatched(c, after="", most=100)
        )
        owed, _ = await self._store.read(
            lambda c: views.levies(c, enterprise="", q="", before="", most=500)
        )
        totals = await self._store.read(self._node.office.sql.ledger.totals)
        return self._frame.page(
            request,
            "payments.html",
            payments=payments[:limit],
            total=total,
            following=payments[limit - 1].payment_no if len(payments) > limit else None,
            waiting=[Payment.of_row(row) for row in rows],
            unmatched=unmatched,
            amount=amount,
            totals=totals,
            chosen=words_of(request, "levy"),
            owed=[
                levy
                for levy in owed
                if levy.open
                and levy.confirmed
                and levy.mode == "1"
                and levy.type == "2"
                and not levy.taken_back
            ],
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

    async def statements(self, request: web.Request) -> web.StreamResponse:
        limit, seen, enterprise = (
            page_size(request),
            cursor_of(request) or 0,
            words_of(request, "enterprise"),
        )
        statements, total = await self._store.read(
            lambda c: views.statements(c, enterprise=enterprise, before=seen, most=limit)
        )
        answered = {each.answer_seq_no for each in statements if each.answer_seq_no}
        cases = await self._store.read(
            lambda c: {seq_no: views.cases_of(c, seq_no)[-1:] for seq_no in answered}
        )
        end, today = (
            seen + len(statements),
            self._node.office.clock.now().astimezone(SHANGHAI).date(),
        )
        return self._frame.page(
            request,
            "statements.html",
            statements=statements,
            total=total,
            following=end if end < total else None,
            enterprise=enterprise,
            cases=cases,
            firms=await self._store.read(views.enterprises),
            today=today.isoformat(),
            month=(today - timedelta(days=30)).isoformat(),
        )

    async def issue(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        first, last = day("from", form.get("from", "")), day("to", form.get("to", ""))
        if first is None or last is None:
            raise bad_value("from / to", "", "日期 yyyy-MM-dd", "days yyyy-MM-dd")
        try:
            fault = StatementFault.of(form.get("fault", ""))
        except ValueError as error:
            raise bad_value(
                "fault",
                form.get("fault", ""),
                "drop:行, amount:行:分, opening:分, closing:分",
                str(error),
            ) from None
        made = await self._node.cashier.state(
            form.get("enterprise", ""), first, last, fault, by=request[ACTOR]
        )
        return self._frame.back(
            "/statements",
            good=True,
            lines=[
                (
                    f"对账单 {made.no} 第 {made.version} 版已下发, {made.count} 条明细",
                    f"statement {made.no} version {made.version} was sent, {made.count} lines",
                )
            ],
        )


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
