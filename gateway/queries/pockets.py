"""Reads of pockets and attachments: what a declaration in several messages shows, and the files
themselves."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace
from sqlalchemy import Connection, select

from gateway.base.store.sql import SqlStore
from gateway.base.web.addresses import link
from gateway.queries.shapes import AttachmentOut, DeclarationOut, Links, PocketsOut
from gateway.store import tables as t
from gateway.store.archive import inner_document
from schemas.attachment import decode_attachment
from schemas.package import open_package
from schemas.xml import XmlReader


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment as it is downloaded."""

    name: str
    content: bytes


def with_pockets(connection: Connection, shown: DeclarationOut, message: int) -> DeclarationOut:
    """Return the declaration with its pockets and files; unchanged when it came as one message, or
    was filed again as one."""
    g, p = t.pocket_groups, t.pockets
    rows = connection.execute(
        select(g.c.total, p.c.number, p.c.uuid, p.c.name, p.c.size, p.c.message)
        .join(p, (p.c.enterprise == g.c.enterprise) & (p.c.pocket_id == g.c.pocket_id))
        .where(g.c.seq_no == int(shown.seq_no))
        .order_by(p.c.number)
    ).fetchall()
    structured = next((row for row in rows if not row.uuid), None)
    if not rows or (structured is not None and structured.message != message):
        return shown
    received, total = tuple(row.number for row in rows), rows[0].total
    return replace(
        shown,
        pockets=PocketsOut(
            total=total,
            received=received,
            missing=tuple(n for n in range(1, total + 1) if n not in received),
        ),
        attachments=tuple(
            AttachmentOut(
                uuid=row.uuid,
                file_name=row.name,
                size=row.size,
                links=Links(raw=link(shown.links.self, "attachments", row.uuid)),
            )
            for row in rows
            if row.uuid
        ),
    )


async def attachment(
    store: SqlStore, reader: XmlReader, seq_no: int, uuid: str, enterprises: frozenset[str]
) -> File | None:
    """Return one file of a declaration; None for what is not there or not the caller's."""

    def read_body(connection: Connection) -> bytes | None:
        d, g, p, m = t.declarations, t.pocket_groups, t.pockets, t.messages
        body = connection.execute(
            select(m.c.body)
            .join(p, p.c.message == m.c.id)
            .join(g, (p.c.enterprise == g.c.enterprise) & (p.c.pocket_id == g.c.pocket_id))
            .join(d, d.c.seq_no == g.c.seq_no)
            .where(g.c.seq_no == seq_no, p.c.uuid == uuid, d.c.enterprise.in_(enterprises))
        ).scalar()
        return None if body is None else bytes(body)

    body = await store.read(read_body) if uuid else None
    if body is None:
        return None
    file = decode_attachment(open_package(reader.read(inner_document(reader, body))).business)
    return File(name=file.name, content=file.content or b"")
