"""Every step of intake is linear in the message, on both sides: four times the message, about four
times the work, whatever it is large in (``tests/support/growing.py``).

What is counted is processor time of this thread, so that a busy machine changes nothing; what looks
like more is measured again, because a square is a square every time.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from lxml import etree

from customs_sim.wire.reader import FilingReader
from gateway.api.http import ProblemError
from gateway.base.message import Message
from gateway.base.settings import Settings
from gateway.bootstrap import customs_reader, make_intake
from gateway.checks.intake import Intake
from gateway.checks.opened import Opened
from gateway.checks.unzip import Bounds, unzip
from gateway.receipts.customs_reader import CustomsReader
from handlers.contract import Context
from schemas.codes import CodeLists
from schemas.dxp import DxpMsg, encode_dxp
from schemas.encoding import as_utf8
from schemas.findings import Finding, Refused
from schemas.package import open_package
from schemas.times import SHANGHAI
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet
from tests.factories import BEIJING, CUSTOMS_NODE, ENTERPRISES, dxp
from tests.support.growing import SHAPES

pytestmark = pytest.mark.alone
"""Ratios of processor time: they mean something where nothing else runs beside."""

SMALL, LARGE = 80_000, 320_000
TOLERATED = 1.75
"""Times the growth of the message that the work may grow."""
LITTLE = 0.04
"""Seconds of work for the larger message that are not looked at: a square would be far above."""
NOW = datetime(2026, 11, 28, 10, tzinfo=SHANGHAI)


class Sides:
    """What reads a message on its way, made once."""

    def __init__(self) -> None:
        settings, self.schemas, codes = Settings(), SchemaSet(), CodeLists()
        self.reader = XmlReader(Limits(size=settings.max_body))
        self.intake: Intake = make_intake(
            settings, reader=self.reader, schemas=self.schemas, codes=codes
        )
        self.customs = FilingReader(self.schemas, settings.customs_node)
        self.reception: CustomsReader = customs_reader(settings, b"s" * 32, schemas=self.schemas)
        self.context = Context(
            now=NOW,
            today=NOW.date(),
            acts_for=frozenset({BEIJING}),
            enterprises=ENTERPRISES,
            codes=codes,
        )

    def findings(self, body: bytes) -> tuple[Finding, ...]:
        try:
            opened = self.intake.open(body, self.context)
        except Refused as refused:
            return refused.findings
        if isinstance(opened, Opened):
            return self.intake.findings_of(opened, self.context)
        return opened.warnings

    def answer(self, body: bytes) -> object:
        return ProblemError(422, self.findings(body)).response()

    def canonical(self, body: bytes) -> object:
        """What tells whether two messages say the same, and whether two pockets do."""
        try:
            business = open_package(self.reader.read(body)).business
        except Refused:
            return None
        return etree.tostring(business, method="c14n", exclusive=True)

    def reasons(self, body: bytes) -> object:
        try:
            return self.schemas.reasons("package", self.reader.read(body).root)
        except Refused:
            return None


@pytest.fixture(scope="module")
def sides() -> Sides:
    return Sides()


def to_customs(body: bytes) -> bytes:
    """The message as the e-port sends it on."""
    at = body.find(b"<message_type>")
    kind = body[at + 14 : at + 20].decode("latin-1")
    return encode_dxp(
        DxpMsg(
            cop_msg_id="1",
            sender_id="DXPENT0000000001",
            receiver_ids=(CUSTOMS_NODE,),
            created_at="2026-11-23T10:00:00",
            message_type=kind if kind.startswith("GRT") else "GRT101",
            data=body,
            keys={"SeqNo": "202611281152030044", "GatewayMsgId": "x"},
        )
    )


def utf8(body: bytes) -> object:
    try:
        return as_utf8(body, mislabelled=True)
    except Refused:
        return None


Step = Callable[[bytes], object]


def steps(sides: Sides) -> Iterator[tuple[str, Callable[[bytes], bytes], Step]]:
    """Each step with what makes its input of a message."""

    def same(body: bytes) -> bytes:
        return body

    yield "to UTF-8", same, utf8
    yield "checked and answered", same, sides.answer
    yield "in a DxpMsg", dxp, sides.answer
    yield "its type", same, sides.intake.type_of
    yield "C14N", same, sides.canonical
    yield "the validator's words", same, sides.reasons
    yield "at customs", to_customs, sides.customs.open
    yield "at customs, in a DxpMsg of others", dxp, sides.customs.open
    yield (
        "from customs",
        to_customs,
        lambda b: sides.reception.read(Message(id="1", body=b, headers={})),
    )


def work(step: Step, body: bytes) -> float:
    began = time.thread_time()
    step(body)
    return time.thread_time() - began


def is_linear(step: Step, small: bytes, large: bytes) -> bool:
    less, more = float("inf"), float("inf")
    for _ in range(4):
        less, more = min(less, work(step, small)), min(more, work(step, large))
        if more < LITTLE or more / less < TOLERATED * len(large) / len(small):
            return True
    return False


@pytest.mark.parametrize("name", SHAPES)
def test_every_step_is_linear_in_the_message(sides: Sides, name: str) -> None:
    small, large = SHAPES[name](SMALL), SHAPES[name](LARGE)
    assert [
        step for step, made, do in steps(sides) if not is_linear(do, made(small), made(large))
    ] == []


@pytest.mark.parametrize("name", SHAPES)
def test_the_plain_reader_never_goes_back_for_long(sides: Sides, name: str) -> None:
    """It looks at small messages only; what goes back over them goes back over 60 KB too."""
    small, large = to_customs(SHAPES[name](10_000)), to_customs(SHAPES[name](40_000))
    assert is_linear(sides.customs.open, small, large)


def test_a_message_has_no_more_findings_than_a_person_reads(sides: Sides) -> None:
    for name, shape in SHAPES.items():
        assert len(sides.findings(shape(LARGE))) <= 300, name


def packed(names: list[str], content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "shape",
    [
        lambda n: packed([f"{i}.xml" for i in range(n)], b"<A/>"),
        lambda n: packed(["../" * n + f"{i}.xml" for i in range(100)], b"<A/>"),
        lambda n: packed(["a.xml"], b"0" * (n * 10_000)),
        lambda n: b"PK\x05\x06" * (n * 1000),
        lambda n: packed(["a.xml"], b"<A/>") + b"PK\x05\x06" * (n * 100),
    ],
    ids=["files", "names", "one file", "ends", "a comment of ends"],
)
def test_a_zip_is_taken_apart_in_linear_time(shape: Callable[[int], bytes]) -> None:
    def step(content: bytes) -> object:
        try:
            return list(unzip(content, Bounds()))
        except Refused:
            return None

    small, large = shape(50), shape(200)
    less = min(work(step, small) for _ in range(3))
    more = min(work(step, large) for _ in range(3))
    assert more < LITTLE or more / less < TOLERATED * 4


# the test itself


def test_a_square_is_found(sides: Sides) -> None:
    def square(body: bytes) -> object:
        """From each note to its parent, and through all notes before its first child."""
        root = sides.reader.read(body).root
        return [
            next(note.getparent().iterchildren("*"), None)  # type: ignore[union-attr]
            for note in root.iter(etree.Comment)
        ]

    shape = SHAPES["comments before the first child"]
    assert not is_linear(square, shape(10_000), shape(40_000))
