"""Why a decision was refused, in words for people."""

from __future__ import annotations

from collections.abc import Mapping

from customs_sim.cases.case import LABELS, Case, CaseStatus
from customs_sim.desk.decisions import Act, Decision, NotDecided
from customs_sim.office.audit import AuditEntry
from customs_sim.rules.review import Review
from customs_sim.store.mark_sql import ClaimRow, PendingRow
from schemas.identifiers import as_meant
from schemas.times import to_wire

PAST: Mapping[str, tuple[str, str]] = {
    Act.APPROVE: ("通过", "approved"),
    Act.RETURN: ("退单", "returned"),
    Act.REVIEW: ("转人工", "sent to review"),
    Act.RECONFIRM: ("转企业确认", "sent back to be confirmed again"),
    Act.REJECT_TYPE: ("因担保类型退单", "returned for its guarantee type"),
}
"""What was done, by act: "已由 X 通过", "approved by X"."""
STATUS: Mapping[CaseStatus, str] = {
    CaseStatus.APPROVED: Act.APPROVE,
    CaseStatus.RETURNED: Act.RETURN,
    CaseStatus.SUPERSEDED: Act.RECONFIRM,
}


def unknown_case(decision: Decision) -> NotDecided:
    """Say that there is no such case."""
    meant = as_meant(decision.seq_no)
    hint = ("案卷见作业清单 (worklist) 或查找", "the work list and the search have the cases")
    if meant != decision.seq_no:
        hint = (f"是否想写 {meant}?", f"did you mean {meant}?")
    return NotDecided(
        decision=decision,
        status=404,
        message_zh=f"海关没有统一编号 {decision.seq_no} 的单证",
        message_en=f"customs holds no case with seq_no {decision.seq_no}",
        hint_zh=hint[0],
        hint_en=hint[1],
    )


def not_waiting(decision: Decision, case: Case, last: AuditEntry | None) -> NotDecided:
    """Say who was faster. ``last``: the decision in the audit that the case stands by; None when
    customs decided by itself."""
    zh, en = LABELS[case.status]
    done = PAST.get(last.action if last else STATUS.get(case.status, ""))
    if done is None:
        told = f"现为{zh}, 不在等待处理", f"it is {en} and waits for nobody"
    else:
        who = (last.operator, last.operator) if last else ("系统", "the system")
        at = to_wire(last.at if last else case.updated)
        told = f"已由 {who[0]} 于 {at} {done[0]}", f"{done[1]} by {who[1]} at {at}"
    return _refused(
        decision,
        case,
        f"{case.seq_no} {told[0]}",
        f"{case.seq_no}: {told[1]}",
        "无需再处理, 请看案卷的现状",
        "nothing is left to do; look where the case stands",
    )


def under_way(decision: Decision, case: Case, given: PendingRow, wall: int) -> NotDecided:
    """Say that another decision was given and takes effect in a moment."""
    seconds = max(0, -(-(given.due - wall) // 1_000_000))
    zh, en = PAST[given.act]
    return _refused(
        decision,
        case,
        f"{case.seq_no} 正由 {given.operator} {zh}, {seconds} 秒后生效",
        f"{case.seq_no} is being {en} by {given.operator}, in {seconds} s",
        "要改请先撤销",
        "undo that first",
    )


def nothing_to_undo(decision: Decision, case: Case) -> NotDecided:
    """Say that nothing is left to take back."""
    return _refused(
        decision,
        case,
        f"{case.seq_no} 没有可以撤销的处理: 已生效或已撤销",
        f"{case.seq_no} has no decision to take back: it is carried out, or undone already",
        "已生效的处理不能撤销, 请看案卷的现状",
        "what is carried out stays; look where the case stands",
    )


def claimed_by(decision: Decision, case: Case, claim: ClaimRow) -> NotDecided:
    """Say who works on the case."""
    until = to_wire(claim.until)
    return _refused(
        decision,
        case,
        f"{case.seq_no} {claim.operator} 在办, 至 {until}",
        f"{claim.operator} works on {case.seq_no}, until {until}",
        "请等其办完, 或先接手该案卷",
        "wait until they are done, or take the case over",
    )


def not_later(decision: Decision, case: Case, today: str) -> NotDecided:
    """Say that a case is put off to a later day only."""
    return _refused(
        decision,
        case,
        f"暂缓日期 until 为 {decision.until}, 应晚于业务日期 {today}",
        f"until is {decision.until}; wanted a day after the business day {today}",
        f"请填写 {today} 之后的一天, 或留空",
        f"write a day after {today}, or leave it out",
    )


def of_levies_only(decision: Decision, case: Case) -> NotDecided:
    """Say that the act is for levies."""
    return _refused(
        decision,
        case,
        f"{decision.result.value} 只适用于征收单确认 GRT111, 统一编号 {case.seq_no} 为"
        f" {case.message_type}",
        f"{decision.result.value} is for GRT111 only; {case.seq_no} is a {case.message_type}",
        "请用 approve、return 或 review",
        "use approve, return or review",
        rules=("K8",),
    )


def forbidden_by(decision: Decision, case: Case, reviewed: Review) -> NotDecided:
    """Say which rules bar it."""
    return _refused(
        decision,
        case,
        "不能通过: " + "; ".join(f"{f.rule} {f.note}" for f in reviewed.failures),
        "cannot approve: " + "; ".join(f"{f.rule} {f.text_en}" for f in reviewed.failures),
        "请退单 (return), 企业改正后重新申报",
        "return it, so that the enterprise can correct it and declare again",
        rules=tuple(reviewed.rules.split(",")),
    )


def _refused(
    decision: Decision,
    case: Case,
    zh: str,
    en: str,
    hint_zh: str,
    hint_en: str,
    *,
    rules: tuple[str, ...] = (),
) -> NotDecided:
    return NotDecided(
        decision=decision,
        status=409,
        case=case,
        message_zh=zh,
        message_en=en,
        hint_zh=hint_zh,
        hint_en=hint_en,
        rules=rules,
    )
