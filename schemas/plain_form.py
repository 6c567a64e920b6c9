"""The plain form of a message type: one expression made from its XSD, and how its groups become
values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from schemas.plain_values import NoPlainForm, attribute_expression, value_expression
from schemas.xsd import XS

_USUAL = {"total_pocket_qty": "1", "cur_pocket_no": "1", "is_unstructured": ""}
"""A message that is not split: the only pocket that is plain."""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_SPACE = "[ \\t\\n]*"
_REPEATED_SET = re.compile(r"(\](?:\{\d+,\d*\}|[*+]))(?![+?])")
"""A repeated set that might give characters back. Possessive, it matches the same or less, a fifth
faster, and never for long."""


@dataclass(frozen=True, slots=True)
class Element:
    """How the groups of a match become a value. ``at``: its first group; ``presence``: a group that
    took part only if it is there."""

    name: str
    at: int
    presence: int | None = None
    names: tuple[str, ...] = ()
    """Of a row without optional elements: its elements, a group each."""
    children: tuple[Element, ...] = ()
    is_row: bool = False

    def value(self, groups: Sequence[str | None], texts: Sequence[str]) -> Any:
        """Return the value of the element. ``groups`` are those of the match, None for what took no
        part; ``texts`` are the same with empty text for None."""
        if self.names:
            return (dict(zip(self.names, texts[self.at : self.at + len(self.names)], strict=True)),)
        if self.children:
            tree = {
                child.name: child.value(groups, texts)
                for child in self.children
                if child.presence is None or groups[child.presence] is not None
            }
            return (tree,) if self.is_row else tree
        return texts[self.at]


@dataclass(frozen=True, slots=True)
class Form:
    """The expression of one root of a message type, what reads its two parts, and the group of
    pocket_id."""

    matches: Callable[[str], re.Match[str] | None]
    envelope: Element
    pocket_id: int
    business: Element


class FormMaker:
    """Makes the expression of one message type. ``tree``: the schema of the whole document."""

    def __init__(self, tree: etree._Element, message_type: str) -> None:
        self._fixed = {**_USUAL, "message_type": message_type}
        self._roots = {e.get("name", ""): e for e in tree.iterchildren(f"{XS}element")}
        self._types = {
            t.get("name", ""): t for t in tree.iterchildren(f"{XS}simpleType", f"{XS}complexType")
        }
        self._groups = self._pocket_id = 0
        self._kept: dict[str, Element] = {}

    def form(self, signed: bool) -> Form:
        """Return the form of a package, inside a signature or without one; raise NoPlainForm when
        there is none."""
        text, _ = self._element(self._roots["Signature" if signed else "Package"])
        pattern = re.compile(_REPEATED_SET.sub(r"\1+", f"{re.escape(HEAD)}{_SPACE}{text}{_SPACE}"))
        return Form(
            matches=pattern.fullmatch,
            envelope=self._kept["EnvelopInfo"],
            pocket_id=self._pocket_id,
            business=self._kept["BussinessData"],
        )

    def _element(self, element: etree._Element) -> tuple[str, Element]:
        """Return the expression of an element that is there, and what reads it."""
        if (named := element.get("ref")) is not None:
            element = self._roots[named]
        name, kind = element.get("name", ""), element.get("type", "")
        own = element.find(f"{XS}complexType")
        complex_type = own if own is not None else self._types.get(kind)
        if complex_type is None or complex_type.tag == f"{XS}simpleType":
            return self._leaf(name, element, complex_type)
        content = next(
            complex_type.iterchildren(
                f"{XS}sequence", f"{XS}all", f"{XS}choice", f"{XS}simpleContent", f"{XS}group"
            ),
            None,
        )
        head = f"<{name}" + "".join(
            [self._attribute(a) for a in complex_type.iterchildren(f"{XS}attribute")]
        )
        if content is None:
            return f"{head}(?:/>|>()</{name}>)", Element(name, self._group())
        if content.tag not in (f"{XS}sequence", f"{XS}all"):
            raise NoPlainForm(content.tag)
        at = self._groups
        pieces, children = [], []
        for child in content.iterchildren("*"):
            if child.tag != f"{XS}element":
                if child.tag == f"{XS}annotation":
                    continue
                raise NoPlainForm(child.tag)
            piece, read = self._child(child)
            pieces.append(piece + _SPACE)
            children.append(read)
        simple = all(not child.children and not child.names for child in children)
        names = (
            tuple([child.name for child in children])
            if simple and not any(child.presence is not None for child in children)
            else ()
        )
        made = Element(
            name, at, names=names, children=() if names else tuple(children), is_row=simple
        )
        self._kept[name] = made
        return f"{head}>{_SPACE}{''.join(pieces)}</{name}>", made

    def _child(self, child: etree._Element) -> tuple[str, Element]:
        if child.get("minOccurs") != "0":
            return self._element(child)
        presence = self._group()
        text, read = self._element(child)
        return f"(?:(){text})?", Element(
            read.name, read.at, presence, read.names, read.children, read.is_row
        )

    def _leaf(
        self, name: str, element: etree._Element, simple: etree._Element | None
    ) -> tuple[str, Element]:
        at = self._group()
        if name == "pocket_id":
            self._pocket_id = at
        text = self._fixed.get(name)
        text = (
            value_expression(element.get("type", ""), simple) if text is None else re.escape(text)
        )
        if re.match(f"(?:{text})<", "<") is None:
            return f"<{name}>({text})</{name}>", Element(name, at)
        return f"<{name}(?:>({text})</{name}>|/>)", Element(name, at)

    def _group(self) -> int:
        """Return the number of the next group, counted from 0 as ``groups`` lists them."""
        self._groups += 1
        return self._groups - 1

    def _attribute(self, attribute: etree._Element) -> str:
        kind = attribute.get("type", "")
        text = attribute_expression(kind, self._types.get(kind))
        whole = f' {attribute.get("name")}="{text}"'
        return f"(?:{whole})?" if attribute.get("use") != "required" else whole
