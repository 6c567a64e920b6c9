"""What holds for the rules of every message type: none of ``docs/rules.md`` is forgotten, and each
says where it comes from."""

import re
from pathlib import Path

import pytest

from handlers import registered
from handlers.contract import AnswerHandler, PushHandler, SubmissionHandler, Where
from schemas.xsd import SchemaSet
from tests.support.rule_tables import ids, rules_of

SUBMISSIONS = [h for h in registered() if isinstance(h, SubmissionHandler)]
CODES = [h.code for h in SUBMISSIONS]
SCHEMAS = SchemaSet()
ROOT = Path(__file__).parents[3]

FILING = ("X.01", "X.02", "X.03", "X.04", "X.07", "X.09")
"""The rules of all messages that a filing with money is asked."""
SHARED: dict[str, tuple[str, ...]] = {
    "GRT101": FILING,
    "GRT111": FILING,
    "GRT121": FILING,
    "GRT141": ("X.01", "X.03"),
    "GRT151": ("X.02", "X.03"),
    "GRT161": ("X.01", "X.02", "X.03", "X.04", "X.09"),
}
"""Which rules of ``docs/rules.md`` 2.4 a message type is asked. X.05 and X.06 are identity's, X.10
is intake's; M151.01 and M151.02 are X.01 and X.04 of GRT151. X.12 stands where 2.1 gives an element
to customs."""
ROW = re.compile(r"^\| ([A-Z](\d{3})\.\d{2}[a-z]?) \| ([^|]*) \|", re.MULTILINE)
"""A rule of one message type in ``docs/rules.md``: id, digits of the type, where it stands."""


def written(code: str) -> set[str]:
    """Read from ``docs/rules.md`` which rules of a type are the gateway's (G, G403, G409, W)."""
    return {
        id
        for id, digits, where in ROW.findall((ROOT / "docs/rules.md").read_text(encoding="utf-8"))
        if code.endswith(digits) and where.startswith(("G", "W"))
    }


@pytest.mark.parametrize("handler", SUBMISSIONS, ids=CODES)
def test_the_rules_of_a_type_are_those_of_the_document(handler: SubmissionHandler) -> None:
    wanted = written(handler.code) | set(SHARED[handler.code])
    asked = ids(handler) - {"X.12"}

    assert asked - wanted == set(), "no row in docs/rules.md gives these to the gateway"
    assert wanted - asked == set(), "docs/rules.md gives these to the gateway"


@pytest.mark.parametrize("handler", SUBMISSIONS, ids=CODES)
def test_every_rule_names_its_source_and_the_next_step_in_both_languages(
    handler: SubmissionHandler,
) -> None:
    silent = [
        rule.id
        for rule in rules_of(handler)
        if not (rule.source and rule.zh and rule.en and rule.hint_zh and rule.hint_en)
    ]

    assert silent == []


@pytest.mark.parametrize("handler", SUBMISSIONS, ids=CODES)
def test_every_rule_is_about_an_element_of_its_schema(handler: SubmissionHandler) -> None:
    known = {
        field.name
        for name in (handler.body, *handler.parts)
        for field in SCHEMAS.fields(handler.code, name)
    }
    known |= {"OperCusRegCode", "SysId", *handler.parts}

    assert {
        name for rule in rules_of(handler) for name in (rule.field, *rule.needs)
    } - known == set()


@pytest.mark.parametrize("handler", SUBMISSIONS, ids=CODES)
def test_only_whose_data_it_is_forbids_and_only_what_is_under_way_conflicts(
    handler: SubmissionHandler,
) -> None:
    assert {rule.id for rule in rules_of(handler) if rule.where is Where.FORBID} <= {
        "X.01",
        "M151.01",
    }
    assert {rule.id for rule in rules_of(handler) if rule.status != 422} <= {
        "X.07",
        "F111.03",
        "A161.02",
    }
    assert all(rule.status == 422 for rule in handler.rules)


@pytest.mark.parametrize("handler", SUBMISSIONS, ids=CODES)
def test_a_rule_with_several_rows_gives_every_row_one_source_of_words(
    handler: SubmissionHandler,
) -> None:
    """An id may be about several elements; it is never an error in one row and a warning in
    another."""
    kinds: dict[str, set[Where]] = {}
    for rule in rules_of(handler):
        kinds.setdefault(rule.id, set()).add(rule.where)

    assert {id for id, kind in kinds.items() if len(kind) > 1} == set()


def test_the_catalogue_holds_every_message_type_once_and_each_has_a_schema() -> None:
    codes = [handler.code for handler in registered()]

    assert codes == [
        "GRT101",
        "GRT111",
        "GRT121",
        "GRT141",
        "GRT151",
        "GRT161",
        "GRT200",
        "GRT201",
        "GRT211",
        "GRT221",
        "GRT251",
        "GRT261",
        "GRT301",
        "GRT302",
        "GRT303",
    ]
    assert [code for code in codes if not SCHEMAS.has(code)] == []


def test_every_answer_that_a_filing_gets_is_in_the_catalogue() -> None:
    answers = {handler.code for handler in registered() if isinstance(handler, AnswerHandler)}

    assert {code for handler in SUBMISSIONS for code in handler.answers} == answers
    assert {handler.code for handler in registered() if isinstance(handler, PushHandler)} == {
        "GRT301",
        "GRT302",
        "GRT303",
    }
