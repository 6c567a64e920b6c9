"""The plain form against libxml2: whatever its expressions match is well-formed, valid and reads
the same. Never the other way round."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customs_sim.wire.filing import Filing
from customs_sim.wire.reader import FilingReader
from fixtures.corpus import files
from gateway.base.message import Message
from gateway.base.settings import Settings
from gateway.bootstrap import customs_reader
from gateway.receipts.customs_reader import Reading
from handlers import registered
from schemas.catalogue import catalogue
from schemas.dxp import DxpMsg, canonical, encode_dxp
from schemas.findings import Refused
from schemas.plain import LARGEST, PlainReader
from tests.bounds import within
from tests.unit.schemas.plain_samples import PLAIN, SAMPLES, SCHEMAS, STORAGE, agrees, filed


@pytest.mark.parametrize("code", SAMPLES)
def test_what_both_sides_write_every_day_is_plain(code: str) -> None:
    assert agrees(code, SAMPLES[code]())


def carried(code: str, body: bytes) -> bytes:
    return encode_dxp(
        DxpMsg(
            cop_msg_id="C1",
            sender_id="DXPENT0000000001",
            receiver_ids=("DXPEDCGRT0000001",),
            created_at="2026-11-28T01:06:23+08:00",
            message_type=code,
            data=body,
            keys={"SeqNo": "202600000000000001", "GatewayMsgId": "G1"},
        )
    )


@pytest.mark.parametrize("code", catalogue().filings)
def test_customs_opens_a_filing_alike_in_either_way(code: str) -> None:
    quick, slow = (
        FilingReader(SCHEMAS, "DXPEDCGRT0000001"),
        FilingReader(SCHEMAS, "DXPEDCGRT0000001"),
    )
    slow._plain.largest = 0
    message = carried(code, filed(code))

    opened = quick._plain_filing(canonical(message) or pytest.fail("not canonical"))

    assert isinstance(opened, Filing)
    assert opened == slow.open(message) == quick.open(message)


@pytest.mark.parametrize("code", [code for code in SAMPLES if code not in catalogue().filings])
def test_the_gateway_reads_a_receipt_alike_in_either_way(code: str) -> None:
    quick, slow = customs_reader(Settings(), b"salt"), customs_reader(Settings(), b"salt")
    slow._plain.largest = 0
    message = Message(id="C1", body=carried(code, SAMPLES[code]()), headers={"message_type": code})

    read = quick.read(message)

    assert isinstance(read, Reading)
    assert read == slow.read(message)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, id=f"{code}-{file.name}")
        for code in catalogue().filings
        for file in files(code)
    ],
)
def test_no_fixture_is_read_otherwise_than_by_libxml2(file: object) -> None:
    body = file.read_bytes()  # type: ignore[attr-defined]
    for code in catalogue().filings:
        agrees(code, body)


def test_both_roots_and_layouts_are_plain() -> None:
    signed = filed("GRT101")
    assert b"<Signature" in signed
    package = signed[signed.index(b"<Package") : signed.index(b"</Package>") + len(b"</Package>")]
    bare = b'<?xml version="1.0" encoding="UTF-8"?>' + package

    assert agrees("GRT101", bare)
    assert agrees("GRT101", bare.replace(b"><", b">\n  <"))
    assert agrees("GRT101", re.sub(rb"<(\w+)></\1>", rb"<\1/>", bare))
    assert agrees("GRT101", re.sub(rb"<(\w+)/>", rb"<\1></\1>", bare))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<Package>", b"<!-- a note --><Package>"),
        (b"<Package>", b'<Package xmlns="http://www.chinaport.gov.cn/grt">'),
        (b"<manageResult>1", b"<manageResult>&#49;"),
        (b"<manageResult>1", b"<manageResult><![CDATA[1]]>"),
        (
            b"<manageResult>1</manageResult>",
            b"<manageResult>1</manageResult><manageResult>2</manageResult>",
        ),
        (b"<Package>", b"\r\n<Package>"),
        (b"UTF-8", b"GBK"),
        (b"<manageResult>", b"<manageResult >"),
        (b"</Package>", b"</Package><x/>"),
        (b"<totalPocketQty>1", b"<totalPocketQty>-1"),
        (b"<resutType>A", b"<resutType>\xff"),
        (b"<resutType>A", b"<resutType>\xef\xbf\xbe"),
        (b"<message_type>GRT200", b"<message_type>GRT201"),
        (b"28T01:06:23", b"31T01:06:23"),
        (b"28T01:06:23", b"28T24:06:23"),
        (b"2026-11-28T01", b"0000-11-28T01"),
        (b"2026-11-28T01", b"2026-02-29T01"),
        (b"<rmk/>", b"<rmk>" + b"a" * 4001 + b"</rmk>"),
        (b"<total_pocket_qty>1", b"<total_pocket_qty>2"),
    ],
    ids=range(19),
)
def test_everything_else_is_left_to_the_reader_and_the_validator(old: bytes, new: bytes) -> None:
    assert old in STORAGE
    assert PLAIN.read("GRT200", STORAGE.replace(old, new, 1)) is None


def test_what_is_large_unknown_or_without_a_plain_form_is_left_to_them_too() -> None:
    assert PLAIN.read("GRT200", STORAGE + b" " * LARGEST) is None
    assert PLAIN.read("GRT999", STORAGE) is None
    assert PLAIN.read("GRT301", STORAGE) is None  # its schema has a choice
    assert PlainReader(SCHEMAS, len(STORAGE) - 1).read("GRT200", STORAGE) is None


PIECES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=70),
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "00",
            "1",
            "-1",
            "+1",
            "1.5",
            "1.555555",
            "9" * 15,
            "9" * 16,
            "9" * 19,
            "9" * 20,
            "1e3",
            " 1",
            "1 ",
            "１",
            "a" * 64,
            "a" * 65,
            "中" * 512,
            "中" * 513,
            "a b",
            "a  b",
            " a",
            "a ",
            "\t",
            "\n",
            "\r",
            "\x7f",
            "\x85",
            "\u2028",
            "\ufffe",
            "]]>",
            ">",
            "&amp;",
            "&#65;",
            "<!---->",
            "<?a b?>",
            "<![CDATA[a]]>",
            "<b/>",
            "2026-02-29 00:00:00",
            "2026-02-29T00:00:00",
            "0000-01-01T00:00:00",
            "2026-11-28T23:59:60",
            "2026-13-01 00:00:00",
            "2026-11-28",
            "1105910159",
            "0100",
            "é",
            "\x00",
        ]
    ),
)


@settings(max_examples=3000, deadline=None)
@given(data=st.data())
@pytest.mark.slow
def test_no_change_to_a_plain_message_makes_the_two_disagree(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(SAMPLES)))
    body = SAMPLES[code]().decode()
    leaves = list(re.finditer(r"<(\w+)(?:>([^<]*)</\1>|/>)", body))
    leaf = data.draw(st.sampled_from(leaves))
    name, piece = leaf[1], data.draw(PIECES)
    new = data.draw(
        st.sampled_from(
            [
                f"<{name}>{piece}</{name}>",
                f"<{name}>{leaf[2] or ''}{piece}</{name}>",
                f"<{name}>{piece}{leaf[2] or ''}</{name}>",
                "",
                leaf[0] * 2,
                leaf[0] + piece,
                f"<{name}/>",
                f"<{name}/>{piece}</{name}>",
                f'<{name} a="1">{leaf[2] or ""}</{name}>',
                f"<{name.upper()}>{leaf[2] or ''}</{name.upper()}>",
            ]
        )
    )
    changed = (body[: leaf.start()] + new + body[leaf.end() :]).encode("utf-8", "replace")

    try:
        agrees(code, changed)
    except Refused as refused:  # then it was plain: that is what must not be
        raise AssertionError(changed) from refused


@pytest.mark.parametrize("signed", [False, True])
def test_every_type_but_those_with_a_choice_has_a_plain_form(signed: bool) -> None:
    """What loses it by a change of the schemas shows here, and not as a slow day."""
    assert {
        handler.code for handler in registered() if PLAIN._made(handler.code, signed) is None
    } == {"GRT301", "GRT302"}


@pytest.mark.timed
@pytest.mark.parametrize("piece", ["a ", " ", "9", "中 ", "a\n"])
def test_a_large_message_that_is_nearly_plain_costs_little(piece: str) -> None:
    bodies = [(code, SAMPLES[code]().decode()) for code in SAMPLES]
    for code, body in bodies:
        agrees(code, body.encode())  # the expression is made
    began = time.perf_counter()
    tried = 0
    for code, body in bodies:
        for leaf in list(re.finditer(r"<(\w+)>([^<]*)</\1>", body))[::4]:
            long = f"<{leaf[1]}>{piece * (30_000 // len(piece))}</{leaf[1]}>"
            PLAIN.read(code, (body[: leaf.start()] + long + body[leaf.end() :]).encode()[:LARGEST])
            tried += 1

    assert tried > 80
    assert within((time.perf_counter() - began) / tried, 0.005)
