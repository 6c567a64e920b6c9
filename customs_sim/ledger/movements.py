"""Movement lines as they are posted, and rows of ``c_ledger`` read back: as the lines that were
sent, and as the groups that were posted. Pure. Amounts are int in 分."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from customs_sim.ledger.groups import FilledLine, Group, LedgerEntry, regroup
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.postings import RULES, Event
from schemas import statement as wire
from schemas.money import decimal
from schemas.times import to_wire


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One movement line.

    Attributes:
        no: mvmtNo. It follows from the id of the ledger entry that carries the line, so that the
        line
            in a GRT302 and the one in a statement are the same.
        at: When it was decided, in microseconds UTC.
        code: The code of the event on the wire.
        register: The register of ``number``: 1 a guarantee, 2 a levy.
        related: The other number; empty without one.
        increase: 分; so are ``decrease`` and ``balance``, which is that afterwards.
        ref: What caused it.
        cash: Whether it moves money in custody.
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
        """Return the increase less the decrease, in 分."""
        return self.increase - self.decrease

    def on_wire(self) -> wire.Movement:
        """Return the line as GrtMvmtDt and GrtReconDt carry it."""
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
    """Return mvmtNo of the line that the ledger entry ``entry_id`` carries."""
    return f"MV{entry_id:012d}"


def movement_of_line(
    event: Event, line: FilledLine, entry_id: int, at: int, balance: int, ref: str
) -> Movement:
    """Return the movement line that the ledger entry ``entry_id`` carries, as it is posted."""
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


def movement_of_entry(entry: LedgerLine) -> Movement | None:
    """Return the movement line of a stored entry; None when it carries none."""
    if not entry.code:
        return None
    event = Event(entry.event)
    line = next(
        posting.line
        for posting in RULES[event].postings
        if posting.line is not None and posting.line.code == entry.code
    )
    return Movement(
        no=movement_no(entry.id),
        at=entry.at,
        event=event,
        code=entry.code,
        register=line.register,
        number=entry.number,
        related=entry.related if line.related else "",
        increase=entry.amount if line.sign > 0 else 0,
        decrease=entry.amount if line.sign < 0 else 0,
        balance=entry.balance,
        ref=entry.ref,
        cash=line.cash,
    )


def groups_of(entries: Iterable[LedgerLine]) -> list[Group]:
    """Return the groups that stored entries are, in order of their first entry. Raise ValueError
    when a group is not what the table of events says."""
    by_group: dict[int, list[LedgerLine]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.group, entry.id)):
        by_group.setdefault(entry.group, []).append(entry)
    return [
        regroup(
            group[0].event,
            [LedgerEntry(entry.debit, entry.credit, entry.amount) for entry in group],
            payment=_payment(group[0]),
        )
        for group in by_group.values()
    ]


def _payment(entry: LedgerLine) -> str:
    """Return the payment of an entry whose event names one."""
    return entry.related if entry.event == Event.MATCHED else entry.number
