"""What is sent again: the same bytes get the first answer, other content is a clash.
Stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from gateway.filing.taken import Clash, Collected, Incoming, Taken, Tie
from gateway.store.archive import DECLARING, inner_document
from gateway.store.rows import ArchiveRow
from gateway.store.sql import Sql
from gateway.store.tables import messages
from handlers.declaration import Content, Declaration
from handlers.lifecycle import LABELS, Status
from schemas.findings import Finding, Place, compose, finding
from schemas.package import canonical, open_package
from schemas.xml import XmlReader

FROM_CUSTOMS = "ID.04"
"""The warning that a recovered message is marked with."""


class Repeats:
    """Answers what is here already."""

    def __init__(self, sql: Sql, reader: XmlReader) -> None:
        self._sql, self._reader = sql, reader

    def again(
        self,
        connection: Connection,
        item: Incoming,
        content: Content,
        mid: int,
        stored: Declaration,
        collected: Collected,
    ) -> Taken | Clash:
        """Answer a new message id on a filing that can no longer be edited: the same content is a
        repeat, other content a clash."""
        body = next(
            (
                s.submission.body
                for s in collected.sends
                if s.declaration and s.declaration.seq_no == stored.seq_no
            ),
            None,
        )
        if body is None:
            body = connection.execute(_body_of(stored.message)).scalar_one()
        if content.declares and self._canonical(body) == self._canonical(item.submission.body):
            collected.ties.append(Tie(stored.seq_no, stored.attempt, mid))
            return Taken(
                seq_no=stored.seq_no,
                reference=stored.reference,
                message_type=stored.message_type,
                status=Status.DECLARED,
                duplicate=True,
            )
        collected.dropped.append(mid)
        return self.in_use(connection, content, stored)

    def in_use(self, connection: Connection, content: Content, stored: Declaration) -> Clash:
        """Return that the reference is in use, by which filing (X.05)."""
        label = LABELS[stored.status][0]
        if content.reference == stored.reference:
            item = compose(
                code="X.05",
                layer="identity",
                severity="error",
                value=content.reference,
                wanted="未使用的企业内部编号",
                wanted_en="a reference that is not in use",
                zh=(
                    f"企业内部编号 {content.reference} 已存在, 统一编号【{stored.seq_no}】,"
                    f" 当前状态“{label}”, 不能修改"
                ),
                en=(
                    f'reference "{content.reference}" is in use by {stored.seq_no}, which is'
                    f" {stored.status.value} and not editable"
                ),
                hint_zh="请换用新的企业内部编号, 或等退单后再改",
                hint_en="use a new reference, or change it after it was returned",
            )
        else:
            # It was named by its SeqNo; the reference that came with it may be nobody's.
            item = compose(
                code="X.05",
                layer="identity",
                severity="error",
                place=Place(field="SeqNo"),
                value=str(stored.seq_no),
                wanted="可以修改的申报",
                wanted_en="a filing that can be edited",
                zh=(
                    f"统一编号【{stored.seq_no}】的企业内部编号为“{stored.reference}”,"
                    f" 当前状态“{label}”, 不能修改"
                ),
                en=(
                    f'declaration {stored.seq_no} has the reference "{stored.reference}", is'
                    f" {stored.status.value} and not editable"
                ),
                hint_zh="请等退单后再改; 新的申报请去掉 SeqNo",
                hint_en="change it after it was returned; leave SeqNo out of a new filing",
            )
        first = connection.execute(_message_id_of(stored.message)).scalar_one_or_none()
        return Clash(
            http=409,
            findings=(item,),
            original=original_of(stored.seq_no, stored.reference, stored.status, message_id=first),
        )

    def repeated(
        self, connection: Connection, item: Incoming, collected: Collected, ids: Sequence[int]
    ) -> Taken | Clash:
        """Answer a message id that is known: the same bytes get the first answer, other bytes a
        clash. ``ids``: archive ids of the submissions of this run, in order."""
        message_id = item.submission.envelope.message_id
        row = self._sql.by_message_id(connection, item.operator, message_id)
        done = ids[: len(collected.outcomes)]
        first = collected.outcomes[done.index(row.id)] if row.id in done else None
        if isinstance(first, Clash):
            return first
        if first is None:
            first, stands = self._first_answer(connection, row)
        else:
            stands = first.status
        if bytes(row.sha256) != item.submission.sha256 and not self._same(
            connection, row, first, item
        ):
            return Clash(
                http=409,
                findings=(finding("ID.01", found=message_id),),
                original=original_of(first.seq_no, first.reference, stands, message_id=message_id),
            )
        return Taken(
            seq_no=first.seq_no,
            reference=first.reference,
            message_type=row.message_type,
            status=first.status,
            duplicate=True,
            warnings=first.warnings,
        )

    def _same(self, connection: Connection, row: ArchiveRow, first: Taken, item: Incoming) -> bool:
        """Return whether a message says what a recovered one of its id says. Customs has nothing
        but the package: what it travelled in, and the bytes of that, are lost."""
        if not any(told.code == FROM_CUSTOMS for told in first.warnings):
            return False
        body = connection.execute(_body_of(row.id)).scalar_one()
        return self._canonical(bytes(body)) == self._canonical(item.submission.body)

    def _first_answer(self, connection: Connection, row: ArchiveRow) -> tuple[Taken, Status]:
        """Return what an archived submission was answered, and the status that its declaration has
        now."""
        stored = None
        if row.seq_no:
            stored = self._sql.declarations_by_seq(connection, [row.seq_no]).get(row.seq_no)
        warnings: tuple[Finding, ...] = ()
        if row.warnings:
            warnings = msgspec.json.decode(row.warnings, type=tuple[Finding, ...])
        status = Status.DECLARED if row.flag in DECLARING else Status.DRAFT
        taken = Taken(
            seq_no=row.seq_no or 0,
            reference=stored.reference if stored else "",
            message_type=row.message_type,
            status=status,
            warnings=warnings,
        )
        return taken, stored.status if stored else status

    def _canonical(self, body: bytes) -> bytes:
        """Return BussinessData in C14N, whatever it travels in. A dialect's namespace is no
        content."""
        document = self._reader.read(inner_document(self._reader, body))
        return canonical(open_package(document).business)


def original_of(
    seq_no: int, reference: str, status: Status, *, message_id: str | None = None
) -> dict[str, Any]:
    """Return how a clash names the first message."""
    return {
        "message_id": message_id,
        "seq_no": str(seq_no),
        "enterprise_ref": reference,
        "status": status.value,
    }


def _body_of(mid: int) -> Any:
    return select(messages.c.body).where(messages.c.id == mid)


def _message_id_of(mid: int) -> Any:
    return select(messages.c.message_id).where(messages.c.id == mid)
