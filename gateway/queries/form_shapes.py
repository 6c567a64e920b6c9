"""The JSON shapes of what a row and an empty form offer: actions, and which elements are locked."""

from __future__ import annotations

import msgspec


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What a row offers; a closed one says why, in both languages and in each."""

    action: str
    label_zh: str
    label_en: str
    enabled: bool
    reason: str | None = None
    reason_zh: str | None = None
    reason_en: str | None = None


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """Elements that the enterprise does not write, and why."""

    elements: tuple[str, ...]
    reason_zh: str
    reason_en: str


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Elements that are locked where other elements have these values, and why."""

    when: dict[str, str]
    elements: tuple[str, ...]
    reason_zh: str
    reason_en: str


class FormOut(msgspec.Struct, frozen=True, kw_only=True):
    """An empty form of one kind of filing: what the enterprise writes, and what is locked.
    ``beside``: what else is locked, as soon as other elements say so."""

    kind: str
    message_type: str
    body: str
    open: tuple[str, ...]
    locked: tuple[Locked, ...]
    beside: tuple[Beside, ...]


class FormList(msgspec.Struct, frozen=True, kw_only=True):
    """The forms that there are."""

    items: tuple[FormOut, ...]
    total: int
    next: str | None
