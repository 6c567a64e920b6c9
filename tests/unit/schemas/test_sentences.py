"""Sentences about what is wanted: a thing stands behind 应为, a condition behind 应. Every text
that the desk and its API can say is looked at."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

from customs_sim.control.levies import NewLevy
from customs_sim.control.problems import bad_value
from gateway.base.web.json_bodies import BadJson, decoded
from schemas.findings import CONDITIONS, should_be

ROOT = Path(__file__).resolve().parents[3]
ACTS = ("先", "请", "勾选", "选择", "须", "应")
"""Words that tell somebody what to do: no thing that a value could be."""
ACTS_EN = ("tick ", "please", "choose ", "first ")


def wanted_texts() -> list[tuple[str, str, str]]:
    """Where each refusal of a value stands, and what it wants in both languages, as far as the code
    says it literally."""
    found = []
    for file in sorted((ROOT / "customs_sim").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "bad_value":
                texts = [ast.unparse(each).lstrip("f").strip("'\"") for each in node.args[2:4]]
                if len(texts) == 2:  # others take both from a table
                    found.append((f"{file.name}:{node.lineno}", texts[0], texts[1]))
    return found


def test_what_is_wanted_is_a_thing_or_a_condition() -> None:
    texts = wanted_texts()
    assert len(texts) > 20
    for place, zh, en in texts:
        assert not zh.startswith(ACTS), (place, zh)
        assert not en.lower().startswith(ACTS_EN), (place, en)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("1 到 1000 的整数", "应为 1 到 1000 的整数"),
        ("低于 10000000 元", "应低于 10000000 元"),
        ("晚于 2026-11-23", "应晚于 2026-11-23"),
        ("不早于业务时间", "应不早于业务时间"),
    ],
)
def test_a_sentence_reads(wanted: str, sentence: str) -> None:
    assert should_be(wanted) == sentence
    assert all(not word.startswith("应") for word in CONDITIONS)


def test_an_empty_value_is_missing_and_another_is_quoted() -> None:
    (empty,) = bad_value("speed", "", "大于 0 的数", "a number above 0").findings
    assert empty.message_zh == "speed: 没有填写 speed, 应大于 0 的数; 请填写"
    assert '""' not in empty.message_en
    (wrong,) = bad_value("limit", "0", "1 到 9 的整数", "a whole number from 1 to 9").findings
    assert "“0”无效, 应为 1 到 9 的整数" in wrong.message_zh


@pytest.mark.parametrize(
    ("body", "zh"),
    [
        (b"<a/>", "第 0 字节处不合 JSON 语法"),
        (b'{"enter', "内容不完整"),
        (b"{}", "缺少成员 enterprise"),
        (b'{"enterprise": 1}', "应为 str 类型, 现为 int 类型 (位于 $.enterprise)"),
        (b'{"zzzzzz": 1}', "不认识的成员 zzzzzz"),
    ],
)
def test_a_body_that_is_not_the_json_is_told_in_chinese_too(body: bytes, zh: str) -> None:
    with pytest.raises(BadJson) as told:
        decoded(body, NewLevy)
    assert told.value.zh == zh


def test_an_unknown_member_of_a_body_is_told_what_was_probably_meant() -> None:
    order = {"enterprise": "1105910159", "amount": "1", "biz_typ": "2"}
    with pytest.raises(BadJson) as told:
        decoded(msgspec.json.encode(order), NewLevy)
    assert "did you mean biz_type?" in told.value.en
    assert "是否想写 biz_type?" in told.value.zh
    with pytest.raises(BadJson) as told:
        decoded(b'{"zzzzzz": 1}', NewLevy)
    assert "did you mean" not in told.value.en
