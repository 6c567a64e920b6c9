"""Hostile and wrong input as a table: what is sent, and the findings it gets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.conftest import SHANGHAI
from tests.factories import dxp, grt101


def swapped(old: str, new: str, **options: Any) -> Callable[[], bytes]:
    """A sound document with one place changed."""

    def make() -> bytes:
        text = grt101(**options).decode()
        assert text.count(old) == 1, (old, text.count(old))
        return text.replace(old, new).encode()

    return make


def labelled(label: str, encoding: str) -> Callable[[], bytes]:
    return lambda: (
        grt101().decode().replace('encoding="UTF-8"', f'encoding="{label}"').encode(encoding)
    )


def crowd(place: str, what: str, n: int) -> Callable[[], bytes]:
    """A sound document with ``n`` times ``what`` at the end of ``place``."""
    return lambda: grt101().replace(f"</{place}>".encode(), (what * n + f"</{place}>").encode())


def bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE Package [<!ENTITY e0 "ha">{entities}]><Package>&e9;</Package>'.encode()


CROWDS = (
    "30,000 unknown",
    "30,000 doubles",
    "30,000 out",
    "30,000 parts",
    "30,000 in",
    "30,000 comments",
    "names",
)
Case = tuple[Callable[[], bytes], int, str, str | None]
CASES: dict[str, Case] = {
    # size, encoding
    "empty body": (lambda: b"", 400, "SIZE.01", None),
    "blank body": (lambda: b" \n" * 1000, 400, "SIZE.01", None),
    "3 MB": (lambda: grt101(rmk="x" * 3_000_000), 413, "SIZE.02", None),
    "UTF-7": (labelled("UTF-7", "utf-7"), 400, "ENC.01", None),
    "UTF-32": (labelled("UTF-32", "utf-32"), 400, "ENC.01", None),
    "UTF-16 without BOM": (labelled("UTF-16", "utf-16-le"), 400, "ENC.01", None),
    "Latin-1": (
        lambda: grt101(etpsConcErName="x").replace(b"UTF-8", b"ISO-8859-1"),
        400,
        "ENC.01",
        None,
    ),
    "GBK labelled UTF-8": (labelled("UTF-8", "gbk"), 400, "ENC.02", None),
    "UTF-8 labelled GBK": (labelled("GBK", "utf-8"), 400, "ENC.02", None),
    "broken UTF-8": (lambda: grt101() + b"\xff\xff\xff", 400, "ENC.03", None),
    # guards
    "DOCTYPE": (swapped("<Signature>", "<!DOCTYPE Signature><Signature>"), 400, "GUARD.01", None),
    "entity": (
        lambda: b'<!DOCTYPE A [<!ENTITY e SYSTEM "file:///etc/passwd">]><A>&e;</A>',
        400,
        "GUARD.01",
        None,
    ),
    "entity bomb": (bomb, 400, "GUARD.01", None),
    "parameter entity bomb": (
        lambda: b'<!DOCTYPE A [<!ENTITY % a "%b;%b;"><!ENTITY % b "xx"> %a;]><A/>',
        400,
        "GUARD.01",
        None,
    ),
    "quadratic bomb": (
        lambda: (
            b'<!DOCTYPE A [<!ENTITY e "' + b"x" * 50_000 + b'">]><A>' + b"&e;" * 50_000 + b"</A>"
        ),
        400,
        "GUARD.01",
        None,
    ),
    "ENTITY alone": (swapped("<Signature>", '<Signature><!ENTITY e "x">'), 400, "GUARD.02", None),
    "XML 1.1": (swapped('version="1.0"', 'version="1.1"'), 400, "GUARD.03", None),
    "5,000 namespaces": (
        lambda: grt101().replace(
            b"<Package>",
            b"<Package " + b" ".join(b'xmlns:n%d="urn:%d"' % (n, n) for n in range(5_000)) + b">",
        ),
        400,
        "GUARD.04",
        None,
    ),
    "30,000 attributes": (
        lambda: grt101().replace(
            b"<gasrAmt>", b"<gasrAmt " + b" ".join(b'a%d="1"' % n for n in range(30_000)) + b">"
        ),
        400,
        "GUARD.05",
        None,
    ),
    "depth 300": (
        swapped("<Object Id=", "<A>" * 300 + "</A>" * 300 + "<Object Id="),
        400,
        "GUARD.06",
        None,
    ),
    "depth 100": (
        swapped("<Object Id=", "<A>" * 100 + "</A>" * 100 + "<Object Id="),
        400,
        "GUARD.06",
        None,
    ),
    "comment in a leaf": (
        swapped("<gasrAmt>500000", "<gasrAmt>50<!--c-->0000"),
        400,
        "GUARD.07",
        "gasrAmt",
    ),
    "instruction in a leaf": (
        swapped("<gasrAmt>500000", "<gasrAmt>50<?p i?>0000"),
        400,
        "GUARD.07",
        "gasrAmt",
    ),
    "instruction in a leaf, no declaration": (
        lambda: grt101().partition(b"\n")[2].replace(b"<gasrAmt>500000", b"<gasrAmt>50<?p i?>0000"),
        400,
        "GUARD.07",
        "gasrAmt",
    ),
    "instruction in a leaf, GBK": (
        lambda: grt101(encoding="GBK").replace(b"<gasrAmt>500000", b"<gasrAmt>50<?p i?>0000"),
        400,
        "GUARD.07",
        "gasrAmt",
    ),
    # not XML, not ours
    "not XML": (lambda: b"ISA*00*          *00*", 400, "XML.01", None),
    "JSON": (lambda: b'{"gasrAmt": 1}', 400, "XML.01", None),
    "cut off": (lambda: grt101()[:-40], 400, "XML.01", None),
    "two documents": (lambda: grt101() + grt101().partition(b"\n")[2], 400, "XML.01", None),
    "bare ampersand": (swapped("年度总担保", "A & B"), 400, "XML.01", None),
    "unknown root": (lambda: b"<Order><Line/></Order>", 400, "XML.02", "Order"),
    "a page of HTML": (
        lambda: b"<html><body>504 Gateway Time-out</body></html>",
        400,
        "XML.02",
        "html",
    ),
    "no envelope": (
        lambda: re.sub(rb"<EnvelopInfo>.*</EnvelopInfo>", b"", grt101(), flags=re.S),
        422,
        "XML.04",
        "EnvelopInfo",
    ),
    "no content": (
        lambda: re.sub(rb"<BussinessData>.*</BussinessData>", b"", grt101(), flags=re.S),
        422,
        "XML.04",
        "BussinessData",
    ),
    "a signature around nothing": (
        lambda: b"<Signature><Object/></Signature>",
        422,
        "XML.04",
        "Package",
    ),
    "unknown message type": (lambda: grt101(message_type="GRT999"), 422, "TYPE.01", "message_type"),
    "no message type": (lambda: grt101(message_type=""), 422, "TYPE.01", "message_type"),
    "a receipt": (lambda: grt101(message_type="GRT201"), 422, "TYPE.03", "message_type"),
    "wrong receiver": (lambda: grt101(receiver="DXPEDCGRT0000009"), 422, "TYPE.02", "receiver_id"),
    # transport
    "Data is no base64": (
        lambda: dxp(b"x").replace(b"eA==", b"*no base64*"),
        400,
        "XML.03",
        "Data",
    ),
    "Data is empty": (lambda: dxp(b""), 400, "SIZE.01", "Data"),
    "Data is no XML": (lambda: dxp(b"hello"), 400, "XML.01", None),
    "a bomb in Data": (lambda: dxp(bomb()), 400, "GUARD.01", None),
    "a DxpMsg in a DxpMsg": (lambda: dxp(dxp(grt101())), 400, "XML.02", "DxpMsg"),
    # who, what
    "another enterprise's code": (
        lambda: grt101(enterprise=SHANGHAI),
        403,
        "X.01",
        "assuredEtpsno",
    ),
    "an unknown enterprise's code": (
        lambda: grt101(assuredEtpsno="1105919999"),
        403,
        "X.01",
        "assuredEtpsno",
    ),
    "another operator": (lambda: grt101(operator=SHANGHAI), 422, "X.02", "OperCusRegCode"),
    "another name": (
        lambda: grt101(assuredEtpsNm="上海某某国际物流有限公司"),
        422,
        "X.04",
        "assuredEtpsNm",
    ),
    "wrong check digit": (
        lambda: grt101(assuredEtpsSccd="91110000802100433C"),
        422,
        "CODE.02",
        "assuredEtpsSccd",
    ),
    "a letter O in a credit code": (
        lambda: grt101(pmnEtpsSccd="9111000080210O433B"),
        422,
        "XSD.04",
        "pmnEtpsSccd",
    ),
    "unknown customs": (lambda: grt101(masterCuscd="9999"), 422, "S101.04", "masterCuscd"),
    "unknown guarantee mode": (lambda: grt101(gurModecd="7"), 422, "S101.02", "gurModecd"),
    "30 February": (
        lambda: grt101(ltguaValidDate="2027-02-30 00:00:00"),
        422,
        "XSD.08",
        "ltguaValidDate",
    ),
    "a day that is over": (
        lambda: grt101(ltguaValidDate="2026-11-22 00:00:00"),
        422,
        "S101.09",
        "ltguaValidDate",
    ),
    "a date with slashes": (lambda: grt101(dclTime="2026/11/23"), 422, "XSD.04", "dclTime"),
    "amount 0": (lambda: grt101(gasrAmt="0"), 422, "S101.07", "gasrAmt"),
    "unknown element": (
        swapped("<gasrAmt>", "<colour>red</colour><gasrAmt>"),
        422,
        "XSD.07",
        "colour",
    ),
    "text between elements": (
        swapped("<gasrAmt>", "and <gasrAmt>"),
        422,
        "XSD.10",
        "GrtGasrLevyBsc",
    ),
    "an element in a value": (
        swapped("<gasrAmt>500000<", "<gasrAmt><b>500000</b><"),
        422,
        "XSD.07",
        "b",
    ),
    "unknown attribute": (
        swapped("<gasrAmt>", '<gasrAmt currency="CNY">'),
        422,
        "XSD.09",
        "gasrAmt",
    ),
    "DelcareFlag 7": (lambda: grt101(flag="7"), 422, "XSD.04", "DelcareFlag"),
    "no DelcareFlag": (swapped("<DelcareFlag>1</DelcareFlag>", ""), 422, "XSD.01", "DelcareFlag"),
    "a SeqNo of 17": (lambda: grt101(seq_no="20260000000000001"), 422, "XSD.04", "SeqNo"),
    "an unknown SeqNo": (lambda: grt101(seq_no="202699999999999999"), 404, "ID.02", None),
    # a crowd
    "30,000 unknown elements": (crowd("GrtGasrLevyBsc", "<x/>", 30_000), 422, "XSD.07", "x"),
    "30,000 doubles": (crowd("GrtGasrLevyBsc", "<rmk/>", 30_000), 422, "XSD.05", "rmk"),
    "30,000 out of order": (
        crowd("GrtGasrLevyBsc", "<rmk/><gasrNo/>", 15_000),
        422,
        "XSD.05",
        "rmk",
    ),
    "30,000 parts": (crowd("GrtMessage", "<Part/>", 30_000), 422, "XSD.07", "Part"),
    "30,000 in the envelope": (crowd("EnvelopInfo", "<x/>", 30_000), 422, "XSD.07", "x"),
    "30,000 comments in values": (
        crowd("GrtGasrLevyBsc", "<x>1<!--c--></x>", 30_000),
        400,
        "GUARD.07",
        "x",
    ),
    "names of 40 KB": (
        crowd("GrtGasrLevyBsc", f"<{'x' * 40_000}/>", 40),
        422,
        "XSD.07",
        "x" * 80 + "…",
    ),
    "a value of 1 MB": (lambda: grt101(rmk="保" * 350_000), 422, "XSD.03", "rmk"),
}
