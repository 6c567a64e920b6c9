"""The frame of every page: templates, language, words, security headers, and what the last act
said. Knows no page."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import jinja2
import msgspec
from aiohttp import web
from markupsafe import Markup

from customs_sim.cases.case import Case
from customs_sim.console import words
from customs_sim.console.visit import VISITOR
from customs_sim.console.world import WORLD
from customs_sim.ledger.amounts import yuan
from customs_sim.office.office import Office
from customs_sim.office.operators import Role
from gateway.base.web.addresses import segment
from schemas.times import micros, to_wire

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src"
        " 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FLASH = "said"
MOST_FLASH = 3000
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Characters that change how a text looks without being seen: they are shown by their number."""


class Flash(msgspec.Struct, forbid_unknown_fields=True):
    """What the last act said, told on the next page. ``form``: what was typed, so that it need not
    be typed again."""

    good: bool
    lines: list[tuple[str, str]]
    form: dict[str, str] = {}


def visible(value: Any) -> Any:
    """Return text with its hidden characters shown, and everything else as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", value)
    return "" if value is None else value


class Frame:
    """One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("customs_sim.console"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=visible,
            undefined=jinja2.StrictUndefined,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)

    def page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        """Return a page in the language of the visitor."""
        visitor = request[VISITOR]
        english, now = visitor.english, micros(self._office.clock.now())
        flash = _read_flash(request)

        def t(zh: str, en: str) -> str:
            return en if english else zh

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
            return visitor.actor is not None and visitor.actor.role.may(Role(role))

        def filled(name: str, default: str = "", form: str = "") -> str:
            typed = flash.form if flash and flash.form.get("form", "") == form else {}
            return typed.get(name, default)

        text = self._environment.get_template(template).render(
            t=t,
            word=word,
            code=code,
            kind_of=kind_of,
            may=may,
            filled=filled,
            english=english,
            visitor=visitor,
            world=request.get(WORLD, ()),
            flash=flash,
            now=now,
            age=lambda at: _age(now - at, english),
            ageing=lambda at: _ageing(now - at),
            path=request.path,
            here=request.path_qs,
            query=request.query,
            **values,
        )
        response = web.Response(text=text, content_type="text/html", status=status)
        if flash:
            response.del_cookie(FLASH)
        return response

    def back(
        self,
        to: str,
        *,
        good: bool,
        lines: list[tuple[str, str]],
        form: Mapping[str, Any] | None = None,
    ) -> web.Response:
        """Return the way back to a page after an act, with what is to be said there."""
        kept = {
            name: value
            for name, value in (form or {}).items()
            if isinstance(value, str) and name not in ("csrf", "back", "key")
        }
        flash = Flash(good=good, lines=lines, form={} if good else kept)
        while len(
            told := base64.urlsafe_b64encode(msgspec.json.encode(flash)).decode()
        ) > MOST_FLASH and (flash.form or len(flash.lines) > 1):
            more = f"… 共 {len(lines)} 条", f"… {len(lines)} in all"
            flash = Flash(
                good=good,
                lines=(
                    [*flash.lines[: len(flash.lines) // 2], more]
                    if len(flash.lines) > 2
                    else [lines[0]]
                ),
            )
        response = web.Response(status=303, headers={"Location": safe(to)})
        if len(told) <= MOST_FLASH:
            response.set_cookie(FLASH, told, httponly=True, samesite="Strict", path="/")
        return response


def safe(to: str) -> str:
    """Return a path on this server, whatever was asked for."""
    return to if re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", to) else "/"


def _read_flash(request: web.Request) -> Flash | None:
    told = request.cookies.get(FLASH)
    if not told:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(told), type=Flash)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return None


def grouped(fen: int) -> str:
    """Return 分 as 元 with separators, as a page shows it."""
    whole, _, cents = yuan(fen).partition(".")
    return f"{int(whole):,}.{cents}" if whole != "-0" else f"-0.{cents}"


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


def _state(text: str) -> list[tuple[str, str]]:
    """Return a state of the audit as names and values, without what is empty."""
    state = msgspec.json.decode(text) if text else {}
    if not isinstance(state, dict):
        return [("", str(state))]
    return [
        (str(name), value if isinstance(value, str) else msgspec.json.encode(value).decode())
        for name, value in state.items()
        if value not in ("", None, [])
    ]


FILTERS: Mapping[str, Any] = {
    "money": grouped,
    "segment": segment,
    "time": _time,
    "day": _day,
    "account": _account,
    "state": _state,
}
"""What templates call: money in 分, times in microseconds, accounts of the ledger."""
