"""The calls of the control API about operators: their keys and roles. A key is told once, in the
answer that makes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.http import ACTOR
from customs_sim.control.problems import bad_value, json, time_of
from customs_sim.desk.refusal import unknown
from customs_sim.node import CustomsNode
from customs_sim.office.operators import (
    PREFIX,
    Actor,
    Operator,
    Operators,
    Role,
    add_operator,
    hashed,
    new_key,
    revoke,
)
from customs_sim.office.unit import WriteUnit


class NewOperator(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /operators. ``role``: viewer, officer or tester."""

    name: str
    role: str


class People:
    """The calls, one method each."""

    def __init__(
        self,
        node: CustomsNode,
        people: Operators,
        read: Callable[[web.Request, type[Any]], Awaitable[Any]],
    ) -> None:
        self._node, self._people, self._read = node, people, read

    def routes(self, prefix: str) -> list[web.RouteDef]:
        return [
            web.get(prefix + "/operators", self.listed),
            web.post(prefix + "/operators", self.add),
            web.delete(prefix + "/operators/{hash}", self.revoke),
        ]

    async def listed(self, _: web.Request) -> web.Response:
        items = [_shape(each) for each in await self._people.listed()]
        return json({"items": items, "total": len(items), "next": None})

    async def add(self, request: web.Request) -> web.Response:
        asked = await self._read(request, NewOperator)
        key = await new_operator(self._node, asked.name.strip(), asked.role, request[ACTOR])
        return json(
            {
                "key": key,
                "hash": hashed(key)[:PREFIX],
                "name": asked.name.strip(),
                "role": asked.role,
            },
            status=201,
        )

    async def revoke(self, request: web.Request) -> web.Response:
        return json(
            _shape(
                await revoked(self._node, self._people, request.match_info["hash"], request[ACTOR])
            )
        )


async def new_operator(node: CustomsNode, name: str, role: str, by: Actor) -> str:
    """A new key; Refusal 400 for a name or a role that cannot be."""
    if not (1 <= len(name) <= 64 and name.isprintable()):
        raise bad_value("name", name, "1 到 64 个可见字符", "1 to 64 printable characters")
    if role not in list(Role):
        raise bad_value("role", role, " | ".join(Role), " | ".join(Role))
    key = new_key()

    def unit(unit: WriteUnit) -> None:
        add_operator(unit.connection, key=key, name=name, role=Role(role), at=unit.wall)
        unit.note("operator", hashed(key)[:PREFIX], after={"name": name, "role": role})

    await node.office.perform(unit, by=by)
    return key


async def revoked(node: CustomsNode, people: Operators, named: str, by: Actor) -> Operator:
    """The key as it now stands; NotAllowed 404 unless exactly one fits."""

    def unit(unit: WriteUnit) -> Operator:
        found = revoke(unit.connection, named)
        if found is None:
            raise unknown("hash", named, "密钥", "key")
        unit.note(
            "revoke",
            found.hash[:PREFIX],
            before={"name": found.name, "role": found.role},
            after={"revoked": True},
        )
        return found

    found = await node.office.perform(unit, by=by)
    people.forget()
    return found


def _shape(each: Operator) -> dict[str, Any]:
    return {
        "hash": each.hash[:PREFIX],
        "name": each.name,
        "role": each.role.value,
        "revoked": each.revoked,
        "created": time_of(each.at),
    }
