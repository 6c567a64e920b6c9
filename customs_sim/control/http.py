"""What the calls of the control API share: reading bodies and parameters, the actor of a request,
shapes that stand in several answers, and the one place where foreign errors become refusals.
Decides nothing."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from customs_sim.cases.case import Case
from customs_sim.control.problems import (
    Refusal,
    bad_json,
    bad_value,
    instant_of,
    json,
    said,
    time_of,
    unavailable,
)
from customs_sim.desk.refusal import NotAllowed
from customs_sim.node import Listed
from customs_sim.office.operators import Actor
from gateway.base.errors import CommitUnknown, DataRefused, StoreConflict, Unavailable
from schemas.findings import ERROR, Place, compose, finding

log = logging.getLogger("eport.customs.control")
PREFIX = "/control/v1"
BODY = 1024 * 1024
PATIENCE = 20.0
ACTOR: web.RequestKey[Actor] = web.RequestKey("actor", Actor)
Shape = TypeVar("Shape")


async def read_body(request: web.Request, shape: type[Shape]) -> Shape:
    """The JSON body as ``shape``; Refusal 400 otherwise."""
    try:
        async with asyncio.timeout(PATIENCE):
            content = await request.read()
    except TimeoutError:
        raise Refusal(400, [finding("SIZE.04", wanted=int(PATIENCE))]) from None
    if not content.strip():
        raise bad_json("空 / empty")
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_json(str(error)) from error


def words_of(request: web.Request, name: str = "q") -> str:
    """A parameter to search by: one whole number, code or word."""
    text = request.query.get(name, "").strip()
    if len(text) > 255 or not text.isprintable():
        raise bad_value(name, text, "至多 255 个可见字符", "at most 255 printable characters")
    return text


def number(field: str, text: str) -> str:
    """A number as the wire can carry it: at most 64 printable characters."""
    if len(text) > 64 or not text.isprintable() or text != text.strip():
        raise bad_value(
            field,
            text,
            "至多 64 个可见字符, 首尾无空格",
            "at most 64 printable characters, no blank at either end",
        )
    return text


def day(field: str, text: str) -> date | None:
    """``yyyy-MM-dd``; None for an empty text."""
    if not text:
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise bad_value(field, text, "日期 yyyy-MM-dd", "a day yyyy-MM-dd")


def case_shape(case: Case) -> dict[str, Any]:
    """A case in a list."""
    return {
        "case_no": case.case_no,
        "seq_no": case.seq_no,
        "message_type": case.message_type,
        "enterprise": case.enterprise,
        "business_no": case.business_no or None,
        "status": case.status.value,
        "since": time_of(case.since),
    }


def listing(found: Listed, names: tuple[str, ...]) -> web.Response:
    items = [dict(zip(names, row, strict=True)) for row in found.rows]
    for item in items:
        item["at"] = instant_of(item["at"])
    return json({"items": items, "total": found.total, "next": found.next})


def time_or_none(at: int) -> str | None:
    return time_of(at) if at else None


def not_allowed(error: NotAllowed) -> Refusal:
    """The problem of an act that a rule forbids: the rule's id as code, the member as field."""
    return Refusal(
        error.status,
        [
            compose(
                code=error.rule,
                layer="rule",
                severity=ERROR,
                zh=error.zh,
                en=error.en,
                hint_zh="",
                hint_en="",
                place=Place(field=error.field),
                value=error.found or None,
            )
        ],
    )


def as_refusal(request: web.Request, error: Exception) -> Refusal:
    """What the caller is told of ``error``; a bug is logged and says nothing of its inside."""
    match error:
        case Refusal():
            return error
        case NotAllowed():
            return not_allowed(error)
        case Unavailable() | CommitUnknown() | StoreConflict():
            return unavailable(str(error))
        case DataRefused():
            return said(
                "QUERY.03",
                400,
                f"数据库不接受这个值: {error}",
                f"the database refuses a value: {error}",
            )
        case web.HTTPNotFound():
            return Refusal(404, [finding("QUERY.02")])
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            return said(
                "QUERY.04",
                405,
                f"方法 {error.method} 不可用, 应为 {allowed}",
                f"{error.method} is not offered; wanted {allowed}",
            )
        case web.HTTPRequestEntityTooLarge():
            return Refusal(413, [finding("SIZE.02", found=f"> {BODY}", wanted=BODY)])
        case web.HTTPException():
            return said("HTTP.01", error.status, error.reason, error.reason)
        case _:
            log.error(
                "%s %s failed",
                request.method,
                request.path,
                exc_info=error,
                extra={"action": "control_failed"},
            )
            return said(
                "FAULT.01",
                500,
                "模拟海关内部错误, 已记入日志",
                "an error of the simulator itself; it is in the log",
            )
