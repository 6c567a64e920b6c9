"""Rows of registers, statements and movements, made of what customs tells. Each is a tuple in the
order of its table's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway.store.rows import MovementRow
from handlers.contract import Push
from schemas.money import fen_of
from schemas.times import from_wire


def levy_row(push: Push, seq_no: int, message: int, at: int) -> tuple[Any, ...]:
    """Return the row of ``levies``. ``message``: archive id of the message that carried it."""
    get = push.fields.get
    deadline = from_wire(get("dpstPmnDeadline", ""))
    # No element says so: customs tells it by a message of its own after the deadline (Y302.05).
    overdue = int(push.status == "1" and 0 < deadline <= from_wire(get("lastUpdateTime", "")))
    return (
        push.number,
        push.enterprise,
        seq_no,
        push.change_no,
        push.version,
        message,
        fen_of(get("levyBlAmt")),
        fen_of(get("actlvyAmt")),
        fen_of(get("alrdyCrdwAmt")),
        fen_of(get("alrdyRtnbkAmt")),
        push.status,
        deadline,
        overdue,
        at,
    )


def guarantee_row(push: Push, seq_no: int, message: int, at: int) -> tuple[Any, ...]:
    """Return the row of ``guarantees``. ``message``: archive id of the message that carried it."""
    get = push.fields.get
    return (
        push.number,
        push.enterprise,
        seq_no,
        push.change_no,
        push.version,
        message,
        fen_of(get("gasrAmt")),
        fen_of(get("usedGasrAmt")),
        fen_of(get("avalGasrAmt")),
        fen_of(get("alrdyRtnbkGasrAmt")),
        push.status,
        at,
    )


def movement_row(enterprise: str, line: Mapping[str, str], message: int) -> tuple[Any, ...]:
    """Return the row of ``movements`` for a line of a synchronisation."""
    get = line.get
    return (
        enterprise,
        get("mvmtNo", ""),
        get("gurNo", ""),
        get("evtCd", ""),
        fen_of(get("incrAmt")),
        fen_of(get("decrAmt")),
        fen_of(get("balAmt")),
        from_wire(get("mvmtTime", "")),
        get("rltGurNo", ""),
        get("refNo", ""),
        message,
    )


def moved_of(row: tuple[Any, ...]) -> MovementRow:
    """Return what a row of ``movements`` says, as it is read back."""
    _, number, _, _, increase, decrease, _, at, *_ = row
    return MovementRow(number, increase, decrease, at)


def statement_row(
    push: Push, mid: int, differences: Sequence[Mapping[str, str]], begins: int, ends: int, at: int
) -> tuple[Any, ...]:
    """Return the row of ``statements`` without its last column, ``answered``. ``mid``: archive id
    of the message that carried it."""
    answer_by = from_wire(push.fields.get("answDeadline", ""))
    # No element says so: customs makes the statement out once more after the deadline (A161.06), as
    # with levies.
    overdue = int(0 < answer_by <= from_wire(push.fields.get("genrtDate", "")))
    return (
        push.number,
        push.version,
        push.enterprise,
        mid,
        begins,
        ends,
        fen_of(push.fields.get("clsgAmt")),
        msgspec.json.encode(differences).decode(),
        at,
        answer_by,
        overdue,
    )
