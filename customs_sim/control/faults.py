"""The part of the control API that sets faults and shows what they did. Reads requests, calls the
node's playbook, writes JSON."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from customs_sim.control.problems import Refusal, bad_value, json
from customs_sim.control.scenarios import text_of, unusable
from customs_sim.desk.playbook import ArmedFault
from customs_sim.node import CustomsNode
from customs_sim.steering.faults import FAULTS
from customs_sim.steering.matching import Match
from customs_sim.steering.yaml_reading import BadText
from schemas.findings import finding
from schemas.times import to_wire

MOST = 1000


class Faults:
    """The calls, one method each."""

    def __init__(self, node: CustomsNode) -> None:
        self._playbook = node.playbook

    def routes(self, prefix: str) -> list[web.RouteDef]:
        return [
            web.get(prefix + "/faults", self.active),
            web.put(prefix + "/faults", self.arm),
            web.delete(prefix + "/faults", self.clear),
            web.get(prefix + "/faults/log", self.log),
            web.get(prefix + "/faults/log/{number:[0-9]{1,18}}/{which:meant|sent}", self.body),
        ]

    async def active(self, _: web.Request) -> web.Response:
        return json(await self._active())

    async def arm(self, request: web.Request) -> web.Response:
        """``{seed, rules: [{fault, name, match, with}]}`` as JSON or YAML: JSON is YAML, so both
        are read with line numbers."""
        try:
            await self._playbook.arm(await text_of(request))
        except BadText as error:
            raise unusable(error) from None
        return json(await self._active())

    async def clear(self, _: web.Request) -> web.Response:
        await self._playbook.clear("faults")
        return json(await self._active())

    async def log(self, request: web.Request) -> web.Response:
        text, cursor = request.query.get("limit", "100"), request.query.get("cursor", "")
        if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= MOST):
            raise bad_value(
                "limit", text, f"1 到 {MOST} 的整数", f"a whole number from 1 to {MOST}"
            )
        if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise bad_value("cursor", cursor, "上一页返回的 next", "the next of the page before")
        rows, total = await self._playbook.log(
            limit=int(text), cursor=int(cursor) if cursor else None
        )
        return json(
            {
                "items": [_logged(row) for row in rows[: int(text)]],
                "total": total,
                "next": str(rows[int(text) - 1][0]) if len(rows) > int(text) else None,
            }
        )

    async def body(self, request: web.Request) -> web.Response:
        """What should have gone out (``meant``), or what did (``sent``)."""
        found = await self._playbook.both(int(request.match_info["number"]))
        if found is None:
            raise Refusal(404, [finding("QUERY.02")])
        meant, sent = found
        return web.Response(
            body=meant if request.match_info["which"] == "meant" else sent,
            content_type="application/octet-stream",
        )

    async def _active(self) -> dict[str, Any]:
        armed = await self._playbook.armed()
        return {
            "rules": [_rule(each) for each in armed],
            "known": [
                {
                    "fault": name,
                    "zh": row.zh,
                    "en": row.en,
                    "source": row.source,
                    "types": row.types,
                    "with": row.options,
                    "gateway_zh": row.gateway_zh,
                    "gateway_en": row.gateway_en,
                }
                for name, row in FAULTS.items()
            ],
        }


def _rule(armed: ArmedFault) -> dict[str, Any]:
    rule = armed.rule
    return {
        "name": rule.name,
        "fault": rule.fault,
        "from": armed.owner,
        "match": _match(rule.match),
        "with": rule.options,
        "seen": armed.seen,
        "hits": armed.hits,
    }


def _match(match: Match) -> dict[str, Any]:
    """Only what was given."""
    found: dict[str, Any] = {
        "type": match.types,
        "enterprise": match.enterprises,
        "ref": match.ref,
        "result": match.results,
        "nth": match.nth,
        "every": match.every,
        "limit": match.limit,
    }
    return {name: value for name, value in found.items() if value} | (
        {"chance": match.chance} if match.chance < 1 else {}
    )


def _logged(row: tuple[Any, ...]) -> dict[str, Any]:
    number, at, fault, rule, _, kind, meant, case_no, sent, due_at, size = row
    return {
        "id": number,
        "at": to_wire(at),
        "fault": fault,
        "rule": rule,
        "message_type": kind,
        "case_no": case_no,
        "message_id": meant,
        "sent_message_id": sent or None,
        "due_at": to_wire(due_at) if due_at else None,
        "size": size,
    }
