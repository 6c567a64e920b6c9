"""Reading XML: which encodings are taken, what the guards refuse and how quickly, and what
namespaces become."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from schemas.findings import Finding, Refused
from schemas.xml import Document, Limits, XmlReader
from tests.bounds import within

QUICK = 0.25
SAS = "http://www.chinaport.gov.cn/sas"
NAME = "北京某某保税科技有限公司"
READER = XmlReader()


def document(label: str | None = "UTF-8", text: str = NAME) -> str:
    head = '<?xml version="1.0"?>' if label is None else f'<?xml version="1.0" encoding="{label}"?>'
    return f"{head}\n<A>\n  <B>{text}</B>\n</A>\n"


def read(body: bytes, **options: str) -> Document:
    return READER.read(body, **options)


def refused(body: bytes) -> Finding:
    """The one finding with which ``body`` is refused."""
    with pytest.raises(Refused) as raised:
        READER.read(body)
    assert len(raised.value.findings) == 1
    return raised.value.findings[0]


# encodings


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (document().encode(), "UTF-8"),
        (document("utf-8").encode(), "UTF-8"),
        (document(None).encode(), "UTF-8"),
        (f"<A><B>{NAME}</B></A>".encode(), "UTF-8"),
        (document().encode("utf-8-sig"), "UTF-8"),
        (document(None).encode("utf-8-sig"), "UTF-8"),
        (document("UTF-16").encode("utf-16"), "UTF-16"),
        (b"\xff\xfe" + document("UTF-16").encode("utf-16-le"), "UTF-16"),
        (b"\xfe\xff" + document("UTF-16").encode("utf-16-be"), "UTF-16"),
        (b"\xfe\xff" + document("UTF-16BE").encode("utf-16-be"), "UTF-16BE"),
        (b"\xff\xfe" + document(None).encode("utf-16-le"), "UTF-16"),
        (document("GBK").encode("gbk"), "GBK"),
        (document("gbk").encode("gbk"), "GBK"),
        (document("GB2312").encode("gb2312"), "GB2312"),
        (document("GB18030").encode("gb18030"), "GB18030"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_five_encodings_are_read(body: bytes, encoding: str) -> None:
    found = read(body)
    assert found.root.findtext("B") == NAME
    assert (found.encoding, found.body, found.warnings) == (encoding, body, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_lines_are_counted_as_in_the_document_whatever_its_encoding(encoding: str) -> None:
    label = "UTF-8" if encoding == "utf-8-sig" else encoding.upper()
    b = read(document(label).encode(encoding)).root.find("B")
    assert b is not None
    assert b.sourceline == 3


def test_a_declaration_over_several_lines_does_not_move_the_lines() -> None:
    body = document("GBK").replace(" encoding", "\n\n encoding").encode("gbk")
    b = read(body).root.find("B")
    assert b is not None
    assert b.sourceline == 5


def test_characters_of_four_bytes_are_read_in_gb18030_and_refused_in_gbk() -> None:
    rare = "𠮷野家"
    assert read(document("GB18030", rare).encode("gb18030")).root.findtext("B") == rare
    assert refused(document("GBK", rare).encode("gb18030")).code == "ENC.03"


@pytest.mark.parametrize(
    ("body", "declared", "actual"),
    [
        (document("UTF-8").encode("gbk"), "UTF-8", "GBK"),
        (document(None).encode("gbk"), "UTF-8", "GBK"),
        (document("utf-8", "𠮷" + NAME).encode("gb18030"), "utf-8", "GB18030"),
        (document("GBK").encode(), "GBK", "UTF-8"),
        (document("GB2312").encode(), "GB2312", "UTF-8"),
        (document("GB18030").encode(), "GB18030", "UTF-8"),
        (document("UTF-16").encode(), "UTF-16", "UTF-8"),
        (document("UTF-16").encode("gbk"), "UTF-16", "GBK"),
        (document("UTF-8").encode("utf-16"), "UTF-8", "UTF-16"),
        (document("GBK").encode("utf-16"), "GBK", "UTF-16"),
        (document("GBK").encode("utf-8-sig"), "GBK", "UTF-8"),
    ],
)
def test_a_wrong_label_is_refused_with_both_names(body: bytes, declared: str, actual: str) -> None:
    item = refused(body)
    assert item.code == "ENC.02"
    for message in (item.message_zh, item.message_en):
        assert declared in message
        assert actual in message


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (document("UTF-7").encode("utf-7"), "UTF-7"),
        (document("UTF-32").encode("utf-32-le"), "UTF-32"),
        (document("UTF-32").encode("utf-32"), "UTF-32"),
        (b"\x00\x00\xfe\xff" + document("UTF-32").encode("utf-32-be"), "UTF-32"),
        (document("ISO-8859-1", "x").encode(), "ISO-8859-1"),
        (document("Big5").encode("big5", "replace"), "Big5"),
        (document("EBCDIC-CP-US", "x").encode(), "EBCDIC-CP-US"),
        (document("UTF-16").encode("utf-16-le"), "UTF-16 (no BOM)"),
        (document("UTF-16").encode("utf-16-be"), "UTF-16 (no BOM)"),
        (document("no such name", "x").encode(), "no such name"),
    ],
)
def test_any_other_encoding_is_refused_by_its_name(body: bytes, found: str) -> None:
    item = refused(body)
    assert (item.code, item.value) == ("ENC.01", found)
    assert "GB18030" in item.message_en


def test_utf_7_without_a_label_is_plain_text_and_never_decoded() -> None:
    sly = '<?xml version="1.0"?><A>+ADwAQgA+-</A>'
    assert read(sly.encode()).root.text == "+ADwAQgA+-"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff\xfe" + document("UTF-16").encode("utf-16-le") + b"\x00", "ENC.03"),
        (document("GBK").encode("gbk") + b"\xff\xff", "ENC.03"),
        (document("UTF-8", "x").encode() + b"\xff\xff\xff", "ENC.03"),
    ],
)
def test_bytes_that_fit_no_encoding_are_refused_at_their_place(body: bytes, code: str) -> None:
    item = refused(body)
    assert item.code == code
    assert item.wanted is not None
    assert item.wanted.isdigit()


def test_another_charset_in_the_header_is_a_warning() -> None:
    found = read(document().encode(), header_charset="GBK")
    assert [(w.code, w.severity, w.value) for w in found.warnings] == [("ENC.04", "warning", "GBK")]
    assert read(document().encode(), header_charset="utf-8").warnings == ()
    assert [w.code for w in read(document().encode(), header_charset="no such").warnings] == [
        "ENC.04"
    ]


# guards


def bomb(levels: int = 10, width: int = 10) -> str:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * width}">' for n in range(1, levels))
    return f'<!DOCTYPE A [<!ENTITY e0 "ha">{entities}]><A>&e{levels - 1};</A>'


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "SIZE.01"),
    "blanks": (lambda: b" \r\n\t" * 100_000, "SIZE.01"),
    "3 MB": (lambda: b"<A>" + b"x" * 3_000_000 + b"</A>", "SIZE.02"),
    "not XML": (lambda: b"ISA*00*          *00*", "XML.01"),
    "json": (lambda: b'{"a": 1}', "XML.01"),
    "2 MB of text": (lambda: b"x" * 2_000_000, "XML.01"),
    "DOCTYPE": (lambda: b'<!DOCTYPE A SYSTEM "file:///etc/passwd"><A/>', "GUARD.01"),
    "DOCTYPE in UTF-16": (lambda: "<!DOCTYPE A []><A/>".encode("utf-16"), "GUARD.01"),
    "DOCTYPE in GBK": (
        lambda: f'<?xml version="1.0" encoding="GBK"?><!DOCTYPE A []><A>{NAME}</A>'.encode("gbk"),
        "GUARD.01",
    ),
    "entity bomb": (lambda: bomb().encode(), "GUARD.01"),
    "parameter entity": (
        lambda: b'<!DOCTYPE A [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]><A/>',
        "GUARD.01",
    ),
    "quadratic bomb": (
        lambda: (
            b'<!DOCTYPE A [<!ENTITY e "' + b"x" * 50_000 + b'">]><A>' + b"&e;" * 50_000 + b"</A>"
        ),
        "GUARD.01",
    ),
    "entity without DOCTYPE": (lambda: b'<A><!ENTITY e "x"></A>', "GUARD.02"),
    "undefined entity": (lambda: b"<A>&e;</A>", "XML.01"),
    "XML 1.1": (lambda: b'<?xml version="1.1"?><A/>', "GUARD.03"),
    "XML 1.1 in UTF-16": (lambda: '<?xml version="1.1"?><A/>'.encode("utf-16"), "GUARD.03"),
    "XML 1.1 far away": (lambda: b'<?xml version="1.1"' + b" " * 500 + b"?><A/>", "GUARD.03"),
    "UTF-7 far away": (
        lambda: b'<?xml version="1.0"' + b" " * 500 + b'encoding="UTF-7"?><A>+ADw-</A>',
        "ENC.01",
    ),
    "XML 2.0": (lambda: b'<?xml version="2.0"?><A/>', "GUARD.03"),
    "5,000 namespaces": (
        lambda: b"<A " + b" ".join(b'xmlns:n%d="urn:%d"' % (n, n) for n in range(5_000)) + b"/>",
        "GUARD.04",
    ),
    "5,000 namespaces, nested": (
        lambda: b"".join(b'<A%d xmlns="urn:%d">' % (n, n) for n in range(5_000)),
        "GUARD.04",
    ),
    "30,000 attributes": (
        lambda: b"<A " + b" ".join(b'a%d="1"' % n for n in range(30_000)) + b"/>",
        "GUARD.05",
    ),
    "30,000 attributes in a text": (
        lambda: b"<A><B/><C " + b"\n".join(b"a%d='1'" % n for n in range(30_000)) + b"/></A>",
        "GUARD.05",
    ),
    "65 attributes": (
        lambda: b"<A " + b" ".join(b'a%d="1"' % n for n in range(65)) + b"/>",
        "GUARD.05",
    ),
    "depth 65": (lambda: b"<A>" * 65 + b"</A>" * 65, "GUARD.06"),
    "depth 300": (lambda: b"<A>" * 300 + b"</A>" * 300, "GUARD.06"),
    "depth 250,000": (lambda: b"<A>" * 250_000 + b"</A>" * 250_000, "GUARD.06"),
    "depth 600,000, unclosed": (lambda: b"<A>" * 600_000, "GUARD.06"),
    "UTF-7": (lambda: b'<?xml version="1.0" encoding="UTF-7"?>+ADwAQQA+-', "ENC.01"),
    "GBK labelled UTF-8": (lambda: document("UTF-8").encode("gbk"), "ENC.02"),
    "2 MB of GBK labelled UTF-8": (
        lambda: document("UTF-8", NAME * 80_000).encode("gbk"),
        "ENC.02",
    ),
    "2 MB of UTF-8 labelled GBK": (lambda: document("GBK", NAME * 50_000).encode(), "ENC.02"),
    "a comment in a leaf": (lambda: b"<A><B>12<!--c-->34</B></A>", "GUARD.07"),
    "an instruction in a leaf": (lambda: b"<A><B>12<?p i?>34</B></A>", "GUARD.07"),
    "two documents": (lambda: b"<A/><A/>", "XML.01"),
    "cut off": (lambda: document().encode()[:-6], "XML.01"),
    "a NUL": (lambda: b"<A>a\x00b</A>", "XML.01"),
    "a control character": (lambda: b"<A>a\x08b</A>", "XML.01"),
    "a reference to a control character": (lambda: b"<A>a&#8;b</A>", "XML.01"),
    "an undeclared prefix": (lambda: b"<m:A><B/></m:A>", "XML.01"),
    "half a million tags without an end": (lambda: b"<A " * 500_000, "XML.01"),
    "a start tag that never ends": (lambda: b"<A" + b" " * 2_000_000, "XML.01"),
    "a name of 2 MB": (lambda: b"<" + b"A" * 2_000_000 + b"=" * 70, "XML.01"),
    "unclosed quotes": (lambda: b'<A b="' * 200_000, "XML.01"),
    "quotes in quotes": (lambda: b"<A b='" + b'<C d="' * 200_000 + b"'>", "XML.01"),
    "long names without a value": (lambda: b"<A " + b"b " * 900_000 + b"=" * 70, "XML.01"),
    "a comment of 2 MB": (lambda: b"<A><B>1<!--" + b"x" * 2_000_000 + b"--></B></A>", "GUARD.07"),
    "100,000 comments in leaves": (
        lambda: b"<A>" + b"<B>1<!--c-->2</B>" * 100_000 + b"</A>",
        "GUARD.07",
    ),
}


@pytest.mark.timed
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_quickly_and_by_name(name: str) -> None:
    make, code = HOSTILE[name]
    body = make()
    best = float("inf")
    for _ in range(3):  # the machine may be busy; a slow guard is slow every time
        began = time.perf_counter()
        with pytest.raises(Refused) as raised:
            READER.read(body)
        best = min(best, time.perf_counter() - began)
        if within(best, QUICK):
            break
    assert raised.value.findings[0].code == code
    assert within(best, QUICK)
    assert all(len(f.message_en) < 1000 for f in raised.value.findings)
    assert sum(len(f.message_en) for f in raised.value.findings) < 100_000


def test_what_is_just_within_the_limits_is_read() -> None:
    for body in (
        b"<A " + b" ".join(b'a%d="1"' % n for n in range(64)) + b"/>",
        b"<A " + b" ".join(b'xmlns:n%d="urn:%d"' % (n, n) for n in range(64)) + b"/>",
        b"<A>" * 64 + b"</A>" * 64,
        b"<A><B c='1'/>" + b"<B c='1'/>" * 1000 + b"</A>",
        b"<A>" + b"=" * 1000 + b"</A>",
        b"<A>" + b"x" * (2 * 1024 * 1024 - 7) + b"</A>",
    ):
        assert read(body).root.tag == "A"


@pytest.mark.parametrize(
    ("limits", "body", "code"),
    [
        (Limits(size=10), b"<A>12345</A>", "SIZE.02"),
        (Limits(depth=2), b"<A><B><C/></B></A>", "GUARD.06"),
        (Limits(attributes=1), b"<A a='1' b='2'/>", "GUARD.05"),
        (Limits(namespaces=1), b"<A xmlns='urn:a' xmlns:b='urn:b'/>", "GUARD.04"),
    ],
)
def test_limits_are_settings(limits: Limits, body: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        XmlReader(limits).read(body)


def test_a_guard_names_the_line() -> None:
    assert refused(b"<?xml version='1.0'?>\n\n<!DOCTYPE A>\n<A/>").line == 3
    assert refused(b"<A>\n<B>\n1<!--c--></B></A>").line == 2
    assert (
        refused(b"<A>\n\n<B " + b" ".join(b'a%d="1"' % n for n in range(70)) + b"/></A>").line == 3
    )
    assert refused(b"<A>\n\n<B></A>").line == 3


def test_a_parse_error_says_what_to_do_and_not_only_what_the_parser_says() -> None:
    item = refused(b"<A><B>Smith & Sons</B></A>")
    assert (item.code, item.line) == ("XML.01", 1)
    assert "&amp;" in item.message_en
    assert "&amp;" in item.message_zh


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise_anything_but_refused(body: bytes) -> None:
    for data in (
        body,
        b"<A>" + body + b"</A>",
        b'<?xml version="1.0" encoding="GBK"?><A>' + body + b"</A>",
    ):
        try:
            statuses = [200] if read(data).root.tag else []
        except Refused as refusal:
            statuses = [refusal.status for item in refusal.findings if item.is_error]
        assert statuses
        assert set(statuses) <= {200, 400}


# comments and instructions


@pytest.mark.parametrize(
    "body",
    [
        b"<A><!--c--><B>1</B></A>",
        b"<!--c--><A><B>1</B></A><!--c-->",
        b"<A><B>1</B><?p i?></A>",
        b"<A><B><![CDATA[1]]></B></A>",
        b"<?xml version='1.0'?><?xml-stylesheet href='x'?><A><B>1</B></A>",
    ],
)
def test_comments_and_instructions_may_stand_between_elements(body: bytes) -> None:
    assert read(body).root.findtext("B") == "1"


@pytest.mark.parametrize(
    "body",
    [
        f'<?xml version="1.0" encoding="GBK"?><A><B>50<?p i?>0000</B><C>{NAME}</C></A>'.encode(
            "gbk"
        ),
        b"<?p i?><A><B>1<?p i?>2</B></A>",
        f'<m:A xmlns:m="{SAS}"><m:B>1<!--c--></m:B></m:A>'.encode(),
        b"<A><B>1<!--c--></B></A>",
        b"<A><B><!--c-->1</B></A>",
        b"<A><B><!--c--></B></A>",
        b"<A><B>1<?p i?>2</B></A>",
        "<A><B>1<!--c-->2</B></A>".encode("utf-16"),
    ],
)
def test_inside_a_value_they_are_refused_with_the_field(body: bytes) -> None:
    item = refused(body)
    assert (item.code, item.field, item.path) == ("GUARD.07", "B", "/A/B")


def test_every_value_with_a_comment_is_named() -> None:
    with pytest.raises(Refused) as raised:
        READER.read(b"<A><B>1<!--c--></B>\n<C>2</C>\n<B><!--c-->3</B></A>")
    assert [(f.code, f.path, f.line) for f in raised.value.findings] == [
        ("GUARD.07", "/A/B[1]", 1),
        ("GUARD.07", "/A/B[2]", 3),
    ]


# namespaces


@pytest.mark.parametrize(
    "body",
    [
        "<A><B>1</B></A>",
        f'<A xmlns="{SAS}"><B>1</B></A>',
        f'<m:A xmlns:m="{SAS}"><m:B>1</m:B></m:A>',
        f'<m:A xmlns:m="{SAS}"><B>1</B></m:A>',
        f'<A xmlns="{SAS}"><B xmlns="">1</B></A>',
        '<A xmlns=""><B>1</B></A>',
        f'<A xmlns:unused="{SAS}"><B>1</B></A>',
        (
            '<A xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:noNamespaceSchemaLocation="x.xsd"><B>1</B></A>'
        ),
    ],
)
def test_elements_have_local_names_whatever_the_dialect(body: str) -> None:
    found = read(body.encode())
    assert [element.tag for element in found.root.iter()] == ["A", "B"]
    assert found.root.findtext("B") == "1"
    assert found.warnings == ()
    assert found.body == body.encode()


def test_a_namespace_of_no_known_dialect_is_a_warning_once() -> None:
    found = read(b'<A xmlns="urn:strange"><B>1</B><C xmlns="urn:other"/><C xmlns="urn:other"/></A>')
    assert [(w.code, w.severity, w.value) for w in found.warnings] == [
        ("XML.05", "warning", "urn:other"),
        ("XML.05", "warning", "urn:strange"),
    ]
    assert found.root.findtext("B") == "1"


def test_base64_inside_an_element_is_left_alone() -> None:
    data = base64.encodebytes(b"<A/>" * 1000).decode()
    assert read(f"<A><B>{data}</B></A>".encode()).root.findtext("B") == data


def test_no_entity_and_no_file_is_ever_resolved() -> None:
    with pytest.raises(Refused):
        read(
            b'<A xmlns:xi="http://www.w3.org/2001/XInclude">&lt;<xi:include'
            b' href="file:///etc/passwd"/>&x;</A>'
        )
    found = read(
        b'<A xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></A>'
    )
    assert etree.tostring(found.root).count(b"root:") == 0
