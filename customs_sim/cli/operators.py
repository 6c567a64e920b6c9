"""`eport operators` (and `eport keys --customs`): keys of the customs desk, each with a role. The
store holds only hashes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.text import Text
from sqlalchemy import Connection

from customs_sim.office.operators import (
    FRESH,
    PREFIX,
    Operator,
    Role,
    add_operator,
    hashed,
    listed,
    new_key,
    revoke,
)
from customs_sim.store.place import place
from gateway.base.errors import BadSetting
from gateway.base.settings import Settings
from gateway.base.store.places import made
from gateway.base.terminal.screen import clock, screen, show_json, show_rows
from schemas.times import local, micros


def operator_keys(
    settings: Settings, *, add: str, role: str, revoke_named: str, as_json: bool
) -> int:
    """Add when ``add`` is given, revoke when ``revoke_named`` is, else list."""
    if add and revoke_named:
        raise BadSetting("give --add or --revoke, not both")
    if add:
        return _add(settings, add.strip(), role, as_json)
    if revoke_named:
        return _revoke(settings, revoke_named.strip(), as_json)
    with made(place(settings)) as store:
        rows = [_row(each) for each in store.read_here(listed)]
    if as_json:
        show_json({"items": rows, "total": len(rows), "next": None})
        return 0
    valid, revoked = Text("有效 valid", style="green"), Text("已作废 revoked", style="red")
    show_rows(
        screen(),
        ("密钥 hash", "操作员 operator", "角色 role", "状态 state", "创建 created"),
        (
            (
                row["hash"],
                row["operator"],
                row["role"],
                revoked if row["revoked"] else valid,
                clock(row["created"].isoformat()),
            )
            for row in rows
        ),
    )
    return 0


def _add(settings: Settings, name: str, role: str, as_json: bool) -> int:
    if role not in list(Role):
        raise BadSetting(f"--role {role!r}: wanted {', '.join(Role)}")
    if not (1 <= len(name) <= 64 and name.isprintable()):
        raise BadSetting("an operator's name has 1 to 64 printable characters")
    key = new_key()
    with made(place(settings)) as store:
        store.write_here(
            lambda c: add_operator(
                c, key=key, name=name, role=Role(role), at=micros(datetime.now(UTC))
            )
        )
    if as_json:
        show_json({"key": key, "hash": hashed(key)[:PREFIX], "operator": name, "role": role})
        return 0
    out = screen()
    out.print(Text.assemble("密钥 key  ", (key, "bold")))
    out.print("只显示这一次, 请妥善保存 / shown this once; keep it")
    return 0


def _revoke(settings: Settings, named: str, as_json: bool) -> int:
    def end(connection: Connection) -> dict[str, Any]:
        operator = revoke(connection, named)
        if operator is None:
            raise BadSetting(
                f"not one key fits {named[:PREFIX]!r}; give the key, or at least 6 digits of its"
                " hash"
            )
        return _row(operator)

    with made(place(settings)) as store:
        row = store.write_here(end)
    if as_json:
        show_json(row)
    else:
        screen().print(
            f"已作废 revoked  {row['hash']}  {row['operator']}; 最迟 {FRESH:g} 秒后生效 in force"
            f" within {FRESH:g} s"
        )
    return 0


def _row(each: Operator) -> dict[str, Any]:
    return {
        "hash": each.hash[:PREFIX],
        "operator": each.name,
        "role": each.role.value,
        "revoked": each.revoked,
        "created": local(each.at).replace(microsecond=0),
    }
