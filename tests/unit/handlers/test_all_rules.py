"""What holds for the rules of every message type: none of ``docs/rules.md`` is forgotten, and each
says where it comes from."""

import pytest

from handlers import registered
from handlers.contract import AnswerHandler, PushHandler, SubmissionHandler, Where
from schemas.xsd import SchemaSet
from tests.rule_tables import ids, rules_of

SUBMISSIONS = [h for h in registered() if isinstance(h, SubmissionHandler)]
CODES = [h.code for h in SUBMISSIONS]
SCHEMAS = SchemaSet()

OWNED: dict[str, tuple[str, ...]] = {
    "GRT101": (
        "X.01",
        "X.02",
        "X.03",
        "X.04",
        "X.07",
        "X.09",
        "S101.01",
        "S101.02",
        "S101.03",
        "S101.04",
        "S101.07",
        "S101.08",
        "S101.09",
        "S101.10",
        "S101.11",
        "S101.12",
        "S101.13",
        "S101.14",
        "S101.15",
        "S101.16",
        "S101.17",
        "C101.01",
        "C101.02",
        "C101.03",
        "C101.04",
        "C101.05",
        "C101.06",
        "C101.08",
    ),
    "GRT111": (
        "X.01",
        "X.02",
        "X.03",
        "X.04",
        "X.07",
        "X.09",
        "F111.01",
        "F111.02",
        "F111.03",
        "F111.04",
        "F111.05a",
        "F111.05b",
        "F111.05c",
        "F111.05d",
        "F111.05e",
        "F111.05f",
        "F111.05g",
        "F111.05h",
        "F111.06",
        "F111.07",
        "F111.08",
    ),
    "GRT121": (
        "X.01",
        "X.02",
        "X.03",
        "X.04",
        "X.07",
        "X.09",
        "R121.01",
        "R121.02",
        "R121.03",
        "R121.04",
        "R121.05",
        "R121.06",
        "R121.14",
    ),
    "GRT141": ("X.01", "X.03"),
    "GRT151": ("M151.01", "X.02", "X.03", "M151.02", "M151.03", "M151.04", "M151.05", "M151.06"),
    "GRT161": (
        "X.01",
        "X.02",
        "X.03",
        "X.04",
        "X.09",
        "A161.01",
        "A161.02",
        "A161.03",
        "A161.04",
        "A161.05",
    ),
}
"""Every rule of ``docs/rules.md`` 2.4 to 2.9 that stands at the gateway (G, G403, G409, W) and is
asked of this message type. X.05 and X.06 are identity's, X.10 is intake's; M151.01 and M151.02 are
X.01 and X.04 of GRT151."""
OURS = {"X.12", "H141.01"}
"""In no row of ``docs/rules.md``: 2.1 asks for the first, the second says what the public shape
leaves open."""


@pytest.mark.parametrize("handler", SUBMISSIONS, ids=CODES)
def test_no_rule_of_the_specification_is_forgotten(handler: SubmissionHandler) -> None:
    assert ids(handler) - OURS == set(OWNED[handler.code])


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
