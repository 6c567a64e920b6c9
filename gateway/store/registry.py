"""The registry of enterprises at the gateway: entered by a command, kept in memory by every process
that serves the store, read anew after a change."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from gateway.base.store.sql import SqlStore
from gateway.base.store.wakeups import notify
from gateway.store import tables as t
from handlers.contract import Enterprise
from schemas.findings import Refused
from schemas.registration import taken

REGISTRY = "registry"
"""What the other processes are told after a change."""


def seed(connection: Connection, enterprises: tuple[Enterprise, ...]) -> None:
    """Store enterprises that are not there yet."""
    for each in enterprises:
        if known(connection, t.enterprises.c.code == each.code) is None:
            _insert(connection, each)


def known(connection: Connection, wanted: ColumnElement[bool]) -> Enterprise | None:
    """Return the enterprise that fits; None when none does."""
    row = connection.execute(select(t.enterprises).where(wanted)).mappings().first()
    return None if row is None else _of_row(row)


def add(connection: Connection, enterprise: Enterprise) -> bool:
    """Register an enterprise; return False where it is registered just so. Raise Refused, 409,
    where its code or its DXP id are another's."""
    columns = t.enterprises.c
    same = known(connection, columns.code == enterprise.code)
    if same is not None:
        if replace(same, agents=enterprise.agents) == enterprise:
            return False
        raise Refused([taken("code", enterprise.code, same.name)], status=409)
    _free(connection, enterprise)
    _insert(connection, enterprise)
    _tell(connection)
    return True


def change(connection: Connection, enterprise: Enterprise) -> None:
    """Replace what is registered of a known enterprise. Raise Refused, 409, where its DXP id is
    another's."""
    _free(connection, enterprise)
    connection.execute(
        update(t.enterprises)
        .where(t.enterprises.c.code == enterprise.code)
        .values(_columns(enterprise))
    )
    _tell(connection)


def everyone(connection: Connection) -> dict[str, Enterprise]:
    """Return all enterprises by code, in order of code."""
    rows = connection.execute(select(t.enterprises).order_by(t.enterprises.c.code)).mappings()
    return {row["code"]: _of_row(row) for row in rows}


def edition(connection: Connection) -> bytes:
    """Return what differs after every change of the registry; empty before the first."""
    found = connection.execute(select(t.facts.c.value).where(t.facts.c.name == REGISTRY)).scalar()
    return bytes(found or b"")


def _free(connection: Connection, enterprise: Enterprise) -> None:
    columns = t.enterprises.c
    holder = known(
        connection, (columns.dxp_id == enterprise.dxp_id) & (columns.code != enterprise.code)
    )
    if holder is not None:
        raise Refused([taken("dxp_id", enterprise.dxp_id, holder.code)], status=409)


def _insert(connection: Connection, enterprise: Enterprise) -> None:
    connection.execute(t.enterprises.insert().values(_columns(enterprise)))


def _tell(connection: Connection) -> None:
    """Let every process that serves this store read the registry anew."""
    mark = secrets.token_bytes(8)
    told = update(t.facts).where(t.facts.c.name == REGISTRY).values(value=mark)
    if not connection.execute(told).rowcount:
        connection.execute(t.facts.insert().values(name=REGISTRY, value=mark))
    notify(connection, "gateway", REGISTRY)


def _columns(enterprise: Enterprise) -> dict[str, Any]:
    return {
        "code": enterprise.code,
        "name": enterprise.name,
        "credit_code": enterprise.credit_code,
        "customs": enterprise.customs,
        "dxp_id": enterprise.dxp_id,
        "agents": msgspec.json.encode(sorted(enterprise.agents)).decode(),
    }


def _of_row(row: RowMapping) -> Enterprise:
    return Enterprise(
        code=row["code"],
        name=row["name"],
        credit_code=row["credit_code"],
        customs=row["customs"],
        dxp_id=row["dxp_id"],
        agents=frozenset(msgspec.json.decode(row["agents"])),
    )


class Registry:
    """Enterprises by code, as the store had them when it was looked at last."""

    def __init__(self, store: SqlStore) -> None:
        self._store, self._edition = store, b""
        self.enterprises: Mapping[str, Enterprise] = {}

    async def load(self) -> None:
        """Read the registry anew."""
        self._edition, self.enterprises = await self._store.read(
            lambda c: (edition(c), everyone(c))
        )

    def serves(self, connection: Connection, code: str) -> bool:
        """Return whether an enterprise is registered, also one that came in a moment ago."""
        return code in self.enterprises or (
            known(connection, t.enterprises.c.code == code) is not None
        )

    async def refresh(self) -> None:
        """Read the registry anew if another process changed it since: a command that works on this
        store, or somebody else who serves it."""
        if await self._store.read(edition) != self._edition:
            await self.load()
