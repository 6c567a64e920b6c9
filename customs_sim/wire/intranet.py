"""The 内网 form of a receipt: a Signature around the package, all of it in the xmldsig namespace
(``docs/wire.md`` 2.1). Pure."""

from __future__ import annotations

from msgspec.structs import replace

from schemas.dxp import DxpMsg, canonical, encode_dxp
from schemas.package import escape

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def in_signature(sent: DxpMsg) -> DxpMsg:
    """Return the message with its package in the 内网 form; one that is in it already stays as it
    is. The signature is empty: customs' own cannot be made here."""
    inner = sent.data.removeprefix(_DECLARATION)
    if not inner.startswith(b"<Package>"):
        return sent
    inner = inner.replace(b"<version>1.0</version>", b"<version>1.0.0</version>", 1)
    head = (
        f'<Signature xmlns="{XMLDSIG}"><SignedInfo><CanonicalizationMethod'
        ' Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><SignatureMethod'
        f' Algorithm="{XMLDSIG}rsa-sha1"/><Reference URI="string"><DigestMethod'
        f' Algorithm="{XMLDSIG}sha1"/><DigestValue/></Reference></SignedInfo><SignatureValue/>'
        f'<KeyInfo><KeyName>{escape(sent.sender_id)}</KeyName></KeyInfo><Object Id="string">'
    ).encode()
    return replace(sent, data=_DECLARATION + head + inner + b"</Object></Signature>")


def as_asked(body: bytes, form: str) -> bytes:
    """Return a message as ``EPORT_RECEIPT_FORM`` wants it. A DxpRep carries no package and stays as
    it is."""
    if form != "signature" or (sent := canonical(body)) is None:
        return body
    return encode_dxp(in_signature(sent))
