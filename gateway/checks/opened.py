"""What a message becomes on its way through the checks: opened, then a submission."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from lxml import etree

from handlers.contract import Context, Filing, SubmissionHandler
from schemas.attachment import Attachment
from schemas.findings import Finding
from schemas.package import Envelope, Package, Pocket
from schemas.xml import Document


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A package with its type known. ``document``: the inner one; ``body``: the bytes as received;
    ``own``: children of BussinessData by name; ``carrier``: SenderId of the DxpMsg around it."""

    body: bytes
    document: Document
    package: Package
    handler: SubmissionHandler
    own: Mapping[str, etree._Element]
    declares: bool
    carrier: etree._Element | None = None


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that passed every check that needs no store. It keeps the bytes and no element
    tree: a tree that lives on until the commit makes every following parse take fresh memory
    instead of what the last one left warm in the cache.
    """

    body: bytes
    document: bytes
    sha256: bytes
    envelope: Envelope
    pocket: Pocket
    handler: SubmissionHandler
    filing: Filing
    warnings: tuple[Finding, ...]
    context: Context
    attachment: Attachment | None = None

    @property
    def enterprise(self) -> str:
        """Return the code of the enterprise that it is filed for."""
        return self.handler.enterprise(self.filing)
