"""The forms: opened empty, from a register or from a draft; saved and declared through the same
intake as any message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl

from aiohttp import web

from gateway.api.declarations import withdrawn_by
from gateway.api.http import ProblemError, not_found, seq_no_of
from gateway.api.messages import check, keep, refused, take
from gateway.base.web.addresses import segment
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.live import only_asks
from gateway.base.workplaces import TookTooLong
from gateway.filing.taken import Taken
from gateway.portal.beginning import FRESH, Beginning, Start
from gateway.portal.composing import Sheet, entered, looked_up, xml_of
from gateway.portal.fields import Form
from gateway.portal.form_view import FormView
from gateway.portal.frame import Frame
from gateway.portal.handing_in import HandingIn
from gateway.portal.loading import values_in
from gateway.portal.made import FOLDER
from gateway.portal.page import HOME, Handle, Page
from gateway.portal.visit import VISITOR
from gateway.queries.shapes import DeclarationOut
from gateway.service import Gateway
from schemas.catalogue import catalogue
from schemas.findings import Finding, Refused, finding
from schemas.times import from_wire, moment

SAVE, DECLARE, FILL, LOOK, BACK = "save", "declare", "fill", "look", "back"
EXPORT, LOAD, SET = "xml", "load", "set"
"""What the buttons of a form ask for."""


class FormPages:
    """One page for each form, one to correct a filing, one to withdraw it."""

    def __init__(
        self, gateway: Gateway, frame: Frame, view: FormView, forms: Mapping[str, Form]
    ) -> None:
        self._gateway, self._frame, self._view = gateway, frame, view
        self._beginning, self._handing = Beginning(gateway, forms), HandingIn(gateway)
        self._made = any(name.startswith(f"{FOLDER}/") for name in forms)

    def pages(self) -> list[Page]:
        addresses = (
            ("/guarantees/new", ("of",), "guarantees/new"),
            ("/guarantees/change", ("of",), "guarantees/change"),
            ("/levies/{of}/confirm", (), "levies/confirm"),
            ("/refunds/new", ("of",), "refunds/new"),
            ("/refunds/carry", ("of",), "refunds/carry"),
            ("/declarations/{seq_no}/edit", (FRESH,), ""),
            *(((f"/{FOLDER}/{{code}}", (), FOLDER),) if self._made else ()),
        )
        return [
            *(
                Page(path=path, handle=handle, method=method, asked=asked, asks=method == "POST")
                for path, asked, form in addresses
                for method, handle in (("GET", self._opened(form)), ("POST", self._sent(form)))
            ),
            Page(path="/declarations/{seq_no}/delete", handle=self.asked_to_delete),
            Page(path="/declarations/{seq_no}/delete", handle=self.delete, method="POST"),
            Page(path="/codes/{name}", handle=self._view.codes),
        ]

    def _opened(self, name: str) -> Handle:
        async def handle(request: web.Request) -> web.StreamResponse:
            if not name and (ended := await self._beginning.ended(request)):
                return self._ended(ended, declared=False)
            start = await self._beginning.of(request, name)
            form, visitor = start.form, request[VISITOR]
            sheet = Sheet(
                values=entered(form, start.values, {}),
                seq_no=start.seq_no,
                message_id=self._handing.new_id(visitor.enterprise),
                opened=self._gateway.clock.now(),
            )
            lacks: tuple[Finding, ...] = ()
            if start.filing is not None:  # a draft that lacks something is not wrong
                lacks = await self._wrong(request, form, sheet)
            return await self._view.page(request, start, sheet, lacks=lacks, fresh=not start.seq_no)

        return handle

    def _sent(self, name: str) -> Handle:
        async def handle(request: web.Request) -> web.StreamResponse:
            given = await form_of(request)
            before = await self._declared_before(request, given)
            if before is not None:
                return before
            if not name and (ended := await self._beginning.ended(request)):
                return self._ended(ended, declared=given.get("act") == DECLARE)
            start = await self._beginning.of(request, name)
            if SET in given:  # a button that writes into the form
                given = {**given, **dict(parse_qsl(given[SET])), "act": FILL}
            form, act = start.form, given.get("act", SAVE)
            if act == LOAD:
                return await self._loaded(request, start)
            sheet = self._sheet(start, given, request)
            if only_asks(request) and (act != DECLARE or given.get("sure") == "yes"):
                return web.Response(status=204)
            if act in (FILL, BACK):
                return await self._view.page(
                    request, start, sheet, unknown=self._unknown(form, sheet)
                )
            if act == LOOK:
                found = await self._wrong(request, form, sheet)
                unknown = self._unknown(form, sheet)
                return await self._view.page(request, start, sheet, found, unknown=unknown)
            if act == EXPORT:
                return _file(self._xml(form, sheet, True, request), sheet.message_id)
            declares = act == DECLARE
            if not declares:  # each save is a message of its own
                sheet = replace(sheet, message_id=self._handing.new_id(request[VISITOR].enterprise))
            body, own = self._xml(form, sheet, declares, request), request[VISITOR].own
            checked = await check(self._gateway, body, own, None)
            try:
                if isinstance(checked, tuple):
                    raise refused(self._gateway, checked)
                if declares and given.get("sure") != "yes":
                    return self._view.question(request, form, sheet, body)
                taken = await take(self._gateway, checked, own)
            except ProblemError as problem:
                if only_asks(request):  # the form itself is told what is wrong
                    return web.Response(status=204)
                if problem.status >= 500:
                    raise
                await keep(self._gateway, own, body, len(body), problem)
                return await self._view.page(
                    request, start, sheet, problem.findings, status=problem.status
                )
            return self._done(taken, declares)

        return handle

    async def _declared_before(
        self, request: web.Request, given: Mapping[str, str]
    ) -> web.Response | None:
        """Return the way to the filing of a form that was declared already: by another click, a
        reload, the way back. What it began with may have changed since; None for a new one."""
        if given.get("act") != DECLARE or only_asks(request):
            return None
        own = request[VISITOR].own
        name = given.get("message_id", "")
        found = await self._gateway.queries.message(name, own.operator, own.enterprises)
        number = found[0].seq_no if found else None
        if number is None:
            return None
        said = (f"已申报, 统一编号 {number}", f"declared before, {number}")
        return self._frame.back(f"{HOME}/declarations/{number}", good=True, lines=[said])

    async def _wrong(self, request: web.Request, form: Form, sheet: Sheet) -> tuple[Finding, ...]:
        """Return what a declaration of the form as it stands would be refused for. Nothing is
        stored."""
        body = self._xml(form, sheet, True, request)
        checked = await check(self._gateway, body, request[VISITOR].own, None)
        return checked if isinstance(checked, tuple) else ()

    async def _loaded(self, request: web.Request, start: Start) -> web.Response:
        """Return the form with what the file of a message says. Locked fields stay as they are."""
        form, visitor = start.form, request[VISITOR]
        sheet = self._sheet(start, {}, request)
        sheet = replace(sheet, message_id=self._handing.new_id(visitor.enterprise))
        file = (await request.post()).get("file")
        body = file.file.read() if isinstance(file, web.FileField) else b""
        context = self._gateway.context(visitor.own)
        try:
            given = await self._gateway.checking.run(
                visitor.own.key, lambda: values_in(self._gateway, body, context, form, sheet.values)
            )
        except Refused as refusal:
            problem = refused(self._gateway, refusal.findings)
            return await self._view.page(
                request, start, sheet, problem.findings, status=problem.status
            )
        except TookTooLong:
            wanted = f"{self._gateway.checking.budget:g}"
            return await self._view.page(
                request, start, sheet, [finding("GUARD.08", wanted=wanted)], status=422
            )
        filled = self._sheet(start, given, request)
        return await self._view.page(
            request, start, replace(filled, message_id=sheet.message_id), loaded=True
        )

    def _sheet(self, start: Start, given: Mapping[str, str], request: web.Request) -> Sheet:
        """Return the form as it was sent. What it is about is read anew: it may have changed."""
        form = start.form
        looked = [each.key for each in form.entries if each.looks]
        values = looked_up(
            form,
            entered(form, start.values, given),
            self._gateway.registry.enterprises,
            chosen=request[VISITOR].enterprise,
            asked=looked if given.get("act") == FILL else [given.get("looked", "")],
        )
        return Sheet(
            values=values,
            seq_no=start.seq_no,
            message_id=given.get("message_id", "")[:64],
            opened=_moment(given.get("opened", "")) or self._gateway.clock.now(),
        )

    def _unknown(self, form: Form, sheet: Sheet) -> set[str]:
        """Return the fields with a code that no enterprise is registered under."""
        known = self._gateway.registry.enterprises
        looked = ((each.key, sheet.values.get(each.key, "")) for each in form.entries if each.looks)
        return {key for key, code in looked if code and code not in known}

    def _xml(self, form: Form, sheet: Sheet, declares: bool, request: web.Request) -> bytes:
        row = catalogue()[form.message_type]
        fields = self._gateway.intake.schemas.fields(row.code, row.body)
        return xml_of(
            form,
            sheet,
            fields,
            row.body,
            flag="1" if declares else "0",
            envelope=self._handing.envelope(
                row.code,
                enterprise=request[VISITOR].enterprise,
                message_id=sheet.message_id,
                reference=sheet.values.get("etpsPreentNo", ""),
                at=sheet.opened,
            ),
        )

    def _ended(self, filing: DeclarationOut, *, declared: bool) -> web.Response:
        """Return the way to a filing that its form has left: by a second click, a reload, or the
        way back."""
        number, zh, en = filing.seq_no, filing.status_text, filing.status
        said = (
            (f"已申报, 统一编号 {number}", f"declared before, {number}")
            if declared
            else (
                f"统一编号 {number} 当前状态“{zh}”, 不能修改",
                f"{number} is {en} and cannot be edited",
            )
        )
        return self._frame.back(f"{HOME}/declarations/{number}", good=declared, lines=[said])

    def _done(self, taken: Taken, declares: bool) -> web.Response:
        number = str(taken.seq_no)
        if not declares:
            missing = sum(each.code != "X.10" for each in taken.warnings)  # that counts the others
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


def _file(body: bytes, name: str) -> web.Response:
    """Return a message as a file to take away."""
    return web.Response(
        body=body,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{segment(name)}.xml"'},
    )


def _moment(text: str) -> datetime | None:
    try:
        return moment(from_wire(text))
    except ValueError:
        return None
