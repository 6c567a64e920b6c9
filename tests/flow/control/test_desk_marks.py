"""Marks of the desk: a case is put off until a day, claimed by an officer, and a decision can be
taken back until it is carried out. On every kind of database, and over a restart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from aiohttp.test_utils import TestClient

from customs_sim.cases.settings import CustomsSettings
from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.desk.waiting import HELD, Waiting
from customs_sim.office.operators import Actor, Operators, Role
from tests.conftest import Stores, on
from tests.customs_factories import LETTER, House, declaration, seq_of
from tests.flow.console.visitor import OWN, V1, audit, client_of, filed, key_of

MANUAL = CustomsSettings(profile="manual")
WANG, LI = (Actor(name=name, role=Role.OFFICER) for name in ("王", "李"))
Client = TestClient[Any, Any]


async def decide(client: Client, result: str, seq_no: str, **more: Any) -> dict[str, Any]:
    """The one item of the answer."""
    headers = more.pop("headers", OWN)
    item = {"seq_no": seq_no, "result": result, **more}
    answer = await client.post(V1 + "/decisions", json={"items": [item]}, headers=headers)
    found: dict[str, Any] = (await answer.json())["items"][0]
    return found


async def worklist(client: Client, **asked: str) -> list[dict[str, Any]]:
    answer = await client.get(V1 + "/worklist", params=asked, headers=OWN)
    items: list[dict[str, Any]] = (await answer.json())["items"]
    return items


async def waits(house: House, wanted: Waiting | None = None) -> list[str]:
    page = await house.node.desk.worklist(wanted=wanted or Waiting())
    return [case.seq_no for case in page.items]


async def give(
    house: House, act: Act, *numbers: int, by: Actor = WANG, notes: tuple[str, ...] = ()
) -> Sequence[Decided | NotDecided]:
    """Decide as at the desk, with five seconds to take it back."""
    decisions = [Decision(seq_no=seq_of(n), result=act, notes=notes) for n in numbers]
    return await house.node.desk.decide(decisions, by=by, grace=5.0)


# put off


async def test_a_case_is_put_off_until_the_next_working_day_and_is_back_by_itself() -> None:
    async with (house := House(settings=MANUAL)), client_of(house) as client:
        await filed(house, 1, 2)
        held = await decide(client, "hold", seq_of(1), notes=["等补充材料"])
        assert held["held_until"] == "2026-11-24T09:00:00+08:00"
        assert [each["seq_no"] for each in await worklist(client)] == [seq_of(2)]
        (row,) = await worklist(client, show="held")
        assert (row["seq_no"], row["status"], row["held_until"], row["held_reason"]) == (
            seq_of(1),
            "received",
            "2026-11-24T09:00:00+08:00",
            "等补充材料",
        )
        assert len(await worklist(client, show="all")) == 2
        async with client.get("/events") as stream:
            assert b'"waiting":1,' in await stream.content.readline()
        house.clock.advance(20 * 3600 + 3599)
        assert len(await worklist(client)) == 1
        house.clock.advance(2)
        back = await worklist(client)
        assert [each["held_until"] for each in back] == [None, None]
        assert len(house.gateway.answers) == 4  # nothing was sent


async def test_a_day_is_named_and_taken_back_at_once() -> None:
    async with (house := House(settings=MANUAL)), client_of(house) as client:
        await filed(house, 1)
        for until in ("2026-11-23", "2026-11-01"):
            refused = await decide(client, "hold", seq_of(1), until=until)
            assert refused["code"] == 409
            assert "2026-11-23" in refused["message_zh"]
        assert (await worklist(client))[0]["held_until"] is None
        odd = {"items": [{"seq_no": seq_of(1), "result": "hold", "until": "morgen"}]}
        assert (await client.post(V1 + "/decisions", json=odd)).status == 400
        assert (await client.get(V1 + "/worklist?show=some")).status == 400

        await decide(client, "hold", seq_of(1), until="2027-03-01")
        assert (await worklist(client, show="held"))[0]["held_until"].startswith("2027-03-01")
        assert (await decide(client, "resume", seq_of(1)))["code"] == 200
        assert len(await worklist(client)) == 1
        acts = [(each["action"], each["outcome"]) for each in await audit(client, seq_of(1))]
        assert acts == [("resume", "done"), ("hold", "done"), ("hold", "409"), ("hold", "409")]


@on("shared")
async def test_marks_outlive_a_restart(stores: Stores) -> None:
    async with House(stores.url("desk"), settings=MANUAL) as house:
        await filed(house, 1, 2, 3)
        hold = Decision(seq_no=seq_of(1), result=Act.HOLD, until=date(2026, 11, 25))
        await house.node.desk.decide([hold], by=WANG)
        await give(house, Act.CLAIM, 3)
        await give(house, Act.APPROVE, 2)
        assert await waits(house) == [seq_of(2), seq_of(3)]
    async with House(stores.url("desk"), settings=MANUAL) as house:
        page = await house.node.desk.worklist(wanted=Waiting(claimed_by="王"))
        assert [case.seq_no for case in page.items] == [seq_of(3)]
        house.wall.advance(6)
        await house.gateway.answered(1)
        assert house.gateway.to(2) == [("GRT201", "1")]
        assert await waits(house) == [seq_of(3)]
        assert await waits(house, Waiting(show=HELD)) == [seq_of(1)]
        house.clock.advance(2 * 86400)
        assert await waits(house) == [seq_of(1), seq_of(3)]


# taken back


async def test_the_wire_never_sees_a_decision_that_was_taken_back() -> None:
    async with (house := House(settings=MANUAL)), client_of(house) as client:
        await filed(house, 1, 2)
        given, _ = await give(house, Act.APPROVE, 1, 2)
        assert isinstance(given, Decided)
        assert given.given is not None
        (first, _) = await worklist(client)
        assert first["pending"] == {
            "result": "approve",
            "by": "王",
            "due_at": "2024-11-23T12:00:05+08:00",
        }
        assert (await decide(client, "undo", seq_of(1)))["code"] == 200
        assert (await decide(client, "undo", seq_of(1)))["code"] == 409
        house.wall.advance(5)
        await house.gateway.answered(5)
        assert house.gateway.to(2)[-1] == ("GRT201", "1")
        assert [each["pending"] for each in await worklist(client)] == [None]
        assert [a for a in house.gateway.to(1) if a == ("GRT201", "1")] == []
        late = await decide(client, "undo", seq_of(2))
        assert (late["code"], late["status"]) == (409, "approved")
        told = [(e["action"], e["outcome"], e["operator"]) for e in await audit(client, seq_of(1))]
        assert told[1:] == [("undo", "done", "operator"), ("approve", "given", "王")]
        told = [(e["action"], e["outcome"], e["operator"]) for e in await audit(client, seq_of(2))]
        assert told[1:] == [("approve", "done", "王"), ("approve", "given", "王")]


async def test_who_comes_second_is_told_who_was_first_and_when() -> None:
    async with House(settings=MANUAL) as house:
        await filed(house, 1)
        await give(house, Act.APPROVE, 1)
        (second,) = await give(house, Act.RETURN, 1, by=LI, notes=("x",))
        assert isinstance(second, NotDecided)
        assert "正由 王 通过, 5 秒后生效" in second.message_zh
        assert "being approved by 王, in 5 s" in second.message_en
        house.wall.advance(5)
        await house.gateway.answered(3)
        (late,) = await give(house, Act.RETURN, 1, by=LI, notes=("x",))
        assert isinstance(late, NotDecided)
        assert late.message_zh.endswith("已由 王 于 2026-11-23 12:00:00 通过")
        assert late.message_en.endswith("approved by 王 at 2026-11-23 12:00:00")
        await house.node.set_profile("instant")
        await filed(house, 2)
        (late,) = await give(house, Act.APPROVE, 2, by=LI)
        assert isinstance(late, NotDecided)
        assert "已由 系统 于 2026-11-23 12:00:00 通过" in late.message_zh


async def test_the_rules_run_when_it_is_given_and_when_it_is_carried_out() -> None:
    """Two filings with one letter: both may be approved, until one of them is."""
    async with House(settings=MANUAL) as house:
        await filed(house, 1)
        await house.gateway.send(declaration(2, LETTER | {"ltguaNo": "LG-0001"}))
        await house.gateway.answered(4)
        both = await give(house, Act.APPROVE, 1, 2)
        assert [type(each) for each in both] == [Decided, Decided]
        house.wall.advance(5)
        await house.has_rows("SELECT outcome <> '' FROM c_pending ORDER BY id", [(1,), (1,)])
        assert await waits(house) == [seq_of(2)]
        page = await house.node.desk.worklist()
        marks = page.marks[page.items[0].case_no]
        assert marks.refused is not None
        assert "LG-0001" in marks.refused.said_zh
        (third,) = await give(house, Act.APPROVE, 2)
        assert isinstance(third, NotDecided)
        assert third.rules


async def test_what_fails_in_carrying_out_holds_up_no_other(caplog: Any) -> None:
    """A row that no decision can be made of, as a newer version may leave it."""
    async with House(settings=MANUAL) as house:
        await filed(house, 1, 2)
        await give(house, Act.APPROVE, 1, 2)
        await house.store.write(
            lambda c: c.exec_driver_sql("UPDATE c_pending SET act = 'burn' WHERE id = 1")
        )
        house.wall.advance(5)
        await house.gateway.answered(5)
        assert await waits(house) == [seq_of(1)]
        await house.has_rows(
            "SELECT outcome FROM c_pending ORDER BY id", [("FAULT.01",), ("done",)]
        )


# claimed


async def test_a_claimed_case_is_seen_by_others_and_let_go() -> None:
    async with (house := House(settings=MANUAL)), client_of(house) as client:
        officer = await key_of(client, "officer")
        await filed(house, 1, 2)
        assert (await decide(client, "claim", seq_of(1), headers=officer))["code"] == 200
        assert [each["claimed_by"] for each in await worklist(client)] == ["the officer", None]
        assert len(await worklist(client, claimed_by="the officer")) == 1
        for act in ("claim", "release"):
            refused = await decide(client, act, seq_of(1))
            assert refused["code"] == 409
            assert "the officer 在办" in refused["message_zh"]
        assert (await decide(client, "release", seq_of(1), headers=officer))["code"] == 200
        assert (await decide(client, "claim", seq_of(1)))["code"] == 200
        assert (await decide(client, "approve", seq_of(1)))["code"] == 200
        assert await house.rows("SELECT * FROM c_claims") == []


async def test_a_claim_ends_with_its_time_and_with_the_session() -> None:
    async with (house := House(settings=MANUAL)), client_of(house) as client:
        await filed(house, 1)
        made = await client.post(V1 + "/operators", json={"name": "王", "role": "officer"})
        key, token = (await made.json())["key"], "t" * 32
        door = Operators(house.store, house.wall)
        await door.log_in(key, token)
        logged_in = await door.of_session(token)
        assert logged_in is not None
        await give(house, Act.CLAIM, 1, by=logged_in)
        assert await waits(house, Waiting(claimed_by="王")) == [seq_of(1)]
        await door.log_out(token)
        assert await waits(house, Waiting(claimed_by="王")) == []
        await give(house, Act.CLAIM, 1, by=LI)
        assert await waits(house, Waiting(claimed_by="李")) == [seq_of(1)]
        house.wall.advance(timedelta(minutes=30).total_seconds())
        assert await waits(house, Waiting(claimed_by="李")) == []
