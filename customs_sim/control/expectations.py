"""The part of the control API that verifies: ``/expectations`` (``docs/contract.md`` 4). An
expectation is judged anew at every look, by the archive; nothing about its verdict is stored."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy import Connection, delete, func, insert, or_, select

from customs_sim.cases.case import Case
from customs_sim.cases.expectations import ENDS, Happened, Wanted, judge
from customs_sim.control.problems import Refusal, bad_value, json
from customs_sim.node import CustomsNode
from customs_sim.store import tables as t
from schemas.dxp import canonical
from schemas.findings import finding
from schemas.times import SHANGHAI, micros

RECEIPT = re.compile(r"GRT[0-9]{3}(=[0-9A-Z])?")
RESULT = re.compile(rb"<manageResult>([^<]*)</manageResult>")
LONGEST = timedelta(days=3660)
EXPECTATION = "expectation"
MOST = 1000


class Expectations:
    """The calls, one method each. ``read`` decodes a request's body."""

    def __init__(
        self, node: CustomsNode, read: Callable[[web.Request, type[Any]], Awaitable[Any]]
    ) -> None:
        self._node, self._office, self._read = node, node.office, read

    def routes(self, prefix: str) -> list[web.RouteDef]:
        one = prefix + r"/expectations/{id:\d{1,18}}"
        return [
            web.get(prefix + "/expectations", self.list),
            web.post(prefix + "/expectations", self.state),
            web.get(one, self.show),
            web.delete(one, self.drop),
        ]

    async def state(self, request: web.Request) -> web.Response:
        wanted = _sound(await self._read(request, Wanted))
        at = micros(self._office.clock.now())
        text = msgspec.json.encode(wanted).decode()

        def unit(connection: Connection) -> int:
            number = self._office.sql.take_numbers(connection, EXPECTATION, 1)[0]
            connection.execute(insert(t.expectations).values(id=number, at=at, wanted=text))
            return number

        number = await self._office.store.write(unit)
        return json(await self._one(number), status=201)

    async def show(self, request: web.Request) -> web.Response:
        return json(await self._one(int(request.match_info["id"])))

    async def list(self, _: web.Request) -> web.Response:
        def unit(connection: Connection) -> tuple[list[dict[str, Any]], int]:
            rows = connection.execute(
                select(t.expectations).order_by(t.expectations.c.id.desc()).limit(MOST)
            ).fetchall()
            total = connection.execute(
                select(func.count()).select_from(t.expectations)
            ).scalar_one()
            return [self._judged(connection, row) for row in rows], int(total)

        items, total = await self._office.store.read(unit)
        return json({"items": items, "total": total, "next": None})

    async def drop(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        dropped = await self._office.store.write(
            lambda c: (
                c.execute(delete(t.expectations).where(t.expectations.c.id == number)).rowcount
            )
        )
        if not dropped:
            raise Refusal(404, [finding("ID.02", found=str(number))])
        return json({"id": number, "deleted": True})

    async def _one(self, number: int) -> dict[str, Any]:
        def unit(connection: Connection) -> dict[str, Any] | None:
            row = connection.execute(
                select(t.expectations).where(t.expectations.c.id == number)
            ).fetchone()
            return None if row is None else self._judged(connection, row)

        found = await self._office.store.read(unit)
        if found is None:
            raise Refusal(404, [finding("ID.02", found=str(number))])
        return found

    def _judged(self, connection: Connection, row: Any) -> dict[str, Any]:
        wanted = msgspec.json.decode(row.wanted, type=Wanted)
        case = _case_of(connection, wanted)
        happened = _messages_of(connection, case) if case else []
        found = judge(wanted, row.at, case, happened, micros(self._office.clock.now()))
        return {
            "id": row.id,
            "stated_at": _time(row.at),
            "expected": wanted,
            "verdict": found.verdict.value,
            "settles_at": _time(found.closes),
            "seq_no": case.seq_no if case else None,
            "status": case.status.value if case else None,
            "difference": found.difference,
            "timeline": [
                {
                    "at": _time(h.at),
                    "direction": h.direction,
                    "message_type": h.message_type,
                    "result": h.result or None,
                    "message_id": h.message_id,
                }
                for h in happened
            ],
        }


def _sound(wanted: Wanted) -> Wanted:
    ends = " | ".join(end.value for end in ENDS)
    if wanted.status not in [end.value for end in ENDS]:
        raise bad_value("status", wanted.status, ends, ends)
    if not timedelta(0) < wanted.within <= LONGEST:
        raise bad_value(
            "within",
            str(wanted.within),
            "ISO 8601 时长, 如 PT2H, 至多十年",
            "an ISO 8601 duration such as PT2H, ten years at most",
        )
    for receipt in wanted.receipts[:MOST]:
        if not RECEIPT.fullmatch(receipt):
            raise bad_value("receipts", receipt, "GRT201 或 GRT201=1", "GRT201 or GRT201=1")
    if bool(wanted.seq_no) == bool(wanted.enterprise and wanted.enterprise_ref):
        raise bad_value(
            "seq_no / enterprise + enterprise_ref",
            wanted.seq_no or "无 none",
            "统一编号, 或企业编码加企业内部编号, 二者其一",
            "either the seq_no, or enterprise and enterprise_ref",
        )
    for name in ("seq_no", "enterprise", "enterprise_ref", "name"):
        text = getattr(wanted, name)
        if len(text) > 255 or (text and not text.isprintable()):
            raise bad_value(name, text, "至多 255 个可见字符", "at most 255 printable characters")
    return wanted


def _case_of(connection: Connection, wanted: Wanted) -> Case | None:
    """The latest case of the declaration."""
    c = t.cases.c
    named = (
        c.seq_no == wanted.seq_no
        if wanted.seq_no
        else (c.enterprise == wanted.enterprise) & (c.reference == wanted.enterprise_ref)
    )
    row = connection.execute(select(*c).where(named).order_by(c.case_no.desc()).limit(1)).fetchone()
    return None if row is None else Case.of_row(row)


def _messages_of(connection: Connection, case: Case) -> list[Happened]:
    """Its messages, and what customs pushed about its register since it came."""
    m = t.messages.c
    about = m.case_no == case.case_no
    if case.business_no:
        about = or_(about, (m.business_no == case.business_no) & (m.at >= case.since))
    rows = connection.execute(
        select(m.at, m.direction, m.message_type, m.message_id, m.body)
        .where(or_(about, m.id == case.in_message))
        .order_by(m.id)
        .limit(MOST)
    ).fetchall()
    return [
        Happened(
            at=row.at,
            direction=row.direction,
            message_type=row.message_type,
            message_id=row.message_id,
            result=_result(bytes(row.body)) if row.direction == "out" else "",
        )
        for row in rows
    ]


def _result(body: bytes) -> str:
    """manageResult of a receipt that customs wrote itself; a fault may have left it without one."""
    written = canonical(body)
    found = RESULT.search(written.data) if written else None
    return found.group(1).decode("ascii", "replace") if found else ""


def _time(at: int) -> str:
    return datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(SHANGHAI).isoformat()
