"""The rules of the manual, section 6: 综合查询, which rows the three queries show. One pair for
the whole file; every test makes its own guarantees and levies, for BEIJING."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import BEIJING, eventually
from tests.factories import grt121, target_row
from tests.flow.manual.world import QUERIES, TEN, World, actions

pytestmark = pytest.mark.asyncio(loop_scope="module")


# 6 综合查询


@pytest.mark.parametrize("path", QUERIES)
async def test_manual_6_ten_status_options(w: World, path: str) -> None:
    totals = {}
    for word in TEN:
        answer = await w.api.get(path, params={"status": word, "limit": 1000})
        assert answer.status == 200, (word, answer.body)
        rows = answer.json["items"]
        totals[word] = answer.json["total"]
        assert totals[word] == len(rows)
        if word == "申报成功":
            assert {r["status_text"] for r in rows} <= {"数据正在处理"}
        elif word != "全部":
            assert {r["status_text"] for r in rows} <= {word}
    assert (
        totals["全部"]
        == (await w.api.get(path)).json["total"]
        == sum(n for word, n in totals.items() if word != "全部")
    )
    assert (await w.api.get(path, params={"status": "数据正在处理"})).json["total"] == totals[
        "申报成功"
    ]
    assert (await w.api.get(path, params={"status": "approved"})).json["total"] == totals[
        "审批通过"
    ]
    refused = await w.api.get(path, params={"status": "已办结"})
    assert refused.status == 400
    assert [f["field"] for f in refused.findings] == ["status"]


async def test_manual_6_1_ten_status_options_and_two_modes(w: World) -> None:
    cash, letter = await w.paid(), await w.by_letter()
    for mode, mine, other in (("1", cash, letter), ("2", letter, cash)):
        rows = (await w.api.get("/levies", params={"mode": mode, "limit": 1000})).json["items"]
        assert {r["fields"]["gurModecd"] for r in rows} == {mode}
        assert mine in {r["business_no"] for r in rows}
        assert other not in {r["business_no"] for r in rows}


async def test_manual_6_1_levies_are_told_apart_by_guarantee_type(w: World) -> None:
    alone, general = await w.paid(), await w.levy()
    guarantee = (await w.letter())["business_no"]
    await w.api.approved(
        await w.confirmation(general, gurTypecd="1", gurModecd="2", gasrNo=guarantee)
    )
    for kind, mine, other in (("2", alone, general), ("1", general, alone)):
        found = {
            r["business_no"]
            for r in (await w.api.get("/levies", params={"type": kind, "limit": 1000})).json[
                "items"
            ]
        }
        assert mine in found
        assert other not in found


async def test_manual_6_2_guarantees_by_mode_and_waiting_ones(w: World) -> None:
    cash, letter = (await w.cash())["business_no"], (await w.letter())["business_no"]
    for mode, mine, other in (("1", cash, letter), ("2", letter, cash)):
        found = {
            r["business_no"]
            for r in (await w.api.get("/guarantees", params={"mode": mode, "limit": 1000})).json[
                "items"
            ]
        }
        assert mine in found
        assert other not in found
    asked = await w.api.control(
        "POST",
        "/guarantee-requests",
        {"enterprise": BEIJING, "gasr_no": letter, "valid_until": "2029-06-30"},
    )
    assert asked.status == 201, asked.body

    async def waiting() -> Any:
        rows = (await w.api.get("/guarantees", params={"status": "待确认", "limit": 1000})).json[
            "items"
        ]
        return [r for r in rows if r["business_no"] == letter]

    (row,) = await eventually(waiting, what="the 待确认 in the query")
    assert actions(row) == {"confirm": True}


async def test_manual_6_3_two_types_and_two_kinds(w: World) -> None:
    guarantee, levy, empty = (await w.cash())["business_no"], await w.paid(), await w.levy("10.00")
    await w.api.approved(await w.confirmation(empty, paymnModecd="1"))
    of_guarantee = (await w.api.approved(w.refund(guarantee, "10", gurTypecd="1")))["seq_no"]
    of_levy = (await w.api.approved(w.refund(levy, "10.00")))["seq_no"]
    carried = (
        await w.api.approved(
            w.refund(
                levy,
                "10.00",
                rtnbkCrdwTypecd="2",
                targets=[target_row(gurNo=empty, crdwAmt="10.00")],
            )
        )
    )["seq_no"]
    for params, wanted in (
        ({"type": "1"}, {of_guarantee}),
        ({"type": "2"}, {of_levy, carried}),
        ({"kind": "1"}, {of_guarantee, of_levy}),
        ({"kind": "2"}, {carried}),
        ({"type": "2", "kind": "1"}, {of_levy}),
        ({"type": "1", "kind": "2"}, set()),
    ):
        rows = (await w.api.get("/refunds", params={"limit": 1000, **params})).json["items"]
        assert {r["seq_no"] for r in rows} & {of_guarantee, of_levy, carried} == wanted, params


async def test_manual_6_3_refunds_are_found_by_the_day_they_were_applied_for(w: World) -> None:
    ref = w.ref()
    no = await w.paid()
    await w.api.taken(
        grt121(
            ref,
            next(w.numbers),
            flag="0",
            gurNo=no,
            rtnbkCrdwAmt="1.00",
            applyDate="2026-11-20 10:00:00",
        )
    )
    for params, total in (
        ({"from": "2026-11-20", "to": "2026-11-20"}, 1),
        ({"from": "2026-11-21"}, 0),
    ):
        assert (await w.api.get("/refunds", params={"q": ref, **params})).json["total"] == total


async def test_manual_6_2_every_guarantee_is_of_type_1(w: World) -> None:
    no = (await w.cash())["business_no"]
    assert [
        (await w.api.get("/guarantees", params={"q": no, "type": kind})).json["total"]
        for kind in ("1", "2")
    ] == [1, 0]
