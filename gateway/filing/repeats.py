"""What is sent again: the same bytes get the first answer, other content is a clash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from lxml import etree
from sqlalchemy import Connection, select

from gateway.filing.taken import Clash, Incoming, Taken, Unit
from gateway.store.archive import DECLARING, inner_document
from gateway.store.sql import Verbs
from gateway.store.tables import messages
from handlers.declaration import Content, Declaration
from handlers.lifecycle import LABELS, Status
from schemas.findings import Finding, compose, finding
from schemas.package import open_package
from schemas.xml import XmlReader


class Repeats:
    """Answers what is here already."""

    def __init__(self, verbs: Verbs, reader: XmlReader) -> None:
        self._verbs, self._reader = verbs, reader

    def again(
        self,
        connection: Connection,
        item: Incoming,
        content: Content,
        mid: int,
        held: Declaration,
        unit: Unit,
    ) -> Taken | Clash:
        """A new message id on a filing that can no longer be edited: the same content is a repeat,
        other content a clash."""
        first = next((s for m, d, s in unit.sends if d and d.seq_no == held.seq_no), None)
        body = (
            first.body
            if first is not None
            else connection.execute(_body_of(held.message)).scalar_one()
        )
        if content.declares and self._canonical(body) == self._canonical(item.submission.body):
            unit.retied.append((held.seq_no, held.attempt, mid))
            return Taken(
                seq_no=held.seq_no,
                reference=held.reference,
                message_type=held.message_type,
                status=Status.DECLARED,
                duplicate=True,
            )
        unit.dropped.append(mid)
        return self.in_use(connection, content, held)

    def in_use(self, connection: Connection, content: Content, held: Declaration) -> Clash:
        """Return that the reference is in use, by which filing (X.05)."""
        label = LABELS[held.status][0]
        item = compose(
            code="X.05",
            layer="identity",
            severity="error",
            value=content.reference,
            wanted=str(held.seq_no),
            zh=(
                f"企业内部编号 {content.reference} 已存在, 统一编号【{held.seq_no}】,"
                f" 当前状态“{label}”, 不能修改"
            ),
            en=(
                f"reference {content.reference} is in use by {held.seq_no}, which is"
                f" {held.status.value} and not editable"
            ),
            hint_zh="请换用新的企业内部编号, 或等退单后再改",
            hint_en="use a new reference, or change it after it was returned",
        )
        first = connection.execute(_message_id_of(held.message)).scalar_one_or_none()
        return Clash(
            http=409,
            findings=(item,),
            original={
                "message_id": first,
                "seq_no": str(held.seq_no),
                "enterprise_ref": held.reference,
                "status": held.status.value,
            },
        )

    def repeated(
        self,
        connection: Connection,
        item: Incoming,
        unit: Unit,
        items: Sequence[Incoming],
        ids: Sequence[int],
    ) -> Taken | Clash:
        """The message id is known: the same bytes get the first answer, other bytes a clash."""
        message_id = item.submission.envelope.message_id
        row = self._verbs.by_message_id.one(connection, item.operator, message_id).mappings().one()
        position = next(
            (i for i, mid in enumerate(ids[: len(unit.outcomes)]) if mid == row["id"]), None
        )
        if position is not None:  # the first of two in this very batch
            first = unit.outcomes[position]
            if isinstance(first, Clash):
                return first
            seq_no, reference, status, warnings = (
                first.seq_no,
                first.reference,
                first.status,
                first.warnings,
            )
            stands = status
        else:
            held = (
                self._verbs.declarations_by_seq(connection, [row["seq_no"]]).get(row["seq_no"])
                if row["seq_no"]
                else None
            )
            seq_no = row["seq_no"] or 0
            reference = held.reference if held else ""
            status = Status.DECLARED if row["flag"] in DECLARING else Status.DRAFT
            stands = held.status if held else status
            warnings = (
                msgspec.json.decode(row["warnings"], type=tuple[Finding, ...])
                if row["warnings"]
                else ()
            )
        original = {
            "message_id": message_id,
            "seq_no": str(seq_no),
            "enterprise_ref": reference,
            "status": stands.value,
        }
        if bytes(row["sha256"]) != item.submission.sha256:
            return Clash(
                http=409, findings=(finding("ID.01", found=message_id),), original=original
            )
        return Taken(
            seq_no=seq_no,
            reference=reference,
            message_type=row["message_type"],
            status=status,
            duplicate=True,
            warnings=warnings,
        )

    def _canonical(self, body: bytes) -> bytes:
        """BussinessData in C14N, whatever it travels in: compared only when two messages name one
        filing."""
        document = self._reader.read(inner_document(self._reader, body))
        return etree.tostring(
            open_package(document).business, method="c14n", exclusive=True
        )  # a dialect's namespace is no content


def _body_of(mid: int) -> Any:
    return select(messages.c.body).where(messages.c.id == mid)


def _message_id_of(mid: int) -> Any:
    return select(messages.c.message_id).where(messages.c.id == mid)
