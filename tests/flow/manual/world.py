"""The world of the tests of the manual: a client that files and decides, and the words of the
manual."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tests.conftest import BEIJING, Api, eventually
from tests.factories import CASH, confirming, grt101, grt111, grt121

TEN = (
    "全部",
    "待确认",
    "暂存",
    "申报成功",
    "成功发送至海关",
    "海关接收成功",
    "海关接收失败",
    "转人工",
    "审批通过",
    "退单",
)
"""The options of the three query screens (section 6)."""
QUERIES = ("/guarantees", "/levies", "/refunds")
EIGHT = (
    "gurTypecd",
    "gurModecd",
    "paymnModecd",
    "etpsConcErName",
    "etpsConcErTelnum",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
)
"""What section 4 asks of a confirmation, whatever its type."""


class World:
    """The enterprise at its screen, and customs at the desk. References and message numbers are
    never used twice."""

    def __init__(self, api: Api) -> None:
        self.api, self.numbers, self.refs = api, itertools.count(1), itertools.count(1)

    def ref(self) -> str:
        return f"R{next(self.refs):05d}"

    def setup(self, ref: str | None = None, **changes: Any) -> bytes:
        return grt101(ref or self.ref(), next(self.numbers), **changes)

    def change(self, no: str, row: Mapping[str, str], **changes: Any) -> bytes:
        """A 变更 of ``no`` as the register stands, but for ``changes``."""
        kept = (
            "gurModecd",
            "gasrAmt",
            "ltguaNo",
            "ltguaValidDate",
            "paymnModecd",
            "pmnEtpsOpaccBankNm",
            "pmnEtpsBankAcctnum",
        )
        given = {"dclTypecd": "2", "gasrNo": no, "chgTmsCnt": str(int(row["chgTmsCnt"]) + 1)} | {
            k: row[k] for k in kept
        }
        return grt101(self.ref(), next(self.numbers), **given | changes)

    def refund(self, no: str, amount: str, **changes: Any) -> bytes:
        return grt121(
            self.ref(), next(self.numbers), **{"gurNo": no, "rtnbkCrdwAmt": amount} | changes
        )

    async def cash(self, amount: str = "500000") -> Any:
        return await self.api.approved(self.setup(**CASH | {"gasrAmt": amount}))

    async def letter(self, amount: str = "300000") -> Any:
        return await self.api.approved(self.setup(gasrAmt=amount))

    async def row(self, path: str, no: str, **options: Any) -> Any:
        """The row of a query with this business number."""

        async def look() -> Any:
            rows = (await self.api.get(path, params={"limit": 1000}, **options)).json["items"]
            return next((r for r in rows if r["business_no"] == no), None)

        return await eventually(look, what=f"{no} in {path}")

    async def until(self, path: str, no: str, **wanted: Any) -> Any:
        async def look() -> Any:
            row = await self.row(path, no)
            return row if {k: row["fields"].get(k, row.get(k)) for k in wanted} == wanted else None

        return await eventually(look, what=f"{no} as {wanted}")

    async def levy(
        self, amount: str = "1000.00", enterprise: str = BEIJING, customs: str = "0100"
    ) -> str:
        """A levy that customs just issued."""
        made = await self.api.control(
            "POST",
            "/levies",
            {
                "enterprise": enterprise,
                "customs": customs,
                "amount": amount,
                "biz_type": "2",
                "biz_no": "C010016A0471",
                "oriact_no": "C010016A0471",
            },
        )
        assert made.status == 201, made.body
        await self.row("/levies", made.json["levy_no"], enterprise=enterprise)
        return str(made.json["levy_no"])

    async def confirmation(self, no: str, flag: str = "1", **changes: str) -> bytes:
        """The confirm form: by default a single guarantee in cash, paid electronically (in profile
        instant: at once)."""
        held = (await self.row("/levies", no))["fields"]
        chosen = confirming(held, **{"paymnModecd": "2"} | changes)
        return grt111(next(self.numbers), flag=flag, **chosen)

    async def paid(self, amount: str = "1000.00") -> str:
        """A levy that was confirmed, approved and paid."""
        no = await self.levy(amount)
        await self.api.approved(await self.confirmation(no))
        await self.until("/levies", no, levyBlStucd="2")
        return no

    async def by_letter(self, amount: str = "1000.00") -> str:
        """A levy secured by a single letter."""
        no = await self.levy(amount)
        await self.api.approved(
            await self.confirmation(
                no, gurModecd="2", ltguaNo=f"LG-{self.ref()}", ltguaValidDate="2027-11-22 00:00:00"
            )
        )
        return no

    async def decide(self, seq_no: str, result: str) -> None:
        async def waits() -> bool:
            return any(
                c["seq_no"] == seq_no
                for c in (await self.api.control("GET", "/worklist")).json["items"]
            )

        await eventually(waits, what=f"{seq_no} in the work list")
        done = await self.api.control(
            "POST", "/decisions", {"items": [{"seq_no": seq_no, "result": result, "notes": []}]}
        )
        assert done.status == 200, done.body

    @contextlib.asynccontextmanager
    async def officers(self) -> AsyncIterator[None]:
        """Persons decide at customs for as long as the block lasts."""
        await self.api.control("PUT", "/profile", {"profile": "manual"})
        try:
            yield
        finally:
            await self.api.control("PUT", "/profile", {"profile": "instant"})

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Customs takes nothing for as long as the block lasts."""
        await self.api.control("POST", "/hold", {})
        try:
            yield
        finally:
            await self.api.control("POST", "/release", {})


def actions(row: Any) -> dict[str, bool]:
    """What a row offers, and whether it may be pressed."""
    return {a["action"]: a["enabled"] for a in row["actions"]}
