"""The views of messages: what a body tells the rules."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.guarantee import CarryIn, Guarantee, Levy, Refund
from schemas.record import BankAccount, Contact, EnterpriseRecord
from schemas.statement import Difference, StatementAnswer
from tests.unit.schemas.codec_samples import ENTERPRISE, fields_of, rows_of
from tests.unit.schemas.test_xsd_all import (
    ANSWER,
    CARRY_IN,
    DIFFERENCES,
    LEVY,
    RECORD,
    RECORD_ROWS,
    REFUND,
)


def test_a_levy_tells_what_the_rules_ask() -> None:
    levy = Levy(
        fields_of(LEVY)
        | {
            "actlvyAmt": "120000.50",
            "alrdyRtnbkAmt": "50000.00",
            "alrdyCrdwAmt": "60000.00",
            "levyBlStucd": "2",
            "chgTmsCnt": "3",
        }
    )

    assert (levy.levy_no, levy.change_no, levy.enterprise) == ("ZS0100202600001", 3, ENTERPRISE)
    assert (levy.due, levy.levied, levy.refunded, levy.carried) == (
        Decimal("120000.50"),
        Decimal("120000.50"),
        Decimal(50000),
        Decimal(60000),
    )
    assert levy.refundable() == Decimal("10000.50")
    assert levy.paid
    assert (levy.by_cash, levy.by_letter, levy.by_single, levy.by_general) == (
        True,
        False,
        True,
        False,
    )
    assert (levy.guarantee_no, levy.letter_no) == ("", "")


@pytest.mark.parametrize(("status", "paid"), [("", False), ("1", False), ("2", True), ("3", False)])
def test_a_levy_is_paid_when_its_status_says_so(status: str, paid: bool) -> None:
    levy = Levy({"levyBlStucd": status})

    assert levy.paid is paid
    assert levy.due is None
    assert levy.refundable() == 0


def test_a_levy_secured_by_a_general_guarantee_names_it() -> None:
    levy = Levy(
        {"gurTypecd": "1", "gurModecd": "2", "gasrNo": "ZB0100202600002", "ltguaNo": "LG-777"}
    )

    assert (levy.by_general, levy.by_single, levy.by_letter, levy.by_cash) == (
        True,
        False,
        True,
        False,
    )
    assert (levy.guarantee_no, levy.letter_no) == ("ZB0100202600002", "LG-777")


def test_a_guarantee_tells_what_may_be_refunded() -> None:
    guarantee = Guarantee(
        {"gasrAmt": "500000", "usedGasrAmt": "30001", "alrdyRtnbkGasrAmt": "1000"}
    )

    assert (guarantee.used, guarantee.returned, guarantee.refundable()) == (
        Decimal(30001),
        Decimal(1000),
        Decimal(468999),
    )
    assert Guarantee({}).refundable() == 0


def test_a_refund_names_its_source_its_kind_and_the_receiving_levy() -> None:
    refund = Refund.of(fields_of(REFUND), rows_of(CARRY_IN))

    assert (refund.register_no, refund.of_levy, refund.of_guarantee) == (
        "ZS0100202600001",
        True,
        False,
    )
    assert (refund.is_carry_over, refund.is_refund) == (True, False)
    assert (refund.asked, refund.reason, refund.refund_no) == (
        Decimal(60000),
        "余料结转",
        "TZ0100202600001",
    )
    assert (refund.enterprise, refund.enterprise_ref) == (ENTERPRISE, "T0001")
    assert [(row.levy_no, row.carried) for row in refund.carry_in] == [
        ("ZS0100202600004", Decimal(60000))
    ]
    assert refund == Refund(fields_of(REFUND), (CarryIn(fields_of(CARRY_IN)),))


def test_an_enterprise_record_knows_its_payers_from_its_accounts() -> None:
    record = EnterpriseRecord.of(fields_of(RECORD), rows_of(RECORD_ROWS))

    assert (record.enterprise_ref, record.change_no, record.enterprise) == ("I0001", 0, ENTERPRISE)
    assert (record.name, record.credit_code) == ("北京某某保税科技有限公司", "91110000802100433B")
    assert [(c.name, c.is_default) for c in record.contacts] == [("张三", True)]
    assert [(a.bank, a.number, a.is_default) for a in record.accounts] == [
        ("中国工商银行北京朝阳支行", "0200003409089123456", True),
        ("", "", False),
    ]
    assert record.payers == ((ENTERPRISE, "北京某某保税科技有限公司"), ("", "某某银行"))
    assert isinstance(record.contacts[0], Contact)
    assert isinstance(record.accounts[0], BankAccount)


def test_an_answer_to_a_statement_lists_its_differences() -> None:
    answer = StatementAnswer.of(fields_of(ANSWER), rows_of(DIFFERENCES))

    assert (answer.statement_no, answer.statement_version, answer.agreed) == (
        "DZ0100202600001",
        1,
        False,
    )
    assert (answer.enterprise_ref, answer.change_no, answer.enterprise) == ("D0001", 0, ENTERPRISE)
    assert [
        (d.movement_no, d.missing, d.statement_amount, d.enterprise_amount, d.explanation)
        for d in answer.differences
    ] == [
        ("20261100000001", False, Decimal("100000.00"), Decimal("100000.50"), "少记 0.50 元"),
        ("", True, Decimal(0), Decimal("20000.50"), ""),
    ]
    assert isinstance(answer.differences[0], Difference)
    assert StatementAnswer({"reconRsltcd": "1"}).agreed
