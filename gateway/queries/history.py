"""What customs told of one register: its versions, and the movements that GRT302 told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from gateway.base.store.sql import SqlStore
from gateway.queries.documents import Documents
from gateway.queries.rendering import moment
from gateway.store import tables as t
from schemas.money import yuan

MOST_VERSIONS, MOST_MOVEMENTS = 20, 500
"""The newest ones are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of the ledger; amounts in 元."""

    number: str
    event: str
    increase: str
    decrease: str
    balance: str
    at: datetime
    related: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a register, as the document that carried it says."""

    change_no: int
    version: int
    at: datetime
    fields: Mapping[str, str]


async def movements(store: SqlStore, number: str, enterprise: str) -> list[Movement]:
    """Return the movements of one register of an enterprise, newest first."""

    def read(connection: Connection) -> list[Movement]:
        m = t.movements
        rows = connection.execute(
            select(m)
            .where(m.c.enterprise == enterprise, m.c.number == number)
            .order_by(m.c.moved_at.desc(), m.c.mvmt_no.desc())
            .limit(MOST_MOVEMENTS)
        )
        return [
            Movement(
                number=row.mvmt_no,
                event=row.event,
                increase=yuan(row.incr_fen),
                decrease=yuan(row.decr_fen),
                balance=yuan(row.bal_fen),
                at=moment(row.moved_at),
                related=row.related,
                reference=row.ref,
            )
            for row in rows
        ]

    return await store.read(read) if number else []


async def versions(
    store: SqlStore, documents: Documents, number: str, enterprise: str
) -> list[Version]:
    """Return the versions that are known of a register of an enterprise, oldest first."""

    def read(connection: Connection) -> list[Version]:
        found: list[Version] = []
        for key in (t.guarantees.c.gasr_no, t.levies.c.levy_no):
            register = key.table.c
            now = connection.execute(
                select(register.change_no, register.version, register.document, register.updated_at)
                .where(key == number, register.enterprise == enterprise)
                .limit(1)
            ).fetchone()
            if now is None:
                continue
            h = t.history.c
            earlier = connection.execute(
                select(h.change_no, h.version, h.document, h.at)
                .where(h.number == number)
                .order_by(h.version.desc())
                .limit(MOST_VERSIONS - 1)
            ).fetchall()
            for change_no, version, document, at in (now, *earlier):
                body = connection.execute(
                    select(t.messages.c.body).where(t.messages.c.id == document)
                ).scalar_one()
                found.append(
                    Version(
                        change_no=change_no,
                        version=version,
                        at=moment(at),
                        fields=documents.fields_in(bytes(body)),
                    )
                )
        return sorted(found, key=lambda each: each.version)

    return await store.read(read) if number else []
