"""SENDER.01: a message that travels under another's DXP id is taken, and says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from gateway.base.settings import Settings
from gateway.bootstrap import make_intake
from gateway.checks.intake import Intake
from gateway.checks.opened import Opened, Submission
from gateway.checks.senders import own_ids
from handlers.contract import Context
from schemas.codes import CodeLists
from schemas.findings import Finding
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.factories import BEIJING, ENTERPRISES, attachment, context, dxp, grt101

OWN, OTHER = "DXPENT0000000001", "DXPENT0000000002"


@pytest.fixture(scope="module")
def intake() -> Intake:
    return make_intake(Settings(), reader=XmlReader(), schemas=SchemaSet(), codes=CodeLists())


def told(intake: Intake, body: bytes, known: Context) -> list[Finding]:
    """Return the warnings about the sender, of a message that is taken or of one that is not."""
    result = intake.open(body, known)
    findings = (
        result.warnings if isinstance(result, Submission) else intake.findings_of(result, known)
    )
    return [each for each in findings if each.code == "SENDER.01"]


@pytest.mark.parametrize("form", ["Package", "Signature", "DxpMsg"])
def test_its_own_sender_is_no_news(intake: Intake, form: str) -> None:
    assert told(intake, grt101(form=form), context()) == []


@pytest.mark.parametrize("sender", [OTHER, "DXPENT0000009999"])
@pytest.mark.parametrize("form", ["Package", "Signature"])
def test_another_sender_is_told_whether_anybody_has_that_id_or_not(
    intake: Intake, form: str, sender: str
) -> None:
    body = grt101(form=form, sender=sender)
    assert isinstance(intake.open(body, context()), Submission)
    [warning] = told(intake, body, context())
    assert not warning.is_error
    assert (warning.field, warning.value, warning.wanted) == ("sender_id", sender, OWN)
    assert warning.line
    for text in (warning.message_zh, warning.message_en):
        assert sender in text
        assert OWN in text


@pytest.mark.parametrize(
    ("outer", "inner", "fields"),
    [
        (OTHER, OWN, ["SenderId"]),
        (OWN, OTHER, ["sender_id"]),
        (OTHER, OTHER, ["SenderId", "sender_id"]),
        (OWN, OWN, []),
    ],
)
def test_both_envelopes_are_looked_at(
    intake: Intake, outer: str, inner: str, fields: list[str]
) -> None:
    body = dxp(grt101(sender=inner), sender=outer)
    assert sorted(w.field or "" for w in told(intake, body, context())) == sorted(fields)


def test_a_refused_message_hears_of_it_too(intake: Intake) -> None:
    body = grt101(sender=OTHER, gasrAmt="x")
    assert isinstance(intake.open(body, context()), Opened)
    assert len(told(intake, body, context())) == 1


def test_a_file_of_several_pockets_is_looked_at(intake: Intake) -> None:
    body = attachment(b"file", "P1", 2, 2, 2).replace(
        f"<sender_id>{OWN}".encode(), f"<sender_id>{OTHER}".encode()
    )
    assert len(told(intake, body, context())) == 1


def test_a_draft_counts_what_it_lacks_without_it(intake: Intake) -> None:
    body = grt101(flag="0", sender=OTHER)
    result = intake.open(body, context())
    assert isinstance(result, Submission)
    assert [w.code for w in result.warnings] == ["SENDER.01"]


def test_who_files_for_another_sends_under_either_id() -> None:
    agent = replace(ENTERPRISES[BEIJING], code="4403160BBB", dxp_id="DXPENT0000000003")
    served = replace(ENTERPRISES[BEIJING], agents=frozenset({agent.code}))
    known = changed(
        context(),
        acts_for=frozenset({agent.code}),
        enterprises={agent.code: agent, served.code: served},
    )
    assert own_ids(known, served.code) == {OWN, agent.dxp_id}
    stranger = changed(known, enterprises={agent.code: agent, served.code: ENTERPRISES[BEIJING]})
    assert own_ids(stranger, served.code) == frozenset()  # X.01 says it
    unregistered = changed(known, enterprises={served.code: served})
    assert own_ids(unregistered, served.code) == frozenset()
