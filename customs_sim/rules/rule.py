"""What a review rule is, and what its condition may see. Types only; the rules themselves stand in
``review``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from customs_sim.cases.settings import ReviewSettings
from customs_sim.rules.register import HeldGuarantee, HeldLevy, HeldStatement
from customs_sim.wire.filing import Filing
from customs_sim.wire.parties import Enterprise
from schemas.body import Filed
from schemas.codes import CodeLists
from schemas.findings import shown
from schemas.receipts import NOT_TAKEN, RETURNED, TO_PERSON

NOTE = 255  # CheckInfo/note


class Where(StrEnum):
    """The class of a rule; the value is the manageResult it leads to."""

    NOT_STORED = NOT_TAKEN
    """Cannot be stored (CZ in docs/rules.md)."""
    RETURN = RETURNED
    """退单 (C3)."""
    REVIEW = TO_PERSON
    """A person decides; does not forbid an approval (C2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterView:
    """What the rules may look up; the shell fills it before a batch and keeps it current within the
    batch. Registers of another enterprise are in it too: a rule must not tell them from unknown
    ones."""

    enterprises: Mapping[str, Enterprise]
    letters: Mapping[str, str]
    """Letter no. to the number of the live guarantee (or levy) that it secures."""
    generations: Mapping[tuple[str, str], int]
    """(enterprise, SeqNo) to the chgTmsCnt that customs holds."""
    codes: CodeLists
    letter_owners: Mapping[str, str] = field(default_factory=dict)
    """Letter no. to the enterprise that gave it."""
    guarantees: Mapping[str, HeldGuarantee] = field(default_factory=dict)
    levies: Mapping[str, HeldLevy] = field(default_factory=dict)
    statements: Mapping[str, HeldStatement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """All that a condition sees."""

    filing: Filing
    view: RegisterView
    settings: ReviewSettings
    today: date

    @property
    def body(self) -> Filed:
        return self.filing.body

    @property
    def assured(self) -> Enterprise | None:
        return self.view.enterprises.get(self.filing.body.enterprise)

    def text(self, name: str) -> str:
        """An element of the body, without blanks around it."""
        return self.filing.body.text(name).strip()

    def own_guarantee(self, number: str) -> HeldGuarantee | None:
        """The guarantee if it is the assured enterprise's: a foreign one is unknown."""
        found = self.view.guarantees.get(number)
        return found if found and found.enterprise == self.body.enterprise else None

    def own_levy(self, number: str) -> HeldLevy | None:
        """The levy if it is the assured enterprise's: a foreign one is unknown."""
        found = self.view.levies.get(number)
        return found if found and found.enterprise == self.body.enterprise else None


class Breach(NamedTuple):
    """What a failed condition found and wanted. ``wanted_en`` only where the English needs other
    words."""

    found: str
    wanted: str
    wanted_en: str = ""


Condition = Callable[[Check], Breach | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: ``{f}`` and ``{w}`` in the texts stand for found and wanted. ``auto``: returns under
    every profile, without a person."""

    id: str
    where: Where
    field: str
    label: str
    broken: Condition
    zh: str
    en: str
    source: str
    auto: bool = False

    def note(self, breach: Breach) -> str:
        """The Chinese text for CheckInfo/note, at most 255 characters: the reason first, then
        label, found, wanted."""
        found = shown(breach.found)
        text = self.zh.format(f=found, w=breach.wanted)
        if not ("{f}" in self.zh and "{w}" in self.zh):
            text += (
                f" ({self.label} {self.field}: {f'填报“{found}”' if found else '未填报'}, 应为"
                f" {breach.wanted})"
            )
        return text[:NOTE]

    def text_en(self, breach: Breach) -> str:
        wanted = breach.wanted_en or breach.wanted
        text = self.en.format(f=shown(breach.found), w=wanted)
        return f'{text} ({self.field}: found "{shown(breach.found)}", wanted {wanted})'
