"""The calls about faults: those that hold, setting them, and the log of what they disturbed. Reads
requests, calls the playbook, writes JSON. Decides nothing."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from customs_sim.control import state
from customs_sim.control.calls import PAGED, TESTER, VIEWER, WORLD, Call
from customs_sim.control.http import node_of, read_text
from customs_sim.control.problems import cursor_of, json, limit_of, no_such
from customs_sim.control.scenarios import unusable
from customs_sim.desk.near_misses import NAMES, Looked
from customs_sim.desk.playbook import ArmedFault, Playbook
from customs_sim.steering.faults import FAULTS
from customs_sim.steering.matching import Match
from customs_sim.steering.yaml_reading import BadText
from gateway.base.web.openapi import Parameter
from schemas.times import to_wire


async def active(request: web.Request) -> web.Response:
    return json(await _active(node_of(request).playbook))


async def arm(request: web.Request) -> web.Response:
    """Take ``{seed, rules: [{fault, name, match, with}]}`` as JSON or YAML. JSON is YAML, so both
    are read with line numbers."""
    playbook = node_of(request).playbook
    try:
        await playbook.arm(await read_text(request))
    except BadText as error:
        raise unusable(error) from None
    return json(await _active(playbook))


async def clear(request: web.Request) -> web.Response:
    playbook = node_of(request).playbook
    await playbook.clear("faults")
    return json(await _active(playbook))


async def log(request: web.Request) -> web.Response:
    limit, cursor = limit_of(request), cursor_of(request)
    rows, total = await node_of(request).playbook.log(limit=limit, cursor=cursor)
    return json(
        {
            "items": [_logged(row) for row in rows[:limit]],
            "total": total,
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }
    )


async def body(request: web.Request) -> web.Response:
    """Answer with what should have gone out (``meant``), or with what did (``sent``)."""
    both = await node_of(request).playbook.both(int(request.match_info["number"]))
    if both is None:
        raise no_such(request.match_info["number"], "被改动的回执", "disturbed answer")
    meant, sent = both
    return web.Response(
        body=meant if request.match_info["which"] == "meant" else sent,
        content_type="application/octet-stream",
    )


async def _active(playbook: Playbook) -> dict[str, Any]:
    looked = await playbook.looked()
    return {
        "rules": [_rule(each) | _looked(looked.get(each.key)) for each in await playbook.armed()],
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


def _looked(looked: Looked | None) -> dict[str, Any]:
    nearest = looked.nearest if looked else None
    return {
        "looked": looked.count if looked else 0,
        "nearest": nearest
        and {
            "message": nearest.message,
            "message_type": nearest.message_type,
            "case_no": nearest.case_no,
            "reasons": [
                {
                    "what": each.what,
                    "found": each.found,
                    "wanted": each.wanted,
                    "zh": f"{NAMES[each.what][0]} {each.found}, 应为 {each.wanted}",
                    "en": f"{NAMES[each.what][1]} {each.found}, wanted {each.wanted}",
                }
                for each in nearest.reasons
            ],
        },
    }


def _match(match: Match) -> dict[str, Any]:
    """Return only what was given."""
    members: dict[str, Any] = {
        "type": match.types,
        "enterprise": match.enterprises,
        "ref": match.ref,
        "result": match.results,
        "nth": match.nth,
        "every": match.every,
        "limit": match.limit,
    }
    given = {name: value for name, value in members.items() if value}
    return given | ({"chance": match.chance} if match.chance < 1 else {})


def _logged(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": to_wire(row.at),
        "fault": row.fault,
        "rule": row.rule,
        "message_type": row.message_type,
        "case_no": row.case_no,
        "message_id": row.meant,
        "sent_message_id": row.sent or None,
        "due_at": to_wire(row.due_at) if row.due_at else None,
        "size": row.size,
    }


CALLS = (
    Call(
        method="GET",
        path="/faults",
        handle=active,
        role=VIEWER,
        tag=WORLD,
        zh="生效的故障和命中次数, 以及可用的故障",
        en="Faults that hold, with counts, and all there are",
    ),
    Call(
        method="PUT",
        path="/faults",
        refusals=(422,),
        handle=arm,
        role=TESTER,
        tag=WORLD,
        look=state.faults,
        zh="设置故障 {seed, rules: [{fault, name, match, with}]}",
        en="Set the faults {seed, rules: [{fault, name, match, with}]}",
    ),
    Call(
        method="DELETE",
        path="/faults",
        handle=clear,
        role=TESTER,
        tag=WORLD,
        look=state.faults,
        zh="清除故障",
        en="No faults",
    ),
    Call(
        method="GET",
        path="/faults/log",
        handle=log,
        role=VIEWER,
        tag=WORLD,
        zh="被故障改动的回执",
        en="Answers that faults disturbed",
        parameters=PAGED,
    ),
    Call(
        method="GET",
        path="/faults/log/{number}/{which}",
        handle=body,
        role=VIEWER,
        tag=WORLD,
        zh="本应发出的 (meant) 和实发的 (sent) 报文",
        en="What should have gone out (meant), and what did (sent)",
        parameters=(
            Parameter(
                name="number", zh="序号", en="its number", place="path", pattern="[0-9]{1,18}"
            ),
            Parameter(
                name="which",
                zh="meant 或 sent",
                en="meant or sent",
                place="path",
                pattern="meant|sent",
            ),
        ),
    ),
)
