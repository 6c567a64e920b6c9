"""Every fixture of every message type, judged as at the door: what needs no register. The corpus is the oracle."""

import functools
from importlib.resources.abc import Traversable

import pytest

from fixtures.corpus import expected, files
from gateway.bootstrap import make_intake
from gateway.intake import Intake, Submission
from gateway.settings import Settings
from handlers import HANDLERS
from schemas.codes import CodeLists
from schemas.findings import Finding, Refused
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet
from tests.factories import BEIJING, SHANGHAI, context

TYPES = [h.code for h in HANDLERS if h.code.startswith("GRT1")]
GOOD = [(code, file) for code in TYPES for kind in ("valid", "returned", "review") for file in files(code, kind)]
BAD = [(code, file) for code in TYPES for file in files(code, "invalid")]


@functools.cache
def door() -> Intake:
    return make_intake(Settings.model_construct(), reader=XmlReader(Limits()), schemas=SchemaSet(), codes=CodeLists())


def judged(file: Traversable) -> tuple[int, list[Finding]]:
    """The HTTP status and every finding."""
    given = context(acts_for=(SHANGHAI if "shanghai" in file.name else BEIJING,))
    try:
        opened = door().open(file.read_bytes(), given)
    except Refused as refused:
        return refused.status, list(refused.findings)
    if isinstance(opened, Submission):
        return 202, list(opened.warnings)
    found = door().findings_of(opened, given)
    return door().refusal(found), list(found)


@pytest.mark.parametrize(("code", "file"), GOOD, ids=lambda value: getattr(value, "name", value))
def test_what_is_sound_in_itself_passes_the_door(code: str, file: Traversable) -> None:
    status, found = judged(file)

    assert (status, [(f.code, f.field) for f in found if f.is_error]) == (202, [])


@pytest.mark.parametrize(("code", "file"), BAD, ids=lambda value: getattr(value, "name", value))
def test_what_is_wrong_is_refused_with_exactly_the_findings_expected_at_their_lines(code: str, file: Traversable) -> None:
    wanted = expected(code, file.name)

    status, found = judged(file)

    assert status == wanted["status"]
    assert [(f.code, f.field, f.line) for f in found if f.is_error] == [(f["code"], f["field"], f["line"]) for f in wanted["findings"]]


@pytest.mark.parametrize("code", TYPES)
def test_every_message_type_has_fixtures_of_both_kinds(code: str) -> None:
    assert len(files(code, "valid")) >= 4
    assert len(files(code, "invalid")) >= 12
