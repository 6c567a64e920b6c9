"""The control port of the simulated customs: the control API ``/control/v1`` (``docs/contract.md``
4), its documentation, /livez and /readyz, and the console at ``/``.

Reads requests, calls the node and its desk, writes JSON. Decides nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from customs_sim.cases.profiles import PROFILES
from customs_sim.control.http import ACTOR, PREFIX, case_shape, listing, read_body, words_of
from customs_sim.control.problems import (
    MOST,
    Refusal,
    bad_value,
    cursor_of,
    json,
    limit_of,
    problem,
)
from customs_sim.control.reads import waiting_of
from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.node import CustomsNode
from schemas.findings import ERROR, compose


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


class Control:
    """The calls, one method each."""

    def __init__(self, node: CustomsNode) -> None:
        self._node = node

    async def pointer(self, _: web.Request) -> web.Response:
        return json(
            {
                "service": "eport customs",
                "control": PREFIX,
                "ready": "/readyz",
                "docs": "/control/docs",
                "console": "/",
            }
        )

    async def alive(self, _: web.Request) -> web.Response:
        return json({"status": "alive"})

    async def ready(self, _: web.Request) -> web.Response:
        await self._node.ready()
        if self._node.leaving:
            return json({"status": "stopping"}, 503)
        return json(
            {
                "status": "ready",
                "held": self._node.held,
                "gateway_reachable": self._node.office.relay.available,
                "profile": await self._node.profile(),
            }
        )

    async def metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=await self._node.measure(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    async def worklist(self, request: web.Request) -> web.Response:
        found = await self._node.desk.worklist(
            limit=limit_of(request), cursor=cursor_of(request) or 0, wanted=waiting_of(request)
        )
        return json(
            {
                "items": [case_shape(case) for case in found.items],
                "total": found.total,
                "next": found.next,
            }
        )

    async def decide(self, request: web.Request) -> web.Response:
        """One result each. The HTTP status is 200 unless nothing was carried out; then that of the
        first refusal."""
        asked = await read_body(request, Decisions)
        results = await self._node.desk.decide(_decisions(asked), by=request[ACTOR])
        items = [_result(result) for result in results]
        refused = [result for result in results if isinstance(result, NotDecided)]
        if not refused or len(refused) < len(results):
            return json({"items": items})
        return problem(
            Refusal(
                refused[0].status,
                [
                    compose(
                        code=(
                            result.rules[0]
                            if result.rules
                            else "ID.02"
                            if result.status == 404
                            else "STATE.01"
                        ),
                        layer="rule",
                        severity=ERROR,
                        zh=result.message_zh,
                        en=result.message_en,
                        hint_zh="",
                        hint_en="",
                    )
                    for result in refused
                ],
            ),
            items=items,
        )

    async def choose_profile(self, request: web.Request) -> web.Response:
        name = (await read_body(request, ProfileChoice)).profile
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
        return listing(found, ("id", "at", "direction", "message_id", "sender", "reason", "tries"))

    async def messages(self, request: web.Request) -> web.Response:
        found = await self._node.messages(
            words_of(request), limit=limit_of(request), cursor=cursor_of(request)
        )
        return listing(
            found,
            (
                "id",
                "at",
                "direction",
                "message_type",
                "message_id",
                "sender",
                "case_no",
                "seq_no",
                "enterprise",
                "gateway_msg_id",
                "size",
            ),
        )


def _decisions(asked: Decisions) -> list[Decision]:
    if not 1 <= len(asked.items) <= MOST:
        raise bad_value("items", len(asked.items), f"1 到 {MOST} 项", f"1 to {MOST} items")
    made = []
    for at, item in enumerate(asked.items):
        here = f"items[{at}]"
        if item.result not in list(Act):
            raise bad_value(f"{here}.result", item.result, " | ".join(Act), " | ".join(Act))
        if not 1 <= len(item.seq_no) <= 64 or not item.seq_no.isprintable():
            raise bad_value(
                f"{here}.seq_no",
                item.seq_no,
                "统一编号, 1 到 64 个可见字符",
                "a seq_no of 1 to 64 printable characters",
            )
        for note in item.notes:
            if len(note) > 255:
                raise bad_value(
                    f"{here}.notes", note, "每条至多 255 个字符", "at most 255 characters each"
                )
        made.append(Decision(seq_no=item.seq_no, result=Act(item.result), notes=tuple(item.notes)))
    return made


def _result(result: Decided | NotDecided) -> dict[str, Any]:
    case = result.case
    item: dict[str, Any] = {
        "seq_no": result.decision.seq_no,
        "result": result.decision.result.value,
        "code": 200,
        "case_no": case.case_no if case else None,
        "status": case.status.value if case else None,
        "business_no": (case.business_no or None) if case else None,
    }
    if isinstance(result, NotDecided):
        item |= {
            "code": result.status,
            "rule": result.rules[0] if result.rules else None,
            "rules": result.rules,
            "message_zh": result.message_zh,
            "message_en": result.message_en,
        }
    return item
