"""What holds for the rules of every message type by its cases: ``BROKEN`` and ``SOUND`` of
``test_<code>_rules``."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from handlers import registered
from handlers.contract import SubmissionHandler
from tests.support.rule_tables import (
    NOTHING_FOUND,
    broken,
    covered,
    found,
    ids,
    rules_of,
    said,
    unreadable,
)

SUBMISSIONS = [each for each in registered() if isinstance(each, SubmissionHandler)]
CASES = {
    handler.code: importlib.import_module(f"test_{handler.code.lower()}_rules")
    for handler in SUBMISSIONS
}
each_broken = pytest.mark.parametrize(
    ("handler", "case", "wanted"),
    [
        pytest.param(handler, case, wanted, id=f"{handler.code}: {name}")
        for handler in SUBMISSIONS
        for name, (case, wanted) in CASES[handler.code].BROKEN.items()
    ],
)
UNQUOTED = {"C101.01", "A161.03", "A161.05"}
"""Rules whose words name another value than the one found."""


@each_broken
def test_a_broken_rule_is_found_at_its_field_and_nothing_else_is(
    handler: SubmissionHandler, case: Any, wanted: list[tuple[str, str]]
) -> None:
    assert broken(handler, case) == wanted


@pytest.mark.parametrize(
    ("handler", "case"),
    [
        pytest.param(handler, case, id=f"{handler.code}: {name}")
        for handler in SUBMISSIONS
        for name, (_, case) in CASES[handler.code].SOUND.items()
    ],
)
def test_what_a_rule_allows_breaks_no_rule_at_all(handler: SubmissionHandler, case: Any) -> None:
    assert broken(handler, case) == NOTHING_FOUND


@each_broken
def test_every_text_of_a_breach_can_be_read(
    handler: SubmissionHandler, case: Any, wanted: list[tuple[str, str]]
) -> None:
    breaches = found(handler, case)

    assert len(breaches) == len(wanted)
    for rule, breach in breaches:
        assert unreadable(rule, breach) == []
        assert rule.id in UNQUOTED or breach.found.strip() in said(rule, breach)[0]


@each_broken
def test_the_same_filing_always_gets_the_same_answer(
    handler: SubmissionHandler, case: Any, wanted: list[tuple[str, str]]
) -> None:
    filing, rules = case.filing, rules_of(handler, case.filing)
    before = dict(filing.body.fields)

    first = [rule.check(filing, case.given) for rule in rules]
    second = [rule.check(filing, case.given) for rule in reversed(rules)]

    assert first == second[::-1]
    assert filing.body.fields == before


@pytest.mark.parametrize("handler", SUBMISSIONS, ids=[each.code for each in SUBMISSIONS])
def test_every_rule_has_a_case_on_both_sides(handler: SubmissionHandler) -> None:
    cases = CASES[handler.code]

    broken, kept = covered(cases.BROKEN, cases.SOUND)
    assert broken ^ ids(handler) == set(), "to be broken by a row of BROKEN"
    assert kept ^ ids(handler) == set(), "to be kept by a row of SOUND"
