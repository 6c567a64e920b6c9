"""The codecs of the Grt* messages, on any content: valid, and the same when read back."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import CodeLists
from schemas.filing import encode_filing, parts_of, write_parts
from schemas.money import money_text
from schemas.package import texts
from schemas.receipts import decode_approval, encode_approval, encode_sync
from schemas.statement import (
    AccountStatement,
    Movement,
    StatementLine,
    encode_statement,
    movement_fields,
)
from tests.unit.schemas.codec_samples import ENTERPRISE, SCHEMAS, decision, fields_of, read_back
from tests.unit.schemas.test_xsd_all import LEVY, RECORD, REFUND, business

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
