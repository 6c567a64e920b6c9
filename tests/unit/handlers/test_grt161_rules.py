"""The rule tables of GRT161: each rule from both sides, and what the tables as a whole must
keep."""

from collections.abc import Sequence

from handlers.contract import Filing, Where
from handlers.grt.grt161 import DIFFERENCES, HANDLER, HELD_RULES, RULES
from tests.factories import (
    BEIJING,
    SHANGHAI,
    STATEMENT_NO,
    context,
    difference_row,
    filing,
    grt161_fields,
    held,
    held_statement,
)
from tests.support.rule_tables import AGENT, WITH_AGENT, Broken, Case, Sound, found, rows

TOLD = context(held=held(held_statement()))
"""The store holds version 1 of the statement, not answered, and agrees with it."""
MISSING = {"missMarkcd": "1", "mvmtNo": "", "stmtAmt": "0"}


def filed(
    differences: Sequence[dict[str, str]] = (),
    *,
    declares: bool = True,
    operator: str = BEIJING,
    sys_id: str = "B2",
    **fields: str | None,
) -> Filing:
    told = {"reconRsltcd": "2", "diffQty": str(len(differences))} if differences else {}
    return filing(
        "GRT161",
        grt161_fields(**told | fields),
        {DIFFERENCES: differences},
        declares=declares,
        operator=operator,
        sys_id=sys_id,
    )


def agreed(**fields: str | None) -> Case:
    return Case(filed(**fields), TOLD)


def differs(*differences: dict[str, str], **fields: str | None) -> Case:
    return Case(filed(differences, **fields), TOLD)


def known(
    version: int = 1,
    *,
    answered: bool = False,
    differences: int = 0,
    enterprise: str = BEIJING,
    **fields: str | None,
) -> Case:
    statement = held_statement(
        version=version, answered=answered, differences=differences, enterprise=enterprise
    )
    return Case(filed(**fields), context(held=held(statement)))


BROKEN: Broken = {
    "a key that may not act for the enterprise breaks X.01": (
        Case(filed(), context(acts_for=(SHANGHAI,), held=TOLD.held)),
        [("X.01", "assuredEtpsno")],
    ),
    "an operator without authority breaks X.02": (
        Case(filed(operator=AGENT), TOLD),
        [("X.02", "OperCusRegCode")],
    ),
    "another subsystem breaks X.03": (Case(filed(sys_id="B1"), TOLD), [("X.03", "SysId")]),
    "a name unlike the registry's breaks X.04": (
        agreed(assuredEtpsNm="某公司"),
        [("X.04", "assuredEtpsNm")],
    ),
    "amounts with three decimals break X.09, each in its row": (
        differs(difference_row(), difference_row(seqno="2", stmtAmt="1.001", etpsAmt="0.999")),
        [("X.09", "stmtAmt"), ("X.09", "etpsAmt")],
    ),
    "a statement that nobody has breaks A161.01 alone": (
        Case(filed([difference_row(mvmtNo="MV0")], stmtNo="DZ0100202699999"), TOLD),
        [("A161.01", "stmtNo")],
    ),
    "a statement of another is answered as one that nobody has": (
        known(enterprise=SHANGHAI),
        [("A161.01", "stmtNo")],
    ),
    "a version that was superseded breaks A161.01 at the version": (
        known(2, answered=True, differences=3),
        [("A161.01", "stmtVersion")],
    ),
    "a statement that is answered breaks A161.02": (known(answered=True), [("A161.02", "stmtNo")]),
    "a third result breaks A161.03 once": (agreed(reconRsltcd="3"), [("A161.03", "reconRsltcd")]),
    "no result breaks A161.03 once": (agreed(reconRsltcd=""), [("A161.03", "reconRsltcd")]),
    "agreed, with a difference, breaks A161.03": (
        differs(difference_row(), reconRsltcd="1"),
        [("A161.03", DIFFERENCES)],
    ),
    "different, without a difference, breaks A161.03": (
        agreed(reconRsltcd="2"),
        [("A161.03", DIFFERENCES)],
    ),
    "a count of differences that is wrong breaks A161.03": (
        differs(difference_row(), diffQty="2"),
        [("A161.03", "diffQty")],
    ),
    "a difference that names no line breaks A161.04": (
        differs(difference_row(mvmtNo="")),
        [("A161.04", "mvmtNo")],
    ),
    "a difference that names a line of no statement breaks A161.04": (
        differs(difference_row(mvmtNo="MV2026000000009")),
        [("A161.04", "mvmtNo")],
    ),
    "two lines that are not there are two findings": (
        differs(
            difference_row(mvmtNo="A"),
            difference_row(seqno="2"),
            difference_row(seqno="3", mvmtNo="B"),
        ),
        [("A161.04", "mvmtNo")] * 2,
    ),
    "agreeing while the gateway's own comparison differs breaks A161.05": (
        known(differences=3),
        [("A161.05", "reconRsltcd")],
    ),
}

SOUND: Sound = {
    "an enterprise of the key": ("X.01", agreed()),
    "an authorised agent files": (
        "X.02",
        Case(filed(operator=AGENT), context(enterprises=WITH_AGENT, held=TOLD.held)),
    ),
    "the guarantee system": ("X.03", Case(filed(sys_id="B2"), TOLD)),
    "everything as registered": ("X.04", agreed()),
    "amounts of nothing and of 分": ("X.09", differs(difference_row(stmtAmt="0", etpsAmt="0.01"))),
    "the latest version": ("A161.01", known(4, stmtVersion="4")),
    "a statement that is not answered": ("A161.02", known(answered=False)),
    "agreed without a difference": ("A161.03", agreed()),
    "different with two": (
        "A161.03",
        differs(difference_row(), difference_row(seqno="2", mvmtNo="MV2026000000002")),
    ),
    "a line of the statement": ("A161.04", differs(difference_row(mvmtNo="MV2026000000002"))),
    "what the statement lacks": ("A161.04", differs(difference_row(**MISSING))),
    "what the statement lacks, under a number of its own": (
        "A161.04",
        differs(difference_row(**MISSING | {"mvmtNo": "内部-7"})),
    ),
    "agreeing with what the gateway finds too": ("A161.05", known(differences=0)),
    "differing where the gateway differs too": (
        "A161.05",
        Case(filed([difference_row()]), context(held=held(held_statement(differences=3)))),
    ),
}


def test_an_answered_statement_is_a_conflict_and_the_own_comparison_a_warning() -> None:
    assert {rule.id for rule in HELD_RULES if rule.status == 409} == {"A161.02"}
    assert {rule.id for rule in (*RULES, *HELD_RULES) if rule.where is Where.WARN} == {
        "X.03",
        "A161.05",
    }


def test_a_finding_about_a_difference_stands_at_its_row() -> None:
    case = differs(
        difference_row(),
        difference_row(seqno="2", mvmtNo="A"),
        difference_row(seqno="3", mvmtNo=""),
    )

    assert rows(HANDLER, case) == [(DIFFERENCES, "mvmtNo", 2), (DIFFERENCES, "mvmtNo", 1)]
    assert rows(HANDLER, differs(difference_row(), reconRsltcd="1")) == [
        (DIFFERENCES, DIFFERENCES, 0)
    ]


def test_on_a_draft_a_wrong_result_and_a_wrong_amount_stay_errors() -> None:
    draft = Case(
        filed([difference_row(mvmtNo="", etpsAmt="1.001")], reconRsltcd="3", declares=False), TOLD
    )

    assert [(rule.id, rule.on_draft) for rule, _ in found(HANDLER, draft)] == [
        ("X.09", True),
        ("A161.03", True),
        ("A161.04", False),
    ]


def test_the_handler_names_the_filing_and_its_statement() -> None:
    answer = filed(etpsPreentNo="Z7", chgTmsCnt="0")

    assert (HANDLER.key(answer), HANDLER.reference(answer), HANDLER.change_no(answer)) == (
        "Z7|0",
        "Z7",
        0,
    )
    assert (HANDLER.facets(answer).kind, HANDLER.names(answer)) == (
        "reconciliation",
        (("statement", STATEMENT_NO),),
    )
    assert (HANDLER.code, HANDLER.body, HANDLER.parts) == (
        "GRT161",
        "GrtReconRsltBsc",
        ("GrtReconDiffDt",),
    )
    assert HANDLER.answers == ("GRT200", "GRT261")
