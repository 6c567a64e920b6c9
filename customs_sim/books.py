"""The books: the ledger in the store, worked by one write unit. Checks that nothing is overdrawn; knows no rule, sends nothing.

The rows of ``c_guarantees``, ``c_levies`` and ``c_payments`` are the locked balance rows (``contract.md`` 7): Books reads the
ones that a unit will touch (one SELECT a table, in order of number, FOR UPDATE on PostgreSQL), keeps them current in memory
while the unit decides, and writes each changed row once, balances and document columns together. All amounts are int in 分.

    books = Books.on(unit, guarantees=["ZB0100202600002"], levies=["ZS0100202600005"])   # a levy brings its guarantee along
    levy, guarantee = books.levy("ZS0100202600005"), books.guarantee("ZB0100202600002")  # frozen rows, None when unknown
    guarantee.available, levy.open, levy.refundable, levy.status                          # exact 分; levyBlStucd
    guarantee.amounts.wire(), levy.amounts.wire()                # {"gasrAmt": "450000", …}, {"levyBlAmt": "30000.75", …}

A decision with its ledger rows, its document columns and the movement lines for GRT302:

    lines = books.post(Event.OCCUPIED, levy.open, ref=seq_no, guarantee=guarantee.gasr_no, levy=levy.levy_no)
    books.change_levy(levy.levy_no, confirmed=1, type="1", mode="2", version=levy.version + 1)
    [movement_fields(line.on_wire()) for line in lines]          # GrtMvmtDt, schemas.statement

A new register row, entered with zero balances and then posted to (never ``unit.enter_guarantee`` as well):

    books.enter(Guarantee(gasr_no=number, enterprise=…, customs=…, mode="1", seq_no=…, message=sent))
    books.post(Event.SET_UP_CASH, 50_000_000, ref=seq_no, guarantee=number)               # 2 ledger rows + the register row
    books.enter(Levy(levy_no=number, enterprise=…, customs=…, biz_type="1", fields={…}))
    books.post(Event.LEVIED, 12_000_050, ref=number, levy=number)

What the books do by themselves: ``status`` (levyBlStucd), ``taken_back``, ``gasr_no`` of an occupied levy, ``updated``. All
else is the caller's. ``books.flush()`` once at the end of the unit, before or after the unit's own. ``post`` raises Overdrawn
and then nothing has changed: catch it to answer a rule (the amounts are in it), or let it end the unit. Other events:

    LEVY_RAISED, LEVY_LOWERED, TAKEN_BACK, PAID, PAYMENT_REVERSED, LETTER_REGISTERED, LETTER_RETURNED, REFUNDED   levy=
    CARRIED  levy=, target=      OCCUPIED, RELEASED  guarantee=, levy=      RAISED, LOWERED, GUARANTEE_REFUNDED, CLOSED,
    SET_UP_LETTER, SET_UP_UNPAID, SET_UP_PAID  guarantee=      (payments and suspense: ``reconcile.CashBook``)

Ask the blocks for ``needs(events)`` before the unit draws anything else, so that it does not run twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from operator import attrgetter
from typing import Any, ClassVar, Protocol, Self, TypeAlias

import msgspec
from sqlalchemy import Connection, Table

from customs_sim import tables as t
from customs_sim.ledger import (
    RULES,
    Entry,
    Event,
    FilledLine,
    GuaranteeAmounts,
    Group,
    LevyAmounts,
    group,
    yuan,
)
from customs_sim.ledger_store import LedgerSql
from customs_sim.numbers import Blocks
from gateway.errors import StoreConflict
from schemas import statement as wire
from schemas.guarantee import CASH
from schemas.times import to_wire

LEDGER = "ledger"
"""The sequence that numbers the entries."""
MOST_ENTRIES = max(len(rule.postings) for rule in RULES.values())


class Overdrawn(Exception):
    """A posting would leave a balance below zero. ``asked`` and ``there`` in 分; nothing was posted."""

    def __init__(self, account: str, asked: int, there: int) -> None:
        super().__init__(f"{account}: asked {yuan(asked)}, there {yuan(there)}")
        self.account, self.asked, self.there = account, asked, there


class _Row:
    """A register row as a frozen record: fields in the order of the table's columns."""

    __slots__ = ()
    table: ClassVar[Table]
    balances: ClassVar[frozenset[str]]
    """Fields that only ``Books.post`` changes."""

    @classmethod
    def of_row(cls, row: Iterable[Any]) -> Self:
        """From the columns in their order."""
        return cls(**dict(zip(_NAMES[cls], row, strict=True)))

    def row(self) -> tuple[Any, ...]:
        found: tuple[Any, ...] = attrgetter(*_NAMES[type(self)])(self)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee(_Row):
    """A 总担保. ``limit``, ``used``, ``returned``, ``pending`` in 分; times in microseconds UTC; ``message`` is the archive id of
    the message whose body is the guarantee as it now stands."""

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
        return GuaranteeAmounts(limit=self.limit, used=self.used, returned=self.returned, pending=self.pending)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Levy(_Row):
    """A 征收单. Amounts in 分, times in microseconds UTC with 0 for none. ``status`` is levyBlStucd; ``fields`` the whole document
    as customs holds it (its amounts may be stale: overlay ``amounts.wire()``)."""

    table: ClassVar[Table] = t.levies
    balances: ClassVar[frozenset[str]] = frozenset({
        "open", "cash", "paper", "quota", "levied", "taken", "occupied", "refunded", "carried", "status"})

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
    fields: Mapping[str, str] = field(default_factory=dict)
    updated: int = 0

    @classmethod
    def of_row(cls, row: Iterable[Any]) -> Self:
        values = dict(zip(_NAMES[cls], row, strict=True))
        values["fields"] = msgspec.json.decode(values["fields"], type=dict[str, str])
        return cls(**values)

    def row(self) -> tuple[Any, ...]:
        return tuple(msgspec.json.encode(self.fields).decode() if name == "fields" else getattr(self, name)
                     for name in _NAMES[Levy])

    @property
    def amounts(self) -> LevyAmounts:
        return LevyAmounts(open=self.open, cash=self.cash, paper=self.paper, quota=self.quota, levied=self.levied,
                           taken=self.taken, occupied=self.occupied, refunded=self.refunded, carried=self.carried)

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
        """Money that can be given back or carried over (R121.07): actlvyAmt - alrdyRtnbkAmt - alrdyCrdwAmt of a cash levy."""
        return self.cash

    def balance(self, kind: str) -> int:
        """Of the account ``kind:levy_no``."""
        return int(getattr(self, _ALIASES.get(kind, kind)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(_Row):
    """One entry of the cash book. ``unmatched`` 分 of ``amount`` wait in suspense; ``levy_no`` as the payer named it."""

    table: ClassVar[Table] = t.payments
    balances: ClassVar[frozenset[str]] = frozenset({"unmatched"})

    payment_no: str
    reference: str = ""
    amount: int
    unmatched: int = 0
    levy_no: str = ""
    paid_at: int
    at: int

    def balance(self, kind: str) -> int:
        return int(getattr(self, kind))


Row: TypeAlias = Guarantee | Levy | Payment
_NAMES: dict[type, tuple[str, ...]] = {
    cls: tuple(f.name for f in fields(cls)) for cls in (Guarantee, Levy, Payment)}
_ALIASES = {"custody": "cash", "letter": "paper"}  # always equal for a levy (rules.md 3, invariants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One movement line. ``no`` follows from the id of the ledger entry that carries it, so the line in a GRT302 and the one in
    a statement are the same. ``at`` microseconds UTC, amounts in 分. ``cash``: it moves money in custody."""

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
            number=self.no, moved_at=to_wire(self.at), event=self.code, register=self.register, no=self.number,
            increase=decimal(self.increase), decrease=decimal(self.decrease), balance=decimal(self.balance),
            related_no=self.related, reference=self.ref)
