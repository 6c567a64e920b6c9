"""What customs does with one message type: a row of pure functions, and what an approval may use.

A row is declared in the group ``eport.procedures`` (``schemas.families``). A type without a row is
an error, never a default.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Protocol

from customs_sim.cases.case import Case
from customs_sim.cases.settings import ReviewSettings
from customs_sim.ledger.books import Books
from customs_sim.ledger.movements import Movement
from customs_sim.rules.rule import Rule
from customs_sim.store.numbers import Serials
from customs_sim.store.rows import RefundRow
from customs_sim.wire.calendar import Moment
from customs_sim.wire.filing import Filing
from customs_sim.wire.parties import Enterprise
from schemas.body import Parts
from schemas.catalogue import UnknownType
from schemas.families import declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The registers that a filing is about, read and locked before it is reviewed.

    Attributes:
        guarantees: Numbers of 总担保.
        levies: Numbers of 征收单.
        statements: Numbers of 对账单.
    """

    guarantees: frozenset[str] = frozenset()
    levies: frozenset[str] = frozenset()
    statements: frozenset[str] = frozenset()


NOTHING = Named()


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """An approval as its receipt shows it.

    Attributes:
        number: Number of the register, as businessId tells it.
        body: The document as customs now holds it.
        parts: Rows beside the document.
        settle: Takes the receipt's archive id, enters it and sends what follows.
    """

    number: str
    body: Mapping[str, str]
    parts: Parts = field(default_factory=dict)
    settle: Callable[[int], None] = lambda sent: None


class Approval(Protocol):
    """What an approval may read and write: the registers of one unit. Refuses nothing: the rules
    ran before."""

    @property
    def books(self) -> Books:
        """Return the registers and the ledger."""
        ...

    @property
    def blocks(self) -> Serials:
        """Return where numbers come from."""
        ...

    @property
    def now(self) -> Moment:
        """Return business time."""
        ...

    @property
    def settings(self) -> ReviewSettings:
        """Return what the review rules are told."""
        ...

    @property
    def instant(self) -> bool:
        """Return whether electronic payments arrive with the approval (docs/rules.md Y302.05)."""
        ...

    @property
    def documents(self) -> MutableMapping[str, dict[str, str]]:
        """Return the documents of guarantees by number, as customs last sent them."""
        ...

    def enterprise(self, code: str) -> Enterprise:
        """Return a registered enterprise that the filing names; raise KeyError otherwise."""
        ...

    def number(self, prefix: str, customs: str) -> str:
        """Draw the next number of a register."""
        ...

    def deadline(self) -> int:
        """Return until when a cash deposit must be paid, in microseconds UTC."""
        ...

    def enter_letter(self, letter: str, number: str, enterprise: str) -> None:
        """Take note that ``letter`` secures ``number``, and no other letter does."""

    def enter_history(self, number: str, version: int, change_no: int, message: int) -> None:
        """Enter the generation of a register that ends."""

    def enter_refund(self, row: RefundRow) -> None:
        """Enter a refund or a carry-over."""

    def enter_record(self, code: str, version: int, seq_no: str, sent: int) -> None:
        """Enter a version of an enterprise's record; ``sent`` is the receipt that carries it."""

    def next_record(self, code: str) -> int:
        """Return the version of the enterprise's record that is being written now."""
        ...

    def answer_statement(self, number: str, seq_no: str, *, agreed: bool) -> None:
        """Enter the answer to a statement of account."""

    def levy_document(self, number: str, version: int) -> dict[str, str]:
        """Return the document of a levy with its present amounts."""
        ...

    def tell_guarantee(self, number: str, lines: tuple[Movement, ...]) -> None:
        """Send GRT302 of a guarantee with these movement lines."""

    def tell_levy(self, number: str, lines: tuple[Movement, ...]) -> None:
        """Send GRT302 of a levy with these movement lines."""


OnApproval = Callable[[Approval, Case, Filing], Granted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """What customs does with the filings of one message type.

    Attributes:
        code: The message type.
        rules: Rules of review.
        change_rules: Rules of a filing that changes what a former one set up; None where the type
            has no such filings.
        on_approval: Carries out an approval and returns what its receipt shows.
        named: Returns the registers that a filing is about.
        draws: Returns the numbers that its approval draws, by sequence, for the year given.
        acts: Acts of the desk that are offered for it beyond approve, return, review and hold.
        generations: Whether its register has generations that a case is compared with.
    """

    code: str
    rules: tuple[Rule, ...]
    on_approval: OnApproval
    change_rules: tuple[Rule, ...] | None = None
    named: Callable[[Filing], Named] = lambda filing: NOTHING
    draws: Callable[[Filing, int], Mapping[str, int]] = lambda filing, year: {}
    acts: frozenset[str] = frozenset()
    generations: bool = False

    def table(self, *, is_change: bool) -> tuple[Rule, ...]:
        """Return the rules for a filing of this type."""
        if not is_change:
            return self.rules
        if self.change_rules is None:
            raise UnknownType(f"{self.code} has no changes")
        return self.change_rules

    def tables(self) -> Iterator[tuple[bool, tuple[Rule, ...]]]:
        """Yield each table with whether it is for changes."""
        yield False, self.rules
        if self.change_rules is not None:
            yield True, self.change_rules


@functools.cache
def _procedures() -> Mapping[str, Procedure]:
    return {row.code: row for rows in declared("eport.procedures") for row in rows}


def procedures() -> Mapping[str, Procedure]:
    """Return what customs does, by message type."""
    return _procedures()


def procedure_of(code: str) -> Procedure:
    """Return what customs does with a message type; raise UnknownType when nothing says it."""
    try:
        return _procedures()[code]
    except KeyError:
        raise UnknownType(f"customs has no procedure for {code!r}") from None
