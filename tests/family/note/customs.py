"""NTE101 at customs: its rules, and what an approval does."""

from __future__ import annotations

from customs_sim.cases.case import Case
from customs_sim.rules.common import ALL
from customs_sim.rules.procedure import Approval, Granted, Procedure
from customs_sim.rules.rule import Breach, Check, Rule, Where
from customs_sim.wire.filing import Filing


def _abuse(check: Check) -> Breach | None:
    text = check.text("noteTxt")
    return Breach(text, "不含“退回”的内容") if "退回" in text else None


def on_approval(work: Approval, case: Case, filing: Filing) -> Granted:
    """Take the note; nothing in the registers changes."""
    document = dict(filing.body.fields) | {"lastUpdateTime": work.now.wire}
    return Granted(number=f"LX{case.seq_no}", body=document)


PROCEDURES = (
    Procedure(
        code="NTE101",
        rules=(
            *ALL,
            Rule(
                id="N101.02",
                where=Where.RETURN,
                field="noteTxt",
                label="联系内容",
                broken=_abuse,
                source="ours",
                zh="联系内容不予受理",
                en="the note is not taken",
                auto=True,
            ),
        ),
        on_approval=on_approval,
    ),
)
