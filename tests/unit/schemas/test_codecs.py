"""The codecs of the Grt* messages: what they write is the literal XML of the samples, and what they
read is what was written.

The samples of test_xsd_all.py are written by hand and valid; here they are the golden XML.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.catalogue import catalogue
from schemas.codes import CodeLists
from schemas.filing import encode_filing, parts_of, write_body, write_parts
from schemas.guarantee import CarryIn, Guarantee, Levy, Refund
from schemas.money import money_text
from schemas.package import Rows, texts
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
from schemas.record import BankAccount, Contact, EnterpriseRecord
from schemas.statement import (
    AccountStatement,
    Difference,
    Movement,
    StatementAnswer,
    StatementLine,
    encode_statement,
    movement_fields,
)
from schemas.xsd import SchemaSet
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

SCHEMAS = SchemaSet()
SEQ_NO = "202600000000000001"
ENTERPRISE = "1105910159"
PAYMENT = Movement(
    number="20261100000001",
    moved_at="2026-11-24 09:30:00",
    event="41",
    register="2",
    no="ZS0100202600001",
    increase=Decimal("100000"),
    balance=Decimal("100000"),
    reference="P0001",
)


def fields_of(xml: str) -> dict[str, str]:
    return texts(etree.fromstring(xml))


def rows_of(xml: str) -> dict[str, tuple[dict[str, str], ...]]:
    return parts_of(etree.fromstring(f"<rows>{xml}</rows>"))


def read_back(code: str, inner: str) -> Rows:
    """What stands in the element of the message's own name in what was written; the schema must
    accept the whole."""
    document = business(inner)
    assert SCHEMAS.reasons(code, document) == []
    return package_rows(document[0])


def decision(kind: str, business_no: str = "", **more: object) -> ApprovalResult:
    return msgspec.structs.replace(
        ApprovalResult(
            reference=SEQ_NO,
            business_no=business_no,
            change_no=0,
            kind=kind,
            result="1",
            managed_at="2026-11-23 10:00:10",
            notes=("同意",),
        ),
        **more,
    )


# --- filings ---


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


# --- any content ---

MONEY = st.integers(0, 10**17 - 1).map(lambda fen: Decimal(fen).scaleb(-2))
NUMBERS = st.from_regex(r"[A-Z0-9&<>]{1,20}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=40)
EVENTS = st.sampled_from([each.code for each in CodeLists().list("movement_event")])
MOVEMENTS = st.builds(
    Movement,
    number=NUMBERS,
    moved_at=st.just("2026-11-24 09:30:00"),
    event=EVENTS,
    register=st.sampled_from("12"),
    no=NUMBERS,
    increase=MONEY,
    decrease=MONEY,
    balance=MONEY,
    related_no=st.just("") | NUMBERS,
    reference=st.just("") | NUMBERS,
)


@settings(max_examples=50)
@given(movements=st.lists(MOVEMENTS, max_size=4), remark=TEXTS)
def test_any_movements_are_valid_and_stand_in_the_message(
    movements: list[Movement], remark: str
) -> None:
    body = fields_of(LEVY) | {"rmk": remark}

    rows = read_back("GRT302", encode_sync("GRT302", "GrtDpstLevyBlBsc", body, movements))

    assert list(rows["GrtDpstLevyBlBsc"]) == [body]
    assert list(rows.get("GrtMvmtDt", ())) == [movement_fields(each) for each in movements]


@settings(max_examples=50)
@given(
    lines=st.lists(MOVEMENTS, max_size=4),
    sums=st.tuples(MONEY, MONEY, MONEY, MONEY),
    name=TEXTS,
    remark=TEXTS,
)
def test_any_statement_is_valid_and_keeps_its_lines(
    lines: list[Movement], sums: tuple[Decimal, Decimal, Decimal, Decimal], name: str, remark: str
) -> None:
    statement = AccountStatement(
        number="DZ0100202600001",
        version=2,
        enterprise=ENTERPRISE,
        name=f"企业{name}",
        credit_code="91110000802100433B",
        customs="0100",
        first_day="2026-11-01",
        last_day="2026-11-30",
        opening=sums[0],
        increase=sums[1],
        decrease=sums[2],
        closing=sums[3],
        quantity=len(lines),
        issued_at="2026-12-01 00:00:00",
        remark=remark,
        lines=tuple(StatementLine(seqno=n, movement=m) for n, m in enumerate(lines, 1)),
    )

    rows = read_back("GRT303", encode_statement(statement))

    head = rows["GrtReconBsc"][0]
    assert (head["assuredEtpsNm"], head["rmk"]) == (f"企业{name}", remark)
    assert [head[each] for each in ("opngAmt", "incrAmt", "decrAmt", "clsgAmt")] == [
        money_text(each) for each in sums
    ]
    assert list(rows.get("GrtReconDt", ())) == [
        {"seqno": str(n), **movement_fields(each)} for n, each in enumerate(lines, 1)
    ]


@settings(max_examples=50)
@given(
    amounts=st.lists(MONEY, max_size=3),
    reason=TEXTS,
    notes=st.lists(TEXTS.filter(bool), max_size=3),
    nil=st.sets(
        st.sampled_from(["seqno", "chgTmsCnt", "assuredEtpsno", "assuredEtpsNm", "masterCuscd"])
    ),
)
def test_any_refund_comes_back_as_it_was(
    amounts: list[Decimal], reason: str, notes: list[str], nil: set[str]
) -> None:
    body = fields_of(REFUND) | {"rtnbkCrdwRsnDesc": reason} | dict.fromkeys(nil, "")
    rows = tuple(
        {"seqno": str(n), "gurNo": "ZS1", "crdwAmt": str(amount), "rmk": reason}
        for n, amount in enumerate(amounts, 1)
    )
    parts = {"GrtCrdwInDt": rows} if rows else {}
    answer = decision("3", body_name="GrtRtnbkCrdwDt", body=body, parts=parts, notes=tuple(notes))

    assert decode_approval(read_back("GRT221", encode_approval("GRT221", answer))) == answer


@settings(max_examples=50)
@given(names=st.lists(TEXTS.filter(bool), min_size=1, max_size=3))
def test_any_enterprise_record_comes_back_as_it_was(names: list[str]) -> None:
    body = fields_of(RECORD) | {"etpsAddr": names[0]}
    parts = {
        "GrtEtpsConcDt": tuple(
            {"seqno": str(n), "etpsConcErName": name, "etpsConcErTelnum": "010", "dfltMarkcd": "0"}
            for n, name in enumerate(names, 1)
        )
    }

    document = business(encode_filing("GrtEtpsInfoBsc", body, parts, "1", ENTERPRISE))

    assert SCHEMAS.reasons("GRT151", document) == []
    assert texts(document[0][0]) == body
    assert parts_of(document[0]) == parts
    assert write_parts(parts_of(document[0])) == write_parts(parts)


# --- views ---


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
    assert (levy.paid, levy.settled) == (True, True)
    assert (levy.by_cash, levy.by_letter, levy.by_single, levy.by_general) == (
        True,
        False,
        True,
        False,
    )
    assert (levy.guarantee_no, levy.letter_no) == ("", "")


@pytest.mark.parametrize(
    ("status", "paid", "settled"),
    [("", False, False), ("1", False, False), ("2", True, True), ("3", False, True)],
)
def test_a_levy_is_settled_when_paid_or_when_nothing_is_to_pay(
    status: str, paid: bool, settled: bool
) -> None:
    levy = Levy({"levyBlStucd": status})

    assert (levy.paid, levy.settled) == (paid, settled)
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
    assert [(c.name, c.phone, c.is_default) for c in record.contacts] == [
        ("张三", "01088886666", True)
    ]
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
