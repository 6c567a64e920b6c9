"""A client that files, and customs that levies: what tests of both sides over HTTP share."""

from __future__ import annotations

import itertools
from typing import Any

from tests.conftest import BEIJING, Api, eventually
from tests.factories import confirming, grt111


class World:
    """The client, message numbers, and what one does with them."""

    def __init__(self, api: Api) -> None:
        self.api, self.numbers = api, itertools.count(1)

    async def ledger(self, account: str = "bank", no: str = "") -> str:
        found = await self.api.control("GET", f"/ledger?no={no}" if no else "/ledger")
        assert found.status == 200, found.body
        return str(found.json["accounts"][account])

    async def levy(self, no: str, enterprise: str = BEIJING) -> Any:
        async def look() -> Any:
            rows = (
                await self.api.get("/levies", params={"limit": 1000}, enterprise=enterprise)
            ).json["items"]
            return next((r for r in rows if r["business_no"] == no), None)

        return await eventually(look, what=f"levy {no}")

    async def levy_until(self, no: str, **wanted: Any) -> Any:
        async def look() -> Any:
            row = await self.levy(no)
            seen = {k: row["fields"][k] if k in row["fields"] else row[k] for k in wanted}
            return row if seen == wanted else None

        return await eventually(look, what=f"levy {no} as {wanted}")

    async def new_levy(
        self, amount: str, biz_type: str = "2", enterprise: str = BEIJING, customs: str = "0100"
    ) -> str:
        made = await self.api.control(
            "POST",
            "/levies",
            {
                "enterprise": enterprise,
                "customs": customs,
                "amount": amount,
                "biz_type": biz_type,
                "biz_no": "C010016A0471",
                "oriact_no": "C010016A0471",
            },
        )
        assert made.status in (200, 201), made.body
        await self.levy(made.json["levy_no"], enterprise)
        return str(made.json["levy_no"])

    async def confirmation(self, no: str, flag: str = "1", **changes: str) -> bytes:
        """The confirm form: the levy as customs issued it, with what the enterprise chooses."""
        held = (await self.levy(no))["fields"]
        return grt111(next(self.numbers), flag=flag, **confirming(held, **changes))
