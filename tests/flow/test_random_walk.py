"""A seeded walk over all flows through both sides: after every step, ledger and registers of both
sides agree."""

from __future__ import annotations

import asyncio
import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.cli.reconcile import differences
from tests.conftest import MORNING, client, eventually, pair_at, settings_of
from tests.factories import CASH, grt101, grt121, target_row
from tests.flow.world import World

ENDED = frozenset({"approved", "returned", "refused"})


class Walk(World):
    """A world that takes random steps. Every step ends when what it filed has ended."""

    def setup(self, seed: int, home: Path) -> None:
        self.random, self.home, self.refs = random.Random(seed), home, itertools.count(1)
        self.steps: list[str] = []

    async def ended(self, body: bytes) -> Any:
        answer = await self.api.post(body)
        assert answer.status in (202, 422, 409), answer.body
        return None if answer.status != 202 else await self.api.until(answer.json["seq_no"], *ENDED)

    async def rows(self, query: str, **wanted: Any) -> list[Any]:
        items = (await self.api.get(f"/{query}", params={"limit": 1000})).json["items"]
        return [r for r in items if all(r[k] == v for k, v in wanted.items())]

    def ref(self) -> str:
        return f"W{next(self.refs)}"

    async def set_up(self) -> None:
        amount = str(self.random.randrange(1, 500) * 1000)
        mode = CASH if self.random.random() < 0.4 else {}
        await self.ended(grt101(self.ref(), next(self.numbers), **mode | {"gasrAmt": amount}))

    async def change(self) -> None:
        held = await self.rows("guarantees", status="approved")
        if held:
            row = self.random.choice(held)
            f = row["fields"]
            amount = str(max(1, int(f["gasrAmt"]) + self.random.randrange(-100, 100) * 1000))
            await self.ended(
                grt101(
                    self.ref(),
                    next(self.numbers),
                    **{
                        **f,
                        "dclTypecd": "2",
                        "chgTmsCnt": str(int(f["chgTmsCnt"]) + 1),
                        "gasrAmt": amount,
                        "etpsPreentNo": self.ref(),
                    },
                )
            )

    async def levy_and_confirm(self) -> None:
        no = await self.new_levy(f"{self.random.randrange(1, 9_000_000) / 100:.2f}")
        choice: dict[str, str] = {}
        held = await self.rows("guarantees", status="approved")
        match self.random.randrange(3):
            case 0 if held:
                row = self.random.choice(held)
                choice = {
                    "gurTypecd": "1",
                    "gurModecd": row["fields"]["gurModecd"],
                    "gasrNo": row["business_no"],
                }
            case 1:
                choice = {
                    "gurModecd": "2",
                    "ltguaNo": f"LG-{no}",
                    "ltguaValidDate": "2029-11-22 00:00:00",
                }
        await self.ended(await self.confirmation(no, **choice))

    async def pay(self) -> None:
        due = await self.rows("levies", status="approved", payment="1")
        if due:
            row = self.random.choice(due)
            amount = f"{self.random.randrange(1, 5_000_000) / 100:.2f}"
            await self.api.control(
                "POST",
                "/payments",
                {
                    "levy_no": row["business_no"],
                    "amount": amount,
                    "paid_at": MORNING.isoformat(),
                    "reference": self.ref(),
                },
            )

    async def refund(self) -> None:
        levies = await self.rows("levies", status="approved")
        if levies:
            row = self.random.choice(levies)
            amount = f"{self.random.randrange(1, 3_000_000) / 100:.2f}"
            target = (
                self.random.choice(levies)["business_no"] if self.random.random() < 0.3 else None
            )
            more: dict[str, Any] = (
                {}
                if target is None
                else {"rtnbkCrdwTypecd": "2", "targets": [target_row(gurNo=target, crdwAmt=amount)]}
            )
            await self.ended(
                grt121(
                    self.ref(),
                    next(self.numbers),
                    gurNo=row["business_no"],
                    rtnbkCrdwAmt=amount,
                    **more,
                )
            )

    async def refund_guarantee(self) -> None:
        held = await self.rows("guarantees", status="approved")
        if held:
            row = self.random.choice(held)
            await self.ended(
                grt121(
                    self.ref(),
                    next(self.numbers),
                    gurNo=row["business_no"],
                    gurTypecd="1",
                    rtnbkCrdwAmt=str(self.random.randrange(1, 200) * 1000),
                )
            )

    async def agree(self) -> None:
        """Both registers and the ledger, once what is under way has arrived."""

        async def look() -> bool:
            return not await asyncio.to_thread(differences, settings_of(self.home))

        await eventually(look, what=f"agreement after {self.steps[-3:]}", every=0.02)
        for row in await self.rows("guarantees", status="approved"):
            assert int(row["fields"]["avalGasrAmt"]) >= 0
        for row in await self.rows("levies"):
            f = {
                k: float(row["fields"][k] or 0)
                for k in ("levyBlAmt", "actlvyAmt", "alrdyRtnbkAmt", "alrdyCrdwAmt")
            }
            assert f["alrdyRtnbkAmt"] + f["alrdyCrdwAmt"] <= f["actlvyAmt"] + 0.001


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.slow
async def test_registers_and_ledger_agree_after_every_step_of_a_random_walk(
    tmp_path: Path, seed: int
) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        walk = Walk(api)
        walk.setup(seed, tmp_path / "home")
        actions = [
            walk.set_up,
            walk.change,
            walk.levy_and_confirm,
            walk.levy_and_confirm,
            walk.pay,
            walk.pay,
            walk.refund,
            walk.refund,
            walk.refund_guarantee,
        ]
        for number in range(60):
            action = walk.random.choice(actions)
            walk.steps.append(f"{number} {action.__name__}")
            await action()
            await walk.agree()
        assert {row["status"] for row in await walk.rows("declarations")} <= ENDED | {"pending"}
