"""The control API of the simulated customs, ``/control/v1`` (``contract.md`` 4); /livez, /readyz and a pointer at /.

Reads requests, calls the node and its desk, writes JSON. Decides nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from customs_sim.access import admit
from customs_sim.cases import Case
from customs_sim.control_acts import Acts, refused
from customs_sim.control_clock import ClockCalls
from customs_sim.control_expectations import Expectations
from customs_sim.control_faults import Faults
from customs_sim.control_parked import Parked
from customs_sim.control_scenarios import Scenarios
from customs_sim.desk import Act, Decided, Decision, NotDecided
from customs_sim.node import CustomsNode, Listed
from customs_sim.pace import PROFILES
from customs_sim.problems import MOST, Refusal, bad_json, bad_value, cursor_of, json, limit_of, problem, said, time_of, unavailable
from customs_sim.refusal import NotAllowed
from gateway.errors import CommitUnknown, DataRefused, StoreConflict, Unavailable
from schemas.findings import ERROR, compose, finding

log = logging.getLogger("eport.customs.control")
PREFIX = "/control/v1"
BODY = 1024 * 1024
PATIENCE = 20.0
Shape = TypeVar("Shape")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DecisionItem(msgspec.Struct, forbid_unknown_fields=True):
    """One item of POST /decisions."""

    seq_no: str
    result: str
    notes: list[str] = []


class Decisions(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /decisions."""

    items: list[DecisionItem]


class ProfileChoice(msgspec.Struct, forbid_unknown_fields=True):
    """Body of PUT /profile."""

    profile: str


def control_app(node: CustomsNode, *, operator_key: str) -> web.Application:
    """The application of the control port. An empty ``operator_key`` leaves only callers on this machine."""
    control = Control(node)

    @web.middleware
    async def frontier(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path.startswith(PREFIX):
                admit(request, operator_key)
            return await handler(request)
        except Refusal as refusal:
            return problem(refusal)
        except NotAllowed as forbidden:
            return problem(refused(forbidden))
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return problem(_of_http(error))
        except (Unavailable, CommitUnknown, StoreConflict) as error:
            return problem(unavailable(str(error)))
        except DataRefused as error:
            return problem(said("QUERY.03", 400, f"数据库不接受这个值: {error}",
                                f"the database refuses a value: {error}"))
        except Exception:
            log.exception("%s %s failed", request.method, request.path, extra={"action": "control_failed"})
            return problem(said("FAULT.01", 500, "模拟海关内部错误, 已记入日志",
                                "an error of the simulator itself; it is in the log"))

    app = web.Application(middlewares=[frontier], client_max_size=BODY)
    app.add_routes([
        web.get("/", control.pointer), web.get("/livez", control.alive), web.get("/readyz", control.ready), web.get("/metrics", control.metrics),
        web.get(PREFIX + "/worklist", control.worklist), web.post(PREFIX + "/decisions", control.decide),
        web.put(PREFIX + "/profile", control.choose_profile), web.post(PREFIX + "/hold", control.hold),
        web.post(PREFIX + "/release", control.release), web.get(PREFIX + "/parked", control.parked),
        *Parked(node.aside).routes(PREFIX), web.get(PREFIX + "/messages", control.messages), *Acts(node, _body).routes(PREFIX),
        *ClockCalls(node, _body).routes(PREFIX), *Expectations(node, _body).routes(PREFIX),
        *Scenarios(node).routes(PREFIX),
        *Faults(node).routes(PREFIX),
    ])
    return app


class Control:
    """The calls, one method each."""

    def __init__(self, node: CustomsNode) -> None:
        self._node = node

    async def pointer(self, _: web.Request) -> web.Response:
        return json({"service": "eport customs", "control": PREFIX, "ready": "/readyz"})

    async def alive(self, _: web.Request) -> web.Response:
        return json({"status": "alive"})

    async def ready(self, _: web.Request) -> web.Response:
        await self._node.ready()
        if self._node.leaving:
            return json({"status": "stopping"}, 503)
        return json({"status": "ready", "held": self._node.held, "gateway_reachable": self._node.office.relay.available,
                     "profile": await self._node.profile()})

    async def metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=await self._node.measure(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def worklist(self, request: web.Request) -> web.Response:
        found = await self._node.desk.worklist(limit=limit_of(request), cursor=cursor_of(request) or 0)
        return json({"items": [_case(case) for case in found.items], "total": found.total, "next": found.next})

    async def decide(self, request: web.Request) -> web.Response:
        """One result each. The HTTP status is 200 unless nothing was carried out; then that of the first refusal."""
        asked = await _body(request, Decisions)
        results = await self._node.desk.decide(_decisions(asked))
        items = [_result(result) for result in results]
        refused = [result for result in results if isinstance(result, NotDecided)]
        if not refused or len(refused) < len(results):
            return json({"items": items})
        return problem(Refusal(refused[0].status, [compose(
            code=result.rules[0] if result.rules else "ID.02" if result.status == 404 else "STATE.01", layer="rule",
            severity=ERROR, zh=result.message_zh, en=result.message_en, hint_zh="", hint_en="")
            for result in refused]), items=items)

    async def choose_profile(self, request: web.Request) -> web.Response:
        name = (await _body(request, ProfileChoice)).profile
        if name not in PROFILES:
            raise bad_value("profile", name, " | ".join(PROFILES), " | ".join(PROFILES))
        await self._node.set_profile(name)
        return json({"profile": name})

    async def hold(self, _: web.Request) -> web.Response:
        await self._node.hold()
        return json({"held": True})

    async def release(self, _: web.Request) -> web.Response:
        await self._node.release()
        return json({"held": False})

    async def parked(self, request: web.Request) -> web.Response:
        found = await self._node.parked(limit=limit_of(request), cursor=cursor_of(request))
        return _listing(found, ("id", "at", "direction", "message_id", "sender", "reason", "tries"))

    async def messages(self, request: web.Request) -> web.Response:
        q = request.query.get("q", "").strip()
        if len(q) > 255 or not (q.isprintable()):
            raise bad_value("q", q, "至多 255 个可见字符", "at most 255 printable characters")
        found = await self._node.messages(q, limit=limit_of(request), cursor=cursor_of(request))
        return _listing(found, ("id", "at", "direction", "message_type", "message_id", "sender", "case_no", "seq_no",
                                "enterprise", "gateway_msg_id", "size"))


async def _body(request: web.Request, shape: type[Shape]) -> Shape:
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


def _decisions(asked: Decisions) -> list[Decision]:
    if not 1 <= len(asked.items) <= MOST:
        raise bad_value("items", len(asked.items), f"1 到 {MOST} 项", f"1 to {MOST} items")
    made = []
    for number, item in enumerate(asked.items):
        here = f"items[{number}]"
        if item.result not in list(Act):
            raise bad_value(f"{here}.result", item.result, " | ".join(Act), " | ".join(Act))
        if not 1 <= len(item.seq_no) <= 64 or not item.seq_no.isprintable():
            raise bad_value(f"{here}.seq_no", item.seq_no, "统一编号, 1 到 64 个可见字符",
                            "a seq_no of 1 to 64 printable characters")
        for note in item.notes:
            if len(note) > 255:
                raise bad_value(f"{here}.notes", note, "每条至多 255 个字符", "at most 255 characters each")
        made.append(Decision(seq_no=item.seq_no, result=Act(item.result), notes=tuple(item.notes)))
    return made


def _case(case: Case) -> dict[str, Any]:
    return {"case_no": case.case_no, "seq_no": case.seq_no, "message_type": case.message_type,
            "enterprise": case.enterprise, "business_no": case.business_no or None, "status": case.status.value,
            "since": time_of(case.since)}


def _result(result: Decided | NotDecided) -> dict[str, Any]:
    case = result.case
    item: dict[str, Any] = {
        "seq_no": result.decision.seq_no, "result": result.decision.result.value, "code": 200,
        "case_no": case.case_no if case else None, "status": case.status.value if case else None,
        "business_no": (case.business_no or None) if case else None}
    if isinstance(result, NotDecided):
        item |= {"code": result.status, "rule": result.rules[0] if result.rules else None, "rules": result.rules,
                 "message_zh": result.message_zh, "message_en": result.message_en}
    return item


def _listing(found: Listed, names: tuple[str, ...]) -> web.Response:
    items = [dict(zip(names, row, strict=True)) for row in found.rows]
    for item in items:
        item["at"] = time_of(item["at"])
    return json({"items": items, "total": found.total, "next": found.next})


def _of_http(error: web.HTTPException) -> Refusal:
    """What aiohttp itself refuses, in our form."""
    match error:
        case web.HTTPNotFound():
            return Refusal(404, [finding("QUERY.02")])
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            return said("QUERY.04", 405, f"方法 {error.method} 不可用, 应为 {allowed}",
                        f"{error.method} is not offered; wanted {allowed}")
        case web.HTTPRequestEntityTooLarge():
            return Refusal(413, [finding("SIZE.02", found=f"> {BODY}", wanted=BODY)])
        case _:
            return said("HTTP.01", error.status, error.reason, error.reason)
