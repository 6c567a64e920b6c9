"""CommonResponeMessage: the sender's reference in refusals too, the SeqNo where a clash knows it,
the warnings, and valid by its schema whatever was sent."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from lxml import etree

from fixtures import corpus
from schemas.receipts import encode_acknowledgement
from schemas.xsd import SchemaSet
from tests.conftest import Api, Reply
from tests.factories import grt101

SCHEMAS = SchemaSet()


def acknowledged(reply: Reply) -> dict[str, str]:
    root = etree.fromstring(reply.body)
    assert SCHEMAS.valid("CommonResponeMessage", root), reply.body.decode()
    return {child.tag: child.text or "" for child in root}


async def refused(api: Api, body: bytes) -> dict[str, str]:
    reply = await api.post(body, accept="application/xml")
    assert 400 <= reply.status < 500, reply.body
    said = acknowledged(reply)
    assert said["DealFlag"] == "-1"
    return said


def written(body: bytes) -> str:
    """The reference as a person reads it in a file: the first one with a value."""
    if data := re.search(rb"<Data>([A-Za-z0-9+/=\s]+)</Data>", body):
        body = base64.b64decode(data.group(1))
    text = body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1")
    text = text.replace("\x00", "")
    found = re.search(r"<(?:\w+:)?etpsPreentNo>(?:<!\[CDATA\[)?\s*([^<\]]+?)\s*[<\]]", text)
    return found.group(1)[:64] if found else ""


@pytest.mark.slow
async def test_a_refusal_names_the_reference_that_stands_in_the_message(api: Api) -> None:
    differ = []
    for file in corpus.files(kind="invalid"):
        body = file.read_bytes()
        said = (await refused(api, body))["EtpsPreentNo"]
        if said != written(body):
            differ.append((file.name, said, written(body)))

    assert differ == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body[:-40],
        lambda body: body.replace(b"<gasrNo/>", b"<gasrNo>&</gasrNo>"),
        lambda body: body.replace(b"<etpsPreentNo>", b"<EtpsPreentNo>").replace(
            b"</etpsPreentNo>", b"</EtpsPreentNo>"
        ),
        lambda body: body.replace(b"R-77", b"<![CDATA[R-77]]>").replace(
            b"<chgTmsCnt>0", b"<chgTmsCnt>x"
        ),
        lambda body: body.replace(b"R-77<", b" R-77 <"),
        lambda body: body.replace(b"<gasrNo/>", b"<gasrNo/>" + b"<x/>" * 50_000),
    ],
)
async def test_a_damaged_message_still_names_it(api: Api, damage: Callable[[bytes], bytes]) -> None:
    body = damage(grt101("R-77", 77, gasrAmt="0"))

    assert (await refused(api, body))["EtpsPreentNo"] == "R-77"


@pytest.mark.slow
async def test_a_clash_names_the_seq_no_that_holds_the_place(api: Api) -> None:
    taken = await api.taken(grt101("R-78", 78))
    other = grt101("R-78", 79, gasrAmt="700000")
    said = await refused(api, other)

    assert (said["SeqNo"], said["EtpsPreentNo"]) == (taken["seq_no"], "R-78")


async def test_the_warnings_of_a_taken_message_are_in_its_answer(api: Api) -> None:
    reply = await api.post(grt101("R-80", 80, sys_id="B1"), accept="application/xml")
    said = acknowledged(reply)

    assert (reply.status, said["DealFlag"]) == (202, "0")
    assert said["CheckInfo"].startswith("处理成功; X.03 警告: ")


async def test_the_warnings_of_a_refused_message_follow_its_errors(api: Api) -> None:
    said = await refused(api, grt101("R-81", 81, sys_id="B1", gasrAmt="0"))

    assert said["CheckInfo"].startswith("S101.07 ")
    assert "; X.03 警告: " in said["CheckInfo"]


@pytest.mark.parametrize("text", ["x" * 5000, "a\tb\x85c\nd", "<&>", " R1 ", "\ud800", "张" * 70])
def test_whatever_was_sent_the_answer_is_valid(text: str) -> None:
    body = encode_acknowledgement(seq_no=None, reference=text, info=text, ok=False)

    assert SCHEMAS.valid("CommonResponeMessage", etree.fromstring(body))
