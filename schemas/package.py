"""Codec of the 金二 message package: Signature / Package / EnvelopInfo / DataInfo / PocketInfo /
BussinessData.

Official misspellings stay on the wire and in this file's string literals. Signature values are
carried, never made: the client signs with its IC card, and bytes are archived as received so that a
signature stays verifiable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import msgspec
from lxml import etree

from schemas.collapsing import WHITE, collapsing
from schemas.findings import Finding, Refused, finding
from schemas.placement import settle
from schemas.times import SHANGHAI
from schemas.xml import Document, line_of, place_of

ROOTS = ("Package", "Signature", "DxpMsg")

Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, str]]]
"""What stands in a message's own element: by name, one after the other, elements of simple
children, each as child name to text."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """EnvelopInfo. ``send_time`` as written (xs:dateTime)."""

    message_id: str
    message_type: str
    sender_id: str
    receiver_id: str
    send_time: str
    version: str = "1.0"
    business_id: str = ""
    file_name: str = ""


class Pocket(msgspec.Struct, frozen=True, kw_only=True):
    """PocketInfo: one submission may be split into ``total`` pockets that share ``pocket_id``."""

    pocket_id: str = ""
    total: int = 1
    number: int = 1
    unstructured: bool = False


WHOLE = Pocket()
"""The pocket of a submission that is not split."""
_USUAL = {"pocket_id": "", "total_pocket_qty": "1", "cur_pocket_no": "1", "is_unstructured": ""}


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """An opened package. ``business`` is the BussinessData element; ``form`` is ``Package`` or
    ``Signature``; ``warnings`` are about what stands in a place that is read, yet not meant."""

    envelope: Envelope
    pocket: Pocket
    business: etree._Element
    form: str
    warnings: tuple[Finding, ...] = ()


def package_element(document: Document) -> etree._Element:
    """Return the Package inside a document whose root is Package or Signature; raise Refused
    (XML.02, XML.04) otherwise."""
    root = document.root
    if root.tag == "Package":
        return root
    if root.tag != "Signature":
        raise Refused([finding("XML.02", place_of(root), found=root.tag, wanted=", ".join(ROOTS))])
    holder = child_of(root, "Object")
    inner = None if holder is None else child_of(holder, "Package")
    if inner is None:
        if holder is None:
            raise Refused([missing_part(root, "Object", root[-1] if len(root) else None)])
        raise Refused([missing_part(holder, "Object/Package")])
    return inner


def missing_part(
    parent: etree._Element, part: str, before: etree._Element | None = None
) -> Finding:
    """Return XML.04: the last name of ``part`` is missing in ``parent``, behind ``before``."""
    name = part.rpartition("/")[2]
    here = place_of(parent)
    place = replace(
        here,
        field=name,
        path=f"{here.path}/{name}",
        line=here.line if before is None else line_of(before),
    )
    zh = f"<{parent.tag}> 的开头" if before is None else f"<{before.tag}> 之后"
    en = f"first in <{parent.tag}>" if before is None else f"after <{before.tag}>"
    return finding(
        "XML.04",
        place,
        wanted=part,
        hint_zh=f"请加上 <{name}>, 位置在 {zh}",
        hint_en=f"add <{name}> {en}",
    )


def child_of(parent: etree._Element, name: str) -> etree._Element | None:
    """Return the first child of that name: what ``find`` does, without its path language."""
    for child in parent:
        if child.tag == name:
            return child
    return None


def children_of(parent: etree._Element) -> dict[str, etree._Element]:
    """Return the children by name; the last one where the schema would refuse two."""
    return {child.tag: child for child in parent.iterchildren("*")}


def open_package(document: Document) -> Package:
    """Read envelope and pocket, and bring what may stand in several places into one; Refused when a
    part that routes the message is missing. Facets are the XSD's job."""
    root = document.root
    package = package_element(document)
    envelope, info = child_of(package, "EnvelopInfo"), child_of(package, "DataInfo")
    pocket = business = None
    for child in () if info is None else info:
        if child.tag == "PocketInfo" and pocket is None:
            pocket = child
        elif child.tag == "BussinessData":
            business = child
            break
    if envelope is None or info is None or business is None:
        if envelope is None:
            raise Refused([missing_part(package, "EnvelopInfo")])
        if info is None:
            raise Refused([missing_part(package, "DataInfo", envelope)])
        raise Refused([missing_part(info, "DataInfo/BussinessData", pocket)])
    fields = {child.tag: child.text or "" for child in envelope.iterchildren("*")}
    warnings: tuple[Finding, ...] = ()
    if len(time := fields.get("send_time", "")) != 19 or time[10] != "T":
        warnings = _settle_time(envelope)
        fields = texts(envelope)
    return Package(
        envelope=envelope_of(fields),
        pocket=_pocket(texts(pocket)) if pocket is not None else WHOLE,
        business=business,
        form=root.tag,
        warnings=warnings + settle(business),
    )


def canonical(business: etree._Element) -> bytes:
    """Return BussinessData in C14N, without what a root around it declares: a dialect's namespace
    is no content."""
    return etree.tostring(deepcopy(business), method="c14n", exclusive=True)


def _settle_time(envelope: etree._Element) -> tuple[Finding, ...]:
    """Bring send_time into the form of the schema: white space around it is no part of it (libxml2
    does not collapse it), and fourteen digits are read, with a warning."""
    element = child_of(envelope, "send_time")
    if element is None or not element.text:
        return ()
    text = element.text = element.text.strip(WHITE)
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return ()
    try:
        when = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return ()
    element.text = when.isoformat()[:19]
    return (finding("XML.07", place_of(element), found=text, wanted=element.text),)


def envelope_of(fields: Mapping[str, str]) -> Envelope:
    """Return EnvelopInfo from the texts of its elements; what is absent is empty."""
    get = fields.get
    return Envelope(
        version=get("version", ""),
        business_id=get("business_id", ""),
        message_id=get("message_id", ""),
        file_name=get("file_name", ""),
        message_type=get("message_type", ""),
        sender_id=get("sender_id", ""),
        receiver_id=get("receiver_id", ""),
        send_time=get("send_time", ""),
    )


def _pocket(fields: Mapping[str, str]) -> Pocket:
    if fields == _USUAL:
        return WHOLE
    total, number = (_number(fields.get(name)) for name in ("total_pocket_qty", "cur_pocket_no"))
    if total == number == 0:
        total = number = 1  # 0 of 0 says that nothing is split
    return Pocket(
        pocket_id=fields.get("pocket_id", ""),
        total=total,
        number=number,
        unstructured=fields.get("is_unstructured") == "1",
    )


def encode_package(envelope: Envelope, business: str, pocket: Pocket = WHOLE) -> bytes:
    """Return a Package as UTF-8 bytes; ``business`` is the inner XML of BussinessData, already
    escaped."""
    e = envelope
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Package><EnvelopInfo><version>{escape(e.version)}</version>"
        f"<business_id>{escape(e.business_id)}</business_id>"
        f"<message_id>{escape(e.message_id)}</message_id><file_name>{escape(e.file_name)}"
        f"</file_name><message_type>{escape(e.message_type)}</message_type>"
        f"<sender_id>{escape(e.sender_id)}</sender_id>"
        f"<receiver_id>{escape(e.receiver_id)}</receiver_id>"
        f"<send_time>{escape(e.send_time)}</send_time></EnvelopInfo>"
        f"<DataInfo><PocketInfo><pocket_id>{escape(pocket.pocket_id)}</pocket_id>"
        f"<total_pocket_qty>{pocket.total}</total_pocket_qty>"
        f"<cur_pocket_no>{pocket.number}</cur_pocket_no>"
        f"<is_unstructured>{'1' if pocket.unstructured else ''}</is_unstructured></PocketInfo>"
        f"<BussinessData>{business}</BussinessData></DataInfo></Package>"
    ).encode()


def escape(text: str) -> str:
    """Return text as element content. Most values need nothing: three scans are cheaper than three
    replacements."""
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def texts(element: etree._Element) -> dict[str, str]:
    """Return child name to text, for an element of simple children, without white space around a
    value whose type collapses it; the last one wins where the schema would refuse two."""
    fields = {child.tag: child.text or "" for child in element.iterchildren("*")}
    names = collapsing().intersection(fields)
    values = [fields[name] for name in names]
    if [*map(str.strip, values)] != values:  # almost never: no look at each
        fields.update({name: fields[name].strip(WHITE) for name in names})
    return fields


def rows_of(element: etree._Element) -> dict[str, list[dict[str, str]]]:
    """Return the children of a message's own element, in the order in which each name comes
    first."""
    rows: dict[str, list[dict[str, str]]] = {}
    for child in element.iterchildren("*"):
        rows.setdefault(child.tag, []).append(texts(child))
    return rows


def write_fields(name: str, fields: Mapping[str, str]) -> str:
    """Return ``<name>`` around one element per field, in the mapping's order."""
    whole = "".join(fields.values())
    if "&" in whole or "<" in whole or ">" in whole:
        fields = {k: escape(v) for k, v in fields.items()}
    return (
        f"<{name}>"
        + "".join([f"<{k}>{v}</{k}>" if v else f"<{k}/>" for k, v in fields.items()])
        + f"</{name}>"
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 1
