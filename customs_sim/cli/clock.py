"""`eport clock`: shows and moves the business clock of a running customs, by its control API."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from gateway.base.errors import BadSetting, Unavailable
from gateway.base.process.home import Keys
from gateway.base.terminal.calls import Reply, Server, Words, session
from gateway.base.terminal.screen import show_json

NO_ANSWER = (
    "no customs answers at {url} ({reason}); start it with `eport up`, or name another --control"
)
WORDS = Words(no_answer=NO_ANSWER, no_address=NO_ANSWER, refusing=frozenset())
ORDERS = ("show", "freeze", "advance", "speed", "reset")


def clock(order: str, value: str, *, control: str, key: str, home: Path, as_json: bool) -> int:
    """Set the clock. Return the exit code: 0, or 1 when customs refuses the order; its reason is
    shown."""
    if order not in ORDERS:
        raise BadSetting(f"clock {order!r}: wanted one of {', '.join(ORDERS)}")
    if order in ("advance", "speed") and not value:
        raise BadSetting(
            f"clock {order}: a value is missing, for instance "
            f"{'P30D, 3600 or 2026-12-31T09:00:00+08:00' if order == 'advance' else '60'}"
        )
    reply = asyncio.run(_call(control, _body(order, value), key or _key(home)))
    if as_json:
        show_json(reply.json)
    elif reply.http < 300:
        _show(reply.json)
    else:
        Console(stderr=True, highlight=False).print(
            f"{reply.json.get('detail')} / {reply.json.get('detail_en')}", markup=False
        )
    return 0 if reply.http < 300 else 1


def _body(order: str, value: str) -> dict[str, Any] | None:
    if order == "show":
        return None
    if order == "reset":
        return {"reset": True}
    if order == "freeze":
        return {"freeze": {"": True, "off": False}.get(value, value)}
    try:
        return {order: float(value)}
    except ValueError:
        return {order: value}


def _key(home: Path) -> str:
    """Return the operator's key of a home on this machine; empty without one, which a customs that
    may be used without a key does not ask for."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((home / "keys.json").read_bytes(), type=Keys).operator_key
    return ""


async def _call(control: str, body: dict[str, Any] | None, key: str) -> Reply:
    content = None if body is None else msgspec.json.encode(body)
    kind = "" if body is None else "application/json"
    async with session() as http:
        customs = Server(http, control, "/control/v1", WORDS, key=key)
        reply = await customs.call(
            "GET" if body is None else "POST", "/clock", body=content, kind=kind
        )
    if reply.json is None:
        url = f"{customs.origin}/control/v1/clock"
        raise Unavailable(NO_ANSWER.format(url=url, reason=f"HTTP {reply.http}, no JSON"))
    return reply


def _show(face: dict[str, Any]) -> None:
    out = Console(highlight=False, soft_wrap=True)
    day = (
        "工作日 working day"
        if face["working_day"]
        else f"休息日 day off {face['holiday'] or ''}".rstrip()
    )
    out.print(f"业务时间 business  {face['now']}  {face['mode']}  ×{face['speed']:g}")
    out.print(f"实际时间 wall      {face['wall']}")
    out.print(f"{day}; 下一工作时刻 next working moment {face['next_working_moment']}")
    if face["calendar"] != "published":
        out.print(
            "该年节假日安排未公布, 只计周末 the year's holidays are not published: weekends only"
        )
    if face["next_due"]:
        out.print(f"下一到期 next due  {face['next_due']}")
    if "moved" in face:
        out.print(
            f"移动 moved  {face['moved']['from']} → {face['moved']['to']}, 到期 fired"
            f" {face['moved']['fired']}"
        )
    for warning in face.get("warnings", ()):
        out.print(f"{warning['message_zh']} / {warning['message_en']}", markup=False)
