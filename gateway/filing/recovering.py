"""Filings that customs received and this store lost, because an older copy of it was restored.

They are taken back from the messages that customs keeps, under their SeqNo, attempt and
GatewayMsgId, and marked in their timeline. Their receipts come after them on the usual way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, select

from gateway.attempt_ids import FIRST_SEQ_NO, attempt_of
from gateway.checks.intake import Intake
from gateway.filing.taken import content_of
from gateway.store import tables as t
from gateway.store.archive import Flag
from gateway.store.numbers import Numbers
from gateway.store.sql import Sql
from handlers.contract import Context
from handlers.declaration import Content, recovered
from schemas.dxp import DxpMsg, read_dxp
from schemas.findings import Refused
from schemas.xml import XmlReader

SCOPE = "(recovered)"
"""messages.scope where several operators act for the enterprise, or the one that does has a
message of that id: nobody knows who sent it."""


class Lost(NamedTuple):
    """A message that customs received and the gateway does not know.

    Attributes:
        at: When customs received it, business time in microseconds UTC.
        body: The DxpMsg as received.
    """

    gateway_msg_id: str
    at: int
    body: bytes


class Back(NamedTuple):
    """What became of one lost message. ``reason``: why it was left out; empty when it is back."""

    gateway_msg_id: str
    seq_no: int | None
    reason: str = ""


class Recovering:
    """Takes lost messages back, in one transaction. ``salt`` tells this installation's ids."""

    def __init__(
        self,
        *,
        sql: Sql,
        numbers: Numbers,
        intake: Intake,
        reader: XmlReader,
        context: Context,
        salt: bytes,
    ) -> None:
        self._sql, self._numbers, self._intake = sql, numbers, intake
        self._reader, self._context, self._salt = reader, context, salt

    def take(self, connection: Connection, lost: Sequence[Lost]) -> list[Back]:
        """Store ``lost``, in the order in which customs received it; return what became of each."""
        operators = _operators(connection)
        return [self._one(connection, one, operators) for one in lost]

    def _one(self, connection: Connection, lost: Lost, operators: dict[str, list[str]]) -> Back:
        named = attempt_of(self._salt, lost.gateway_msg_id)
        if named is None:
            return Back(lost.gateway_msg_id, None, "its id is not of this gateway's store")
        try:
            dxp = read_dxp(lost.body, self._reader)
            if not isinstance(dxp, DxpMsg):
                return Back(lost.gateway_msg_id, None, "it is no DxpMsg")
            submission = self._intake.reopened(dxp.data, self._context)
        except Refused as error:
            return Back(lost.gateway_msg_id, None, f"it cannot be read: {error}")
        number, attempt = named
        seq_no: int | None = number
        flag = Flag.DECLARED
        if number < FIRST_SEQ_NO:  # an attachment, or a request without a SeqNo of its own
            mid = number
            seq_no = int(own) if (own := dxp.keys.get("SeqNo", "")) else None
            flag = Flag.FILE_AFTER if seq_no else Flag.DECLARED
            if self._sql.winners(connection, [mid]):
                return Back(lost.gateway_msg_id, seq_no, f"archive id {mid} is taken")
            enterprise = submission.enterprise
        else:
            (mid,) = self._numbers.take_here(connection, "messages", 1)
            content = content_of(submission, lost.at)
            enterprise = content.enterprise
            if enterprise not in operators:
                return Back(lost.gateway_msg_id, seq_no, f"no such enterprise {enterprise} here")
            said = self._filing(connection, number, attempt, content, mid, lost.at)
            if said:
                return Back(lost.gateway_msg_id, seq_no, said)
        acting = operators.get(enterprise, [])
        scopes = [acting[0]] if len(acting) == 1 else []
        for scope, message_id in (
            *((each, submission.envelope.message_id) for each in scopes),
            (SCOPE, submission.envelope.message_id),
            (SCOPE, lost.gateway_msg_id),
        ):
            row = (
                mid,
                scope,
                message_id,
                submission.handler.code,
                seq_no,
                attempt,
                int(flag),
                hashlib.sha256(dxp.data).digest(),
                dxp.data,
                None,
                lost.at,
            )
            self._sql.archive.many(connection, [row])
            if self._sql.winners(connection, [mid]):
                break
        return Back(lost.gateway_msg_id, seq_no)

    def _filing(
        self, connection: Connection, seq_no: int, attempt: int, content: Content, mid: int, at: int
    ) -> str:
        """Store the declaration as it stood with this attempt; return why not, or nothing."""
        stored = self._sql.declarations_by_seq(connection, [seq_no]).get(seq_no)
        if stored is not None and stored.enterprise != content.enterprise:
            return f"{seq_no} is another enterprise's here"
        if stored is not None and stored.attempt >= attempt:
            return f"{seq_no} is at attempt {stored.attempt} here, customs has {attempt}"
        other = self._sql.declarations_by_key(connection, [content.filing_key]).get(
            content.filing_key
        )
        if other is not None and other.seq_no != seq_no:
            # Filed again meanwhile: the reference is the newer filing's, this one keeps its number.
            content = replace(content, filing_key=f"{content.filing_key}|recovered|{seq_no}")
        now, entry = recovered(stored, seq_no, attempt, content, mid, at)
        if stored is None:
            self._sql.add_declarations(connection, [now])
        else:
            self._sql.move(connection, [(stored, now)], refile=True)
        self._sql.add_entries(connection, [entry])
        return ""


def _operators(connection: Connection) -> dict[str, list[str]]:
    """Return the enterprises of the registry, each with the operators that act for it."""
    acting: dict[str, set[str]] = {
        code: set() for code in connection.execute(select(t.enterprises.c.code)).scalars()
    }
    keys: Iterable[Any] = connection.execute(
        select(t.keys.c.operator, t.keys.c.enterprises).where(t.keys.c.revoked == 0)
    )
    for row in keys:
        for code in msgspec.json.decode(row.enterprises, type=list[str]):
            if code in acting:
                acting[code].add(row.operator)
    return {code: sorted(several) for code, several in acting.items()}
