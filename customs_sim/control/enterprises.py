"""The calls about enterprises: the registry of customs. Reads requests, calls the registry, writes
JSON. Decides nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.calls import MONEY, OFFICER, PAGED, VIEWER, Call
from customs_sim.control.http import ACTOR, node_of, read_body, words_of
from customs_sim.control.problems import json, limit_of
from customs_sim.wire.parties import Enterprise
from gateway.base.web.openapi import Parameter
from schemas.registration import Registration, dxp_id_of


class NewEnterprise(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /enterprises. ``customs``: 主管关区, four digits. ``dxp_id``: what its messages
    name as their sender; DXPENT and the code unless given."""

    code: str
    name: str
    credit_code: str
    customs: str
    dxp_id: str = ""


class EnterpriseChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Body of PATCH /enterprises/{code}: what is given is changed. ``barred``: it may give no
    letters of guarantee."""

    name: str | None = None
    credit_code: str | None = None
    customs: str | None = None
    dxp_id: str | None = None
    barred: bool | None = None


async def enterprises(request: web.Request) -> web.Response:
    limit, after = limit_of(request), words_of(request, "cursor")
    found, total = await node_of(request).registry.listed(
        words_of(request), after=after, most=limit + 1
    )
    more = len(found) > limit
    return json(
        {
            "items": [enterprise_shape(each) for each in found[:limit]],
            "total": total,
            "next": found[limit - 1].code if more else None,
        }
    )


async def enterprise(request: web.Request) -> web.Response:
    return json(enterprise_shape(await node_of(request).registry.one(request.match_info["code"])))


async def add(request: web.Request) -> web.Response:
    asked = await read_body(request, NewEnterprise)
    entered = await node_of(request).registry.add(
        Registration(
            code=asked.code,
            name=asked.name,
            credit_code=asked.credit_code,
            customs=asked.customs,
            dxp_id=asked.dxp_id or dxp_id_of(asked.code),
        ),
        by=request[ACTOR],
    )
    return json(enterprise_shape(entered.enterprise), status=201 if entered.fresh else 200)


async def change(request: web.Request) -> web.Response:
    asked, registry = await read_body(request, EnterpriseChange), node_of(request).registry
    code, given = request.match_info["code"], msgspec.to_builtins(asked)
    barred = given.pop("barred", None)
    changed = await registry.change(code, given, barred=barred, by=request[ACTOR])
    return json(enterprise_shape(changed))


def enterprise_shape(enterprise: Enterprise) -> dict[str, Any]:
    """Return an enterprise as customs has it registered."""
    return {
        "code": enterprise.code,
        "name": enterprise.name,
        "credit_code": enterprise.credit_code,
        "customs": enterprise.customs,
        "dxp_id": enterprise.dxp_id,
        "barred": enterprise.barred,
        "agents": sorted(enterprise.agents),
    }


CODE = Parameter(name="code", zh="企业代码", en="code of the enterprise", place="path")
WORDS = Parameter(
    name="q",
    zh="代码、信用代码、DXP 编号或名称的一部分",
    en="a code, a credit code, a DXP id or a part of a name",
)
CALLS = (
    Call(
        method="GET",
        path="/enterprises",
        handle=enterprises,
        role=VIEWER,
        tag=MONEY,
        zh="海关备案的企业",
        en="Enterprises registered with customs",
        parameters=(*PAGED, WORDS),
    ),
    Call(
        method="GET",
        path="/enterprises/{code}",
        handle=enterprise,
        role=VIEWER,
        tag=MONEY,
        refusals=(404,),
        zh="一个企业",
        en="One enterprise",
        parameters=(CODE,),
    ),
    Call(
        method="POST",
        path="/enterprises",
        handle=add,
        role=OFFICER,
        tag=MONEY,
        body=NewEnterprise,
        status=201,
        repeated=200,
        refusals=(422,),
        noted=True,
        zh="登记企业; 内容相同时返回 200",
        en="Register an enterprise; 200 when it is registered just so",
    ),
    Call(
        method="PATCH",
        path="/enterprises/{code}",
        handle=change,
        role=OFFICER,
        tag=MONEY,
        body=EnterpriseChange,
        refusals=(422,),
        noted=True,
        zh="修改企业, 或停用、恢复保函",
        en="Change an enterprise, or bar it from letters of guarantee, or no more",
        parameters=(CODE,),
    ),
)
