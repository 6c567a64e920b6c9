"""信息维护: the contacts, payer units and accounts of the enterprise, filed as one record."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from aiohttp import web

from gateway.api.http import ProblemError
from gateway.base.web.pages.forms import form_of
from gateway.portal import record
from gateway.portal.frame import Frame
from gateway.portal.handing_in import HandingIn
from gateway.portal.page import HOME, Page
from gateway.portal.record import Tables
from gateway.portal.visit import VISITOR
from gateway.queries.filters import Filter
from gateway.queries.shapes import DeclarationOut
from gateway.service import Gateway
from handlers.lifecycle import EDITABLE, Status
from schemas.filing import encode_filing, parts_of
from schemas.findings import Finding
from schemas.package import open_package
from schemas.times import SHANGHAI

CODE, BODY = "GRT151", "GrtEtpsInfoBsc"
SAVE, DECLARE = "save", "declare"
OWN = ("etpsAddr", "rmk")
"""What the enterprise writes of the body itself."""
_ACT = re.compile(r"(add|drop)-(contacts|payers|accounts)(?:-([0-9]{1,3}))?")
_ROW = re.compile(r"/(GrtEtpsConcDt|GrtEtpsAcctDt)(?:\[([0-9]+)\])?(?:/|$)")
Wrong = dict[tuple[str, int, str], list[Finding]]
"""What is wrong, by table, row and element."""


class InfoPages:
    """The page: shown, changed row by row, saved and declared."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame
        self._handing = HandingIn(gateway)

    def pages(self) -> list[Page]:
        return [
            Page(path="/info", handle=self.show),
            Page(path="/info", handle=self.sent, method="POST"),
        ]

    async def show(self, request: web.Request) -> web.StreamResponse:
        latest = await self._latest(request)
        enterprise = request[VISITOR].enterprise
        approved = await self._gateway.queries.record(enterprise)
        fields, tables = approved.fields, record.from_rows(approved.rows)
        if latest is not None and Status(latest.status) in EDITABLE:
            fields, tables = latest.fields, record.from_rows(await self._rows(request, latest))
        given = {
            "message_id": self._handing.new_id(enterprise),
            "etpsPreentNo": self._reference(latest),
            **{name: fields.get(name, "") for name in OWN},
        }
        return await self._page(request, given, tables, latest)

    async def sent(self, request: web.Request) -> web.StreamResponse:
        form, own = await form_of(request), request[VISITOR].own
        tables = record.from_form(form, self._gateway.registry.enterprises)
        act, latest = form.get("act", SAVE), await self._latest(request)
        if change := _ACT.fullmatch(act):
            does, table, at = change.groups()
            if does == "add":
                tables.add(table)
            else:
                tables.drop(table, int(at or 0))
        message_id = form.get("message_id", "")[:64]
        if act != DECLARE:  # each save is a message of its own
            message_id = self._handing.new_id(request[VISITOR].enterprise)
        given = {name: form.get(name, "") for name in (*OWN, "etpsPreentNo", "message_id")}
        body, places = self._body(
            request, given | {"message_id": message_id}, tables, latest, flag=act != SAVE
        )
        if act not in (SAVE, DECLARE):  # the checks look at what is there so far
            found = await self._handing.findings(body, own)
            return await self._page(
                request, given, tables, latest, _wrong(found, places, filled=tables)
            )
        try:
            taken = await self._handing.take(body, own)
        except ProblemError as problem:
            if problem.status >= 500:
                raise
            return await self._page(
                request, given, tables, latest, _wrong(problem.findings, places), problem
            )
        number = str(taken.seq_no)
        missing = sum(each.code != "X.10" for each in taken.warnings)  # that counts the others
        zh, en = (
            ("已申报", "declared before")
            if taken.duplicate
            else ("申报成功", "declared")
            if act == DECLARE
            else (f"暂存成功; 申报前需补 {missing} 项", f"saved; {missing} to complete")
            if missing
            else ("暂存成功", "saved")
        )
        said = (f"{zh}, 统一编号 {number}", f"{en}, {number}")
        return self._frame.back(f"{HOME}/info", good=True, lines=[said])

    async def _page(
        self,
        request: web.Request,
        given: Mapping[str, str],
        tables: Tables,
        latest: DeclarationOut | None,
        wrong: Wrong | None = None,
        problem: ProblemError | None = None,
    ) -> web.Response:
        enterprise = self._gateway.registry.enterprises[request[VISITOR].enterprise]
        approved = await self._gateway.queries.record(enterprise.code)
        under_way = latest is not None and Status(latest.status) not in (*EDITABLE, Status.APPROVED)
        return self._frame.page(
            request,
            "info.html",
            status=problem.status if problem else 200,
            given=given,
            tables=tables,
            columns=record.COLUMNS,
            most=record.MOST,
            enterprise=enterprise,
            version=approved.fields.get("version", ""),
            since=approved.fields.get("lastUpdateTime", ""),
            latest=latest,
            under_way=under_way,
            wrong=wrong or {},
            problem=problem,
        )

    def _body(
        self,
        request: web.Request,
        given: Mapping[str, str],
        tables: Tables,
        latest: DeclarationOut | None,
        *,
        flag: bool,
    ) -> tuple[bytes, dict[str, list[tuple[str, int]]]]:
        """Return the message, and of which rows of the page its rows are."""
        enterprise = self._gateway.registry.enterprises[request[VISITOR].enterprise]
        corrects = latest is not None and (
            Status(latest.status) in EDITABLE and latest.enterprise_ref == given["etpsPreentNo"]
        )
        parts, places = record.parts_of(tables)
        fields = {
            "etpsPreentNo": given["etpsPreentNo"],
            "chgTmsCnt": "0",
            "assuredEtpsno": enterprise.code,
            "assuredEtpsNm": enterprise.name,
            "assuredEtpsSccd": enterprise.credit_code,
            "masterCuscd": enterprise.customs,
            "etpsAddr": given["etpsAddr"],
            "dclTime": "",
            "version": "",
            "lastUpdateTime": "",
            "rmk": given["rmk"],
        }
        business = encode_filing(
            BODY,
            fields,
            {name: tuple(rows) for name, rows in parts.items()},
            flag="1" if flag else "0",
            seq_no=latest.seq_no if corrects and latest is not None else None,
        )
        return self._handing.package(
            CODE,
            business,
            enterprise=enterprise.code,
            message_id=given["message_id"],
            reference=given["etpsPreentNo"],
        ), places

    def _reference(self, latest: DeclarationOut | None) -> str:
        """Return the reference of the filing that is corrected; a new one otherwise."""
        if latest is not None and Status(latest.status) in EDITABLE:
            return latest.enterprise_ref
        now = self._gateway.clock.now().astimezone(SHANGHAI)
        return f"W{now:%Y%m%d-%H%M%S}-{secrets.randbelow(10**4):04d}"

    async def _latest(self, request: web.Request) -> DeclarationOut | None:
        """Return the newest filing of the record; None without one."""
        found = await self._gateway.queries.declarations(
            Filter(enterprises=request[VISITOR].own.enterprises, message_types=(CODE,), limit=1)
        )
        return found.items[0] if found.items else None

    async def _rows(
        self, request: web.Request, filing: DeclarationOut
    ) -> dict[str, tuple[Mapping[str, str], ...]]:
        own = request[VISITOR].own
        found = await self._gateway.queries.message(
            filing.message_id or "", own.operator, own.enterprises
        )
        if found is None:
            return {}
        business = open_package(self._gateway.intake.reader.read(found[1])).business
        return next((parts_of(holder) for holder in business.iterchildren("GrtMessage")), {})


def _wrong(
    findings: tuple[Finding, ...],
    places: Mapping[str, list[tuple[str, int]]],
    *,
    filled: Tables | None = None,
) -> Wrong:
    """Return the findings by the place on the page that they are about; those about no row under
    the table "". ``filled``: only what was entered is told, not what is still empty."""
    wrong: Wrong = {}
    for each in findings:
        name = each.field or ""
        place = ("", 0)
        if match := _ROW.search(each.path or ""):
            rows, at = places[match[1]], int(match[2] or 1) - 1
            place = rows[at] if at < len(rows) else place
        if filled is not None and not (place[0] and filled.of(place[0])[place[1]].values.get(name)):
            continue
        wrong.setdefault((*place, name), []).append(each)
    return wrong
