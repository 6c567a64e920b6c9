"""Codec of the receipts: MsgReceResult (GRT200), HdeApprResult + CheckInfo* + echoed document (GRT2x1), and the
import acknowledgement CommonResponeMessage (``domain.md`` 2.4 to 2.6, 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

import msgspec
from lxml import etree

from schemas.package import texts, write_fields

STORED, NOT_STORED = "1", "2"  # manageResult of GRT200
TAKEN, NOT_TAKEN, TO_PERSON, APPROVED, RETURNED = "Y", "Z", "2", "1", "3"  # manageResult of GRT2x1

RESULT_TYPES: dict[str, str] = {"GRT101": "A", "GRT111": "B", "GRT121": "C", "GRT151": "D", "GRT161": "E"}
"""resutType by the message answered (``rules.md`` K26; the letters are ours, 1 to 9 are taken)."""


class StorageResult(msgspec.Struct, frozen=True, kw_only=True):
    """MsgReceResult: what customs says of one pocket. ``managed_at`` as on the wire, Asia/Shanghai."""

    result_type: str
    reference: str
    result: str
    managed_at: str
    pocket_id: str = ""
    total_pockets: int = 1
    pocket_no: int = 1
    business_no: str = ""
    remark: str = ""


class ApprovalResult(msgspec.Struct, frozen=True, kw_only=True):
    """HdeApprResult with its notes and the document as customs holds it. ``reference`` carries the SeqNo."""

    reference: str
    business_no: str
    change_no: int
    kind: str
    result: str
    managed_at: str
    remark: str = ""
    notes: tuple[str, ...] = ()
    body_name: str = ""
    body: Mapping[str, str] | None = None


def encode_storage(code: str, answer: StorageResult) -> str:
    """The inner XML of BussinessData of a GRT200."""
    return f"<{code}>" + write_fields("MsgReceResult", {
        "resutType": answer.result_type, "etpsPreentNo": answer.reference, "pocketId": answer.pocket_id[:64],
        "totalPocketQty": str(answer.total_pockets), "curPocketNo": str(answer.pocket_no), "bizNo": answer.business_no,
        "manageResult": answer.result, "manageDate": answer.managed_at, "rmk": answer.remark}) + f"</{code}>"


def encode_approval(code: str, answer: ApprovalResult) -> str:
    """The inner XML of BussinessData of a GRT2x1; remark and notes are cut at 255 characters."""
    head = write_fields("HdeApprResult", {
        "etpsPreentNo": answer.reference, "businessId": answer.business_no, "tmsCnt": str(answer.change_no),
        "typecd": answer.kind, "manageResult": answer.result, "manageDate": answer.managed_at, "rmk": answer.remark[:255]})
    notes = "".join(f"<CheckInfo><note>{escape(note[:255])}</note></CheckInfo>" for note in answer.notes)
    body = write_fields(answer.body_name, answer.body) if answer.body is not None else ""
    return f"<{code}>{head}{notes}{body}</{code}>"


def decode_storage(element: etree._Element) -> StorageResult | None:
    """Read GRT200; None when MsgReceResult is absent (the official schema allows that)."""
    result = element.find("MsgReceResult")
    if result is None:
        return None
    f = texts(result)
    return StorageResult(
        result_type=f.get("resutType", ""), reference=f.get("etpsPreentNo", ""), result=f.get("manageResult", ""),
        managed_at=f.get("manageDate", ""), pocket_id=f.get("pocketId", ""), total_pockets=int(f.get("totalPocketQty") or 1),
        pocket_no=int(f.get("curPocketNo") or 1), business_no=f.get("bizNo", ""), remark=f.get("rmk", ""))


def decode_approval(element: etree._Element) -> ApprovalResult | None:
    """Read GRT2x1; None when HdeApprResult is absent (minOccurs 0 in the official schema)."""
    result = element.find("HdeApprResult")
    if result is None:
        return None
    f = texts(result)
    body = next((child for child in element.iterchildren("*") if child.tag not in ("HdeApprResult", "CheckInfo")), None)
    return ApprovalResult(
        reference=f.get("etpsPreentNo", ""), business_no=f.get("businessId", ""), change_no=int(f.get("tmsCnt") or 0),
        kind=f.get("typecd", ""), result=f.get("manageResult", ""), managed_at=f.get("manageDate", ""), remark=f.get("rmk", ""),
        notes=tuple(note for check in element.iterfind("CheckInfo") if (note := check.findtext("note"))),
        body_name="" if body is None else body.tag, body=None if body is None else texts(body))


def encode_acknowledgement(*, seq_no: str | None, reference: str, info: str, ok: bool) -> bytes:
    """CommonResponeMessage: SeqNo only on success, the sender's own reference in EtpsPreentNo."""
    number = f"<SeqNo>{escape(seq_no)}</SeqNo>" if seq_no else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<CommonResponeMessage>{number}<EtpsPreentNo>{escape(reference)}</EtpsPreentNo>'
        f"<CheckInfo>{escape(info)}</CheckInfo><DealFlag>{'0' if ok else '-1'}</DealFlag></CommonResponeMessage>"
    ).encode()
