"""What differs between two documents, path by path. Namespaces, blank text and attributes of the transport are no content."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lxml import etree

MOST = 20
"""Differences that are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place. None: nothing stands there."""

    path: str
    expected: str | None
    found: str | None

    def __str__(self) -> str:
        def shown(text: str | None) -> str:
            return "(没有 nothing)" if text is None else f'"{text}"'

        return f"{self.path}: 应为 expected {shown(self.expected)}, 实为 found {shown(self.found)}"


def leaves(root: etree._Element) -> dict[str, str]:
    """Path in local names, numbered where siblings share a name, to text; elements without children only."""
    found: dict[str, str] = {}

    def walk(element: etree._Element, path: str) -> None:
        children = [child for child in element if isinstance(child.tag, str)]
        if not children:
            found[path] = (element.text or "").strip()
        names = [etree.QName(child).localname for child in children]
        shared, seen = Counter(names), Counter[str]()
        for child, name in zip(children, names, strict=True):
            seen[name] += 1
            walk(child, f"{path}/{name}" + (f"[{seen[name]}]" if shared[name] > 1 else ""))

    walk(root, f"/{etree.QName(root).localname}")
    return found


def differences(expected: etree._Element, found: etree._Element) -> list[Difference]:
    """Only what differs, in document order of what was expected. ``*`` as an expected text stands for any."""
    wanted, there = leaves(expected), leaves(found)
    out = [Difference(path, text, there.get(path)) for path, text in wanted.items() if text != "*" and there.get(path) != text]
    return out + [Difference(path, None, text) for path, text in there.items() if path not in wanted and text]
