"""The calls about people: what they did, their keys and their roles. A key is told once, in the
answer that makes it."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.access import DOOR
from customs_sim.control.calls import PAGED, PEOPLE, TESTER, VIEWER, Call
from customs_sim.control.http import ACTOR, OPERATORS, node_of, read_body, words_of
from customs_sim.control.problems import bad_value, cursor_of, instant_of, json, limit_of, time_of
from customs_sim.desk.refusal import unknown
from customs_sim.node import CustomsNode
from customs_sim.office.audit import AuditEntry, entries
from customs_sim.office.operators import (
    KEYLESS,
    OFF,
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
from customs_sim.office.work import Work
from gateway.base.web.openapi import Parameter


class NewOperator(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /operators. ``role``: viewer, officer or tester."""

    name: str
    role: str


def audit_shape(each: AuditEntry) -> dict[str, Any]:
    """Return an entry of the audit; the states are JSON."""
    return {
        "id": each.id,
        "at": instant_of(each.at),
        "wall_at": instant_of(each.wall_at),
        "operator": each.operator,
        "role": each.role,
        "action": each.action,
        "target": each.target or None,
        "outcome": each.outcome,
        "before": each.before or None,
        "after": each.after or None,
    }


class KeylessWish(msgspec.Struct, forbid_unknown_fields=True):
    """Body of PUT /keyless. ``allowed`` false: everybody needs a key from now on."""

    allowed: bool


async def audit(request: web.Request) -> web.Response:
    limit, cursor, words = limit_of(request), cursor_of(request) or 2**62, words_of(request)
    rows, total = await node_of(request).office.store.read(
        lambda c: entries(c, words, before=cursor, most=limit + 1)
    )
    return json(
        {
            "items": [audit_shape(each) for each in rows[:limit]],
            "total": total,
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }
    )


async def operators(request: web.Request) -> web.Response:
    items = [_shape(each) for each in await request.app[OPERATORS].listed()]
    return json({"items": items, "total": len(items), "next": None})


async def add(request: web.Request) -> web.Response:
    asked = await read_body(request, NewOperator)
    name = asked.name.strip()
    key = await new_operator(node_of(request), name, asked.role, request[ACTOR])
    return json(
        {"key": key, "hash": hashed(key)[:PREFIX], "name": name, "role": asked.role}, status=201
    )


async def end(request: web.Request) -> web.Response:
    people, named = request.app[OPERATORS], request.match_info["hash"]
    return json(_shape(await revoked(node_of(request), people, named, request[ACTOR])))


async def keyless(request: web.Request) -> web.Response:
    state = await request.app[DOOR].keyless()
    return json(
        {"allowed": state.allowed, "asked_for": state.asked_for, "ended": state.ended or None}
    )


async def put_keyless(request: web.Request) -> web.Response:
    asked = await read_body(request, KeylessWish)
    await set_keyless(node_of(request), asked.allowed, request[ACTOR])
    return await keyless(request)


async def new_operator(node: CustomsNode, name: str, role: str, by: Actor) -> str:
    """Make a key and return it. Raise Refused, 400, for a name or a role that cannot be."""
    if not (1 <= len(name) <= 64 and name.isprintable()):
        raise bad_value("name", name, "1 到 64 个可见字符", "1 to 64 printable characters")
    if role not in list(Role):
        raise bad_value("role", role, " | ".join(Role), " | ".join(Role))
    key = new_key()

    def write(work: Work) -> None:
        add_operator(work.connection, key=key, name=name, role=Role(role), at=work.wall)
        work.note("operator", hashed(key)[:PREFIX], after={"name": name, "role": role})

    await node.office.perform(write, by=by)
    return key


async def revoked(node: CustomsNode, people: Operators, named: str, by: Actor) -> Operator:
    """Revoke the key whose hash begins as ``named``, and return it. Raise NotAllowed, 404, unless
    exactly one does."""

    def write(work: Work) -> Operator:
        operator = revoke(work.connection, named)
        if operator is None:
            raise unknown("hash", named, "密钥", "key")
        work.note(
            "revoke",
            operator.hash[:PREFIX],
            before={"name": operator.name, "role": operator.role},
            after={"revoked": True},
        )
        return operator

    operator = await node.office.perform(write, by=by)
    people.forget()
    return operator


async def set_keyless(node: CustomsNode, allowed: bool, by: Actor) -> None:
    """Let the person who started this go without a key, or nobody; noted in the audit."""

    def write(work: Work) -> None:
        before = work.sql.settings(work.connection).get(KEYLESS, "") != OFF
        work.sql.change_setting(work.connection, KEYLESS, "" if allowed else OFF)
        if before != allowed:
            work.note("keyless", "", before={"allowed": before}, after={"allowed": allowed})

    await node.office.perform(write, by=by)


def _shape(each: Operator) -> dict[str, Any]:
    return {
        "hash": each.hash[:PREFIX],
        "name": each.name,
        "role": each.role.value,
        "revoked": each.revoked,
        "created": time_of(each.at),
    }


CALLS = (
    Call(
        method="GET",
        path="/audit",
        handle=audit,
        role=VIEWER,
        tag=PEOPLE,
        zh="操作记录, 新的在前",
        en="What was done at the desk, newest first",
        parameters=(
            *PAGED,
            Parameter(name="q", zh="操作员、操作或对象", en="an operator, an action or a target"),
        ),
    ),
    Call(
        method="GET",
        path="/keyless",
        handle=keyless,
        role=TESTER,
        tag=PEOPLE,
        zh="本机是否可以不用密钥, 以及为何不可以",
        en="Whether a caller on this machine needs no key, and why not",
    ),
    Call(
        method="PUT",
        path="/keyless",
        handle=put_keyless,
        role=TESTER,
        tag=PEOPLE,
        body=KeylessWish,
        noted=True,
        zh="允许或不再允许免密钥访问",
        en="Allow access without a key, or end it",
    ),
    Call(
        method="GET",
        path="/operators",
        handle=operators,
        role=TESTER,
        tag=PEOPLE,
        zh="操作员密钥",
        en="Keys of operators",
    ),
    Call(
        method="POST",
        path="/operators",
        handle=add,
        role=TESTER,
        tag=PEOPLE,
        body=NewOperator,
        status=201,
        noted=True,
        zh="新建操作员密钥, 只显示一次",
        en="A new operator's key, shown once",
    ),
    Call(
        method="DELETE",
        path="/operators/{hash}",
        handle=end,
        role=TESTER,
        tag=PEOPLE,
        noted=True,
        zh="作废密钥",
        en="Revoke a key",
        parameters=(
            Parameter(
                name="hash", zh="密钥摘要的前几位", en="the beginning of its hash", place="path"
            ),
        ),
    ),
)
