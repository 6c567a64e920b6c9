"""Codec of the receipts: MsgReceResult (GRT200), HdeApprResult + CheckInfo* + echoed document
(GRT2x1), what customs sends of its own accord (GRT301, GRT302), the request to send receipts again
(GRT141) and the import acknowledgement CommonResponeMessage (``docs/wire.md`` 2.4 to 2.6, 7.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from schemas.body import Parts
from schemas.catalogue import catalogue
from schemas.filing import parts_in, write_body, write_parts
from schemas.package import Rows, escape, write_fields
from schemas.statement import MOVEMENT, Movement, movement_fields

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
"""What no text of an acknowledgement may hold."""
HEAD = frozenset({"HdeApprResult", "CheckInfo"})
"""What stands in a GRT2x1 before the document and its rows."""
NOTE = 255
"""Characters of a note, and of the remark beside it."""
STORED, NOT_STORED = "1", "2"  # manageResult of GRT200
TAKEN, NOT_TAKEN, TO_PERSON, APPROVED, RETURNED = "Y", "Z", "2", "1", "3"  # manageResult of GRT2x1


class StorageResult(msgspec.Struct, frozen=True, kw_only=True):
    """MsgReceResult: what customs says of one pocket. ``managed_at`` as on the wire,
    Asia/Shanghai."""

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
    """HdeApprResult with its notes and the document as customs holds it: body and rows.
    ``reference`` carries the SeqNo."""

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
    parts: Parts = msgspec.field(default_factory=dict)


class ResendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """ReceiptDclHead (GRT141): whose receipts to send again. Either may be empty."""

    business_no: str = ""
    reference: str = ""


def reasons_told(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the notes as a receipt carries them: of several, all of them in the first as far as
    its length reaches, then each by itself. Many receivers keep one note only."""
    return notes if len(notes) < 2 else ("; ".join(notes)[:NOTE], *notes)


def _reasons_read(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the notes of a receipt, each reason once: the first one goes where it only gathers
    those behind it."""
    gathers = len(notes) > 2 and notes[0] == "; ".join(notes[1:])[:NOTE]
    return notes[1:] if gathers else notes


def encode_storage(code: str, answer: StorageResult) -> str:
    """Return the inner XML of BussinessData of a GRT200."""
    return (
        f"<{code}>"
        + write_fields(
            "MsgReceResult",
            {
                "resutType": answer.result_type,
                "etpsPreentNo": answer.reference,
                "pocketId": answer.pocket_id[:64],
                "totalPocketQty": str(answer.total_pockets),
                "curPocketNo": str(answer.pocket_no),
                "bizNo": answer.business_no,
                "manageResult": answer.result,
                "manageDate": answer.managed_at,
                "rmk": answer.remark,
            },
        )
        + f"</{code}>"
    )


def encode_approval(code: str, answer: ApprovalResult) -> str:
    """Return the inner XML of BussinessData of a GRT2x1; remark and notes are cut at 255
    characters."""
    head = write_fields(
        "HdeApprResult",
        {
            "etpsPreentNo": answer.reference,
            "businessId": answer.business_no,
            "tmsCnt": str(answer.change_no),
            "typecd": answer.kind,
            "manageResult": answer.result,
            "manageDate": answer.managed_at,
            "rmk": answer.remark[:NOTE],
        },
    )
    notes = "".join(
        f"<CheckInfo><note>{escape(note[:NOTE])}</note></CheckInfo>" for note in answer.notes
    )
    body = write_body(answer.body_name, answer.body) if answer.body is not None else ""
    rows = write_parts(answer.parts) if answer.parts else ""
    return f"<{code}>{head}{notes}{body}{rows}</{code}>"


def encode_sync(
    code: str,
    body_name: str,
    body: Mapping[str, str],
    movements: Sequence[Movement] = (),
    parts: Parts | None = None,
) -> str:
    """Return the inner XML of BussinessData of a GRT301 or GRT302; a GRT301 has no movements."""
    lines = "".join([write_fields(MOVEMENT, movement_fields(movement)) for movement in movements])
    return f"<{code}>{write_body(body_name, body)}{write_parts(parts or {})}{lines}</{code}>"


def decode_storage(rows: Rows) -> StorageResult | None:
    """Read GRT200; None when MsgReceResult is absent (the official schema allows that)."""
    if "MsgReceResult" not in rows:
        return None
    f = rows["MsgReceResult"][0]
    return StorageResult(
        result_type=f.get("resutType", ""),
        reference=f.get("etpsPreentNo", ""),
        result=f.get("manageResult", ""),
        managed_at=f.get("manageDate", ""),
        pocket_id=f.get("pocketId", ""),
        total_pockets=int(f.get("totalPocketQty") or 1),
        pocket_no=int(f.get("curPocketNo") or 1),
        business_no=f.get("bizNo", ""),
        remark=f.get("rmk", ""),
    )


def decode_approval(rows: Rows) -> ApprovalResult | None:
    """Read GRT2x1; None when HdeApprResult is absent (minOccurs 0 in the official schema)."""
    if "HdeApprResult" not in rows:
        return None
    f = rows["HdeApprResult"][0]
    parts = catalogue().parts
    body_name = next((name for name in rows if name not in HEAD and name not in parts), "")
    return ApprovalResult(
        reference=f.get("etpsPreentNo", ""),
        business_no=f.get("businessId", ""),
        change_no=int(f.get("tmsCnt") or 0),
        kind=f.get("typecd", ""),
        result=f.get("manageResult", ""),
        managed_at=f.get("manageDate", ""),
        remark=f.get("rmk", ""),
        notes=_reasons_read(
            tuple([note for row in rows.get("CheckInfo", ()) if (note := row.get("note"))])
        ),
        body_name=body_name,
        body=rows[body_name][0] if body_name else None,
        parts=parts_in(rows),
    )


def decode_resend(rows: Rows) -> ResendRequest | None:
    """Read a GRT141; None when it has no head."""
    if "ReceiptDclHead" not in rows:
        return None
    f = rows["ReceiptDclHead"][0]
    return ResendRequest(business_no=f.get("businessId", ""), reference=f.get("etpsPreentNo", ""))


def encode_acknowledgement(*, seq_no: str | None, reference: str, info: str, ok: bool) -> bytes:
    """Return a CommonResponeMessage: the sender's own reference in EtpsPreentNo, whether it was
    taken or not, and SeqNo where one is known. What the schema forbids becomes a blank or is cut
    off, so that the answer is valid whatever was sent."""
    number = f"<SeqNo>{escape(seq_no)}</SeqNo>" if seq_no else ""
    reference = _CONTROL.sub(" ", reference).strip(" ")[:64].rstrip(" ")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<CommonResponeMessage>{number}<EtpsPreentNo>{escape(reference)}</EtpsPreentNo>"
        f"<CheckInfo>{escape(_CONTROL.sub(' ', info)[:4000])}</CheckInfo>"
        f"<DealFlag>{'0' if ok else '-1'}</DealFlag></CommonResponeMessage>"
    ).encode()
