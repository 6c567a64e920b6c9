"""The customs node on its store and an embedded broker: settings, hold, stop, and the outbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from customs_sim.cases.settings import CustomsSettings
from customs_sim.wire.ids import answer_id
from gateway.base.errors import BadSetting, Unavailable
from gateway.base.ports import ACK, park, retry, wait
from tests.customs_factories import SENDER, House, declaration, gateway_id
from tests.flow.customs.node import APPROVED, STORED, TAKEN


@pytest.mark.slow
async def test_the_profile_survives_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'customs.db'}"
    async with House(url) as house:
        await house.node.set_profile("manual")
    async with House(url) as house:
        assert await house.node.profile() == "manual"
        await house.gateway.send(declaration(1))
        await house.gateway.answered(2)
        assert house.gateway.to(1) == [STORED, TAKEN]


async def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(BadSetting, match="instant, realistic, manual"):
        House(settings=CustomsSettings(profile="fast"))
    async with House() as house:
        with pytest.raises(ValueError, match="instant, realistic, manual"):
            await house.node.set_profile("fast")


async def test_held_customs_takes_nothing_until_it_is_released() -> None:
    async with House() as house:
        await house.node.pause()
        await house.node.pause()
        with pytest.raises(Unavailable):
            await house.gateway.send(declaration(1))
        assert house.node.paused
        await house.node.resume()
        await house.node.resume()
        await house.gateway.send(declaration(1))
        await house.gateway.answered(2)
        assert not house.node.paused


async def test_answers_wait_in_the_outbox_while_nobody_listens(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'customs.db'}"
    async with House(url) as house:
        subscription = await house.gateway.listen()
        await subscription.close()
        await house.gateway.send(declaration(1))
        assert await house.rows("SELECT n FROM c_outbox") == [(2,)]
    async with House(url) as house:
        await house.gateway.answered(2)
        assert house.gateway.to(1) == [STORED, APPROVED]
        await house.has_rows("SELECT * FROM c_outbox", [])


# the outbox


async def test_an_answer_that_is_retried_goes_again_and_the_others_do_not() -> None:
    async with House() as house:
        house.gateway.says = lambda m: (
            retry(2.0) if m.headers["message_type"] == "GRT201" and not m.attempts else ACK
        )
        await house.gateway.send(declaration(1))
        await house.has_rows("SELECT n, tries FROM c_outbox", [(1, 1)])
        house.wall.advance(2)
        house.node.wake()
        await house.gateway.answered(2)
        await house.has_rows("SELECT * FROM c_outbox", [])
    assert [[m.headers["message_type"] for m in batch] for batch in house.gateway.deliveries] == [
        ["GRT200", "GRT201"],
        ["GRT201"],
    ]
    assert house.gateway.deliveries[1][0].attempts == 1


async def test_an_answer_that_failed_five_times_is_parked_and_one_that_waits_is_not() -> None:
    async with House() as house:
        house.gateway.says = lambda m: (
            retry(1.0, "broken") if m.headers["message_type"] == "GRT201" else wait(1.0)
        )
        await house.gateway.send(declaration(1))
        for tries in range(1, 5):
            await house.has_rows(f"SELECT n FROM c_outbox WHERE tries = {tries}", [(1,)])
            house.wall.advance(1)
            house.node.wake()
        await house.has_rows("SELECT n, tries FROM c_outbox", [(1, 0)])
        [row] = (await house.node.parked(limit=10)).rows
    assert (row[2], row[3], row[5], row[6]) == (
        "out",
        answer_id(SENDER, gateway_id(1), "final"),
        "broken",
        5,
    )


async def test_an_answer_that_the_gateway_parks_is_parked_here_too() -> None:
    async with House() as house:
        house.gateway.says = lambda m: park("no such filing")
        await house.gateway.send(declaration(1))
        await house.has_rows("SELECT count(*) FROM c_parked", [(2,)])
        assert await house.rows("SELECT * FROM c_outbox") == []
