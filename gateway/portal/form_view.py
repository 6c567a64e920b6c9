"""How a form is shown: its fields with their states, what is wrong at each, its lists, its bar."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from aiohttp import web

from gateway.api.http import json, not_found
from gateway.portal.amounts import in_words
from gateway.portal.beginning import Start, offered_by
from gateway.portal.composing import Sheet, shown
from gateway.portal.fields import Entry, Form
from gateway.portal.frame import Frame
from gateway.portal.initials import Initials
from gateway.portal.tools import tools_of
from gateway.portal.visit import VISITOR
from gateway.service import Gateway
from schemas.codes import Code
from schemas.findings import Finding
from schemas.times import local_day, micros, to_wire

MANY = 60
"""Codes of a list that is shown as a list; of a longer one the code is typed."""


class FormView:
    """One per process."""

    def __init__(self, gateway: Gateway, frame: Frame, initials: Initials) -> None:
        self._gateway, self._frame, self._initials = gateway, frame, initials

    async def page(
        self,
        request: web.Request,
        start: Start,
        sheet: Sheet,
        findings: Sequence[Finding] = (),
        *,
        status: int = 200,
        lacks: Sequence[Finding] = (),
        unknown: Collection[str] = (),
        fresh: bool = False,
        loaded: bool = False,
    ) -> web.Response:
        """Return the form.

        ``lacks``: what a draft needs before it can be declared; ``unknown``: codes of enterprises
        that nobody is registered under; ``fresh``: all that stands in it was offered, nothing was
        typed; ``loaded``: it came from a file.
        """
        form = start.form
        wrong: dict[str, list[Finding]] = {}
        for each in findings:
            if each.is_error:
                wrong.setdefault(_key(each, form), []).append(each)
        options = {entry.key: self._options(entry) for entry in form.entries if entry.codes}
        names = [code.zh for codes in options.values() for code in codes]
        record = await self._gateway.queries.record(request[VISITOR].enterprise)
        return self._frame.page(
            request,
            "form.html",
            status=status,
            form=form,
            sheet=sheet,
            filing=start.filing,
            tools=tools_of(form, start.name, start.filing),
            opened=opened(sheet.opened),
            wrong=wrong,
            lacks={_key(each, form) for each in lacks if each.is_error},
            unknown=unknown,
            options=options,
            initials=await self._initials.of(names),
            kept=offered_by(record.rows),
            fresh=fresh,
            loaded=loaded,
            shown=shown,
            in_words=in_words,
            in_place=_in_place,
            why=self._why,
        )

    def question(self, request: web.Request, form: Form, sheet: Sheet, body: bytes) -> web.Response:
        """Return what is asked back before a declaration."""
        return self._frame.page(
            request,
            "declare.html",
            form=form,
            sheet=sheet,
            opened=opened(sheet.opened),
            amount=sheet.values.get(form.ask, ""),
            words=in_words(sheet.values.get(form.ask, "")),
            shown=shown,
            body=body.decode(),
        )

    async def codes(self, request: web.Request) -> web.StreamResponse:
        """Answer with a code list of today, for a field that one types into: code, name, and what
        else it is found by."""
        name, english = request.match_info["name"], request[VISITOR].english
        if name not in self._gateway.codes.names():
            raise not_found(name, "代码表", "code list")
        codes = self._today(name)
        initials = await self._initials.of(code.zh for code in codes)
        return json(
            [
                (code.code, code.en if english else code.zh, f"{initials[code.zh]} {code.zh}")
                for code in codes
            ]
        )

    def _options(self, entry: Entry) -> list[Code]:
        """Return the codes of today; empty for a list too long to be shown as one."""
        codes = self._today(entry.codes)
        return codes if len(codes) <= MANY else []

    def _today(self, name: str) -> list[Code]:
        self._gateway.codes.refresh()
        today = local_day(self._gateway.clock.now())
        return [code for code in self._gateway.codes.list(name) if code.valid_on(today)]

    def _why(self, entry: Entry, form: Form, english: bool) -> str:
        """Return why a field is locked while it is: the choices that open it, or what fills it."""
        if entry.by:
            return "filled in by the code" if english else "按企业编码反填"
        parts = []
        for name, wanted in entry.when.items():
            chooser = next((each for each in form.entries if each.key == name), None)
            label = self._gateway.intake.schemas.labels.get(name)
            codes = chooser.codes if chooser else ""
            code = self._gateway.codes.find(codes, wanted) if codes else None
            told = name if label is None else label.label_en if english else label.label_zh
            value = wanted if code is None else code.en if english else code.zh
            parts.append(f"{told} = {value}" if english else f"{told}为{value}")
        both = " and ".join(parts) if english else "且".join(parts)
        return f"only where {both}" if english else f"仅在{both}时填写"


def opened(at: datetime) -> str:
    """Return when a form was opened, as it travels with the form."""
    return to_wire(micros(at) // 1_000_000 * 1_000_000)


def _key(each: Finding, form: Form) -> str:
    """Return the field of the form that a finding is about; what it is about elsewhere."""
    for entry in form.entries:
        if entry.part and entry.name == each.field and f"/{entry.part}" in (each.path or ""):
            return entry.key
    return each.field or ""


def _in_place(each: Finding, english: bool) -> str:
    """Return what a finding says, without the element and the line: it stands at its field."""
    text = each.message_en if english else each.message_zh
    return text.partition(": ")[2] or text if each.line else text
