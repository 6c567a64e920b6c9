"""What another process says of the files of a batch is what this one would have found: over every
message of the corpus."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
import pytest

from fixtures.corpus import files
from gateway.base.settings import Settings
from gateway.bootstrap import make_intake
from gateway.checks.elsewhere import (
    SMALL,
    UNDECIDED,
    Question,
    context_of,
    flattened,
    passed,
    question,
    restored,
)
from gateway.checks.intake import Intake
from gateway.checks.opened import Submission
from gateway.store.demo import DEMO
from handlers import registered
from handlers.contract import Context, Enterprise
from schemas.codes import CodeLists
from schemas.findings import Refused
from schemas.times import SHANGHAI
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet
from tests.factories import grt101

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=SHANGHAI)
BODIES = {
    f"{code}/{file.name}": file.read_bytes()
    for code in sorted(h.code for h in registered())
    for file in files(code)
}
CODES = CodeLists()
REGISTRY = {e.code: e for e in DEMO}
OTHERS = {
    f"110591{n:04d}": Enterprise(
        code=f"110591{n:04d}", name="n", credit_code="c", customs="0100", dxp_id="d"
    )
    for n in range(SMALL)
}


@pytest.fixture(scope="module")
def intake() -> Intake:
    return make_intake(
        Settings.model_construct(), reader=XmlReader(Limits()), schemas=SchemaSet(), codes=CODES
    )


def context(enterprises: Mapping[str, Enterprise] = REGISTRY, *acts_for: str) -> Context:
    return Context(
        now=NOW,
        today=NOW.date(),
        acts_for=frozenset(acts_for or REGISTRY),
        enterprises=enterprises,
        codes=CODES,
    )


def sent(asked: Question) -> Question:
    """The question as it comes out of the link."""
    return msgspec.convert(msgspec.msgpack.decode(msgspec.msgpack.encode(asked)), Question)


def here(intake: Intake, body: bytes, given: Context) -> Submission | None:
    """What this process finds; None for what it refuses."""
    try:
        found = intake.open(body, given)
    except Refused:
        return None
    return found if isinstance(found, Submission) else None


def there(intake: Intake, body: bytes, given: Context) -> Submission | None:
    asked = sent(question([body], given))
    answer = passed(intake, asked.bodies[0], context_of(asked, CODES))
    return None if answer == UNDECIDED else restored(intake, answer, body, given)


def test_the_moment_and_the_caller_arrive(intake: Intake) -> None:
    found = context_of(sent(question([], context())), CODES)
    assert (found.now, found.today, found.acts_for, dict(found.enterprises)) == (
        NOW,
        NOW.date(),
        frozenset(REGISTRY),
        REGISTRY,
    )


@pytest.mark.parametrize("name", BODIES)
def test_a_message_of_the_corpus_passes_there_as_it_does_here(intake: Intake, name: str) -> None:
    found = here(intake, BODIES[name], context())
    assert there(intake, BODIES[name], context()) == found
    assert found is not None or "/valid_" not in name


@pytest.mark.parametrize("name", BODIES)
def test_with_a_large_registry_it_passes_so_or_is_left_undecided(intake: Intake, name: str) -> None:
    given = context(REGISTRY | OTHERS, DEMO[0].code)
    assert there(intake, BODIES[name], given) in (here(intake, BODIES[name], given), None)


def test_of_a_large_registry_only_the_callers_own_travel_and_their_files_pass(
    intake: Intake,
) -> None:
    given = context(REGISTRY | OTHERS, DEMO[0].code, "1105999999")
    assert question([], given).enterprises == {DEMO[0].code: DEMO[0], "1105999999": None}
    own, foreign = (
        grt101("R1", 1, flag="0", **more)
        for more in ({}, {"pmnEtpsno": next(iter(OTHERS)), "pmnEtpsNm": "n"})
    )
    assert here(intake, own, given) is not None
    assert there(intake, own, given) == here(intake, own, given)
    assert here(intake, foreign, given) is not None
    assert there(intake, foreign, given) is None, (
        "who pays is not told: nobody may say there that it is not registered"
    )


def test_only_what_differs_from_the_body_travels_beside_it(intake: Intake) -> None:
    body = grt101("R1", 1)
    found = here(intake, body, context())
    assert found is not None
    assert len(flattened(found)) < len(body)
    wrapped = msgspec.structs.replace(found, document=b"<Package/>")
    assert restored(intake, flattened(wrapped), body, context()) == wrapped
