"""A form that was being sent when the session ended: it travels with the log-in, and is shown
again afterwards. Nothing of it is stored here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from gateway.base.web.addresses import safe

PATH, HEAD = "kept", "kept."
"""The field with the address that the form goes to, and what stands before the name of each of its
own."""


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

    @classmethod
    async def of_request(cls, request: web.Request) -> Self:
        """Return the form that the request brings."""
        return cls(path=request.path_qs, fields=_texts(await request.post()))

    @classmethod
    async def of_login(cls, request: web.Request, paths: Collection[str]) -> Self | None:
        """Return the form that travels with a log-in; None without one, and for an address that
        takes none."""
        form = await request.post()
        path = form.get(PATH, "")
        if not isinstance(path, str) or safe(path) != path or not path.startswith("/"):
            return None
        fields = [
            (name.removeprefix(HEAD), value)
            for name, value in _texts(form)
            if name.startswith(HEAD)
        ]
        return (
            cls(path=path, fields=fields)
            if fields and path.partition("?")[0] not in paths
            else None
        )


def _texts(form: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form.items() if isinstance(value, str)]
