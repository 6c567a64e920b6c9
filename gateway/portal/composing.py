"""From a form to the XML that any client would send, and back to what the form shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.portal.fields import Form, Input
from handlers.contract import Enterprise
from schemas.filing import encode_filing
from schemas.package import Envelope, encode_package
from schemas.times import wire_text
from schemas.xsd import Field

MIDNIGHT = " 00:00:00"
DAY = re.compile(r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)", re.ASCII)
"""A day as people write it: 20271122, 2027-11-22, 2027/11/22."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form as it stands.

    Attributes:
        values: Elements of the body, as the wire has them; those of a part as ``PART.element``.
        seq_no: The filing that it corrects or answers; empty for a new one.
        message_id: The id under which it is declared, made when it was opened.
        opened: When it was opened: the same form gives the same bytes.
    """

    values: dict[str, str]
    seq_no: str
    message_id: str
    opened: datetime


def entered(form: Form, base: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a form that was sent: what was there before, what was entered, and what
    the form itself says. A field that is closed beside the others is empty."""
    values = {**base, **form.fixed}
    for entry in form.entries:
        text = given.get(entry.key, values.get(entry.key, ""))
        values[entry.key] = _wire(text, entry.input)
    for entry in form.entries:
        if not entry.open_for(values):
            values[entry.key] = ""
    return values


def looked_up(
    form: Form,
    values: Mapping[str, str],
    known: Mapping[str, Enterprise],
    *,
    chosen: str,
    asked: Collection[str] = (),
) -> dict[str, str]:
    """Return the values with what the codes of enterprises say; what an unknown code filled is
    empty. ``asked``: the fields whose codes were looked up just now. They also offer what stays
    open, which is told of the ``chosen`` enterprise only."""
    found = dict(values)
    for entry in form.entries:
        code = values.get(entry.by, "") if entry.by else ""
        firm = known.get(code)
        if entry.filled(values):
            found[entry.key] = str(getattr(firm, entry.fill.value)) if firm else ""
        elif entry.offered and firm is not None and code == chosen and entry.by in asked:
            found[entry.key] = str(getattr(firm, entry.fill.value))
    return found


def shown(value: str, kind: Input) -> str:
    """Return a value of the wire as a field shows it."""
    return value[:10] if kind is Input.DAY else value


def xml_of(
    form: Form, sheet: Sheet, fields: tuple[Field, ...], body: str, *, flag: str, envelope: Envelope
) -> bytes:
    """Return the message. ``fields`` are the elements of ``body``, in their order; ``flag`` 1
    declares, 0 saves."""
    values = dict(sheet.values)
    moment = wire_text(sheet.opened)
    values |= dict.fromkeys(form.filled, moment)
    rows: dict[str, tuple[dict[str, str], ...]] = {}
    for part in dict.fromkeys(entry.part for entry in form.entries if entry.part):
        row = {each.name: values.get(each.key, "") for each in form.entries if each.part == part}
        if part == "GrtCrdwInDt" and row["gurNo"]:
            # the amount of a carry-over stands in both places (docs/rules.md K1)
            amount = values.get("rtnbkCrdwAmt", "")
            row = {"seqno": "1", "gurNo": row["gurNo"], "crdwAmt": amount, "rmk": ""}
        if any(row.values()):
            rows[part] = (row,)
    return encode_package(
        envelope,
        encode_filing(
            body,
            {each.name: values.get(each.name, "") for each in fields},
            rows,
            flag=flag,
            seq_no=sheet.seq_no or None,
        ),
    )


def _wire(text: str, kind: Input) -> str:
    """Return what was typed as the wire wants it; what cannot be read stays as it is, for the
    checks to name it."""
    text = text.strip() if kind is not Input.LINES else text
    if kind in (Input.YUAN, Input.AMOUNT):
        return text.replace(",", "").replace("\uff0c", "")
    if kind is Input.DAY and (parts := DAY.fullmatch(text)):
        return "-".join(parts.groups()) + MIDNIGHT
    return text
