"""What customs sends, as bytes: answers to a filing, messages of its own, receipts once more. Pure.

Ids follow from what is answered, so that a batch done again repeats them. Draws no number and reads
no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

import msgspec

from customs_sim.wire.calendar import Moment
from customs_sim.wire.filing import Filing, Head, Unreadable
from customs_sim.wire.ids import answer_id, package_id, pocket_id, push_id
from schemas.body import Parts
from schemas.catalogue import catalogue
from schemas.dxp import DxpMsg, DxpRep, encode_dxp, encode_rep
from schemas.package import Envelope, Pocket, encode_package
from schemas.receipts import (
    NOT_STORED,
    STORED,
    ApprovalResult,
    StorageResult,
    encode_approval,
    encode_storage,
    reasons_told,
)

STORAGE, PLATFORM = "GRT200", "DxpRep"  # names of steps, from which ids follow


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, ready to be archived and sent.

    Attributes:
        message_id: CopMsgId.
        body: The DxpMsg (or DxpRep).
        receiver: ReceiverId.
    """

    message_id: str
    message_type: str
    body: bytes
    receiver: str


def stored(node: str, head: Head, now: Moment, business_no: str = "") -> Reply:
    """Return the receipt of a filing that is stored: GRT200 with manageResult 1."""
    return _storage(node, head, now, STORED, business_no, "")


def not_stored(node: str, head: Head, now: Moment, reason: str, step: str = STORAGE) -> Reply:
    """Return the receipt of a filing that is not stored: GRT200 with manageResult 2 and the reason
    as remark. ``step`` names a second answer to one message."""
    return _storage(node, head, now, NOT_STORED, "", reason, step)


def _storage(
    node: str,
    head: Head,
    now: Moment,
    result: str,
    business_no: str,
    remark: str,
    step: str = STORAGE,
) -> Reply:
    kind = catalogue()[head.message_type]
    inner = encode_storage(
        kind.storage,
        StorageResult(
            result_type=kind.letter,
            reference=head.reference,
            result=result,
            managed_at=now.wire,
            pocket_id=head.pocket.pocket_id,
            total_pockets=head.pocket.total,
            pocket_no=head.pocket.number,
            business_no=business_no,
            remark=remark,
        ),
    )
    return _packed(
        node, head, now, step=step, code=kind.storage, business_id=business_no, inner=inner
    )


def approval(
    node: str,
    filing: Filing,
    now: Moment,
    result: str,
    *,
    step: str,
    business_no: str = "",
    notes: tuple[str, ...] = (),
    body: Mapping[str, str] | None = None,
    parts: Parts | None = None,
) -> Reply:
    """Return GRT2x1 with ``result``. ``step`` tells the answers to one filing apart: taken, review,
    final."""
    head, kind = filing.head, filing.kind
    inner = encode_approval(
        kind.receipt,
        ApprovalResult(
            reference=head.reference,
            business_no=business_no,
            change_no=filing.body.change_no,
            kind=kind.typecd,
            result=result,
            managed_at=now.wire,
            notes=reasons_told(notes),
            body_name=kind.body,
            body=body,
            parts=parts or {},
        ),
    )
    return _packed(
        node, head, now, step=step, code=kind.receipt, business_id=business_no, inner=inner
    )


def platform(node: str, unreadable: Unreadable, now: Moment) -> Reply:
    """Return the DxpRep about a message that could not be read. Raise ValueError when its address
    is not known."""
    transport = unreadable.transport
    if transport is None:
        raise ValueError("no address to answer to")
    rep = DxpRep(
        receiver_id=transport.sender_id,
        code=unreadable.code,
        info=unreadable.reason,
        original=transport.cop_msg_id,
    )
    return Reply(
        message_id=answer_id(transport.sender_id, transport.cop_msg_id, PLATFORM),
        message_type=PLATFORM,
        body=encode_rep(rep, transport, datetime.combine(now.day, time.min)),
        receiver=transport.sender_id,
    )


def started(
    node: str,
    code: str,
    receiver: str,
    now: Moment,
    *,
    identity: tuple[object, ...],
    business_id: str,
    inner: str,
) -> Reply:
    """Return a message that customs starts (GRT301, 302, 303). ``identity``: what its CopMsgId
    follows from."""
    cop_msg_id = push_id(code, *identity)
    message_id = package_id(node, receiver, now.stamp, cop_msg_id)
    package = encode_package(
        Envelope(
            message_id=message_id,
            message_type=code,
            sender_id=node,
            receiver_id=receiver,
            send_time=now.xsd,
            business_id=business_id,
            file_name=f"{message_id}.GRT",
        ),
        inner,
        Pocket(pocket_id=pocket_id(business_id or code, cop_msg_id)),
    )
    return _transported(node, receiver, now, cop_msg_id, code, package, {"RetType": code})


def resent(node: str, receiver: str, cause: str, original: DxpMsg, now: Moment) -> Reply:
    """Return a receipt once more: the same Package bytes and keys in a new DxpMsg. ``cause``: the
    id of what asks for it."""
    cop_msg_id = answer_id(receiver, cause, original.cop_msg_id)
    return _transported(
        node, receiver, now, cop_msg_id, original.message_type, original.data, original.keys
    )


def _packed(
    node: str, head: Head, now: Moment, *, step: str, code: str, business_id: str, inner: str
) -> Reply:
    cop_msg_id = answer_id(head.sender, head.cop_msg_id, step)
    message_id = package_id(node, head.enterprise_node, now.stamp, cop_msg_id)
    number = business_id or head.reference
    own = Pocket(pocket_id=pocket_id(number, cop_msg_id))  # one message, whatever it answers
    package = encode_package(
        Envelope(
            message_id=message_id,
            message_type=code,
            sender_id=node,
            receiver_id=head.enterprise_node,
            send_time=now.xsd,
            business_id=number,
            file_name=f"{message_id}.GRT",
        ),
        inner,
        own,
    )
    keys = {"GatewayMsgId": head.gateway_msg_id, "SeqNo": head.seq_no, "RetType": code}
    return _transported(
        node,
        head.sender,
        now,
        cop_msg_id,
        code,
        package,
        {name: value for name, value in keys.items() if len(value) <= 64},
    )


def _transported(
    node: str,
    receiver: str,
    now: Moment,
    cop_msg_id: str,
    code: str,
    package: bytes,
    keys: Mapping[str, str],
) -> Reply:
    return Reply(
        message_id=cop_msg_id,
        message_type=code,
        receiver=receiver,
        body=encode_dxp(
            DxpMsg(
                cop_msg_id=cop_msg_id,
                sender_id=node,
                receiver_ids=(receiver,),
                created_at=now.xsd,
                message_type=code,
                data=package,
                keys=keys,
                file_name=f"{code}_{cop_msg_id}.xml",
            )
        ),
    )
