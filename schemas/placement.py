"""Where SysId, OperCusRegCode and DelcareFlag may stand, and their one place behind this module.

Public senders write the first two inside the business message, before or after what else is in it,
and the flag before or after the message. The schemas describe one order; this module moves the rest
into it. A place beside the message, which no public sender uses, is a form that was once asked for
here: it is read with a warning (``docs/wire.md`` 2.1, ``docs/decisions/0037``).
"""

from __future__ import annotations

from lxml import etree

from schemas.catalogue import catalogue
from schemas.findings import Finding, finding
from schemas.xml import place_of

SYSTEM, OPERATOR, FLAG = "SysId", "OperCusRegCode", "DelcareFlag"
_OWN = (SYSTEM, OPERATOR)
_LEADING = frozenset({"SeqNo", *_OWN})
"""What may stand before the body."""


def settle(business: etree._Element) -> tuple[Finding, ...]:
    """Move SysId and OperCusRegCode to the end of the business message, and DelcareFlag behind it.
    Return the warning about those that stood beside it. Leave alone what no reading allows: the
    schema says what is wrong with it."""
    if _is_usual(business):
        return ()
    children = list(business.iterchildren("*"))
    holder = next((child for child in children if child.tag in catalogue().holders), None)
    if holder is None:
        _last(business, [child for child in children if child.tag in (*_OWN, FLAG)])
        return ()
    inside = list(holder.iterchildren("*"))
    beside = [child for child in children if child.tag in _OWN]
    warnings = _warning(beside, holder)
    _last(holder, _at_either_end(inside) + beside)
    _last(business, [child for child in children if child.tag == FLAG])
    return warnings


def _is_usual(business: etree._Element) -> bool:
    """Return whether all stands as the schemas have it, body first, with SysId and a flag, as in
    most messages."""
    if len(business) != 2 or business[1].tag != FLAG:
        return False
    message = business[0]
    return (
        len(message) > 2
        and message[-1].tag == OPERATOR
        and message[-2].tag == SYSTEM
        and message[0].tag not in _LEADING
    )


def _at_either_end(inside: list[etree._Element]) -> list[etree._Element]:
    """Return SysId and OperCusRegCode that stand before or after all else, none between."""
    first, last = 0, len(inside)
    while first < last and inside[first].tag in _LEADING:
        first += 1
    while last > first and inside[last - 1].tag in _OWN:
        last -= 1
    return [child for child in (*inside[:first], *inside[last:]) if child.tag in _OWN]


def _last(parent: etree._Element, elements: list[etree._Element]) -> None:
    """Make these the last children of ``parent``, in the order of the schemas."""
    for name in (FLAG, *_OWN):
        for element in elements:
            if element.tag == name:
                parent.append(element)


def _warning(beside: list[etree._Element], holder: etree._Element) -> tuple[Finding, ...]:
    if not beside:
        return ()
    names = ", ".join(dict.fromkeys(child.tag for child in beside))
    return (finding("XML.06", place_of(beside[0]), found=names, wanted=holder.tag),)
