"""A stage for the browser: a pair with something to be seen on every page, made by the same calls
that anybody has."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from fixtures.kit.pair.pair import Pair
from gateway.base.clock.business import MovedClock
from gateway.base.message import Message
from tests.conftest import SHANGHAI, Api, eventually
from tests.factories import CASH, attachment, confirming, grt101, grt111, grt121, pocketed

SCRIPT = "<script>document.title='taken over'</script>"
MIRRORED = "发票\u202egnp.exe"
FORMULA = "=cmd|' /C calc'!A0"
HOSTILE = f"{SCRIPT}{MIRRORED}{FORMULA}<img src=x onerror=alert(1)>"


@dataclass(slots=True)
class Stage:
    """What stands on it. ``numbers`` counts the messages of the enterprises."""

    api: Api
    pair: Pair
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    known: dict[str, str] = field(default_factory=dict)

    def number(self) -> int:
        return int(next(self.numbers))

    async def profile(self, name: str) -> None:
        assert (await self.api.control("PUT", "/profile", {"profile": name})).status == 200

    async def levy(self, amount: str, enterprise: str = "1105910159") -> str:
        made = await self.api.control(
            "POST",
            "/levies",
            {
                "enterprise": enterprise,
                "customs": "0100" if enterprise.startswith("11") else "2200",
                "amount": amount,
                "biz_type": "2",
                "biz_no": "C010016A0471",
                "oriact_no": "C010016A0471",
            },
        )
        assert made.status == 201, made.body
        return str(made.json["levy_no"])

    async def row(self, no: str) -> Any:
        """The levy as the enterprise's query shows it."""

        async def look() -> Any:
            rows = (await self.api.get("/levies", params={"limit": 1000})).json["items"]
            return next((r for r in rows if r["business_no"] == no), None)

        return await eventually(look, what=f"levy {no}")

    async def confirm(self, no: str, **changes: str) -> str:
        """The enterprise confirms a levy, in cash unless ``changes`` say otherwise; the SeqNo."""
        held = (await self.row(no))["fields"]
        return str(
            (await self.api.taken(grt111(self.number(), **confirming(held, **changes))))["seq_no"]
        )

    async def pay(self, amount: str, reference: str, levy_no: str | None = None) -> None:
        paid = await self.api.control(
            "POST",
            "/payments",
            {
                "levy_no": levy_no,
                "amount": amount,
                "paid_at": "2026-11-23T09:00:00+08:00",
                "reference": reference,
            },
        )
        assert paid.status == 201, paid.body

    async def waits(self, count: int) -> None:
        async def look() -> bool:
            return bool((await self.api.control("GET", "/worklist")).json["total"] >= count)

        await eventually(look, what=f"{count} waiting cases")


async def set_stage(api: Api, pair: Pair) -> Stage:
    """Guarantees, levies in every state, payments, a statement, parked messages, and cases that
    wait, some of them old."""
    stage = Stage(api, pair)
    letter = await api.approved(
        grt101("ZB-LETTER", stage.number(), ltguaNo="LG-001", gasrAmt="300000")
    )
    cash = await api.approved(grt101("ZB-CASH", stage.number(), **CASH | {"gasrAmt": "500000"}))
    stage.known |= {
        "letter": letter["business_no"],
        "cash": cash["business_no"],
        "letter_seq": letter["seq_no"],
    }
    clock = pair.clock
    assert isinstance(clock, MovedClock)
    clock.advance(5400)
    quota = await stage.levy("30000.75")
    await api.until(
        await stage.confirm(quota, gurTypecd="1", gurModecd="2", gasrNo=letter["business_no"]),
        "approved",
    )
    clock.advance(7200)
    part = await stage.levy("120000.50")
    await api.until(await stage.confirm(part), "approved")
    await stage.pay("100000.00", "BANK-001", part)
    paid = await stage.levy("60000.00")
    await api.until(await stage.confirm(paid), "approved")
    await stage.pay("60000.00", "BANK-002", paid)
    await stage.pay("888.88", "BANK-003")
    stage.known |= {"quota": quota, "part": part, "paid": paid, "new": await stage.levy("45000.00")}
    returned = await api.taken(grt121("TH-1", stage.number(), gurNo=paid, rtnbkCrdwAmt="70000.00"))
    await api.until(returned["seq_no"], "returned")
    made = await api.control(
        "POST",
        "/statements",
        {"enterprise": "1105910159", "from": "2026-11-01", "to": "2026-11-23"},
    )
    assert made.status == 201, made.body
    await stage.profile("manual")
    change = await api.taken(
        grt101(
            "ZB-CHANGE",
            stage.number(),
            **_change(letter["fields"], gasrAmt="450000", ltguaValidDate="2028-11-22 00:00:00"),
        )
    )
    await stage.waits(1)
    clock.advance(26 * 3600)
    first = grt101("ZB-FILE", stage.number(), ltguaNo="LG-002", gasrAmt="800000")
    filed = await api.taken(pocketed(first, "SET-1", 2, 1))
    await api.taken(
        attachment(
            b"%PDF-1.7 the letter, scanned",
            "SET-1",
            2,
            2,
            stage.number(),
            FileName=f"{MIRRORED}.pdf",
        )
    )
    hostile = await api.taken(
        grt101("ZB-HOSTILE", stage.number(), ltguaNo="LG-003", gasrAmt="120000", rmk=HOSTILE)
    )
    await stage.waits(3)  # all pockets are there: time must not run out on them
    clock.advance(6 * 3600)
    wait = await api.taken(
        grt101("ZB-SH", stage.number(), enterprise=SHANGHAI, ltguaNo="LG-004", gasrAmt="2000000"),
        enterprise=SHANGHAI,
    )
    twin = await api.taken(grt101("ZB-TWIN", stage.number(), ltguaNo="LG-001", gasrAmt="90000"))
    levied = await stage.confirm(stage.known["new"])
    stage.known |= {
        "change_seq": change["seq_no"],
        "file_seq": filed["seq_no"],
        "hostile_seq": hostile["seq_no"],
        "wait_seq": wait["seq_no"],
        "twin_seq": twin["seq_no"],
        "levy_seq": levied,
    }
    said = await pair.customs.on_batch(
        [
            Message(
                id="NOBODY-1",
                body=b"<?xml version='1.0'?><Nothing>&lt;script&gt;</Nothing>",
                headers={},
            )
        ]
    )
    assert said[0].reason
    await stage.waits(6)
    return stage


def _change(held: dict[str, str], **changes: str) -> dict[str, str]:
    """A 变更 of the register ``held``."""
    own = {
        "dclTypecd": "2",
        "chgTmsCnt": str(int(held["chgTmsCnt"]) + 1),
        "etpsPreentNo": "ZB-CHANGE",
    }
    return held | own | changes
