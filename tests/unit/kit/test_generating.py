"""Generated messages, judged by the gateway's own checks: valid ones pass without a finding, a
wrong one gives the one it names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from fixtures.making.contents import samples
from fixtures.making.generating import Generator
from fixtures.making.mistakes import MISTAKES
from gateway.checks.intake import Intake
from gateway.checks.opened import Submission
from gateway.store.demo import DEMO
from handlers import registered
from handlers.contract import SubmissionHandler
from schemas.findings import Finding, Refused
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet
from tests.factories import BEIJING, context
from tests.unit.gateway.test_fixture_rules import door

TODAY = date(2026, 11, 23)
NOTHING = {
    "check-digit": {"GRT121", "GRT141"},
    "empty": {"GRT141"},
    "amount": {"GRT141", "GRT151", "GRT161"},
    "zero": {"GRT111", "GRT141", "GRT151", "GRT161"},
    "date": {"GRT141"},
    "date-form": {"GRT141"},
    "code": {"GRT141"},
    "enterprise": {"GRT141"},
}
"""Where a type has no field that could be so wrong."""
OFFERED = [
    (code, how) for code in samples() for how in MISTAKES if code not in NOTHING.get(how, set())
]


@pytest.fixture(scope="module")
def generator() -> Callable[[int], Generator]:
    schemas, reader = SchemaSet(), XmlReader(Limits())
    return lambda seed: Generator(
        schemas=schemas, reader=reader, party=DEMO[0], today=TODAY, seed=seed
    )


def judged(intake: Intake, body: bytes) -> tuple[int, list[Finding]]:
    """The HTTP status and every finding, warnings among them."""
    given = context(today=TODAY, acts_for=(BEIJING,))
    try:
        opened = intake.open(body, given)
    except Refused as refused:
        return refused.status, list(refused.findings)
    if isinstance(opened, Submission):
        return 202, list(opened.warnings)
    found = intake.findings_of(opened, given)
    return intake.refusal(found), list(found)


def test_every_type_that_an_enterprise_sends_can_be_generated() -> None:
    assert set(samples()) == {h.code for h in registered() if isinstance(h, SubmissionHandler)}


@pytest.mark.parametrize("code", samples())
def test_a_valid_message_passes_the_door_without_a_finding(
    code: str, generator: Callable[[int], Generator]
) -> None:
    for seed in (1, 2):
        for made in generator(seed).valid(code, 20):
            status, found = judged(door(), made.body)
            assert (status, [(f.code, f.field) for f in found]) == (202, []), made.body.decode()


@pytest.mark.parametrize(("code", "how"), OFFERED)
@pytest.mark.slow
def test_a_wrong_message_gives_exactly_the_finding_that_it_names(
    code: str, how: str, generator: Callable[[int], Generator]
) -> None:
    for made in generator(7).wrong(code, how, 8):
        assert made.expected is not None
        wanted = [(p["code"], p["field"], p["line"]) for p in made.expected["findings"]]
        status, found = judged(door(), made.body)
        assert (status, [(f.code, f.field, f.line) for f in found]) == (
            made.expected["status"],
            wanted,
        ), made.body.decode(errors="replace")


@pytest.mark.parametrize(
    ("how", "code"), [(how, code) for how, codes in NOTHING.items() for code in sorted(codes)]
)
def test_a_mistake_that_a_type_cannot_have_is_said_so(
    how: str, code: str, generator: Callable[[int], Generator]
) -> None:
    with pytest.raises(LookupError):
        list(generator(1).wrong(code, how, 1))


@pytest.mark.slow
def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(
    generator: Callable[[int], Generator],
) -> None:
    first = [[m.body for m in generator(3).valid(code, 5)] for code in samples()]

    assert first == [[m.body for m in generator(3).valid(code, 5)] for code in samples()]
    assert not {b for bodies in first for b in bodies} & {
        m.body for code in samples() for m in generator(4).valid(code, 5)
    }


def test_no_two_messages_of_a_run_share_message_id_or_reference(
    generator: Callable[[int], Generator],
) -> None:
    bodies = [m.body for m in generator(5).valid("GRT101", 200)]
    for name in (b"message_id", b"etpsPreentNo"):
        assert len({b.partition(b"<" + name + b">")[2].partition(b"<")[0] for b in bodies}) == 200


def test_the_number_that_is_given_is_what_the_messages_are_about(
    generator: Callable[[int], Generator],
) -> None:
    (made,) = generator(1).valid("GRT111", 1, "ZS0100202600077")
    assert b"<dpstLevyBlNo>ZS0100202600077<" in made.body
