"""The acceptance stories T01 to T09: one pair, one run, in this order, over HTTP. Balances are
those of the customs ledger."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fixtures.kit.cli.reconcile import differences
from tests.conftest import BEIJING, MORNING, SHANGHAI, Api, client, eventually, pair_at, settings_of
from tests.factories import CASH, grt101, grt111, grt111_fields, grt121, grt151, target_row

CONFIRM = {
    "gurTypecd": "2",
    "gurModecd": "1",
    "paymnModecd": "1",
    "gasrNo": "",
    "ltguaNo": "",
    "ltguaValidDate": "",
}


class World:
    """What the stories share: the client, message numbers, and what customs assigned."""

    def __init__(self, api: Api) -> None:
        self.api, self.numbers = api, itertools.count(1)
        self.known: dict[str, str] = {}

    async def ledger(self, account: str = "bank", no: str = "") -> str:
        found = await self.api.control("GET", f"/ledger?no={no}" if no else "/ledger")
        assert found.status == 200, found.body
        return str(found.json["accounts"][account])

    async def guarantee(self, no: str) -> tuple[str, str, str, str]:
        """gasrAmt, used, available, returned as the 总担保 query shows them."""
        rows = (await self.api.get("/guarantees", params={"limit": 1000})).json["items"]
        (row,) = [r for r in rows if r["business_no"] == no]
        f = row["fields"]
        return f["gasrAmt"], f["usedGasrAmt"], f["avalGasrAmt"], f["alrdyRtnbkGasrAmt"]

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
        held: Mapping[str, str] = (await self.levy(no))["fields"]
        chosen = grt111_fields()
        own = {
            k: chosen[k]
            for k in (
                "pmnEtpsSccd",
                "pmnEtpsno",
                "pmnEtpsNm",
                "pmnEtpsOpaccBankNm",
                "pmnEtpsBankAcctnum",
                "etpsConcErName",
                "etpsConcErTelnum",
            )
        }
        return grt111(next(self.numbers), flag=flag, **{**held, **own, **CONFIRM, **changes})

    async def decide(self, seq_no: str, result: str, *notes: str) -> Any:
        return (
            await self.api.control(
                "POST",
                "/decisions",
                {"items": [{"seq_no": seq_no, "result": result, "notes": list(notes)}]},
            )
        ).json

    async def waits(self, seq_no: str) -> None:
        async def look() -> bool:
            return any(
                c["seq_no"] == seq_no
                for c in (await self.api.control("GET", "/worklist")).json["items"]
            )

        await eventually(look, what=f"{seq_no} in the work list")

    async def results(self, seq_no: str) -> list[tuple[str, str | None]]:
        return [
            (r["message_type"], r["result"])
            for r in await self.api.receipts()
            if r["seq_no"] == seq_no
        ]


async def test_the_acceptance_stories_end_as_written(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        world = World(api)
        for story in (t01, t02, t03, t04, t05, t06, t07, t08, t09):
            await story(world)

    # at rest, the registers of both sides and the ledger agree
    assert await asyncio.to_thread(differences, settings_of(tmp_path / "home")) == []


async def t01(w: World) -> None:
    """保金 设立 (manual 1.2, 3.1)."""
    record = await w.api.approved(grt151("W-1", next(w.numbers)))
    assert await w.results(record["seq_no"]) == [("GRT200", "1"), ("GRT251", "1")]
    first = await w.api.taken(
        grt101("G1", next(w.numbers), flag="0", **CASH | {"gasrAmt": "400000"})
    )
    seq = first["seq_no"]
    assert first["status"] == "draft"
    assert len(seq) == 18
    again = await w.api.taken(
        grt101("G1", next(w.numbers), flag="0", seq_no=seq, **CASH | {"gasrAmt": "500000"})
    )
    assert again["seq_no"] == seq
    drafts = (await w.api.get("/guarantees", params={"status": "暂存"})).json["items"]
    assert [d["seq_no"] for d in drafts] == [seq]
    done = await w.api.approved(
        grt101("G1", next(w.numbers), seq_no=seq, **CASH | {"gasrAmt": "500000"})
    )
    assert done["seq_no"] == seq
    labels = [e["status_text"] for e in await w.api.timeline(seq)]
    assert labels == ["暂存", "暂存", "申报成功", "成功发送至海关", "海关接收成功", "审批通过"]
    assert await w.results(seq) == [("GRT200", "1"), ("GRT201", "1")]
    w.known["G1"] = done["business_no"]
    assert await w.guarantee(w.known["G1"]) == ("500000", "0", "500000", "0")
    assert await w.ledger() == "500000.00"
    (change,) = [a for a in done["actions"] if a["action"] == "change"]
    assert not change["enabled"]


async def t02(w: World) -> None:
    """保函 设立 (manual 3.1)."""
    refused = await w.api.post(
        grt101("G2", next(w.numbers), gasrAmt="300000", ltguaNo="", ltguaValidDate="", pmnEtpsNm="")
    )
    assert refused.status == 422
    assert {"S101.08", "S101.09", "S101.10"} <= set(refused.codes)
    body = grt101("G2", next(w.numbers), gasrAmt="300000", ltguaNo="LG-001")
    done = await w.api.approved(body)
    w.known["G2"] = done["business_no"]
    w.known["G2.valid"] = done["fields"]["ltguaValidDate"]
    repeat = await w.api.post(body)
    assert repeat.status == 200
    assert repeat.json["duplicate"]
    assert repeat.json["seq_no"] == done["seq_no"]
    other = await w.api.taken(grt101("G2b", next(w.numbers), gasrAmt="300000", ltguaNo="LG-001"))
    back = await w.api.until(other["seq_no"], "returned")
    assert back["status_text"] == "退单"
    assert await w.ledger("letters") == "300000.00"


async def t03(w: World) -> None:
    """变更 (manual 1.3, 3.2)."""

    def change(ref: str, no: str, times: int = 1, **fields: str) -> bytes:
        return grt101(
            ref, next(w.numbers), dclTypecd="2", gasrNo=no, chgTmsCnt=str(times), **fields
        )

    letter = {"gasrAmt": "450000", "ltguaNo": "LG-001A", "ltguaValidDate": "2028-11-22 00:00:00"}
    cash = await w.api.post(change("C1", w.known["G1"], **CASH | {"gasrAmt": "600000"}))
    assert cash.status == 422
    assert "C101.02" in cash.codes
    payer = await w.api.post(
        change(
            "C2",
            w.known["G2"],
            **letter | {"pmnEtpsNm": "另一家公司", "pmnEtpsno": "", "pmnEtpsSccd": ""},
        )
    )
    assert payer.status == 422
    assert "C101.05" in payer.codes
    done = await w.api.approved(change("C2", w.known["G2"], **letter))
    assert done["change_no"] == 1
    assert await w.guarantee(w.known["G2"]) == ("450000", "0", "450000", "0")
    await w.api.control(
        "POST",
        "/guarantee-requests",
        {"enterprise": BEIJING, "gasr_no": w.known["G2"], "valid_until": "2029-06-30"},
    )

    async def asked() -> Any:
        rows = (await w.api.get("/guarantees", params={"status": "待确认"})).json["items"]
        return rows and rows[0]

    row = await eventually(asked, what="a 待确认 in the 总担保 query")
    longer = letter | {"ltguaValidDate": "2029-06-30 00:00:00"}
    second = await w.api.taken(
        grt101(
            "C3",
            next(w.numbers),
            dclTypecd="2",
            gasrNo=w.known["G2"],
            chgTmsCnt="2",
            seq_no=row["seq_no"],
            **longer,
        )
    )
    assert second["seq_no"] == row["seq_no"]
    assert (await w.api.until(row["seq_no"], "approved"))["change_no"] == 2


async def t04(w: World) -> None:
    """征收, counter (manual 1.1, 4)."""
    await w.api.control("PUT", "/profile", {"profile": "manual"})
    no = w.known["L1"] = await w.new_levy("120000.50")
    row = await w.levy(no)
    assert row["status_text"] == "待确认"
    saved = await w.api.taken(await w.confirmation(no, "0"))
    assert saved["seq_no"] == row["seq_no"]
    seq = (await w.api.taken(await w.confirmation(no)))["seq_no"]
    assert seq == row["seq_no"]
    await w.api.until(seq, "received")
    await w.waits(seq)
    await w.decide(seq, "approve")
    approved = await w.api.until(seq, "approved")
    assert approved["payment"] == "1"
    assert not approved["completed"]
    assert approved["fields"]["dpstPmnDeadline"].startswith("2026-12-08")
    assert [r for r in await w.results(seq) if r[0] == "GRT211"] == [
        ("GRT211", "Y"),
        ("GRT211", "1"),
    ]
    paid_at = MORNING.isoformat()
    for amount, total, status in (("100000.00", "100000.00", "1"), ("20000.50", "120000.50", "2")):
        paid = await w.api.control(
            "POST",
            "/payments",
            {"levy_no": no, "amount": amount, "paid_at": paid_at, "reference": f"B{amount}"},
        )
        assert paid.status in (200, 201), paid.body
        row = await w.levy_until(no, actlvyAmt=total, payment=status)
    assert row["completed"]
    assert row["status"] == "approved"
    assert row["fields"]["dpstPmnChkinTime"]
    assert await w.ledger() == "620000.50"


async def t05(w: World) -> None:
    """占用."""
    await w.api.control("PUT", "/profile", {"profile": "instant"})
    no = w.known["L2"] = await w.new_levy("30000.75", biz_type="3")
    bank = await w.ledger()
    done = await w.api.approved(
        await w.confirmation(no, gurTypecd="1", gurModecd="2", gasrNo=w.known["G2"])
    )
    assert done["payment"] == "3"

    async def occupied() -> bool:
        return await w.guarantee(w.known["G2"]) == ("450000", "30001", "419999", "0")

    await eventually(occupied, what="the occupied quota at the gateway")
    assert await w.ledger(f"used:{w.known['G2']}", w.known["G2"]) == "30000.75"
    assert await w.ledger() == bank


async def t06(w: World) -> None:
    """Quota too short, then a single letter."""
    no = w.known["L3"] = await w.new_levy("420000.00")
    taken = await w.api.taken(
        await w.confirmation(no, gurTypecd="1", gurModecd="2", gasrNo=w.known["G2"])
    )
    seq = taken["seq_no"]
    await w.api.until(seq, "returned")
    assert await w.results(seq) == [("GRT301", None), ("GRT200", "1"), ("GRT211", "3")]
    (receipt,) = [
        r for r in await w.api.receipts() if r["seq_no"] == seq and r["message_type"] == "GRT211"
    ]
    assert any("可用额度 419999.25 元, 本单需 420000.00 元" in note for note in receipt["notes"])
    await w.api.taken(
        await w.confirmation(
            no, gurModecd="2", ltguaNo="LG-777", ltguaValidDate="2028-11-22 00:00:00"
        )
    )
    done = await w.api.until(seq, "approved")
    assert done["attempt"] == 2
    await w.levy_until(no, payment="2")
    assert await w.guarantee(w.known["G2"]) == ("450000", "30001", "419999", "0")


async def t07(w: World) -> None:
    """单票保函 (manual 5.1)."""
    before = await w.levy(w.known["L3"])
    taken = await w.api.taken(
        grt121("T1", next(w.numbers), gurNo=w.known["L3"], rtnbkCrdwAmt="1000")
    )
    assert "R121.06" in [f["code"] for f in taken["warnings"]]
    await w.api.until(taken["seq_no"], "returned")
    assert await w.results(taken["seq_no"]) == [("GRT200", "1"), ("GRT221", "3")]
    after = await w.levy(w.known["L3"])
    assert (after["status"], after["payment"], after["fields"]) == (
        before["status"],
        before["payment"],
        before["fields"],
    )
    rows = (await w.api.get("/refunds", params={"status": "退单"})).json["items"]
    assert [r["seq_no"] for r in rows] == [taken["seq_no"]]


async def t08(w: World) -> None:
    """保证金退还 (manual 1.4, 5.1)."""
    no = w.known["L1"]
    refused = await w.api.post(
        grt121("T2", next(w.numbers), gurNo=no, rtnbkCrdwAmt="50000.00", rtnbkCrdwRsnDesc="")
    )
    assert refused.status == 422
    assert refused.codes == ["R121.05"]
    done = await w.api.approved(grt121("T2", next(w.numbers), gurNo=no, rtnbkCrdwAmt="50000.00"))
    assert done["business_no"]
    row = await w.levy_until(no, alrdyRtnbkAmt="50000.00")
    assert (row["status"], row["payment"]) == ("approved", "2")
    too_much = await w.api.taken(grt121("T3", next(w.numbers), gurNo=no, rtnbkCrdwAmt="80000.00"))
    await w.api.until(too_much["seq_no"], "returned")
    (receipt,) = [
        r
        for r in await w.api.receipts()
        if r["seq_no"] == too_much["seq_no"] and r["message_type"] == "GRT221"
    ]
    assert any("可退 70000.50" in note for note in receipt["notes"])
    assert await w.ledger() == "570000.50"


async def t09(w: World) -> None:
    """结转 (manual 6.3)."""
    bank = await w.ledger()
    no = w.known["L4"] = await w.new_levy("60000.00")
    await w.api.approved(await w.confirmation(no))
    row = {"gurNo": no, "crdwAmt": "60000.00"}
    done = await w.api.approved(
        grt121(
            "T4",
            next(w.numbers),
            gurNo=w.known["L1"],
            rtnbkCrdwTypecd="2",
            rtnbkCrdwAmt="60000.00",
            targets=[target_row(**row)],
        )
    )
    assert done["kind"] == "carryover"
    await w.levy_until(w.known["L1"], alrdyCrdwAmt="60000.00")
    await w.levy_until(no, actlvyAmt="60000.00", payment="2")
    assert await w.ledger() == bank
    foreign = await w.new_levy("5000.00", enterprise=SHANGHAI, customs="2200")
    refused = await w.api.taken(
        grt121(
            "T5",
            next(w.numbers),
            gurNo=w.known["L1"],
            rtnbkCrdwTypecd="2",
            rtnbkCrdwAmt="5000.00",
            targets=[target_row(gurNo=foreign, crdwAmt="5000.00")],
        )
    )
    await w.api.until(refused["seq_no"], "returned")
    (receipt,) = [
        r
        for r in await w.api.receipts()
        if r["seq_no"] == refused["seq_no"] and r["message_type"] == "GRT221"
    ]
    assert receipt["notes"]
    assert not any("3105960AAA" in note or "上海" in note for note in receipt["notes"])
