"""What a form is: fields in groups, each with how it is entered, and when it is open, required or
locked. The same rows are what the server draws from and what the script goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.base.web.pages.text import Words


class Input(StrEnum):
    """How a field is entered."""

    TEXT = "text"
    LINES = "lines"
    CODE = "code"
    """Chosen from a code list."""
    YUAN = "yuan"
    """Whole 元."""
    AMOUNT = "amount"
    """元 with at most two decimals."""
    DAY = "day"
    """A day; on the wire a time at its midnight."""


class Fill(StrEnum):
    """What of an enterprise's registration fills a field."""

    NAME = "name"
    CREDIT_CODE = "credit_code"
    CUSTOMS = "customs"
    """Of the chosen enterprise only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field that the enterprise writes.

    Attributes:
        name: Its element.
        codes: The code list that it is chosen from; empty without one.
        when: Other elements with the value that they must have for this one to be open.
        required: Whether a declaration needs it, where it is open.
        part: The row beside the body that it stands in; empty for the body.
        own: What list of the enterprise's own record is offered for it (``GRT151``); empty for
            none.
        looks: Whether it is the code of an enterprise, which is looked up.
        by: The code that fills it; empty for none. While that has a value, this one is locked.
        fill: What of the enterprise fills it.
        offered: Whether it stays open though it is filled.
        longest: Characters that it takes; 0 where no form says it.
        large: The amount in 元 from which customs usually decide by hand; 0 for none.
    """

    name: str
    input: Input = Input.TEXT
    codes: str = ""
    when: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    part: str = ""
    own: str = ""
    looks: bool = False
    by: str = ""
    fill: Fill = Fill.NAME
    offered: bool = False
    longest: int = 0
    large: int = 0

    @property
    def key(self) -> str:
        """Return the name of its field in the form."""
        return f"{self.part}.{self.name}" if self.part else self.name

    def open_for(self, values: Mapping[str, str]) -> bool:
        """Return whether it is open beside these values."""
        return all(values.get(name) == wanted for name, wanted in self.when.items())

    def is_large(self, value: str) -> bool:
        """Return whether an amount is so large that a person at customs looks at it."""
        whole = value.partition(".")[0]
        return bool(self.large) and whole.isascii() and whole.isdigit() and int(whole) >= self.large

    def filled(self, values: Mapping[str, str]) -> bool:
        """Return whether it is locked, because a code beside it says what it is."""
        return bool(self.by and not self.offered and values.get(self.by))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Fields under a heading; ``locked`` are shown as they stand."""

    words: Words
    entries: tuple[Entry, ...] = ()
    locked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form.

    Attributes:
        message_type: What it files.
        fixed: Elements whose value the form itself says.
        filled: Elements with the moment at which the form was opened.
        ask: The element whose amount is asked back before it is declared.
        about: What it starts from: "", or the name of the query in which that stands.
        kind: The kind of filing that it is for, as the API has it.
    """

    message_type: str
    kind: str
    words: Words
    sections: tuple[Section, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    filled: tuple[str, ...] = ()
    ask: str
    about: str = ""
    note: Words = ("", "")

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return all fields, in order."""
        return tuple(entry for section in self.sections for entry in section.entries)


def form_for(forms: Mapping[str, Form], message_type: str, kind: str) -> str | None:
    """Return the name of the form that a filing is corrected with; None without one."""
    return next(
        (
            name
            for name, form in forms.items()
            if (form.message_type, form.kind) == (message_type, kind)
        ),
        None,
    )
