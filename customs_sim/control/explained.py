"""What the findings of the control API mean, as the page that the ``type`` of its problems leads
to."""

from __future__ import annotations

from customs_sim.rules.procedure import procedures
from gateway.base.web.explained import Explained, explained_page, of_catalogue
from schemas.findings import CATALOGUE

PAGE = "/control/docs/findings"
WORDED = (
    Explained(
        "AUTH.04", "表单已过期或不是本系统的页面发出的", "the form is out of date, or strange"
    ),
    Explained("BUSY.02", "暂时无法处理", "it cannot be done now"),
    Explained(
        "CLOCK.01", "业务时钟正在移动, 未重置", "the clock is being moved; nothing was reset"
    ),
    Explained("CLOCK.02", "业务时间倒退: 存档中有更晚的报文", "archived messages are dated later"),
    Explained("FAULT.01", "模拟海关内部错误, 已记入日志", "an error of the simulator; see its log"),
    Explained("FORM.01", "表单的字段过多", "the form has too many fields"),
    Explained("FORM.02", "没有勾选“我确定”", "“I am sure” is not ticked"),
    Explained("JSON.01", "请求体不是有效的 JSON", "the body is not the JSON that is wanted"),
    Explained("NOTE.01", "桌上的便条太多", "too many notes lie on the desk"),
    Explained("RESET.01", "还有报文未送达网关, 未重置", "messages wait for the gateway; not reset"),
    Explained("SCN.01", "场景或故障的文本有误", "the text of a scenario or of faults is wrong"),
    Explained("SIZE.05", "行数过多, XLSX 放不下", "too many rows for XLSX; take CSV"),
    Explained(
        "STATE.01", "案卷的当前状态不允许此操作", "the case stands where this cannot be done"
    ),
    Explained(
        "AUTH.02", "没有权限, 或不是本机的直接访问", "no right to it, or no direct local call"
    ),
    Explained("B303.01", "对账期必须与上一期相连", "the period must touch the former one"),
    Explained(
        "K8", "只有征收单确认可转企业确认或因类型退单", "only confirmations go back or fail by type"
    ),
    Explained(
        "K28", "尚不能结案: 仍有占用或未担保", "it cannot be closed: quota in use, or unsecured"
    ),
    Explained(
        "P301.01", "征收单的金额、业务类型、企业、关区或底账有误", "a value of the levy is wrong"
    ),
    Explained(
        "P301.07", "重新开具不能低于已担保额; 已担保的不能撤回", "it would undo what is secured"
    ),
    Explained("P301.08", "不能要求设立或变更该总担保", "that guarantee cannot be asked for"),
    Explained(
        "Y302.04", "缴款不能入账: 金额、日期、凭证号或征收单有误", "the payment cannot be booked"
    ),
    Explained("Y302.07", "缴款不能冲正或退回", "the payment cannot be reversed or sent back"),
)
"""Codes whose words are put together where they arise; ``docs/rules.md`` has the rules."""


def explained() -> list[Explained]:
    """Return every code that the control API can answer with."""
    rules = [
        Explained(rule.id, rule.zh, rule.en)
        for procedure in procedures().values()
        for _, rules in procedure.tables()
        for rule in rules
    ]
    return [*of_catalogue(CATALOGUE.items()), *WORDED, *rules]


def findings_page() -> str:
    """Return the page."""
    return explained_page("海关端检查结果 Findings of customs", explained())
