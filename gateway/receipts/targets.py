"""Which declaration a message of customs is about."""

from __future__ import annotations

from sqlalchemy import Connection

from gateway.receipts.customs_reader import Item, Reading, Report, Target, Unreadable
from gateway.store.registry import Registry
from gateway.store.sql import Sql
from handlers.contract import Push
from handlers.lifecycle import Status

OPEN = frozenset({Status.DECLARED, Status.SENT, Status.RECEIVED, Status.REVIEW})


class Targets:
    """Finds the declaration that a message answers."""

    def __init__(self, sql: Sql, registry: Registry) -> None:
        self._sql, self._registry = sql, registry

    def of(self, connection: Connection, item: Item) -> Target | None:
        """Return the target of a message; None when it names none."""
        if isinstance(item, Unreadable):
            return None
        target = item.target or self._by_reference(connection, item)
        return self._of_file(connection, target) if target and target.is_archive_id else target

    def further(self, connection: Connection, item: Item) -> tuple[Target | None, ...]:
        """Return the targets of what a DxpRep reports beside its first Response."""
        if not isinstance(item, Report):
            return ()
        return tuple(
            self._of_file(connection, said.target)
            if said.target and said.target.is_archive_id
            else said.target
            for said in item.others
        )

    def _of_file(self, connection: Connection, target: Target) -> Target | None:
        """The declaration of an attachment, which its GatewayMsgId names by archive id."""
        seq_no = self._sql.filing_of.one(connection, target.seq_no).scalar()
        return None if seq_no is None else Target(int(seq_no), target.attempt, attachment=True)

    def _by_reference(self, connection: Connection, item: Reading | Report) -> Target | None:
        """The quirk of the sender's own reference in etpsPreentNo: it counts when exactly one
        attempt of it is open."""
        if isinstance(item, Report) or isinstance(item.content, Push) or not item.content.reference:
            return None
        owners = [e.code for e in self._registry.enterprises.values() if e.dxp_id == item.receiver]
        found = [
            d
            for d in self._sql.declarations_by_reference(connection, item.content.reference)
            if d.enterprise in owners and d.status in OPEN
        ]
        return Target(found[0].seq_no, found[0].attempt) if len(found) == 1 else None
