"""The JSON shapes of statements of account. Money is a string, times RFC 3339 with offset."""

from __future__ import annotations

from datetime import datetime

import msgspec


class StatementOut(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of account with the gateway's own comparison; amounts in 元. ``overdue``: customs
    told that its deadline passed without an answer."""

    statement_no: str
    version: int
    begins: str
    ends: str
    closing: str
    agrees: bool
    differences: tuple[dict[str, str], ...]
    answer_by: datetime | None
    answered: bool
    overdue: bool
    message_id: str
    received_at: datetime


class StatementList(msgspec.Struct, frozen=True, kw_only=True):
    """Statements, newest first."""

    items: tuple[StatementOut, ...]
    total: int
    next: str | None


class OwnMovement(msgspec.Struct, frozen=True, kw_only=True):
    """A movement as GRT302 told it; amounts in 元."""

    at: datetime
    increase: str
    decrease: str


class LineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a statement beside the gateway's own movement; amounts in 元. ``on_statement``
    false: customs left out what the gateway was told; ``own`` null: nothing of that number was told
    here. ``differences``: kinds of what was found at this line."""

    mvmt_no: str
    at: str
    event: str
    gur_type: str
    number: str
    related: str
    increase: str
    decrease: str
    balance: str
    reference: str
    on_statement: bool
    own: OwnMovement | None
    differences: tuple[str, ...]


class StatementDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a statement with all of its lines, those that differ first. ``opening`` +
    ``increase`` - ``decrease`` is ``closing`` where customs reckoned right."""

    statement: StatementOut
    opening: str
    increase: str
    decrease: str
    closing: str
    lines: tuple[LineOut, ...]
