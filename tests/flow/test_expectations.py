"""The verify API: what a tester expects of a declaration, judged by what customs received and sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BEIJING, Api, client, eventually, pair_at
from tests.factories import grt101


async def state(api: Api, **wanted: Any) -> Any:
    answer = await api.control("POST", "/expectations", {"status": "approved", "within": "PT2H"} | wanted)
    assert answer.status == 201, answer.body.decode()
    return answer.json


async def look(api: Api, number: int) -> Any:
    return (await api.control("GET", f"/expectations/{number}")).json


async def test_a_declaration_that_ends_as_expected_passes_with_exactly_its_receipts(api: Api) -> None:
    before = await state(api, enterprise=BEIJING, enterprise_ref="R0001", receipts=["GRT200", "GRT201=1"])
    assert (before["verdict"], before["difference"]["what"]) == ("pending", "arrival")
    done = await api.approved(grt101())
    after = await look(api, before["id"])
    assert (after["verdict"], after["seq_no"], after["status"], after["difference"]) == ("pass", done["seq_no"], "approved", None)
    assert [(e["message_type"], e["result"]) for e in after["timeline"]] == [("GRT101", None), ("GRT200", "1"), ("GRT201", "1")]


async def test_the_first_difference_is_named_with_what_was_wanted_and_found(api: Api) -> None:
    done = await api.approved(grt101())
    more = await state(api, seq_no=done["seq_no"], receipts=["GRT200"])
    assert more["verdict"] == "fail"
    assert {k: more["difference"][k] for k in ("what", "position", "wanted", "found")} == {
        "what": "receipt", "position": 2, "wanted": "没有更多 nothing more", "found": "GRT201=1"}
    assert (await state(api, seq_no=done["seq_no"], receipts=["GRT200"], only=False))["verdict"] == "pass"
    other = await state(api, seq_no=done["seq_no"], receipts=["GRT200", "GRT201=3"])
    assert (other["verdict"], other["difference"]["wanted"], other["difference"]["found"]) == ("fail", "GRT201=3", "GRT201=1")
    returned = await state(api, seq_no=done["seq_no"], status="returned", receipts=["GRT200", "GRT201"])
    assert (returned["verdict"], returned["difference"]["found"]) == ("fail", "approved")


async def test_what_does_not_end_in_time_fails_when_the_business_time_is_over(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home", profile="manual") as pair, client(pair.ready) as api:
        await api.control("POST", "/clock", {"freeze": True})
        taken = await api.taken(grt101())
        await api.until(taken["seq_no"], "received")
        stated = await state(api, seq_no=taken["seq_no"], receipts=["GRT200", "GRT201=Y", "GRT201=1"])
        assert (stated["verdict"], stated["difference"]["wanted"], stated["difference"]["found"]) == ("pending", "approved", "received")
        await api.control("POST", "/clock", {"advance": "PT2H1S"})
        assert (await look(api, stated["id"]))["verdict"] == "fail"
        await api.control("POST", "/decisions", {"items": [{"seq_no": taken["seq_no"], "result": "approve", "notes": []}]})
        await api.until(taken["seq_no"], "approved")
        assert (await look(api, stated["id"]))["verdict"] == "fail", "too late stays too late"


async def test_something_more_in_its_time_spoils_a_pass_and_later_does_not(api: Api) -> None:
    await api.control("POST", "/clock", {"freeze": "2026-11-30T23:30:00+08:00"})
    done = await api.approved(grt101(ltguaValidDate="2026-12-01 00:00:00"))
    long = await state(api, seq_no=done["seq_no"], receipts=["GRT200", "GRT201"], within="P2D")
    short = await state(api, seq_no=done["seq_no"], receipts=["GRT200", "GRT201"], within="PT1H")
    assert (long["verdict"], short["verdict"]) == ("pass", "pass")
    await api.control("POST", "/clock", {"advance": "PT25H"})
    await eventually(lambda: _spoilt(api, long["id"]))
    assert (await look(api, long["id"]))["difference"]["found"] == "GRT302"
    assert (await look(api, short["id"]))["verdict"] == "pass"


async def _spoilt(api: Api, number: int) -> bool:
    return bool((await look(api, number))["verdict"] == "fail")


async def test_expectations_are_listed_newest_first_and_dropped(api: Api) -> None:
    first, second = await state(api, seq_no="202600000000000001"), await state(api, seq_no="202600000000000002", name="第二 second")
    listed = (await api.control("GET", "/expectations")).json
    assert [i["id"] for i in listed["items"]] == [second["id"], first["id"]]
    assert listed["items"][0]["expected"]["name"] == "第二 second"
    assert (await api.control("DELETE", f"/expectations/{first['id']}")).status == 200
    gone = await api.control("GET", f"/expectations/{first['id']}")
    assert (gone.status, gone.codes) == (404, ["ID.02"])


@pytest.mark.parametrize(("change", "field"), [
    ({"status": "maybe"}, "status"), ({"within": "PT0S"}, "within"), ({"within": "P99999D"}, "within"), ({"receipts": ["GRT2"]}, "receipts"),

    ({"seq_no": ""}, "seq_no / enterprise + enterprise_ref"),
    ({"enterprise": BEIJING, "enterprise_ref": "R"}, "seq_no / enterprise + enterprise_ref"),

    ({"name": "x" * 256}, "name")])
async def test_an_expectation_that_makes_no_sense_names_the_member(api: Api, change: dict[str, Any], field: str) -> None:
    answer = await api.control("POST", "/expectations", {"status": "approved", "within": "PT2H", "seq_no": "1"} | change)
    assert (answer.status, answer.findings[0]["field"]) == (400, field)
