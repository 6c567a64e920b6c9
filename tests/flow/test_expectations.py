"""The verify API: what a tester expects of a declaration, judged by what customs received and
sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.cases.expectations import Happened, Wanted, judge
from tests.conftest import BEIJING, Api, client, eventually, pair_at
from tests.factories import grt101


async def state(api: Api, **wanted: Any) -> Any:
    answer = await api.control(
        "POST", "/expectations", {"status": "approved", "within": "PT2H"} | wanted
    )
    assert answer.status == 201, answer.body.decode()
    return answer.json


async def look(api: Api, number: int) -> Any:
    return (await api.control("GET", f"/expectations/{number}")).json


async def test_a_declaration_that_ends_as_expected_passes_with_exactly_its_receipts(
    api: Api,
) -> None:
    before = await state(
        api, enterprise=BEIJING, enterprise_ref="R0001", receipts=["GRT200", "GRT201=1"]
    )
    assert (before["verdict"], before["difference"]["what"]) == ("pending", "arrival")
    done = await api.approved(grt101())
    after = await look(api, before["id"])
    assert (after["verdict"], after["seq_no"], after["status"], after["difference"]) == (
        "pass",
        done["seq_no"],
        "approved",
        None,
    )
    assert [(e["message_type"], e["result"]) for e in after["timeline"]] == [
        ("GRT101", None),
        ("GRT200", "1"),
        ("GRT201", "1"),
    ]


async def test_the_first_difference_is_named_with_what_was_wanted_and_found(api: Api) -> None:
    done = await api.approved(grt101())
    more = await state(api, seq_no=done["seq_no"], receipts=["GRT200"])
    assert more["verdict"] == "fail"
    assert {k: more["difference"][k] for k in ("what", "position", "wanted", "found")} == {
        "what": "receipt",
        "position": 2,
        "wanted": "",
        "found": "GRT201=1",
    }
    assert (await state(api, seq_no=done["seq_no"], receipts=["GRT200"], only=False))[
        "verdict"
    ] == "pass"
    other = await state(api, seq_no=done["seq_no"], receipts=["GRT200", "GRT201=3"])
    assert (other["verdict"], other["difference"]["wanted"], other["difference"]["found"]) == (
        "fail",
        "GRT201=3",
        "GRT201=1",
    )
    returned = await state(
        api, seq_no=done["seq_no"], status="returned", receipts=["GRT200", "GRT201"]
    )
    assert (returned["verdict"], returned["difference"]["found"]) == ("fail", "approved")


async def test_what_does_not_end_in_time_fails_when_the_business_time_is_over(
    tmp_path: Path,
) -> None:
    async with pair_at(tmp_path / "home", profile="manual") as pair, client(pair.ready) as api:
        await api.control("POST", "/clock", {"freeze": True})
        taken = await api.taken(grt101())
        await api.until(taken["seq_no"], "received")
        stated = await state(
            api, seq_no=taken["seq_no"], receipts=["GRT200", "GRT201=Y", "GRT201=1"]
        )
        assert (
            stated["verdict"],
            stated["difference"]["wanted"],
            stated["difference"]["found"],
        ) == ("pending", "approved", "received")
        await api.control("POST", "/clock", {"advance": "PT2H1S"})
        assert (await look(api, stated["id"]))["verdict"] == "fail"
        await api.control(
            "POST",
            "/decisions",
            {"items": [{"seq_no": taken["seq_no"], "result": "approve", "notes": []}]},
        )
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
    first, second = (
        await state(api, seq_no="202600000000000001"),
        await state(api, seq_no="202600000000000002", name="第二 second"),
    )
    listed = (await api.control("GET", "/expectations")).json
    assert [i["id"] for i in listed["items"]] == [second["id"], first["id"]]
    assert listed["items"][0]["expected"]["name"] == "第二 second"
    assert (await api.control("DELETE", f"/expectations/{first['id']}")).status == 200
    gone = await api.control("GET", f"/expectations/{first['id']}")
    assert (gone.status, gone.codes) == (404, ["ID.02"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": "maybe"}, "status"),
        ({"within": "PT0S"}, "within"),
        ({"within": "P99999D"}, "within"),
        ({"receipts": ["GRT2"]}, "receipts"),
        ({"seq_no": ""}, "seq_no / enterprise + enterprise_ref"),
        ({"enterprise": BEIJING, "enterprise_ref": "R"}, "seq_no / enterprise + enterprise_ref"),
        ({"name": "x" * 256}, "name"),
    ],
)
@pytest.mark.slow
async def test_an_expectation_that_makes_no_sense_names_the_member(
    api: Api, change: dict[str, Any], field: str
) -> None:
    answer = await api.control(
        "POST", "/expectations", {"status": "approved", "within": "PT2H", "seq_no": "1"} | change
    )
    assert (answer.status, answer.findings[0]["field"]) == (400, field)


NOON = 1_795_406_400_000_000  # 2026-11-23 12:00 in Asia/Shanghai
HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("status", "updated", "happened", "receipts", "now", "told"),
    [
        (
            None,
            0,
            (),
            (),
            1,
            (
                "pending",
                "arrival",
                "申报尚未到达海关, 期限 2026-11-23 14:00:00",
                "the declaration has not arrived at customs yet; due by 2026-11-23 14:00:00",
            ),
        ),
        (
            None,
            0,
            (),
            (),
            3,
            (
                "fail",
                "arrival",
                "申报没有在 2026-11-23 14:00:00 前到达海关",
                "the declaration did not arrive at customs by 2026-11-23 14:00:00",
            ),
        ),
        (
            "received",
            1,
            (),
            (),
            1,
            (
                "pending",
                "status",
                "状态应为“审批通过”, 现为“待审批”, 还在期限内",
                'the status should be "approved" and is "to decide"; there is still time',
            ),
        ),
        (
            "received",
            1,
            (),
            (),
            3,
            (
                "fail",
                "status",
                "状态应为“审批通过”, 现为“待审批”, 期限已过",
                'the status should be "approved" and is "to decide"; its time is over',
            ),
        ),
        (
            "returned",
            1,
            (),
            (),
            1,
            (
                "fail",
                "status",
                "状态应为“审批通过”, 现为“退单”",
                'the status should be "approved" and is "returned"',
            ),
        ),
        (
            "approved",
            2.5,
            (),
            (),
            3,
            (
                "fail",
                "late",
                "“审批通过”应在 2026-11-23 14:00:00 前出现, 实际在 2026-11-23 14:30:00, 已超时",
                (
                    '"approved" was due by 2026-11-23 14:00:00 and came at 2026-11-23 14:30:00, too'
                    " late"
                ),
            ),
        ),
        (
            "approved",
            1,
            ("GRT200=1",),
            (),
            1,
            (
                "fail",
                "receipt",
                "多出第 1 份回执 GRT200=1, 预期只有 0 份",
                "receipt 1, GRT200=1, is one more than the 0 expected",
            ),
        ),
        (
            "approved",
            1,
            ("GRT200=1", "GRT201=3"),
            ("GRT200", "GRT201=1"),
            1,
            (
                "fail",
                "receipt",
                "第 2 份回执应为 GRT201=1, 实为 GRT201=3",
                "receipt 2 should be GRT201=1 and is GRT201=3",
            ),
        ),
        (
            "approved",
            1,
            ("GRT200=1",),
            ("GRT200", "GRT302"),
            3,
            (
                "fail",
                "receipt",
                "第 2 份回执应为 GRT302, 海关没有发出",
                "receipt 2 should be GRT302; customs did not send it",
            ),
        ),
    ],
    ids=[
        "not there yet",
        "never came",
        "still open",
        "time over",
        "another end",
        "late",
        "one more",
        "another",
        "missing",
    ],
)
def test_every_kind_of_first_difference_is_a_sentence_in_both_languages(
    status: str | None,
    updated: float,
    happened: tuple[str, ...],
    receipts: tuple[str, ...],
    now: float,
    told: tuple[str, ...],
) -> None:
    case = (
        None
        if status is None
        else Case(
            **dict.fromkeys(Case.__struct_fields__, "")
            | {"status": CaseStatus(status), "since": NOON, "updated": NOON + int(updated * HOUR)}
        )
    )
    messages = [
        Happened(
            at=NOON + n,
            direction="out",
            message_type=h.partition("=")[0],
            message_id="",
            result=h.partition("=")[2],
        )
        for n, h in enumerate(happened)
    ]
    judged = judge(
        Wanted(status="approved", within=timedelta(hours=2), receipts=receipts),
        NOON,
        case,
        messages,
        NOON + int(now * HOUR),
    )
    assert judged.difference is not None
    assert (
        judged.verdict,
        judged.difference.what,
        judged.difference.message_zh,
        judged.difference.message_en,
    ) == told
