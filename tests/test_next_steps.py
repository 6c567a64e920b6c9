"""Every refusal says the next step in both languages: whoever makes one must give it, and no table
of refusals has a row without."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from customs_sim.control.problems import said
from customs_sim.desk.decisions import NotDecided
from customs_sim.desk.refusal import NotAllowed
from customs_sim.ledger.statements import StatementRefused
from docs.house import modules
from gateway.api import explained
from handlers import registered
from handlers.contract import SubmissionHandler
from schemas.findings import CATALOGUE, compose

HINTS = ("hint_zh", "hint_en")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("made", [compose, NotAllowed, NotDecided, StatementRefused, said])
def test_a_refusal_cannot_be_made_without_its_next_step(made: Callable[..., Any]) -> None:
    given = inspect.signature(made).parameters
    assert [given[name].default for name in HINTS] == [inspect.Parameter.empty] * 2


def empty_hints() -> Iterator[str]:
    for name, path in modules().items():
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            for each in call.keywords:
                if each.arg in HINTS and ast.unparse(each.value) in ("''", "None"):
                    yield f"{name}:{call.lineno} {each.arg}"


def test_nobody_gives_an_empty_next_step() -> None:
    assert sorted(empty_hints()) == []


def test_every_row_of_a_table_of_refusals_has_a_next_step() -> None:
    rows: list[tuple[str, str, str]] = [
        (code, row.hint_zh, row.hint_en) for code, row in CATALOGUE.items()
    ]
    rows += [(row.code, row.hint_zh, row.hint_en) for row in explained.WORDED]
    for handler in registered():
        if isinstance(handler, SubmissionHandler):
            rules = (*handler.rules, *handler.held_rules)
            rows += [(rule.id, rule.hint_zh, rule.hint_en) for rule in rules]
    assert len(rows) > 150
    assert [code for code, zh, en in rows if not (CHINESE.search(zh) and en)] == []
