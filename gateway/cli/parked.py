"""`parked`: messages that a side set aside: list, show, retry, drop. A client of both HTTP APIs,
with the operator's key.

A message is named by side and number, as the list shows it: gateway/17, customs/3.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from rich.text import Text

from gateway.base.errors import BadSetting, Unavailable
from gateway.base.process.loop import run_loop
from gateway.base.terminal.calls import Reply, Server, Words, session
from gateway.base.terminal.screen import clock, screen, show_json, show_rows

SIDES = ("gateway", "customs")
NO_ANSWER = "does not answer at {url} ({reason}); start it, or give --url and --control"
NO_KEY = "does not take this key as an operator's; give --key, or --home of the running pair"
METHODS = {"show": ("GET", ""), "retry": ("POST", "/retry"), "drop": ("DELETE", "")}


class Operator:
    """Calls of both sides. Raises Unavailable when a side does not answer, BadSetting when it does
    not know the key."""

    def __init__(self, url: str, control: str, key: str) -> None:
        self._urls = {"gateway": (url, "/api/v1"), "customs": (control, "/control/v1")}
        self._key = key

    async def call(self, side: str, method: str, path: str) -> Reply:
        words = Words(
            no_answer=f"{side} {NO_ANSWER}",
            no_address=f"{side} {NO_ANSWER}",
            no_key=f"{side} {NO_KEY}",
            refusing=frozenset({401, 403}),
        )
        async with session() as http:
            return await Server(http, *self._urls[side], words, key=self._key).call(method, path)


def parked(
    action: str, name: str, *, url: str, control: str, key: str, home: Path, as_json: bool
) -> int:
    """Exit 1 when there is no such message, or a retry came to nothing."""
    operator = Operator(url, control, operator_key(key, home))
    if action == "list":
        return _list(operator, as_json)
    if action not in METHODS:
        raise BadSetting(f"{action!r}: wanted list, show, retry or drop")
    side, _, number = name.partition("/")
    if side not in SIDES or not (number.isascii() and number.isdigit()):
        raise BadSetting(
            f"{name!r} names no parked message; write one as `eport parked list` shows it, like"
            " gateway/17"
        )
    method, path = METHODS[action]
    reply = run_loop(operator.call(side, method, f"/parked/{number}{path}"))
    body = reply.json
    if reply.http == 404:
        raise BadSetting(f"there is no parked message {name}; see `eport parked list`")
    if reply.http >= 400:
        raise Unavailable(
            f"{side} answered HTTP {reply.http}:"
            f" {body.get('detail', '') if isinstance(body, dict) else ''}"
        )
    return _told(action, name, body, as_json)


def _told(action: str, name: str, body: Any, as_json: bool) -> int:
    good = action != "retry" or body["outcome"] in ("applied", "sent")
    if as_json:
        show_json(body or {"dropped": name})
    elif action == "show":
        out = screen()
        out.print(
            f"{name}  {clock(body['at'])}  {body['message_id']}\n原因 reason: {body['reason']}\n"
        )
        out.print(body["body"])
    elif action == "drop":
        screen().print(f"已丢弃 dropped  {name}")
    else:
        words = {
            "applied": "已处理 applied",
            "sent": "已重新排队发送 queued to be sent again",
            "parked": "再次搁置 parked again",
            "waiting": "仍在等待 still waiting",
        }[body["outcome"]]
        screen().print(
            Text(f"{words}  {body['reason']}".rstrip(), style="green" if good else "red")
        )
    return 0 if good else 1


def _list(operator: Operator, as_json: bool) -> int:
    async def both() -> list[Reply]:
        return await asyncio.gather(
            *[operator.call(side, "GET", "/parked?limit=1000") for side in SIDES]
        )

    items = [
        {"name": f"{side}/{item['id']}", **item}
        for side, reply in zip(SIDES, run_loop(both()), strict=True)
        for item in reply.json["items"]
    ]
    if as_json:
        show_json({"items": items, "total": len(items), "next": None})
    elif not items:
        screen().print("没有搁置的报文 / nothing is parked")
    else:
        show_rows(
            screen(),
            ("报文 message", "时间 time", "报文编号 id", "原因 reason"),
            ((i["name"], clock(i["at"]), i["message_id"], i["reason"][:100]) for i in items),
        )
    return 0


def operator_key(key: str, home: Path) -> str:
    """Return ``key``, else the operator's key of the home."""
    if key.strip():
        return key.strip()
    try:
        return str(msgspec.json.decode((home / "keys.json").read_bytes())["operator_key"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        raise BadSetting(
            f"no operator's key: give --key, or --home of a running pair; {home / 'keys.json'} has"
            " none"
        ) from None
