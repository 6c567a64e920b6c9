"""The feed of an enterprise: a page of it, its mark, and its identity.

An identity says which entry stands at a number. Archive ids never come back, so a feed that was
restored from an older copy and has grown since has others at the numbers that were lost: a reader
that gives the identity it knows is told so (``docs/decisions/0038-identity-of-a-feed.md``).
"""

from __future__ import annotations

import hashlib

import msgspec
from sqlalchemy import Connection, select

from gateway.queries.rendering import receipt_out
from gateway.queries.shapes import Acked, ReceiptList
from gateway.store import tables as t


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """``receipt``: the number of the newest receipt of an enterprise."""

    receipt: int


class OtherFeed(Exception):
    """The feed is not the one that a reader knows: it was restored from an older copy. ``known``:
    the number or the identity that the reader gave; ``stands``: what the feed has instead."""

    def __init__(self, known: str, stands: str) -> None:
        super().__init__(f"the feed has {stands}, not {known}")
        self.known, self.stands = known, stands


def page(
    connection: Connection, enterprise: str, after: int | None, limit: int, known: str
) -> ReceiptList:
    """Return up to ``limit`` entries behind ``after``; None: behind the mark. Raise OtherFeed when
    the feed does not reach ``after``, or is not what ``known`` says: silence would hide what comes
    under those numbers."""
    _require(connection, enterprise, known)
    acked, last = _ends(connection, enterprise)
    start = acked if after is None else after
    if start > last:
        raise OtherFeed(str(start), str(last))
    rows = (
        connection.execute(
            select(t.feed, t.messages.c.message_id)
            .join(t.messages, t.messages.c.id == t.feed.c.message)
            .where(t.feed.c.enterprise == enterprise, t.feed.c.seq > start)
            .order_by(t.feed.c.seq)
            .limit(limit)
        )
        .mappings()
        .fetchall()
    )
    items = tuple(receipt_out(row) for row in rows)
    more = bool(items) and items[-1].seq < last
    return ReceiptList(
        items=items,
        total=max(0, last - start),
        next=str(items[-1].seq) if more else None,
        feed=_identity(enterprise, rows[-1]["seq"], rows[-1]["message"])
        if rows
        else identity(connection, enterprise, start),
    )


def newest(
    connection: Connection,
    enterprise: str,
    limit: int,
    before: int | None,
    message_type: str = "",
    result: str = "",
) -> ReceiptList:
    """Return up to ``limit`` entries, newest first: those numbered below ``before``, of one type
    and with one result where they are given. ``next`` is the next ``before``, ``total`` the number
    of the newest."""
    narrowed = [
        column == value
        for column, value in ((t.feed.c.message_type, message_type), (t.feed.c.result, result))
        if value
    ]
    rows = (
        connection.execute(
            select(t.feed, t.messages.c.message_id)
            .join(t.messages, t.messages.c.id == t.feed.c.message)
            .where(
                t.feed.c.enterprise == enterprise,
                t.feed.c.seq < (2**62 if before is None else before),
                *narrowed,
            )
            .order_by(t.feed.c.seq.desc())
            .limit(limit + 1)
        )
        .mappings()
        .fetchall()
    )
    _, last = _ends(connection, enterprise)
    items = tuple(receipt_out(row) for row in rows[:limit])
    return ReceiptList(
        items=items,
        total=last,
        next=str(items[-1].seq) if len(rows) > limit else None,
        feed=identity(connection, enterprise, last),
    )


def types(connection: Connection, enterprise: str) -> list[str]:
    """Return the types of an enterprise's receipts, in their order."""
    kind = t.feed.c.message_type
    rows = connection.scalars(select(kind).where(t.feed.c.enterprise == enterprise).distinct())
    return sorted(rows)


def moved(connection: Connection, enterprise: str) -> Moved:
    """Return what is newest for an enterprise."""
    return Moved(receipt=_ends(connection, enterprise)[1])


def mark(connection: Connection, enterprise: str, up_to: int, known: str) -> Acked:
    """Mark everything up to ``up_to``, which counts only when the feed reaches it, and return the
    mark as it now stands. Raise OtherFeed when the feed is not what ``known`` says."""
    _require(connection, enterprise, known)
    ends = t.feed_ends
    connection.execute(
        ends.update()
        .where(ends.c.enterprise == enterprise, ends.c.acked < up_to, ends.c.last >= up_to)
        .values(acked=up_to)
    )
    acked, last = _ends(connection, enterprise)
    return Acked(
        enterprise=enterprise, acked=acked, last=last, feed=identity(connection, enterprise, acked)
    )


def identity(connection: Connection, enterprise: str, seq: int) -> str:
    """Return the identity of a feed up to number ``seq``, which it reaches."""
    message = connection.execute(
        select(t.feed.c.message).where(t.feed.c.enterprise == enterprise, t.feed.c.seq == seq)
    ).scalar()
    return _identity(enterprise, seq, message or 0)


def _require(connection: Connection, enterprise: str, known: str) -> None:
    if known:
        stands = identity(connection, enterprise, int(known.partition("-")[0]))
        if stands != known:
            raise OtherFeed(known, stands)


def _ends(connection: Connection, enterprise: str) -> tuple[int, int]:
    row = connection.execute(
        select(t.feed_ends.c.acked, t.feed_ends.c.last).where(
            t.feed_ends.c.enterprise == enterprise
        )
    ).fetchone()
    return (row.acked, row.last) if row else (0, 0)


def _identity(enterprise: str, seq: int, message: int) -> str:
    text = f"{enterprise}.{seq}.{message}"
    return f"{seq}-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"
