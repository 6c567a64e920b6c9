"""Every fixture of every message type, judged as at the door: what needs no register. The corpus is
the oracle."""

import functools
from importlib.resources.abc import Traversable

import pytest

from fixtures.corpus import expected, files
from gateway.base.settings import Settings
from gateway.bootstrap import make_intake
from gateway.checks.intake import Intake
from gateway.checks.opened import Submission
from handlers import registered
from handlers.contract import SubmissionHandler
from schemas.codes import CodeLists
from schemas.dxp import decode_dxp
from schemas.findings import Finding, Refused
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet
from tests.factories import BEIJING, SHANGHAI, context

TYPES = [h.code for h in registered() if h.code.startswith("GRT1")]
GOOD = [
    (code, file)
    for code in TYPES
    for kind in ("valid", "returned", "review")
    for file in files(code, kind)
]
BAD = [(code, file) for code in TYPES for file in files(code, "invalid")]


@functools.cache
def door() -> Intake:
    return make_intake(
        Settings.model_construct(),
        reader=XmlReader(Limits()),
        schemas=SchemaSet(),
        codes=CodeLists(),
    )


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
def test_what_is_wrong_is_refused_with_exactly_the_findings_expected_at_their_lines(
    code: str, file: Traversable
) -> None:
    wanted = expected(code, file.name)

    status, found = judged(file)

    assert status == wanted["status"]
    assert [(f.code, f.field, f.line) for f in found if f.is_error] == [
        (f["code"], f["field"], f["line"]) for f in wanted["findings"]
    ]


@pytest.mark.parametrize("code", TYPES)
def test_every_message_type_has_fixtures_of_both_kinds(code: str) -> None:
    assert len(files(code, "valid")) >= 4
    assert len(files(code, "invalid")) >= 12


SHAPES = SchemaSet()
LISTS = CodeLists()
ELSEWHERE = frozenset({"customs", "sys_id"})
"""Lists that need no file for each code: the customs offices have a test of their own, and of the
subsystems only B2 is this one."""


def leaves(code: str) -> set[tuple[str, str]]:
    """Every element with its text in the sound fixtures of a type."""
    reader = XmlReader(Limits())
    found: set[tuple[str, str]] = set()
    for kind in ("valid", "returned", "review"):
        for file in files(code, kind):
            root = reader.read(file.read_bytes()).root
            if root.tag == "DxpMsg":
                root = reader.read(decode_dxp(root).data).root
            found |= {
                (element.tag, element.text)
                for element in root.iter("*")
                if len(element) == 0 and element.text
            }
    return found


def bodies(handler: SubmissionHandler) -> tuple[str, ...]:
    """Body and rows of a type; a row of another name in the schema counts by that name."""
    return (handler.body, *(part for part in handler.parts if part))


@pytest.mark.parametrize(
    "handler", [h for h in registered() if isinstance(h, SubmissionHandler)], ids=lambda h: h.code
)
def test_every_code_of_every_list_stands_in_a_sound_fixture(handler: SubmissionHandler) -> None:
    wanted = {
        (field.name, row.code)
        for part in bodies(handler)
        for field in SHAPES.fields(handler.code, part)
        if field.codelist and field.codelist not in ELSEWHERE
        for row in LISTS.list(field.codelist)
    }

    assert sorted(wanted - leaves(handler.code)) == []


@pytest.mark.parametrize("code", TYPES)
@pytest.mark.parametrize("kind", ["minimal", "full", "longest"])
def test_every_type_has_its_least_its_most_and_its_longest(code: str, kind: str) -> None:
    assert f"valid_{kind}.xml" in {file.name for file in files(code, "valid")}


def test_every_customs_office_that_is_in_use_passes_the_door() -> None:
    (sample,) = (
        file for file in files("GRT121", "valid") if file.name == "valid_refund_of_levy.xml"
    )
    text = sample.read_bytes()
    assert text.count(b"<masterCuscd>0100<") == 1
    given = context(acts_for=(BEIJING,))
    refused = [
        row.code
        for row in LISTS.list("customs")
        if row.valid_on(given.today)
        and not isinstance(
            door().open(
                text.replace(b"<masterCuscd>0100<", f"<masterCuscd>{row.code}<".encode()), given
            ),
            Submission,
        )
    ]
    assert refused == []
