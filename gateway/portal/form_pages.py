"""The forms: opened empty, from a register or from a draft; saved and declared through the same
intake as any message."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from gateway.api.declarations import withdrawn_by
from gateway.api.http import ProblemError, not_found, seq_no_of
from gateway.api.messages import check, keep, refused, take
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.live import only_asks
from gateway.filing.taken import Taken
from gateway.portal.amounts import in_words
from gateway.portal.beginning import Beginning, Start
from gateway.portal.composing import Sheet, entered, shown, xml_of
from gateway.portal.forms import FORMS, Entry, Form
from gateway.portal.frame import Frame
from gateway.portal.page import HOME, Handle, Page
from gateway.portal.visit import VISITOR
from gateway.service import Gateway
from schemas.catalogue import catalogue
from schemas.findings import Finding
from schemas.package import Envelope
from schemas.times import SHANGHAI, from_wire, moment, to_wire

SAVE, DECLARE, FILL, BACK = "save", "declare", "fill", "back"
"""What the buttons of a form ask for."""
MANY = 60
"""Codes of a list that is shown as a list; of a longer one the code is typed."""


class FormPages:
    """One page for each form, one to correct a filing, one to withdraw it."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame
        self._beginning = Beginning(gateway)

    def pages(self) -> list[Page]:
        addresses = (
            ("/guarantees/new", ("of",), "guarantees/new"),
            ("/guarantees/change", ("of",), "guarantees/change"),
            ("/levies/{of}/confirm", (), "levies/confirm"),
            ("/refunds/new", ("of",), "refunds/new"),
            ("/refunds/carry", ("of",), "refunds/carry"),
            ("/declarations/{seq_no}/edit", (), ""),
        )
        return [
            *(
                Page(path=path, handle=handle, method=method, asked=asked, asks=method == "POST")
                for path, asked, form in addresses
                for method, handle in (("GET", self._opened(form)), ("POST", self._sent(form)))
            ),
            Page(path="/declarations/{seq_no}/delete", handle=self.asked_to_delete),
            Page(path="/declarations/{seq_no}/delete", handle=self.delete, method="POST"),
        ]

    def _opened(self, name: str) -> Handle:
        async def handle(request: web.Request) -> web.StreamResponse:
            start = await self._beginning.of(request, name)
            form, visitor = FORMS[start.form], request[VISITOR]
            sheet = Sheet(
                values=entered(form, start.values, {}),
                seq_no=start.seq_no,
                message_id=self._new_id(visitor.enterprise),
                opened=self._gateway.clock.now(),
            )
            return await self._page(request, form, sheet)

        return handle

    def _sent(self, name: str) -> Handle:
        async def handle(request: web.Request) -> web.StreamResponse:
            start, given = await self._beginning.of(request, name), await form_of(request)
            form, act = FORMS[start.form], given.get("act", SAVE)
            sheet = self._sheet(start, form, given)
            if only_asks(request) and (act != DECLARE or given.get("sure") == "yes"):
                return web.Response(status=204)
            if act in (FILL, BACK):
                return await self._page(request, form, sheet)
            declares = act == DECLARE
            if not declares:  # each save is a message of its own
                sheet = replace(sheet, message_id=self._new_id(request[VISITOR].enterprise))
            body, own = self._xml(form, sheet, declares, request), request[VISITOR].own
            checked = await check(self._gateway, body, own, None)
            try:
                if isinstance(checked, tuple):
                    raise refused(self._gateway, checked)
                if declares and given.get("sure") != "yes":
                    return self._question(request, form, sheet, body)
                taken = await take(self._gateway, checked, own)
            except ProblemError as problem:
                if only_asks(request):  # the form itself is told what is wrong
                    return web.Response(status=204)
                if problem.status >= 500:
                    raise
                await keep(self._gateway, own, body, len(body), problem)
                return await self._page(request, form, sheet, problem)
            return self._done(taken, declares)

        return handle

    def _sheet(self, start: Start, form: Form, given: Mapping[str, str]) -> Sheet:
        """Return the form as it was sent. What it is about is read anew: it may have changed."""
        values = entered(form, start.values, given)
        payer = self._gateway.registry.enterprises.get(values.get("pmnEtpsno", ""))
        if payer is not None:
            values |= {"pmnEtpsNm": payer.name, "pmnEtpsSccd": payer.credit_code}
        return Sheet(
            values=values,
            seq_no=start.seq_no,
            message_id=given.get("message_id", "")[:64],
            opened=_moment(given.get("opened", "")) or self._gateway.clock.now(),
        )

    def _xml(self, form: Form, sheet: Sheet, declares: bool, request: web.Request) -> bytes:
        row = catalogue()[form.message_type]
        sender = self._gateway.registry.enterprises[request[VISITOR].enterprise].dxp_id
        fields = self._gateway.intake.schemas.fields(row.code, row.body)
        return xml_of(
            form,
            sheet,
            fields,
            row.body,
            flag="1" if declares else "0",
            envelope=Envelope(
                message_id=sheet.message_id,
                message_type=row.code,
                sender_id=sender,
                receiver_id=self._gateway.settings.customs_node,
                send_time=sheet.opened.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S"),
                business_id=sheet.values.get("etpsPreentNo", ""),
                file_name=f"{sheet.message_id}.GRT",
            ),
        )

    async def _page(
        self, request: web.Request, form: Form, sheet: Sheet, problem: ProblemError | None = None
    ) -> web.Response:
        known = {entry.key for entry in form.entries}
        wrong: dict[str, list[Finding]] = {}
        for each in problem.findings if problem else ():
            wrong.setdefault(_key(each, form), []).append(each)
        return self._frame.page(
            request,
            "form.html",
            status=problem.status if problem else 200,
            form=form,
            sheet=sheet,
            opened=to_wire(_micros(sheet.opened)),
            wrong=wrong,
            elsewhere=[f for key, found in wrong.items() if key not in known for f in found],
            problem=problem,
            own=await self._beginning.offered(request),
            options={entry.key: self._options(entry) for entry in form.entries if entry.codes},
            shown=shown,
            in_words=in_words,
            in_place=_in_place,
        )

    def _question(
        self, request: web.Request, form: Form, sheet: Sheet, body: bytes
    ) -> web.Response:
        return self._frame.page(
            request,
            "declare.html",
            form=form,
            sheet=sheet,
            opened=to_wire(_micros(sheet.opened)),
            amount=sheet.values.get(form.ask, ""),
            words=in_words(sheet.values.get(form.ask, "")),
            shown=shown,
            body=body.decode(),
        )

    def _done(self, taken: Taken, declares: bool) -> web.Response:
        number = str(taken.seq_no)
        if not declares:
            missing = len(taken.warnings)
            more_zh = f"; 申报前需补 {missing} 项" if missing else ""
            more_en = f"; {missing} things are missing for a declaration" if missing else ""
            said = (f"暂存成功, 统一编号 {number}{more_zh}", f"saved as {number}{more_en}")
            return self._frame.back(f"{HOME}/declarations/{number}/edit", good=True, lines=[said])
        said = (
            (f"已申报, 统一编号 {number}", f"declared before, {number}")
            if taken.duplicate
            else (f"申报成功, 统一编号 {number}", f"declared as {number}")
        )
        return self._frame.back(f"{HOME}/declarations/{number}", good=True, lines=[said])

    def _options(self, entry: Entry) -> list[object]:
        """Return the codes of today; empty for a list too long to be shown as one."""
        self._gateway.codes.refresh()
        today = self._gateway.clock.now().astimezone(SHANGHAI).date()
        codes = [c for c in self._gateway.codes.list(entry.codes) if c.valid_on(today)]
        return list(codes) if len(codes) <= MANY else []

    def _new_id(self, enterprise: str) -> str:
        sender = self._gateway.registry.enterprises[enterprise].dxp_id
        now = self._gateway.clock.now().astimezone(SHANGHAI)
        return (
            f"{sender}{self._gateway.settings.customs_node}{now:%Y%m%d%H%M%S}"
            f"{secrets.randbelow(10**11):011d}"
        )

    async def asked_to_delete(self, request: web.Request) -> web.StreamResponse:
        found = await self._gateway.queries.declaration(
            seq_no_of(request), request[VISITOR].own.enterprises
        )
        if found is None:
            raise not_found(request.match_info["seq_no"])
        return self._frame.page(request, "delete.html", filing=found)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        number = seq_no_of(request)
        await withdrawn_by(self._gateway, number, request[VISITOR].own.enterprises)
        said = (f"已删除 {number}", f"{number} was deleted")
        return self._frame.back(HOME, good=True, lines=[said])


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


def _moment(text: str) -> datetime | None:
    try:
        return moment(from_wire(text))
    except ValueError:
        return None


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000
