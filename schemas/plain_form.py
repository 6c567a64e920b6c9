"""The plain form of a message type: one expression made from its XSD, and what its groups are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from schemas.xsd import XS

_USUAL = {"total_pocket_qty": "1", "cur_pocket_no": "1", "pocket_id": "", "is_unstructured": ""}
"""A submission that is not split: the only pocket that is plain."""


_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


_SPACE = "[ \\t\\n]*"


_NEVER = "<>&\\x00-\\x08\\x0b-\\x1f"
"""What XML forbids in a value or reads as something else."""


_CONTROL = "\\x00-\\x1f\\x7f-\\x9f"


_DATE_TIME = (
    "(?!0000)[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
)


_DIGITS = {"xs:int": 9, "xs:long": 18, "xs:unsignedLong": 19, "xs:decimal": 1000}
"""Built-in types of numbers, and how many digits are always within their range."""


_SET = re.compile(r"\\p\{Cc\}|\\s|\\[\\\-.\]\[^]|\\[tnr]|[^\\\]]")
"""One piece of a set in an XSD pattern."""


_ATOM = re.compile(
    r"\[\^?(?:\\.|[^\\\]])+\]|\\P\{Cc\}|\\[.\\]|[()|?*+]|\{\d+(?:,\d*)?\}|[^\\\[\](){}|?*+.^$<>&]"
)
"""One piece of an XSD pattern."""


_REPEATED_SET = re.compile(r"(\](?:\{\d+,\d*\}|[*+]))(?![+?])")
"""A repeated set that might give characters back. Possessive, it matches the same or less, a fifth
faster, and never for long."""


class _Strange(Exception):
    """The schema has something that no expression is made of here: the type has no plain form."""


@dataclass(frozen=True, slots=True)
class _Element:
    """How the groups of a match become a value. ``at``: its first group; ``presence``: a group that
    took part only if it is there."""

    name: str
    at: int
    presence: int | None = None
    names: tuple[str, ...] = ()
    """Of a row without optional elements: its elements, a group each."""
    children: tuple[_Element, ...] = ()
    is_row: bool = False

    def value(self, groups: Sequence[str | None], texts: Sequence[str]) -> Any:
        """``groups`` of the match, None for what took no part; ``texts`` are the same with nothing
        for None."""
        if self.names:
            return (dict(zip(self.names, texts[self.at : self.at + len(self.names)], strict=True)),)
        if self.children:
            found = {
                child.name: child.value(groups, texts)
                for child in self.children
                if child.presence is None or groups[child.presence] is not None
            }
            return (found,) if self.is_row else found
        return texts[self.at]


@dataclass(frozen=True, slots=True)
class _Form:
    """One root of one message type."""

    matches: Callable[[str], re.Match[str] | None]
    envelope: _Element
    business: _Element


class _Maker:
    """Makes the expression of one message type. ``tree``: the schema of the whole document."""

    def __init__(self, tree: etree._Element, message_type: str) -> None:
        self._fixed = {**_USUAL, "message_type": message_type}
        self._roots = {e.get("name", ""): e for e in tree.iterchildren(f"{XS}element")}
        self._types = {
            t.get("name", ""): t for t in tree.iterchildren(f"{XS}simpleType", f"{XS}complexType")
        }
        self._groups = 0
        self._kept: dict[str, _Element] = {}

    def form(self, signed: bool) -> _Form:
        text, _ = self._element(self._roots["Signature" if signed else "Package"])
        pattern = re.compile(_REPEATED_SET.sub(r"\1+", f"{re.escape(_HEAD)}{_SPACE}{text}{_SPACE}"))
        return _Form(
            matches=pattern.fullmatch,
            envelope=self._kept["EnvelopInfo"],
            business=self._kept["BussinessData"],
        )

    def _element(self, element: etree._Element) -> tuple[str, _Element]:
        """The expression of an element that is there, and what reads it."""
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
            return f"{head}(?:/>|>()</{name}>)", _Element(name, self._group())
        if content.tag not in (f"{XS}sequence", f"{XS}all"):
            raise _Strange(content.tag)
        at = self._groups
        pieces, children = [], []
        for child in content.iterchildren("*"):
            if child.tag != f"{XS}element":
                if child.tag == f"{XS}annotation":
                    continue
                raise _Strange(child.tag)
            piece, read = self._child(child)
            pieces.append(piece + _SPACE)
            children.append(read)
        simple = all(not child.children and not child.names for child in children)
        names = (
            tuple([child.name for child in children])
            if simple and not any(child.presence is not None for child in children)
            else ()
        )
        made = _Element(
            name, at, names=names, children=() if names else tuple(children), is_row=simple
        )
        self._kept[name] = made
        return f"{head}>{_SPACE}{''.join(pieces)}</{name}>", made

    def _child(self, child: etree._Element) -> tuple[str, _Element]:
        if child.get("minOccurs") != "0":
            return self._element(child)
        presence = self._group()
        text, read = self._element(child)
        return f"(?:(){text})?", _Element(
            read.name, read.at, presence, read.names, read.children, read.is_row
        )

    def _leaf(
        self, name: str, element: etree._Element, simple: etree._Element | None
    ) -> tuple[str, _Element]:
        at = self._group()
        text = self._fixed.get(name)
        text = self._value(element.get("type", ""), simple) if text is None else re.escape(text)
        if re.match(f"(?:{text})<", "<") is None:
            return f"<{name}>({text})</{name}>", _Element(name, at)
        return f"<{name}(?:>({text})</{name}>|/>)", _Element(name, at)

    def _group(self) -> int:
        """The next group of the expression, counted from 0 as ``groups`` lists them."""
        self._groups += 1
        return self._groups - 1

    def _attribute(self, attribute: etree._Element) -> str:
        kind = attribute.get("type", "")
        simple = self._types.get(kind)
        if simple is not None:
            values = [e.get("value", "") for e in simple.iter(f"{XS}enumeration")]
            if not values:
                raise _Strange(kind)
            text = "(?:" + "|".join(map(_literal, values)) + ")"
        elif kind == "xs:string":
            text = f'[^{_NEVER}{_CONTROL}"]*'
        else:
            raise _Strange(kind)
        whole = f' {attribute.get("name")}="{text}"'
        return f"(?:{whole})?" if attribute.get("use") != "required" else whole

    def _value(self, kind: str, simple: etree._Element | None) -> str:
        """The expression of a simple type's values, or of some of them."""
        if kind == "xs:dateTime":
            return _DATE_TIME
        if kind == "xs:string":
            return f"[^{_NEVER}]*"
        restriction = None if simple is None else simple.find(f"{XS}restriction")
        if restriction is None:
            raise _Strange(kind)
        facets = [
            (f.tag.removeprefix(XS), f.get("value", ""))
            for f in restriction.iterchildren("*")
            if f.tag != f"{XS}annotation"
        ]
        base = restriction.get("base", "")
        least, most, digits = 0, None, _DIGITS.get(base)
        patterns, values, ahead = [], [], ""
        for facet, value in facets:
            match facet:
                case "pattern":
                    patterns.append(_translated(value))
                case "enumeration":
                    values.append(_literal(value))
                case "length":
                    least = most = int(value)
                case "minLength":
                    least = int(value)
                case "maxLength":
                    most = int(value)
                case "totalDigits" if digits is not None:
                    digits = min(digits, int(value))
                case "fractionDigits" if digits is not None:
                    ahead += f"(?![^<]*\\.[0-9]{{{int(value) + 1}}})"
                case "minInclusive" if digits is not None and (
                    value == "0" or (value == "1" and base != "xs:decimal")
                ):
                    ahead += "(?!0*<)" if value == "1" else ""  # no sign is ever let through
                case "maxInclusive" if digits is not None and value.isdigit():
                    digits = min(digits, len(value) - (value != "9" * len(value)))
                case _:
                    raise _Strange(f"{facet} {value}")
        if digits is not None:
            if not patterns:
                patterns.append("[0-9]+")
            ahead += (
                f"(?=[0-9.]{{1,{digits}}}<)(?=[0-9]+(?:\\.[0-9]+)?<)"
                if base == "xs:decimal"
                else f"(?=[0-9]{{1,{digits}}}<)"
            )
        elif base != "xs:string":
            raise _Strange(base)
        if values:
            if patterns or most is not None or least:
                raise _Strange("enumeration beside other facets")
            return "(?:" + "|".join(values) + ")"
        text = patterns[0] if patterns else f"[^{_NEVER}]*"  # several are alternatives
        if most is None and not least:
            return ahead + text
        counted = f"{{{least},{'' if most is None else most}}}"
        if text.endswith("]*") and text.count("]") == 1:
            return ahead + text[:-1] + counted
        return f"{ahead}(?=[^<]{counted}<)(?:{text})"


def _literal(text: str) -> str:
    if re.search(f'[{_NEVER}"]', text):
        raise _Strange(text)
    return re.escape(text)


def _translated(pattern: str) -> str:
    """An XSD pattern as Python reads it: sets, groups, alternatives and repeats; what none of its
    sets can let through is ``_NEVER``."""
    at, out = 0, []
    while at < len(pattern):
        match = _ATOM.match(pattern, at)
        if match is None:
            raise _Strange(pattern)
        atom, at = match.group(), match.end()
        if atom == "(":
            out.append("(?:")
        elif atom == "\\P{Cc}":
            out.append(f"[^{_NEVER}{_CONTROL}]")
        elif atom[0] == "[":
            out.append(_set(atom))
        else:
            out.append(atom)
    text = "".join(out)
    return f"(?:{text})" if "|" in text else text


def _set(atom: str) -> str:
    negative = atom.startswith("[^")
    inner, out, at = atom[1 + negative : -1], [], 0
    while at < len(inner):
        match = _SET.match(inner, at)
        if match is None:
            raise _Strange(atom)
        piece, at = match.group(), match.end()
        out.append(
            {"\\p{Cc}": _CONTROL, "\\s": " \\t\\n\\r"}.get(
                piece, piece if piece[0] == "\\" or piece == "-" else re.escape(piece)
            )
        )
    if negative:
        return f"[^{_NEVER}{''.join(out)}]"
    made = f"[{''.join(out)}]"
    if any(
        re.match(made, character) and re.match(f"[{_NEVER}]", character)
        for character in map(chr, range(0x80))
        if character != "\r"
    ):
        raise _Strange(atom)
    return made
