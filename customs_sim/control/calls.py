"""The calls of the control API as a table: who may make each, what it does in both languages, its
body, and what the audit looks at. What is served, what is documented (``openapi``) and who may call
(``control_audit``) are all read from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from customs_sim.control.state import Look, clock, faults, held, profile, scenario
from customs_sim.office.operators import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query or path parameter as the documentation shows it."""

    name: str
    zh: str
    en: str
    place: str = "query"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. ``noted``: the act itself writes its audit, in its own transaction; else ``look``
    is asked before and after. ``body`` is the name of the body's shape in ``control_shapes``; empty
    for none."""

    method: str
    path: str
    role: Role
    tag: str
    zh: str
    en: str
    body: str = ""
    status: int = 200
    noted: bool = False
    look: Look | None = None
    parameters: tuple[Parameter, ...] = field(default=())

    @property
    def name(self) -> str:
        """How the audit and the documentation call it."""
        words = [word.strip("{}") for word in self.path.split("/") if word]
        return "_".join([self.method.lower(), *words]).replace(".", "_").replace("-", "_")


VIEWER, OFFICER, TESTER = Role.VIEWER, Role.OFFICER, Role.TESTER
DESK, MONEY, TRACE, WORLD, PEOPLE = (
    "案卷 cases",
    "台账和资金 registers and money",
    "报文 messages",
    "模拟 simulation",
    "操作员 operators",
)
LIMIT = Parameter(name="limit", zh="每页条数, 1 到 1000", en="entries a page, 1 to 1000")
CURSOR = Parameter(name="cursor", zh="上一页返回的 next", en="the next of the page before")
PAGED = (LIMIT, CURSOR)
ENTERPRISE = Parameter(name="enterprise", zh="企业代码", en="code of an enterprise")
PARKED = Parameter(name="id", zh="死信号", en="its number", place="path")
NO = Parameter(name="no", zh="征收单编号", en="levy no.", place="path")


CALLS: tuple[Call, ...] = (
    Call(
        method="GET",
        path="/worklist",
        role=VIEWER,
        tag=DESK,
        zh="等人处理的案卷, 先到在前",
        en="Cases that wait for a person, oldest first",
        parameters=(
            *PAGED,
            Parameter(name="kind", zh="报文类型", en="message type"),
            ENTERPRISE,
            Parameter(name="customs", zh="主管关区", en="customs district"),
            Parameter(name="from_amount", zh="金额从 (元)", en="amount from (CNY)"),
            Parameter(name="to_amount", zh="金额到 (元)", en="amount to (CNY)"),
        ),
    ),
    Call(
        method="POST",
        path="/decisions",
        role=OFFICER,
        tag=DESK,
        body="Decisions",
        noted=True,
        zh="处理案卷, 每项一个结果: 通过, 退单, 转人工, 暂缓, 转企业确认, 担保类型退单, 结案",
        en=(
            "Decide cases, one result each: approve, return, review, hold, reconfirm, reject_type,"
            " close"
        ),
    ),
    Call(
        method="GET",
        path="/cases/{case_no}",
        role=VIEWER,
        tag=DESK,
        zh="一个案卷: 单证, 与上一版的差异, 报文, 规则",
        en="One case: its document, the change against the former generation, messages, rules",
        parameters=(Parameter(name="case_no", zh="案卷号", en="case no.", place="path"),),
    ),
    Call(
        method="GET",
        path="/levies",
        role=VIEWER,
        tag=MONEY,
        zh="征收单, 新的在前",
        en="Levies, newest first",
        parameters=(*PAGED, ENTERPRISE, Parameter(name="q", zh="编号", en="a number")),
    ),
    Call(
        method="POST",
        path="/levies",
        role=OFFICER,
        tag=MONEY,
        body="NewLevy",
        status=201,
        noted=True,
        zh="下发征收单 (GRT301)",
        en="Issue a levy (GRT301)",
    ),
    Call(
        method="POST",
        path="/levies/{no}/reissue",
        role=OFFICER,
        tag=MONEY,
        body="Reissue",
        noted=True,
        zh="按新金额重新下发征收单",
        en="Issue a levy anew with another amount",
        parameters=(NO,),
    ),
    Call(
        method="DELETE",
        path="/levies/{no}",
        role=OFFICER,
        tag=MONEY,
        noted=True,
        zh="撤销未担保的征收单",
        en="Take an unsecured levy back",
        parameters=(NO,),
    ),
    Call(
        method="POST",
        path="/business-events",
        role=OFFICER,
        tag=MONEY,
        body="BusinessEvent",
        status=201,
        noted=True,
        zh="业务环节发生, 按环节产生征收单",
        en="A business step happened; raises the levies that it asks for",
    ),
    Call(
        method="GET",
        path="/guarantees",
        role=VIEWER,
        tag=MONEY,
        zh="总担保, 新的在前",
        en="Guarantees, newest first",
        parameters=(*PAGED, ENTERPRISE, Parameter(name="q", zh="编号", en="a number")),
    ),
    Call(
        method="POST",
        path="/guarantee-requests",
        role=OFFICER,
        tag=MONEY,
        body="GuaranteeRequest",
        status=201,
        noted=True,
        zh="要求企业设立或变更总担保 (GRT301)",
        en="Ask for a guarantee, new or changed (GRT301)",
    ),
    Call(
        method="GET",
        path="/payments",
        role=VIEWER,
        tag=MONEY,
        zh="缴款登记簿, 新的在前",
        en="The cash book, newest first",
        parameters=PAGED,
    ),
    Call(
        method="POST",
        path="/payments",
        role=OFFICER,
        tag=MONEY,
        body="PaymentIn",
        status=201,
        noted=True,
        zh="登记缴款; 无征收单编号的暂存, 以后同一凭据加编号即可核销",
        en=(
            "Register a payment; without a levy it waits, the same reference with a levy matches it"
            " later"
        ),
    ),
    Call(
        method="POST",
        path="/refunds",
        role=OFFICER,
        tag=MONEY,
        body="RefundOrder",
        status=201,
        noted=True,
        zh="依职权退还或结转",
        en="A refund or carry-over that customs starts",
    ),
    Call(
        method="GET",
        path="/statements",
        role=VIEWER,
        tag=MONEY,
        zh="待办的对账单: 超期未答复和有差异",
        en="Statements on the desk: overdue or disputed",
        parameters=PAGED,
    ),
    Call(
        method="POST",
        path="/statements",
        role=OFFICER,
        tag=MONEY,
        body="StatementOrder",
        status=201,
        noted=True,
        zh="下发对账单 (GRT303)",
        en="Issue a statement (GRT303)",
    ),
    Call(
        method="GET",
        path="/ledger",
        role=VIEWER,
        tag=MONEY,
        zh="账簿: 全部或一个编号",
        en="The ledger: as a whole or about one number",
        parameters=(
            Parameter(
                name="no", zh="总担保、征收单或缴款编号", en="guarantee, levy or payment no."
            ),
        ),
    ),
    Call(
        method="GET",
        path="/messages",
        role=VIEWER,
        tag=TRACE,
        zh="报文存档, 新的在前",
        en="The archive, newest first",
        parameters=(
            *PAGED,
            Parameter(
                name="q",
                zh="编号、企业代码或报文类型",
                en="a number, an enterprise's code or a message type",
            ),
        ),
    ),
    Call(
        method="GET",
        path="/messages/{id}/raw",
        role=VIEWER,
        tag=TRACE,
        zh="报文原件",
        en="A message as received or sent",
        parameters=(Parameter(name="id", zh="存档号", en="archive id", place="path"),),
    ),
    Call(
        method="GET",
        path="/parked",
        role=VIEWER,
        tag=TRACE,
        zh="死信及原因",
        en="Parked messages and why",
        parameters=PAGED,
    ),
    Call(
        method="GET",
        path="/parked/{id}",
        role=VIEWER,
        tag=TRACE,
        zh="一条死信",
        en="One parked message",
        parameters=(PARKED,),
    ),
    Call(
        method="GET",
        path="/parked/{id}/raw",
        role=VIEWER,
        tag=TRACE,
        zh="死信原件",
        en="A parked message as it came",
        parameters=(PARKED,),
    ),
    Call(
        method="POST",
        path="/parked/{id}/retry",
        role=OFFICER,
        tag=TRACE,
        zh="重试死信",
        en="Try a parked message again",
        parameters=(PARKED,),
    ),
    Call(
        method="DELETE",
        path="/parked/{id}",
        role=OFFICER,
        tag=TRACE,
        zh="丢弃死信",
        en="Drop a parked message",
        parameters=(PARKED,),
    ),
    Call(
        method="PUT",
        path="/profile",
        role=TESTER,
        tag=WORLD,
        body="ProfileChoice",
        look=profile,
        zh="审核方式: instant, realistic, manual",
        en="How customs reviews: instant, realistic or manual",
    ),
    Call(
        method="POST",
        path="/hold",
        role=TESTER,
        tag=WORLD,
        look=held,
        zh="停止收报",
        en="Stop listening to the gateway",
    ),
    Call(
        method="POST",
        path="/release",
        role=TESTER,
        tag=WORLD,
        look=held,
        zh="恢复收报",
        en="Listen again",
    ),
    Call(
        method="GET",
        path="/scenario",
        role=VIEWER,
        tag=WORLD,
        zh="当前场景和命中次数",
        en="The active scenario with its counts",
    ),
    Call(
        method="PUT",
        path="/scenario",
        role=TESTER,
        tag=WORLD,
        body="ScenarioChoice",
        look=scenario,
        zh="启用场景: 自带的名称, 或 YAML 正文",
        en="Make a scenario the active one: a shipped name, or the text itself as YAML",
    ),
    Call(
        method="DELETE",
        path="/scenario",
        role=TESTER,
        tag=WORLD,
        look=scenario,
        zh="停用场景",
        en="No scenario",
    ),
    Call(
        method="POST",
        path="/scenario/validate",
        role=VIEWER,
        tag=WORLD,
        body="ScenarioChoice",
        noted=True,
        zh="检查场景, 不启用",
        en="Check a scenario, nothing is changed",
    ),
    Call(
        method="GET",
        path="/scenarios",
        role=VIEWER,
        tag=WORLD,
        zh="自带的场景",
        en="The shipped scenarios",
    ),
    Call(
        method="GET",
        path="/scenarios/{name}",
        role=VIEWER,
        tag=WORLD,
        zh="自带场景的正文",
        en="The text of a shipped scenario",
        parameters=(Parameter(name="name", zh="名称", en="its name", place="path"),),
    ),
    Call(
        method="GET",
        path="/faults",
        role=VIEWER,
        tag=WORLD,
        zh="生效的故障和命中次数, 以及可用的故障",
        en="Faults that hold, with counts, and all there are",
    ),
    Call(
        method="PUT",
        path="/faults",
        role=TESTER,
        tag=WORLD,
        look=faults,
        zh="设置故障 {seed, rules: [{fault, name, match, with}]}",
        en="Set the faults {seed, rules: [{fault, name, match, with}]}",
    ),
    Call(
        method="DELETE",
        path="/faults",
        role=TESTER,
        tag=WORLD,
        look=faults,
        zh="清除故障",
        en="No faults",
    ),
    Call(
        method="GET",
        path="/faults/log",
        role=VIEWER,
        tag=WORLD,
        zh="被故障改动的回执",
        en="Answers that faults disturbed",
        parameters=PAGED,
    ),
    Call(
        method="GET",
        path="/faults/log/{number}/{which}",
        role=VIEWER,
        tag=WORLD,
        zh="本应发出的 (meant) 和实发的 (sent) 报文",
        en="What should have gone out (meant), and what did (sent)",
        parameters=(
            Parameter(name="number", zh="序号", en="its number", place="path"),
            Parameter(name="which", zh="meant 或 sent", en="meant or sent", place="path"),
        ),
    ),
    Call(
        method="GET", path="/clock", role=VIEWER, tag=WORLD, zh="业务时钟", en="The business clock"
    ),
    Call(
        method="POST",
        path="/clock",
        role=TESTER,
        tag=WORLD,
        body="ClockOrder",
        look=clock,
        zh="冻结、推进、变速或复位业务时钟",
        en="Freeze, advance, speed up or reset the business clock",
    ),
    Call(
        method="POST",
        path="/reset",
        role=TESTER,
        tag=WORLD,
        body="ResetOrder",
        look=clock,
        zh="从头开始: 清空案卷、台账、报文",
        en="Begin afresh: forget cases, registers and messages",
    ),
    Call(
        method="GET",
        path="/expectations",
        role=VIEWER,
        tag=WORLD,
        zh="预期和结论",
        en="Expectations with their verdicts",
    ),
    Call(
        method="POST",
        path="/expectations",
        role=TESTER,
        tag=WORLD,
        body="Wanted",
        status=201,
        zh="提出一条预期",
        en="State an expectation",
    ),
    Call(
        method="GET",
        path="/expectations/{id}",
        role=VIEWER,
        tag=WORLD,
        zh="一条预期的结论",
        en="One expectation with its verdict",
        parameters=(Parameter(name="id", zh="编号", en="its number", place="path"),),
    ),
    Call(
        method="DELETE",
        path="/expectations/{id}",
        role=TESTER,
        tag=WORLD,
        zh="删除预期",
        en="Drop an expectation",
        parameters=(Parameter(name="id", zh="编号", en="its number", place="path"),),
    ),
    Call(
        method="GET",
        path="/audit",
        role=VIEWER,
        tag=PEOPLE,
        zh="操作记录, 新的在前",
        en="What was done at the desk, newest first",
        parameters=(
            *PAGED,
            Parameter(name="q", zh="操作员、操作或对象", en="an operator, an action or a target"),
        ),
    ),
    Call(
        method="GET",
        path="/operators",
        role=TESTER,
        tag=PEOPLE,
        zh="操作员密钥",
        en="Keys of operators",
    ),
    Call(
        method="POST",
        path="/operators",
        role=TESTER,
        tag=PEOPLE,
        body="NewOperator",
        status=201,
        noted=True,
        zh="新建操作员密钥, 只显示一次",
        en="A new operator's key, shown once",
    ),
    Call(
        method="DELETE",
        path="/operators/{hash}",
        role=TESTER,
        tag=PEOPLE,
        noted=True,
        zh="作废密钥",
        en="Revoke a key",
        parameters=(
            Parameter(
                name="hash", zh="密钥摘要的前几位", en="the beginning of its hash", place="path"
            ),
        ),
    ),
)

BY_ROUTE: Mapping[tuple[str, str], Call] = {(call.method, call.path): call for call in CALLS}


def call_of(method: str, path: str) -> Call:
    """The row of a route; one without a row is a tester's."""
    found = BY_ROUTE.get((method, path))
    return found or Call(method=method, path=path, role=TESTER, tag="", zh="", en="")


def shapes() -> Mapping[str, Any]:
    """Body shapes by name."""
    from customs_sim.cases import expectations
    from customs_sim.control import cases as control
    from customs_sim.control import clock as control_clock
    from customs_sim.control import money as control_acts
    from customs_sim.control import operators as control_people
    from customs_sim.control import scenarios as control_scenarios

    modules = (
        control,
        control_acts,
        control_clock,
        control_people,
        control_scenarios,
        expectations,
    )
    return {
        name: shape
        for module in modules
        for name, shape in vars(module).items()
        if isinstance(shape, type)
    }
