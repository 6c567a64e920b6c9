"""The words of every finding that can be said without a message: rows of the catalogue, rules of
every handler and of customs, labels of every element."""

from __future__ import annotations

import ast
from importlib import resources
from pathlib import Path

import pytest

from handlers import registered
from handlers.contract import SubmissionHandler
from schemas.findings import CATALOGUE, Place, Refused, compose, finding, nothing_is, summary
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.mutants import CHINESE, QUOTED, unfit

RULES = [
    (handler.code, rule)
    for handler in registered()
    if isinstance(handler, SubmissionHandler)
    for rule in (*handler.rules, *handler.held_rules)
]
ROOT = Path(str(resources.files("schemas"))).parent
ENGLISH = frozenset({"en", "hint_en", "wanted_en", "found_en", "message_en", "detail_en"})
"""Keywords whose texts are English wherever they stand."""


def english() -> list[tuple[str, int, str]]:
    """Every constant part of an English text in the product: file, line and text."""
    texts = []
    for package in ("schemas", "handlers", "gateway", "customs_sim", "fixtures"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.keyword) and node.arg in ENGLISH:
                    texts += [
                        (str(file.relative_to(ROOT)), part.lineno, part.value)
                        for part in ast.walk(node.value)
                        if isinstance(part, ast.Constant) and isinstance(part.value, str)
                    ]
    return texts


@pytest.mark.slow
def test_no_english_text_of_the_product_has_chinese_in_it() -> None:
    assert len(english()) > 300
    assert [
        each for each in english() if CHINESE.search(each[2]) and not each[2].startswith("(")
    ] == []


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_row_of_the_catalogue_says_it_in_both_languages_with_a_next_step(code: str) -> None:
    row = CATALOGUE[code]

    assert CHINESE.search(row.zh), row.zh
    assert row.hint_zh
    assert row.hint_en
    assert not CHINESE.search(row.en + row.hint_en)
    said = finding(code, Place(field="gasrAmt", line=3), found="值\n二", wanted="甲", wanted_en="a")
    assert (said.message_zh + said.message_en).isprintable()
    if "{w}" in row.zh + row.hint_zh:
        assert said.wanted == "甲 / a"


@pytest.mark.parametrize("code", CATALOGUE)
def test_what_stands_in_a_message_is_quoted_wherever_it_is_told_in_english(code: str) -> None:
    """A value may be Chinese; a reader must see where it begins and ends."""
    row = CATALOGUE[code]
    if "{f}" not in row.en:
        return
    said = row.en.format_map({"f": "值", "w": "w", "n": 1, "field": "f"})
    told_by_us = {"XML.01", "XML.03", "BATCH.01", "BATCH.08", "HTTP.01", "HTTP.02"}
    numbers = ("SIZE.", "GUARD.04", "GUARD.05", "GUARD.06", "PKT.0", "BATCH.0", "XSD.05", "ENC.")
    assert (
        not CHINESE.search(QUOTED.sub("", said))
        or code in told_by_us
        or code.startswith(numbers)
        or code in ("TYPE.03", "XSD.12")
    ), said


@pytest.mark.parametrize(("code", "rule"), RULES, ids=lambda value: getattr(value, "id", value))
def test_a_rule_says_it_in_both_languages(code: str, rule: object) -> None:
    zh, en = rule.zh, rule.en  # type: ignore[attr-defined]
    assert CHINESE.search(zh)
    assert not CHINESE.search(en + rule.hint_en)  # type: ignore[attr-defined]


def test_every_label_is_in_its_own_language() -> None:
    for name, field in SchemaSet().labels.items():
        assert not CHINESE.search(field.label_en), name


def test_a_sentence_begins_with_the_label_of_its_own_language() -> None:
    place = Place(field="gasrAmt", line=3, label_zh="总担保金额", label_en="amount")
    said = finding("XSD.02", place, wanted="金额", wanted_en="an amount")

    assert said.message_zh.startswith("gasrAmt 总担保金额 (第 3 行): ")
    assert said.message_en.startswith("gasrAmt amount (line 3): ")
    assert said.wanted == "金额 / an amount"


def test_what_is_wanted_stands_once_where_the_languages_agree() -> None:
    assert finding("TYPE.02", found="X", wanted="DXPEDCGRT0000001").wanted == "DXPEDCGRT0000001"


def test_no_text_of_a_finding_has_a_raw_control_character() -> None:
    said = compose(
        code="X.04",
        layer="rule",
        severity="error",
        zh="备案为“a\nb”",
        en='registered "a\nb"',
        hint_zh="请填写 a\tb",
        hint_en="write a\tb",
        wanted="a\nb",
    )

    texts = (said.message_zh, said.message_en, said.hint_zh, said.hint_en, said.wanted)
    assert all(text and text.isprintable() for text in texts), texts


@pytest.mark.parametrize(
    ("zh", "en"), [("代码表", "code list"), ("企业海关编码", "enterprise"), ("附件", "attachment")]
)
def test_what_is_unknown_is_called_by_its_kind(zh: str, en: str) -> None:
    said = nothing_is("X7", zh, en)

    assert said.message_zh == f"{zh}“X7”不存在; 请核对{zh}"
    assert said.message_en.startswith(f'no {en} "X7"')
    assert unfit(said) == []


def test_the_summary_of_several_findings_says_how_many_more() -> None:
    one = finding("XSD.02", wanted="金额", wanted_en="an amount")

    assert "more" not in summary([one])
    assert summary([one, one, one]).endswith("(2 more in findings)")
    assert "另有 2 项" in summary([one, one, one])
    assert summary([]) == ""


def told(body: bytes) -> tuple[str, str, str]:
    with pytest.raises(Refused) as refused:
        XmlReader().read(body)
    (item,) = refused.value.findings
    return item.code, item.hint_en or "", item.message_en


def test_a_document_in_gbk_without_a_declaration_is_told_to_begin_with_one() -> None:
    code, hint, message = told("<a>保税担保企业</a>".encode("gbk"))

    assert code == "ENC.02"
    assert 'begin the file with <?xml version="1.0" encoding="GBK"?>' in hint
    assert "change encoding in the XML declaration" not in message


def test_a_document_in_gbk_with_a_wrong_declaration_is_told_to_change_it() -> None:
    body = '<?xml version="1.0" encoding="UTF-8"?><a>保税担保企业</a>'.encode("gbk")

    assert "change encoding in the XML declaration to GBK" in told(body)[1]


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (b"xml=%3C%3Fxml%20version%3D%221.0%22%3F%3E%3CPackage%2F%3E", "--data-binary"),
        (b"xml=<Package/>", "--data-binary"),
        (b"message=%EF%BB%BF%3CPackage%2F%3E", "--data-binary"),
        (b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n<a/>\r\n--x--', "multipart"),
        (b'{"xml": "<Package/>"}', "JSON"),
        (b"PFBhY2thZ2UvPg==", "base64"),
    ],
)
def test_what_is_sent_in_place_of_xml_gets_a_hint_of_its_own(body: bytes, hint: str) -> None:
    code, said, _ = told(body)

    assert code == "XML.01"
    assert hint in said
