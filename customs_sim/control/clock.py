"""The calls by which a tester bends time and begins afresh: ``/clock`` and ``/reset``. Reads
requests, calls the clockwork, writes JSON. Decides nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy import Connection

from customs_sim.control import state
from customs_sim.control.calls import TESTER, VIEWER, WORLD, Call
from customs_sim.control.http import node_of, read_body
from customs_sim.control.problems import bad_value, json, said
from customs_sim.control.restart import StillToSend, begin_afresh
from customs_sim.desk import due
from customs_sim.desk.due import Due, Move
from customs_sim.flow.clock import FASTEST, LONGEST, ClockBusy, Clockwork, Moved
from customs_sim.node import CustomsNode
from customs_sim.wire.calendar import day_of, is_open, next_working_moment
from schemas.findings import WARNING, Finding, Refused, compose
from schemas.times import SHANGHAI, SPAN, local, local_day, micros, within

Setting = bool | float | str
FAR = 1 << 62
"""Later than anything falls due, in microseconds."""


class ClockOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /clock: exactly one member. ``freeze``: true, false (go on), or the instant to
    stand still at. ``advance``: seconds, an ISO 8601 duration (P30D, PT2H) or the instant to move
    on to. ``speed``: how many times as fast as the wall. ``reset``: true, back to wall time."""

    freeze: Setting | None = None
    advance: Setting | None = None
    speed: Setting | None = None
    reset: bool | None = None


class ResetOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /reset, optional. ``force``: also throw away what the gateway has not been given
    yet."""

    force: bool = False


async def show(request: web.Request) -> web.Response:
    return json(await face(node_of(request)))


async def set_clock(request: web.Request) -> web.Response:
    node, asked = node_of(request), await read_body(request, ClockOrder)
    given = {
        name: value
        for name in ClockOrder.__struct_fields__
        if (value := getattr(asked, name)) is not None
    }
    if len(given) != 1:
        raise bad_value(
            "freeze / advance / speed / reset",
            ", ".join(given) or "无 none",
            "恰好一个成员",
            "exactly one member",
        )
    moved, move = await move_clock(node, *given.popitem())
    return json(
        await face(node)
        | {
            "moved": {
                "from": _time(moved.before),
                "to": _time(moved.after),
                "moments": moved.moments,
                "fired": moved.fired,
            },
            "happened": [_happening(each) for each in move.happened],
            "warnings": [_went_back(moved)] if moved.dated_later else [],
        }
    )


async def afresh(request: web.Request) -> web.Response:
    node = node_of(request)
    asked = await read_body(request, ResetOrder) if request.can_read_body else ResetOrder()
    try:
        removed = await begin_afresh(node, force=asked.force)
    except StillToSend as error:
        raise still_to_send(
            error,
            '请等网关收完, 或用 {"force": true} 放弃它们',
            'wait until the gateway has them, or send {"force": true} to give them up',
        ) from None
    except ClockBusy:
        raise clock_busy_at_reset() from None
    return json({"reset": True, "removed": removed, "clock": await face(node)})


async def move_clock(node: CustomsNode, name: str, value: Setting) -> tuple[Moved, Move]:
    """Do one of the members of ClockOrder, and keep what came about on the way. Raise Refused as
    ``obey`` does."""
    store = node.office.store
    before = await store.read(lambda c: due.due(c, FAR))
    moved = await obey(node.clockwork, name, value)
    start, end = micros(moved.before), micros(moved.after)

    def look(connection: Connection) -> Move:
        happened = due.came_about(connection, before, end)
        move = Move(start, end, moved.fired, happened)
        if end != start:
            due.keep(connection, move)
        return move

    return moved, await store.write(look)


def _happening(each: Due) -> dict[str, Any]:
    """Return one thing that came about as JSON has it."""
    return {
        "kind": each.kind,
        "number": each.number,
        "case_no": int(each.key) if each.kind == due.CASE else None,
        "enterprise": each.enterprise or None,
        "at": _time(local(each.at)),
        "state": each.state,
    }


async def obey(clockwork: Clockwork, name: str, value: Setting) -> Moved:
    """Do one of the members of ClockOrder. Raise Refused: 400 for a value that cannot be used, 409
    while another call moves the clock."""
    try:
        return await _obey(clockwork, name, value)
    except ClockBusy:
        raise said(
            "CLOCK.01",
            409,
            "另一请求正在移动业务时钟",
            "another call is moving the business clock",
            "请等它结束后再试",
            "wait until it has ended, then try again",
        ) from None


async def _obey(clockwork: Clockwork, name: str, value: Setting) -> Moved:
    now = clockwork.clock.now()
    match name:
        case "freeze" if value is False:
            return await clockwork.run(1.0)
        case "freeze":
            return await clockwork.freeze(None if value is True else instant_of(name, value, now))
        case "advance":
            until = instant_of(name, value, now)
            if until < now:
                raise bad_value(
                    name,
                    value,
                    f"不早于业务时间 {_time(now)}; 倒拨请用 freeze",
                    f"not before the business time {_time(now)}; to go back, freeze at an instant",
                )
            return await clockwork.advance(until)
        case "speed":
            speed = float(value) if not isinstance(value, bool | str) else 0.0
            if not 0 < speed <= FASTEST:
                raise bad_value(
                    name,
                    value,
                    f"大于 0, 至多 {FASTEST:g} 的数; 静止请用 freeze",
                    f"a number above 0, at most {FASTEST:g}; to stand still, freeze",
                )
            return await clockwork.run(speed)
        case _:
            if value is not True:
                raise bad_value(name, value, "true", "true")
            return await clockwork.reset()


def still_to_send(error: StillToSend, hint_zh: str, hint_en: str) -> Refused:
    """Return the refusal, 409, of a reset while messages wait for the gateway."""
    return said(
        "RESET.01",
        409,
        f"还有 {error.count} 条报文未送达网关, 未重置",
        f"{error.count} messages wait for the gateway; nothing was reset",
        hint_zh,
        hint_en,
    )


def clock_busy_at_reset(
    hint_zh: str = "请等它结束后再试", hint_en: str = "wait until it has ended, then try again"
) -> Refused:
    """Return the refusal, 409, of a reset while the clock is being moved."""
    return said(
        "CLOCK.01",
        409,
        "业务时钟正在移动, 未重置",
        "the business clock is being moved; nothing was reset",
        hint_zh,
        hint_en,
    )


async def face(node: CustomsNode) -> dict[str, Any]:
    """Return what the clock shows."""
    clock, told = node.clockwork.clock, node.office.settings.review
    now, wall, line = clock.now(), clock.wall(), clock.state
    at, day = micros(now), day_of(local_day(now))
    next_due = await node.clockwork.next_due()
    last = await node.office.store.read(due.last_move)
    return {
        "now": _time(now),
        "wall": _time(wall),
        "mode": clock.mode.value,
        "speed": clock.speed,
        "working_day": day.working,
        "holiday": day.holiday,
        "open": is_open(at, told.hours),
        "calendar": "published" if day.known else "weekends_only",
        "next_working_moment": _time(local(next_working_moment(at, told.hours))),
        "next_due": _time(next_due) if next_due else None,
        "last_move": (
            {
                "from": _time(local(last.before)),
                "to": _time(local(last.after)),
                "fired": last.fired,
                "happened": [_happening(each) for each in last.happened],
            }
            if last
            else None
        ),
        "state": (
            {"business": line.business, "wall": line.wall, "speed": line.speed} if line else None
        ),
    }


def instant_of(name: str, value: Setting, now: datetime) -> datetime:
    """Return the instant that a number of seconds, a duration or an instant names. Raise Refused,
    400, otherwise."""
    wanted = (
        "秒数, ISO 8601 时长 (P30D) 或带时区的 RFC 3339 时刻, 百年以内, " + SPAN,
        (
            "seconds, an ISO 8601 duration (P30D) or an RFC 3339 instant with offset, within a"
            f" hundred years and {SPAN}"
        ),
    )
    try:
        if isinstance(value, bool):
            raise ValueError
        if not isinstance(value, str):
            until = now + timedelta(seconds=value)
        elif value.lstrip("+-").upper().startswith("P"):
            until = now + msgspec.convert(value, timedelta)
        else:
            until = datetime.fromisoformat(value)
        if until.tzinfo is None or not within(until) or abs(until - now) > LONGEST:
            raise ValueError
    except (ValueError, OverflowError, msgspec.ValidationError):
        raise bad_value(name, value, *wanted) from None
    return until


def _went_back(moved: Moved) -> Finding:
    return compose(
        code="CLOCK.02",
        layer="control",
        severity=WARNING,
        zh=f"业务时间倒退, 存档中有 {moved.dated_later} 条报文的时间更晚",
        en=f"the time went back; {moved.dated_later} archived messages are dated later",
        hint_zh="要从头开始请 POST /control/v1/reset",
        hint_en="to begin afresh, POST /control/v1/reset",
    )


def _time(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()


CALLS = (
    Call(
        method="GET",
        path="/clock",
        handle=show,
        role=VIEWER,
        tag=WORLD,
        zh="业务时钟",
        en="The business clock",
    ),
    Call(
        method="POST",
        path="/clock",
        handle=set_clock,
        role=TESTER,
        tag=WORLD,
        body=ClockOrder,
        look=state.clock,
        zh="冻结、推进、变速或复位业务时钟",
        en="Freeze, advance, speed up or reset the business clock",
    ),
    Call(
        method="POST",
        path="/reset",
        handle=afresh,
        role=TESTER,
        tag=WORLD,
        body=ResetOrder,
        look=state.clock,
        zh="从头开始: 清空案卷、台账、报文",
        en="Begin afresh: forget cases, registers and messages",
    ),
)
