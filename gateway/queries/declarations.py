"""Reads of declarations: pages of a list, and one as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, func, select

from gateway.base.web.addresses import link
from gateway.queries.actions import offers
from gateway.queries.documents import Documents
from gateway.queries.filters import Filter, conditions_of, declaration_rows, newest
from gateway.queries.pockets import with_pockets
from gateway.queries.rendering import moment
from gateway.queries.shapes import API, Action, DeclarationList, DeclarationOut, Links
from gateway.store import tables as t
from gateway.store.declaration_sql import COLUMNS, declaration_of
from handlers.declaration import Declaration
from handlers.lifecycle import Status, status_text
from schemas.money import yuan_short

DECLARATIONS = t.declarations.c


class ShownRow(NamedTuple):
    """A declaration with what shows it, in the order of ``declaration_rows``.

    Attributes:
        message_id: Of the current submission; None without one.
        body: The document as it now stands.
        limit_fen: The amounts of its guarantee in 分; None without a guarantee.
        levy_status: levyBlStucd of its levy; None without a levy.
        overdue: Whether the levy is; None without a levy.
    """

    declaration: Declaration
    message_id: str | None
    body: bytes
    limit_fen: int | None
    used_fen: int
    available_fen: int
    returned_fen: int
    levy_status: str | None
    overdue: int | None

    @property
    def guarantee(self) -> str | None:
        """Return the number of the guarantee that it set up; None when it did not."""
        return self.declaration.business_no if self.declaration.kind == "setup" else None


class FilingRow(NamedTuple):
    """A change or a refund application of a guarantee."""

    guarantee: str
    kind: str
    seq_no: int
    status: str
    change_no: int
    reference: str
    attempt: int


class Related(NamedTuple):
    """The latest open change and the latest refund application of each guarantee, by number."""

    changes: dict[str, FilingRow]
    refunds: dict[str, FilingRow]


def page(connection: Connection, documents: Documents, narrowed: Filter) -> DeclarationList:
    """Return a page of a list, newest first."""
    conditions = conditions_of(narrowed)
    if narrowed.text:
        # A search reads everything once: the numbers that match are the count and the page.
        every = list(connection.scalars(select(DECLARATIONS.seq_no).where(*conditions)))
        total, conditions = len(every), [DECLARATIONS.seq_no.in_(newest(every, narrowed))]
    else:
        total = connection.execute(
            select(func.count()).select_from(t.declarations).where(*conditions)
        ).scalar_one()
    # First the numbers, from the covering index; then what is shown of them.
    numbers = (
        select(DECLARATIONS.seq_no)
        .where(*conditions)
        .order_by(DECLARATIONS.seq_no.desc())
        .limit(narrowed.limit + 1)
    )
    if narrowed.before is not None:
        numbers = numbers.where(DECLARATIONS.seq_no < narrowed.before)
    rows = _rows(
        connection,
        declaration_rows()
        .where(DECLARATIONS.seq_no.in_(list(connection.scalars(numbers)) if total else []))
        .order_by(DECLARATIONS.seq_no.desc()),
    )
    shown = rows[: narrowed.limit]
    related = _related(connection, [row.guarantee for row in shown if row.guarantee])
    items = tuple(_out(documents, row, related) for row in shown)
    return DeclarationList(
        items=items, total=total, next=items[-1].seq_no if len(rows) > narrowed.limit else None
    )


def one(
    connection: Connection, documents: Documents, seq_no: int, enterprises: frozenset[str]
) -> DeclarationOut | None:
    """Return a declaration of one of these enterprises; None when they have none of that SeqNo."""
    rows = _rows(
        connection,
        declaration_rows().where(
            DECLARATIONS.seq_no == seq_no, DECLARATIONS.enterprise.in_(enterprises)
        ),
    )
    if not rows:
        return None
    (row,) = rows
    related = _related(connection, [row.guarantee] if row.guarantee else [])
    return with_pockets(connection, _out(documents, row, related), row.declaration.message)


def _rows(connection: Connection, statement: Select[Any]) -> list[ShownRow]:
    return [
        ShownRow(declaration_of(row), *row[len(COLUMNS) :]) for row in connection.execute(statement)
    ]


def _related(connection: Connection, numbers: Sequence[str]) -> Related:
    if not numbers:
        return Related({}, {})
    d = DECLARATIONS
    rows = [
        FilingRow._make(row)
        for row in connection.execute(
            select(d.subject, d.kind, d.seq_no, d.status, d.change_no, d.reference, d.attempt)
            .where(
                d.subject != "",
                d.subject.in_(numbers),
                d.kind.in_(("change", "refund")),
                d.deleted == 0,
            )
            .order_by(d.seq_no)
        )
    ]
    return Related(
        changes={
            row.guarantee: row
            for row in rows
            if row.kind == "change" and row.status != Status.APPROVED.value
        },
        refunds={row.guarantee: row for row in rows if row.kind == "refund"},
    )


def _out(documents: Documents, row: ShownRow, related: Related) -> DeclarationOut:
    d, number = row.declaration, str(row.declaration.seq_no)
    change = related.changes.get(d.business_no or "")
    refund = related.refunds.get(d.business_no or "")
    fields = documents.fields_in(bytes(row.body))
    if row.limit_fen is not None and d.kind == "setup":
        fields |= {
            "gasrAmt": yuan_short(row.limit_fen),
            "usedGasrAmt": yuan_short(row.used_fen),
            "avalGasrAmt": yuan_short(row.available_fen),
            "alrdyRtnbkGasrAmt": yuan_short(row.returned_fen),
        }
    payment = row.levy_status if d.kind == "confirmation" else None
    return DeclarationOut(
        seq_no=number,
        enterprise_ref=d.reference,
        business_no=d.business_no,
        message_type=d.message_type,
        kind=d.kind,
        change_no=d.change_no,
        attempt=d.attempt,
        status=d.status.value,
        status_text=status_text(d.status),
        payment=payment,
        completed=d.status is Status.APPROVED
        and (d.kind != "confirmation" or payment in ("2", "3")),
        message_id=row.message_id,
        fields=fields,
        open_filing=None if change is None else _open_filing(change),
        actions=tuple(
            Action(**msgspec.structs.asdict(offer))
            for offer in offers(d, str(change.seq_no) if change else None)
        ),
        overdue=bool(row.overdue),
        outdated=bool(d.outdated),
        refund_status=refund.status if refund else None,
        updated_at=moment(d.updated_at),
        conflict=bool(d.conflict),
        undeliverable=d.undeliverable,
        deleted=bool(d.deleted),
        links=Links(
            self=f"{API}/declarations/{number}",
            timeline=f"{API}/declarations/{number}/timeline",
            message=link(API, "messages", row.message_id),
        ),
    )


def _open_filing(change: FilingRow) -> dict[str, Any]:
    return {
        "seq_no": str(change.seq_no),
        "status": change.status,
        "status_text": status_text(Status(change.status)),
        "change_no": change.change_no,
        "enterprise_ref": change.reference,
        "attempt": change.attempt,
    }
