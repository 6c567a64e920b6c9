"""The frame of the portal's screens: its menu, codes, amounts and times. Knows no screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from gateway.base.clock.business import BusinessClock
from gateway.base.web.addresses import segment
from gateway.base.web.pages import frame
from gateway.base.web.pages.menu import Group, Link
from gateway.portal.fields import Form
from gateway.portal.page import HOME
from gateway.portal.visit import VISITOR
from gateway.service import Gateway
from handlers import queried
from handlers.lifecycle import LABELS, PROCESSING, Status
from schemas.times import SHANGHAI, wire_text


class Frame(frame.Frame):
    """One per process."""

    def __init__(self, gateway: Gateway, made: Mapping[str, Form]) -> None:
        """``made``: the forms of message types without a screen of their own."""
        self._gateway = gateway
        todo = Link(href=HOME, words=("待办", "To do"), alone=True)
        self._menu = (
            Group(words=("首页", "Home"), links=(todo,)),
            Group(
                words=("办理", "File"),
                links=(
                    Link(
                        href=f"{HOME}/guarantees/new",
                        words=("总担保设立登记", "Set up a guarantee"),
                    ),
                ),
            ),
            *(
                (
                    Group(
                        words=("其他单证", "Other documents"),
                        links=tuple(
                            Link(href=f"{HOME}/{name}", words=form.words)
                            for name, form in made.items()
                        ),
                    ),
                )
                if made
                else ()
            ),
            Group(
                words=("综合查询", "Queries"),
                links=tuple(
                    Link(
                        href=f"{HOME}/{listing.name}",
                        words=(listing.zh.removesuffix("查询"), listing.en),
                        alone=True,
                    )
                    for _, listing in queried()
                ),
            ),
            Group(
                words=("企业", "Enterprise"),
                links=(Link(href=f"{HOME}/info", words=("信息维护", "Enterprise record")),),
            ),
            Group(
                words=("海关来文", "From customs"),
                links=(
                    Link(
                        href=f"{HOME}/receipts",
                        words=("回执", "Receipts"),
                        also=(f"{HOME}/messages",),
                    ),
                    Link(href=f"{HOME}/statements", words=("财务对账", "Statements")),
                ),
            ),
            Group(
                words=("开发", "For developers"),
                links=(Link(href="/docs", words=("接口文档", "API")),),
            ),
        )
        super().__init__(
            package="gateway.portal",
            cookie="portal_said",
            browser=lambda request: request[VISITOR],
            filters={"money": grouped, "day": day, "time": wire_text},
        )

    def known(self, request: web.Request) -> Mapping[str, Any]:
        """Return the words of the portal in the language of the visitor."""
        visitor, gateway = request[VISITOR], self._gateway

        def code(name: str, value: str) -> str:
            entry = gateway.codes.find(name, value) if value else None
            return value if entry is None else entry.en if visitor.english else entry.zh

        def status(value: str) -> str:
            stands = Status(value)
            if stands is Status.DECLARED and not visitor.english:
                return PROCESSING
            return LABELS[stands][visitor.english]

        def firm(number: str) -> str:
            known = gateway.registry.enterprises.get(number)
            return "" if known is None else known.name

        return {
            "code": code,
            "status": status,
            "firm": firm,
            "menu": self._menu if visitor.caller else (),
            "may": lambda _: True,
            "home": HOME,
            "events": f"{HOME}/events?enterprise={segment(visitor.enterprise)}",
            "every": 60,
            "speed": clock.speed if isinstance(clock := gateway.clock, BusinessClock) else 1.0,
            "now": gateway.clock.now().astimezone(SHANGHAI),
            "labels": gateway.intake.schemas.labels,
        }


def grouped(amount: str) -> str:
    """Return an amount of the wire with separators: ``1234567.50`` is ``1,234,567.50``. What is no
    amount stays as it is."""
    sign, rest = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    whole, point, cents = rest.partition(".")
    return f"{sign}{int(whole):,}{point}{cents}" if whole.isascii() and whole.isdigit() else amount


def day(text: str) -> str:
    """Return the day of a time as the wire has it."""
    return text[:10]
