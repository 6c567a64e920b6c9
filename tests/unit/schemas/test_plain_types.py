"""The plain form against libxml2, on types that a schema may yet have."""

from __future__ import annotations

import pytest
from lxml import etree

from schemas.plain import PlainReader
from schemas.xsd import XS
from tests.unit.schemas.plain_samples import READER, SCHEMAS, STORAGE


class Changed:
    """The schema set with another type of the remark."""

    def __init__(self, facets: str, base: str) -> None:
        self.tree = SCHEMAS.whole("GRT200")
        kind = next(
            t
            for t in self.tree.iterchildren(f"{XS}simpleType")
            if t.get("name") == "OptionalRemark"
        )
        new = etree.fromstring(
            '<xs:simpleType xmlns:xs="http://www.w3.org/2001/XMLSchema"'
            ' name="OptionalRemark"><xs:restriction'
            f' base="{base}">{facets}</xs:restriction></xs:simpleType>'
        )
        self.tree.replace(kind, new)
        self.schema = etree.XMLSchema(self.tree)

    def has(self, name: str) -> bool:
        return True

    def whole(self, name: str, *, lenient: bool = False) -> etree._Element:
        return self.tree


PATTERNS = (
    "[!-~]*",
    "[\\t\\n\\r ]*",
    "a|b",
    "(ab?)+",
    "[^a]",
    "[^\\s]{2,3}",
    "\\P{Cc}{1,4}",
    "[\\-a.]+",
    "a.c",
    "\\d+",
    "[a-z-[b]]",
    "\\p{L}",
    "\\.",
    "x{2}",
    "&lt;",
    "[&lt;]",
    "a$",
    "^a",
    "[\\]\\[]+",
    "\\i\\c*",
    "[^ ]+( +[^ ]+)*",
)
FACETS = [
    *[("xs:string", f'<xs:pattern value="{pattern}"/>') for pattern in PATTERNS],
    ("xs:string", '<xs:length value="2"/>'),
    ("xs:string", '<xs:minLength value="2"/>'),
    ("xs:string", '<xs:whiteSpace value="collapse"/>'),
    ("xs:string", '<xs:enumeration value="a"/><xs:enumeration value="&lt;"/>'),
    ("xs:string", '<xs:enumeration value="ab"/><xs:maxLength value="1"/>'),
    *[
        (base, "")
        for base in (
            "xs:token",
            "xs:boolean",
            "xs:date",
            "xs:int",
            "xs:long",
            "xs:unsignedLong",
            "xs:decimal",
        )
    ],
    ("xs:decimal", '<xs:pattern value="[0-9.]*"/>'),
    ("xs:decimal", '<xs:minInclusive value="1"/><xs:pattern value="[0-9.]+"/>'),
    (
        "xs:decimal",
        (
            '<xs:totalDigits value="3"/><xs:fractionDigits value="1"/><xs:pattern'
            ' value="[0-9]+(\\.[0-9]+)?"/>'
        ),
    ),
    ("xs:decimal", '<xs:maxInclusive value="10"/><xs:pattern value="[0-9]+(\\.[0-9]+)?"/>'),
    ("xs:long", '<xs:pattern value="[0-9.]{1,3}"/>'),
    ("xs:int", '<xs:minInclusive value="1"/><xs:maxInclusive value="999"/>'),
    ("xs:int", '<xs:maxInclusive value="120"/>'),
    ("xs:int", '<xs:minInclusive value="5"/>'),
    ("xs:int", '<xs:maxExclusive value="9"/>'),
    ("xs:int", '<xs:pattern value="[0-9]+"/><xs:pattern value="a"/>'),
]
VALUES = (
    "",
    "a",
    "b",
    "ab",
    "abc",
    "aab",
    " a",
    "a ",
    "a b",
    "a  b",
    "<",
    ">",
    "&amp;",
    "~",
    "!",
    "\t",
    "\n",
    "\r",
    "é",
    "中",
    "\x85",
    "-",
    ".",
    "]",
    "[",
    "a$",
    "^a",
    "a.c",
    "axc",
    "x",
    "xx",
    "xxx",
    "0",
    "1",
    "5",
    "9",
    "00",
    "01",
    "10",
    "11",
    "120",
    "121",
    "999",
    "1000",
    "1.",
    ".1",
    "1.2",
    "1.23",
    "12.34",
    "1.2.3",
    "0.5",
    "-1",
    "+1",
    "2147483647",
    "2147483648",
    "9" * 18,
    "9" * 19,
    "9" * 20,
    "true",
    "2026-11-28",
    "2026-02-30",
)


@pytest.mark.parametrize(("base", "facets"), FACETS, ids=range(len(FACETS)))
def test_a_type_that_a_schema_may_yet_have_is_read_soundly_or_not_at_all(
    base: str, facets: str
) -> None:
    changed = Changed(facets, base)
    reader, read = PlainReader(changed), list[str]()
    for value in VALUES:
        body = STORAGE.decode().replace("<rmk/>", f"<rmk>{value}</rmk>").encode()
        plain = reader.read("GRT200", body)
        if plain is not None:
            root = READER.read(body).root
            assert changed.schema.validate(root), (value, facets)
            found = next(root.iter("rmk"))
            assert plain.business["GRT200"]["MsgReceResult"][0]["rmk"] == (found.text or "")
            read.append(value)
    assert bool(read) == (reader._made("GRT200", False) is not None)
