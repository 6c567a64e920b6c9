"""The words of the audit: what every recorded act, name and value is called, in both languages. One
row for each; ``tests/flow/console/test_audit_words.py`` finds what has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from customs_sim.console import words
from gateway.base.web.pages.text import Words
from schemas.times import wire_text

DEEDS: Mapping[str, Words] = {
    "post_decisions": ("处理案卷", "cases decided"),
    "post_decide": ("处理案卷", "cases decided"),
    "post_levies": ("下发征收单", "levy issued"),
    "post_levies_no_reissue": ("重新下发征收单", "levy issued anew"),
    "delete_levies_no": ("撤销征收单", "levy taken back"),
    "post_levies_no_take_back": ("撤销征收单", "levy taken back"),
    "post_business_events": ("业务环节发生", "business step"),
    "post_guarantee_requests": ("要求总担保", "guarantee asked for"),
    "post_payments": ("登记缴款", "payment registered"),
    "post_payments_no_reverse": ("缴款冲正", "payment reversed"),
    "post_payments_no_send_back": ("暂存款退回", "suspense sent back"),
    "post_refunds": ("依职权退转", "refund by customs"),
    "post_statements": ("下发对账单", "statement issued"),
    "post_parked_id_retry": ("死信重试", "parked, tried again"),
    "post_parked_id_drop": ("死信丢弃", "parked, dropped"),
    "delete_parked_causes_cause": ("同因死信丢弃", "parked of one reason dropped"),
    "post_parked_causes_cause_drop": ("同因死信丢弃", "parked of one reason dropped"),
    "post_parked_causes_cause_retry": ("同因死信重试", "parked of one reason, tried again"),
    "post_parked_id_restore": ("死信恢复", "parked, restored"),
    "delete_parked_id": ("死信丢弃", "parked, dropped"),
    "delete_scenario": ("停用场景", "scenario ended"),
    "post_scenario_validate": ("检查场景", "scenario checked"),
    "post_scenarios": ("切换场景", "scenario"),
    "delete_faults": ("清除故障", "faults cleared"),
    "post_faults": ("设置故障", "faults"),
    "post_handover": ("留下便条", "note left"),
    "post_handover_clear": ("清除便条", "note cleared"),
    "post_filters": ("保存筛选", "filter kept"),
    "post_filters_forget": ("删除筛选", "filter forgotten"),
    "post_resends": ("重发回执", "receipts sent again"),
    "post_messages_resend": ("重发回执", "receipts sent again"),
    "post_expectations_id_drop": ("删除预期", "expectation dropped"),
    "post_expectations": ("提出预期", "expectation stated"),
    "delete_expectations_id": ("删除预期", "expectation dropped"),
    "post_enterprises": ("登记企业", "enterprise registered"),
    "patch_enterprises_code": ("修改企业", "enterprise changed"),
    "post_enterprises_code": ("修改企业", "enterprise changed"),
    "post_enterprises_code_letters": ("停用或恢复保函", "letters barred or not"),
    "put_keyless": ("免密钥访问", "access without a key"),
    "post_operators_keyless": ("免密钥访问", "access without a key"),
    "post_operators": ("新建密钥", "key made"),
    "post_operators_key": ("再看密钥", "key shown again"),
    "post_operators_revoke": ("作废密钥", "key revoked"),
    "delete_operators_hash": ("作废密钥", "key revoked"),
    "post_listening": ("停止或恢复收报", "listening"),
    "post_profile": ("审核方式", "profile"),
    "post_login": ("登录", "logged in"),
    "post_login_local": ("登录", "logged in"),
    "post_logout": ("退出", "logged out"),
}
"""By the name of a call, and of a form of the desk; the names of the acts themselves are in
``words``."""
Code = Callable[[str, str], str]
"""Returns the name of a code: the list and the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A recorded name.

    Attributes:
        table: The words of its values.
        codes: The code list of its values.
        shape: How a value reads: ``text``, ``money``, ``time``.
    """

    words: Words
    table: Mapping[str, Words] | None = None
    codes: str = ""
    shape: str = "text"


MODES: Mapping[str, Words] = {
    "wall": ("实际时间", "wall time"),
    "running": ("运行", "running"),
    "frozen": ("冻结", "frozen"),
}
OUTCOMES: Mapping[str, Words] = {
    "applied": ("已处理", "worked"),
    "sent": ("已发出", "sent"),
    "waits": ("等待", "waits"),
    "parked": ("仍在死信", "parked again"),
}
STATES: Mapping[str, Row] = {
    "status": Row(words=("状态", "status"), table=words.STATUSES),
    "business_no": Row(words=("海关编号", "customs no.")),
    "text": Row(words=("内容", "text")),
    "notes": Row(words=("意见", "notes")),
    "until": Row(words=("至", "until")),
    "undone": Row(words=("撤销了", "undone"), table=words.ACTS),
    "by": Row(words=("原操作员", "done by")),
    "closed": Row(words=("已结案", "closed")),
    "enterprise": Row(words=("企业", "enterprise")),
    "customs": Row(words=("关区", "customs"), codes="customs"),
    "amount": Row(words=("金额", "amount"), shape="money"),
    "open": Row(words=("未缴", "open"), shape="money"),
    "matched": Row(words=("核销", "matched"), shape="money"),
    "suspense": Row(words=("暂存", "in suspense"), shape="money"),
    "biz_type": Row(words=("业务环节", "business step"), codes="biz_type"),
    "biz_no": Row(words=("业务单证编号", "business document")),
    "oriact_no": Row(words=("底账编号", "base account")),
    "oriact_valid_until": Row(words=("底账有效期", "base account valid until")),
    "valid_until": Row(words=("有效期至", "valid until")),
    "change_no": Row(words=("变更次数", "change no.")),
    "version": Row(words=("版本", "version")),
    "taken_back": Row(words=("已撤销", "taken back")),
    "refund_no": Row(words=("退转单编号", "refund no.")),
    "payment_no": Row(words=("缴款编号", "payment no.")),
    "reference": Row(words=("凭据号", "reference")),
    "target": Row(words=("转入", "carried to")),
    "reason": Row(words=("理由", "reason")),
    "since": Row(words=("自", "since")),
    "from": Row(words=("起", "from")),
    "to": Row(words=("止", "to")),
    "fault": Row(words=("故意的差错", "made wrong")),
    "faults": Row(words=("故障", "faults")),
    "scenario": Row(words=("场景", "scenario")),
    "name": Row(words=("名称", "name")),
    "credit_code": Row(words=("信用代码", "credit code")),
    "dxp_id": Row(words=("DXP 编号", "DXP id")),
    "barred": Row(words=("保函停用", "barred from letters")),
    "role": Row(words=("角色", "role"), table=words.ROLES),
    "revoked": Row(words=("已作废", "revoked")),
    "allowed": Row(words=("允许", "allowed")),
    "profile": Row(words=("审核方式", "profile"), table=words.PROFILES),
    "held": Row(words=("停止收报", "not listening")),
    "now": Row(words=("业务时间", "business time"), shape="time"),
    "mode": Row(words=("时钟", "clock"), table=MODES),
    "speed": Row(words=("倍速", "speed")),
    "outcome": Row(words=("结果", "outcome"), table=OUTCOMES),
    "dropped": Row(words=("已丢弃", "dropped")),
    "applied": Row(words=OUTCOMES["applied"]),
    "sent": Row(words=OUTCOMES["sent"]),
    # what a reset removed
    "cases": Row(words=("案卷", "cases")),
    "claims": Row(words=("我在办", "claims")),
    "disturbed": Row(words=("被改动的回执", "disturbed answers")),
    "expectations": Row(words=("预期", "expectations")),
    "guarantees": Row(words=("总担保", "guarantees")),
    "history": Row(words=("历史版本", "former versions")),
    "holds": Row(words=("暂缓", "holds")),
    "ledger": Row(words=("账簿分录", "postings")),
    "levies": Row(words=("征收单", "levies")),
    "messages": Row(words=("报文", "messages")),
    "outbox": Row(words=("待发", "outbox")),
    "parked": Row(words=("死信", "parked")),
    "moves": Row(words=("时钟移动", "moves of the clock")),
    "payments": Row(words=("缴款", "payments")),
    "pending": Row(words=("待撤销的决定", "decisions that may be undone")),
    "pocket_groups": Row(words=("分包组", "pocket groups")),
    "pockets": Row(words=("子报文", "pockets")),
    "records": Row(words=("企业信息", "records")),
    "refunds": Row(words=("退转单", "refunds")),
    "runs": Row(words=("场景运行", "runs of scenarios")),
    "scripts": Row(words=("脚本", "scripts")),
    "sequences": Row(words=("编号序列", "sequences")),
    "statements": Row(words=("对账单", "statements")),
    "tallies": Row(words=("计数", "tallies")),
    "tasks": Row(words=("定时任务", "tasks")),
}
"""By the name that stands in a state."""


def deed(action: str) -> Words:
    """Return what an act is called."""
    for table in (words.ACTS, words.ACTIONS, DEEDS):
        if action in table:
            return table[action]
    return action, action


def told(text: str, english: bool, code: Code) -> list[tuple[str, str]]:
    """Return a state of the audit as a person reads it: names and values, without what is
    empty."""
    state = msgspec.json.decode(text) if text else {}
    if not isinstance(state, dict):
        return [("", str(state))]
    return [
        (_named(str(name), english), _value(str(name), value, english, code))
        for name, value in state.items()
        if value not in ("", None, [])
    ]


def _named(name: str, english: bool) -> str:
    row = STATES.get(name)
    return name if row is None else row.words[english]


def _value(name: str, value: Any, english: bool, code: Code) -> str:
    row = STATES.get(name, Row(words=(name, name)))
    if isinstance(value, bool):
        return (("否", "no"), ("是", "yes"))[value][english]
    if isinstance(value, list):
        return "; ".join(str(each) for each in value)
    if isinstance(value, float):
        return f"×{value:g}" if name == "speed" else f"{value:g}"
    text = str(value)
    if row.table is not None and text in row.table:
        return row.table[text][english]
    if row.codes:
        return f"{text} {code(row.codes, text)}"
    if row.shape == "money":
        return _money(text)
    if row.shape == "time":
        return _time(text)
    return text


def _money(text: str) -> str:
    try:
        return f"{Decimal(text):,.2f}"
    except InvalidOperation:
        return text


def _time(text: str) -> str:
    try:
        return wire_text(datetime.fromisoformat(text))
    except ValueError:
        return text
