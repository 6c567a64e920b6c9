"""What customs answers: GRT200, GRT2x1, DxpRep as bytes, and the document as customs holds it after a decision. Pure.

Ids follow from what is answered, so that a batch done again repeats them; nothing here draws a number or reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from customs_sim.filing import Filing, Head, Unreadable
from customs_sim.moment import Moment
from customs_sim.numbers import answer_id, package_id
from customs_sim.receivers import receiving_unit
from customs_sim.settings import CashUsable, ReviewSettings
from schemas.dxp import DxpMsg, DxpRep, encode_dxp, encode_rep
from schemas.package import Envelope, encode_package
from schemas.receipts import (
    NOT_STORED,
    RESULT_TYPES,
    STORED,
    ApprovalResult,
    StorageResult,
    encode_approval,
    encode_storage,
)
from schemas.times import to_wire

STORAGE, PLATFORM = "GRT200", "DxpRep"
DAY = 24 * 3600 * 1_000_000  # microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer, ready to be archived and sent. ``message_id`` is its CopMsgId; ``body`` the DxpMsg (or DxpRep)."""

    message_id: str
    message_type: str
    body: bytes


def stored(node: str, head: Head, now: Moment, business_no: str = "") -> Reply:
    """GRT200 with manageResult 1."""
    return _storage(node, head, now, STORED, business_no, "")


def not_stored(node: str, head: Head, now: Moment, reason: str) -> Reply:
    """GRT200 with manageResult 2 and the reason as remark."""
    return _storage(node, head, now, NOT_STORED, "", reason)


def _storage(node: str, head: Head, now: Moment, result: str, business_no: str, remark: str) -> Reply:
    inner = encode_storage(STORAGE, StorageResult(
        result_type=RESULT_TYPES[head.message_type], reference=head.reference, result=result, managed_at=now.wire,
        pocket_id=head.pocket.pocket_id, total_pockets=head.pocket.total, pocket_no=head.pocket.number,
        business_no=business_no, remark=remark))
    return _packed(node, head, now, step=STORAGE, code=STORAGE, business_id=business_no, inner=inner)


def approval(
    node: str, filing: Filing, now: Moment, result: str, *, step: str, business_no: str = "",
    notes: tuple[str, ...] = (), body: Mapping[str, str] | None = None,
) -> Reply:
    """GRT2x1 with ``result``; ``step`` tells the answers to one filing apart: taken, review, final."""
    head, kind = filing.head, filing.kind
    inner = encode_approval(kind.receipt, ApprovalResult(
        reference=head.reference, business_no=business_no, change_no=filing.body.change_no, kind=kind.code,
        result=result, managed_at=now.wire, notes=notes, body_name=kind.body, body=body))
    return _packed(node, head, now, step=step, code=kind.receipt, business_id=business_no, inner=inner)


def platform(node: str, unreadable: Unreadable, now: Moment) -> Reply:
    """The DxpRep about a message that could not be read; its address must be known."""
    transport = unreadable.transport
    if transport is None:
        raise ValueError("no address to answer to")
    rep = DxpRep(receiver_id=transport.sender_id, code=unreadable.code, info=unreadable.reason,
                 original=transport.cop_msg_id)
    return Reply(message_id=answer_id(transport.sender_id, transport.cop_msg_id, PLATFORM), message_type=PLATFORM,
                 body=encode_rep(rep, transport, datetime.combine(now.day, time.min)))


def approved_body(filing: Filing, gasr_no: str, now: Moment, settings: ReviewSettings) -> dict[str, str]:
    """The guarantee as it stands after approval (S101.21): number, times, status, unit, amounts; version + 1."""
    body, unit = filing.body, receiving_unit(filing.body.text("masterCuscd"))
    usable = not body.by_cash or settings.cash_guarantee_usable is CashUsable.APPROVAL
    amount = body.text("gasrAmt")
    deadline = now.at + settings.pay_days * DAY
    return _kept(body.fields, now) | {
        "gasrNo": gasr_no, "apprTime": now.wire, "emapvMarkcd": "1", "gurStucd": "1",
        "mkclUnitNm": unit.name, "mkclUnitOpaccBankNm": unit.bank, "mkclUnitBankAcctnum": unit.account,
        "usedGasrAmt": "0", "avalGasrAmt": amount if usable else "0", "alrdyRtnbkGasrAmt": "0",
        "pmnChkinTime": now.wire if body.by_cash and usable else "",
        "pmnDeadline": "" if usable else to_wire(deadline),
    }


def unapproved_body(filing: Filing, mark: str, now: Moment) -> dict[str, str]:
    """The filing as customs holds it while nothing is approved: ``mark`` is emapvMarkcd, gurStucd 0; version + 1."""
    return _kept(filing.body.fields, now) | {
        "emapvMarkcd": mark, "gurStucd": "0", "apprTime": "", "chgApprTime": "", "usedGasrAmt": "0",
        "avalGasrAmt": filing.body.text("gasrAmt"), "alrdyRtnbkGasrAmt": "0", "pmnDeadline": "", "pmnChkinTime": ""}


def version_after(text: str) -> int:
    """The next version; what is no whole number counts as none. At most 9 digits are believed."""
    return int(text) + 1 if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _kept(fields: Mapping[str, str], now: Moment) -> dict[str, str]:
    # A copy keeps the order of the schema; every key set later is in it already, because every element is required.
    return dict(fields) | {"version": str(version_after(fields.get("version", ""))), "lastUpdateTime": now.wire}


def _packed(node: str, head: Head, now: Moment, *, step: str, code: str, business_id: str, inner: str) -> Reply:
    cop_msg_id = answer_id(head.sender, head.cop_msg_id, step)
    message_id = package_id(node, head.enterprise_node, now.stamp, cop_msg_id)
    package = encode_package(Envelope(
        message_id=message_id, message_type=code, sender_id=node, receiver_id=head.enterprise_node, send_time=now.xsd,
        business_id=business_id or head.reference, file_name=f"{message_id}.GRT"), inner, head.pocket)
    keys = {"GatewayMsgId": head.gateway_msg_id, "SeqNo": head.seq_no, "RetType": code}
    return Reply(message_id=cop_msg_id, message_type=code, body=encode_dxp(DxpMsg(
        cop_msg_id=cop_msg_id, sender_id=node, receiver_ids=(head.sender,), created_at=now.created, message_type=code,
        data=package, keys={name: value for name, value in keys.items() if len(value) <= 64},
        file_name=f"{code}_{cop_msg_id}.xml")))
