"""The call that searches everything customs has a number for. Reads the request, asks the desk,
writes JSON. Decides nothing."""

from __future__ import annotations

import msgspec
from aiohttp import web

from customs_sim.control.calls import TRACE, VIEWER, Call
from customs_sim.control.http import node_of, words_of
from customs_sim.control.problems import MOST, bad_value, json, limit_of, time_of
from customs_sim.desk.search import NAMES, Group, search
from customs_sim.ledger.amounts import yuan
from gateway.base.web.openapi import Parameter


class SearchMatch(msgspec.Struct, frozen=True):
    """A number that begins with what was looked for. ``field``: the name of the column."""

    field: str
    label_zh: str
    label_en: str
    value: str


class SearchHit(msgspec.Struct, frozen=True):
    """One thing found. ``key``: what its call is asked by: case_no, the archive id, else the
    number. ``amount`` in 元."""

    key: str
    number: str
    matched: tuple[SearchMatch, ...]
    enterprise: str | None
    what: str | None
    status: str | None
    amount: str | None
    at: str | None


class SearchGroup(msgspec.Struct, frozen=True):
    """What was found of one kind. ``total``: how many were found; ``more``: there are more than
    were looked at."""

    kind: str
    label_zh: str
    label_en: str
    total: int
    more: bool
    items: tuple[SearchHit, ...]


class SearchAnswer(msgspec.Struct, frozen=True):
    """Answer of GET /search: the kinds that have a hit."""

    q: str
    groups: tuple[SearchGroup, ...]


async def answer(request: web.Request) -> web.Response:
    q, limit = words_of(request), limit_of(request)
    if not q:
        raise bad_value("q", q, "编号或其开头", "a number or its beginning")
    kind = request.query.get("kind", "")
    if kind and kind not in NAMES:
        raise bad_value("kind", kind, " | ".join(NAMES), " | ".join(NAMES))
    groups = await node_of(request).office.store.read(
        lambda c: search(c, q, (kind,) if kind else ())
    )
    return json(SearchAnswer(q=q, groups=tuple(_group(group, limit) for group in groups)))


def _group(group: Group, limit: int) -> SearchGroup:
    zh, en = NAMES[group.kind]
    return SearchGroup(
        kind=group.kind,
        label_zh=zh,
        label_en=en,
        total=group.total,
        more=group.more,
        items=tuple(
            SearchHit(
                key=hit.key,
                number=hit.number,
                matched=tuple(SearchMatch(*each) for each in hit.matched),
                enterprise=hit.enterprise or None,
                what=hit.what or None,
                status=hit.status or None,
                amount=yuan(hit.amount) if hit.amount else None,
                at=time_of(hit.at) if hit.at else None,
            )
            for hit in group.hits[:limit]
        ),
    )


CALLS = (
    Call(
        method="GET",
        path="/search",
        handle=answer,
        role=VIEWER,
        tag=TRACE,
        zh="按任一编号或其开头查找: 案卷, 征收单, 总担保, 退转单, 缴款, 对账单, 报文, 死信, 企业",
        en="Everything that has a number beginning with q, by kind",
        answer=SearchAnswer,
        parameters=(
            Parameter(
                name="q",
                zh="编号或其开头; 企业名称",
                en="a number or its beginning; a name",
                example="2026",
            ),
            Parameter(
                name="kind",
                zh="只查一种",
                en="only of one kind",
                schema={"type": "string", "enum": list(NAMES)},
            ),
            Parameter(
                name="limit",
                zh="每种最多几条, 1 到 1000",
                en="items of each kind, 1 to 1000",
                schema={"type": "integer", "minimum": 1, "maximum": MOST},
            ),
        ),
    ),
)
