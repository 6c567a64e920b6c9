"""Statements about the archive, what was sent of it, and what was set aside. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from customs_sim.store.group import StatementGroup
from customs_sim.store.number_sql import message_of_number
from customs_sim.store.rows import BodyRow, SentRow
from gateway.base.store import builders
from gateway.base.store.prepared import any_of, compiled

MESSAGES = t.messages.c
CASES = t.cases.c
NOT_BINNED = "binned_until = 0"
"""What was set aside, and not thrown away."""


class MessageSql(StatementGroup):
    """The archive and the list of what was set aside."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        new = builders.insert_new(dialect, t.messages, key=("scope", "message_id"))
        self.add_message = builders.whole_rows(dialect, t.messages, new, copied=True)
        every = builders.insert(dialect, t.messages)
        self.add_sent = builders.whole_rows(dialect, t.messages, every, copied=True)
        set_aside = builders.insert_new(dialect, t.parked)
        self._add_parked = builders.whole_rows(dialect, t.parked, set_aside)
        self._prepare_archive()
        self._prepare_sent()
        self._prepare_lists()
        self._prepare_parked()

    def _prepare_archive(self) -> None:
        made = self.dialect
        self._own = compiled(made, select(MESSAGES.id).where(any_of(made, MESSAGES.id, "ids")))
        self._bodies = compiled(
            made,
            select(MESSAGES.id, MESSAGES.message_id, MESSAGES.message_type, MESSAGES.body).where(
                any_of(made, MESSAGES.id, "ids")
            ),
        )
        self._archived = compiled(
            made,
            select(MESSAGES.message_id, MESSAGES.id).where(
                MESSAGES.scope == bindparam("scope"),
                any_of(made, MESSAGES.message_id, "message_ids"),
            ),
        )
        self._dated_after = compiled(
            made,
            select(func.count()).select_from(t.messages).where(MESSAGES.at > bindparam("moment")),
        )

    def _prepare_sent(self) -> None:
        of_filing = MESSAGES.case_no.in_(
            select(CASES.case_no).where(
                or_(
                    CASES.seq_no == bindparam("reference"),
                    CASES.reference == bindparam("reference"),
                )
            )
        )
        of_register = or_(
            MESSAGES.business_no == bindparam("business"),
            MESSAGES.case_no.in_(
                select(CASES.case_no).where(
                    CASES.business_no == bindparam("business"), text("c_cases.business_no <> ''")
                )
            ),
        )
        sent = select(
            MESSAGES.id, MESSAGES.message_type, MESSAGES.gateway_msg_id, MESSAGES.body
        ).where(
            MESSAGES.receiver == bindparam("receiver"),
            text("direction = 'out' AND message_type <> 'DxpRep'"),
        )
        self._sent_by = {
            asked: compiled(
                self.dialect,
                sent.where(*about).order_by(MESSAGES.id.desc()).limit(bindparam("most")),
            )
            for asked, about in {
                (True, False): (of_filing,),
                (False, True): (of_register,),
                (True, True): (of_filing, of_register),
            }.items()
        }
        """(by filing, by register) to the statement."""

    def _prepare_lists(self) -> None:
        with_case = t.messages.join(t.cases, MESSAGES.case_no == CASES.case_no, isouter=True)
        listed = (
            select(
                MESSAGES.id,
                MESSAGES.at,
                MESSAGES.direction,
                MESSAGES.message_type,
                MESSAGES.message_id,
                MESSAGES.scope,
                MESSAGES.case_no,
                CASES.seq_no,
                CASES.enterprise,
                MESSAGES.gateway_msg_id,
                func.length(MESSAGES.body),
            )
            .select_from(with_case)
            .where(MESSAGES.id < bindparam("before"))
            .order_by(MESSAGES.id.desc())
            .limit(bindparam("most"))
            .offset(bindparam("skip"))
        )
        self._listed, self._with_case = listed, with_case
        self._all = compiled(self.dialect, listed)
        self._all_total = compiled(self.dialect, select(func.count()).select_from(t.messages))

    def _prepare_parked(self) -> None:
        parked = t.parked.c
        self._parked = compiled(
            self.dialect,
            select(
                parked.id,
                parked.at,
                parked.direction,
                parked.message_id,
                parked.scope,
                parked.reason,
                parked.tries,
            )
            .where(parked.id < bindparam("before"), text(NOT_BINNED))
            .order_by(parked.id.desc())
            .limit(bindparam("most"))
            .offset(bindparam("skip")),
        )
        self._parked_total = compiled(
            self.dialect, select(func.count()).select_from(t.parked).where(text(NOT_BINNED))
        )

    def is_stored(self, connection: Connection, scope: str, message_id: str) -> bool:
        """Return whether a message with this key is archived. Only a seeded run asks."""
        key = select(MESSAGES.id).where(MESSAGES.scope == scope, MESSAGES.message_id == message_id)
        return connection.execute(key).first() is not None

    def stored_ids(self, connection: Connection, ids: Sequence[int]) -> set[int]:
        """Return those of ``ids`` that are in the archive, after an insert that left some out."""
        return {number for (number,) in self._own.one(connection, self._list(ids))}

    def bodies(self, connection: Connection, ids: Iterable[int]) -> dict[int, BodyRow]:
        """Return messages of the archive by their ids."""
        rows = map(BodyRow._make, self._listing(connection, self._bodies, ids))
        return {row.id: row for row in rows}

    def ids_of(
        self, connection: Connection, scope: str, message_ids: Sequence[str]
    ) -> dict[str, int]:
        """Return the archive ids of messages of the sender ``scope`` by their CopMsgId."""
        return dict(
            self._one(
                connection, self._archived, scope=scope, message_ids=self._list(message_ids)
            ).fetchall()
        )

    def dated_after(self, connection: Connection, moment: int) -> int:
        """Return how many messages of the archive are dated later than ``moment``."""
        return int(self._one(connection, self._dated_after, moment=moment).scalar())

    def sent_to(
        self, connection: Connection, receiver: str, *, reference: str, business: str, most: int
    ) -> list[SentRow]:
        """Return what was sent to ``receiver`` about a filing (its SeqNo or reference), a register,
        or both; the newest ``most``, in order of sending."""
        if not reference and not business:
            return []
        rows = self._one(
            connection,
            self._sent_by[bool(reference), bool(business)],
            receiver=receiver,
            reference=reference,
            business=business,
            most=most,
        )
        return sorted(map(SentRow._make, rows), key=lambda row: row.id)

    def messages(
        self,
        connection: Connection,
        q: str,
        *,
        before: int,
        most: int,
        skip: int = 0,
        only: ColumnElement[bool] | None = None,
    ) -> tuple[list[Any], int]:
        """Return rows of the archive behind the id ``before``, newest first, and how many there
        are. ``q`` is the beginning of a number, or a whole code or type; empty for all. ``only``:
        a condition beside it."""
        if not q and only is None:
            rows = self._one(connection, self._all, before=before, most=most, skip=skip).fetchall()
            return rows, int(self._all_total.one(connection).scalar())
        named = and_(
            true() if only is None else only, message_of_number(connection, q) if q else true()
        )
        rows = connection.execute(
            self._listed.where(named), {"before": before, "most": most, "skip": skip}
        ).fetchall()
        total = select(func.count()).select_from(self._with_case).where(named)
        return list(rows), int(connection.execute(total).scalar_one())

    def set_aside(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Enter rows of c_parked. One that was thrown away before is there again; one that is there
        stays as it is."""
        p = t.parked.c
        for row in rows:
            _, _, direction, message_id, scope, *_ = row
            key = (p.direction == direction, p.scope == scope, p.message_id == message_id)
            connection.execute(delete(t.parked).where(*key, p.binned_until != 0))
        self._add_parked.many(connection, rows)

    def parked(
        self, connection: Connection, *, before: int, most: int, skip: int = 0
    ) -> tuple[list[Any], int]:
        """Return what was set aside behind the id ``before``, newest first, and how much there
        is."""
        rows = self._one(connection, self._parked, before=before, most=most, skip=skip).fetchall()
        return rows, self.parked_total(connection)

    def parked_total(self, connection: Connection) -> int:
        """Return how many messages are set aside."""
        return int(self._parked_total.one(connection).scalar())
