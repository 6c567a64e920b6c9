"""/enterprises and /codelists: auto-fill and drop-downs."""

from __future__ import annotations

from aiohttp import web

from gateway.api.http import GATEWAY, Route, bad_parameter, caller_of, json, not_found, whole_number
from gateway.base.web.openapi import Parameter
from gateway.queries.form_shapes import FormList
from gateway.queries.locking import forms
from gateway.queries.shapes import CodeList, CodeOut, EnterpriseOut, Names, Problem
from gateway.queries.statement_shapes import StatementDetail, StatementList
from schemas.codes import UnknownCodeList
from schemas.times import SPAN, day_named, local_day


async def enterprise(request: web.Request) -> web.StreamResponse:
    caller = await caller_of(request)
    code = request.match_info["code"]
    known = request.app[GATEWAY].registry.enterprises.get(code)
    if known is None:
        raise not_found(code, "企业海关编码", "enterprise")
    if code not in caller.enterprises:
        return json(EnterpriseOut(code=known.code, name=known.name, credit_code=known.credit_code))
    held = await request.app[GATEWAY].queries.record(code)
    record, rows = held
    return json(
        EnterpriseOut(
            code=known.code,
            name=known.name,
            credit_code=known.credit_code,
            customs=known.customs,
            dxp_id=known.dxp_id,
            agents=tuple(sorted(known.agents)),
            record=record or None,
            contacts=rows.get("GrtEtpsConcDt"),
            accounts=rows.get("GrtEtpsAcctDt"),
            defaults=held.defaults or None,
        )
    )


async def statements(request: web.Request) -> web.StreamResponse:
    caller = await caller_of(request)
    return json(await request.app[GATEWAY].queries.statements(caller.enterprises))


async def statement(request: web.Request) -> web.StreamResponse:
    caller = await caller_of(request)
    number = request.match_info["statement_no"]
    version = whole_number(request, "version", None, low=1, high=10**9)
    found = await request.app[GATEWAY].queries.statement(number, version, caller.enterprises)
    if found is None:
        raise not_found(number, "对账单", "statement")
    return json(found)


async def forms_of_filings(request: web.Request) -> web.StreamResponse:
    await caller_of(request)
    return json(forms())


async def codelists(request: web.Request) -> web.StreamResponse:
    await caller_of(request)
    codes = request.app[GATEWAY].codes
    codes.refresh()
    names = codes.names()
    return json(Names(items=names, total=len(names), next=None))


async def codelist(request: web.Request) -> web.StreamResponse:
    await caller_of(request)
    gateway = request.app[GATEWAY]
    gateway.codes.refresh()
    name = request.match_info["name"]
    text = request.query.get("on")
    day = day_named(text) if text else local_day(gateway.clock.now())
    if day is None:
        raise bad_parameter("on", text or "", f"日期 yyyy-MM-dd, {SPAN}", f"a date within {SPAN}")
    try:
        rows = [c for c in gateway.codes.list(name) if c.valid_on(day)]
    except UnknownCodeList:
        raise not_found(name, "代码表", "code list") from None
    items = tuple(
        CodeOut(
            code=c.code,
            zh=c.zh,
            en=c.en,
            valid_from=c.valid_from.isoformat() if c.valid_from else None,
            valid_to=c.valid_to.isoformat() if c.valid_to else None,
        )
        for c in rows
    )
    return json(CodeList(items=items, total=len(items), next=None))


ROUTES = (
    Route(
        method="GET",
        path="/enterprises/{code}",
        handle=enterprise,
        tag="reference",
        zh="企业备案信息 (他企业只给名称和信用代码)",
        en="An enterprise's record; of a foreign one only its name and credit code",
        parameters=(Parameter(name="code", place="path", zh="海关编码", en="enterprise code"),),
        answers={200: EnterpriseOut, 401: Problem, 404: Problem},
    ),
    Route(
        method="GET",
        path="/statements",
        handle=statements,
        tag="queries",
        zh="对账单及系统比对结果",
        en="Statements of account with the gateway's own comparison",
        answers={200: StatementList, 401: Problem},
    ),
    Route(
        method="GET",
        path="/statements/{statement_no}",
        handle=statement,
        tag="queries",
        zh="对账单的明细, 与本系统的台账逐笔对照 (有差异的在前)",
        en="The lines of a statement beside the gateway's own movements, those that differ first",
        parameters=(
            Parameter(name="statement_no", place="path", zh="对账单号", en="its number"),
            Parameter(
                name="version",
                zh="版本, 默认最新",
                en="its version, by default the latest",
                schema={"type": "integer", "minimum": 1},
            ),
        ),
        answers={200: StatementDetail, 400: Problem, 401: Problem, 404: Problem},
    ),
    Route(
        method="GET",
        path="/forms",
        handle=forms_of_filings,
        tag="reference",
        zh="各类申报的空白单证: 企业填写的项目, 锁定的项目及原因",
        en="Empty forms of each kind of filing: what is open, what is locked and why",
        answers={200: FormList, 401: Problem},
    ),
    Route(
        method="GET",
        path="/codelists",
        handle=codelists,
        tag="reference",
        zh="代码表目录",
        en="Names of the code lists",
        answers={200: Names, 401: Problem},
    ),
    Route(
        method="GET",
        path="/codelists/{name}",
        handle=codelist,
        tag="reference",
        zh="代码表",
        en="A code list",
        parameters=(
            Parameter(name="name", place="path", zh="代码表名称", en="its name"),
            Parameter(
                name="on",
                zh="有效日期",
                en="the day it must be valid on",
                schema={"type": "string", "format": "date"},
            ),
        ),
        answers={200: CodeList, 400: Problem, 401: Problem, 404: Problem},
    ),
)
