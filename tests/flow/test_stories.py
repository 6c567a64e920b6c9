"""The flows of the manual and the acceptance stories among them (``docs/rules.md`` 4): the script
that `eport demo --all` plays, played once on a pair of this file. A flow that differs fails by
itself, with the line of the script."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from customs_sim.store.tables import history
from fixtures.kit.cli.reconcile import differences
from fixtures.kit.replay.script import Flow
from fixtures.kit.replay.session import connected
from fixtures.kit.shared.stores import places
from fixtures.kit.tour.tour import Walked, manual, show, walk
from gateway.base.settings import Settings
from gateway.base.store.places import opened
from tests.conftest import BEIJING, SHANGHAI, Api, client, pair_at, settings_of
from tests.factories import grt121, target_row
from tests.flow.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
FLOWS = manual().flows


@dataclass
class Played:
    """How each flow ended, by name; what the enterprise got; the home, at rest."""

    walked: dict[str, Walked]
    api: Api
    settings: Settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Played]:
    home = tmp_path_factory.mktemp("stories") / "home"
    async with pair_at(home) as pair, client(pair.ready) as api:
        ready = pair.ready
        keys = {BEIJING: ready.keys[BEIJING]}
        async with connected(ready.gateway, ready.control, keys, ready.operator_key) as session:
            walked = await walk(manual(), session)
        yield Played({item.flow.heading.name: item for item in walked}, api, settings_of(home))


def named(flow: Flow) -> str:
    return f"{flow.heading.story} {flow.heading.name}".strip()


@pytest.mark.parametrize("flow", FLOWS, ids=named)
async def test_a_flow_goes_as_the_script_says(played: Played, flow: Flow) -> None:
    assert played.walked[flow.heading.name].difference == ""


async def test_every_story_of_the_rules_is_told_by_the_script(played: Played) -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    told = set(re.findall(r"(?m)^\| (T\d\d) ", page))
    assert told == {flow.heading.story for flow in FLOWS if flow.heading.story}
    assert len(told) == 9


async def test_at_rest_the_registers_of_both_sides_and_the_ledger_agree(played: Played) -> None:
    assert await asyncio.to_thread(differences, played.settings) == []


async def test_a_change_keeps_the_version_that_it_replaced(played: Played) -> None:
    """What no interface shows: T03 in customs' store."""

    def kept(settings: Settings) -> list[tuple[int, int]]:
        _, customs = places(settings)
        rows = select(history.c.change_no, history.c.version).order_by(history.c.change_no)
        with opened(customs) as store:
            found = store.read_here(lambda connection: connection.execute(rows).all())
        return [(row.change_no, row.version) for row in found]

    assert await asyncio.to_thread(kept, played.settings) == [(0, 1), (1, 3)]


async def test_times_that_no_script_can_foretell(played: Played) -> None:
    """T04: the clock runs, so a script cannot say when."""
    receipts = await played.api.receipts()
    assert {len(r["seq_no"]) for r in receipts if r["seq_no"]} == {18}
    rows = (await played.api.get("/levies", params={"limit": 100})).json["items"]
    (paid,) = [r["fields"] for r in rows if r["fields"]["levyBlAmt"] == "120000.50"]
    assert paid["dpstPmnDeadline"].startswith("2026-12-08 10:")
    assert paid["dpstPmnChkinTime"].startswith("2026-11-23 10:")


async def test_the_table_has_a_row_for_each_flow(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    show(list(played.walked.values()), 1.0)
    lines = capsys.readouterr().out.splitlines()
    for flow in FLOWS:
        (line,) = [each for each in lines if each.startswith(f"{flow.heading.title}  ")]
        assert line.endswith("✓")
        assert flow.heading.section in line
    assert "全部符合手册" in lines[-1]
    assert played.walked["resend"].balances == {
        "bank": "810000.50",
        "letters": "536000.00",
        "suspense": "0.00",
        "used": "35000.75",
    }


async def test_a_levy_of_another_enterprise_takes_no_money_and_is_not_told_of(
    played: Played,
) -> None:
    """T09: a recorded conversation knows one enterprise, so the script has no other either."""
    world = World(played.api)
    rows = (await played.api.get("/levies", params={"limit": 100})).json["items"]
    (paid,) = [r["business_no"] for r in rows if r["fields"]["levyBlAmt"] == "120000.50"]
    foreign = await world.new_levy("5000.00", enterprise=SHANGHAI, customs="2200")
    taken = await played.api.taken(
        grt121(
            "T9",
            next(world.numbers),
            gurNo=paid,
            rtnbkCrdwTypecd="2",
            rtnbkCrdwAmt="5000.00",
            targets=[target_row(gurNo=foreign, crdwAmt="5000.00")],
        )
    )
    await played.api.until(taken["seq_no"], "returned")
    notes = [r["notes"] for r in await played.api.receipts() if r["seq_no"] == taken["seq_no"]]
    assert notes == [[], [f"转入征收单 {foreign} 不符合条件: 征收单不存在"]]
