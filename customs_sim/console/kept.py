"""A form that was being sent when the session ended: it travels with the log-in, and is shown
again, filled, with a button to send it. Nothing of it is stored here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from customs_sim.console.words import FIELDS
from gateway.base.web.addresses import safe
from gateway.base.web.pages.text import Words

PATH, HEAD = "kept", "kept."
"""The field with the address that the form goes to, and what stands before the name of each of its
own."""
UNSEEN = frozenset({"csrf", "back", "form", "sure", "offered", "filter"})
"""Fields that nobody fills in."""
FIXED = ("act", "do", "seq_no", "one", "hash")
"""Fields that say what is done and to what: shown first, and not to be changed here."""
LONG = frozenset({"notes", "reason", "text"})
"""Fields of several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The form. ``fields``: names and values as they were sent, a name may stand several times."""

    path: str
    fields: Sequence[tuple[str, str]]

    @property
    def travelling(self) -> list[tuple[str, str]]:
        """Return the fields of the log-in that carry it."""
        return [(PATH, self.path), *((HEAD + name, value) for name, value in self.fields)]

    @property
    def back(self) -> str:
        """Return the page that the form stands on."""
        return safe(dict(self.fields).get("back", "/"))

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Return what goes with it unseen."""
        shown = {name for name, *_ in self.shown}
        return [(name, value) for name, value in self.fields if name not in shown | {"csrf"}]

    @property
    def shown(self) -> list[tuple[str, Words, str, str]]:
        """Return what can be read and corrected: name, words, value, and how: ``fixed``, ``long``
        or ``line``. What stands several times cannot."""
        names = [name for name, _ in self.fields]
        found = [
            (name, FIELDS.get(name, (name, name)), value, _form_of(name))
            for name, value in self.fields
            if name not in UNSEEN and names.count(name) == 1
        ]
        return sorted(found, key=lambda each: each[3] != "fixed")

    @property
    def counted(self) -> int:
        """Return how many things a form names that names several."""
        names = [name for name, _ in self.fields if name not in UNSEEN]
        return max((names.count(name) for name in names), default=0)


async def of_request(request: web.Request) -> Kept:
    """Return the form that the request brings."""
    return Kept(path=request.path, fields=_texts(await request.post()))


async def of_login(request: web.Request, paths: Collection[str]) -> Kept | None:
    """Return the form that travels with a log-in; None without one, and for an address that takes
    none."""
    form = await request.post()
    path = form.get(PATH, "")
    if not isinstance(path, str) or safe(path) != path or not path.startswith("/"):
        return None
    fields = [
        (name.removeprefix(HEAD), value) for name, value in _texts(form) if name.startswith(HEAD)
    ]
    return Kept(path=path, fields=fields) if fields and path not in paths else None


def _form_of(name: str) -> str:
    return "fixed" if name in FIXED else "long" if name in LONG else "line"


def _texts(form: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form.items() if isinstance(value, str)]
