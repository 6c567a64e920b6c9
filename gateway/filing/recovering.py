"""Filings that customs received and this store lost, because an older copy of it was restored.

They are taken back from the messages that customs keeps, under their SeqNo, attempt and
GatewayMsgId, with their attachments, and marked in their timeline. Their receipts come after them
on the usual way. Nobody knows which operator sent a message: each that may act for the enterprise
gets it under its message id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, func, select, update

from gateway.attempt_ids import FIRST_SEQ_NO, MARKS, UNMARKED, AttemptIds, attempt_of
from gateway.checks.intake import Intake
from gateway.checks.opened import Submission
from gateway.filing.pocket_groups import WAITING, Groups, Undone
from gateway.filing.recovered import recovered, recovered_earlier
from gateway.filing.repeats import FROM_CUSTOMS
from gateway.filing.taken import content_of
from gateway.store import tables as t
from gateway.store.archive import ATTACHMENTS, Flag
from gateway.store.numbers import Numbers
from gateway.store.sql import Sql
from handlers.contract import Context
from handlers.declaration import Content, Declaration
from handlers.lifecycle import EDITABLE
from schemas.dxp import DxpMsg, read_dxp
from schemas.findings import Refused, finding
from schemas.xml import XmlReader

SCOPE = "(recovered)"
"""messages.scope of what no operator here could have sent."""
ModeOf = Callable[[str, str], str]
"""The 担保方式 of a register, by its kind and number; empty for an unknown one."""


class Lost(NamedTuple):
    """A message that customs received and the gateway does not know.

    Attributes:
        at: When customs received it, business time in microseconds UTC.
        body: The DxpMsg as received.
        stands: Whether customs approved it, or still works on it.
    """

    gateway_msg_id: str
    at: int
    body: bytes
    stands: bool


class Back(NamedTuple):
    """What became of one lost message. ``reason``: why it was left out; empty when it is back.
    ``note``: what could not be brought back of one that is."""

    gateway_msg_id: str
    seq_no: int | None
    reason: str = ""
    note: str = ""


class _Read(NamedTuple):
    """A lost message, read. ``document``: the package inside; ``named``: the SeqNo among the keys
    of its transport."""

    lost: Lost
    document: bytes
    submission: Submission
    named: str


class _Known(NamedTuple):
    """The registry. ``operators``: of each enterprise those that act for it; ``by_node``: the
    enterprise of a DXP id, which is all that a GRT141 may say of its sender."""

    operators: dict[str, list[str]]
    by_node: dict[str, str]


class _Left(Exception):
    """The message cannot be brought back; the text says why."""


class Recovering:
    """Takes lost messages back, in one transaction. ``ids`` are those of this installation;
    ``mode_of`` asks customs' registers."""

    def __init__(
        self,
        *,
        sql: Sql,
        numbers: Numbers,
        intake: Intake,
        reader: XmlReader,
        groups: Groups,
        context: Context,
        ids: AttemptIds,
        mode_of: ModeOf,
    ) -> None:
        self._sql, self._numbers, self._intake = sql, numbers, intake
        self._reader, self._groups, self._context = reader, groups, context
        self._ids, self._mode_of = ids, mode_of

    def take(self, connection: Connection, lost: Sequence[Lost]) -> list[Back]:
        """Store ``lost``, in the order in which customs received it; return what became of each."""
        known, free = _known(connection), _FreeIds(self._numbers, self._ids)
        return [self._one(connection, one, known, free) for one in lost]

    def _one(self, connection: Connection, lost: Lost, known: _Known, free: _FreeIds) -> Back:
        named = attempt_of(self._ids.salt, lost.gateway_msg_id)
        if named is None:
            return Back(lost.gateway_msg_id, None, "its id is not of this gateway's store")
        seq_no = named.number if named.number >= FIRST_SEQ_NO else None
        try:
            with connection.begin_nested():
                read = self._read(lost)
                seq_no = seq_no or (int(read.named) if read.named else None)
                sender = read.submission.envelope.sender_id
                enterprise = read.submission.enterprise or known.by_node.get(sender, "")
                if enterprise not in known.operators:
                    raise _Left(f"no such enterprise {enterprise or sender} here")
                if named.number < FIRST_SEQ_NO:
                    mid, flag = named.number, Flag.FILE_AFTER if seq_no else Flag.DECLARED
                    note = self._file(connection, read, seq_no, mid, named.attempt)
                else:
                    mid, flag = free.marked(connection, named.mark), Flag.DECLARED
                    note = self._filing(connection, read, named.number, named.attempt, mid)
                if not self._sql.winners(connection, [mid]):
                    row = (seq_no, named.attempt, flag)
                    self._archive(connection, read, mid, row, known.operators[enterprise])
        except _Left as left:
            return Back(lost.gateway_msg_id, seq_no, str(left))
        return Back(lost.gateway_msg_id, seq_no, note=note)

    def _read(self, lost: Lost) -> _Read:
        try:
            dxp = read_dxp(lost.body, self._reader)
            if not isinstance(dxp, DxpMsg):
                raise _Left("it is no DxpMsg")
            submission = self._intake.reopened(dxp.data, self._context)
        except Refused as error:
            raise _Left(f"it cannot be read: {error}") from error
        return _Read(lost, dxp.data, submission, dxp.keys.get("SeqNo", ""))

    def _filing(
        self, connection: Connection, read: _Read, seq_no: int, attempt: int, mid: int
    ) -> str:
        """Store the declaration as it stood with this attempt."""
        at, submission = read.lost.at, read.submission
        content = self._content(submission, at)
        stored = self._sql.declarations_by_seq(connection, [seq_no]).get(seq_no)
        if stored is not None and stored.enterprise != content.enterprise:
            raise _Left(f"{seq_no} is another enterprise's here")
        if stored is not None and (
            stored.attempt > attempt
            or (
                stored.attempt == attempt
                and not (read.lost.stands and stored.status in EDITABLE and not stored.deleted)
            )
        ):
            now, entry = recovered_earlier(stored, attempt, mid, at)
            self._sql.move(connection, [(stored, now)])
            self._sql.add_entries(connection, [entry])
            return (
                f"{seq_no}: attempt {attempt} was lost and made again; the filing goes on with the"
                " later one, the lost one is in its timeline"
            )
        other = self._sql.declarations_by_key(connection, [content.filing_key]).get(
            content.filing_key
        )
        note = ""
        if other is not None and other.seq_no != seq_no:
            # Filed again meanwhile: the reference is the newer filing's, this one keeps its number.
            content = replace(content, filing_key=f"{content.filing_key}|recovered|{seq_no}")
            note = f"{seq_no}: {content.reference} was filed again as {other.seq_no}; both are here"
        now, entry = recovered(stored, seq_no, attempt, content, mid, at)
        if stored is None:
            self._sql.add_declarations(connection, [now])
        else:
            self._sql.move(connection, [(stored, now)])
        self._sql.add_entries(connection, [entry])
        return self._grouped(connection, submission, now, mid, at) or note

    def _content(self, submission: Submission, at: int) -> Content:
        """Return what a filing says; one whose own body has no 担保方式 takes it from the register
        that it is about."""
        content = content_of(submission, at)
        if content.facets.mode:
            return content
        names = submission.handler.names(submission.filing)
        mode = next((mode for name in names if (mode := self._mode_of(*name))), "")
        return replace(content, facets=replace(content.facets, mode=mode))

    def _file(
        self, connection: Connection, read: _Read, seq_no: int | None, mid: int, attempt: int
    ) -> str:
        """Give an attachment back to its declaration; one that is here already was sent with a
        later attempt. A message without a declaration needs nothing."""
        m = t.messages
        there = connection.execute(
            select(m.c.seq_no, m.c.flag, m.c.attempt).where(m.c.id == mid)
        ).first()
        if there is not None and (there.flag not in ATTACHMENTS or there.seq_no != seq_no):
            raise _Left(f"archive id {mid} is taken")
        if seq_no is None:
            return ""
        filing = self._sql.declarations_by_seq(connection, [seq_no]).get(seq_no)
        if filing is None or filing.enterprise != read.submission.enterprise:
            raise _Left(f"it is an attachment of {seq_no}, which is not here")
        if there is not None:
            connection.execute(
                update(m).where(m.c.id == mid).values(attempt=max(attempt, there.attempt))
            )
        return self._grouped(connection, read.submission, filing, mid, read.lost.at)

    def _grouped(
        self, connection: Connection, submission: Submission, filing: Declaration, mid: int, at: int
    ) -> str:
        """Put a pocket into its group; return why not, or nothing."""
        pocket = submission.pocket
        if pocket.total == 1:
            return ""
        try:
            group = self._groups.open(connection, submission, filing.seq_no)
        except Undone as undone:
            return (
                f"{filing.seq_no}: pocket {pocket.pocket_id}: {undone.clash.findings[0].message_en}"
            )
        first = group.first
        if first is not None and first.seq_no != filing.seq_no and first.kind != WAITING:
            return f"{filing.seq_no}: pocket group {pocket.pocket_id} is {first.seq_no}'s by now"
        self._groups.move_to(connection, group, filing.seq_no, at)
        self._groups.put(connection, group, pocket, mid, submission)
        return ""

    def _archive(
        self,
        connection: Connection,
        read: _Read,
        mid: int,
        row: tuple[int | None, int, Flag],
        operators: Sequence[str],
    ) -> None:
        """Archive a message under its message id for each operator that may have sent it. The first
        row is the message, further ones are copies; one that has sent it again keeps its own.
        ``row``: SeqNo, attempt and flag."""
        seq_no, attempt, flag = row
        message_id, digest = (
            read.submission.envelope.message_id,
            hashlib.sha256(read.document).digest(),
        )
        places = [(operator, message_id) for operator in operators]
        warnings = msgspec.json.encode((finding(FROM_CUSTOMS, found=message_id),)).decode()
        number, kind = mid, flag
        for scope, own_id in (*places, (SCOPE, message_id), (SCOPE, read.lost.gateway_msg_id)):
            if kind is Flag.COPY and scope == SCOPE:
                break
            values = (
                number,
                scope,
                own_id,
                read.submission.handler.code,
                seq_no,
                attempt,
                int(kind),
                digest,
                read.document,
                warnings,
                read.lost.at,
            )
            self._sql.archive.many(connection, [values])
            if self._sql.winners(connection, [number]):
                (number,), kind = self._numbers.take_here(connection, "messages", 1), Flag.COPY


class _FreeIds:
    """Archive ids that give a recovered message its GatewayMsgId again, in one transaction."""

    def __init__(self, numbers: Numbers, ids: AttemptIds) -> None:
        self._numbers, self._ids = numbers, ids
        self._first, self._used = 0, set[int]()

    def marked(self, connection: Connection, mark: int) -> int:
        """Return a free archive id with this mark. Raise _Left when there is none."""
        if mark == UNMARKED:
            return self._unmarked(connection)
        number = self._first + (mark - self._first) % MARKS
        if not self._first or number in self._used:
            self._first = self._numbers.take_here(connection, "messages", MARKS)[0]
            self._used.clear()
            number = self._first + (mark - self._first) % MARKS
        self._used.add(number)
        return number

    def _unmarked(self, connection: Connection) -> int:
        """The next id in the room that the upgrade left below the first marked one."""
        m = t.messages.c
        last = connection.execute(select(func.max(m.id)).where(m.id < self._ids.since)).scalar()
        number = int(last or 0) + 1
        if number >= self._ids.since:
            raise _Left("there is no room for a message of before the upgrade")
        return number


def _known(connection: Connection) -> _Known:
    acting, by_node = dict[str, set[str]](), dict[str, str]()
    for row in connection.execute(select(t.enterprises.c.code, t.enterprises.c.dxp_id)):
        acting[row.code], by_node[row.dxp_id] = set(), row.code
    keys: Iterable[Any] = connection.execute(
        select(t.keys.c.operator, t.keys.c.enterprises).where(t.keys.c.revoked == 0)
    )
    for row in keys:
        for code in msgspec.json.decode(row.enterprises, type=list[str]):
            if code in acting:
                acting[code].add(row.operator)
    return _Known({code: sorted(several) for code, several in acting.items()}, by_node)
