"""The registers as the rules see them: guarantee, levy, statement. Values only, amounts in 元 exact
to 0.01."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from schemas.guarantee import CASH, GENERAL, LETTER, NOTHING_TO_PAY, PAID, SINGLE

ZERO = Decimal(0)
INVALID, VALID, EXPIRED, CLOSED = "0", "1", "2", "3"  # gurStucd


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGuarantee:
    """A 总担保.

    Attributes:
        mode: gurModecd.
        valid_until: The last valid day of its letter.
        status: gurStucd.
        pending: The part of the limit that waits for its money.
        refunds: How many it has had.
        cover_until: The latest 底账 validity of the levies that it secures.
        fields: The document as it last went out.
    """

    no: str
    enterprise: str
    customs: str
    change_no: int = 0
    version: int = 1
    mode: str = CASH
    letter_no: str = ""
    valid_until: date | None = None
    status: str = VALID
    limit: Decimal = ZERO
    used: Decimal = ZERO
    returned: Decimal = ZERO
    pending: Decimal = ZERO
    refunds: int = 0
    cover_until: date | None = None
    fields: Mapping[str, str]

    @property
    def available(self) -> Decimal:
        """Return what may still be used."""
        return self.limit - self.used - self.returned - self.pending

    @property
    def by_letter(self) -> bool:
        """Return whether it is a letter."""
        return self.mode == LETTER


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLevy:
    """A 征收单.

    Attributes:
        gur_type: gurTypecd; empty until confirmed.
        mode: gurModecd; empty until confirmed.
        status: levyBlStucd.
        confirmed: Whether its present generation was confirmed and approved.
        taken_back: Whether customs withdrew it.
        closed: Whether its business step is finished.
        biz_no: The number of that step.
        due: ``open`` + ``cash`` + ``paper`` + ``quota``.
        open: Still to be secured.
        cash: Secured by money; so are ``paper`` by letter and ``quota`` by a guarantee.
        refunds: How many it has had.
        fields: The document as it now stands.
    """

    no: str
    enterprise: str
    customs: str
    change_no: int = 0
    version: int = 1
    gur_type: str = ""
    mode: str = ""
    gasr_no: str = ""
    letter_no: str = ""
    status: str = "1"
    confirmed: bool = False
    taken_back: bool = False
    closed: bool = False
    biz_no: str = ""
    due: Decimal = ZERO
    open: Decimal = ZERO
    cash: Decimal = ZERO
    paper: Decimal = ZERO
    quota: Decimal = ZERO
    refunds: int = 0
    fields: Mapping[str, str]

    @property
    def secured(self) -> Decimal:
        """Return what is secured now: of a cash levy what may be refunded."""
        return self.cash + self.paper + self.quota

    @property
    def by_general(self) -> bool:
        """Return whether a guarantee secures it."""
        return self.gur_type == GENERAL

    @property
    def by_cash(self) -> bool:
        """Return whether a single deposit of cash secures it."""
        return self.gur_type == SINGLE and self.mode == CASH

    @property
    def by_letter(self) -> bool:
        """Return whether a single letter secures it."""
        return self.gur_type == SINGLE and self.mode == LETTER

    @property
    def paid(self) -> bool:
        """Return whether it is paid, in cash or by letter."""
        return self.status == PAID

    @property
    def settled(self) -> bool:
        """Return whether nothing is left to be paid."""
        return self.status in (PAID, NOTHING_TO_PAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStatement:
    """A 对账单 in its latest version.

    Attributes:
        answered: Whether that version was answered.
        movements: The numbers of its lines.
    """

    no: str
    enterprise: str
    version: int
    answered: bool
    movements: frozenset[str]
