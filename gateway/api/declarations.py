"""/declarations and /guarantees: what became of a filing, and the 总担保 query of the manual
(section 6.2)."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from gateway.api.exports import table
from gateway.api.http import (
    GATEWAY,
    ProblemError,
    Route,
    bad_parameter,
    caller_of,
    json,
    not_found,
    seq_no_of,
    whole_number,
)
from gateway.base.sheets import KINDS
from gateway.base.web.openapi import Parameter
from gateway.queries.filters import Filter
from gateway.queries.pockets import attachment
from gateway.queries.shapes import DeclarationList, DeclarationOut, Original, Problem, TimelineList
from gateway.service import Gateway
from handlers import registered
from handlers.contract import Listing, SubmissionHandler
from handlers.declaration import withdrawn
from handlers.lifecycle import LABELS, Status, status_named, status_text
from schemas.findings import compose
from schemas.times import LATEST, SHANGHAI, SPAN, day_named, micros


async def show(request: web.Request) -> web.StreamResponse:
    caller = await caller_of(request)
    number = seq_no_of(request)
    declaration = await request.app[GATEWAY].queries.declaration(number, caller.enterprises)
    if declaration is None:
        raise not_found(str(number))
    return json(declaration)


async def timeline(request: web.Request) -> web.StreamResponse:
    caller = await caller_of(request)
    number = seq_no_of(request)
    entries = await request.app[GATEWAY].queries.timeline(number, caller.enterprises)
    if entries is None:
        raise not_found(str(number))
    return json(entries)


async def download(request: web.Request) -> web.StreamResponse:
    """Answer with a file as its sender had it, never shown by a browser in this place."""
    gateway = request.app[GATEWAY]
    caller = await caller_of(request)
    number, uuid = seq_no_of(request), request.match_info["uuid"]
    file = await attachment(gateway.store, gateway.intake.reader, number, uuid, caller.enterprises)
    if file is None:
        raise not_found(f"{number}/{uuid}", "附件", "attachment")
    return web.Response(
        body=file.content,
        content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def list_all(request: web.Request) -> web.StreamResponse:
    return json(await request.app[GATEWAY].queries.declarations(await _filter(request, (), None)))


def query(
    message_type: str, listing: Listing, form: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the query of one message type (docs/rules.md M6), as JSON, CSV or XLSX."""

    async def handle(request: web.Request) -> web.StreamResponse:
        gateway = request.app[GATEWAY]
        page = await gateway.queries.declarations(
            await _filter(request, (message_type,), listing, 100 if form == "json" else 1000)
        )
        if form == "json":
            return json(page)
        labels = gateway.intake.schemas.labels
        names = {n: f.label_zh for n, f in labels.items()}
        caller = await caller_of(request)
        body = await gateway.checking.run(caller.key, lambda: table(form, page.items, names))
        return web.Response(
            body=body,
            content_type=KINDS[form],
            headers={
                "Content-Disposition": f'attachment; filename="{listing.name}.{form}"',
                "X-Total-Count": str(page.total),
                **({"X-Next-Cursor": page.next} if page.next else {}),
            },
        )

    return handle


async def withdraw(request: web.Request) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    caller = await caller_of(request)
    number = seq_no_of(request)
    outcome = await gateway.store.write(
        lambda c: _withdraw(c, gateway, number, caller.enterprises), first=True
    )
    if outcome is None:
        raise not_found(str(number))
    if isinstance(outcome, ProblemError):
        raise outcome
    return web.Response(status=204)


def _withdraw(
    connection: Connection, gateway: Gateway, number: int, enterprises: frozenset[str]
) -> ProblemError | bool | None:
    stored = gateway.sql.declarations_by_seq(connection, [number]).get(number)
    if stored is None or stored.enterprise not in enterprises or stored.deleted:
        return None
    if stored.status not in (Status.DRAFT, Status.REFUSED, Status.RETURNED):
        text = status_text(stored.status)
        item = compose(
            code="X.06",
            layer="identity",
            severity="error",
            value=str(number),
            wanted="暂存、退单、海关接收失败",
            wanted_en="draft, returned or refused",
            zh=f"统一编号 {number} 当前状态“{text}”, 不能删除",
            en=f"{number} is {stored.status.value} and cannot be withdrawn",
            hint_zh="只有暂存、退单、海关接收失败可以删除",
            hint_en="only drafts, returned and refused filings can be withdrawn",
        )
        return ProblemError(
            409,
            [item],
            original=Original(
                message_id=None,
                seq_no=str(number),
                enterprise_ref=stored.reference,
                status=stored.status.value,
            ),
        )
    now, entry = withdrawn(stored, micros(gateway.clock.now()))
    gateway.sql.move(connection, [(stored, now)], refile=True)
    gateway.sql.add_entries(connection, [entry])
    return True


async def _filter(
    request: web.Request, message_types: tuple[str, ...], listing: Listing | None, usual: int = 100
) -> Filter:
    caller = await caller_of(request)
    query = request.query
    enterprises = caller.enterprises
    if named := query.get("enterprise"):
        enterprises = enterprises & {named}
    word = query.get("status") or None
    status = None
    if word is not None and word not in ("全部", "all"):
        status = status_named(word)
        if status is None:
            words = ", ".join(zh for zh, _ in LABELS.values())
            raise bad_parameter(
                "status",
                word,
                f"全部, {words} 之一",
                f"all or one of {', '.join(s.value for s in Status)}",
            )
    codes: dict[str, str | None] = {}
    for name, codelist in (("mode", "gur_mode"), ("type", "gur_type"), ("kind", "refund_kind")):
        code = codes[name] = query.get(name) or None
        if code is not None and request.app[GATEWAY].codes.find(codelist, code) is None:
            known = ", ".join(f"{c.code} {c.zh}" for c in request.app[GATEWAY].codes.list(codelist))
            raise bad_parameter(name, code, known, known)
    if listing is not None and listing.own_type:
        if codes["type"] not in (None, listing.own_type) or codes["kind"]:
            message_types = ("none",)
        codes["type"] = codes["kind"] = None
    until = _day(query.get("to"), "to")
    return Filter(
        enterprises=enterprises,
        message_types=message_types,
        kinds=listing.kinds if listing else (),
        status=status,
        or_pending=listing is not None,
        reference=query.get("enterprise_ref") or None,
        mode=codes["mode"],
        gur_type=codes["type"],
        refund_kind=codes["kind"],
        customs=query.get("customs") or None,
        text=query.get("q") or None,
        filed_from=_midnight(_day(query.get("from"), "from")),
        filed_until=_midnight(until + timedelta(days=1)) if until else None,
        before=whole_number(request, "cursor", None, low=1, high=10**18),
        limit=whole_number(request, "limit", usual, low=1, high=1000) or usual,
    )


def _day(text: str | None, name: str) -> date | None:
    if not text:
        return None
    if day := day_named(text):
        return day
    if text == "9999-12-31":  # "no end", as many systems write it
        return LATEST
    raise bad_parameter(name, text, f"日期 yyyy-MM-dd, {SPAN}", f"a date yyyy-MM-dd within {SPAN}")


def _midnight(day: date | None) -> int | None:
    return None if day is None else micros(datetime.combine(day, time(), SHANGHAI))


SEQ_NO = Parameter(name="seq_no", place="path", zh="统一编号 (18 位)", en="SeqNo, 18 digits")
UUID = Parameter(name="uuid", place="path", zh="附件标识", en="id of the attachment")
FILTERS = (
    Parameter(
        name="status", zh="状态: 英文词或中文标签", en="status: the word or the Chinese label"
    ),
    Parameter(name="mode", zh="担保方式 1 保金 2 保函", en="1 cash, 2 letter"),
    Parameter(name="customs", zh="主管关区", en="customs office"),
    Parameter(
        name="from",
        zh="申报日期起 (含)",
        en="declared from, inclusive",
        schema={"type": "string", "format": "date"},
    ),
    Parameter(
        name="to",
        zh="申报日期止 (含)",
        en="declared to, inclusive",
        schema={"type": "string", "format": "date"},
    ),
    Parameter(name="q", zh="编号中的文字", en="part of any number"),
    Parameter(name="enterprise_ref", zh="企业内部编号", en="the enterprise's own reference"),
    Parameter(name="enterprise", zh="企业海关编码", en="enterprise code, for keys with several"),
    Parameter(
        name="limit",
        zh="每页条数, 最多 1000",
        en="rows a page, at most 1000",
        schema={"type": "integer", "minimum": 1, "maximum": 1000},
    ),
    Parameter(name="cursor", zh="上一页的 next", en="next of the page before"),
)
GUR_TYPE = Parameter(
    name="type",
    zh="担保类型 1 总担保 2 单笔担保 / 征收单",
    en="1 general guarantee, 2 single guarantee or levy",
)
REFUND_KIND = Parameter(name="kind", zh="退还结转类型 1 退还 2 结转", en="1 refund, 2 carry-over")
ROUTES = (
    Route(
        method="GET",
        path="/declarations",
        handle=list_all,
        tag="declarations",
        parameters=FILTERS,
        zh="申报列表",
        en="Filings, newest first",
        answers={200: DeclarationList, 400: Problem, 401: Problem},
    ),
    Route(
        method="GET",
        path="/declarations/{seq_no}",
        handle=show,
        tag="declarations",
        parameters=(SEQ_NO,),
        zh="查询一票申报",
        en="One filing",
        answers={200: DeclarationOut, 401: Problem, 404: Problem},
    ),
    Route(
        method="DELETE",
        path="/declarations/{seq_no}",
        handle=withdraw,
        tag="declarations",
        parameters=(SEQ_NO,),
        zh="删除暂存",
        en="Withdraw a draft",
        answers={204: None, 401: Problem, 404: Problem, 409: Problem},
    ),
    Route(
        method="GET",
        path="/declarations/{seq_no}/timeline",
        handle=timeline,
        tag="declarations",
        parameters=(SEQ_NO,),
        zh="状态轨迹",
        en="Its timeline",
        answers={200: TimelineList, 401: Problem, 404: Problem},
    ),
    Route(
        method="GET",
        path="/declarations/{seq_no}/attachments/{uuid}",
        handle=download,
        tag="declarations",
        parameters=(SEQ_NO, UUID),
        zh="下载附件",
        en="One of its files",
        answers={200: "application/octet-stream", 401: Problem, 404: Problem},
    ),
)
FORMS = (
    ("json", "", "", ""),
    ("csv", ".csv", " (CSV)", " as CSV"),
    ("xlsx", ".xlsx", " (XLSX)", " as XLSX"),
)


def lists() -> tuple[Route, ...]:
    """Return the queries of the message types that have one, as JSON, CSV and XLSX."""
    return tuple(
        Route(
            method="GET",
            path=f"/{listing.name}{suffix}",
            handle=query(handler.code, listing, form),
            tag="queries",
            parameters=(*FILTERS, GUR_TYPE, REFUND_KIND),
            zh=listing.zh + form_zh,
            en=listing.en + form_en,
            answers={
                200: DeclarationList if form == "json" else KINDS[form],
                400: Problem,
                401: Problem,
            },
        )
        for handler in registered()
        if isinstance(handler, SubmissionHandler) and (listing := handler.listing) is not None
        for form, suffix, form_zh, form_en in FORMS
    )
