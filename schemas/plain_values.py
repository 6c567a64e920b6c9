"""The expressions of simple types: regular expressions made from the facets of the XSD.

An expression matches values of its type, or some of them; it never matches anything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from schemas.xsd import XS

NEVER = "<>&\\x00-\\x08\\x0b-\\x1f"
"""What XML forbids in a value or reads as something else."""
CONTROL = "\\x00-\\x1f\\x7f-\\x9f"
_DATE_TIME = (
    "(?!0000)[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
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


class NoPlainForm(Exception):
    """The schema has something that no expression is made of here."""


@dataclass(slots=True)
class _Facets:
    """The facets of one simple type.

    Attributes:
        base: The type that it restricts.
        digits: How many digits a number may have; None for text.
        least: The fewest characters.
        most: The most characters; None without a bound.
        patterns: Expressions of its patterns, which are alternatives.
        values: Expressions of its enumerated values.
        ahead: Further conditions, which stand before the expression.
    """

    base: str
    digits: int | None
    least: int = 0
    most: int | None = None
    patterns: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    ahead: str = ""

    def add(self, facet: str, value: str) -> None:
        """Take a facet into account."""
        match facet:
            case "pattern":
                self.patterns.append(_translated(value))
            case "enumeration":
                self.values.append(literal(value))
            case "length":
                self.least = self.most = int(value)
            case "minLength":
                self.least = int(value)
            case "maxLength":
                self.most = int(value)
            case _ if self.digits is not None:
                self._add_to_number(facet, value, self.digits)
            case _:
                raise NoPlainForm(f"{facet} {value}")

    def _add_to_number(self, facet: str, value: str, digits: int) -> None:
        match facet:
            case "totalDigits":
                self.digits = min(digits, int(value))
            case "fractionDigits":
                self.ahead += f"(?![^<]*\\.[0-9]{{{int(value) + 1}}})"
            case "minInclusive" if value == "0":
                pass  # no sign is ever let through
            case "minInclusive" if value == "1" and self.base != "xs:decimal":
                self.ahead += "(?!0*<)"
            case "maxInclusive" if value.isdigit():
                self.digits = min(digits, len(value) - (value != "9" * len(value)))
            case _:
                raise NoPlainForm(f"{facet} {value}")

    def expression(self) -> str:
        """Return the expression of what all facets allow."""
        if self.digits is None and self.base != "xs:string":
            raise NoPlainForm(self.base)
        counted = self.most is not None or self.least > 0
        if self.values:
            if self.patterns or self.digits is not None or counted:
                raise NoPlainForm("enumeration beside other facets")
            return "(?:" + "|".join(self.values) + ")"
        ahead = self.ahead + self._digits_ahead()
        usual = f"[^{NEVER}]*" if self.digits is None else "[0-9]+"
        text = self.patterns[0] if self.patterns else usual
        if not counted:
            return ahead + text
        count = f"{{{self.least},{'' if self.most is None else self.most}}}"
        if text.endswith("]*") and text.count("]") == 1:
            return ahead + text[:-1] + count
        return f"{ahead}(?=[^<]{count}<)(?:{text})"

    def _digits_ahead(self) -> str:
        if self.digits is None:
            return ""
        if self.base == "xs:decimal":
            return f"(?=[0-9.]{{1,{self.digits}}}<)(?=[0-9]+(?:\\.[0-9]+)?<)"
        return f"(?=[0-9]{{1,{self.digits}}}<)"


def value_expression(kind: str, simple: etree._Element | None) -> str:
    """Return the expression of the values of type ``kind``, or of some of them. ``simple`` defines
    the type; None for a built-in one. Raise NoPlainForm when there is none."""
    if kind == "xs:dateTime":
        return _DATE_TIME
    if kind == "xs:string":
        return f"[^{NEVER}]*"
    restriction = None if simple is None else simple.find(f"{XS}restriction")
    if restriction is None:
        raise NoPlainForm(kind)
    base = restriction.get("base", "")
    facets = _Facets(base, _DIGITS.get(base))
    for facet in restriction.iterchildren("*"):
        if facet.tag != f"{XS}annotation":
            facets.add(facet.tag.removeprefix(XS), facet.get("value", ""))
    return facets.expression()


def attribute_expression(kind: str, simple: etree._Element | None) -> str:
    """Return the expression of an attribute's values: any text, or one of an enumeration."""
    if simple is None:
        if kind != "xs:string":
            raise NoPlainForm(kind)
        return f'[^{NEVER}{CONTROL}"]*'
    values = [e.get("value", "") for e in simple.iter(f"{XS}enumeration")]
    if not values:
        raise NoPlainForm(kind)
    return "(?:" + "|".join(map(literal, values)) + ")"


def literal(text: str) -> str:
    """Return the expression of a text."""
    if re.search(f'[{NEVER}"]', text):
        raise NoPlainForm(text)
    return re.escape(text)


def _translated(pattern: str) -> str:
    """Return an XSD pattern as Python reads it: sets, groups, alternatives and repeats. None of its
    sets lets through what is in ``NEVER``."""
    at, pieces = 0, []
    while at < len(pattern):
        match = _ATOM.match(pattern, at)
        if match is None:
            raise NoPlainForm(pattern)
        atom, at = match.group(), match.end()
        if atom == "(":
            pieces.append("(?:")
        elif atom == "\\P{Cc}":
            pieces.append(f"[^{NEVER}{CONTROL}]")
        elif atom[0] == "[":
            pieces.append(_set(atom))
        else:
            pieces.append(atom)
    text = "".join(pieces)
    return f"(?:{text})" if "|" in text else text


def _set(atom: str) -> str:
    """Return a set of an XSD pattern as Python reads it."""
    negative = atom.startswith("[^")
    inner, pieces, at = atom[1 + negative : -1], [], 0
    while at < len(inner):
        match = _SET.match(inner, at)
        if match is None:
            raise NoPlainForm(atom)
        piece, at = match.group(), match.end()
        pieces.append(
            {"\\p{Cc}": CONTROL, "\\s": " \\t\\n\\r"}.get(
                piece, piece if piece[0] == "\\" or piece == "-" else re.escape(piece)
            )
        )
    if negative:
        return f"[^{NEVER}{''.join(pieces)}]"
    made = f"[{''.join(pieces)}]"
    if any(
        re.match(made, character) and re.match(f"[{NEVER}]", character)
        for character in map(chr, range(0x80))
        if character != "\r"
    ):
        raise NoPlainForm(atom)
    return made
