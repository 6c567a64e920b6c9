"""The elements whose type collapses white space, as the XSDs of all families say: what surrounds
their value is no part of it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from lxml import etree

from schemas.catalogue import catalogue

_XS = "{http://www.w3.org/2001/XMLSchema}"
_KEEPING = frozenset({"xs:string", "xs:normalizedString", ""})
WHITE = " \t\r\n"
"""What XML calls white space."""


@functools.cache
def collapsing() -> frozenset[str]:
    """Return the names of the elements whose type collapses white space."""
    roots = [etree.fromstring(file.read_bytes()) for file in _files()]
    bases = {
        simple.get("name", ""): restriction.get("base", "")
        for root in roots
        for simple in root.iterchildren(f"{_XS}simpleType")
        if (restriction := simple.find(f"{_XS}restriction")) is not None
    }

    def collapses(kind: str) -> bool:
        seen = set()
        while kind in bases and kind not in seen:
            seen.add(kind)
            kind = bases[kind]
        return kind.startswith("xs:") and kind not in _KEEPING

    return frozenset(
        element.get("name", "")
        for root in roots
        for element in root.iter(f"{_XS}element")
        if collapses(element.get("type", ""))
    )


def _files() -> Iterator[Traversable]:
    for folder in (resources.files("schemas").joinpath("xsd"), *catalogue().folders):
        yield from (file for file in folder.iterdir() if file.name.endswith(".xsd"))
