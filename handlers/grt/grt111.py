"""GRT111 保证金征收单确认: what the gateway checks before customs sees it (``docs/rules.md`` 2.4,
2.7). Two tables: RULES needs no register; HELD_RULES compares the confirmation with the levy that
customs issued.

Whether a guarantee can bear the levy (F111.09 to F111.12) only customs know.
"""

from __future__ import annotations

from handlers.contract import AnswerHandler, Facets, Filing, Listing, SubmissionHandler
from handlers.grt.grt111_register import HELD_RULES
from handlers.grt.grt111_rules import RULES
from handlers.grt.receipts import read_decision, register_change

# --- against the register ---


# --- the row of the catalogue ---


def key(filing: Filing) -> str:
    """Return the filing key. The body has no etpsPreentNo (K15)."""
    return f"{filing.body.text('dpstLevyBlNo')}|{filing.body.count('chgTmsCnt')}"


def names(filing: Filing) -> tuple[tuple[str, str], ...]:
    """Return the levy alone: whether a guarantee can bear it, customs check."""
    return (("levy", filing.body.text("dpstLevyBlNo")),)


def facets(filing: Filing) -> Facets:
    """Return what the lists filter by."""
    body = filing.body
    return Facets(
        kind="confirmation",
        customs=body.text("masterCuscd"),
        mode=body.text("gurModecd"),
        gur_type=body.text("gurTypecd"),
    )


HANDLER = SubmissionHandler(
    listing=Listing(name="levies", kinds=("confirmation",), zh="保证金征收单查询", en="Levy bills"),
    code="GRT111",
    zh="保证金征收单确认",
    en="confirmation of a levy bill",
    body="GrtDpstLevyBlBsc",
    answers=("GRT200", "GRT211"),
    rules=RULES,
    held_rules=HELD_RULES,
    names=names,
    key=key,
    facets=facets,
    reference=lambda filing: "",
    change_no=lambda filing: filing.body.count("chgTmsCnt"),
)

DECISION = AnswerHandler(
    code="GRT211",
    zh="征收单审批回执",
    en="levy bill decision",
    read=read_decision,
    on_answer=lambda answer: register_change(answer, "levy", "dpstLevyBlNo", "levyBlStucd"),
)
"""GRT211: customs' decision on a confirmation, with the levy as customs now hold it."""
