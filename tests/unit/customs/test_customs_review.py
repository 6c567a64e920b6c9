"""Customs' review rules of GRT101 设立: each rule with a filing that breaks it and one that just
keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from customs_sim.cases.settings import ReviewSettings
from customs_sim.rules.grt.grt101_setup import SET_UP
from customs_sim.rules.review import review
from customs_sim.rules.rule import RegisterView, Where
from customs_sim.wire.filing import Filing
from customs_sim.wire.parties import Enterprise
from schemas.codes import CodeLists
from tests.customs_factories import CASH, LETTER, filing_of

TODAY = date(2026, 11, 23)
BEIJING = Enterprise(
    code="1105910159",
    name="北京某某保税科技有限公司",
    credit_code="91110000802100433B",
    customs="0100",
    dxp_id="DXPENT0000000001",
)
SHANGHAI = Enterprise(
    code="3105960AAA",
    name="上海某某国际物流有限公司",
    credit_code="91310115MA1K3QW838",
    customs="2200",
    dxp_id="DXPENT0000000002",
)
CODES = CodeLists()
AGENT = "1105980001"


def view(
    *,
    letters: dict[str, str] | None = None,
    held: int | None = None,
    barred: bool = False,
    agent: bool = False,
) -> RegisterView:
    assured = replace(BEIJING, barred=barred, agents=frozenset({AGENT} if agent else ()))
    return RegisterView(
        enterprises={e.code: e for e in (assured, SHANGHAI)},
        letters=letters or {},
        codes=CODES,
        generations={} if held is None else {(BEIJING.code, "202600000000000001"): held},
    )


BREAKING = [
    (
        "X.02",
        "an operator of another unit without authority",
        filing_of(LETTER, operator=AGENT),
        view(),
    ),
    (
        "X.04",
        "an enterprise that is not registered",
        filing_of(LETTER | {"assuredEtpsno": "1105919999"}, operator="1105919999"),
        view(),
    ),
    (
        "X.04",
        "a name that is not the registered one",
        filing_of(LETTER | {"assuredEtpsNm": "北京另一公司"}),
        view(),
    ),
    (
        "X.04",
        "a credit code that is not the registered one",
        filing_of(LETTER | {"assuredEtpsSccd": "91310115MA1K3QW838"}),
        view(),
    ),
    (
        "X.08",
        "a set-up under a SeqNo that customs approved already",
        filing_of(LETTER),
        view(held=0),
    ),
    (
        "S101.03",
        "a set-up with a guarantee number",
        filing_of(LETTER | {"gasrNo": "ZB0100202600001"}),
        view(),
    ),
    ("S101.03", "a set-up with a change count", filing_of(LETTER | {"chgTmsCnt": "1"}), view()),
    ("S101.01", "作废, which is not offered", filing_of(LETTER | {"dclTypecd": "3"}), view()),
    ("S101.02", "a third mode of guarantee", filing_of(CASH | {"gurModecd": "3"}), view()),
    (
        "S101.04",
        "a district that does not exist",
        filing_of(LETTER | {"masterCuscd": "0199"}),
        view(),
    ),
    (
        "S101.04",
        "the customs of another region",
        filing_of(LETTER | {"masterCuscd": "2200"}),
        view(),
    ),
    ("S101.07", "an amount of nothing", filing_of(LETTER | {"gasrAmt": "0"}), view()),
    ("S101.08", "a letter without a number", filing_of(LETTER | {"ltguaNo": ""}), view()),
    (
        "S101.09",
        "a letter that expires today",
        filing_of(LETTER | {"ltguaValidDate": "2026-11-23 23:59:59"}),
        view(),
    ),
    (
        "S101.10",
        "a letter without a payer",
        filing_of(LETTER | {"pmnEtpsNm": "", "pmnEtpsno": ""}),
        view(),
    ),
    ("S101.11", "cash without a way of payment", filing_of(CASH | {"paymnModecd": ""}), view()),
    (
        "S101.12",
        "cash without the payer's bank",
        filing_of(CASH | {"pmnEtpsOpaccBankNm": ""}),
        view(),
    ),
    (
        "S101.13",
        "an account of five digits",
        filing_of(CASH | {"pmnEtpsBankAcctnum": "12345"}),
        view(),
    ),
    (
        "S101.15",
        "cash without a payer",
        filing_of(CASH | {"pmnEtpsNm": "", "pmnEtpsno": ""}),
        view(),
    ),
    (
        "S101.16",
        "a payer that is not registered",
        filing_of(LETTER | {"pmnEtpsno": "1105919999"}),
        view(),
    ),
    (
        "S101.18",
        "a letter that secures another guarantee",
        filing_of(LETTER),
        view(letters={"LG-001": "ZB0100202600007"}),
    ),
    (
        "S101.19",
        "a letter of an enterprise that may give cash only",
        filing_of(LETTER),
        view(barred=True),
    ),
    ("S101.20", "an amount at the limit", filing_of(LETTER | {"gasrAmt": "10000000"}), view()),
]

KEEPING = [
    ("X.02", "an authorised agent", filing_of(LETTER, operator=AGENT), view(agent=True)),
    ("X.04", "code, name and credit code as registered", filing_of(LETTER), view()),
    ("X.08", "a SeqNo that customs does not know", filing_of(LETTER), view()),
    ("S101.03", "a set-up without number and count", filing_of(LETTER), view()),
    ("S101.01", "a set-up", filing_of(LETTER), view()),
    ("S101.02", "cash", filing_of(CASH), view()),
    (
        "S101.04",
        "another office of the same customs",
        filing_of(LETTER | {"masterCuscd": "0101"}),
        view(),
    ),
    ("S101.07", "one 元", filing_of(LETTER | {"gasrAmt": "1"}), view()),
    ("S101.08", "a letter with a number", filing_of(LETTER), view()),
    (
        "S101.09",
        "a letter that expires tomorrow",
        filing_of(LETTER | {"ltguaValidDate": "2026-11-24 00:00:00"}),
        view(),
    ),
    (
        "S101.10",
        "a bank as payer, by name alone",
        filing_of(LETTER | {"pmnEtpsNm": "某银行", "pmnEtpsno": ""}),
        view(),
    ),
    ("S101.11", "electronic payment", filing_of(CASH | {"paymnModecd": "2"}), view()),
    ("S101.12", "a letter without a bank", filing_of(LETTER | {"pmnEtpsOpaccBankNm": ""}), view()),
    (
        "S101.13",
        "an account with a hyphen",
        filing_of(CASH | {"pmnEtpsBankAcctnum": "110-060149"}),
        view(),
    ),
    ("S101.15", "a payer named without a code", filing_of(CASH | {"pmnEtpsno": ""}), view()),
    (
        "S101.16",
        "another registered enterprise as payer",
        filing_of(LETTER | {"pmnEtpsno": SHANGHAI.code, "pmnEtpsNm": SHANGHAI.name}),
        view(),
    ),
    (
        "S101.18",
        "cash, whatever letter number it carries",
        filing_of(CASH | {"ltguaNo": "LG-001"}),
        view(letters={"LG-001": "X"}),
    ),
    (
        "S101.19",
        "cash of an enterprise that may give cash only",
        filing_of(CASH),
        view(barred=True),
    ),
    (
        "S101.20",
        "an amount just below the limit",
        filing_of(LETTER | {"gasrAmt": "9999999"}),
        view(),
    ),
]


def ids(cases: list[tuple[str, str, Filing, RegisterView]]) -> list[str]:
    return [f"{rule} {text}" for rule, text, _, _ in cases]


@pytest.mark.parametrize(("rule", "text", "filing", "register"), BREAKING, ids=ids(BREAKING))
def test_a_filing_that_breaks_one_rule_fails_by_that_rule_alone(
    rule: str, text: str, filing: Filing, register: RegisterView
) -> None:
    found = review(filing, register, ReviewSettings(), TODAY)
    assert found.rules == rule
    assert found.outcome == next(r.where.value for r in SET_UP if r.id == rule)


@pytest.mark.parametrize(("rule", "text", "filing", "register"), KEEPING, ids=ids(KEEPING))
def test_a_filing_that_just_keeps_a_rule_is_approved(
    rule: str, text: str, filing: Filing, register: RegisterView
) -> None:
    assert review(filing, register, ReviewSettings(), TODAY).outcome == "1"


def test_every_rule_has_a_case_on_either_side() -> None:
    rules = {rule.id for rule in SET_UP}
    assert {case[0] for case in BREAKING} == rules == {case[0] for case in KEEPING}
    assert len(BREAKING) >= len(SET_UP)


@pytest.mark.parametrize(("rule", "text", "filing", "register"), BREAKING, ids=ids(BREAKING))
def test_a_note_is_chinese_short_and_says_field_and_found(
    rule: str, text: str, filing: Filing, register: RegisterView
) -> None:
    found = review(filing, register, ReviewSettings(), TODAY)
    [failure] = found.failures
    assert 0 < len(failure.note) <= 255
    assert any("\u4e00" <= c <= "\u9fff" for c in failure.note)
    assert rule not in failure.note
    assert failure.text_en
    assert failure.text_en.isascii() or "found" in failure.text_en


def test_a_note_names_label_found_and_wanted() -> None:
    [note] = review(filing_of(LETTER | {"gasrAmt": "0"}), view(), ReviewSettings(), TODAY).notes
    assert note == "总担保金额应大于 0 (总担保金额 gasrAmt: 填报“0”, 应大于 0 的整数元)"


def test_an_empty_field_is_said_to_be_empty() -> None:
    [note] = review(filing_of(CASH | {"paymnModecd": ""}), view(), ReviewSettings(), TODAY).notes
    assert note == "支付方式必填: 1 柜台 2 电子 (支付方式 paymnModecd: 未填报, 应为 1 或 2)"


def test_a_very_long_name_still_fits_a_note() -> None:
    [note] = review(
        filing_of(LETTER | {"assuredEtpsNm": "某" * 512}), view(), ReviewSettings(), TODAY
    ).notes
    assert len(note) <= 255
    assert "备案为 北京某某保税科技有限公司" in note


def test_every_failed_rule_of_the_worst_class_gives_a_note() -> None:
    found = review(
        filing_of(CASH | {"gasrAmt": "0", "paymnModecd": "", "pmnEtpsOpaccBankNm": ""}),
        view(),
        ReviewSettings(),
        TODAY,
    )
    assert found.outcome == "3"
    assert found.rules == "S101.07,S101.11,S101.12"
    assert len(found.notes) == 3


def test_what_cannot_be_stored_comes_before_what_is_returned() -> None:
    found = review(
        filing_of(LETTER | {"assuredEtpsNm": "别的公司", "gasrAmt": "0"}),
        view(),
        ReviewSettings(),
        TODAY,
    )
    assert (found.outcome, found.rules) == ("Z", "X.04")


def test_a_return_comes_before_a_person() -> None:
    found = review(
        filing_of(LETTER | {"ltguaNo": "", "gasrAmt": "20000000"}), view(), ReviewSettings(), TODAY
    )
    assert (found.outcome, found.rules) == ("3", "S101.08")


def test_the_limit_above_which_a_person_decides_is_a_setting() -> None:
    settings = ReviewSettings(manual_over=Decimal(300_000))
    assert review(filing_of(LETTER), view(), settings, TODAY).outcome == "2"


def test_the_competent_customs_can_be_switched_off() -> None:
    settings = ReviewSettings(same_customs=0)
    assert (
        review(filing_of(LETTER | {"masterCuscd": "2200"}), view(), settings, TODAY).outcome == "1"
    )


def test_only_what_cannot_be_stored_or_is_returned_forbids_an_approval() -> None:
    large = review(filing_of(LETTER | {"gasrAmt": "10000000"}), view(), ReviewSettings(), TODAY)
    barred = review(filing_of(LETTER), view(barred=True), ReviewSettings(), TODAY)
    assert (large.forbids, barred.forbids) == (False, True)
    assert [rule.id for rule in SET_UP if rule.where is Where.REVIEW] == ["S101.20"]


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("0711", "至迟于 2025-12-31 停用", "ended not later than 2025-12-31"),
        ("9999", "代码表中没有, 企业主管关区为 0100", "the enterprise is registered at 0100"),
    ],
)
def test_a_district_out_of_its_time_is_told_apart_from_one_that_is_none(
    code: str, zh: str, en: str
) -> None:
    settings = ReviewSettings(same_customs=0)
    (failed,) = review(filing_of(LETTER | {"masterCuscd": code}), view(), settings, TODAY).failures
    assert (failed.rule, zh in failed.note, en in failed.text_en) == ("S101.04", True, True)
    assert "应为" not in failed.note
