"""GRT151 信息维护 at customs: its rules (``docs/rules.md`` 2.4, 2.9) and its approval. Pure."""

from __future__ import annotations

from customs_sim.cases.case import Case
from customs_sim.rules.common import OPERATOR, REGISTERED, STALE, registered_as
from customs_sim.rules.procedure import Approval, Granted, Procedure
from customs_sim.rules.rule import Breach, Check, Rule, Where
from customs_sim.wire.filing import Filing
from schemas.record import EnterpriseRecord


def _payers(check: Check) -> Breach | None:
    assert isinstance(check.body, EnterpriseRecord)
    for code, name in check.body.payers:
        known = check.view.enterprises.get(code) if code else None
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
        where=Where.RETURN,
        field="assuredEtpsNm",
        label="被担保企业名称",
        broken=registered_as("assuredEtpsNm", "name"),
        source="inferred",
        zh="企业名称以海关备案为准",
        en="name is customs' registration",
    ),
    Rule(
        id="M151.02",
        where=Where.RETURN,
        field="assuredEtpsSccd",
        label="被担保企业统一社会信用代码",
        broken=registered_as("assuredEtpsSccd", "credit_code"),
        source="inferred",
        zh="企业统一社会信用代码以海关备案为准",
        en="credit code is customs' registration",
    ),
    Rule(
        id="M151.05",
        where=Where.RETURN,
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


def on_approval(work: Approval, case: Case, filing: Filing) -> Granted:
    """Keep the whole record as its next version."""
    code = filing.body.enterprise
    version = work.next_record(code)
    document = dict(filing.body.fields) | {"version": str(version), "lastUpdateTime": work.now.wire}

    def settle(sent: int) -> None:
        work.enter_record(code, version, case.seq_no, sent)

    return Granted(number=code, body=document, parts=filing.parts, settle=settle)


PROCEDURE = Procedure(code="GRT151", rules=RECORD, on_approval=on_approval)
