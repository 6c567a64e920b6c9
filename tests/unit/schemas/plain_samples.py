"""Plain messages, and whether the plain form and libxml2 agree on one."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from fixtures.corpus import files
from schemas.catalogue import catalogue
from schemas.package import Envelope, encode_package, open_package, texts
from schemas.plain import PlainReader
from schemas.receipts import ApprovalResult, StorageResult, encode_approval, encode_storage
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet

SCHEMAS, READER = SchemaSet(), XmlReader()
PLAIN = PlainReader(SCHEMAS)


def values(element: etree._Element) -> object:
    """An element as a tree reads it."""
    if not len(element):
        return element.text or ""
    if all(not len(child) for child in element):
        return (texts(element),)
    return {child.tag: values(child) for child in element}


def agrees(message_type: str, body: bytes) -> bool:
    """Whether ``body`` is plain; if so, the hardened reader must read it without a word, libxml2
    must find it valid, and both must have read the same."""
    plain = PLAIN.read(message_type, body)
    if plain is None:
        return False
    document = READER.read(body)
    package = open_package(document)
    assert document.warnings == ()
    assert SCHEMAS.valid_message(message_type, document.root)
    assert package.envelope.message_type == message_type
    assert (
        package.pocket.total,
        package.pocket.number,
        package.pocket.pocket_id,
        package.pocket.unstructured,
    ) == (1, 1, plain.pocket_id, False)
    assert plain.envelope == package.envelope
    assert plain.business == {child.tag: values(child) for child in package.business}
    return True


def receipt(code: str, inner: str) -> bytes:
    return encode_package(
        Envelope(
            message_id="M" * 40,
            message_type=code,
            sender_id="DXPEDCGRT0000001",
            receiver_id="DXPENT0000000001",
            send_time="2026-11-28T01:06:23",
            file_name="M.GRT",
            business_id="ZB0100202600001",
        ),
        inner,
    )


def filed(code: str) -> bytes:
    """The first fixture of a type that is written plainly."""
    return next(body for file in files(code, "valid") if agrees(code, body := file.read_bytes()))


def approval(code: str) -> bytes:
    """A receipt that brings the document of the filing it answers."""
    filing = next(
        filed_as for filed_as in catalogue().filings if catalogue()[filed_as].receipt == code
    )
    kind = catalogue()[filing]
    content = PLAIN.read(filing, filed(filing))
    assert content is not None
    return receipt(
        code,
        encode_approval(
            code,
            ApprovalResult(
                reference="202600000000000001",
                business_no="ZB0100202600001",
                change_no=0,
                kind=kind.typecd,
                result="1",
                managed_at="2026-11-28 01:06:23",
                body_name=kind.body,
                body=content.business["GrtMessage"][kind.body][0],
            ),
        ),
    )


STORAGE = receipt(
    "GRT200",
    encode_storage(
        "GRT200",
        StorageResult(
            result_type=catalogue()["GRT101"].letter,
            reference="202600000000000001",
            result="1",
            managed_at="2026-11-28 01:06:23",
        ),
    ),
)
SAMPLES: dict[str, Callable[[], bytes]] = {
    **{code: lambda code=code: filed(code) for code in catalogue().filings},  # type: ignore[misc]
    **{
        receipt_: lambda code=receipt_: approval(code)
        for filed_as in catalogue().filings
        if (receipt_ := catalogue()[filed_as].receipt)
    },  # type: ignore[misc]
    "GRT200": lambda: STORAGE,
}
