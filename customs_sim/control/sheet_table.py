"""What lists are taken away as tables: a row each, with its columns. Served by the control API and
by the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from customs_sim.control.calls import DESK as CASES
from customs_sim.control.calls import (
    ENTERPRISE,
    MONEY,
    NUMBER,
    PEOPLE,
    TRACE,
    VIEWER,
    Call,
    sorted_by,
)
from customs_sim.control.cases import FILTERS
from customs_sim.control.enterprises import WORDS
from customs_sim.control.levies import ONLY_LEVIES, levy_shape
from customs_sim.control.messages import ONLY_MESSAGES
from customs_sim.control.money import ONLY_GUARANTEES, guarantee_shape, payment_shape
from customs_sim.control.sheets import (
    Sheet,
    audit,
    enterprises,
    messages,
    parked,
    register,
    served,
    statement_lines,
    worklist,
)
from customs_sim.control.statements import ONLY_STATEMENTS, statement_shape
from customs_sim.desk import lists
from customs_sim.desk.lists import SORTS
from customs_sim.desk.waiting import SORTS as WAITING_SORTS
from gateway.base.sheets import KINDS
from gateway.base.web.openapi import Parameter

FIRM = {"enterprise": "企业代码", "enterprise_name": "企业名称"}
PAYMENT = {
    "payment_no": "缴款编号",
    "paid_at": "缴款时间",
    "reference": "银行凭据号",
    "levy_no": "征收单编号",
    "amount": "金额",
    "matched": "已核销",
    "suspense": "暂存",
    "sent_back": "已退回",
    "at": "登记时间",
}
SHEETS: tuple[Sheet, ...] = (
    Sheet(
        name="worklist",
        zh="工作列表",
        en="The work list",
        tag=CASES,
        columns={
            "seq_no": "统一编号",
            "case_no": "案卷号",
            "message_type": "报文类型",
            **FIRM,
            "customs": "主管关区",
            "business_no": "海关编号",
            "reference": "企业内部编号",
            "letter_no": "保函编号",
            "amount": "金额",
            "status": "状态",
            "since": "到达",
            "held_until": "暂缓至",
            "held_reason": "暂缓理由",
            "claimed_by": "在办人",
        },
        items=worklist,
        parameters=(*FILTERS, sorted_by(WAITING_SORTS)),
    ),
    Sheet(
        name="levies",
        zh="征收单",
        en="Levies",
        tag=MONEY,
        columns={
            "levy_no": "征收单编号",
            **FIRM,
            "customs": "主管关区",
            "change_no": "变更次数",
            "biz_type": "业务环节",
            "biz_no": "业务单证编号",
            "amount": "征收金额",
            "open": "未担保",
            "cash": "保证金",
            "letter": "保函担保",
            "quota": "总担保占用",
            "type": "担保类型",
            "mode": "担保方式",
            "gasr_no": "总担保编号",
            "payment": "缴款状态",
            "confirmed": "企业已确认",
            "overdue": "逾期",
            "taken_back": "已撤销",
            "closed": "已结案",
            "deadline": "缴款期限",
            "paid_at": "缴清时间",
            "seq_no": "统一编号",
        },
        items=register("levy", lists.levies, levy_shape, "levy_no"),
        parameters=(NUMBER, ENTERPRISE, ONLY_LEVIES, sorted_by(SORTS["levy"])),
    ),
    Sheet(
        name="guarantees",
        zh="总担保",
        en="Guarantees",
        tag=MONEY,
        columns={
            "gasr_no": "总担保编号",
            **FIRM,
            "customs": "主管关区",
            "change_no": "变更次数",
            "mode": "担保方式",
            "letter_no": "保函编号",
            "limit": "担保额度",
            "used": "已用额度",
            "available": "可用额度",
            "returned": "已退还",
            "valid_until": "有效期至",
            "status": "状态",
            "seq_no": "统一编号",
        },
        items=register("guarantee", lists.guarantees, guarantee_shape, "gasr_no"),
        parameters=(NUMBER, ENTERPRISE, ONLY_GUARANTEES, sorted_by(SORTS["guarantee"])),
    ),
    Sheet(
        name="payments",
        zh="缴款登记簿",
        en="The cash book",
        tag=MONEY,
        columns=PAYMENT,
        items=register("payment", lists.payments, payment_shape, "payment_no"),
        parameters=(NUMBER, sorted_by(SORTS["payment"])),
    ),
    Sheet(
        name="suspense",
        zh="暂存款",
        en="Money in suspense",
        tag=MONEY,
        columns=PAYMENT,
        items=register("payment", lists.suspense, payment_shape, "payment_no"),
        parameters=(NUMBER, sorted_by(SORTS["payment"])),
    ),
    Sheet(
        name="statements",
        zh="对账单, 各版次",
        en="Statements, every version",
        tag=MONEY,
        columns={
            "statement_no": "对账单编号",
            "version": "版次",
            **FIRM,
            "customs": "主管关区",
            "from": "期间自",
            "to": "期间至",
            "opening": "期初",
            "increase": "增加",
            "decrease": "减少",
            "closing": "期末",
            "lines": "明细数",
            "status": "状态",
            "issued_at": "下发时间",
            "answer_by": "答复期限",
            "seq_no": "答复的统一编号",
            "answered_at": "答复时间",
            "fault": "故意出错",
        },
        items=register("statement", lists.statements, statement_shape, ""),
        parameters=(NUMBER, ENTERPRISE, ONLY_STATEMENTS, sorted_by(SORTS["statement"])),
    ),
    Sheet(
        name="messages",
        zh="报文存档",
        en="The archive",
        tag=TRACE,
        columns={
            "id": "存档号",
            "at": "业务时间",
            "direction": "方向",
            "message_type": "报文类型",
            "message_id": "传输报文编号",
            "sender": "发送方",
            "seq_no": "统一编号",
            "case_no": "案卷号",
            **FIRM,
            "gateway_msg_id": "网关报文编号",
            "size": "字节",
        },
        items=messages,
        parameters=(NUMBER, ONLY_MESSAGES),
    ),
    Sheet(
        name="parked",
        zh="死信",
        en="Parked messages",
        tag=TRACE,
        columns={
            "id": "死信号",
            "at": "业务时间",
            "direction": "方向",
            "message_id": "传输报文编号",
            "sender": "发送方",
            "reason": "原因",
            "tries": "次数",
        },
        items=parked,
    ),
    Sheet(
        name="enterprises",
        zh="企业",
        en="Enterprises registered with customs",
        tag=MONEY,
        columns={
            "code": "企业代码",
            "name": "企业名称",
            "credit_code": "统一社会信用代码",
            "customs": "主管关区",
            "dxp_id": "DXP 编号",
            "barred": "停用保函",
            "agents": "可代理申报的单位",
        },
        items=enterprises,
        parameters=(WORDS,),
    ),
    Sheet(
        name="audit",
        zh="操作记录",
        en="The audit",
        tag=PEOPLE,
        columns={
            "id": "序号",
            "at": "业务时间",
            "wall_at": "实际时间",
            "operator": "操作员",
            "role": "角色",
            "action": "操作",
            "target": "对象",
            "outcome": "结果",
            "before": "之前",
            "after": "之后",
        },
        items=audit,
        parameters=(
            Parameter(
                name="q",
                zh="操作员, 操作, 或对象编号的开头",
                en="an operator, an action, or the beginning of a target",
            ),
        ),
    ),
)
FORMS = {"csv": "CSV", "xlsx": "XLSX"}


def handler(sheet: Sheet, form: str) -> Callable[[web.Request], Any]:
    """Return what answers with ``sheet`` in one form."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await served(request, sheet, form)

    return handle


def handler_of_lines(form: str) -> Callable[[web.Request], Any]:
    """Return what answers with the lines of a statement in one form."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await statement_lines(request, form)

    return handle


CALLS = (
    *(
        Call(
            method="GET",
            path=f"/{sheet.name}.{form}",
            handle=handler(sheet, form),
            role=VIEWER,
            tag=sheet.tag,
            kind=KINDS[form],
            zh=f"{sheet.zh}, 按筛选的全部 ({name})",
            en=f"{sheet.en}, all that fit the filter, as {name}",
            refusals=(413,),
            parameters=sheet.parameters,
        )
        for sheet in SHEETS
        for form, name in FORMS.items()
    ),
    *(
        Call(
            method="GET",
            path=f"/statements/{{no}}/lines.{form}",
            handle=handler_of_lines(form),
            role=VIEWER,
            tag=MONEY,
            kind=KINDS[form],
            zh=f"对账单的明细, 按所发的 ({name})",
            en=f"The lines of a statement as they were sent, as {name}",
            parameters=(
                Parameter(name="no", zh="对账单编号", en="statement no.", place="path"),
                Parameter(name="version", zh="版次, 缺省最新", en="version; by default the latest"),
            ),
        )
        for form, name in FORMS.items()
    ),
)
