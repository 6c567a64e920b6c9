"""Codec of an attachment: the BussinessData of a pocket with is_unstructured 1 (UN_STRUCTURED, ``domain.md`` 2.2)."""

from __future__ import annotations

import base64
import hashlib

import msgspec
from lxml import etree

from schemas.package import texts


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """One file. ``size``, ``method`` and ``digest`` as its sender wrote them; ``content`` are the bytes themselves."""

    uuid: str
    name: str
    kind: str
    size: int
    method: str
    digest: str
    owner: str
    content: bytes

    @property
    def actual_digest(self) -> str:
        """The digest of ``content`` in hexadecimal, by the sender's own method."""
        return self._made().hex()

    @property
    def is_whole(self) -> bool:
        """Whether ``content`` is the file that the sender described; its digest may be hexadecimal or base64."""
        made = self._made()
        return self.digest.lower() == made.hex() or self.digest == base64.b64encode(made).decode()

    def _made(self) -> bytes:
        make = hashlib.md5 if self.method.lower() == "md5" else hashlib.sha1
        return make(self.content, usedforsecurity=False).digest()


def decode_attachment(business: etree._Element) -> Attachment:
    """Read a BussinessData that the schema UNSTRUCTURED has passed."""
    f = texts(business)
    return Attachment(
        uuid=f["UUID"], name=f["FileName"], kind=f["FileType"], size=int(f["FileSize"]), method=f["FileHashMethod"],
        digest=f["FileHash"], owner=f["OwnerCode"], content=base64.b64decode(f["FileData"]))
