"""Every line of a statement is compared: whatever customs' statement says wrong, the gateway shows
it (``docs/rules.md`` B303)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from fixtures.kit.pair.pair import Ready
from fixtures.kit.replay.reading import script_in
from fixtures.kit.replay.running import Run
from fixtures.kit.replay.session import connected
from fixtures.kit.replay.values import Values
from tests.conftest import Api, client, eventually, pair_at
from tests.factories import BEIJING
from tests.flow.world import World

MANUAL = Path(__file__).parents[2] / "fixtures" / "flows" / "manual"
STATEMENTS = {"disputed", "agreed", "resend"}
"""Flows that issue statements themselves, or need nothing of the ledger."""


class Statements:
    """Orders statements of one enterprise over one period, each the next version."""

    def __init__(self, api: Api, day: str) -> None:
        self.api, self.day, self.version = api, day, 2

    async def issue(self, fault: str = "") -> Any:
        """Return the next version as the gateway shows it."""
        order = {"enterprise": BEIJING, "from": self.day, "to": self.day, "fault": fault}
        made = await self.api.control("POST", "/statements", order)
        assert made.status == 201, made.body
        version = made.json["version"]

        async def look() -> Any:
            items = (await self.api.get("/statements")).json["items"]
            return next((row for row in items if row["version"] == version), None)

        return await eventually(look, what=f"statement version {version}")

    async def lines(self, statement: Any) -> list[str]:
        """Return mvmtNo of each line of a statement."""
        raw = await self.api.get(f"/messages/{statement['message_id']}/raw")
        return [line.text or "" for line in etree.fromstring(raw.body).iter("{*}mvmtNo")]


async def every_movement_of_the_manual(ready: Ready) -> None:
    script = script_in(MANUAL / "script.yaml")
    async with connected(ready.gateway, ready.control, ready.keys, ready.operator_key) as session:
        run = Run(script, session, Values(await session.today(), script.variables))
        await run.begin()
        for flow in script.flows:
            if flow.heading.name not in STATEMENTS:
                assert all(done.ok for done in await run.play(flow.steps)), flow.heading


@pytest.fixture
async def statements(tmp_path: Path) -> AsyncIterator[Statements]:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        await every_movement_of_the_manual(pair.ready)
        w = World(api)
        no = await w.new_levy("1000.00")
        for amount in ("1500.00", "1200.00"):
            again = await api.control("POST", f"/levies/{no}/reissue", {"amount": amount})
            assert again.status in (200, 201), again.body
            await w.levy_until(no, levyBlAmt=amount)
        yield Statements(api, pair.clock.now().date().isoformat())


@pytest.mark.slow
async def test_any_amount_that_is_wrong_is_named_with_its_line(statements: Statements) -> None:
    right = await statements.issue()
    assert right["differences"] == []
    numbers = await statements.lines(right)
    assert len(numbers) == 28

    silent = []
    for at, number in enumerate(numbers, 1):
        for by in ("+100", "-1"):
            wrong = (await statements.issue(f"amount:{at}:{by}"))["differences"]
            if number not in {each["mvmt_no"] for each in wrong}:
                silent.append((at, number, by, wrong))
    assert silent == []


@pytest.mark.slow
async def test_any_line_that_is_left_out_is_noticed(statements: Statements) -> None:
    numbers = await statements.lines(await statements.issue())

    for at in range(1, len(numbers) + 1):
        wrong = (await statements.issue(f"drop:{at}"))["differences"]
        assert {"count", "sum", "missing_there"} & {each["kind"] for each in wrong}, at


@pytest.mark.slow
async def test_a_head_that_is_not_the_sum_of_its_lines_is_noticed(statements: Statements) -> None:
    for fault, kind in (("opening:100", "arithmetic"), ("closing:-100", "arithmetic")):
        wrong = (await statements.issue(fault))["differences"]
        assert kind in {each["kind"] for each in wrong}, wrong
