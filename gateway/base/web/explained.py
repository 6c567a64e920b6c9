"""The page that says what each finding code means, with an anchor for each: the ``type`` of a
problem is its address (RFC 9457). Which codes there are is each side's own."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from typing import NamedTuple, Protocol

import jinja2

BLANK = "about:blank"
"""The ``type`` of a problem without a finding."""


class Explained(NamedTuple):
    """What a code means. ``status``: the HTTP status that it gives alone; 0 where that differs."""

    code: str
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""
    status: int = 0


class Row(Protocol):
    """What a catalogue says of a code."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def hint_zh(self) -> str: ...
    @property
    def hint_en(self) -> str: ...
    @property
    def status(self) -> int: ...


def of_catalogue(rows: Iterable[tuple[str, Row]]) -> list[Explained]:
    """Return what the rows of a catalogue mean."""
    return [
        Explained(code, row.zh, row.en, row.hint_zh, row.hint_en, row.status) for code, row in rows
    ]


def type_of(page: str, code: str) -> str:
    """Return the ``type`` of a problem: where ``page`` explains its code, if it has one."""
    return f"{page}#{code}" if code else BLANK


def explained_page(title: str, rows: Iterable[Explained]) -> str:
    """Return the page. Rows of one code stand together; the first of them is its anchor."""
    grouped: dict[str, list[Explained]] = {}
    for row in rows:
        several = grouped.setdefault(row.code, [])
        if row not in several:
            several.append(row)
    source = resources.files("gateway.base.web").joinpath("templates/findings.html")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source.read_text(encoding="utf-8")).render(
        title=title, grouped=grouped
    )
