"""Customs' rules of GRT151 信息维护 and GRT161 对账确认 (``rules.md`` 2.4, 2.9) as tables. Pure."""

from __future__ import annotations

from customs_sim.rules.common import ALL, OPERATOR, REGISTERED, STALE, registered_as
from customs_sim.rules.register import HeldStatement
from customs_sim.rules.rule import Breach, Check, Rule, Where
from schemas.record import EnterpriseRecord
from schemas.statement import StatementAnswer


def _payers(c: Check) -> Breach | None:
    assert isinstance(c.body, EnterpriseRecord)
    for code, name in c.body.payers:
        known = c.view.enterprises.get(code) if code else None
        if code and (known is None or known.name != name.strip()):
            return Breach(
                f"{code} {name}",
                known.name if known else "海关备案企业",
                known.name if known else "a registered enterprise",
            )
    return None


RECORD: tuple[Rule, ...] = (
    OPERATOR,
    REGISTERED,
    STALE,
    Rule(
        id="M151.02",
        where=Where.C3,
        field="assuredEtpsNm",
        label="被担保企业名称",
        broken=registered_as("assuredEtpsNm", "name"),
        source="inferred",
        zh="企业名称以海关备案为准",
        en="name is customs' registration",
    ),
    Rule(
        id="M151.02",
        where=Where.C3,
        field="assuredEtpsSccd",
        label="被担保企业统一社会信用代码",
        broken=registered_as("assuredEtpsSccd", "credit_code"),
        source="inferred",
        zh="企业统一社会信用代码以海关备案为准",
        en="credit code is customs' registration",
    ),
    Rule(
        id="M151.05",
        where=Where.C3,
        field="pmnEtpsno",
        label="缴款企业海关编码",
        broken=_payers,
        source="inferred",
        zh="缴款单位 {f} 未备案",
        en="unknown payer unit",
    ),
)
"""GRT151. X.04 is split: an unknown enterprise cannot be stored, a name or code that differs is
returned (M151.02)."""


def _statement(c: Check) -> HeldStatement | None:
    found = c.view.statements.get(c.body.text("stmtNo"))
    return found if found and found.enterprise == c.body.enterprise else None


def _known(c: Check) -> Breach | None:
    held, number, version = _statement(c), c.body.text("stmtNo"), c.body.text("stmtVersion")
    if held is None:
        return Breach(number, "发给本企业的对账单", "a statement of this enterprise")
    latest = f"{held.no} 版本 {held.version}"
    return (
        None
        if c.body.count("stmtVersion") == held.version
        else Breach(f"{number} 版本 {version}", latest, latest)
    )


def _unanswered(c: Check) -> Breach | None:
    held = _statement(c)
    answered = held and held.answered and held.version == c.body.count("stmtVersion")
    return Breach("已确认", "未确认", "not answered yet") if answered else None


def _differences(c: Check) -> Breach | None:
    held = _statement(c)
    assert isinstance(c.body, StatementAnswer)
    for number, found in enumerate(c.body.differences, 1):
        if held and not found.missing and found.movement_no not in held.movements:
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
        where=Where.CZ,
        field="stmtNo",
        label="对账单编号",
        broken=_known,
        source="inferred",
        zh="对账单 {f} 不存在或已更新为 {w}",
        en="unknown or superseded",
    ),
    Rule(
        id="A161.02",
        where=Where.CZ,
        field="stmtNo",
        label="对账单编号",
        broken=_unanswered,
        source="inferred",
        zh="对账单已确认",
        en="already answered",
    ),
    Rule(
        id="A161.04",
        where=Where.C3,
        field="mvmtNo",
        label="变动编号",
        broken=_differences,
        source="inferred",
        zh="差异 {f} 无对应明细",
        en="diff {f} has no line",
    ),
)
"""GRT161. A161.02 stands at the e-port in the specification; customs protects itself too."""
