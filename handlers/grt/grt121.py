"""GRT121 退还 / 结转申请: what the gateway checks before customs sees it (``docs/rules.md`` 2.4,
2.8). Two tables: RULES needs no register; HELD_RULES looks at the guarantee or levy that the
application is about.

No balance is checked here, only warned about: the manual leaves that to customs (5.1). gurTypecd
says in which register gurNo is, 1 总担保 or 2 征收单, not how a levy is secured (K7).
"""

from __future__ import annotations

from handlers.contract import AnswerHandler, Facets, Filing, Listing, SubmissionHandler
from handlers.grt.grt121_register import HELD_RULES
from handlers.grt.grt121_rules import RULES, TARGET, is_carry_over, of_guarantee
from handlers.grt.receipts import no_change, read_decision

# --- against the register ---


# --- the row of the catalogue ---


def key(filing: Filing) -> str:
    """Return the filing key: reference and change count."""
    return f"{filing.body.text('etpsPreentNo')}|{filing.body.count('chgTmsCnt')}"


def names(filing: Filing) -> tuple[tuple[str, str], ...]:
    """Return the register that the application is about."""
    return (("guarantee" if of_guarantee(filing) else "levy", filing.body.text("gurNo")),)


def facets(filing: Filing) -> Facets:
    """Return what the lists filter by."""
    body = filing.body
    return Facets(
        kind="carryover" if is_carry_over(filing) else "refund",
        customs=body.text("masterCuscd"),
        gur_type=body.text("gurTypecd"),
        refund_kind=body.text("rtnbkCrdwTypecd"),
    )


HANDLER = SubmissionHandler(
    listing=Listing(
        name="refunds",
        kinds=("refund", "carryover"),
        zh="退还结转查询",
        en="Refunds and carry-overs",
    ),
    code="GRT121",
    zh="退还 / 结转申请",
    en="application for a refund or a carry-over",
    body="GrtRtnbkCrdwDt",
    answers=("GRT200", "GRT221"),
    rules=RULES,
    held_rules=HELD_RULES,
    names=names,
    key=key,
    facets=facets,
    parts=(TARGET,),
    reference=lambda filing: filing.body.text("etpsPreentNo"),
    change_no=lambda filing: filing.body.count("chgTmsCnt"),
)

DECISION = AnswerHandler(
    code="GRT221",
    zh="退还 / 结转审批回执",
    en="refund or carry-over decision",
    read=read_decision,
    on_answer=no_change,
)
"""GRT221: customs' decision on an application; businessId is the rtnbkCrdwNo once it is
approved."""
