"""The rule tables of GRT101: each rule from both sides, and what the tables as a whole must
keep."""

from __future__ import annotations

import pytest

from handlers.contract import Where
from handlers.grt.grt101 import HANDLER
from handlers.grt.grt101_register import HELD_RULES
from handlers.grt.grt101_rules import RULES
from handlers.grt.rows import amount, as_registered
from tests.factories import (
    CASH,
    GUARANTEE_NO,
    SHANGHAI,
    context,
    grt101_fields,
    grt101_filing,
    held,
    held_guarantee,
)
from tests.unit.handlers.grt101_cases import BROKEN as BROKEN  # read by test_every_type
from tests.unit.handlers.grt101_cases import SOUND as SOUND
from tests.unit.handlers.grt101_cases import change, found


def test_a_change_is_compared_in_what_the_enterprise_owns_and_told_in_what_customs_owns() -> None:
    its_own = {
        "etpsPreentNo",
        "dclTypecd",
        "gasrNo",
        "chgTmsCnt",
        "dclTime",
        "rmk",
        "gasrAmt",
        "ltguaValidDate",
        "ltguaNo",
    }
    of_the_registry = {"assuredEtpsno", "assuredEtpsNm", "assuredEtpsSccd"}
    compared = {rule.field for rule in HELD_RULES if rule.id == "C101.05"}
    told = {rule.field for rule in HELD_RULES if rule.id == "X.12"}

    assert compared | told | its_own | of_the_registry == set(grt101_fields())
    assert not compared & told


def test_a_set_up_asks_nothing_of_the_store() -> None:
    filing = grt101_filing()

    assert HANDLER.names(filing) == ()
    assert [rule.id for rule in HELD_RULES if rule.check(filing, context()) is not None] == []


def test_a_change_asks_for_the_guarantee_that_it_names() -> None:
    assert HANDLER.names(change().filing) == (("guarantee", GUARANTEE_NO),)
    assert HANDLER.names(change(gasrNo="").filing) == ()


def test_an_open_filing_is_a_conflict_and_every_other_rule_a_refusal() -> None:
    assert {rule.id for rule in (*RULES, *HELD_RULES) if rule.status == 409} == {"X.07"}
    assert {rule.status for rule in RULES} == {422}


def test_only_four_rules_warn_and_only_one_forbids() -> None:
    assert {rule.id for rule in (*RULES, *HELD_RULES) if rule.where is Where.WARN} == {
        "X.03",
        "S101.14",
        "S101.17",
        "X.12",
    }
    assert {rule.id for rule in RULES if rule.where is Where.FORBID} == {"X.01"}


def test_a_value_full_of_braces_is_only_quoted() -> None:
    filing = grt101_filing(assuredEtpsNm="{w}{nobody}{0!r}")
    [(rule, breach)] = found(filing, context())

    text = rule.zh.format_map({"f": breach.found, "w": breach.wanted, "label": ""})

    assert "“{w}{nobody}{0!r}”" in text


# --- drafts (X.10) ---


@pytest.mark.parametrize(
    "fields",
    [
        {"assuredEtpsno": SHANGHAI}, {"assuredEtpsNm": "某公司"}, {"gasrAmt": "1,000"},
        {"dclTypecd": "3"},
        {"gurModecd": "3"}, {"masterCuscd": "9999"}, {"paymnModecd": "9"},
    ],
    ids=str,
)  # fmt: skip
def test_on_a_draft_what_is_filled_wrongly_stays_an_error(fields: dict[str, str]) -> None:
    filing = grt101_filing(declares=False, **fields)

    assert [rule.on_draft for rule, _ in found(filing, context())] == [True]


@pytest.mark.parametrize(
    "fields",
    [
        {"dclTypecd": ""}, {"gurModecd": ""}, {"masterCuscd": ""}, {"gasrAmt": ""},
        {"gasrAmt": "0"}, {"ltguaNo": ""},
        {"ltguaValidDate": ""}, {"pmnEtpsNm": ""}, {"chgTmsCnt": "1"}, CASH | {"paymnModecd": ""},
        CASH | {"pmnEtpsBankAcctnum": "1"}, {"pmnEtpsno": "1105999999"},
    ],
    ids=str,
)  # fmt: skip
def test_on_a_draft_what_is_still_to_be_completed_is_no_error(fields: dict[str, str]) -> None:
    filing = grt101_filing(declares=False, **fields)

    assert [rule.on_draft for rule, _ in found(filing, context())] == [False]


def test_on_the_draft_of_a_change_only_an_open_filing_and_an_amount_of_nothing_are_errors() -> None:
    busy = context(held=held(held_guarantee(open_filing="202600000000000007")))
    case = change(busy, chgTmsCnt="9", gurModecd="1", gasrAmt="0", version="9")

    kept = [(rule.id, rule.on_draft) for rule, _ in found(case.filing, busy)]

    assert kept == [
        ("X.09", True),
        ("C101.04", False),
        ("C101.05", False),
        ("X.07", True),
        ("X.12", False),
    ]


# --- what later message types use of the shared rules ---


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("0.01", True), ("120000.50", True), ("1000", True), ("", True), ("1.234", False),
    ("0", False), ("0.00", False),
     ("-5", False), ("1e3", False), ("1,000.00", False), ("NaN", False), (".5", False),
     ("1000 ", False)],
)  # fmt: skip
def test_an_amount_of_a_later_message_has_at_most_two_decimals_and_is_above_zero(
    value: str, wanted: bool
) -> None:
    row = amount("rmk")

    assert (row.check(grt101_filing(rmk=value), context()) is None) is wanted


def test_a_body_without_a_credit_code_is_compared_without_it() -> None:
    assert [row.field for row in as_registered(credit_code=None)] == [
        "assuredEtpsno",
        "assuredEtpsNm",
    ]


# --- the row of the catalogue ---


def test_the_filing_key_is_reference_and_change_count() -> None:
    assert HANDLER.key(grt101_filing(etpsPreentNo="R|7", chgTmsCnt="02")) == "R|7|2"


def test_the_handler_tells_what_the_lists_filter_by() -> None:
    facets = HANDLER.facets(grt101_filing(**CASH))

    assert (facets.kind, facets.mode, facets.customs) == ("setup", "1", "0100")
    assert HANDLER.facets(grt101_filing(dclTypecd="2")).kind == "change"


def test_the_handler_names_the_filing_and_its_answers() -> None:
    filing = grt101_filing(etpsPreentNo="R0042", chgTmsCnt="0")

    assert (HANDLER.reference(filing), HANDLER.change_no(filing)) == ("R0042", 0)
    assert (HANDLER.code, HANDLER.body, HANDLER.answers) == (
        "GRT101",
        "GrtGasrLevyBsc",
        ("GRT200", "GRT201"),
    )
