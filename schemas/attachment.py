"""Codec of an attachment: the BussinessData of a pocket with is_unstructured 1 (UN_STRUCTURED,
``docs/wire.md`` 2.2)."""

from __future__ import annotations

import base64
import hashlib

import msgspec
from lxml import etree

from schemas.package import texts


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """One file. ``size``, ``method`` and ``digest`` as its sender wrote them; ``content`` are the
    bytes themselves, None when they are not base64."""

    uuid: str
    name: str
    kind: str
    size: int
    method: str
    digest: str
    owner: str
    content: bytes | None

    @property
    def actual_digest(self) -> str:
        """Return the digest of ``content`` in hexadecimal, by the sender's own method."""
        return self._made().hex()

    @property
    def is_whole(self) -> bool:
        """Return whether ``content`` is the file that the sender described."""
        return (
            self.content is not None
            and len(self.content) == self.size
            and self._names(self._made())
        )

    def _names(self, made: bytes) -> bool:
        """Return whether the text names the digest, which may be hexadecimal or base64."""
        return self.digest.lower() == made.hex() or self.digest == base64.b64encode(made).decode()

    def _made(self) -> bytes:
        make = hashlib.md5 if self.method.lower() == "md5" else hashlib.sha1
        return make(self.content or b"", usedforsecurity=False).digest()


def decode_attachment(business: etree._Element) -> Attachment:
    """Read a BussinessData that the schema UNSTRUCTURED has passed."""
    f = texts(business)
    try:
        content = base64.b64decode("".join(f["FileData"].split()), validate=True)
    except ValueError:  # libxml2 lets some of what is no base64 pass
        content = None
    return Attachment(
        uuid=f["UUID"],
        name=f["FileName"],
        kind=f["FileType"],
        size=int(f["FileSize"]),
        method=f["FileHashMethod"],
        digest=f["FileHash"],
        owner=f["OwnerCode"],
        content=content,
    )
