"""`keys`: list, add and revoke the keys of a home, also while it runs. A key is shown once; the
store holds only its hash."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.text import Text
from sqlalchemy import Connection, select

from gateway.base.chance import new_key
from gateway.base.errors import BadSetting
from gateway.base.settings import Settings
from gateway.base.store.places import made
from gateway.base.terminal.screen import clock, screen, show_json, show_rows
from gateway.store import tables as t
from gateway.store.keys import ADMIN, FRESH, add_key, hashed
from gateway.store.place import place
from schemas.identifiers import is_enterprise_code
from schemas.times import local, micros

PREFIX = 12
"""Digits of a hash that are shown; --revoke takes them."""
LEAST = 6


def keys(
    settings: Settings,
    *,
    add: str,
    enterprises: str,
    revoke: str,
    as_json: bool,
    admin: bool = False,
) -> int:
    """Add when ``add`` is given, revoke when ``revoke`` is, else list."""
    if add and revoke:
        raise BadSetting("give --add or --revoke, not both")
    if admin and (enterprises or not add):
        raise BadSetting("--admin belongs to --add NAME and takes no --enterprises")
    if enterprises and not add:
        raise BadSetting("--enterprises belongs to --add NAME")
    if add:
        return _add(settings, add.strip(), enterprises, as_json, admin)
    if revoke:
        return _revoke(settings, revoke.strip(), as_json)
    with made(place(settings)) as store:
        rows = store.read_here(_rows)
    if as_json:
        show_json({"items": rows, "total": len(rows), "next": None})
        return 0
    valid, revoked = Text("有效 valid", style="green"), Text("已作废 revoked", style="red")
    show_rows(
        screen(),
        ("密钥 hash", "操作员 operator", "企业 enterprises", "状态 state", "创建 created"),
        (
            (
                row["hash"],
                row["operator"],
                ", ".join(row["enterprises"]),
                revoked if row["revoked"] else valid,
                clock(row["created"].isoformat()),
            )
            for row in rows
        ),
    )
    return 0


def _add(settings: Settings, operator: str, named: str, as_json: bool, admin: bool) -> int:
    codes = (
        tuple(dict.fromkeys(code.strip() for code in named.split(",") if code.strip()))
        if not admin
        else (ADMIN,)
    )
    if not codes:
        raise BadSetting("a key needs --enterprises A,B: the codes it may act for")
    for code in codes:
        if not admin and not is_enterprise_code(code):
            raise BadSetting(
                f"{code!r} is no enterprise code; wanted 10 characters like 1105910159"
            )
    if not (1 <= len(operator) <= 64 and operator.isprintable()):
        raise BadSetting("an operator's name has 1 to 64 printable characters")
    key = new_key()
    with made(place(settings)) as store:
        store.write_here(
            functools.partial(
                add_key,
                key=key,
                operator=operator,
                name=operator,
                enterprises=codes,
                at=micros(datetime.now(UTC)),
            )
        )
        known = store.read_here(lambda c: set(c.execute(select(t.enterprises.c.code)).scalars()))
    strangers = [code for code in codes if code not in known and not admin]
    if as_json:
        show_json(
            {
                "key": key,
                "hash": hashed(key)[:PREFIX],
                "operator": operator,
                "enterprises": codes,
                "not_registered": strangers,
            }
        )
        return 0
    out = screen()
    out.print(Text.assemble("密钥 key  ", (key, "bold")))
    out.print("只显示这一次, 请妥善保存 / shown this once; keep it")
    if strangers:
        out.print(f"尚未备案 not registered yet: {', '.join(strangers)}", style="yellow")
    return 0


def _revoke(settings: Settings, named: str, as_json: bool) -> int:
    with made(place(settings)) as store:

        def revoke(connection: Connection) -> dict[str, Any]:
            everyone = connection.execute(select(t.keys.c.hash)).scalars().all()
            whole = hashed(named)
            fitting = [
                h
                for h in everyone
                if h == whole or (len(named) >= LEAST and h.startswith(named.lower()))
            ]
            if len(fitting) != 1:
                raise BadSetting(
                    f"{len(fitting) or 'no'} keys fit {named[:PREFIX]!r}; give the key, or at least"
                    f" {LEAST} digits of its hash"
                )
            connection.execute(t.keys.update().where(t.keys.c.hash == fitting[0]).values(revoked=1))
            return next(row for row in _rows(connection) if row["hash"] == fitting[0][:PREFIX])

        row = store.write_here(revoke)
    if as_json:
        show_json(row)
    else:
        screen().print(
            f"已作废 revoked  {row['hash']}  {row['operator']}; 最迟 {FRESH:g} 秒后生效 in force"
            f" within {FRESH:g} s"
        )
    return 0


def _rows(connection: Connection) -> list[dict[str, Any]]:
    return [
        {
            "hash": row.hash[:PREFIX],
            "operator": row.operator,
            "enterprises": msgspec.json.decode(row.enterprises),
            "revoked": bool(row.revoked),
            "created": local(row.at).replace(microsecond=0),
        }
        for row in connection.execute(select(t.keys).order_by(t.keys.c.at, t.keys.c.hash))
    ]
