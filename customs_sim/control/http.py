"""What the calls of the control API share: the node and the actor of a request, reading bodies and
parameters, shapes that stand in several answers, and the one place where foreign errors become
refusals. Decides nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from customs_sim.cases.case import Case
from customs_sim.control.problems import (
    bad_json,
    bad_value,
    cursor_of,
    json,
    limit_of,
    not_found,
    problem,
    said,
    time_of,
    too_slow,
    unavailable,
    wrong_method,
)
from customs_sim.desk.lists import Asked
from customs_sim.desk.refusal import unknown
from customs_sim.node import CustomsNode
from customs_sim.office.operators import Actor, Operators
from gateway.base.errors import CommitUnknown, DataRefused, StoreConflict, Unavailable
from gateway.base.web.asked import oddity, storable
from gateway.base.web.json_bodies import BadJson, decoded
from gateway.base.web.server import BROKEN, reason_of, status_of, strange_encoding
from schemas.findings import Refused, finding, odd_address, shown
from schemas.times import SPAN, day_named

if TYPE_CHECKING:
    from multidict import MultiDictProxy

log = logging.getLogger("eport.customs.control")
PREFIX = "/control/v1"
BODY, FIELDS = 1024 * 1024, 1100
"""Most bytes of a body and most fields of a form."""
PATIENCE = 20.0
NODE: web.AppKey[CustomsNode] = web.AppKey("node", CustomsNode)
OPERATORS: web.AppKey[Operators] = web.AppKey("operators", Operators)
ACTOR: web.RequestKey[Actor] = web.RequestKey("actor", Actor)
Shape = TypeVar("Shape")
NO_FORM = (ValueError, AssertionError, LookupError, RuntimeError, EOFError, *BROKEN)
"""What aiohttp says of a form with a wrong boundary, header, charset or encoding."""
Money = str | int | float
"""元, best as a string. What it says is checked by the rules, so that a wrong amount names its
rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A page of a register, as the parameters of the request ask for it. ``cursor`` is the number
    of the last item of the page before, in a list that is sorted how many items were seen; ``only``
    is what it is narrowed to."""

    limit: int
    cursor: str
    words: str
    enterprise: str
    only: str
    sort: str = ""
    skip: int = 0

    @classmethod
    def of(
        cls,
        request: web.Request,
        only: Collection[str] = (),
        sorts: Collection[str] = (),
        *,
        counted: bool = False,
    ) -> Search:
        """Raise Refused, 400, for what cannot be searched or sorted by. ``only``: what the list can
        be narrowed to; ``sorts``: what it can be sorted by; ``counted``: whether the cursor is
        always how many items were seen."""
        sort = sort_in(request.query, sorts)
        counted = counted or bool(sort)
        return cls(
            limit=limit_of(request),
            cursor="" if counted else words_of(request, "cursor"),
            skip=(cursor_of(request) or 0) if counted else 0,
            sort=sort,
            words=words_of(request),
            enterprise=words_of(request, "enterprise"),
            only=one_of(request.query, "only", only),
        )

    def asked(self, now: int = 0) -> Asked:
        """Return what a list is asked for at ``now``, business time: one row more than the page
        has, so that the following page is known."""
        return Asked(
            most=self.limit + 1,
            q=self.words,
            enterprise=self.enterprise,
            before=self.cursor,
            skip=self.skip,
            sort=self.sort,
            only=self.only,
            now=now,
        )

    def answer(self, items: list[dict[str, Any]], total: int, key: str) -> web.Response:
        """Return the page. ``items`` hold one more than the limit where another page follows;
        ``key`` names the member that is the cursor; empty where how many were seen is."""
        more = len(items) > self.limit
        seen = str(self.skip + self.limit) if self.sort or not key else ""
        return json(
            {
                "items": items[: self.limit],
                "total": total,
                "next": (seen or items[self.limit - 1][key]) if more else None,
            }
        )


async def read_body(request: web.Request, shape: type[Shape]) -> Shape:
    """Return the JSON body as ``shape``. Raise Refused, 400, otherwise."""
    try:
        async with asyncio.timeout(PATIENCE):
            content = await request.read()
    except TimeoutError:
        raise too_slow(PATIENCE) from None
    if not content.strip():
        raise bad_json("请求体为空", "it is empty")
    try:
        return decoded(content, shape)
    except BadJson as error:
        raise bad_json(error.zh, error.en) from None


async def read_text(request: web.Request) -> str:
    """Return the body as text. Raise Refused, 400, when it does not come or is no UTF-8."""
    try:
        async with asyncio.timeout(PATIENCE):
            return (await request.read()).decode()
    except TimeoutError:
        raise too_slow(PATIENCE) from None
    except UnicodeDecodeError as error:
        raise bad_json(str(error), str(error)) from error


async def posted(request: web.Request) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
    """Return the fields of a form. Raise Refused, 400, for what is none or does not come, and for
    text that no store takes."""
    try:
        async with asyncio.timeout(PATIENCE):
            form = await request.post()
    except TimeoutError:
        raise too_slow(PATIENCE) from None
    except NO_FORM as error:
        raise malformed_request(400, reason_of(error)) from None
    for name, value in form.items():
        if not storable(name) or (isinstance(value, str) and not storable(value)):
            raise bad_value(
                shown(name), str(value), "不含 NUL 的文字", "text without the character NUL"
            )
    return form


def check_address(request: web.Request, known: Collection[str]) -> None:
    """Raise Refused, 400, for a parameter that is not ``known`` or stands twice, and for text that
    no store takes; 415 for a body in an encoding that nobody reads."""
    odd = oddity(request, known)
    if odd is not None:
        raise Refused([odd_address(odd)], status=400)
    if strange := strange_encoding(request):
        raise malformed_request(415, strange)


def malformed_request(status: int, reason: str) -> Refused:
    """Return the refusal of what is no request, or of a body that is not what its headers say."""
    code = "HTTP.03" if status == 415 else "HTTP.02"
    return Refused([finding(code, found=reason)], status=status)


def malformed(status: int, reason: str) -> web.Response:
    """Return the answer to what is no request."""
    return problem(malformed_request(status, reason))


def node_of(request: web.Request) -> CustomsNode:
    """Return the node that the application serves."""
    return request.app[NODE]


def number_of(request: web.Request, name: str) -> int:
    """Return the number ``name`` in the path. Raise NotAllowed, 404, for anything else."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise unknown(name, text[:64], "编号", "number")
    return int(text)


def words_of(request: web.Request, name: str = "q") -> str:
    """Return a parameter to search by: one whole number, code or word. Raise Refused, 400, for what
    cannot be searched by."""
    return word_in(request.query, name)


def word_in(query: Mapping[str, str], name: str) -> str:
    """Return a parameter to search by out of ``query``, as ``words_of`` does."""
    text = query.get(name, "").strip()
    if len(text) > 255 or not text.isprintable():
        raise bad_value(name, text, "至多 255 个可见字符", "at most 255 printable characters")
    return text


def one_of(query: Mapping[str, str], name: str, known: Collection[str]) -> str:
    """Return a parameter that is one of ``known``; empty without one. Raise Refused, 400,
    otherwise."""
    text = word_in(query, name)
    if text and text not in known:
        raise bad_value(name, text, " | ".join(known), " | ".join(known))
    return text


def sort_in(query: Mapping[str, str], sorts: Collection[str]) -> str:
    """Return the parameter ``sort``: a name of ``sorts``, behind ``-`` from the highest down. Raise
    Refused, 400, for any other."""
    sort = word_in(query, "sort")
    if sort and sort.removeprefix("-") not in sorts:
        known = " | ".join(name for each in sorts for name in (each, f"-{each}"))
        raise bad_value("sort", sort, known, known)
    return sort


def number(field: str, text: str) -> str:
    """Return ``text`` as the wire can carry it: at most 64 printable characters. Raise Refused,
    400, otherwise."""
    if len(text) > 64 or not text.isprintable() or text != text.strip():
        raise bad_value(
            field,
            text,
            "至多 64 个可见字符, 首尾无空格",
            "at most 64 printable characters, no blank at either end",
        )
    return text


def day(field: str, text: str) -> date | None:
    """Return the day that ``text`` (yyyy-MM-dd) names; None for an empty text. Raise Refused, 400,
    otherwise."""
    if not text:
        return None
    if found := day_named(text):
        return found
    raise bad_value(field, text, f"日期 yyyy-MM-dd, {SPAN}", f"a day yyyy-MM-dd within {SPAN}")


def case_shape(case: Case) -> dict[str, Any]:
    """Return a case as it stands in a list."""
    return {
        "case_no": case.case_no,
        "seq_no": case.seq_no,
        "message_type": case.message_type,
        "enterprise": case.enterprise,
        "business_no": case.business_no or None,
        "status": case.status.value,
        "since": time_of(case.since),
    }


def time_or_none(at: int) -> str | None:
    return time_of(at) if at else None


def as_refusal(request: web.Request, error: Exception) -> Refused:
    """Return what the caller is told of ``error``. A bug is logged and says nothing of its
    inside."""
    match error:
        case Refused():
            return error
        case Unavailable() | CommitUnknown() | StoreConflict():
            return unavailable(str(error))
        case DataRefused():
            log.warning("the store refused a value: %s", error, extra={"action": "value_refused"})
            return Refused([finding("STORE.01")], status=400)
        case _ if isinstance(error, BROKEN):
            return malformed_request(status_of(error), reason_of(error))
        case web.HTTPNotFound():
            return not_found(request.path)
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            return wrong_method(error.method, allowed)
        case web.HTTPRequestEntityTooLarge():
            if "fields" in (error.text or ""):
                return said(
                    "FORM.01",
                    413,
                    f"表单超过 {FIELDS} 个字段",
                    f"the form has more than {FIELDS} fields",
                    "请少选一些, 或选“符合筛选的全部”",
                    "choose fewer, or all that fit the filter",
                )
            return Refused([finding("SIZE.02", found=f"> {BODY}", wanted=BODY)], status=413)
        case web.HTTPException():
            return Refused([finding("HTTP.01", found=error.reason)], status=error.status)
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
                "请把日志中的记录报告给维护者",
                "report what stands in the log",
            )
