"""The pages that bend the simulated world: how customs reviews and whether it listens, the business
clock, a fresh start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web

from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, post
from customs_sim.console.timeline import DAY, by_day, timeline
from customs_sim.console.words import PROFILES
from customs_sim.console.written import time_of
from customs_sim.control.clock import (
    Setting,
    clock_busy_at_reset,
    face,
    instant_of,
    move_clock,
    still_to_send,
)
from customs_sim.control.http import ACTOR
from customs_sim.control.problems import bad_value, said
from customs_sim.control.restart import StillToSend, begin_afresh
from customs_sim.control.state import clock as clock_state
from customs_sim.desk.due import due, last_move
from customs_sim.flow.clock import ClockBusy
from customs_sim.node import CustomsNode
from customs_sim.office.operators import Role
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.question import Question
from schemas.times import micros, wire_text

DAYS = 30
"""Days that the line of the clock looks ahead."""


class WorldPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame = node, frame

    def pages(self) -> list[Page]:
        return [
            post("/profile", self.profile, Role.TESTER),
            post("/listening", self.listen, Role.TESTER),
            get("/clock", self.clock),
            post("/clock", self.set_clock, Role.TESTER, ask=self.ask_back),
            post("/reset", self.reset, Role.TESTER),
        ]

    async def profile(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        name = form.get("profile", "")
        if name not in PROFILES:
            raise bad_value("profile", name, " | ".join(PROFILES), " | ".join(PROFILES))
        before = await self._node.profile()
        await self._node.set_profile(name)
        await self._node.office.note(
            request[ACTOR], "put_profile", before={"profile": before}, after={"profile": name}
        )
        zh, en = PROFILES[name]
        return self._frame.back(
            form.get("back", "/"),
            good=True,
            lines=[(f"以后到达的单证: {zh}", f"what arrives from now on: {en}")],
        )

    async def listen(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        pause = form.get("hold") == "1"
        before = self._node.paused
        await (self._node.pause() if pause else self._node.resume())
        await self._node.office.note(
            request[ACTOR],
            "post_hold" if pause else "post_release",
            before={"held": before},
            after={"held": pause},
        )
        told = (
            ("已停止收报, 网关的报文会等待", "stopped listening; the gateway's messages wait")
            if pause
            else ("已恢复收报", "listening again")
        )
        return self._frame.back(form.get("back", "/"), good=True, lines=[told])

    async def clock(self, request: web.Request) -> web.StreamResponse:
        now = micros(self._node.office.clock.now())
        ahead = await self._node.office.store.read(lambda c: due(c, now + DAYS * DAY))
        return self._frame.page(
            request,
            "clock.html",
            face=await face(self._node),
            wall=micros(self._node.office.wall.now()),
            days=DAYS,
            ahead=ahead,
            line=timeline([each.at for each in ahead], now, DAYS),
            by_day=by_day(ahead),
            last=await self._node.office.store.read(last_move),
            held=self._node.paused,
            profile=await self._node.profile(),
        )

    async def ask_back(self, request: web.Request) -> Question | None:
        """Ask before the business clock goes back: what is dated later stays so."""
        form, now = await form_of(request), self._node.office.clock.now()
        to = datetime.now(UTC) if form.get("do") == "reset" else _instant(form, now)
        if to is None or to >= now:
            return None
        shown = [wire_text(each) for each in (now, to)]
        return Question(
            title=("业务时间倒退?", "Set the business clock back?"),
            lines=(
                (
                    f"从 {shown[0]} 退到 {shown[1]}。办过的不会撤销, 之后的报文可能早于存档中的。",
                    f"From {shown[0]} to {shown[1]}. What was done stays done; messages to come may"
                    " be dated before those in the archive.",
                ),
            ),
            button=("倒退", "Set back"),
            danger=True,
        )

    async def set_clock(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        asked = form.get("do", "")
        name, value = "freeze" if asked == "run" else asked, _setting(asked, _written(form))
        before = await clock_state(self._node)
        moved, _ = await move_clock(self._node, name, value)
        await self._node.office.note(
            request[ACTOR], "post_clock", before=before, after=await clock_state(self._node)
        )
        lines = [("业务时钟已调整", "the business clock was set")]
        if moved.fired:
            lines.append(
                (
                    f"途中办理了 {moved.fired} 件到期事项, 列在“上次移动”",
                    f"{moved.fired} things fell due on the way; see “Last move”",
                )
            )
        if moved.dated_later:
            lines.append(
                (
                    f"时间倒退: 存档中有 {moved.dated_later} 条报文的时间更晚",
                    f"the time went back: {moved.dated_later} messages are dated later",
                )
            )
        return self._frame.back("/clock#last" if moved.fired else "/clock", good=True, lines=lines)

    async def reset(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        if form.get("sure") != "yes":
            raise said(
                "FORM.02",
                400,
                "没有勾选“我确定”, 没有重置",
                "“I am sure” is not ticked; nothing was reset",
                "请勾选后再重置",
                "tick it, then reset",
            )
        try:
            removed = await begin_afresh(self._node, force=form.get("force") == "yes")
        except StillToSend as error:
            raise still_to_send(
                error, "请等网关收完, 或勾选“放弃未送达的报文”", "wait, or tick “give them up”"
            ) from None
        except ClockBusy:
            raise clock_busy_at_reset("", "") from None
        await self._node.office.note(request[ACTOR], "post_reset", after=removed)
        return self._frame.back(
            "/",
            good=True,
            lines=[
                (
                    "已从头开始; 网关一侧的数据没有动",
                    "begun afresh; the gateway's side was left alone",
                )
            ],
        )


def _instant(form: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the instant that a form freezes the clock at; None without one that can be read."""
    value = _setting("freeze", _written(form)) if form.get("do") == "freeze" else True
    return instant_of("value", value, now) if value is not True else None


def _written(form: Mapping[str, str]) -> str:
    """Return what was written as the time, else what was picked."""
    return form.get("value", "").strip() or form.get("picked", "").strip()


def _setting(name: str, text: str) -> Setting:
    """Return the value of a form as the clock's order takes it."""
    match name:
        case "freeze":
            return time_of("value", text) if text else True
        case "run":
            return False
        case "speed":
            return (
                float(text)
                if text.replace(".", "", 1).isdigit() and text.isascii() and len(text) < 12
                else 0.0
            )
        case "advance":
            return time_of("value", text)
        case "reset":
            return True
        case _:
            raise bad_value(
                "do",
                name,
                "freeze | run | advance | speed | reset",
                "freeze | run | advance | speed | reset",
            )
