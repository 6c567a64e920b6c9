"""Every misspelt word of a scenario, a fault table or a script is answered with the word that was
meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from customs_sim.steering.fault_rules import fault_set
from customs_sim.steering.scenarios import scenario
from customs_sim.steering.yaml_reading import BadText
from fixtures.kit.replay.reading import script_in
from gateway.base.errors import BadSetting

SCENARIOS = {
    "titel": ("titel: x\nrules:\n  - steps:\n      - answer: stored\n", "title"),
    "ruels": ("ruels:\n  - steps:\n      - answer: stored\n", "rules"),
    "setps": ("rules:\n  - setps:\n      - answer: stored\n", "steps"),
    "anwser": ("rules:\n  - steps:\n      - anwser: stored\n", "answer"),
    "aprove": ("rules:\n  - steps:\n      - answer: aprove\n", "approve"),
    "mach": ("rules:\n  - mach: {}\n    steps:\n      - answer: stored\n", "match"),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_misspelt_word_of_a_scenario_is_answered_with_the_one_meant(name: str) -> None:
    text, meant = SCENARIOS[name]

    with pytest.raises(BadText) as bad:
        scenario(text)

    assert any(f"did you mean {meant}" in problem.en for problem in bad.value.problems), [
        problem.en for problem in bad.value.problems
    ]
    assert any(f"是否应为 {meant}" in problem.zh for problem in bad.value.problems)


SCRIPTS = {
    "sned": ("steps:\n  - sned: a.xml\n", "send"),
    "stpes": ("stpes:\n  - send: a.xml\n", "steps"),
    "exepct": ("steps:\n  - send: a.xml\n    exepct: {http: 202}\n", "expect"),
    "staus": ("steps:\n  - send: a.xml\n    expect: {staus: declared}\n", "status"),
    "captrue": ("steps:\n  - send: a.xml\n    captrue: {a: seq_no}\n", "capture"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_misspelt_word_of_a_script_is_answered_with_the_one_meant(
    name: str, tmp_path: Path
) -> None:
    text, meant = SCRIPTS[name]
    file = tmp_path / "script.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(BadSetting) as bad:
        script_in(file)

    assert f"did you mean {meant}" in str(bad.value), str(bad.value)
    assert f"是否应为 {meant}" in str(bad.value)


def test_a_misspelt_fault_is_answered_with_the_one_meant() -> None:
    with pytest.raises(BadText) as bad:
        fault_set("rules:\n  - fault: late_an\n    matsh: {}\n")

    said = [problem.en for problem in bad.value.problems]
    assert any("did you mean match" in text for text in said), said
