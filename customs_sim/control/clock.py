"""The part of the control API by which a tester bends time and begins afresh: ``/clock`` and
``/reset`` (``docs/contract.md`` 4). Reads requests, calls the clockwork, writes JSON. Decides
nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.problems import bad_value, json, said
from customs_sim.control.restart import StillToSend, begin_afresh
from customs_sim.flow.clock import FASTEST, LONGEST, ClockBusy, Moved
from customs_sim.node import CustomsNode
from customs_sim.wire.calendar import day_of, is_open, next_working_moment
from schemas.findings import WARNING, Finding, compose
from schemas.times import SHANGHAI, micros

Setting = bool | float | str


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


class ClockCalls:
    """The calls, one method each. ``read`` decodes a request's body."""

    def __init__(
        self, node: CustomsNode, read: Callable[[web.Request, type[Any]], Awaitable[Any]]
    ) -> None:
        self._node, self._work, self._read = node, node.clockwork, read

    def routes(self, prefix: str) -> list[web.RouteDef]:
        return [
            web.get(prefix + "/clock", self.show),
            web.post(prefix + "/clock", self.set),
            web.post(prefix + "/reset", self.afresh),
        ]

    async def show(self, _: web.Request) -> web.Response:
        return json(await self.face())

    async def set(self, request: web.Request) -> web.Response:
        asked = await self._read(request, ClockOrder)
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
        try:
            moved = await self.obey(*given.popitem())
        except ClockBusy:
            raise said(
                "CLOCK.01",
                409,
                "另一请求正在移动业务时钟",
                "another call is moving the business clock",
                "请等它结束后再试",
                "wait until it has ended, then try again",
            ) from None
        warnings = [_went_back(moved)] if moved.dated_later else []
        return json(
            await self.face()
            | {
                "moved": {
                    "from": _time(moved.before),
                    "to": _time(moved.after),
                    "moments": moved.moments,
                    "fired": moved.fired,
                },
                "warnings": warnings,
            }
        )

    async def afresh(self, request: web.Request) -> web.Response:
        asked = await self._read(request, ResetOrder) if request.can_read_body else ResetOrder()
        try:
            removed = await begin_afresh(self._node, force=asked.force)
        except StillToSend as error:
            raise said(
                "RESET.01",
                409,
                f"还有 {error.count} 条报文未送达网关, 未重置",
                f"{error.count} messages wait for the gateway; nothing was reset",
                '请等网关收完, 或用 {"force": true} 放弃它们',
                'wait until the gateway has them, or send {"force": true} to give them up',
            ) from None
        except ClockBusy:
            raise said(
                "CLOCK.01",
                409,
                "业务时钟正在移动, 未重置",
                "the business clock is being moved; nothing was reset",
                "请等它结束后再试",
                "wait until it has ended, then try again",
            ) from None
        return json({"reset": True, "removed": removed, "clock": await self.face()})

    async def obey(self, name: str, value: Setting) -> Moved:
        """Do one of the members of ClockOrder. Raises Refusal, ClockBusy."""
        now = self._work.clock.now()
        match name:
            case "freeze" if value is False:
                return await self._work.run(1.0)
            case "freeze":
                return await self._work.freeze(
                    None if value is True else _instant(name, value, now)
                )
            case "advance":
                until = _instant(name, value, now)
                if until < now:
                    raise bad_value(
                        name,
                        value,
                        f"不早于业务时间 {_time(now)}; 倒拨请用 freeze",
                        f"not before the business time {_time(now)}; to go back, freeze at an"
                        " instant",
                    )
                return await self._work.advance(until)
            case "speed":
                speed = float(value) if not isinstance(value, bool | str) else 0.0
                if not 0 < speed <= FASTEST:
                    raise bad_value(
                        name,
                        value,
                        f"大于 0, 至多 {FASTEST:g} 的数; 静止请用 freeze",
                        f"a number above 0, at most {FASTEST:g}; to stand still, freeze",
                    )
                return await self._work.run(speed)
            case _:
                if value is not True:
                    raise bad_value(name, value, "true", "true")
                return await self._work.reset()

    async def face(self) -> dict[str, Any]:
        """What the clock shows."""
        clock, told = self._work.clock, self._node.office.settings.review
        now, wall, state = clock.now(), clock.wall(), clock.state
        at, day = micros(now), day_of(now.astimezone(SHANGHAI).date())
        due = await self._work.next_due()
        return {
            "now": _time(now),
            "wall": _time(wall),
            "mode": clock.mode.value,
            "speed": clock.speed,
            "working_day": day.working,
            "holiday": day.holiday,
            "open": is_open(at, told.hours),
            "calendar": "published" if day.known else "weekends_only",
            "next_working_moment": _time(
                datetime.fromtimestamp(next_working_moment(at, told.hours) / 1_000_000, SHANGHAI)
            ),
            "next_due": _time(due) if due else None,
            "state": (
                {"business": state.business, "wall": state.wall, "speed": state.speed}
                if state
                else None
            ),
        }


def _instant(name: str, value: Setting, now: datetime) -> datetime:
    """The instant that a number of seconds, a duration or an instant names."""
    wanted = (
        "秒数, ISO 8601 时长 (P30D) 或带时区的 RFC 3339 时刻, 百年以内",
        (
            "seconds, an ISO 8601 duration (P30D) or an RFC 3339 instant with offset, within a"
            " hundred years"
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
        if until.tzinfo is None or abs(until - now) > LONGEST:
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
