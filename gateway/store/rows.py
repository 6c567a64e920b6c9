"""Rows as the statements of the gateway read them, by name. Times are microseconds since 1970
UTC."""

from __future__ import annotations

from typing import NamedTuple


class ArchiveRow(NamedTuple):
    """A message of the archive, without its body.

    Attributes:
        id: Its archive id.
        seq_no: SeqNo of its declaration; None when it has none.
        flag: A number of ``gateway.store.archive.Flag``.
        warnings: JSON list of findings; None without one.
    """

    id: int
    message_type: str
    seq_no: int | None
    flag: int
    sha256: bytes
    warnings: str | None


class SendRow(NamedTuple):
    """A message of the archive that is to be sent.

    Attributes:
        id: Its archive id.
        seq_no: SeqNo of its declaration; None when it has none.
        flag: A number of ``gateway.store.archive.Flag``.
        at: When it came.
    """

    id: int
    body: bytes
    message_type: str
    seq_no: int | None
    attempt: int
    flag: int
    message_id: str
    at: int


class DeclaringRow(NamedTuple):
    """A message that made an attempt of a declaration.

    Attributes:
        message: Its archive id.
        stale: Whether the declaration had gone on when it was entered.
    """

    message: int
    stale: int


class DueRow(NamedTuple):
    """A row of the outbox that may be sent.

    Attributes:
        parts: JSON list of archive ids.
        n: How many these are.
    """

    id: int
    parts: str
    n: int
    tries: int


class WaitingRow(NamedTuple):
    """Since when a message of customs waits for its declaration, and how often it was tried."""

    since: int
    tries: int


class RegisterRow(NamedTuple):
    """A guarantee or a levy as the gateway stores it, without its amounts.

    Attributes:
        number: gasrNo or dpstLevyBlNo.
        seq_no: The filing that set it up, or that confirms it.
        document: Archive id of the message that carried it as it now stands.
        status: gurStucd or levyBlStucd.
    """

    number: str
    enterprise: str
    seq_no: int
    change_no: int
    version: int
    document: int
    status: str


class VersionRow(NamedTuple):
    """A version of a register, and the archive id of the message that carried it."""

    number: str
    version: int
    document: int


class MovementRow(NamedTuple):
    """A movement that customs told the gateway of. Amounts are 分."""

    number: str
    increase: int
    decrease: int
    moved_at: int


class ClosedRow(NamedTuple):
    """The end of a statement of account.

    Attributes:
        closing: The amount in 分 that it closes with.
    """

    statement_no: str
    closing: int
