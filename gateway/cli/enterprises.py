"""`enterprises`: the enterprises of an installation: list, add, change, on both sides, also while
they run. A new one gets a key, which keys.json of the home keeps as it keeps the others."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from rich.text import Text
from sqlalchemy import Connection

from gateway.base.chance import new_key
from gateway.base.errors import BadSetting, Unavailable
from gateway.base.process.home import home_keys, keep_keys
from gateway.base.settings import Settings
from gateway.base.store.places import made
from gateway.base.terminal.calls import Reply, Server, Words, session
from gateway.base.terminal.screen import screen, show_findings, show_json, show_rows
from gateway.store import registry
from gateway.store.keys import add_key
from gateway.store.place import place
from handlers.contract import Enterprise
from schemas.codes import CodeLists
from schemas.findings import Finding, Refused
from schemas.registration import Registration, dxp_id_of, problems
from schemas.times import local_day, micros

NO_ANSWER = (
    "no customs answers at {origin} ({reason}); nothing was done. Start it, name it by --control,"
    " or give --gateway-only and enter the enterprise at the desk"
)
WORDS = Words(
    no_answer=NO_ANSWER,
    no_address=NO_ANSWER,
    no_key="customs at {origin} does not take this key; nothing was done. Give --key, or --home",
    refusing=frozenset({401, 403}),
)
NAMES = ("name", "credit_code", "customs", "dxp_id")
T = TypeVar("T")


def enterprises(
    action: str,
    code: str,
    settings: Settings,
    *,
    given: dict[str, str],
    control: str,
    key: str,
    as_json: bool,
) -> int:
    """Return the exit code: 0, or 1 when a side refuses; every finding is shown then. ``given``:
    what is to be registered, of NAMES. ``control``: where customs is; empty for this side only."""
    if action == "list":
        return _list(settings, as_json)
    if action not in ("add", "change"):
        raise BadSetting(f"{action!r}: wanted list, add or change")
    if not code:
        raise BadSetting(f"{action}: give the code of the enterprise, 10 characters")
    try:
        if action == "add":
            return _add(settings, code, given, control, key, as_json)
        return _change(settings, code, given, control, key, as_json)
    except Refused as refused:
        return _refused(code, [_shown(each) for each in refused.findings], as_json)


def _list(settings: Settings, as_json: bool) -> int:
    rows = [_told(each) for each in _look(settings).values()]
    if as_json:
        show_json({"items": rows, "total": len(rows), "next": None})
        return 0
    show_rows(
        screen(),
        ("代码 code", "名称 name", "信用代码 credit code", "主管关区 customs", "DXP"),
        (
            (each["code"], each["name"], each["credit_code"], each["customs"], each["dxp_id"])
            for each in rows
        ),
    )
    return 0


def _add(
    settings: Settings, code: str, given: dict[str, str], control: str, key: str, as_json: bool
) -> int:
    missing = [f"--{name.replace('_', '-')}" for name in NAMES[:3] if not given[name]]
    if missing:
        raise BadSetting(f"add {code}: give {', '.join(missing)} too")
    asked = Registration(code=code, **{**given, "dxp_id": given["dxp_id"] or dxp_id_of(code)})
    _check(settings, asked)
    enterprise = Enterprise(**asdict(asked))
    _look(settings)
    if control:
        reply = _at_customs(settings, control, key, "POST", "/enterprises", asdict(asked))
        if reply.http not in (200, 201):
            return _refused(code, reply.json.get("findings", []), as_json)
    keys = home_keys(settings.home)
    own = keys.keys.setdefault(code, new_key())
    keep_keys(settings.home, keys)  # before it counts: a key that nobody has is no use
    fresh = _write(settings, functools.partial(_enter, enterprise=enterprise, key=own))
    told = _told(enterprise) | {"key": own, "fresh": fresh, "customs_told": bool(control)}
    if as_json:
        show_json(told)
        return 0
    out = screen()
    out.print(
        f"{'已登记 registered' if fresh else '早已登记 registered before'}  {code}  {asked.name}"
    )
    out.print(Text.assemble("密钥 key  ", (own, "bold")))
    out.print(f"也存在 also in {settings.home / 'keys.json'}")
    if control:
        out.print(f"海关端也已登记 customs has it too  {control}")
    else:
        out.print("海关端尚未登记, 请在作业台“企业”页登记 / enter it at the desk, page 企业")
    return 0


def _change(
    settings: Settings, code: str, given: dict[str, str], control: str, key: str, as_json: bool
) -> int:
    changes = {name: value for name, value in given.items() if value}
    if not changes:
        raise BadSetting(f"change {code}: give what is to be changed: --name, --customs …")
    before = _look(settings).get(code)
    if before is None:
        raise BadSetting(f"{code} is not registered here; see `eport enterprises list`")
    now = {name: getattr(before, name) for name in NAMES}
    asked = Registration(code=code, **now | changes)
    _check(settings, asked)
    after = Enterprise(**asdict(asked), agents=before.agents)
    if control:
        path = f"/enterprises/{code}"
        reply = _at_customs(settings, control, key, "PATCH", path, changes)
        if reply.http != 200:
            return _refused(code, reply.json.get("findings", []), as_json)
    _write(settings, functools.partial(registry.change, enterprise=after))
    if as_json:
        show_json(_told(after) | {"customs_told": bool(control)})
    else:
        screen().print(f"已修改 changed  {code}  {after.name}  {after.customs}")
    return 0


def _enter(connection: Connection, *, enterprise: Enterprise, key: str) -> bool:
    fresh = registry.add(connection, enterprise)
    add_key(
        connection,
        key=key,
        operator=f"op-{enterprise.code}",
        name=enterprise.name,
        enterprises=(enterprise.code,),
        at=micros(datetime.now(UTC)),
    )
    return fresh


def _look(settings: Settings) -> dict[str, Enterprise]:
    """Return who is registered here. Raise BadSetting for a home that has no store, before
    anything is done."""
    with made(place(settings)) as store:
        return store.read_here(registry.everyone)


def _write(settings: Settings, unit: Callable[[Connection], T]) -> T:
    with made(place(settings)) as store:
        return store.write_here(unit)


def _check(settings: Settings, asked: Registration) -> None:
    today = local_day(datetime.now(UTC))
    if found := problems(asked, CodeLists(imported=settings.codelists), today):
        raise Refused(found, status=422)


def _at_customs(
    settings: Settings, control: str, key: str, method: str, path: str, body: dict[str, Any]
) -> Reply:
    async def call() -> Reply:
        async with session() as http:
            customs = Server(http, control, "/control/v1", WORDS, key=key or _key(settings.home))
            return await customs.call(
                method, path, body=msgspec.json.encode(body), kind="application/json"
            )

    reply = asyncio.run(call())
    if reply.http >= 500 or not isinstance(reply.json, dict):
        raise Unavailable(NO_ANSWER.format(origin=control, reason=f"HTTP {reply.http}"))
    return reply


def _key(home: Path) -> str:
    return home_keys(home).operator_key


def _refused(code: str, findings: list[dict[str, Any]], as_json: bool) -> int:
    if as_json:
        show_json({"code": code, "findings": findings})
    else:
        show_findings(screen(stderr=True), code, findings)
    return 1


def _shown(found: Finding) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(found)
    return shown


def _told(enterprise: Enterprise) -> dict[str, Any]:
    return {
        "code": enterprise.code,
        "name": enterprise.name,
        "credit_code": enterprise.credit_code,
        "customs": enterprise.customs,
        "dxp_id": enterprise.dxp_id,
    }
