"""Lists as tables that are taken away: every list of the control API as CSV and XLSX, all pages of
it, filtered as the list is. A column is a member of the list's items under its Chinese name.

What tables there are is ``sheet_table``. Reads only.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from customs_sim.cases.case import LABELS, CaseStatus
from customs_sim.control.cases import waiting_of, waiting_shape
from customs_sim.control.enterprises import enterprise_shape
from customs_sim.control.http import node_of, one_of, sort_in, word_in
from customs_sim.control.messages import message_shape
from customs_sim.control.operators import audit_shape
from customs_sim.control.parked import parked_shape
from customs_sim.control.problems import bad_value, said
from customs_sim.desk import lists, views
from customs_sim.desk.lists import ONLY, SORTS, Asked
from customs_sim.desk.refusal import unknown
from customs_sim.desk.waiting import SORTS as WAITING_SORTS
from customs_sim.ledger.amounts import yuan
from customs_sim.node import CustomsNode
from customs_sim.office.audit import entries
from customs_sim.store.delivery_sql import ONLY as MESSAGES_ONLY
from gateway.base.sheets import MOST_ROWS, TooMany
from gateway.base.web.openapi import Parameter
from gateway.base.web.sheets import answer
from schemas.package import texts
from schemas.times import micros

Query = Mapping[str, str]
Item = dict[str, Any]
Items = AsyncIterator[Sequence[Item]]
PART = 500
"""Rows that are read, and held, at a time."""
CODES = {"mode": "gur_mode", "type": "gur_type", "biz_type": "biz_type", "payment": "levy_status"}
"""Members that are codes, and their code list: a cell says the name too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One list as a table.

    Attributes:
        columns: Members of the items, in order, each with its Chinese name.
        items: Reads the parts of the list that a query wants. Raises Refused for one that cannot
            be read.
    """

    name: str
    zh: str
    en: str
    tag: str
    columns: Mapping[str, str]
    items: Callable[[CustomsNode, Query], Items]
    parameters: tuple[Parameter, ...] = ()


async def served(request: web.Request, sheet: Sheet, form: str) -> web.StreamResponse:
    """Answer with ``sheet`` in the form csv or xlsx."""
    node = node_of(request)
    heading = [f"{zh} {member}" for member, zh in sheet.columns.items()]
    return await _answered(request, form, sheet.name, heading, _rows(node, sheet, request.query))


async def statement_lines(request: web.Request, form: str) -> web.StreamResponse:
    """Answer with the lines of a statement as they were sent; the latest version unless one is
    named."""
    node, no = node_of(request), request.match_info["no"]
    version = request.query.get("version", "")
    if version and not (version.isascii() and version.isdigit() and len(version) < 6):
        raise bad_value("version", version, "版次, 如 1", "a version like 1")
    found = await node.office.store.read(lambda c: lists.versions(c, no))
    sent = next((each for each in found if not version or each.version == int(version)), None)
    if sent is None:
        raise unknown("statement_no", no[:64], "对账单", "statement")
    body = await node.office.store.read(lambda c: views.body_of(c, sent.message))
    _, package = node.office.reader.parcel(body) if body else (None, None)
    fields = node.office.schemas.fields("GRT303", LINE)
    rows = [
        [said_of.get(each.name, "") for each in fields]
        for element in (package.business.iter(LINE) if package is not None else ())
        for said_of in (texts(element),)
    ]

    async def parts() -> AsyncIterator[Sequence[Sequence[str]]]:
        yield rows

    heading = [f"{each.label_zh} {each.name}" for each in fields]
    name = f"statement-{sent.no}-v{sent.version}"
    return await _answered(request, form, name, heading, parts())


LINE = "GrtReconDt"
"""The element of a line of a statement."""


async def _answered(
    request: web.Request,
    form: str,
    name: str,
    heading: Sequence[str],
    rows: AsyncIterator[Sequence[Sequence[str]]],
) -> web.StreamResponse:
    try:
        return await answer(request, form, name, heading, rows)
    except TooMany:
        raise said(
            "SIZE.05",
            413,
            f"超过 {MOST_ROWS - 1} 行, XLSX 放不下",
            f"more than {MOST_ROWS - 1} rows: too many for XLSX",
            "请缩小筛选, 或导出 CSV",
            "narrow the filter, or take CSV",
        ) from None


async def _rows(
    node: CustomsNode, sheet: Sheet, query: Query
) -> AsyncIterator[Sequence[Sequence[str]]]:
    firms = {code: name for code, name, _ in await node.office.store.read(views.enterprises)}
    async for part in sheet.items(node, query):
        yield [[_cell(node, member, item, firms) for member in sheet.columns] for item in part]


def _cell(node: CustomsNode, member: str, item: Item, firms: Mapping[str, str]) -> str:
    if member == "enterprise_name":
        return firms.get(item.get("enterprise") or "", "")
    value = item.get(member)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if member in CODES and (code := node.office.codes.find(CODES[member], str(value))):
        return f"{value} {code.zh}"
    return str(value)


async def worklist(node: CustomsNode, query: Query) -> Items:
    wanted, sort, seen, cursor = waiting_of(query), sort_in(query, WAITING_SORTS), 0, 0
    while True:
        page = await node.desk.worklist(
            limit=PART, cursor=cursor, wanted=wanted, skip=seen, sort=sort
        )
        yield [
            waiting_shape(case, page.marks[case.case_no])
            | {
                "status": f"{case.status.value} {LABELS[CaseStatus(case.status)][0]}",
                "customs": case.customs,
                "amount": yuan(case.amount),
                "reference": case.reference,
                "letter_no": case.letter_no,
            }
            for case in page.items
        ]
        if page.next is None:
            return
        if sort:
            seen += len(page.items)
        else:
            cursor = int(page.next)


def register(
    kind: str, read: Callable[..., tuple[list[Any], int]], shape: Callable[[Any], Item], key: str
) -> Callable[[CustomsNode, Query], Items]:
    """Return what reads a list of ``desk.lists`` whose items have the cursor in ``key``."""

    async def items(node: CustomsNode, query: Query) -> Items:
        sort = sort_in(query, SORTS.get(kind, {}))
        q, enterprise = word_in(query, "q"), word_in(query, "enterprise")
        only, now = one_of(query, "only", ONLY.get(kind, {})), micros(node.office.clock.now())
        seen, before = 0, ""
        while True:
            asked = Asked(
                most=PART,
                q=q,
                enterprise=enterprise,
                before=before,
                skip=seen,
                sort=sort,
                only=only,
                now=now,
            )
            rows, _ = await node.office.store.read(functools.partial(read, asked=asked))
            part = [shape(row) for row in rows]
            yield part
            if len(part) < PART:
                return
            if sort or not key:
                seen += len(part)
            else:
                before = part[-1][key]

    return items


async def messages(node: CustomsNode, query: Query) -> Items:
    cursor: int | None = None
    while True:
        page = await node.messages(
            word_in(query, "q"),
            limit=PART,
            cursor=cursor,
            only=one_of(query, "only", MESSAGES_ONLY),
        )
        yield [message_shape(line) for line in page.rows]
        if page.next is None:
            return
        cursor = int(page.next)


async def parked(node: CustomsNode, _: Query) -> Items:
    cursor: int | None = None
    while True:
        page = await node.parked(limit=PART, cursor=cursor)
        yield [parked_shape(line) for line in page.rows]
        if page.next is None:
            return
        cursor = int(page.next)


async def enterprises(node: CustomsNode, query: Query) -> Items:
    words, after = word_in(query, "q"), ""
    while True:
        found, _ = await node.registry.listed(words, after=after, most=PART)
        yield [enterprise_shape(each) | {"agents": " ".join(sorted(each.agents))} for each in found]
        if len(found) < PART:
            return
        after = found[-1].code


async def audit(node: CustomsNode, query: Query) -> Items:
    words, before = word_in(query, "q"), 2**62
    while True:
        rows, _ = await node.office.store.read(
            functools.partial(entries, q=words, before=before, most=PART)
        )
        yield [audit_shape(row) for row in rows]
        if len(rows) < PART:
            return
        before = rows[-1].id
