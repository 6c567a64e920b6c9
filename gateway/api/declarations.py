"""/declarations and /guarantees: what became of a filing, and the 总担保 query of the manual
(section 6.2)."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from gateway.api.exports import table
from gateway.api.filtering import FILTERS, GUR_TYPE, REFUND_KIND, filter_of, listed
from gateway.api.http import GATEWAY, ProblemError, Route, caller_of, json, not_found, seq_no_of
from gateway.base.sheets import KINDS
from gateway.base.web.openapi import Parameter
from gateway.queries.counting import StatusCounts
from gateway.queries.pockets import File, attachment
from gateway.queries.shapes import (
    DeclarationList,
    DeclarationOut,
    Original,
    Problem,
    Sums,
    TimelineList,
)
from gateway.service import Gateway
from handlers import queried
from handlers.contract import Listing
from handlers.declaration import withdrawn
from handlers.lifecycle import Status, status_text
from schemas.findings import compose
from schemas.times import micros


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
    return as_download(file)


def as_download(file: File) -> web.Response:
    """Return a file for keeping: no browser shows it in this place."""
    return web.Response(
        body=file.content,
        content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def list_all(request: web.Request) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    return json(await listed(gateway, filter_of(request, await caller_of(request))))


async def count_all(request: web.Request) -> web.StreamResponse:
    narrowed = filter_of(request, await caller_of(request))
    return json(await request.app[GATEWAY].queries.counts(narrowed))


def query(
    message_type: str, listing: Listing, form: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the query of one message type (docs/rules.md M6), as JSON, CSV or XLSX."""

    async def handle(request: web.Request) -> web.StreamResponse:
        gateway = request.app[GATEWAY]
        caller = await caller_of(request)
        page = await listed(
            gateway,
            filter_of(request, caller, (message_type,), listing, 100 if form == "json" else 1000),
        )
        if form == "json":
            return json(page)
        labels = gateway.intake.schemas.labels
        names = {n: f.label_zh for n, f in labels.items()}
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


def count(
    message_type: str, listing: Listing
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the counts by status of the query of one message type."""

    async def handle(request: web.Request) -> web.StreamResponse:
        narrowed = filter_of(request, await caller_of(request), (message_type,), listing)
        return json(await request.app[GATEWAY].queries.counts(narrowed))

    return handle


def add_up(
    message_type: str, listing: Listing
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the sums of the amounts of the query of one message type."""

    async def handle(request: web.Request) -> web.StreamResponse:
        narrowed = filter_of(request, await caller_of(request), (message_type,), listing)
        return json(await request.app[GATEWAY].queries.sums(narrowed))

    return handle


async def withdraw(request: web.Request) -> web.StreamResponse:
    caller = await caller_of(request)
    await withdrawn_by(request.app[GATEWAY], seq_no_of(request), caller.enterprises)
    return web.Response(status=204)


async def withdrawn_by(gateway: Gateway, number: int, enterprises: frozenset[str]) -> None:
    """Withdraw a filing of one of these enterprises. Raise ProblemError, 404, where they have none
    of that SeqNo, and 409 where it cannot be withdrawn any more."""
    outcome = await gateway.store.write(
        lambda c: _withdraw(c, gateway, number, enterprises), first=True
    )
    if outcome is None:
        raise not_found(str(number))
    if isinstance(outcome, ProblemError):
        raise outcome


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
    gateway.sql.move(connection, [(stored, now)])
    gateway.sql.add_entries(connection, [entry])
    return True


SEQ_NO = Parameter(name="seq_no", place="path", zh="统一编号 (18 位)", en="SeqNo, 18 digits")
UUID = Parameter(name="uuid", place="path", zh="附件标识", en="id of the attachment")
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
        path="/declarations/counts",
        handle=count_all,
        tag="declarations",
        parameters=FILTERS,
        zh="申报列表: 各状态的件数",
        en="Filings: how many in each status",
        answers={200: StatusCounts, 400: Problem, 401: Problem},
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
    """Return the queries of the message types that have one, as JSON, CSV and XLSX, and their
    counts by status."""
    asked = queried()
    parameters = (*FILTERS, GUR_TYPE, REFUND_KIND)
    return (
        *(
            Route(
                method="GET",
                path=f"/{listing.name}{suffix}",
                handle=query(code, listing, form),
                tag="queries",
                parameters=parameters,
                zh=listing.zh + form_zh,
                en=listing.en + form_en,
                answers={
                    200: DeclarationList if form == "json" else KINDS[form],
                    400: Problem,
                    401: Problem,
                },
            )
            for code, listing in asked
            for form, suffix, form_zh, form_en in FORMS
        ),
        *(
            Route(
                method="GET",
                path=f"/{listing.name}/counts",
                handle=count(code, listing),
                tag="queries",
                parameters=parameters,
                zh=f"{listing.zh}: 各状态的件数",
                en=f"{listing.en}: how many in each status",
                answers={200: StatusCounts, 400: Problem, 401: Problem},
            )
            for code, listing in asked
        ),
        *(
            Route(
                method="GET",
                path=f"/{listing.name}/sums",
                handle=add_up(code, listing),
                tag="queries",
                parameters=parameters,
                zh=f"{listing.zh}: 金额合计 (所有页)",
                en=f"{listing.en}: sums of the amounts, all pages",
                answers={200: Sums, 400: Problem, 401: Problem},
            )
            for code, listing in asked
        ),
    )
