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
from gateway.queries.form_shapes import Action
from gateway.queries.locking import locked
from gateway.queries.ordering import MOST, TooLong, sorted_by, sums_of
from gateway.queries.pockets import with_pockets
from gateway.queries.rendering import moment
from gateway.queries.shapes import API, DeclarationList, DeclarationOut, Links, Sums
from gateway.store import tables as t
from gateway.store.declaration_sql import COLUMNS, declaration_of
from handlers.declaration import Declaration
from handlers.lifecycle import Status, status_text
from schemas.money import yuan_short

DECLARATIONS = t.declarations.c
REGISTERS = ("setup", "confirmation")
"""Kinds whose business number is that of a guarantee or a levy."""
APPLIED = ("refund", "carryover")
Owned = tuple[str, str]
"""An enterprise, and a number of its own."""


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
    def registered(self) -> bool:
        """Return whether it stands for a guarantee or a levy that has a number."""
        return self.declaration.kind in REGISTERS and bool(self.declaration.business_no)

    @property
    def owned(self) -> Owned:
        """Return whose number it is. A draft may name any number, another's too."""
        return self.declaration.enterprise, self.declaration.business_no or ""


class FilingRow(NamedTuple):
    """A change, or an application for a refund or a carry-over, of a guarantee or a levy."""

    enterprise: str
    register: str
    kind: str
    seq_no: int
    status: str
    change_no: int
    reference: str
    attempt: int


class Related(NamedTuple):
    """The latest open change and the latest application of each guarantee or levy."""

    changes: dict[Owned, FilingRow]
    refunds: dict[Owned, FilingRow]


def page(connection: Connection, documents: Documents, narrowed: Filter) -> DeclarationList:
    """Return a page of a list, newest first unless it is sorted. Raise TooLong for a list that is
    too long to be sorted."""
    if narrowed.sort is not None:
        return _sorted(connection, documents, narrowed, narrowed.sort)
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
    items = _shown(connection, documents, shown)
    return DeclarationList(
        items=items, total=total, next=items[-1].seq_no if len(rows) > narrowed.limit else None
    )


def sums(connection: Connection, documents: Documents, narrowed: Filter) -> Sums:
    """Return the sums of the amounts of a list, whatever page of it is shown."""
    every = _every(connection, narrowed)
    if every is None:
        return Sums(total=_count(connection, narrowed), sums=None)
    return Sums(total=len(every), sums=sums_of(_shown(connection, documents, every)))


def _sorted(
    connection: Connection, documents: Documents, narrowed: Filter, sort: str
) -> DeclarationList:
    every = _every(connection, narrowed)
    if every is None:
        raise TooLong(_count(connection, narrowed))
    rows = sorted_by(
        _shown(connection, documents, every), sort.removeprefix("-"), down=sort.startswith("-")
    )
    end = (narrowed.before or 0) + narrowed.limit
    return DeclarationList(
        items=tuple(rows[narrowed.before or 0 : end]),
        total=len(rows),
        next=str(end) if end < len(rows) else None,
    )


def _every(connection: Connection, narrowed: Filter) -> list[ShownRow] | None:
    """Return all rows of a list; None when they are more than can be sorted or added up."""
    if _count(connection, narrowed) > MOST:
        return None
    return _rows(connection, declaration_rows().where(*conditions_of(narrowed)))


def _count(connection: Connection, narrowed: Filter) -> int:
    counted = select(func.count()).select_from(t.declarations).where(*conditions_of(narrowed))
    return int(connection.execute(counted).scalar_one())


def _shown(
    connection: Connection, documents: Documents, rows: Sequence[ShownRow]
) -> tuple[DeclarationOut, ...]:
    related = _related(connection, [row for row in rows if row.registered])
    return tuple(_out(documents, row, related) for row in rows)


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
    (shown,) = _shown(connection, documents, rows)
    return with_pockets(connection, shown, row.declaration.message)


def _rows(connection: Connection, statement: Select[Any]) -> list[ShownRow]:
    return [
        ShownRow(declaration_of(row), *row[len(COLUMNS) :]) for row in connection.execute(statement)
    ]


def _related(connection: Connection, shown: Sequence[ShownRow]) -> Related:
    d, rows = DECLARATIONS, list[FilingRow]()
    numbers = [row.declaration.business_no for row in shown]
    for at in range(0, len(numbers), 500):  # a whole list has more than a store binds
        rows += [
            FilingRow._make(row)
            for row in connection.execute(
                select(
                    d.enterprise,
                    d.subject,
                    d.kind,
                    d.seq_no,
                    d.status,
                    d.change_no,
                    d.reference,
                    d.attempt,
                )
                .where(
                    d.subject != "",
                    d.subject.in_(numbers[at : at + 500]),
                    d.kind.in_(("change", *APPLIED)),
                    d.deleted == 0,
                )
                .order_by(d.seq_no)
            )
        ]
    return Related(
        changes={
            (row.enterprise, row.register): row
            for row in rows
            if row.kind == "change" and row.status != Status.APPROVED.value
        },
        refunds={(row.enterprise, row.register): row for row in rows if row.kind in APPLIED},
    )


def _out(documents: Documents, row: ShownRow, related: Related) -> DeclarationOut:
    d, number = row.declaration, str(row.declaration.seq_no)
    change = related.changes.get(row.owned) if row.registered else None
    refund = related.refunds.get(row.owned) if row.registered else None
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
        refund_seq_no=str(refund.seq_no) if refund else None,
        locked=locked(d.kind, d.status, fields),
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
