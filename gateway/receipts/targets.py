"""Which declaration a message of customs is about, and whether it may be."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.attempt_ids import AttemptIds
from gateway.receipts.customs_reader import Item, Reading, Report, Target, Unreadable, seq_no_in
from gateway.store.registry import Registry
from gateway.store.sql import Sql
from handlers.contract import Answer, Push, SubmissionHandler
from handlers.declaration import Declaration
from handlers.lifecycle import Status

OPEN = frozenset({Status.DECLARED, Status.SENT, Status.RECEIVED, Status.REVIEW})


class Ambiguous(NamedTuple):
    """A message that could be about several filings, or about none that is open: it is set aside.

    Attributes:
        reason: What it says, and what that could mean.
    """

    reason: str


class Standing(Enum):
    """How an attempt that an id names stands to its filing. ``HERE``: it is the attempt of that
    number. ``EARLIER``: the filing went on with another one of that number. ``LOST``: only another
    one of that number is in this store."""

    HERE = 1
    EARLIER = 2
    LOST = 3


LOST = (
    "its GatewayMsgId is of an attempt {attempt} of {seq_no} that is not in this store, where"
    " another one has that number (`eport doctor --reconcile`)"
)
"""Why news about an attempt is set aside that a restore lost."""


class Targets:
    """Finds the declaration that a message answers."""

    def __init__(
        self,
        sql: Sql,
        registry: Registry,
        submissions: Iterable[SubmissionHandler],
        ids: AttemptIds,
    ) -> None:
        self._sql, self._registry, self._ids = sql, registry, ids
        self._answers = {handler.code: frozenset(handler.answers) for handler in submissions}

    def of(self, connection: Connection, item: Item) -> Target | Ambiguous | None:
        """Return the target of a message; None when it names none."""
        if isinstance(item, Unreadable):
            return None
        target = item.target
        if target is None:
            return self._by_reference(connection, item)
        return self._of_file(connection, target) if target.is_archive_id else target

    def disagreement(self, item: Reading, answer: Answer, filing: Declaration) -> str:
        """Return in what a receipt contradicts the filing that it names, with both values; empty
        where it agrees (``docs/contract.md`` 2)."""
        both = (
            ("SeqNo", item.key_seq_no, str(filing.seq_no)),
            ("assuredEtpsno", answer.enterprise, filing.enterprise),
            ("etpsPreentNo", answer.own_reference, filing.reference),
        )
        wrong = [
            f"{name} {told!r}, the filing has {own!r}"
            for name, told, own in both
            if told != own and told and own
        ]
        if not self._is_family(item, filing):
            wrong.append(f"{item.message_type} answers no {filing.message_type}")
        return "; ".join(wrong)

    def standing(self, connection: Connection, target: Target, filing: Declaration) -> Standing:
        """Return whether the attempt that an id names is here. After a restore an attempt of the
        same number may be another one: the mark tells (``gateway.attempt_ids``)."""
        if target.mark is None or target.mark == self._ids.mark(filing.message):
            return Standing.HERE
        declared = self._sql.declared_by(connection, filing.seq_no, target.attempt)
        marks = [self._ids.mark(row.message) for row in declared]
        if not marks or target.mark == marks[0]:
            return Standing.HERE
        return Standing.EARLIER if target.mark in marks else Standing.LOST

    def _is_family(self, item: Reading, filing: Declaration) -> bool:
        answers = self._answers.get(filing.message_type)
        return answers is None or item.message_type in answers

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
        return None if seq_no is None else replace(target, seq_no=int(seq_no), attachment=True)

    def _by_reference(
        self, connection: Connection, item: Reading | Report
    ) -> Target | Ambiguous | None:
        """Read etpsPreentNo as a SeqNo and as the sender's own reference, whatever it looks like.

        It counts when all readings together fit exactly one open attempt. A SeqNo that is not here
        yet is waited for, when the text is no reference either.
        """
        if isinstance(item, Report) or isinstance(item.content, Push) or not item.content.reference:
            return None
        text, answer = item.content.reference, item.content
        owners = {e.code for e in self._registry.enterprises.values() if e.dxp_id == item.receiver}
        numbered = seq_no_in(text)
        by_number = self._sql.declarations_by_seq(connection, [numbered.seq_no]) if numbered else {}
        known = dict(by_number) | {
            filing.seq_no: filing
            for filing in self._sql.declarations_by_reference(connection, text)
            if filing.enterprise in owners
        }
        if not known:
            return numbered
        fits = [
            filing
            for filing in known.values()
            if filing.status in OPEN
            and self._is_family(item, filing)
            and same_generation(answer, filing)
            and not self.disagreement(item, answer, filing)
        ]
        if len(fits) == 1:
            return Target(fits[0].seq_no, fits[0].attempt)
        shown = ", ".join(
            f"{filing.seq_no} ({filing.reference}, {filing.status.value})"
            for filing in sorted(known.values(), key=lambda filing: filing.seq_no)[:5]
        )
        count = "none of them waits for it" if not fits else "several of them wait"
        return Ambiguous(f"etpsPreentNo {text!r} could mean {shown}; {count}")


def same_generation(answer: Answer, filing: Declaration) -> bool:
    """tmsCnt must be compared (``docs/wire.md`` 2.6) when nothing names the attempt; GRT200 has
    none."""
    return answer.business_no == "" or answer.change_no == filing.change_no
