"""Movement lines, and the rows of ``c_ledger`` read back: as the lines that were sent, as ``GET
/ledger`` shows them, and as the groups that were posted. Pure; amounts are int in 分.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from customs_sim.ledger.amounts import decimal
from customs_sim.ledger.postings import RULES, Entry, Event, FilledLine, Group, regroup
from schemas import statement as wire
from schemas.times import to_wire


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One movement line. ``no`` follows from the id of the ledger entry that carries it, so the
    line in a GRT302 and the one in a statement are the same. ``at`` microseconds UTC, amounts in
    分. ``cash``: it moves money in custody.
    """

    no: str
    at: int
    event: Event
    code: str
    register: str
    number: str
    related: str
    increase: int
    decrease: int
    balance: int
    ref: str
    cash: bool

    @property
    def net(self) -> int:
        return self.increase - self.decrease

    def on_wire(self) -> wire.Movement:
        """As GrtMvmtDt and GrtReconDt carry it."""
        return wire.Movement(
            number=self.no,
            moved_at=to_wire(self.at),
            event=self.code,
            register=self.register,
            no=self.number,
            increase=decimal(self.increase),
            decrease=decimal(self.decrease),
            balance=decimal(self.balance),
            related_no=self.related,
            reference=self.ref,
        )


def movement_no(entry_id: int) -> str:
    """mvmtNo of the line that the ledger entry ``entry_id`` carries."""
    return f"MV{entry_id:012d}"


def movement_of_line(
    event: Event, line: FilledLine, entry_id: int, at: int, balance: int, ref: str
) -> Movement:
    """The movement line that the ledger entry ``entry_id`` carries, as it is posted."""
    return Movement(
        no=movement_no(entry_id),
        at=at,
        event=event,
        code=line.code,
        register=line.register,
        number=line.number,
        related=line.related,
        increase=line.increase,
        decrease=line.decrease,
        balance=balance,
        ref=ref,
        cash=line.cash,
    )


def movement_of_entry(row: Any) -> Movement | None:
    """The movement line of a row of c_ledger; None when it carries none."""
    entry_id, _, at, event, _, _, amount, _, number, related, code, balance, ref, _ = row
    if not code:
        return None
    kind = Event(event)
    line = next(p.line for p in RULES[kind].postings if p.line is not None and p.line.code == code)
    return Movement(
        no=movement_no(entry_id),
        at=at,
        event=kind,
        code=code,
        register=line.register,
        number=number,
        related=related if line.related else "",
        increase=amount if line.sign > 0 else 0,
        decrease=amount if line.sign < 0 else 0,
        balance=balance,
        ref=ref,
        cash=line.cash,
    )


def groups_of(rows: Iterable[Any]) -> list[Group]:
    """The groups that rows of c_ledger are, in order of their first entry. Raises ValueError when a
    group is not what the table of events says."""
    found: dict[int, list[Any]] = {}
    for row in sorted(rows, key=lambda row: (row[1], row[0])):
        found.setdefault(row[1], []).append(row)
    return [
        regroup(
            entries[0][3],
            [Entry(row[4], row[5], row[6]) for row in entries],
            payment=_payment(entries[0]),
        )
        for entries in found.values()
    ]


def _payment(row: Any) -> str:
    """The payment of a row of c_ledger whose event names one."""
    return str(row[9] if row[3] == Event.MATCHED else row[8])
