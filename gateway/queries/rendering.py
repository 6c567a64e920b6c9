"""Rows of the store as the answers of the API show them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import RowMapping

from gateway.base.web.addresses import link
from gateway.queries.shapes import API, Links, ReceiptOut, TimelineOut
from gateway.queries.statement_shapes import StatementOut
from handlers.declaration import FILE_STORED, RECOVERED
from handlers.lifecycle import LABELS, Event, Status
from schemas import money
from schemas.times import local

EVENT_TEXTS: dict[Event, tuple[str, str]] = {
    Event.ASKED: ("海关发起, 待确认", "customs asks"),
    Event.SAVED: ("暂存成功", "saved"),
    Event.DECLARED: ("申报成功", "declared"),
    Event.SENT: ("成功发送至海关", "sent to customs"),
    Event.STORED: ("海关接收成功", "received by customs"),
    Event.NOT_STORED: ("海关接收失败", "refused by customs"),
    Event.TO_PERSON: ("转人工", "with an officer"),
    Event.APPROVED: ("审批通过", "approved"),
    Event.RETURNED: ("退单", "returned"),
    Event.CLEARED: ("海关撤销或无需征收", "taken back by customs, or nothing to levy"),
    Event.UNDELIVERED: ("报文未能送达海关", "the message could not be delivered"),
    Event.SYNCED: ("海关数据同步", "synchronised by customs"),
}


def moment(at: int) -> datetime:
    """Return µs UTC as an aware time in Asia/Shanghai."""
    return local(at)


def timeline_out(row: RowMapping) -> TimelineOut:
    """Return a line of a timeline, a row of ``timeline`` with its message_id, in words."""
    event, status = Event(row["event"]), Status(row["status"])
    zh, en = EVENT_TEXTS[event]
    noted = {
        "withdrawn": ("已删除暂存", "draft withdrawn"),
        RECOVERED: (
            "已从海关找回 (网关数据恢复后丢失)",
            "recovered from customs: an older copy of the gateway's store had lost it",
        ),
        FILE_STORED: ("海关已接收附件", "customs stored an attachment"),
    }.get(row["note"])
    if noted:
        zh, en = noted
    else:
        if row["stale"] and zh == LABELS[status][0]:
            zh, en = f"{zh} (再次确认)", f"{en} (confirmed again)"
        elif row["stale"]:
            zh, en = (
                f"{zh} (迟到或重复的回执, 状态不变)",
                f"{en} (late or repeated; the status stays)",
            )
        if row["note"]:
            zh, en = f"{zh}: {row['note']}", f"{en}: {row['note']}"
    return TimelineOut(
        at=moment(row["at"]),
        event=event.value,
        status=status.value,
        status_text=LABELS[status][0],
        text_zh=zh,
        text_en=en,
        message_id=row["message_id"],
        source=row["source"],
    )


def statement_out(row: RowMapping) -> StatementOut:
    """Return a statement, a row of ``statements`` with its message_id."""
    differences = tuple(msgspec.json.decode(row["differences"]))
    return StatementOut(
        statement_no=row["statement_no"],
        version=row["version"],
        begins=moment(row["begins"]).date().isoformat(),
        ends=moment(row["ends"] - 1).date().isoformat(),
        closing=money.yuan(row["closing_fen"]),
        agrees=not differences,
        differences=differences,
        answer_by=moment(row["answer_by"]) if row["answer_by"] else None,
        answered=bool(row["answered"]),
        overdue=row["overdue"] > row["answered"],
        message_id=row["message_id"],
        received_at=moment(row["at"]),
    )


def receipt_out(row: RowMapping) -> ReceiptOut:
    """Return an entry of a feed, a row of ``feed`` with its message_id."""
    return ReceiptOut(
        seq=row["seq"],
        message_id=row["message_id"],
        message_type=row["message_type"],
        seq_no=None if row["seq_no"] is None else str(row["seq_no"]),
        enterprise_ref=row["reference"],
        business_no=row["business_no"],
        result=row["result"],
        notes=tuple(msgspec.json.decode(row["notes"])) if row["notes"] else (),
        resent=bool(row["resent"]),
        received_at=moment(row["at"]),
        links=Links(
            raw=link(API, "messages", row["message_id"], "raw"),
            declaration=None if row["seq_no"] is None else f"{API}/declarations/{row['seq_no']}",
        ),
    )
