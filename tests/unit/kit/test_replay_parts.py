"""The kit's parts: scripts with their mistakes by line, holes, and differences path by path."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from fixtures.kit.replay.difference import differences
from fixtures.kit.replay.expected import member, wrong_members
from fixtures.kit.replay.reading import script_in
from fixtures.kit.replay.values import Unfilled, Values
from gateway.base.errors import BadSetting
from schemas.identifiers import is_credit_code

TODAY = date(2026, 11, 23)


def script(folder: Path, text: str) -> Path:
    file = folder / "s.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name: a\nsteps: []\n", 1, "at least one step"),
        (
            "name: a\nsteps:\n  - send: a.xml\n  - sent: b.xml\n",
            4,
            "one of send, do, receipt, silence, status, clock, fault, scenario",
        ),
        (
            "name: a\nsteps:\n  - send: a.xml\n    expect: {http: 2000}\n",
            4,
            "a whole number from 100 to 599",
        ),
        ("name: a\nsteps:\n  - send: a.xml\n    expct: {http: 200}\n", 4, "wanted one of"),
        ("name: a\nsteps:\n  - do: TAKE /levies\n", 3, "the form POST /decisions"),
        ("name: a\nsteps:\n  - receipt: {type: GRT20}\n", 3, "the form [A-Z]{3}[0-9]{3}"),
        ("name: a\nsteps:\n  - silence: soon\n", 3, "a duration as 90s"),
        ("name: a\nsteps:\n  - status: approved\n", 3, "steps[0].seq_no"),
        ("name: a\nsteps:\n  - send: a.xml\n    capture: [seq_no]\n", 4, "keys and values"),
        ("name: a\nsteps:\n  - send: [\n", 4, "YAML"),
    ],
)
def test_each_mistake_is_one_line_with_file_and_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    file = script(tmp_path, text)

    with pytest.raises(BadSetting) as raised:
        script_in(file)

    first = str(raised.value).splitlines()[0]
    assert first.startswith(f"{file}:{line}: ")
    assert words in first


def test_a_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes(b"name: \xff\xfe")
    with pytest.raises(BadSetting, match="is no UTF-8 text"):
        script_in(file)


def test_holes_are_filled_with_variables_days_and_new_values() -> None:
    values = Values(TODAY, {"ref": "{{unique}}", "again": "{{ref}}"})
    assert values.fill("{{ref}}") == values.fill("{{again}}")
    assert (
        values.fill("{{today}} {{today+30d}} {{ today-1d }}") == "2026-11-23 2026-12-23 2026-11-22"
    )
    assert values.fill("{{unique}}") != values.fill("{{unique}}")
    assert is_credit_code(values.fill("{{credit_code}}"))
    assert re.fullmatch(
        "DXPENT0000000001DXPEDCGRT000000120261123[0-9]{17}", values.fill("{{message_id}}")
    )
    values.capture("seq_no", "202600000000000001")
    assert values.fill_all({"items": [{"seq_no": "{{seq_no}}", "n": 1}]}) == {
        "items": [{"seq_no": "202600000000000001", "n": 1}]
    }
    with pytest.raises(Unfilled, match="no such variable; known: again, ref, seq_no"):
        values.fill("{{reff}}")


def test_only_what_differs_is_told_by_path() -> None:
    wanted = etree.fromstring("<a xmlns='x'><b>1</b><c><d>2</d><d>*</d></c><gone>3</gone></a>")
    found = etree.fromstring("<a>\n <b>1</b><c><d>5</d><d>whatever</d></c><new>4</new></a>")

    assert [str(each) for each in differences(wanted, found)] == [
        '/a/c/d[1]: 应为 expected "2", 实为 found "5"',
        '/a/gone: 应为 expected "3", 实为 found (没有 nothing)',
        '/a/new: 应为 expected (没有 nothing), 实为 found "4"',
    ]


def test_a_member_of_an_answer_is_named_by_its_path() -> None:
    answer = {"items": [{"no": "A", "paid": True}, {"no": "B", "paid": None}], "total": 2}
    assert member(answer, "items.1.no") == "B"
    assert member(answer, "items.*.no") == "A B"
    assert member(answer, "items.0.paid") == "true"
    assert member(answer, "items.1.paid") == ""
    assert member(answer, "items.2.no") is None
    assert wrong_members(answer, {"total": "2", "items.0.no": "B", "more": "1"}) == [
        'items.0.no: 应为 expected "B", 实为 found "A"',
        'more: 应为 expected "1", 实为 found (没有 nothing)',
    ]


def test_headings_divide_a_script_into_flows(tmp_path: Path) -> None:
    file = script(
        tmp_path,
        "steps:\n  - silence: 1s\n  - flow: one\n    manual: '1.1'\n  - read: /levies\n"
        "    assert: {total: '0'}\n  - flow: two\n",
    )
    one, two = script_in(file).flows
    assert (one.heading.title, one.heading.section) == ("one", "1.1")
    assert [(step.path, dict(step.checks)) for step in one.steps] == [("/levies", {"total": "0"})]
    assert (two.heading.name, two.steps) == ("two", ())
