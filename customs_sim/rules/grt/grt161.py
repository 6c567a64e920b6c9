"""GRT161 对账确认 at customs: its rules (``docs/rules.md`` 2.4, 2.9) and its approval. Pure."""

from __future__ import annotations

from customs_sim.cases.case import Case
from customs_sim.rules.common import ALL
from customs_sim.rules.procedure import Approval, Granted, Named, Procedure
from customs_sim.rules.register import HeldStatement
from customs_sim.rules.rule import Breach, Check, Rule, Where
from customs_sim.wire.filing import Filing
from schemas.statement import StatementAnswer


def _statement(check: Check) -> HeldStatement | None:
    held = check.view.statements.get(check.body.text("stmtNo"))
    return held if held and held.enterprise == check.body.enterprise else None


def _known(check: Check) -> Breach | None:
    held, number, version = (
        _statement(check),
        check.body.text("stmtNo"),
        check.body.text("stmtVersion"),
    )
    if held is None:
        return Breach(number, "发给本企业的对账单", "a statement of this enterprise")
    latest = f"{held.no} 版本 {held.version}"
    return (
        None
        if check.body.count("stmtVersion") == held.version
        else Breach(f"{number} 版本 {version}", latest, latest)
    )


def _unanswered(check: Check) -> Breach | None:
    held = _statement(check)
    answered = held and held.answered and held.version == check.body.count("stmtVersion")
    return Breach("已确认", "未确认", "not answered yet") if answered else None


def _differences(check: Check) -> Breach | None:
    held = _statement(check)
    assert isinstance(check.body, StatementAnswer)
    for number, difference in enumerate(check.body.differences, 1):
        if held and not difference.missing and difference.movement_no not in held.movements:
            return Breach(
                str(number),
                f"对账单 {held.no} 的明细, 或标记 1 对账单缺此明细",
                f"a line of statement {held.no}, or the mark 1 missing in statement",
            )
    return None


ANSWER: tuple[Rule, ...] = (
    *ALL,
    Rule(
        id="A161.01",
        where=Where.NOT_STORED,
        field="stmtNo",
        label="对账单编号",
        broken=_known,
        source="inferred",
        zh="对账单 {f} 不存在或已更新为 {w}",
        en="unknown or superseded",
    ),
    Rule(
        id="A161.02",
        where=Where.NOT_STORED,
        field="stmtNo",
        label="对账单编号",
        broken=_unanswered,
        source="inferred",
        zh="对账单已确认",
        en="already answered",
    ),
    Rule(
        id="A161.04",
        where=Where.RETURN,
        field="mvmtNo",
        label="变动编号",
        broken=_differences,
        source="inferred",
        zh="差异 {f} 无对应明细",
        en="diff {f} has no line",
    ),
)
"""GRT161. A161.02 stands at the e-port in the specification; customs protects itself too."""


def on_approval(work: Approval, case: Case, filing: Filing) -> Granted:
    """Write the answer to its statement."""
    body = filing.body
    assert isinstance(body, StatementAnswer)
    work.answer_statement(body.statement_no, case.seq_no, agreed=body.agreed)
    return Granted(number=body.statement_no, body=dict(body.fields), parts=filing.parts)


def named(filing: Filing) -> Named:
    """Return the statement that is answered."""
    return Named(statements=frozenset({filing.body.text("stmtNo")}))


PROCEDURE = Procedure(code="GRT161", rules=ANSWER, on_approval=on_approval, named=named)
