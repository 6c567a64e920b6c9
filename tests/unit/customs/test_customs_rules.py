"""Customs' review rules of 变更, 确认, 退转, 信息维护 and 对账: each with a filing that breaks it,
and sound filings that keep all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from customs_sim.cases.settings import ReviewSettings
from customs_sim.rules.grt.grt101_change import CHANGE
from customs_sim.rules.grt.grt111_rules import CONFIRMATION
from customs_sim.rules.grt.grt121_rules import REFUND as REFUND_RULES
from customs_sim.rules.grt.grt151 import RECORD as RECORD_RULES
from customs_sim.rules.grt.grt161 import ANSWER as ANSWER_RULES
from customs_sim.rules.procedure import procedure_of, procedures
from customs_sim.rules.review import review
from customs_sim.rules.rule import RegisterView, Rule, Where
from customs_sim.wire.filing import Filing
from tests.customs_factories import ACCOUNT, BY_LETTER, rows_of
from tests.unit.customs.breaking_changes import OF_CHANGES
from tests.unit.customs.breaking_confirmations import OF_CONFIRMATIONS
from tests.unit.customs.breaking_others import OF_THE_REST
from tests.unit.customs.rule_register import (
    AGENT,
    CASH_G,
    DIFFERENCE,
    E1,
    FOREIGN_G,
    FOREIGN_L,
    LETTER_GUARANTEE,
    ON_QUOTA,
    PAID_LEVY,
    QUOTA_L,
    TODAY,
    USUAL,
    WIDE,
    D,
    answer,
    by,
    carry,
    change,
    confirmation,
    record,
    refund,
    view,
)

BREAKING = [*OF_CHANGES, *OF_CONFIRMATIONS, *OF_THE_REST]

KEEPING: list[tuple[str, Filing, RegisterView, ReviewSettings]] = [
    (
        "a change of amount, letter and validity",
        change(ltguaNo="LG-001A", ltguaValidDate="2028-11-22 00:00:00"),
        view(),
        USUAL,
    ),
    ("a change of the amount alone", change(), view(), USUAL),
    (
        "a change that customs' own elements do not match",
        change(usedGasrAmt="7", avalGasrAmt="1", mkclUnitNm="x", version="99"),
        view(),
        USUAL,
    ),
    (
        "an expired letter that is extended",
        change(),
        view(guarantees=[replace(LETTER_GUARANTEE, status="2")]),
        USUAL,
    ),
    ("a change down to what is used", change(gasrAmt="30001"), view(), USUAL),
    ("a letter as long as the cover", change(ltguaValidDate="2027-07-30 00:00:00"), view(), WIDE),
    (
        "a change by an authorised agent",
        by(change(), AGENT),
        view(enterprises={E1.code: replace(E1, agents=frozenset({AGENT}))}),
        USUAL,
    ),
    ("cash", confirmation(), view(), USUAL),
    ("a letter", confirmation(BY_LETTER), view(), USUAL),
    ("quota", confirmation(ON_QUOTA), view(), USUAL),
    (
        "quota to the last 分",
        confirmation(ON_QUOTA),
        view(guarantees=[replace(LETTER_GUARANTEE, limit=D("150001.25"))]),
        USUAL,
    ),
    ("amounts written otherwise", confirmation(levyBlAmt="120000.5", actlvyAmt="0"), view(), USUAL),
    (
        "a letter on its last day",
        confirmation(ON_QUOTA),
        view(guarantees=[replace(LETTER_GUARANTEE, valid_until=TODAY)]),
        USUAL,
    ),
    (
        "a bank as payer by name alone",
        confirmation(pmnEtpsno="", pmnEtpsNm="某银行"),
        view(),
        USUAL,
    ),
    ("all that is left", refund(rtnbkCrdwAmt="70000.50"), view(), USUAL),
    ("a refund without a name", refund(assuredEtpsNm=E1.name), view(), USUAL),
    ("a release", refund(QUOTA_L, rtnbkCrdwAmt="30000.75"), view(), USUAL),
    ("money of a guarantee", refund(CASH_G, gurTypecd="1", rtnbkCrdwAmt="498899"), view(), USUAL),
    ("a carry-over", carry(), view(), USUAL),
    (
        "a refund after the close",
        refund(),
        view(levies=[replace(PAID_LEVY, closed=True)]),
        ReviewSettings(refund_after_close=True),
    ),
    ("a record without accounts", record(), view(), USUAL),
    (
        "a record with a bank as payer",
        record(
            rows_of("GrtEtpsAcctDt", ACCOUNT, ACCOUNT | {"pmnEtpsno": "", "pmnEtpsNm": "某银行"})
        ),
        view(),
        USUAL,
    ),
    ("an agreement", answer(), view(), USUAL),
    (
        "a difference and a missing line",
        answer(
            rows_of("GrtReconDiffDt", DIFFERENCE, DIFFERENCE | {"mvmtNo": "", "missMarkcd": "1"}),
            reconRsltcd="2",
        ),
        view(),
        USUAL,
    ),
]


@pytest.mark.parametrize(
    ("rule", "what", "filing", "register", "settings", "note"),
    BREAKING,
    ids=[f"{c[0]} {c[1]}" for c in BREAKING],
)
def test_a_filing_that_breaks_a_rule_is_sent_back_with_a_note_a_person_understands(
    rule: str,
    what: str,
    filing: Filing,
    register: RegisterView,
    settings: ReviewSettings,
    note: str,
) -> None:
    found = review(filing, register, settings, TODAY)
    failure = next((f for f in found.failures if f.rule == rule and f.note.startswith(note)), None)
    assert failure, (found.rules, found.notes)
    assert found.outcome == next(
        r.where.value
        for r in procedure_of(filing.head.message_type).table(is_change=filing.is_change)
        if r.id == rule
    )
    assert len(failure.note) <= 255
    assert rule not in failure.note
    assert "{" not in failure.note + failure.text_en


@pytest.mark.parametrize(
    ("what", "filing", "register", "settings"), KEEPING, ids=[case[0] for case in KEEPING]
)
def test_a_sound_filing_is_approved(
    what: str, filing: Filing, register: RegisterView, settings: ReviewSettings
) -> None:
    found = review(filing, register, settings, TODAY)
    assert (found.outcome, found.notes) == ("1", ())


@pytest.mark.parametrize(
    "table",
    [CHANGE, CONFIRMATION, REFUND_RULES, RECORD_RULES, ANSWER_RULES],
    ids=["change", "confirmation", "refund", "record", "answer"],
)
def test_every_rule_has_a_case_that_breaks_it(table: tuple[Rule, ...]) -> None:
    broken = {case[0] for case in BREAKING}
    assert {rule.id for rule in table} <= broken


def test_only_the_two_of_the_manual_return_without_a_person() -> None:
    assert {
        rule.id
        for row in procedures().values()
        for _, table in row.tables()
        for rule in table
        if rule.auto
    } == {"R121.08", "R121.11"}


def test_a_note_tells_no_fact_about_another_enterprise() -> None:
    """R121.13, F111.09, C101.01: a foreign number is answered exactly as an unknown one."""
    for foreign, unknown in (
        (carry(target=FOREIGN_L), carry(target="ZS0100202699999")),
        (
            confirmation(ON_QUOTA, gasrNo=FOREIGN_G),
            confirmation(ON_QUOTA, gasrNo="ZS0100202699999"),
        ),
        (change(gasrNo=FOREIGN_G), change(gasrNo="ZS0100202699999")),
    ):
        one, two = (review(f, view(), ReviewSettings(), TODAY).notes for f in (foreign, unknown))
        assert [n.replace(FOREIGN_L, "N").replace(FOREIGN_G, "N") for n in one] == [
            n.replace("ZS0100202699999", "N") for n in two
        ]


def test_one_finding_for_each_element_that_a_change_may_not_touch() -> None:
    found = review(
        change(pmnEtpsNm="某银行", pmnEtpsno="", etpsConcErName="某人"),
        view(),
        ReviewSettings(),
        TODAY,
    )
    assert (found.outcome, found.rules, len(found.notes)) == ("3", "C101.05", 3)


def test_the_rules_of_a_set_up_do_not_fall_on_a_change() -> None:
    assert not any(rule.id.startswith(("S101.03", "S101.20")) for rule in CHANGE)
    assert Where.REVIEW not in {rule.where for rule in CHANGE}
