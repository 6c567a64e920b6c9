"""GRT101 总担保设立 / 变更: what the gateway checks before customs sees it (``docs/rules.md`` 2.4
to 2.6). Two tables: RULES needs no register; HELD_RULES compares a change with the guarantee that
it changes.

Customs check many of the same ids again, from a table of their own in ``customs_sim``; no code is
shared.
"""

from __future__ import annotations

from handlers.contract import AnswerHandler, Facets, Filing, Listing, SubmissionHandler
from handlers.grt.grt101_kinds import is_change
from handlers.grt.grt101_register import HELD_RULES
from handlers.grt.grt101_rules import RULES
from handlers.grt.receipts import read_decision, register_change

# --- against the register ---


# --- the row of the catalogue ---


def key(filing: Filing) -> str:
    """Return the filing key: reference and change count."""
    return f"{filing.body.text('etpsPreentNo')}|{filing.body.count('chgTmsCnt')}"


def names(filing: Filing) -> tuple[tuple[str, str], ...]:
    """Return the guarantee that a change is about; nothing for a set-up."""
    number = filing.body.text("gasrNo") if is_change(filing) else ""
    return (("guarantee", number),) if number else ()


def facets(filing: Filing) -> Facets:
    """Return what the lists filter by."""
    return Facets(
        kind="change" if is_change(filing) else "setup",
        customs=filing.body.text("masterCuscd"),
        mode=filing.body.text("gurModecd"),
    )


HANDLER = SubmissionHandler(
    listing=Listing(
        name="guarantees", kinds=("setup",), zh="总担保查询", en="General guarantees", own_type="1"
    ),
    code="GRT101",
    zh="总担保设立 / 变更",
    en="general guarantee, set-up or change",
    body="GrtGasrLevyBsc",
    answers=("GRT200", "GRT201"),
    rules=RULES,
    held_rules=HELD_RULES,
    names=names,
    key=key,
    facets=facets,
    reference=lambda filing: filing.body.text("etpsPreentNo"),
    change_no=lambda filing: filing.body.count("chgTmsCnt"),
)

DECISION = AnswerHandler(
    code="GRT201",
    zh="总担保审批回执",
    en="general guarantee decision",
    read=read_decision,
    on_answer=lambda answer: register_change(answer, "guarantee", "gasrNo", "gurStucd"),
)
"""GRT201: customs' decision on a 总担保 filing, with the document as customs now holds it."""
