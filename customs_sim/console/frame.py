"""The frame of the desk's pages: its words, codes and times, and what is unusual about its world.
Knows no page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from aiohttp import web

from customs_sim.cases.case import Case
from customs_sim.console import audit_words, words
from customs_sim.console.kept_filters import kept_filters
from customs_sim.console.menu import MENU
from customs_sim.console.visit import VISITOR
from customs_sim.console.world import WORLD
from customs_sim.office.office import Office
from customs_sim.office.operators import LOCAL, Actor, Role
from gateway.base.web.pages import frame
from gateway.base.web.pages.asked import printing
from gateway.base.web.pages.text import halves
from schemas.body import amount_of
from schemas.money import grouped
from schemas.times import local_day, micros, to_wire


class Frame(frame.Frame):
    """One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        super().__init__(
            package="customs_sim.console",
            cookie="said",
            browser=lambda request: request[VISITOR],
            filters=FILTERS,
        )

    def known(self, request: web.Request) -> Mapping[str, Any]:
        """Return the words of the desk in the language of the visitor, and what they may do."""
        visitor, clock = request[VISITOR], self._office.clock
        english, now = visitor.english, micros(clock.now())

        def word(table: str, key: str) -> str:
            table_of: Mapping[str, words.Words] = getattr(words, table, {})
            pair = words.kind_words(key) if table == "KINDS" else table_of.get(key)
            return key if pair is None else pair[english]

        def code(name: str, value: str) -> str:
            entry = self._office.codes.find(name, value) if value else None
            return value if entry is None else entry.en if english else entry.zh

        def kind_of(case: Case) -> str:
            return word("KINDS", f"{case.message_type}/{min(case.change_no, 1)}")

        def may(role: str) -> bool:
            actor = None if printing(request) else visitor.actor  # nobody acts on paper
            return actor is not None and actor.role.may(Role(role))

        def state(text: str) -> list[tuple[str, str]]:
            return audit_words.told(text, english, code)

        return {
            "word": word,
            "state": state,
            "half": lambda text: halves(text)[english],
            "who": lambda name: called(name)[english],
            "named": named,
            "deed": lambda action: audit_words.deed(action)[english],
            "code": code,
            "kind_of": kind_of,
            "may": may,
            "menu": MENU if visitor.actor else (),
            "world": request.get(WORLD, ()),
            "kept_lists": [each for each in kept_filters(request) if each.path == request.path],
            "now": now,
            "events": "/events",
            "speed": clock.speed,
            "every": max(10, min(60, round(60 / clock.speed))) if clock.speed else 60,
            "age": lambda at: _age(now - at, english),
            "ageing": lambda at: _ageing(now - at),
        }

    def districts(self) -> list[tuple[str, str, str]]:
        """Return the districts in force: code and both names."""
        today = local_day(self._office.clock.now())
        return [
            (each.code, each.zh, each.en)
            for each in self._office.codes.list("customs")
            if each.valid_on(today)
        ]


def called(name: str) -> words.Words:
    """Return what an operator is called on a page."""
    return (name, name) if name != LOCAL else ("本机", "this machine")


def named(actor: Actor) -> words.Words:
    """Return who acts, with their role and whether they logged in."""
    (zh, en), (role_zh, role_en) = called(actor.name), words.ROLES[actor.role.value]
    if actor.session:
        return f"{zh} · {role_zh}", f"{en} · {role_en}"
    return f"{zh} · {role_zh} (未登录)", f"{en} · {role_en} (not logged in)"


def plain(amount: Decimal) -> str:
    """Return 元 with separators; a count without decimals."""
    return f"{amount:,}"


def from_wire(text: str) -> str:
    """Return an amount of the wire with separators; anything else as it is."""
    amount = amount_of(text)
    return text if amount is None else plain(amount)


def _time(at: int) -> str:
    return to_wire(at) if at else ""


def _day(at: int) -> str:
    return _time(at)[:10]


class Account(NamedTuple):
    """An account of the ledger: its kind, and the number that it belongs to; empty without one."""

    kind: str
    number: str


def _account(name: str) -> Account:
    kind, _, number = name.partition(":")
    return Account(kind, number)


def _age(micros_old: int, english: bool) -> str:
    minutes = max(0, micros_old) // 60_000_000
    for size, zh, en in ((1440, "天", "d"), (60, "小时", "h")):
        if minutes >= size:
            return f"{minutes // size} {en if english else zh}"
    if not minutes:
        return "now" if english else "刚到"
    return f"{minutes} {'min' if english else '分钟'}"


def _ageing(micros_old: int) -> str:
    hours = micros_old / 3_600_000_000
    return "late" if hours >= 24 else "soon" if hours >= 4 else "fresh"


def _names(firms: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    return {code: name for code, name, _ in firms}


def _size(count: int) -> str:
    """Return bytes as a person reads them."""
    for unit, size in (("MB", 1024 * 1024), ("KB", 1024)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def _clause(text: str) -> str:
    """Return the beginning of a rule's text, up to what was found."""
    return re.split(r"[,;:(（，；：]", re.sub(r"“?\{\w\}”?", "…", text))[0].strip()


FILTERS: Mapping[str, Any] = {
    "names": _names,
    "money": grouped,
    "plain": plain,
    "yuan": from_wire,
    "time": _time,
    "day": _day,
    "account": _account,
    "size": _size,
    "clause": _clause,
}
"""What templates call: money in 分, times in microseconds, accounts of the ledger."""
