"""What stands inside archived messages, for the answers of the API."""

from __future__ import annotations

import hashlib

from sqlalchemy import RowMapping

from gateway.base.web.addresses import link
from gateway.queries.rendering import moment
from gateway.queries.shapes import API, Links, MessageOut
from gateway.store.archive import DECLARING, Flag, inner_document
from handlers.lifecycle import Status
from schemas.catalogue import catalogue
from schemas.package import open_package, texts
from schemas.xml import XmlReader


class Documents:
    """Reads archived messages."""

    def __init__(self, reader: XmlReader) -> None:
        self._reader = reader

    def fields_in(self, body: bytes) -> dict[str, str]:
        """Return the body in an archived message, a submission's or customs' echo, element name to
        text."""
        business = open_package(self._reader.read(inner_document(self._reader, body))).business
        bodies = catalogue().bodies  # those of enterprises; customs' own begin with Grt
        for element in business.iter("*"):
            name = element.tag
            if name in bodies or (name.startswith("Grt") and name != "GrtMessage"):
                return texts(element)
        return {}

    def lines_in(self, body: bytes) -> list[dict[str, str]]:
        """Return the lines of an archived statement."""
        return self.rows_in(body, "GrtReconDt")

    def rows_in(self, body: bytes, name: str) -> list[dict[str, str]]:
        """Return the rows called ``name`` of an archived message, element name to text."""
        business = open_package(self._reader.read(inner_document(self._reader, body))).business
        return [texts(line) for line in business.iter(name)]

    def owner_of(self, row: RowMapping) -> str | None:
        """Return the enterprise that an archived message belongs to: its declaration's, or the one
        that a message started by customs names in its body. None when there is none."""
        if row["enterprise"] is not None or row["flag"] != Flag.FROM_CUSTOMS:
            return row["enterprise"]  # type: ignore[no-any-return]
        return self.fields_in(bytes(row["body"])).get("assuredEtpsno")

    def message_out(self, row: RowMapping) -> tuple[MessageOut, bytes]:
        """Return what the API tells of an archived message, and its bytes."""
        from_customs = row["flag"] == Flag.FROM_CUSTOMS
        body = bytes(row["body"])
        raw = inner_document(self._reader, body) if from_customs else body
        number = None if row["seq_no"] is None else str(row["seq_no"])
        status = (
            None
            if from_customs
            else (Status.DECLARED if row["flag"] in DECLARING else Status.DRAFT).value
        )
        out = MessageOut(
            message_id=row["message_id"],
            message_type=row["message_type"],
            direction="from_customs" if from_customs else "from_enterprise",
            seq_no=number,
            enterprise_ref=row["reference"],
            status=status,
            attempt=row["attempt"],
            size=len(raw),
            sha256=hashlib.sha256(raw).hexdigest(),
            received_at=moment(row["at"]),
            links=Links(
                self=link(API, "messages", row["message_id"]),
                raw=link(API, "messages", row["message_id"], "raw"),
                declaration=f"{API}/declarations/{number}" if number else None,
            ),
        )
        return out, raw
