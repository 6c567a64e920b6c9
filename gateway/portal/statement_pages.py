"""财务对账: one statement of account beside the gateway's own movements, and the answer to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiohttp import web

from gateway.api.http import ProblemError, not_found, whole_number
from gateway.base.web.addresses import segment
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.live import only_asks
from gateway.portal import reconciling
from gateway.portal.frame import Frame
from gateway.portal.handing_in import HandingIn
from gateway.portal.page import HOME, Page
from gateway.portal.reconciling import Row
from gateway.portal.visit import VISITOR
from gateway.portal.workdays import days_left
from gateway.queries.filters import Filter
from gateway.queries.shapes import DeclarationOut
from gateway.queries.statement_shapes import StatementDetail
from gateway.service import Gateway
from handlers.lifecycle import EDITABLE, Status
from schemas.filing import encode_filing
from schemas.findings import Finding

CODE, BODY, ROWS = "GRT161", "GrtReconRsltBsc", "GrtReconDiffDt"
AGREE, DIFFER = "agree", "differ"
_ACT = re.compile(r"(add|drop|dispute)(?:-(.{1,64}))?")
_ROW = re.compile(r"/GrtReconDiffDt(?:\[([0-9]+)\])?(?:/|$)")


class StatementPages:
    """The list, one statement, and its answer."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame
        self._handing = HandingIn(gateway)

    def pages(self) -> list[Page]:
        return [
            Page(path="/statements", handle=self.every),
            Page(path="/statements/{statement_no}", handle=self.show, asked=("version",)),
            Page(
                path="/statements/{statement_no}",
                handle=self.sent,
                method="POST",
                asked=("version",),
                asks=True,
            ),
        ]

    async def every(self, request: web.Request) -> web.StreamResponse:
        found = await self._gateway.queries.statements(request[VISITOR].own.enterprises)
        now = self._gateway.clock.now()
        return self._frame.page(
            request,
            "statements.html",
            found=found,
            days={
                (each.statement_no, each.version): days_left(now, each.answer_by)
                for each in found.items
                if each.answer_by and not each.answered
            },
        )

    async def show(self, request: web.Request) -> web.StreamResponse:
        detail = await self._detail(request)
        return await self._page(request, detail, reconciling.found_by(detail))

    async def sent(self, request: web.Request) -> web.StreamResponse:
        detail, form = await self._detail(request), await form_of(request)
        act, rows = form.get("act", ""), reconciling.from_form(form)
        asking = act == AGREE and detail.statement.differences and form.get("sure") != "yes"
        if only_asks(request) and not asking:
            return web.Response(status=204)
        if asking:
            return self._frame.page(
                request, "agree.html", detail=detail, message_id=form.get("message_id", "")
            )
        if act not in (AGREE, DIFFER):
            return await self._page(request, detail, self._changed(detail, rows, act))
        rows = [] if act == AGREE else rows
        enterprise = self._gateway.registry.enterprises[request[VISITOR].enterprise]
        registered = {
            "assuredEtpsno": enterprise.code,
            "assuredEtpsNm": enterprise.name,
            "assuredEtpsSccd": enterprise.credit_code,
        }
        body = self._handing.package(
            CODE,
            encode_filing(
                BODY,
                reconciling.body_of(detail, registered, rows, agreed=act == AGREE),
                {ROWS: reconciling.parts_of(rows)},
            ),
            enterprise=enterprise.code,
            message_id=form.get("message_id", "")[:64],
            reference=reconciling.reference_of(detail),
        )
        try:
            taken = await self._handing.take(body, request[VISITOR].own)
        except ProblemError as problem:
            if problem.status >= 500:
                raise
            return await self._page(request, detail, rows, problem)
        zh, en = ("已申报", "declared before") if taken.duplicate else ("申报成功", "declared")
        said = (f"{zh}, 统一编号 {taken.seq_no}", f"{en}, {taken.seq_no}")
        place = f"{HOME}/statements/{segment(detail.statement.statement_no)}"
        return self._frame.back(place, good=True, lines=[said])

    def _changed(self, detail: StatementDetail, rows: list[Row], act: str) -> list[Row]:
        """Return the rows with one more or one less."""
        match = _ACT.fullmatch(act)
        does, what = (match[1], match[2] or "") if match else ("", "")
        if does == "drop" and what.isascii() and what.isdigit() and int(what) < len(rows):
            del rows[int(what)]
        if len(rows) >= reconciling.MOST:
            return rows
        if does == "add":
            rows.append(reconciling.empty())
        if does == "dispute" and what not in {row["mvmtNo"] for row in rows}:
            rows += [reconciling.row_of(line, {}) for line in detail.lines if line.mvmt_no == what]
        return rows

    async def _detail(self, request: web.Request) -> StatementDetail:
        number = request.match_info["statement_no"]
        version = whole_number(request, "version", None, low=1, high=10**9)
        own = request[VISITOR].own
        found = await self._gateway.queries.statement(number, version, own.enterprises)
        if found is None:
            raise not_found(number, "对账单", "statement")
        return found

    async def _page(
        self,
        request: web.Request,
        detail: StatementDetail,
        rows: Sequence[Row],
        problem: ProblemError | None = None,
    ) -> web.Response:
        own, statement = request[VISITOR].own, detail.statement
        newest = await self._gateway.queries.statement(
            statement.statement_no, None, own.enterprises
        )
        answers = await self._answers(request, detail)
        open_ = not any(Status(each.status) not in EDITABLE for each in answers)
        wrong: dict[tuple[str, int, str], list[Finding]] = {}
        for each in problem.findings if problem else ():
            match = _ROW.search(each.path or "")
            place = ("diff", int(match[1] or 1) - 1) if match else ("", 0)
            wrong.setdefault((*place, each.field or ""), []).append(each)
        latest = newest is not None and newest.statement.version == statement.version
        now = self._gateway.clock.now()
        return self._frame.page(
            request,
            "statement.html",
            status=problem.status if problem else 200,
            detail=detail,
            head=reconciling.head_of(detail),
            kinds=reconciling.KINDS,
            rows=rows,
            answers=answers,
            may_answer=latest and open_ and not statement.answered,
            latest=latest,
            days=days_left(now, statement.answer_by) if statement.answer_by else None,
            message_id=self._handing.new_id(request[VISITOR].enterprise),
            wrong=wrong,
            problem=problem,
        )

    async def _answers(self, request: web.Request, detail: StatementDetail) -> list[DeclarationOut]:
        """Return the filings that answer this version of the statement, newest first."""
        found = await self._gateway.queries.declarations(
            Filter(enterprises=request[VISITOR].own.enterprises, message_types=(CODE,))
        )
        wanted = detail.statement.statement_no, str(detail.statement.version)
        return [
            each
            for each in found.items
            if (each.fields.get("stmtNo"), each.fields.get("stmtVersion")) == wanted
        ]
