"""The calls about expectations: stating one, its verdict, dropping it. An expectation is judged
anew at every look, by the archive; nothing about its verdict is stored."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy import Connection, delete, func, insert, or_, select

from customs_sim.cases.case import Case
from customs_sim.cases.expectations import ENDS, Happened, Wanted, judge
from customs_sim.control.calls import TESTER, VIEWER, WORLD, Call
from customs_sim.control.http import node_of, read_body
from customs_sim.control.problems import MOST, bad_value, json, no_such, time_of
from customs_sim.office.office import Office
from customs_sim.store import tables as t
from gateway.base.web.openapi import Parameter
from schemas.dxp import canonical
from schemas.times import micros

RECEIPT = re.compile(r"GRT[0-9]{3}(=[0-9A-Z])?")
RESULT = re.compile(rb"<manageResult>([^<]*)</manageResult>")
LONGEST = timedelta(days=3660)
EXPECTATION = "expectation"
"""The sequence of their numbers."""


async def listed(request: web.Request) -> web.Response:
    items, total = await judged_all(node_of(request).office)
    return json({"items": items, "total": total, "next": None})


async def judged_all(office: Office) -> tuple[list[dict[str, Any]], int]:
    """Return the newest expectations with their verdicts now, and how many there are."""
    now = micros(office.clock.now())

    def read(connection: Connection) -> tuple[list[dict[str, Any]], int]:
        rows = connection.execute(
            select(t.expectations).order_by(t.expectations.c.id.desc()).limit(MOST)
        ).fetchall()
        total = connection.execute(select(func.count()).select_from(t.expectations)).scalar_one()
        return [_judged(connection, row, now) for row in rows], int(total)

    return await office.store.read(read)


async def state(request: web.Request) -> web.Response:
    office = node_of(request).office
    number = await entered(office, await read_body(request, Wanted))
    return json(await _one(office, number), status=201)


async def entered(office: Office, asked: Wanted) -> int:
    """Enter an expectation and return its number. Raise Refused for one that makes no sense."""
    wanted = _sound(asked)
    at = micros(office.clock.now())
    text = msgspec.json.encode(wanted).decode()

    def add(connection: Connection) -> int:
        number = office.sql.take_numbers(connection, EXPECTATION, 1)[0]
        connection.execute(insert(t.expectations).values(id=number, at=at, wanted=text))
        return number

    return await office.store.write(add)


async def show(request: web.Request) -> web.Response:
    return json(await _one(node_of(request).office, int(request.match_info["id"])))


async def drop(request: web.Request) -> web.Response:
    number = int(request.match_info["id"])
    await taken_away(node_of(request).office, number)
    return json({"id": number, "deleted": True})


async def taken_away(office: Office, number: int) -> None:
    """Delete an expectation. Raise Refused, 404, where there is none."""
    dropped = await office.store.write(
        lambda c: c.execute(delete(t.expectations).where(t.expectations.c.id == number)).rowcount
    )
    if not dropped:
        raise no_such(str(number), "预期编号", "expectation")


async def _one(office: Office, number: int) -> dict[str, Any]:
    now = micros(office.clock.now())

    def read(connection: Connection) -> dict[str, Any] | None:
        row = connection.execute(
            select(t.expectations).where(t.expectations.c.id == number)
        ).fetchone()
        return None if row is None else _judged(connection, row, now)

    judged = await office.store.read(read)
    if judged is None:
        raise no_such(str(number), "预期编号", "expectation")
    return judged


def _judged(connection: Connection, row: Any, now: int) -> dict[str, Any]:
    """Return the expectation of ``row`` with its verdict at the business time ``now``."""
    wanted = msgspec.json.decode(row.wanted, type=Wanted)
    case = _case_of(connection, wanted)
    happened = _messages_of(connection, case) if case else []
    judged = judge(wanted, row.at, case, happened, now)
    return {
        "id": row.id,
        "stated_at": time_of(row.at),
        "expected": wanted,
        "verdict": judged.verdict.value,
        "settles_at": time_of(judged.closes),
        "seq_no": case.seq_no if case else None,
        "case_no": case.case_no if case else None,
        "status": case.status.value if case else None,
        "difference": judged.difference,
        "timeline": [
            {
                "at": time_of(each.at),
                "direction": each.direction,
                "message_type": each.message_type,
                "result": each.result or None,
                "message_id": each.message_id,
            }
            for each in happened
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
    """Return the latest case of the declaration; None without one."""
    c = t.cases.c
    named = (
        c.seq_no == wanted.seq_no
        if wanted.seq_no
        else (c.enterprise == wanted.enterprise) & (c.reference == wanted.enterprise_ref)
    )
    row = connection.execute(select(*c).where(named).order_by(c.case_no.desc()).limit(1)).fetchone()
    return None if row is None else Case.of_row(row)


def _messages_of(connection: Connection, case: Case) -> list[Happened]:
    """Return the messages of a case, and those that customs pushed about its register since it
    came."""
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
    """Return the manageResult of a receipt that customs wrote itself; empty where a fault left it
    without one."""
    written = canonical(body)
    result = RESULT.search(written.data) if written else None
    return result.group(1).decode("ascii", "replace") if result else ""


ID = Parameter(name="id", zh="编号", en="its number", place="path", pattern=r"\d{1,18}")
CALLS = (
    Call(
        method="GET",
        path="/expectations",
        handle=listed,
        role=VIEWER,
        tag=WORLD,
        zh="预期和结论",
        en="Expectations with their verdicts",
    ),
    Call(
        method="POST",
        path="/expectations",
        handle=state,
        role=TESTER,
        tag=WORLD,
        body=Wanted,
        status=201,
        zh="提出一条预期",
        en="State an expectation",
    ),
    Call(
        method="GET",
        path="/expectations/{id}",
        handle=show,
        role=VIEWER,
        tag=WORLD,
        zh="一条预期的结论",
        en="One expectation with its verdict",
        parameters=(ID,),
    ),
    Call(
        method="DELETE",
        path="/expectations/{id}",
        handle=drop,
        role=TESTER,
        tag=WORLD,
        zh="删除预期",
        en="Drop an expectation",
        parameters=(ID,),
    ),
)
