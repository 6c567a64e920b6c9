"""What a list of declarations is narrowed to, and which rows that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, and_, case, cast, or_, select

from gateway.base.store.texts import has
from gateway.store import tables as t
from handlers.lifecycle import Status
from schemas.identifiers import as_meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list is narrowed to. Times in µs UTC. ``sort``: an element, or what a row has beside
    it, with a minus for the other way; None: newest first. ``before`` is the cursor: a SeqNo, and
    of a sorted list the number of rows that stand before the page."""

    enterprises: frozenset[str]
    message_types: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    or_pending: bool = False
    reference: str | None = None
    business_no: str | None = None
    status: Status | None = None
    mode: str | None = None
    gur_type: str | None = None
    refund_kind: str | None = None
    customs: str | None = None
    filed_from: int | None = None
    filed_until: int | None = None
    text: str | None = None
    sort: str | None = None
    before: int | None = None
    limit: int = 100


def declaration_rows() -> Select[Any]:
    """Return a SELECT of declarations with the document that shows them: the register's once
    approved, else the filing's own."""
    d, m, g, levy = t.declarations, t.messages, t.guarantees, t.levies
    document = m.alias("document")
    stands = case(
        (
            and_(d.c.kind == "setup", d.c.status == "approved", g.c.document.is_not(None)),
            g.c.document,
        ),
        (
            and_(
                d.c.kind == "confirmation", d.c.status == "approved", levy.c.document.is_not(None)
            ),
            levy.c.document,
        ),
        else_=d.c.document,
    )
    return (
        select(
            d,
            m.c.message_id,
            document.c.body,
            g.c.limit_fen,
            g.c.used_fen,
            g.c.available_fen,
            g.c.returned_fen,
            levy.c.status.label("levy_status"),
            levy.c.overdue,
        )
        .outerjoin(g, g.c.gasr_no == d.c.business_no)
        .outerjoin(levy, levy.c.levy_no == d.c.business_no)
        .outerjoin(m, m.c.id == d.c.message)
        .join(document, document.c.id == stands)
    )


def newest(numbers: list[int], narrowed: Filter) -> list[int]:
    """Return the page of a search: the newest before the cursor, one more than shown."""
    return sorted(
        (n for n in numbers if narrowed.before is None or n < narrowed.before), reverse=True
    )[: narrowed.limit + 1]


def conditions_of(narrowed: Filter) -> list[Any]:
    """Return the conditions of a list, but for its cursor."""
    d, f = t.declarations.c, narrowed
    conditions: list[Any] = [d.enterprise.in_(f.enterprises), d.deleted == 0]
    exact: Sequence[tuple[Any, Any]] = (
        (d.reference, f.reference),
        (d.business_no, f.business_no),
        (d.status, f.status.value if f.status else None),
        (d.mode, f.mode),
        (d.gur_type, f.gur_type),
        (d.refund_kind, f.refund_kind),
        (d.customs, f.customs),
    )
    conditions += [column == value for column, value in exact if value is not None]
    if f.message_types:
        conditions.append(d.message_type.in_(f.message_types))
    if f.kinds:
        wanted = d.kind.in_(f.kinds)
        conditions.append(or_(wanted, d.status == Status.PENDING.value) if f.or_pending else wanted)
    if f.filed_from is not None:
        conditions.append(d.filed_at >= f.filed_from)
    if f.filed_until is not None:
        conditions.append(d.filed_at < f.filed_until)
    if f.text:
        numbers = []
        for text in dict.fromkeys((f.text, as_meant(f.text))):
            numbers += [has(d.reference, text), has(d.business_no, text)]
            if text.isascii() and text.isdigit():
                numbers.append(has(cast(d.seq_no, String(18)), text))
        conditions.append(or_(*numbers))
    return conditions
