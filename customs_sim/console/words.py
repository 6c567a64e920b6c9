"""The words of the console as tables: Chinese first, English second. Names of statuses, acts and
message types; no logic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from customs_sim.cases.case import LABELS
from schemas.catalogue import catalogue

Words: TypeAlias = tuple[str, str]

REPORT: Words = ("平台应答", "platform's answer")
"""The platform's DxpRep, which is no message type of a family."""

STATUSES: Mapping[str, Words] = {status.value: words for status, words in LABELS.items()}

ACTS: Mapping[str, Words] = {
    "approve": ("通过", "Approve"),
    "return": ("退单", "Return"),
    "review": ("转人工", "To review"),
    "hold": ("暂缓", "Put off"),
    "resume": ("取消暂缓", "Back to the list"),
    "claim": ("我在办", "Claim"),
    "release": ("放手", "Release"),
    "undo": ("撤销", "Undo"),
    "reconfirm": ("担保类型转企业确认", "Ask to confirm again"),
    "reject_type": ("担保类型审核退单", "Return: guarantee type"),
    "close": ("结案", "Close"),
}

GIVEN: Mapping[str, Words] = {
    "approve": ("已通过", "approved"),
    "return": ("已退单", "returned"),
    "review": ("已转人工", "sent to review"),
    "reconfirm": ("已转企业确认", "to be confirmed again"),
    "reject_type": ("已退单 (担保类型)", "returned: guarantee type"),
}
"""What was decided and can still be taken back."""

REASONS: tuple[Words, ...] = (
    ("随附单证不全, 请补充后重新申报", "Papers are missing; file again with them"),
    (
        "申报内容与随附单证不符, 请核对后重新申报",
        "Content and papers disagree; check and file again",
    ),
    ("企业申请撤回", "Taken back at the enterprise's request"),
)
"""Ready reasons of a return. They go out in Chinese, as every note of customs."""

HOLD_REASONS: tuple[Words, ...] = (
    ("等企业补充材料", "The enterprise is to send more papers"),
    ("等其他部门答复", "Another office is to answer"),
    ("等上级批示", "A superior is to decide"),
)
"""Ready reasons of a hold. They stay at the desk."""

ACTIONS: Mapping[str, Words] = {
    "levy": ("下发征收单", "levy issued"),
    "reissue": ("重新下发征收单", "levy issued anew"),
    "take_back": ("撤销征收单", "levy taken back"),
    "pay": ("登记缴款", "payment registered"),
    "reverse": ("缴款冲正", "payment reversed"),
    "send_back": ("暂存款退回", "suspense sent back"),
    "refund": ("依职权退转", "refund by customs"),
    "statement": ("下发对账单", "statement issued"),
    "ask_guarantee": ("要求总担保", "guarantee asked for"),
    "enterprise": ("登记企业", "enterprise registered"),
    "change_enterprise": ("修改企业", "enterprise changed"),
    "operator": ("新建密钥", "key made"),
    "revoke": ("作废密钥", "key revoked"),
    "login": ("登录", "logged in"),
    "handover": ("留下便条", "note left"),
    "handover_clear": ("清除便条", "note cleared"),
    "keyless": ("免密钥访问", "access without a key"),
    "put_profile": ("审核方式", "profile"),
    "post_hold": ("停止收报", "hold"),
    "post_release": ("恢复收报", "release"),
    "put_scenario": ("切换场景", "scenario"),
    "put_faults": ("设置故障", "faults"),
    "post_clock": ("调整时钟", "clock"),
    "post_reset": ("重置", "reset"),
    "parked_retry": ("死信重试", "parked, tried again"),
    "parked_drop": ("死信丢弃", "parked, dropped"),
    "post_expectations": ("提出预期", "expectation stated"),
    "delete_expectations_id": ("删除预期", "expectation deleted"),
    "resend": ("重发回执", "receipts sent again"),
    "parked_restore": ("死信恢复", "parked, restored"),
}

RESULTS: Mapping[str, Words] = {
    "Y": ("入库成功", "stored"),
    "Z": ("入库失败", "not stored"),
    "1": ("通过", "approved"),
    "2": ("转人工", "in review"),
    "3": ("退单", "returned"),
}
STORAGE: Mapping[str, Words] = {"1": ("入库成功", "stored"), "2": ("入库失败", "not stored")}

WAYS: Mapping[str, Words] = {
    "received": ("已收到", "received"),
    "sent": ("已交消息队列", "at the broker"),
    "waiting": ("等待发出", "waits to be sent"),
    "held": ("故障扣住", "kept back by a fault"),
    "dropped": ("没有发出", "never sent"),
    "disturbed": ("改动后发出", "sent disturbed"),
    "parked": ("发不出, 已搁置", "could not be sent, set aside"),
}
"""By delivery: how far a message got, as far as customs knows."""

ACCOUNTS: Mapping[str, Words] = {
    "bank": ("银行存款", "bank"),
    "custody": ("代管资金", "money held"),
    "suspense": ("暂存款", "suspense"),
    "letters": ("保函", "letters"),
    "letter": ("保函", "letter"),
    "limit": ("担保额度", "limit"),
    "avail": ("可用额度", "available"),
    "used": ("已用额度", "used"),
    "returned": ("已退还", "returned"),
    "pending": ("待缴额度", "pending"),
    "due": ("应担保", "due"),
    "open": ("未担保", "open"),
    "cash": ("保证金", "cash"),
    "paper": ("保函担保", "by letter"),
    "quota": ("总担保占用", "by guarantee"),
    "unmatched": ("未核销", "unmatched"),
}

PROFILES: Mapping[str, Words] = {
    "instant": ("自动, 即时", "automatic, at once"),
    "realistic": ("自动, 有延时", "automatic, with delays"),
    "manual": ("人工审批", "a person decides"),
}

ROLES: Mapping[str, Words] = {
    "viewer": ("只读", "viewer"),
    "officer": ("关员", "officer"),
    "tester": ("测试员", "tester"),
}

DUE: Mapping[str, Words] = {
    "letter": ("保函到期", "letter ends"),
    "levy": ("缴款期限", "payment is due"),
    "statement": ("对账答复期限", "answer to a statement is due"),
    "case": ("案卷的下一步", "next step of a case"),
    "answer": ("延迟的回执", "delayed receipt"),
    "pockets": ("等候子报文", "waits for pockets"),
}
"""What falls due, by kind."""

HAPPENED: Mapping[str, Words] = {
    "letter": ("保函已到期", "letter expired"),
    "levy": ("缴款逾期", "levy overdue"),
    "statement": ("对账超期未答复", "statement not answered in time"),
    "case": ("案卷", "case"),
    "answer": ("延迟的回执已发出", "delayed receipt sent"),
    "pockets": ("子报文超时", "pockets did not come in time"),
}
"""What came about, by kind."""

PARTS: Mapping[str, Words] = {
    "GrtCrdwInDt": ("转入征收单", "levies carried over to"),
    "GrtEtpsConcDt": ("联系人", "contacts"),
    "GrtEtpsAcctDt": ("缴款单位和账号", "payer units and accounts"),
    "GrtReconDiffDt": ("差异明细", "differences"),
    "GrtMvmtDt": ("变动明细", "movements"),
    "GrtReconDt": ("对账明细", "statement lines"),
}

VERDICTS: Mapping[str, Words] = {
    "pass": ("符合", "as expected"),
    "pending": ("待定", "pending"),
    "fail": ("不符", "otherwise"),
}
"""Of an expectation."""

STATEMENTS: Mapping[str, Words] = {
    "open": ("待企业答复", "waits for the answer"),
    "overdue": ("超期未答复", "not answered in time"),
    "agreed": ("一致", "agreed"),
    "disputed": ("有差异", "differences"),
    "replaced": ("已被新版取代", "replaced"),
}

EVENTS: Mapping[str, Words] = {
    "set_up_cash": ("总担保设立 (保证金)", "guarantee set up, cash"),
    "set_up_unpaid": ("总担保设立, 待缴款", "guarantee set up, unpaid"),
    "set_up_paid": ("总担保缴款", "guarantee paid"),
    "set_up_letter": ("总担保设立 (保函)", "guarantee set up, letter"),
    "raised": ("总担保变更增加", "guarantee raised"),
    "lowered": ("总担保变更减少", "guarantee lowered"),
    "levied": ("征收", "levied"),
    "levy_raised": ("重新下发, 增加", "levy raised"),
    "levy_lowered": ("重新下发, 减少", "levy lowered"),
    "taken_back": ("撤销", "taken back"),
    "occupied": ("占用额度", "quota occupied"),
    "released": ("释放额度", "quota released"),
    "paid": ("缴款", "paid"),
    "matched": ("核销暂存款", "matched"),
    "payment_reversed": ("缴款冲正", "payment reversed"),
    "letter_registered": ("登记保函", "letter registered"),
    "letter_returned": ("退回保函", "letter returned"),
    "refunded": ("退还", "refunded"),
    "carried": ("结转", "carried over"),
    "guarantee_refunded": ("总担保退还", "guarantee refunded"),
    "closed": ("总担保结案", "guarantee closed"),
    "unmatched": ("转入暂存", "to suspense"),
    "unmatched_returned": ("暂存款退回", "suspense sent back"),
}
"""By event of the ledger."""


FIELDS: Mapping[str, Words] = {
    "act": ("决定", "decision"),
    "do": ("操作", "act"),
    "amount": ("金额 (元)", "amount (CNY)"),
    "name": ("名称", "name"),
    "customs": ("关区", "customs"),
    "value": ("值", "value"),
    "seq_no": ("统一编号", "SeqNo"),
    "reference": ("凭据号", "reference"),
    "levy_no": ("征收单编号", "levy no."),
    "valid_until": ("有效期至", "valid until"),
    "until": ("至", "until"),
    "text": ("文本", "text"),
    "reason": ("理由", "reason"),
    "profile": ("审核方式", "profile"),
    "paid_at": ("缴款时间", "paid at"),
    "notes": ("意见", "notes"),
    "hold": ("停止收报", "hold"),
    "gur_no": ("担保编号", "register no."),
    "gasr_no": ("总担保编号", "guarantee no."),
    "fault": ("故障", "fault"),
    "enterprise": ("企业", "enterprise"),
    "code": ("企业代码", "code"),
    "credit_code": ("信用代码", "credit code"),
    "dxp_id": ("DXP 编号", "DXP id"),
    "barred": ("保函停用", "barred from letters"),
    "biz_type": ("业务环节", "business step"),
    "biz_no": ("业务单证编号", "business document"),
    "oriact_no": ("底账编号", "base account"),
    "oriact_valid_until": ("底账有效期", "base account valid until"),
    "target": ("转入征收单", "levy carried over to"),
    "type": ("报文类型", "message type"),
    "ref": ("企业内部编号", "sender's reference"),
    "nth": ("第几次", "which time"),
    "limit": ("次数", "how often"),
    "from": ("起", "from"),
    "to": ("止", "to"),
    "role": ("角色", "role"),
    "hash": ("密钥摘要", "hash of the key"),
    "one": ("统一编号", "SeqNo"),
    "match": ("核销", "match"),
}
"""What the fields of forms are called where a form is shown again."""


def kind_words(name: str) -> Words | None:
    """Return the name of a message type, or of a variant of one ("GRT101/1"); None when unknown."""
    code, _, variant = name.partition("/")
    row = catalogue().get(code)
    if row is None:
        return REPORT if name == "DxpRep" else None
    return row.variants.get(variant, (row.zh, row.en))
