"""Plain documents: the form that nearly every message has, recognised, checked and read by one
regular expression.

Plain is a package that has its elements in the order of the schema, each at most once, and nothing
but elements and text: no comment, entity, CDATA, namespace, carriage return. The expression of a
message type is made from its XSD with all facets, so that whatever it matches is well-formed and
valid, and reads as libxml2 would read it (``tests/unit/schemas/test_plain`` holds the two against
each other). What it does not match is no judgement: the hardened reader and the validator look at
that, and they alone refuse and explain.

For what travels inside, behind the checks at the door: receipts of customs here, accepted filings
there (measured: a quarter of the time that tree, validation and walk take together).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import msgspec
from lxml import etree

from schemas.package import Envelope, envelope_of
from schemas.plain_form import HEAD, Form, FormMaker
from schemas.plain_values import NoPlainForm

Row: TypeAlias = dict[str, str]
Tree: TypeAlias = dict[str, Any]
"""Element name to its text; to a tuple with its ``Row`` when it has simple children only; to its
own Tree otherwise. What is optional and absent is not there."""

LARGEST = 64 * 1024
"""Bytes of the largest document that is looked at: what is larger has long texts or many rows, and
gains nothing."""
_NOWHERE = ("\r", "\ufffe", "\uffff")
"""Characters that make a document not plain, looked for once in the whole text: the sets of its
expression are faster without large characters."""


class Whole(Protocol):
    """The part of the schema set that plain forms are made of."""

    def has(self, name: str) -> bool: ...

    def whole(self, name: str, *, lenient: bool = False) -> etree._Element: ...


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """A recognised package that is not split: its envelope, its pocket_id, and what stands in
    BussinessData."""

    envelope: Envelope
    pocket_id: str
    business: Tree


@dataclass(slots=True)
class PlainReader:
    """Reads plain documents. The expression of a message type is made at first use, in some 10
    ms."""

    schemas: Whole
    largest: int = LARGEST
    _forms: dict[tuple[str, bool], Form | None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, message_type: str, body: bytes) -> Plain | None:
        """Return the package in ``body`` when it is a plain one of this known type. None says
        nothing about it. Never raise for bad input."""
        if len(body) > min(self.largest, LARGEST):
            return None
        signed = body.startswith(b"<Signature", len(HEAD)) or body.startswith(
            b"<Signature", len(HEAD) + 1
        )
        form = (
            self._forms[message_type, signed]
            if (message_type, signed) in self._forms
            else self._made(message_type, signed)
        )
        if form is None:
            return None
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return None
        if (
            any(character in text for character in _NOWHERE)
            or (match := form.matches(text)) is None
        ):
            return None
        groups, texts = match.groups(), match.groups("")
        (envelope,) = form.envelope.value(groups, texts)
        return Plain(
            envelope=envelope_of(envelope),
            pocket_id=texts[form.pocket_id],
            business=form.business.value(groups, texts),
        )

    def _made(self, message_type: str, signed: bool) -> Form | None:
        with self._lock:
            if (message_type, signed) not in self._forms:
                try:
                    form = (
                        FormMaker(self.schemas.whole(message_type), message_type).form(signed)
                        if self.schemas.has(message_type)
                        else None
                    )
                except NoPlainForm:
                    form = None
                self._forms[message_type, signed] = form
            return self._forms[message_type, signed]
