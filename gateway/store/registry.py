"""The registry of enterprises at the gateway, read once and kept in memory; refreshed after a
change."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, select

from gateway.base.store.sql import SqlStore
from gateway.store import tables as t
from handlers.contract import Enterprise

REGISTRY = "registry"
"""What the other processes are told after a change."""
DEMO = (
    Enterprise(
        code="1105910159",
        name="北京某某保税科技有限公司",
        credit_code="91110000802100433B",
        customs="0100",
        dxp_id="DXPENT0000000001",
    ),
    Enterprise(
        code="3105960AAA",
        name="上海某某国际物流有限公司",
        credit_code="91310115MA1K3QW838",
        customs="2200",
        dxp_id="DXPENT0000000002",
    ),
)
"""The demo registry (``docs/contract.md`` 1)."""


def seed(connection: Connection, enterprises: tuple[Enterprise, ...]) -> None:
    """Store enterprises that are not there yet."""
    for e in enterprises:
        if (
            connection.execute(
                select(t.enterprises.c.code).where(t.enterprises.c.code == e.code)
            ).first()
            is None
        ):
            connection.execute(
                t.enterprises.insert().values(
                    code=e.code,
                    name=e.name,
                    credit_code=e.credit_code,
                    customs=e.customs,
                    dxp_id=e.dxp_id,
                    agents=msgspec.json.encode(sorted(e.agents)).decode(),
                )
            )


class Registry:
    """Enterprises by code."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.enterprises: Mapping[str, Enterprise] = {}

    async def load(self) -> None:
        """Read the registry anew."""
        rows = await self._store.read(
            lambda c: c.execute(select(t.enterprises)).mappings().fetchall()
        )
        self.enterprises = {
            row["code"]: Enterprise(
                code=row["code"],
                name=row["name"],
                credit_code=row["credit_code"],
                customs=row["customs"],
                dxp_id=row["dxp_id"],
                agents=frozenset(msgspec.json.decode(row["agents"])),
            )
            for row in rows
        }
