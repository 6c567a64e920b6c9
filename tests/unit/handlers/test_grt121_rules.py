"""The rule tables of GRT121: each rule from both sides, and what the tables as a whole must
keep."""

from collections.abc import Sequence

import pytest

from handlers.contract import Context, Filing, Where
from handlers.grt.grt121 import HANDLER
from handlers.grt.grt121_register import HELD_RULES
from handlers.grt.grt121_rules import RULES, TARGET
from handlers.lifecycle import Status
from tests.factories import (
    BEIJING,
    CASH,
    GUARANTEE_NO,
    LEVY_NO,
    NIL,
    SHANGHAI,
    context,
    filing,
    grt121_fields,
    held,
    held_guarantee,
    held_levy,
    target_row,
)
from tests.support.rule_tables import AGENT, WITH_AGENT, Broken, Case, Sound, found, rows

PAID = {"gurTypecd": "2", "gurModecd": "1", "levyBlStucd": "2", "actlvyAmt": "120000.50"}
OF_GUARANTEE = {"gurTypecd": "1", "gurNo": GUARANTEE_NO, "rtnbkCrdwAmt": "50000"}
CARRY_OVER = {"rtnbkCrdwTypecd": "2"}
APPROVED = held(held_levy(filing_status=Status.APPROVED, **PAID), held_guarantee(**CASH))
"""The store holds the levy, paid in cash, and a cash guarantee."""
KNOWN = context(held=APPROVED)


def filed(
    targets: Sequence[dict[str, str]] = (),
    *,
    declares: bool = True,
    operator: str = BEIJING,
    sys_id: str = "B2",
    **fields: str | None,
) -> Filing:
    return filing(
        "GRT121",
        grt121_fields(**fields),
        {TARGET: targets},
        declares=declares,
        operator=operator,
        sys_id=sys_id,
    )


def refund(given: Context = KNOWN, **fields: str | None) -> Case:
    return Case(filed(**fields), given)


def carry_over(*targets: dict[str, str], **fields: str | None) -> Case:
    return Case(filed(targets, **CARRY_OVER | fields), KNOWN)


def of_levy(
    filing_status: Status = Status.APPROVED,
    open_filing: str | None = None,
    enterprise: str = BEIJING,
    **fields: str,
) -> Context:
    return context(
        held=held(
            held_levy(
                filing_status=filing_status,
                open_filing=open_filing,
                enterprise=enterprise,
                **PAID | fields,
            )
        )
    )


def of_guarantee(
    open_filing: str | None = None, enterprise: str = BEIJING, **fields: str
) -> Context:
    return context(
        held=held(held_guarantee(open_filing=open_filing, enterprise=enterprise, **fields))
    )


BROKEN: Broken = {
    "a key that may not act for the enterprise breaks X.01": (
        refund(context(acts_for=(SHANGHAI,), held=APPROVED)),
        [("X.01", "assuredEtpsno")],
    ),
    "an operator without authority breaks X.02": (
        Case(filed(operator=AGENT), KNOWN),
        [("X.02", "OperCusRegCode")],
    ),
    "another subsystem breaks X.03": (Case(filed(sys_id="B1"), KNOWN), [("X.03", "SysId")]),
    "a name unlike the registry's breaks X.04": (
        refund(assuredEtpsNm="某公司"),
        [("X.04", "assuredEtpsNm")],
    ),
    "an enterprise that is nil breaks X.04, and owns nothing": (
        refund(assuredEtpsno=NIL),
        [("X.04", "assuredEtpsno"), ("R121.02", "gurNo")],
    ),
    "an amount with three decimals breaks X.09": (
        refund(rtnbkCrdwAmt="50000.005"),
        [("X.09", "rtnbkCrdwAmt")],
    ),
    "an amount with separators breaks X.09": (
        refund(rtnbkCrdwAmt="50,000"),
        [("X.09", "rtnbkCrdwAmt")],
    ),
    # R121
    "a third guarantee type breaks R121.01 and finds nothing": (
        refund(gurTypecd="3"),
        [("R121.01", "gurTypecd"), ("R121.02", "gurNo")],
    ),
    "no guarantee type breaks R121.01 and finds nothing": (
        refund(gurTypecd=""),
        [("R121.01", "gurTypecd"), ("R121.02", "gurNo")],
    ),
    "a levy called a guarantee breaks R121.01": (
        refund(gurTypecd="1"),
        [("R121.01", "gurTypecd"), ("R121.02", "gurNo")],
    ),
    "a guarantee called a levy breaks R121.01": (
        refund(gurNo=GUARANTEE_NO),
        [("R121.01", "gurTypecd"), ("R121.02", "gurNo")],
    ),
    "a levy that nobody has breaks R121.02": (
        refund(gurNo="ZS0100202699999"),
        [("R121.02", "gurNo")],
    ),
    "a guarantee that nobody has breaks R121.02": (
        refund(**OF_GUARANTEE | {"gurNo": "ZB0100202699999"}),
        [("R121.02", "gurNo")],
    ),
    "a levy of another is answered as one that nobody has": (
        refund(of_levy(enterprise=SHANGHAI)),
        [("R121.02", "gurNo")],
    ),
    "a guarantee of another is answered as one that nobody has": (
        refund(of_guarantee(enterprise=SHANGHAI), **OF_GUARANTEE),
        [("R121.02", "gurNo")],
    ),
    "a levy that waits breaks R121.02": (refund(of_levy(Status.PENDING)), [("R121.02", "gurNo")]),
    "a levy that was returned breaks R121.02": (
        refund(of_levy(Status.RETURNED)),
        [("R121.02", "gurNo")],
    ),
    "a third kind breaks R121.03": (refund(rtnbkCrdwTypecd="3"), [("R121.03", "rtnbkCrdwTypecd")]),
    "no kind breaks R121.03 alone": (
        Case(filed([target_row()], rtnbkCrdwTypecd=""), KNOWN),
        [("R121.03", "rtnbkCrdwTypecd")],
    ),
    "no money breaks R121.04": (refund(rtnbkCrdwAmt="0.00"), [("R121.04", "rtnbkCrdwAmt")]),
    "an empty amount breaks R121.04": (refund(rtnbkCrdwAmt=""), [("R121.04", "rtnbkCrdwAmt")]),
    "no reason breaks R121.05": (refund(rtnbkCrdwRsnDesc=" "), [("R121.05", "rtnbkCrdwRsnDesc")]),
    "a levy by single letter breaks R121.06, whatever the amount": (
        refund(of_levy(gurModecd="2"), rtnbkCrdwAmt="999999"),
        [("R121.06", "gurNo")],
    ),
    "a guarantee by letter breaks R121.06, whatever the amount": (
        refund(of_guarantee(), **OF_GUARANTEE | {"rtnbkCrdwAmt": "999999"}),
        [("R121.06", "gurNo")],
    ),
    "more than a levy shows breaks R121.06": (
        refund(of_levy(alrdyRtnbkAmt="50000", alrdyCrdwAmt="20000.51")),
        [("R121.06", "rtnbkCrdwAmt")],
    ),
    "a levy that is not paid breaks R121.06": (
        refund(of_levy(actlvyAmt="0")),
        [("R121.06", "rtnbkCrdwAmt")],
    ),
    "more than the quota of a levy under a general guarantee breaks R121.06": (
        refund(of_levy(gurTypecd="1", gurModecd="2", actlvyAmt="49999.99")),
        [("R121.06", "rtnbkCrdwAmt")],
    ),
    "more than a guarantee shows breaks R121.06": (
        refund(of_guarantee(**CASH | {"alrdyRtnbkGasrAmt": "420000"}), **OF_GUARANTEE),
        [("R121.06", "rtnbkCrdwAmt")],
    ),
    "a carry-over without a receiving levy breaks R121.14": (carry_over(), [("R121.14", TARGET)]),
    "a carry-over to two levies breaks R121.14": (
        carry_over(target_row(), target_row(seqno="2", gurNo="ZS0100202600003")),
        [("R121.14", TARGET)],
    ),
    "a carry-over of another amount breaks R121.14": (
        carry_over(target_row(crdwAmt="50000.01")),
        [("R121.14", "crdwAmt")],
    ),
    "a refund with a receiving levy breaks R121.14": (
        Case(filed([target_row()]), KNOWN),
        [("R121.14", TARGET)],
    ),
    "a refund while another filing is open breaks X.07": (
        refund(of_levy(open_filing="202600000000000009")),
        [("X.07", "gurNo")],
    ),
    "a refund of a guarantee that is being changed breaks X.07": (
        refund(of_guarantee("202600000000000009", **CASH), **OF_GUARANTEE),
        [("X.07", "gurNo")],
    ),
    "what customs write is only told": (
        refund(seqno="1", version="2", emapvMarkcd="1", rtnbkCrdwNo="TH0100202600001"),
        [("X.12", "seqno"), ("X.12", "emapvMarkcd"), ("X.12", "version"), ("X.12", "rtnbkCrdwNo")],
    ),
}

SOUND: Sound = {
    "an enterprise of the key": ("X.01", refund()),
    "an authorised agent files": (
        "X.02",
        Case(filed(operator=AGENT), context(enterprises=WITH_AGENT, held=APPROVED)),
    ),
    "the guarantee system": ("X.03", Case(filed(sys_id="B2"), KNOWN)),
    "a name that is nil, which customs have": ("X.04", refund(assuredEtpsNm=NIL)),
    "two decimals": ("X.09", refund(rtnbkCrdwAmt="0.01")),
    "a levy": ("R121.01", refund(gurTypecd="2")),
    "a guarantee": ("R121.01", refund(**OF_GUARANTEE)),
    "an approved levy": ("R121.02", refund(of_levy(Status.APPROVED))),
    "a guarantee of one's own": ("R121.02", refund(of_guarantee(**CASH), **OF_GUARANTEE)),
    "a refund": ("R121.03", refund(rtnbkCrdwTypecd="1")),
    "a carry-over": ("R121.03", carry_over(target_row())),
    "one 分": ("R121.04", refund(rtnbkCrdwAmt="0.01")),
    "a reason": ("R121.05", refund(rtnbkCrdwRsnDesc="余款")),
    "all that a levy shows": ("R121.06", refund(rtnbkCrdwAmt="120000.50")),
    "all that a guarantee shows": ("R121.06", refund(**OF_GUARANTEE | {"rtnbkCrdwAmt": "469999"})),
    "the quota of a levy under a letter guarantee": (
        "R121.06",
        refund(of_levy(gurTypecd="1", gurModecd="2", actlvyAmt="50000", levyBlStucd="3")),
    ),
    "a carry-over of the whole amount to one levy": (
        "R121.14",
        carry_over(target_row(crdwAmt="50000")),
    ),
    "a refund without a receiving levy": ("R121.14", refund()),
    "a refund while nothing is open": ("X.07", refund(of_levy(open_filing=None))),
    "what customs write, nil, empty or 0": (
        "X.12",
        refund(seqno="0", dataSrccd="0", emapvMarkcd="0", chgTmsCnt=NIL),
    ),
}


def test_no_balance_refuses_an_application() -> None:
    assert {rule.id for rule in (*RULES, *HELD_RULES) if rule.where is Where.WARN} == {
        "X.03",
        "X.12",
        "R121.06",
    }
    assert {rule.id for rule in HELD_RULES if rule.status == 409} == {"X.07"}


@pytest.mark.parametrize(("case", "place"), [
    (carry_over(), []),
    (carry_over(target_row(), target_row(seqno="2")), [(TARGET, TARGET, 1)]),
    (carry_over(target_row(crdwAmt="1")), [(TARGET, "crdwAmt", 0)]),
    (Case(filed([target_row()]), KNOWN), [(TARGET, TARGET, 0)]),
], ids=["none", "two", "another amount", "at a refund"])  # fmt: skip
def test_a_finding_about_the_receiving_levy_stands_at_its_row(
    case: Case, place: list[tuple[str, str, int]]
) -> None:
    assert rows(HANDLER, case) == place


@pytest.mark.parametrize(("fields", "error"), [
    ({"gurTypecd": "3"}, True), ({"rtnbkCrdwTypecd": "9"}, True), ({"rtnbkCrdwAmt": "1.234"}, True),
    ({"assuredEtpsno": NIL}, True),
    ({"rtnbkCrdwAmt": ""}, False), ({"rtnbkCrdwAmt": "0"}, False),
    ({"rtnbkCrdwRsnDesc": ""}, False), ({"rtnbkCrdwTypecd": ""}, False),
    (CARRY_OVER, False),
], ids=str)  # fmt: skip
def test_a_draft_may_leave_empty_what_it_may_not_fill_wrongly(
    fields: dict[str, str], error: bool
) -> None:
    case = Case(filed(declares=False, **fields), KNOWN)

    assert [rule.on_draft for rule, _ in found(HANDLER, case) if rule in RULES] == [error]


def test_an_unknown_number_on_a_draft_is_only_told() -> None:
    case = Case(filed(declares=False, gurNo="ZS0100202699999"), KNOWN)

    assert [(rule.id, rule.on_draft) for rule, _ in found(HANDLER, case)] == [("R121.02", False)]


def test_the_filing_key_is_reference_and_change_count_also_when_that_is_nil() -> None:
    application = filed(etpsPreentNo="T7", chgTmsCnt=NIL)

    assert (
        HANDLER.key(application),
        HANDLER.reference(application),
        HANDLER.change_no(application),
    ) == ("T7|0", "T7", 0)


def test_the_guarantee_type_says_in_which_register_the_number_is() -> None:
    assert HANDLER.names(filed()) == (("levy", LEVY_NO),)
    assert HANDLER.names(filed(**OF_GUARANTEE)) == (("guarantee", GUARANTEE_NO),)


def test_the_handler_tells_what_the_lists_filter_by() -> None:
    refunded, carried = HANDLER.facets(filed()), HANDLER.facets(filed([target_row()], **CARRY_OVER))

    assert (refunded.kind, refunded.customs, refunded.gur_type, refunded.refund_kind) == (
        "refund",
        "0100",
        "2",
        "1",
    )
    assert (carried.kind, carried.refund_kind) == ("carryover", "2")
    assert (HANDLER.code, HANDLER.body, HANDLER.parts) == (
        "GRT121",
        "GrtRtnbkCrdwDt",
        ("GrtCrdwInDt",),
    )
    assert HANDLER.answers == ("GRT200", "GRT221")
