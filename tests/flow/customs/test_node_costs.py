"""The customs node on its store and an embedded broker: what a filing costs."""

from __future__ import annotations

from pathlib import Path

from customs_sim.cases.settings import CustomsSettings
from tests.customs_factories import House, declaration
from tests.flow.customs.node import changes


async def test_a_round_trip_in_a_batch_writes_seven_rows_two_of_them_in_the_ledger() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1))  # takes the first blocks of numbers
        await house.gateway.answered(2)
        await house.has_rows("SELECT * FROM c_outbox", [])
        before = await changes(house)
        await house.gateway.send(*(declaration(n) for n in range(2, 52)))
        await house.gateway.answered(102)
        await house.has_rows("SELECT * FROM c_outbox", [])
        written = (await changes(house) - before) / 50
    assert written <= 7 + 2 / 50  # the batch shares one outbox row, written and deleted


async def test_a_single_filing_writes_seven_rows_and_its_outbox_row_in_and_out() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1))
        await house.gateway.answered(2)
        await house.has_rows("SELECT * FROM c_outbox", [])
        before = await changes(house)
        await house.gateway.send(declaration(2))
        await house.gateway.answered(4)
        await house.has_rows("SELECT * FROM c_outbox", [])
        assert await changes(house) - before <= 7 + 2


async def test_a_seeded_run_takes_only_the_numbers_it_needs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'customs.db'}"
    settings = CustomsSettings(block=1)
    numbers = []
    for number in (1, 2, 3):
        async with House(url, settings=settings) as house:
            await house.gateway.send(declaration(number))
            numbers.append((await house.gateway.answered(2))[1]["gasrNo"])
    assert numbers == ["ZB0100202600001", "ZB0100202600002", "ZB0100202600003"]
