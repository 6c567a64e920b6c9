"""The holdings: rows of ``c_guarantees``, ``c_levies`` and ``c_payments`` as frozen records. They
answer what a row says; ``books`` reads, changes and writes them. All amounts are int in 分.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, ClassVar, Self, TypeAlias

import msgspec
from sqlalchemy import Table

from customs_sim.ledger.amounts import GuaranteeAmounts, LevyAmounts
from customs_sim.store import tables as t
from schemas.guarantee import CASH


class _Row(msgspec.Struct, frozen=True):
    """A register row as a frozen record: fields in the order of the table's columns."""

    table: ClassVar[Table]
    balances: ClassVar[frozenset[str]]
    """Fields that only ``Books.post`` changes."""

    @classmethod
    def of_row(cls, row: Iterable[Any]) -> Self:
        """From the columns in their order."""
        return cls(**dict(zip(NAMES[cls], row, strict=True)))

    def row(self) -> tuple[Any, ...]:
        found: tuple[Any, ...] = attrgetter(*NAMES[type(self)])(self)
        return found


class Guarantee(_Row, frozen=True, kw_only=True):
    """A 总担保. ``limit``, ``used``, ``returned``, ``pending`` in 分; times in microseconds UTC;
    ``message`` is the archive id of the message whose body is the guarantee as it now stands."""

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
        return GuaranteeAmounts(
            limit=self.limit, used=self.used, returned=self.returned, pending=self.pending
        )

    @property
    def available(self) -> int:
        """Exact (F111.10, R121.10), 分."""
        return self.limit - self.used - self.returned - self.pending

    @property
    def custody(self) -> int:
        """Money that customs holds for it, 分."""
        return self.limit - self.returned - self.pending if self.mode == CASH else 0

    def balance(self, kind: str) -> int:
        """Of the account ``kind:gasr_no``."""
        return self.available if kind == "avail" else int(getattr(self, kind))


class Levy(_Row, frozen=True, kw_only=True):
    """A 征收单. Amounts in 分, times in microseconds UTC with 0 for none. ``status`` is
    levyBlStucd; ``fields`` the whole document as customs holds it (its amounts may be stale:
    overlay ``amounts.wire()``)."""

    table: ClassVar[Table] = t.levies
    balances: ClassVar[frozenset[str]] = frozenset(
        {
            "open",
            "cash",
            "paper",
            "quota",
            "levied",
            "taken",
            "occupied",
            "refunded",
            "carried",
            "status",
        }
    )

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
        values = dict(zip(NAMES[cls], row, strict=True))
        values["fields"] = msgspec.json.decode(values["fields"], type=dict[str, str])
        return cls(**values)

    def row(self) -> tuple[Any, ...]:
        return tuple(
            msgspec.json.encode(self.fields).decode() if name == "fields" else getattr(self, name)
            for name in NAMES[Levy]
        )

    @property
    def amounts(self) -> LevyAmounts:
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
    def held(self) -> int:
        """cash + paper + quota."""
        return self.cash + self.paper + self.quota

    @property
    def due(self) -> int:
        """open + held."""
        return self.open + self.held

    @property
    def refundable(self) -> int:
        """Money that can be given back or carried over (R121.07): actlvyAmt - alrdyRtnbkAmt -
        alrdyCrdwAmt of a cash levy."""
        return self.cash

    def balance(self, kind: str) -> int:
        """Of the account ``kind:levy_no``."""
        return int(getattr(self, _ALIASES.get(kind, kind)))


class Payment(_Row, frozen=True, kw_only=True):
    """One entry of the cash book. ``amount`` = ``unmatched`` (waits in suspense) + ``matched`` +
    ``sent_back``, in 分; ``levy_no`` as the payer named it."""

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
        return int(getattr(self, kind))


Row: TypeAlias = Guarantee | Levy | Payment
NAMES: dict[type, tuple[str, ...]] = {
    cls: cls.__struct_fields__ for cls in (Guarantee, Levy, Payment)
}
"""Fields of a row in the order of the columns, the key first."""
_ALIASES = {
    "custody": "cash",
    "letter": "paper",
}  # always equal for a levy (docs/rules.md 3, invariants)


def number_of(row: Row) -> str:
    """Its key."""
    number: str = getattr(row, NAMES[type(row)][0])
    return number
