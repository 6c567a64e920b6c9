"""What a review rule is, and what its condition may see. Types only: the rules stand in the tables
of their message types."""

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
from schemas.findings import should_be, shown
from schemas.receipts import NOT_TAKEN, RETURNED, TO_PERSON

NOTE = 255
"""Characters of CheckInfo/note at most."""


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
    """What the rules may look up, as it stands within the batch. Registers of another enterprise
    are in it too: a rule must not tell them from unknown ones.

    Attributes:
        enterprises: By code.
        letters: Letter no. to the number of the live guarantee or levy that it secures.
        generations: (enterprise, SeqNo) to the present chgTmsCnt.
        letter_owners: Letter no. to the enterprise that gave it.
        guarantees: By number, as are ``levies`` and ``statements``.
    """

    enterprises: Mapping[str, Enterprise]
    letters: Mapping[str, str]
    generations: Mapping[tuple[str, str], int]
    codes: CodeLists
    letter_owners: Mapping[str, str] = field(default_factory=dict)
    guarantees: Mapping[str, HeldGuarantee] = field(default_factory=dict)
    levies: Mapping[str, HeldLevy] = field(default_factory=dict)
    statements: Mapping[str, HeldStatement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """All that a condition sees: some twenty ask of each filing, so that what they ask most often
    is a member.

    Attributes:
        body: The document of the filing.
        assured: The assured enterprise as registered; None when it is not.
        today: The day in Asia/Shanghai.
    """

    filing: Filing
    view: RegisterView
    settings: ReviewSettings
    today: date
    body: Filed
    assured: Enterprise | None

    @classmethod
    def of(cls, filing: Filing, view: RegisterView, settings: ReviewSettings, today: date) -> Check:
        """Return what the conditions see of a filing."""
        body = filing.body
        return cls(filing, view, settings, today, body, view.enterprises.get(body.enterprise))

    def text(self, name: str) -> str:
        """Return an element of the body, without blanks around it."""
        return (self.body.fields.get(name) or "").strip()

    def own_guarantee(self, number: str) -> HeldGuarantee | None:
        """Return the guarantee if it is the assured enterprise's: a foreign one is unknown."""
        held = self.view.guarantees.get(number)
        return held if held and held.enterprise == self.body.enterprise else None

    def own_levy(self, number: str) -> HeldLevy | None:
        """Return the levy if it is the assured enterprise's: a foreign one is unknown."""
        held = self.view.levies.get(number)
        return held if held and held.enterprise == self.body.enterprise else None


class Breach(NamedTuple):
    """What a failed condition found and wanted. ``wanted_en`` is given where the English needs
    other words."""

    found: str
    wanted: str
    wanted_en: str = ""


Condition = Callable[[Check], Breach | None]
"""Returns what is wrong; None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of a table of rules.

    Attributes:
        id: The rule in ``docs/rules.md``; several rows may share one.
        where: Its class.
        field: The element that it is about.
        label: The element's Chinese name.
        broken: Its condition.
        zh: The text of the note; ``{f}`` stands for what was found, ``{w}`` for what was wanted.
        source: Where it comes from.
        auto: Whether it returns a filing under every profile, without a person.
    """

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
        """Return the Chinese text for CheckInfo/note, at most 255 characters: the reason first,
        then label, found, wanted."""
        found = shown(breach.found)
        text = self.zh.format(f=found, w=breach.wanted)
        if not ("{f}" in self.zh and "{w}" in self.zh):
            text += (
                f" ({self.label} {self.field}: {f'填报“{found}”' if found else '未填报'},"
                f" {should_be(breach.wanted)})"
            )
        return text[:NOTE]

    def text_en(self, breach: Breach) -> str:
        """Return the English text, with what was found and wanted."""
        wanted = breach.wanted_en or breach.wanted
        text = self.en.format(f=shown(breach.found), w=wanted)
        if "{f}" in self.en and "{w}" in self.en:
            return text
        return f'{text} ({self.field}: found "{shown(breach.found)}", wanted {wanted})'
