"""Rows of statements and of movements, as customs tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from handlers.contract import Push
from schemas.body import amount_of
from schemas.times import from_wire


def fen(text: str | None) -> int:
    """分 of an amount on the wire; 0 when it is none."""
    return int((amount_of(text) or 0) * 100)


def _movement_row(enterprise: str, line: Mapping[str, str], mid: int) -> tuple[Any, ...]:
    get = line.get
    return (
        enterprise,
        get("mvmtNo", ""),
        get("gurNo", ""),
        get("evtCd", ""),
        fen(get("incrAmt")),
        fen(get("decrAmt")),
        fen(get("balAmt")),
        from_wire(get("mvmtTime", "")),
        get("rltGurNo", ""),
        get("refNo", ""),
        mid,
    )


def statement_row(
    push: Push, mid: int, differences: Sequence[Mapping[str, str]], begins: int, ends: int, at: int
) -> tuple[Any, ...]:
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
        fen(push.fields.get("clsgAmt")),
        msgspec.json.encode(differences).decode(),
        at,
        answer_by,
        overdue,
    )
