"""The codecs of the Grt* messages: what they write is the literal XML of the samples, and what they
read is what was written.

The samples of test_xsd_all.py are written by hand and valid; here they are the golden XML.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.catalogue import catalogue
from schemas.filing import encode_filing, write_body
from schemas.guarantee import Refund
from schemas.package import rows_of as package_rows
from schemas.receipts import (
    ApprovalResult,
    ResendRequest,
    StorageResult,
    decode_approval,
    decode_resend,
    decode_storage,
    encode_approval,
    encode_storage,
    encode_sync,
)
from schemas.statement import AccountStatement, Movement, StatementLine, encode_statement
from tests.unit.schemas.codec_samples import (
    ENTERPRISE,
    PAYMENT,
    SEQ_NO,
    decision,
    fields_of,
    read_back,
    rows_of,
)
from tests.unit.schemas.test_xsd_all import (
    ANSWER,
    CARRY_IN,
    DIFFERENCES,
    FULL,
    GUARANTEE_ASKED,
    LEVY,
    LEVY_ISSUED,
    RECORD,
    RECORD_ROWS,
    REFUND,
    REFUND_BY_CUSTOMS,
    REFUND_FILED,
    SEQ,
    business,
)


@pytest.mark.parametrize(
    ("code", "body_name", "body", "rows"),
    [
        ("GRT111", "GrtDpstLevyBlBsc", LEVY, ""),
        ("GRT121", "GrtRtnbkCrdwDt", REFUND, CARRY_IN),
        ("GRT151", "GrtEtpsInfoBsc", RECORD, RECORD_ROWS),
        ("GRT161", "GrtReconRsltBsc", ANSWER, DIFFERENCES),
    ],
)
def test_a_filing_is_written_as_the_golden_message(
    code: str, body_name: str, body: str, rows: str
) -> None:
    assert (
        encode_filing(body_name, fields_of(body), rows_of(rows), "1", ENTERPRISE, SEQ_NO)
        == FULL[code]
    )


def test_a_first_filing_has_no_sequence_number_and_the_assured_enterprise_as_operator() -> None:
    fields = fields_of(LEVY_ISSUED)

    assert (
        encode_filing("GrtDpstLevyBlBsc", fields, flag="0")
        == f"<GrtMessage>{LEVY_ISSUED}<SysId>B2</SysId><OperCusRegCode>1105910159</OperCusRegCode>"
        "</GrtMessage><DelcareFlag>0</DelcareFlag>"
    )
    assert encode_filing("GrtDpstLevyBlBsc", fields, seq_no="").startswith(
        "<GrtMessage><SeqNo/><GrtDpstLevyBlBsc>"
    )
    assert encode_filing("GrtDpstLevyBlBsc", fields, seq_no=SEQ_NO).startswith(
        f"<GrtMessage>{SEQ}<GrtDpstLevyBlBsc>"
    )
    assert encode_filing("GrtDpstLevyBlBsc", fields, operator="3105960AAA").endswith(
        "<OperCusRegCode>3105960AAA</OperCusRegCode></GrtMessage><DelcareFlag>1</DelcareFlag>"
    )


@pytest.mark.parametrize("xml", [REFUND, REFUND_FILED, REFUND_BY_CUSTOMS])
def test_what_is_empty_in_a_refund_is_nil_where_its_type_cannot_be_empty(xml: str) -> None:
    assert write_body("GrtRtnbkCrdwDt", fields_of(xml)) == xml


def test_nil_reads_as_empty() -> None:
    fields = fields_of(REFUND_FILED)

    assert (fields["seqno"], fields["chgTmsCnt"], fields["masterCuscd"]) == ("", "", "")
    assert Refund(fields).change_no == 0


def test_a_body_other_than_a_refund_is_never_nil() -> None:
    assert write_body("GrtEtpsConcDt", {"seqno": ""}) == "<GrtEtpsConcDt><seqno/></GrtEtpsConcDt>"


def test_a_resend_request_is_read_from_the_golden_message() -> None:
    wanted = ResendRequest(business_no="ZS0100202600001", reference=SEQ_NO)

    assert decode_resend(read_back("GRT141", FULL["GRT141"])) == wanted
    assert decode_resend({}) is None


# --- receipts ---


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (
            "GRT211",
            decision("2", "ZS0100202600001", body_name="GrtDpstLevyBlBsc", body=fields_of(LEVY)),
        ),
        (
            "GRT221",
            decision(
                "3",
                "TZ0100202600001",
                body_name="GrtRtnbkCrdwDt",
                body=fields_of(REFUND),
                parts=rows_of(CARRY_IN),
            ),
        ),
        (
            "GRT251",
            decision(
                "4", body_name="GrtEtpsInfoBsc", body=fields_of(RECORD), parts=rows_of(RECORD_ROWS)
            ),
        ),
        (
            "GRT261",
            decision(
                "5",
                "DZ0100202600001",
                body_name="GrtReconRsltBsc",
                body=fields_of(ANSWER),
                parts=rows_of(DIFFERENCES),
            ),
        ),
    ],
)
def test_an_approval_receipt_is_written_as_the_golden_message_and_read_back(
    code: str, answer: ApprovalResult
) -> None:
    inner = encode_approval(code, answer)

    assert inner == FULL[code]
    assert decode_approval(read_back(code, inner)) == answer


def test_an_approval_receipt_of_a_guarantee_has_no_rows() -> None:
    answer = decision("1", body_name="GrtGasrLevyBsc", body=fields_of(GUARANTEE_ASKED), notes=())

    inner = encode_approval("GRT201", answer)

    assert (
        inner
        == "<GRT201><HdeApprResult><etpsPreentNo>202600000000000001</etpsPreentNo><businessId/>"
        "<tmsCnt>0</tmsCnt><typecd>1</typecd><manageResult>1</manageResult>"
        "<manageDate>2026-11-23 10:00:10</manageDate><rmk/></HdeApprResult>"
        f"{GUARANTEE_ASKED}</GRT201>"
    )
    assert decode_approval(package_rows(business(inner)[0])) == answer


def test_rows_without_a_body_are_not_taken_for_the_body() -> None:
    read = decode_approval(
        read_back("GRT221", encode_approval("GRT221", decision("3", parts=rows_of(CARRY_IN))))
    )

    assert read is not None
    assert (read.body_name, read.body) == ("", None)
    assert read.parts == rows_of(CARRY_IN)


def test_a_receipt_with_notes_alone_has_no_body() -> None:
    answer = decision(
        "3", notes=("R121.07 申请 80000.00 元, 可退 70000.50 元", "请改正"), result="3"
    )

    assert decode_approval(read_back("GRT221", encode_approval("GRT221", answer))) == answer


def test_a_storage_receipt_is_written_as_the_golden_message_and_read_back() -> None:
    answer = StorageResult(
        result_type=catalogue()["GRT121"].letter,
        reference=SEQ_NO,
        result="1",
        managed_at="2026-11-23 10:00:05",
    )

    inner = encode_storage("GRT200", answer)

    assert (
        inner == "<GRT200><MsgReceResult><resutType>C</resutType>"
        "<etpsPreentNo>202600000000000001</etpsPreentNo><pocketId/>"
        "<totalPocketQty>1</totalPocketQty><curPocketNo>1</curPocketNo><bizNo/>"
        "<manageResult>1</manageResult><manageDate>2026-11-23 10:00:05</manageDate><rmk/>"
        "</MsgReceResult></GRT200>"
    )
    assert decode_storage(read_back("GRT200", inner)) == answer


# --- what customs send of their own accord ---


@pytest.mark.parametrize(
    ("code", "xml", "body_name", "body", "movements", "rows"),
    [
        ("GRT301", FULL["GRT301"], "GrtDpstLevyBlBsc", LEVY, (), ""),
        (
            "GRT301",
            f"<GRT301>{GUARANTEE_ASKED}</GRT301>",
            "GrtGasrLevyBsc",
            GUARANTEE_ASKED,
            (),
            "",
        ),
        ("GRT302", FULL["GRT302"], "GrtRtnbkCrdwDt", REFUND, (PAYMENT,), CARRY_IN),
        (
            "GRT302",
            f"<GRT302>{REFUND_BY_CUSTOMS}</GRT302>",
            "GrtRtnbkCrdwDt",
            REFUND_BY_CUSTOMS,
            (),
            "",
        ),
    ],
)
def test_a_synchronisation_is_written_as_the_golden_message(
    code: str, xml: str, body_name: str, body: str, movements: tuple[Movement, ...], rows: str
) -> None:
    assert encode_sync(code, body_name, fields_of(body), movements, rows_of(rows)) == xml


def test_a_statement_is_written_as_the_golden_message() -> None:
    statement = AccountStatement(
        number="DZ0100202600001",
        version=1,
        enterprise=ENTERPRISE,
        name="北京某某保税科技有限公司",
        credit_code="91110000802100433B",
        customs="0100",
        first_day="2026-11-01",
        last_day="2026-11-30",
        opening=Decimal(500000),
        increase=Decimal(100000),
        decrease=Decimal(0),
        closing=Decimal(600000),
        quantity=1,
        issued_at="2026-12-01 00:00:00",
        answer_by="2026-12-11 00:00:00",
        lines=(StatementLine(seqno=1, movement=PAYMENT),),
    )

    assert encode_statement(statement) == FULL["GRT303"]
