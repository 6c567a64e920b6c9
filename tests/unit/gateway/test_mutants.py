"""Every element of every message type, damaged in every way: each refusal names the element and its
line, in both languages, with what is wanted and a next step; one cause is one finding.

Whether a damage is lawful is the validator's word, not ours: then the message passes the schema,
and only a rule may still refuse it.
"""

from __future__ import annotations

import base64
import functools

import pytest
from lxml import etree

from fixtures.corpus import files
from gateway.base.settings import Settings
from gateway.bootstrap import make_intake
from gateway.checks.intake import Intake
from gateway.checks.opened import Submission
from handlers import registered
from handlers.contract import SubmissionHandler
from schemas.codes import CodeLists
from schemas.dxp import DxpMsg, encode_dxp
from schemas.findings import Finding, Refused
from schemas.package import open_package
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet
from tests.factories import attachment, context
from tests.mutants import DAMAGES, MISSING, Mutant, mutants, unfit

SCHEMAS, READER = SchemaSet(), XmlReader(Limits())
TYPES = [
    h.code for h in registered() if isinstance(h, SubmissionHandler) and h.code.startswith("GRT")
]
SHARE = 0.25
"""Of all mutants, in the default run; the whole is slow."""


@functools.cache
def door() -> Intake:
    return make_intake(
        Settings.model_construct(), reader=READER, schemas=SCHEMAS, codes=CodeLists()
    )


def fixture(code: str, name: str) -> bytes:
    (file,) = [file for file in files(code, "valid") if file.name == name]
    return file.read_bytes()


def transported(code: str) -> bytes:
    """A DxpMsg with every element that it may have, one on each line."""
    outer = encode_dxp(
        DxpMsg(
            cop_msg_id="00000000-0000-4000-8000-000000000005",
            sender_id="DXPENT0000000001",
            receiver_ids=("DXPEDCGRT0000001",),
            created_at="2026-11-23T10:00:00",
            message_type=code,
            data=fixture(code, "valid_package.xml"),
            keys={"SeqNo": "202600000000001000", "RetType": "1"},
            file_name="a.xml",
        )
    )
    return outer.replace(b"><", b">\n<")


def judged(body: bytes) -> list[Finding]:
    """Every error."""
    given = context()
    try:
        opened = door().open(body, given)
    except Refused as refused:
        found = refused.findings
    else:
        if isinstance(opened, Submission):
            return []
        found = door().findings_of(opened, given)
    return [f for f in found if f.is_error]


def made_of_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        return False


def lawful(body: bytes) -> bool:
    """Whether the schemas of the transport, the package and the content take a document."""
    try:
        root = READER.read(body).root
        if root.tag == "DxpMsg":
            if not SCHEMAS.valid("DxpMsg", root):
                return False
            return made_of_base64(root.findtext("Data") or "")
        package = open_package(READER.read(body))
    except (Refused, ValueError):
        return False
    code, business = package.envelope.message_type, package.business
    if code not in TYPES:
        return False
    if package.pocket.unstructured:
        return SCHEMAS.valid("package", root) and SCHEMAS.valid("UNSTRUCTURED", business)
    flag = business.findtext("DelcareFlag")
    return SCHEMAS.valid_message(code, root, lenient=flag == "0" and code != "GRT141")


PLACED = frozenset({"SysId", "OperCusRegCode", "DelcareFlag"})
"""Public senders put these in several places (``docs/contract.md`` 8): the door settles them."""
TIMES = frozenset({"send_time", "CreatTime"})
"""White space around a time is no part of it; libxml2 does not collapse it."""


def dialect(made: Mutant, body: bytes) -> bool:
    """Whether the door takes a mutant that the schemas do not: it is a form that senders use."""
    if made.name in TIMES:
        return made.damage.startswith("space ")
    return made.damage in ("moved", "first", "last") and order(made.body) == order(body)


def order(body: bytes) -> list[str]:
    """The elements in their order, but for those that may stand in several places."""
    names = [etree.QName(each).localname for each in etree.fromstring(body).iter("*")]
    return [name for name in names if name not in PLACED]


def named(made: Mutant, body: bytes) -> set[str]:
    """The names by which a refusal may call the damaged element. An element that holds one other,
    emptied, is the same document as one whose only element is missing; of two that changed places,
    either stands wrong."""
    names = {made.name}
    root = etree.fromstring(body)
    element = root.find(made.path)
    assert element is not None
    children = [etree.QName(child).localname for child in element.iterchildren("*")]
    if made.damage == "empty":
        names |= set(children)
    parent = element.getparent()
    assert parent is not None
    siblings = [etree.QName(child).localname for child in parent.iterchildren("*")]
    at = list(parent.iterchildren("*")).index(element)
    if made.damage == "first" and len({*siblings[:at]} - {made.name}) == 1:
        names |= {*siblings[:at]}
    if made.damage == "last" and len({*siblings[at:]} - {made.name}) == 1:
        names |= {*siblings[at:]}
    return names


def wrong(made: Mutant, body: bytes) -> list[str]:
    """What is wrong with the answer to a mutant."""
    errors = judged(made.body)
    complaints = [f"{f.code}: {complaint}" for f in errors for complaint in unfit(f)]
    if lawful(made.body):
        # XSD.08: that a day exists is no matter of the schema.
        inside = made.name == "Data"  # what Data carries is another document
        forms = [f for f in errors if f.layer in ("schema", "parse", "guard") and not inside]
        # libxml2 takes some of what is no base64.
        if any(f.code != "XSD.08" and f.field not in ("Data", "FileData") for f in forms):
            complaints.append("lawful, and yet refused by its form")
        return complaints
    if not errors and dialect(made, body):
        return complaints
    if len(errors) != 1:
        return [*complaints, f"{len(errors)} findings: {[(f.code, f.field) for f in errors]}"]
    (error,) = errors
    names = named(made, body)
    if error.field not in names:
        complaints.append(f"{error.code} names {error.field}")
    elif error.field == made.name and error.line not in made.lines:
        complaints.append(f"{error.code} at line {error.line}, not {made.lines}")
    return complaints


def complaints(body: bytes, share: float, seed: int) -> tuple[int, list[str]]:
    """How many mutants there were, and what is wrong with the answers."""
    count, told = 0, []
    for made in mutants(body, share=share, seed=seed):
        count += 1
        told += [f"{made.damage} {made.path}: {each}" for each in wrong(made, body)]
    return count, told


DOCUMENTS = {
    **{code: lambda code=code: fixture(code, "valid_full.xml") for code in TYPES},
    "a draft": lambda: fixture("GRT101", "valid_draft.xml"),
    "a plain package": lambda: fixture("GRT121", "valid_package.xml"),
    "a DxpMsg": lambda: transported("GRT101"),
    "an attachment": lambda: attachment(b"%PDF-1.7", "P-1", 2, 2, 7).replace(b"><", b">\n<"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.slow
def test_a_refusal_of_a_damaged_element_names_it_once_with_its_line_and_a_next_step(
    name: str,
) -> None:
    count, told = complaints(DOCUMENTS[name](), SHARE, seed=len(name))

    assert told == []
    assert count > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_damage_of_every_element_is_explained(name: str) -> None:
    count, told = complaints(DOCUMENTS[name](), 1.0, seed=0)

    assert told == []
    assert count > 400


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_damaged_here_is_sound_before(name: str) -> None:
    assert judged(DOCUMENTS[name]()) == []


def test_a_mutant_that_points_elsewhere_is_noticed() -> None:
    """The control: the test itself must be able to fail."""
    body = fixture("GRT101", "valid_full.xml")
    made = next(m for m in mutants(body) if m.damage == MISSING and m.name == "gasrNo")

    assert wrong(made, body) == []
    assert wrong(Mutant(made.damage, made.body, made.path, "rmk", made.lines), body) != []
    assert wrong(Mutant(made.damage, made.body, made.path, made.name, range(1, 2)), body) != []


def test_every_kind_of_damage_is_done_somewhere() -> None:
    body = fixture("GRT101", "valid_full.xml")

    assert {m.damage for m in mutants(body)} == {MISSING, *DAMAGES}
