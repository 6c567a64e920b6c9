"""Codec of the 金二 message package: Signature / Package / EnvelopInfo / DataInfo / PocketInfo / BussinessData.

Official misspellings stay on the wire and in this file's string literals. Signature values are carried, never made: the
client signs with its IC card, and bytes are archived as received so that a signature stays verifiable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from schemas.findings import Refused, finding
from schemas.xml import Document, place_of

ROOTS = ("Package", "Signature", "DxpMsg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """EnvelopInfo. ``send_time`` as written (xs:dateTime)."""

    message_id: str
    message_type: str
    sender_id: str
    receiver_id: str
    send_time: str
    version: str = "1.0"
    business_id: str = ""
    file_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pocket:
    """PocketInfo: one submission may be split into ``total`` pockets that share ``pocket_id``."""

    pocket_id: str = ""
    total: int = 1
    number: int = 1
    unstructured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An opened package. ``business`` is the BussinessData element; ``form`` is ``Package`` or ``Signature``."""

    envelope: Envelope
    pocket: Pocket
    business: etree._Element
    form: str


def package_element(document: Document) -> etree._Element:
    """The Package inside a document whose root is Package or Signature; Refused (XML.02, XML.04) otherwise."""
    root = document.root
    if root.tag == "Package":
        return root
    if root.tag != "Signature":
        raise Refused([finding("XML.02", place_of(root), found=root.tag, wanted=", ".join(ROOTS))])
    inner = root.find("Object/Package")
    if inner is None:
        raise Refused([finding("XML.04", place_of(root), wanted="Object/Package")])
    return inner


def open_package(document: Document) -> Package:
    """Read envelope and pocket; Refused when a part that routes the message is missing. Facets are the XSD's job."""
    root = document.root
    package = package_element(document)
    envelope, info = package.find("EnvelopInfo"), package.find("DataInfo")
    business = info.find("BussinessData") if info is not None else None
    for name, part in (("EnvelopInfo", envelope), ("DataInfo", info), ("DataInfo/BussinessData", business)):
        if part is None:
            raise Refused([finding("XML.04", place_of(package), wanted=name)])
    assert envelope is not None and info is not None and business is not None
    head = texts(envelope)
    pocket = info.find("PocketInfo")
    pockets = texts(pocket) if pocket is not None else {}
    return Package(
        envelope=Envelope(
            version=head.get("version", ""), business_id=head.get("business_id", ""), message_id=head.get("message_id", ""),
            file_name=head.get("file_name", ""), message_type=head.get("message_type", ""), sender_id=head.get("sender_id", ""),
            receiver_id=head.get("receiver_id", ""), send_time=head.get("send_time", "")),
        pocket=Pocket(
            pocket_id=pockets.get("pocket_id", ""), total=_number(pockets.get("total_pocket_qty")),
            number=_number(pockets.get("cur_pocket_no")), unstructured=pockets.get("is_unstructured") == "1"),
        business=business, form=root.tag)


def encode_package(envelope: Envelope, business: str, pocket: Pocket = Pocket()) -> bytes:  # noqa: B008 (frozen)
    """A Package as UTF-8 bytes; ``business`` is the inner XML of BussinessData, already escaped."""
    e = envelope
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Package><EnvelopInfo><version>{escape(e.version)}</version><business_id>{escape(e.business_id)}</business_id>"
        f"<message_id>{escape(e.message_id)}</message_id><file_name>{escape(e.file_name)}</file_name>"
        f"<message_type>{escape(e.message_type)}</message_type><sender_id>{escape(e.sender_id)}</sender_id>"
        f"<receiver_id>{escape(e.receiver_id)}</receiver_id><send_time>{escape(e.send_time)}</send_time></EnvelopInfo>"
        f"<DataInfo><PocketInfo><pocket_id>{escape(pocket.pocket_id)}</pocket_id><total_pocket_qty>{pocket.total}</total_pocket_qty>"
        f"<cur_pocket_no>{pocket.number}</cur_pocket_no><is_unstructured>{'1' if pocket.unstructured else ''}</is_unstructured></PocketInfo>"
        f"<BussinessData>{business}</BussinessData></DataInfo></Package>"
    ).encode()


def texts(element: etree._Element) -> dict[str, str]:
    """Child name to text, for an element of simple children; the last one wins where the schema would refuse two."""
    return {child.tag: child.text or "" for child in element.iterchildren("*")}


def write_fields(name: str, fields: Mapping[str, str]) -> str:
    """``<name>`` around one element per field, in the mapping's order."""
    return f"<{name}>" + "".join(f"<{k}>{escape(v)}</{k}>" if v else f"<{k}/>" for k, v in fields.items()) + f"</{name}>"


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 1
