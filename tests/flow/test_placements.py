"""Every placement that public senders use goes through both sides; the older one with a warning."""

from __future__ import annotations

import pytest

from fixtures import corpus
from tests.conftest import Api
from tests.factories import grt101

PLACES = [f for f in corpus.files("GRT101", "valid") if f.name.startswith("valid_place_")]
OWN = b"<SysId>B2</SysId>", b"<OperCusRegCode>1105910159</OperCusRegCode>"


async def test_each_placement_is_approved(api: Api) -> None:
    assert len(PLACES) == 12
    taken = {file.name: await api.taken(file.read_bytes()) for file in PLACES}
    for answer in taken.values():
        await api.until(answer["seq_no"], "approved")
    warned = {name for name, answer in taken.items() if answer["warnings"]}

    assert warned == {"valid_place_beside.xml"}
    (warning,) = taken["valid_place_beside.xml"]["warnings"]
    assert (warning["code"], warning["field"], warning["severity"]) == (
        "XML.06",
        "SysId",
        "warning",
    )


async def test_the_older_place_in_a_draft_is_nothing_to_complete(api: Api) -> None:
    body = grt101("R1", 1, flag="0")
    for element in OWN:
        body = body.replace(element, b"")
    body = body.replace(b"</BussinessData>", b"".join(OWN) + b"</BussinessData>")
    warnings = (await api.taken(body))["warnings"]

    assert "XML.06" in [w["code"] for w in warnings]
    assert [w for w in warnings if w["code"] == "X.10"] == []


@pytest.mark.parametrize("name", ["SysId", "OperCusRegCode"])
@pytest.mark.slow
async def test_a_wrong_value_is_told_at_its_line_wherever_it_stands(api: Api, name: str) -> None:
    body = grt101("R1", 1)
    for element in OWN:
        body = body.replace(element, b"")
    wrong = b"".join(OWN).replace(b"B2", b"B2X").replace(b"1105910159", b"110591015")
    body = body.replace(b"<GrtMessage>", b"<GrtMessage>\n" + wrong)
    line = body[: body.index(f"<{name}>".encode())].count(b"\n") + 1
    answer = await api.post(body)

    (found,) = [f for f in answer.findings if f["field"] == name]
    assert (answer.status, found["line"], found["code"][:4]) == (422, line, "XSD.")
