"""The customs node on its store and an embedded broker: profile realistic, its timers."""

from __future__ import annotations

from pathlib import Path

import pytest

from customs_sim.cases.settings import CustomsSettings
from customs_sim.store.tables import guarantees
from gateway.base.clock.business import MovedClock
from tests.customs_factories import LETTER, NOON, House, declaration, gateway_id, seq_of
from tests.flow.customs.node import APPROVED, REALISTIC, RETURNED, STORED, TAKEN, fail_for


async def test_a_realistic_case_is_answered_at_its_times() -> None:
    async with House(settings=REALISTIC) as house:
        await house.gateway.send(declaration(1))
        times = []
        for seconds, count in ((5, 1), (15, 2), (8, 3)):
            house.clock.advance(seconds - 1)
            assert len(house.gateway.answers) == count - 1
            house.clock.advance(1)
            times.append((await house.gateway.answered(count))[-1]["manageDate"])
        assert house.gateway.to(1) == [STORED, TAKEN, APPROVED]
        assert await house.rows("SELECT * FROM c_tasks") == []
    assert times == ["2026-11-23 12:00:05", "2026-11-23 12:00:20", "2026-11-23 12:00:28"]


async def test_a_jump_of_the_clock_takes_all_steps_that_fell_due() -> None:
    async with House(settings=REALISTIC) as house:
        await house.gateway.send(*(declaration(n) for n in range(1, 4)))
        house.clock.advance(3600)
        await house.gateway.answered(9)
        assert all(house.gateway.to(n) == [STORED, TAKEN, APPROVED] for n in range(1, 4))


async def test_the_rules_run_again_when_the_final_falls_due() -> None:
    async with House(settings=REALISTIC) as house:
        same = LETTER | {"ltguaNo": "LG-7"}
        await house.gateway.send(declaration(1, same))
        house.clock.advance(20)
        await house.gateway.answered(2)
        await house.node.set_profile("instant")
        await house.gateway.send(declaration(2, same))
        await house.gateway.answered(4)
        house.clock.advance(8)
        await house.gateway.answered(5)
    assert house.gateway.to(2) == [STORED, APPROVED]
    assert house.gateway.to(1) == [STORED, TAKEN, RETURNED]


async def test_timers_go_on_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'customs.db'}"
    clock = MovedClock(NOON)
    async with House(url, settings=REALISTIC, clock=clock) as house:
        await house.gateway.send(declaration(1))
        clock.advance(5)
        await house.gateway.answered(1)
    clock.advance(100)
    async with House(url, settings=REALISTIC, clock=clock) as house:
        await house.gateway.answered(2)
        assert house.gateway.to(1) == [TAKEN, APPROVED]


async def test_a_step_that_fails_is_parked_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with House(settings=REALISTIC) as house:
        await house.gateway.send(declaration(1), declaration(2))
        house.clock.advance(20)
        await house.gateway.answered(4)
        fail_for(monkeypatch, "R-0001")
        house.clock.advance(8)
        await house.gateway.answered(5)
        assert house.gateway.to(2) == [STORED, TAKEN, APPROVED]
        await house.has_rows("SELECT * FROM c_tasks", [])
        [row] = (await house.node.parked(limit=10)).rows
    assert (row[3], row[5]) == (gateway_id(1), "step final of case 1: RuntimeError: out of order")


async def test_a_round_of_timers_that_fails_as_a_whole_goes_on_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with House(settings=REALISTIC) as house:
        await house.gateway.send(declaration(1), declaration(2), declaration(3))
        add = house.node.office.sql.ledger.add[guarantees].many

        class Narrow:
            def many(self, connection: object, rows: list[tuple[object, ...]]) -> int:
                if any(row[9] == "LG-001" for row in rows):
                    raise OverflowError("too large to convert")
                return add(connection, rows)  # type: ignore[arg-type]

        monkeypatch.setitem(house.node.office.sql.ledger.add, guarantees, Narrow())
        house.clock.advance(28)
        await house.has_rows("SELECT * FROM c_tasks", [])
        assert await house.rows("SELECT seq_no FROM c_guarantees ORDER BY seq_no") == [
            (seq_of(2),),
            (seq_of(3),),
        ]
        assert [row[3] for row in (await house.node.parked(limit=10)).rows] == [gateway_id(1)]


async def test_processes_that_share_a_store_leave_fresh_rows_to_their_writer() -> None:
    async with House(settings=CustomsSettings(hand_over=5.0)) as house:
        due = house.node.office.relay._parcels.due
        await house.node.office.relay.close()
        await house.gateway.send(declaration(1))
        assert await due(500, frozenset()) == []
        house.wall.advance(5)
        assert [len(parcel.messages) for parcel in await due(500, frozenset())] == [2]
        assert await due(500, frozenset()) == []  # leased by the look before
