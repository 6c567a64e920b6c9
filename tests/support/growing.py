"""Messages of any size, each large in one way: what a stranger can send to make one step of a check
do more than it should.

Every shape gives about as many bytes as it is asked for. Whether the message is sound does not
matter: what is measured is the work that it makes (``tests/unit/gateway/test_growth.py``).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import fixtures
from tests.factories import dxp, grt101

Shape = Callable[[int], bytes]
FIXTURES = Path(fixtures.__file__).parent


def fixture(code: str, name: str) -> bytes:
    return (FIXTURES / code / f"{name}.xml").read_bytes()


def filled(body: bytes, mark: bytes, piece: bytes, size: int, *, before: bool = False) -> bytes:
    """Return ``body`` with as many pieces as ``size`` bytes hold, behind ``mark`` or before it."""
    assert mark in body
    pieces = piece * (size // len(piece))
    return body.replace(mark, pieces + mark if before else mark + pieces, 1)


def inside(mark: bytes, piece: bytes, *, before: bool = False) -> Shape:
    return lambda size: filled(grt101(), mark, piece, size, before=before)


def numbered(mark: bytes, piece: str, *, before: bool = False) -> Shape:
    """Pieces that differ: ``{n}`` is their number."""

    def shape(size: int) -> bytes:
        count = size // (len(piece) + 3)
        pieces = "".join(piece.replace("{n}", f"{n:06d}") for n in range(count)).encode()
        body = grt101()
        assert mark in body
        return body.replace(mark, pieces + mark if before else mark + pieces, 1)

    return shape


def value(name: bytes, piece: bytes) -> Shape:
    """A value of ``name`` that is made of pieces."""

    def shape(size: int) -> bytes:
        body = grt101()
        at = body.index(b"<%s" % name)
        end = body.index(b"\n", at)
        text = piece * (size // len(piece))
        return body[:at] + b"<%s>%s</%s>" % (name, text, name) + body[end:]

    return shape


def rows(code: str, name: str, part: bytes, old: bytes = b"", new: bytes = b"") -> Shape:
    """A sound message with one of its rows again and again; in each ``old`` is ``new``."""

    def shape(size: int) -> bytes:
        body = fixture(code, name)
        start = body.index(b"<%s>" % part)
        end = body.index(b"</%s>" % part) + len(part) + 3
        row = body[start:end]
        if old:
            assert old in row
            row = row.replace(old, new)
        many = b"".join(
            row.replace(b"<seqno>1<", b"<seqno>%d<" % (n + 1)) for n in range(size // len(row))
        )
        return body[:start] + many + body[end:]

    return shape


def around(shape: Shape) -> Shape:
    """The same in a DxpMsg, in base64."""
    return lambda size: dxp(shape(size * 3 // 4))


def scattered(size: int) -> bytes:
    """Comments spread over every place of a message where one may stand."""
    lines = grt101().splitlines(keepends=True)
    here = [n for n, line in enumerate(lines) if n and not line.startswith(b"<?xml")]
    each = b"<!--c-->" * (size // (8 * len(here)))
    return b"".join(line + (each if n in here else b"") for n, line in enumerate(lines))


def deep_and_wide(size: int) -> bytes:
    """Fourteen levels, and at each many siblings."""
    one = b"<a>" * 14 + b"</a>" * 14
    return b"<A>" + one * (size // len(one)) + b"</A>"


def fans(size: int) -> bytes:
    """Every level is as wide as it is deep."""
    leaf = b"<b/>" * 30
    branch = b"<c>" + leaf + b"</c>"
    tree = b"<d>" + branch * 30 + b"</d>"
    return b"<A>" + tree * (size // len(tree)) + b"</A>"


def declaration(size: int) -> bytes:
    return grt101().replace(b"<?xml version", b"<?xml " + b"version " * (size // 8) + b"version", 1)


def shuffled(size: int) -> bytes:
    body = grt101()
    names = [b"<rmk>a</rmk>", b"<dclTime>b</dclTime>", b"<gasrNo/>", b"<gurModecd>1</gurModecd>"]
    draw = random.Random(3)
    pieces = b"".join(draw.choice(names) for _ in range(size // 16))
    return body.replace(b"<GrtGasrLevyBsc>", b"<GrtGasrLevyBsc>" + pieces, 1)


def namespaces(size: int) -> bytes:
    """60 prefixes at the root and elements of all of them."""
    names = b" ".join(b'xmlns:n%02d="urn:%02d"' % (n, n) for n in range(60))
    pieces = b"".join(b"<n%02d:x/>" % (n % 60) for n in range(size // 8))
    return b"<A " + names + b">" + pieces + b"</A>"


def attributed(size: int) -> bytes:
    """60 attributes at every element."""
    one = b"<B " + b" ".join(b'a%02d="1"' % n for n in range(60)) + b"/>"
    return b"<A>" + one * (size // len(one)) + b"</A>"


def signature(size: int) -> bytes:
    """A SignatureValue and a KeyInfo that fill the message."""
    return filled(grt101(), b"<KeyInfo>", b"<KeyName>a</KeyName>", size)


def gbk(size: int) -> bytes:
    text = "备".encode("gbk") * (size // 2)
    return grt101(encoding="GBK").replace("年度总担保".encode("gbk"), text)


def mislabelled(size: int) -> bytes:
    text = "备".encode("gbk") * (size // 2)
    return grt101().replace("年度总担保".encode(), text)


def broken_utf8(size: int) -> bytes:
    return grt101().replace("年度总担保".encode(), b"\xe5\xb9 \xff" * (size // 4))


def utf16(size: int) -> bytes:
    return grt101(encoding="UTF-16").replace(
        "年度总担保".encode("utf-16-le"), "备 ".encode("utf-16-le") * (size // 4)
    )


LEAVES = b"<rmk>1<!--c-->2</rmk>"
SHAPES: dict[str, Shape] = {
    "comments before the first child": inside(b"<GrtMessage>", b"<!---->"),
    "instructions before the first child": inside(b"<GrtMessage>", b"<?p?>"),
    "comments before the body": inside(b"<GrtGasrLevyBsc>", b"<!---->"),
    "comments after the last child": inside(b"</GrtGasrLevyBsc>", b"<!---->", before=True),
    "comments in the package": inside(b"<Package>", b"<!---->"),
    "comments in the root": inside(b"<Signature>", b"<!---->"),
    "comments after the root": lambda size: grt101() + b"<!---->" * (size // 7),
    "comments before the root": lambda size: b"<!---->" * (size // 7) + b"<A><B/></A>",
    "comments in a leaf": inside(b"<rmk>", b"<!---->"),
    "comments in many leaves": inside(b"<GrtGasrLevyBsc>", LEAVES),
    "comments everywhere": scattered,
    "a comment, then text": inside(b"<GrtGasrLevyBsc>", b"<!---->a"),
    "comments and empty elements": inside(b"<GrtMessage>", b"<x><!----></x>"),
    "one comment": lambda size: grt101().replace(
        b"<GrtMessage>", b"<GrtMessage><!--" + b"x" * size + b"-->"
    ),
    "empty instructions everywhere": inside(b"<DataInfo>", b"<?a b?>"),
    "unknown elements": inside(b"<GrtGasrLevyBsc>", b"<x>1</x>"),
    "unknown elements of many names": numbered(b"<GrtGasrLevyBsc>", "<x{n}>1</x{n}>"),
    "the same element again": inside(b"</GrtGasrLevyBsc>", b"<rmk>x</rmk>", before=True),
    "elements in no order": shuffled,
    "unknown elements in the envelope": inside(b"<EnvelopInfo>", b"<x>1</x>"),
    "unknown elements in the pocket": inside(b"<PocketInfo>", b"<x>1</x>"),
    "unknown elements in BussinessData": inside(b"<BussinessData>", b"<x>1</x>"),
    "envelopes again": inside(b"<Package>", b"<EnvelopInfo/>"),
    "BussinessData again": inside(b"</DataInfo>", b"<BussinessData/>", before=True),
    "messages again": inside(b"</BussinessData>", b"<GrtMessage/>", before=True),
    "bodies again": inside(b"</GrtMessage>", b"<GrtGasrLevyBsc/>", before=True),
    "values in Object": inside(b"<Package>", b"<Package/>", before=True),
    "keys of a signature": signature,
    "elements in a value": inside(b"<rmk>", b"<b>1</b>"),
    "text between elements": inside(b"<GrtGasrLevyBsc>", b"text "),
    "text and elements": inside(b"<GrtGasrLevyBsc>", b"a<rmk/>"),
    "white space": inside(b"<GrtGasrLevyBsc>", b" "),
    "lines": inside(b"<GrtGasrLevyBsc>", b"\n"),
    "carriage returns": inside(b"<GrtGasrLevyBsc>", b"\r"),
    "white space before a wrong end": lambda size: filled(
        grt101(gasrAmt="x"), b"</GrtGasrLevyBsc>", b" ", size, before=True
    ),
    "references": value(b"rmk", b"&#65;"),
    "references to signs": value(b"rmk", b"&lt;"),
    "sections": value(b"rmk", b"<![CDATA[a]]>"),
    "a long value": value(b"rmk", b"x"),
    "a long value of words": value(b"rmk", b"x "),
    "a long value of blanks": value(b"rmk", b" "),
    "a long name of a person": value(b"etpsConcErName", b"x "),
    "a long name with a control character": value(b"assuredEtpsNm", b"x \xc2\x85"),
    "a long amount": value(b"gasrAmt", b"9"),
    "a long amount with a point": value(b"gasrAmt", b"9."),
    "a long amount of separators": value(b"gasrAmt", b"1,"),
    "a long date": value(b"dclTime", b"2026-11-23 "),
    "a long code": value(b"gurModecd", b"2"),
    "a long office": value(b"masterCuscd", b"0"),
    "a long credit code": value(b"assuredEtpsSccd", b"A"),
    "a long enterprise code": value(b"assuredEtpsno", b"1"),
    "a long reference": value(b"etpsPreentNo", b"F X "),
    "a long send time": value(b"send_time", b"2026-"),
    "a long message id": value(b"message_id", b"DXP "),
    "a long type": value(b"message_type", b"GRT"),
    "a long receiver": value(b"receiver_id", b"DXP"),
    "a long pocket id": value(b"pocket_id", b"p "),
    "a long pocket number": value(b"cur_pocket_no", b"1"),
    "a long operator": value(b"OperCusRegCode", b"1"),
    "a long SysId": value(b"SysId", b"B "),
    "a long name": lambda size: b"<A><" + b"b" * min(size, 49_000) + b"/></A>",
    "a long attribute": lambda size: grt101().replace(
        b"<GrtMessage>", b'<GrtMessage a="' + b"x" * size + b'">'
    ),
    "attributes": attributed,
    "equals signs and open quotes": inside(b"<rmk>", b"<a b='<a c="),
    "tags with long gaps": inside(b"<rmk>", b"<a " + b" " * 60),
    "names without a value": inside(b"<rmk>", b"<a b c d "),
    "quotes in quotes": lambda size: b"<A b='" + b'<C d="' * (size // 6) + b"'>" + b"=" * 70,
    "quotes that overlap": lambda size: b'<a c=" d=" e=" f=" ' * (size // 19) + b"=" * 70,
    "attributes with long values": lambda size: (
        b"<A " + (b'a="' + b"<b " * 50 + b'"') * (size // 154)
    ),
    "namespaces": namespaces,
    "prefixes": numbered(b"<GrtGasrLevyBsc>", "<p{n}:a/>"),
    "deep and wide": deep_and_wide,
    "fans": fans,
    "a declaration": declaration,
    "GBK": gbk,
    "GBK labelled UTF-8": mislabelled,
    "damaged UTF-8": broken_utf8,
    "UTF-16": utf16,
    "accounts": rows("GRT151", "valid_replaced", b"GrtEtpsAcctDt"),
    "accounts with a wrong value": rows(
        "GRT151",
        "valid_replaced",
        b"GrtEtpsAcctDt",
        b"<pmnEtpsBankAcctnum>",
        b"<pmnEtpsBankAcctnum>\xc2\x85",
    ),
    "accounts with an unknown enterprise": rows(
        "GRT151",
        "valid_replaced",
        b"GrtEtpsAcctDt",
        b"<pmnEtpsno>1105910159",
        b"<pmnEtpsno>1X05910159",
    ),
    "accounts with an unknown element": rows(
        "GRT151", "valid_replaced", b"GrtEtpsAcctDt", b"<pmnEtpsno>", b"<pmnEtpsNo/><pmnEtpsno>"
    ),
    "accounts beside a text of signs": lambda size: rows(
        "GRT151", "valid_replaced", b"GrtEtpsAcctDt", b"<rmk/>", b"<rmk>&#13;&lt;</rmk>"
    )(size // 2).replace(b"<rmk/>", b"<rmk>" + b"&lt;" * (size // 8) + b"</rmk>"),
    "accounts beside a Chinese text": lambda size: rows(
        "GRT151", "valid_replaced", b"GrtEtpsAcctDt"
    )(size // 2).replace(b"<rmk/>", b"<rmk>" + "\u5907".encode() * (size // 6) + b"</rmk>", 1),
    "contacts": rows("GRT151", "valid_replaced", b"GrtEtpsConcDt"),
    "transfers": rows("GRT121", "valid_carry_over", b"GrtCrdwInDt"),
    "transfers of too much": rows(
        "GRT121", "valid_carry_over", b"GrtCrdwInDt", b"crdwAmt>", b"crdwAmt>9"
    ),
    "differences": rows("GRT161", "valid_difference", b"GrtReconDiffDt"),
    "differences of nothing": rows(
        "GRT161", "valid_difference", b"GrtReconDiffDt", b"<missMarkcd>0", b"<missMarkcd>9"
    ),
}
