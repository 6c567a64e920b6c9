"""Whose name a message travels under: the DXP ids in its envelopes against those of the key."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from gateway.checks.opened import Opened
from gateway.checks.places import Places
from handlers.contract import Context
from schemas.findings import Finding, finding

CODE = "SENDER.01"


class Senders:
    """Warns of a sender id that is not the sender's own. Such a message is taken all the same."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def foreign(self, opened: Opened, enterprise: str, context: Context) -> list[Finding]:
        """Return a warning for each envelope that names another sender. ``enterprise``: the one
        that the message is about.

        An id that nobody here has is told in the same words: which ids others have is theirs.
        """
        inner = opened.package.envelope.sender_id.strip()
        if opened.carrier is None and (not inner or _is_of_key(inner, context)):
            return []
        own = own_ids(context, enterprise)
        if not own or (opened.carrier is None and inner in own):
            return []
        return [
            finding(CODE, self._places.of(element), found=found, wanted=", ".join(sorted(own)))
            for element in _named(opened)
            if (found := (element.text or "").strip()) and found not in own
        ]


def _is_of_key(dxp_id: str, context: Context) -> bool:
    """Return whether one of the key's own enterprises has this DXP id, as for most messages."""
    for code in context.acts_for:
        each = context.enterprises.get(code)
        if each is not None and each.dxp_id == dxp_id:
            return True
    return False


def own_ids(context: Context, enterprise: str) -> frozenset[str]:
    """Return the DXP ids that the key may send under: those of its enterprises, and that of an
    enterprise that one of them files for. Empty when one of them is not known here, and for an
    enterprise that is none of the key's: that is a finding of its own (X.01)."""
    known = context.enterprises
    own: set[str] = set()
    about = known.get(enterprise)
    if enterprise not in context.acts_for:
        if about is None or not about.agents & context.acts_for:
            return frozenset()
        own.add(about.dxp_id)
    for code in context.acts_for:
        if (each := known.get(code)) is None or not each.dxp_id:
            return frozenset()
        own.add(each.dxp_id)
    return frozenset(own - {""})


def _named(opened: Opened) -> Iterator[etree._Element]:
    """Yield the elements that name the sender, the outer envelope's first."""
    if opened.carrier is not None:
        yield opened.carrier
    yield from opened.document.root.iterfind(".//EnvelopInfo/sender_id")
