"""Rows of ``c_guarantees``, ``c_levies`` and ``c_payments`` as frozen records, which say what a row
says. ``books`` reads, changes and writes them. All amounts are int in 分."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, ClassVar, Self, TypeAlias

import msgspec
from sqlalchemy import Table

from customs_sim.ledger.amounts import LEVY_KINDS, GuaranteeAmounts, LevyAmounts
from customs_sim.store import tables as t
from schemas.guarantee import CASH


class _Row(msgspec.Struct, frozen=True):
    """A register row as a frozen record: fields in the order of the table's columns."""

    table: ClassVar[Table]
    balances: ClassVar[frozenset[str]]
    """Fields that only ``Books.post`` changes."""

    @classmethod
    def of_row(cls, row: Iterable[Any]) -> Self:
        """Return the record of a row whose columns are in the order of the table."""
        return cls(**dict(zip(NAMES[cls], row, strict=True)))

    def row(self) -> tuple[Any, ...]:
        """Return the columns in their order."""
        values: tuple[Any, ...] = attrgetter(*NAMES[type(self)])(self)
        return values


class Guarantee(_Row, frozen=True, kw_only=True):
    """A 总担保. Times in microseconds UTC.

    Attributes:
        change_no: chgTmsCnt.
        limit: 分; so are ``used``, ``returned`` and ``pending`` (limit that waits for its money).
        mode: gurModecd.
        valid_until: The end of the last valid day of its letter; 0 for cash.
        status: gurStucd.
        seq_no: The filing that set it up.
        message: The archive id of the message whose body is the guarantee as it now stands.
        refunds: How many it has had.
    """

    table: ClassVar[Table] = t.guarantees
    balances: ClassVar[frozenset[str]] = frozenset({"limit", "used", "returned", "pending"})

    gasr_no: str
    enterprise: str
    customs: str
    change_no: int = 0
    version: int = 1
    limit: int = 0
    used: int = 0
    returned: int = 0
    mode: str
    letter_no: str = ""
    valid_until: int = 0
    status: str = "1"
    seq_no: str
    message: int = 0
    updated: int = 0
    pending: int = 0
    refunds: int = 0

    @property
    def amounts(self) -> GuaranteeAmounts:
        """Return its balances."""
        return GuaranteeAmounts(
            limit=self.limit, used=self.used, returned=self.returned, pending=self.pending
        )

    @property
    def available(self) -> int:
        """Return what may still be used, exact (F111.10, R121.10), in 分."""
        return self.limit - self.used - self.returned - self.pending

    @property
    def custody(self) -> int:
        """Return the money that customs keeps for it, in 分."""
        return self.limit - self.returned - self.pending if self.mode == CASH else 0

    def balance(self, kind: str) -> int:
        """Return the balance of the account ``kind:gasr_no``."""
        return self.available if kind == "avail" else int(getattr(self, kind))


class Levy(_Row, frozen=True, kw_only=True):
    """A 征收单. Amounts in 分, times in microseconds UTC with 0 for none.

    Attributes:
        open: Still to be secured; the other amounts are those of ``LevyAmounts``.
        status: levyBlStucd; it follows from the amounts.
        confirmed: 1: its present generation was confirmed and approved.
        taken_back: 1: customs withdrew it.
        closed: 1: its business step is finished.
        overdue: 1: its deadline passed unpaid, and the enterprise was told.
        refunds: How many it has had, carry-overs included.
        type: gurTypecd, empty until confirmed; so is ``mode``, gurModecd.
        gasr_no: The guarantee whose quota it occupies or occupied.
        seq_no: The approved confirmation; empty until then.
        message: The archive id of the last message sent about it.
        fields: The whole document. Its amounts may be stale: overlay ``amounts.wire()``.
    """

    table: ClassVar[Table] = t.levies
    balances: ClassVar[frozenset[str]] = frozenset({*LEVY_KINDS, "status"})

    levy_no: str
    enterprise: str
    customs: str
    change_no: int = 0
    version: int = 1
    open: int = 0
    cash: int = 0
    paper: int = 0
    quota: int = 0
    levied: int = 0
    taken: int = 0
    occupied: int = 0
    refunded: int = 0
    carried: int = 0
    status: str = "1"
    confirmed: int = 0
    taken_back: int = 0
    closed: int = 0
    overdue: int = 0
    refunds: int = 0
    type: str = ""
    mode: str = ""
    gasr_no: str = ""
    letter_no: str = ""
    letter_valid: int = 0
    biz_type: str
    biz_no: str = ""
    oriact_no: str = ""
    oriact_valid: int = 0
    deadline: int = 0
    paid_at: int = 0
    seq_no: str = ""
    message: int = 0
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)
    updated: int = 0

    @classmethod
    def of_row(cls, row: Iterable[Any]) -> Self:
        """Return the record of a row; its document is JSON there."""
        values = dict(zip(NAMES[cls], row, strict=True))
        values["fields"] = msgspec.json.decode(values["fields"], type=dict[str, str])
        return cls(**values)

    def row(self) -> tuple[Any, ...]:
        """Return the columns in their order, the document as JSON."""
        return tuple(
            msgspec.json.encode(self.fields).decode() if name == "fields" else getattr(self, name)
            for name in NAMES[Levy]
        )

    @property
    def amounts(self) -> LevyAmounts:
        """Return its balances and totals."""
        return LevyAmounts(
            open=self.open,
            cash=self.cash,
            paper=self.paper,
            quota=self.quota,
            levied=self.levied,
            taken=self.taken,
            occupied=self.occupied,
            refunded=self.refunded,
            carried=self.carried,
        )

    @property
    def due(self) -> int:
        """Return the security wanted, in 分."""
        return self.amounts.due

    @property
    def refundable(self) -> int:
        """Return the money that can be given back or carried over, in 分 (R121.07)."""
        return self.amounts.refundable

    def balance(self, kind: str) -> int:
        """Return the balance of the account ``kind:levy_no``."""
        return int(getattr(self, _ALIASES.get(kind, kind)))


class Payment(_Row, frozen=True, kw_only=True):
    """One entry of the cash book. Times in microseconds UTC.

    Attributes:
        reference: The bank's; empty where it gave none.
        amount: In 分: ``unmatched`` (waits in suspense) + ``matched`` (pays levies) +
        ``sent_back``.
        levy_no: As the payer named it; customs may not know it.
        at: When it was entered.
    """

    table: ClassVar[Table] = t.payments
    balances: ClassVar[frozenset[str]] = frozenset({"unmatched"})

    payment_no: str
    reference: str = ""
    amount: int
    unmatched: int = 0
    matched: int = 0
    sent_back: int = 0
    levy_no: str = ""
    paid_at: int
    at: int

    def balance(self, kind: str) -> int:
        """Return the balance of the memo total ``kind:payment_no``."""
        return int(getattr(self, kind))


Row: TypeAlias = Guarantee | Levy | Payment
NAMES: dict[type, tuple[str, ...]] = {
    cls: cls.__struct_fields__ for cls in (Guarantee, Levy, Payment)
}
"""Fields of a row in the order of the columns, the key first."""
_ALIASES = {"custody": "cash", "letter": "paper"}
"""Accounts of a levy that are always equal (``docs/rules.md`` 3)."""


def number_of(row: Row) -> str:
    """Return the key of a row."""
    number: str = getattr(row, NAMES[type(row)][0])
    return number
