"""The catalogue of message types: one row a type, and every list of types a view of it.

A row says what stands on the wire, and nothing of what a side does with it. What the gateway does
is in the type's handler, what customs does in its procedure.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources.abc import Traversable

from schemas.body import Filed, Parts
from schemas.families import declared

View = Callable[[Mapping[str, str], Parts], Filed]


class Flow(StrEnum):
    """Who sends a message type, and what for."""

    FILING = "filing"
    """The enterprise files. It is answered by a storage receipt and a decision."""
    REQUEST = "request"
    """The enterprise asks for something that is no filing. It has no receipt of its own."""
    STORAGE = "storage"
    """Customs stored a filing, or could not."""
    DECISION = "decision"
    """Customs decided on a filing."""
    ASK = "ask"
    """Customs starts something that an enterprise answers."""
    SYNC = "sync"
    """Customs tells how a register stands."""
    STATEMENT = "statement"
    """Customs issues a statement of account."""
    REPORT = "report"
    """The platform could not deliver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageType:
    """One message type.

    Attributes:
        code: message_type on the wire, six characters.
        flow: Who sends it and what for.
        zh: Its name in Chinese, short enough for a list.
        en: The same in English.
        body: The element under ``holder`` that says what it is about; empty for an answer.
        view: How the body of a filing is read; None for all others.
        holder: The element around the body.
        storage: Code of the storage receipt that answers a filing.
        receipt: Code of the decision that answers it.
        letter: resutType of the storage receipt (docs/rules.md K26).
        typecd: typecd of the decision (docs/rules.md K26).
        number: The element that holds the number of the register a filing is about; empty for none.
        amount: The element that holds its amount in 元; empty for none.
        sets_up: Whether a filing that is no change sets up a register without a number yet.
        parts: Elements that may stand beside the body, as its rows.
        variants: Names of what a case of the type can be, by "0" (set-up) and "1" (change).
    """

    code: str
    flow: Flow
    zh: str
    en: str
    body: str = ""
    view: View | None = None
    holder: str = "GrtMessage"
    storage: str = ""
    receipt: str = ""
    letter: str = ""
    typecd: str = ""
    number: str = ""
    amount: str = ""
    sets_up: bool = False
    parts: tuple[str, ...] = ()
    variants: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def read(self, fields: Mapping[str, str], parts: Parts) -> Filed:
        """Return the body of a filing as a typed view."""
        if self.view is None:
            raise UnknownType(f"{self.code} is no filing")
        return self.view(fields, parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Message types that belong together, and the folder of their XSDs.

    Attributes:
        xsd: Holds ``CODE.xsd`` for each type, and what these include.
    """

    xsd: Traversable
    types: tuple[MessageType, ...]


class UnknownType(LookupError):
    """A message type that no row describes. Never a default: it is an error of ours."""


class Catalogue(Mapping[str, MessageType]):
    """All message types by code, in the order of their families."""

    def __init__(self, families: Iterable[Family]) -> None:
        families = tuple(families)
        self._rows = {row.code: row for family in families for row in family.types}
        if len(self._rows) != sum(len(family.types) for family in families):
            raise ValueError("two rows of the catalogue have one code")
        self.folders = tuple(family.xsd for family in families)
        self.holders = frozenset(row.holder for row in self._rows.values() if row.body)
        self.bodies = frozenset(row.body for row in self._rows.values() if row.body)
        self.parts = frozenset(name for row in self._rows.values() for name in row.parts)
        self.filings = self.of(Flow.FILING)
        self.decisions = self.of(Flow.DECISION)
        self.answers = tuple(
            code for code, row in self._rows.items() if row.flow not in (Flow.FILING, Flow.REQUEST)
        )

    def __getitem__(self, code: str) -> MessageType:
        try:
            return self._rows[code]
        except KeyError:
            raise UnknownType(f"no row of the catalogue describes {code!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def get(  # type: ignore[override]
        self, code: str, default: object = None
    ) -> MessageType | None:
        """Return the row of ``code``, or None."""
        return self._rows.get(code)

    def of(self, *flows: Flow) -> tuple[str, ...]:
        """Return the codes of the types of these flows."""
        return tuple(code for code, row in self._rows.items() if row.flow in flows)

    def filing(self, code: str) -> MessageType | None:
        """Return the row of a filing; None for any other type."""
        row = self._rows.get(code)
        return row if row is not None and row.flow is Flow.FILING else None


@functools.cache
def catalogue() -> Catalogue:
    """Return the catalogue of all installed families."""
    return Catalogue(declared("eport.message_types"))
