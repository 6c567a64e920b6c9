"""Texts of testers hold only what every store and every answer can carry."""

from __future__ import annotations

import json

import pytest

from customs_sim.steering.scenarios import scenario
from customs_sim.steering.yaml_reading import BadText
from customs_sim.steering.yaml_text import joined


@pytest.mark.parametrize("value", ["\\0", "\\ud800", "\\udc00x", "\\udc00\\ud800", "\\x00"])
@pytest.mark.parametrize("text", ['{{"title": "{}"}}', '{{"{}": 1}}', 'name: "{}"\n'])
def test_half_a_character_is_refused_in_its_line(text: str, value: str) -> None:
    with pytest.raises(BadText) as told:
        scenario(text.format(value))
    for problem in told.value.problems:
        problem.zh.encode()
        problem.en.encode()
    assert any("NUL" in problem.wanted for problem in told.value.problems)


@pytest.mark.parametrize("text", ["😀", "a\\😀", "\\ud83d", '"😀"', "\\\\ud83d\\ude00", "中"])
def test_what_json_writes_as_two_escapes_is_one_character(text: str) -> None:
    assert json.loads(joined(json.dumps(text))) == text
