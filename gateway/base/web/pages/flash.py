"""What the last act said, told on the page that follows: a cookie that is read once."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from gateway.base.web.pages.text import Words

MOST = 3000
"""Characters of the cookie: a browser keeps 4,096 with its name."""
OWN = ("csrf", "back", "key")
"""Fields of a form that nobody types, and the one that is never told again."""


class Action(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A button beside the message, such as undo: a form of one press.

    Attributes:
        path: Where the form goes.
        fields: What it carries; a name may stand several times.
        seconds: How long it is offered where script runs; 0 for as long as the message stands.
    """

    label: Words
    path: str
    fields: list[tuple[str, str]] = []
    seconds: float = 0


class Flash(msgspec.Struct, forbid_unknown_fields=True):
    """``form``: what was typed, so that it need not be typed again."""

    good: bool
    lines: list[Words]
    form: dict[str, str] = {}
    action: Action | None = None


def typed(form: Mapping[str, Any]) -> dict[str, str]:
    """Return what a person put into a form."""
    return {
        name: value for name, value in form.items() if isinstance(value, str) and name not in OWN
    }


def cookie_of(flash: Flash) -> str:
    """Return the cookie that tells it; what is too long for one is left out, the form first.
    Empty where not even the first line fits."""
    count, lines = len(flash.lines), flash.lines
    while len(told := _encoded(flash)) > MOST and (flash.form or flash.action or len(lines) > 1):
        if len(lines) > 2:
            lines = lines[: len(lines) // 2]
            flash = Flash(
                good=flash.good,
                lines=[*lines, (f"… 共 {count} 条", f"… {count} in all")],
                action=flash.action,
            )
        else:
            lines = lines[:1]
            flash = Flash(good=flash.good, lines=lines)
    return told if len(told) <= MOST else ""


def read(cookie: str | None) -> Flash | None:
    """Return what a cookie tells; None for none, and for what is none of ours."""
    if not cookie:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cookie), type=Flash)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return None


def tell(response: web.Response, name: str, flash: Flash) -> None:
    """Put it into the answer, as the cookie ``name``."""
    if told := cookie_of(flash):
        response.set_cookie(name, told, httponly=True, samesite="Strict", path="/")


def _encoded(flash: Flash) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(flash)).decode()
