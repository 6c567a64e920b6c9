"""The flows of the manual, in an order in which later ones build on earlier ones. Each is a row of FLOWS: what it does, what
customs must send, and what it must move in customs' ledger. A flow answers the declaration that it ended with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from gateway.cli.tour_documents import CASH
from gateway.cli.tour_world import Row, World, first, named, same

LETTER = {"gasrAmt": "450000", "ltguaNo": "LG-001A", "ltguaValidDate": "2028-11-22 00:00:00"}
ELECTRONIC = {"paymnModecd": "2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One flow. ``section`` of the manual; ``receipts``: all that customs must send, in any order; ``bank`` and ``letters``: by
    how much it moves these accounts, 元."""

    name: str
    zh: str
    section: str
    work: Callable[[World], Awaitable[Row]]
    status: str
    receipts: str
    bank: str = "0"
    letters: str = "0"

    @property
    def moves(self) -> dict[str, Decimal]:
        return {"bank": Decimal(self.bank), "letters": Decimal(self.letters)}


async def record(w: World) -> Row:
    done = await w.ends(w.documents.record("W1"))
    shown = await w.get(f"/enterprises/{w.enterprise}")
    same("默认账号 accounts", len(shown["accounts"]), 1)
    return done


async def by_cash(w: World) -> Row:
    saved = await w.taken(w.documents.guarantee("G1", flag="0", **CASH | {"gasrAmt": "400000"}))
    seq_no = saved["seq_no"]
    await w.taken(w.documents.guarantee("G1", flag="0", seq_no=seq_no, **CASH | {"gasrAmt": "500000"}))
    drafts = (await w.get("/guarantees", status="暂存"))["items"]
    same("暂存 drafts", [(d["seq_no"], d["fields"]["gasrAmt"]) for d in drafts], [(seq_no, "500000")])
    done = await w.ends(w.documents.guarantee("G1", seq_no=seq_no, **CASH | {"gasrAmt": "500000"}))
    same("统一编号 SeqNo", done["seq_no"], seq_no)
    labels = [e["status_text"] for e in (await w.get(f"/declarations/{seq_no}/timeline"))["items"]]
    same("轨迹 timeline", labels, ["暂存", "暂存", "申报成功", "成功发送至海关", "海关接收成功", "审批通过"])
    w.known["G1"] = done["business_no"]
    await w.guarantee("G1", "500000", "0", "500000", "0")
    return done


async def by_letter(w: World) -> Row:
    await w.refused(w.documents.guarantee("G2", gasrAmt="", pmnEtpsNm=""), "S101.07", "S101.08", "S101.09", "S101.10")
    letter = {"ltguaNo": "LG-001", "ltguaValidDate": "2027-11-22 00:00:00"}
    saved = await w.taken(w.documents.guarantee("G2", flag="0", gasrAmt="200000", **letter))
    done = await w.ends(w.documents.guarantee("G2", seq_no=saved["seq_no"], gasrAmt="300000", **letter))
    w.known["G2"] = done["business_no"]
    await w.guarantee("G2", "300000", "0", "300000", "0")
    return done


async def changed(w: World) -> Row:
    row = await w.guarantee("G1", "500000", "0", "500000", "0")
    same("保金 变更登记", [a["enabled"] for a in row["actions"] if a["action"] == "change"], [False])
    await w.refused(w.documents.guarantee("C1", dclTypecd="2", chgTmsCnt="1", gasrNo=w.number("G1"), **CASH | {"gasrAmt": "600000"}), "C101.02")
    done = await w.ends(w.documents.guarantee("C2", dclTypecd="2", chgTmsCnt="1", gasrNo=w.number("G2"), **LETTER))
    await w.guarantee("G2", "450000", "0", "450000", "0")
    return done


async def extended(w: World) -> Row:
    await w.desk("POST", "/guarantee-requests", {"enterprise": w.enterprise, "gasr_no": w.number("G2"), "valid_until": "2029-06-30"})

    async def asked() -> Row:
        items = (await w.get("/guarantees", status="待确认"))["items"]
        return dict(items[0]) if items else {}

    row = await w.shows("待确认", asked, business_no=w.number("G2"))
    longer = LETTER | {"ltguaValidDate": "2029-06-30 00:00:00"}
    done = await w.ends(w.documents.guarantee("C3", dclTypecd="2", chgTmsCnt="2", gasrNo=w.number("G2"), seq_no=row["seq_no"], **longer))
    same("统一编号 SeqNo", done["seq_no"], row["seq_no"])
    same("变更次数 chgTmsCnt", done["change_no"], 2)
    return done


async def counter(w: World) -> Row:
    await w.profile("manual")
    number = await w.new_levy("L1", "120000.50")
    await w.taken(await w.confirmation(number, flag="0"))
    seq_no = (await w.taken(await w.confirmation(number)))["seq_no"]
    await w.until(seq_no, "received")
    await w.decide(seq_no, "approve")
    await w.until(seq_no, "approved", payment="1", completed=False)
    await w.pay(number, "100000.00")
    await w.levy(number, actlvyAmt="100000.00", payment="1", completed=False)
    await w.pay(number, "20000.50")
    await w.profile("instant")
    return await w.levy(number, actlvyAmt="120000.50", payment="2", completed=True)


async def electronic(w: World) -> Row:
    made = await w.desk("POST", "/business-events", {
        "biz_type": "3", "biz_no": "C010016A0472", "enterprise": w.enterprise, "customs": w.customs, "basis_amount": "20000.00"})
    levy = first("业务触发的征收单 levies raised", made["levies"])
    w.known["L2"] = levy["levy_no"]
    await w.levy(levy["levy_no"], status="pending", bizTypecd="3")
    await w.ends(await w.confirmation(levy["levy_no"], **ELECTRONIC))
    return await w.levy(levy["levy_no"], actlvyAmt="20000.00", payment="2", completed=True)


async def single_letter(w: World) -> Row:
    number = await w.new_levy("L3", "80000.00")
    await w.ends(await w.confirmation(number, gurModecd="2", ltguaNo="LG-777", ltguaValidDate="2028-11-22 00:00:00"))
    return await w.levy(number, actlvyAmt="80000.00", payment="2", completed=True)


async def occupied(w: World) -> Row:
    number = await w.new_levy("L4", "30000.75")
    done = await w.ends(await _on_guarantee(w, number))
    same("征收单状态 levyBlStucd", done["payment"], "3")
    await w.guarantee("G2", "450000", "30001", "419999", "0")
    return done


async def too_short(w: World) -> Row:
    number = await w.new_levy("L5", "420000.00")
    back = await w.ends(await _on_guarantee(w, number), "returned")
    await w.note(back["seq_no"], "可用额度 419999.25 元, 本单需 420000.00 元")
    taken_back = await w.taken(await w.confirmation(number, flag="0", **ELECTRONIC))
    same("取回 taken back", (taken_back["seq_no"], taken_back["status"]), (back["seq_no"], "draft"))
    done = await w.ends(await w.confirmation(number, **ELECTRONIC))
    same("申报次数 attempt", done["attempt"], 2)
    await w.guarantee("G2", "450000", "30001", "419999", "0")
    return await w.levy(number, actlvyAmt="420000.00", payment="2")


async def reconfirmed(w: World) -> Row:
    await w.profile("manual")
    number = await w.new_levy("L6", "5000.00")
    seq_no = (await w.taken(await w.confirmation(number)))["seq_no"]
    await w.decide(seq_no, "reconfirm")
    await w.levy(number, seq_no=seq_no, status="pending", emapvMarkcd="5")
    await w.profile("instant")
    await w.ends(await _on_guarantee(w, number))
    await w.guarantee("G2", "450000", "35001", "414999", "0")
    return await w.levy(number, payment="3", completed=True)


async def type_rejected(w: World) -> Row:
    await w.profile("manual")
    number = await w.new_levy("L7", "6000.00")
    seq_no = (await w.taken(await _on_guarantee(w, number)))["seq_no"]
    await w.decide(seq_no, "reject_type", "担保类型不符")
    await w.until(seq_no, "returned")
    await w.note(seq_no, "担保类型不符")
    await w.profile("instant")
    await w.ends(await w.confirmation(number, gurModecd="2", ltguaNo="LG-778", ltguaValidDate="2028-11-22 00:00:00"))
    return await w.levy(number, payment="2", completed=True)


async def refunded(w: World) -> Row:
    number = w.number("L1")
    await w.refused(w.documents.refund("T1", number, "50000.00", reason=""), "R121.05")
    done = await w.ends(w.documents.refund("T1", number, "50000.00"))
    await w.levy(number, status="approved", payment="2", alrdyRtnbkAmt="50000.00")
    return done


async def guarantee_refunded(w: World) -> Row:
    done = await w.ends(w.documents.refund("T2", w.number("G1"), "200000", of_guarantee=True))
    row = await w.guarantee("G1", "500000", "0", "300000", "200000")
    same("总担保退还状态 refund_status", row["refund_status"], "approved")
    return done


async def letter_not_refunded(w: World) -> Row:
    before = await w.levy(w.number("L3"))
    done = await w.ends(w.documents.refund("T3", w.number("L3"), "1000.00"), "returned")
    after = await w.levy(w.number("L3"))
    same("征收单 levy", after["fields"], before["fields"])
    return done


async def carried(w: World) -> Row:
    number = await w.new_levy("L8", "60000.00")
    await w.ends(await w.confirmation(number))
    done = await w.ends(w.documents.refund("T4", w.number("L1"), "60000.00", target=number))
    await w.levy(w.number("L1"), alrdyCrdwAmt="60000.00")
    await w.levy(number, actlvyAmt="60000.00", payment="2", completed=True)
    return done


async def taken_back(w: World) -> Row:
    number = await w.new_levy("L9", "7000.00")
    await w.desk("DELETE", f"/levies/{number}")
    return await w.levy(number, status="approved", payment="3", completed=True)


async def disputed(w: World) -> Row:
    statement = await _stated(w, 1)
    same("期末 closing", statement["closing"], (await w.desk("GET", "/ledger"))["accounts"]["bank"])
    number, amount = await _payment(w, "L1")
    return await w.ends(w.documents.answer("Z1", statement["statement_no"], 1, [{
        "seqno": "1", "mvmtNo": number, "missMarkcd": "0", "stmtAmt": f"{amount:.2f}", "etpsAmt": f"{amount + Decimal('0.50'):.2f}",
        "diffRsnDesc": "银行回单多 0.50 元"}]))


async def agreed(w: World) -> Row:
    statement = await _stated(w, 2)
    return await w.ends(w.documents.answer("Z2", statement["statement_no"], 2))


async def resent(w: World) -> Row:
    ever = [r for r in await w.receipts(everything=True) if r["enterprise_ref"] == "G1" and r["message_type"] in ("GRT200", "GRT201")]
    same("原回执 receipts", named(ever), "GRT200=1 GRT201=1")
    seq_no = ever[0]["seq_no"]
    before = await w.until(seq_no, "approved")
    await w.taken(w.documents.resend("G1"))
    again = await w.settled("GRT200=1 GRT201=1")
    same("补发标记 resent", [r["resent"] for r in again], [True, True])
    for old, new in zip(ever, again, strict=True):
        same(f"补发的字节 bytes of {old['message_type']}", await w.raw(new["links"]["raw"]), await w.raw(old["links"]["raw"]))
    after = await w.until(seq_no, "approved")
    same("申报 declaration", after | {"updated_at": ""}, before | {"updated_at": ""})
    return after


FLOWS: tuple[Flow, ...] = (
    Flow(name="record", zh="信息维护", section="1.1", work=record, status="approved", receipts="GRT200=1 GRT251=1"),
    Flow(name="cash", zh="总担保设立 保金", section="1.2, 3.1", work=by_cash, status="approved", receipts="GRT200=1 GRT201=1", bank="500000"),
    Flow(name="letter", zh="总担保设立 保函", section="1.2, 3.1", work=by_letter, status="approved", receipts="GRT200=1 GRT201=1",
         letters="300000"),
    Flow(name="change", zh="总担保变更", section="1.3, 3.2", work=changed, status="approved", receipts="GRT200=1 GRT201=1", letters="150000"),
    Flow(name="extension", zh="海关要求延期 → 变更", section="1.3, 6.2", work=extended, status="approved", receipts="GRT301 GRT200=1 GRT201=1"),
    Flow(name="counter", zh="保证金确认 柜台分次缴款", section="1.1, 4", work=counter, status="approved",
         receipts="GRT301 GRT200=1 GRT211=Y GRT211=1 GRT302 GRT302", bank="120000.50"),
    Flow(name="electronic", zh="业务触发征收 → 电子支付", section="1.1, 4", work=electronic, status="approved",
         receipts="GRT301 GRT200=1 GRT211=1 GRT302", bank="20000.00"),
    Flow(name="single-letter", zh="保证金确认 单票保函", section="1.1, 4", work=single_letter, status="approved",
         receipts="GRT301 GRT200=1 GRT211=1", letters="80000.00"),
    Flow(name="occupied", zh="保证金确认 占用总担保", section="1.1, 4", work=occupied, status="approved",
         receipts="GRT301 GRT200=1 GRT211=1 GRT302"),
    Flow(name="too-short", zh="额度不足 → 退单 → 取回再申报", section="4", work=too_short, status="approved",
         receipts="GRT301 GRT200=1 GRT211=3 GRT200=1 GRT211=1 GRT302", bank="420000.00"),
    Flow(name="reconfirm", zh="转企业确认 → 重新确认", section="4", work=reconfirmed, status="approved",
         receipts="GRT301 GRT200=1 GRT211=Y GRT301 GRT200=1 GRT211=1 GRT302"),
    Flow(name="reject-type", zh="审核退单 → 改保函", section="4", work=type_rejected, status="approved",
         receipts="GRT301 GRT200=1 GRT211=Y GRT211=3 GRT200=1 GRT211=1", letters="6000.00"),
    Flow(name="refund", zh="保证金退还", section="1.4, 5.1", work=refunded, status="approved", receipts="GRT200=1 GRT221=1 GRT302",
         bank="-50000.00"),
    Flow(name="guarantee-refund", zh="总担保退还", section="1.5, 5.2", work=guarantee_refunded, status="approved",
         receipts="GRT200=1 GRT221=1 GRT302", bank="-200000"),
    Flow(name="letter-refund", zh="单票保函退还 → 自动退单", section="5.1", work=letter_not_refunded, status="returned",
         receipts="GRT200=1 GRT221=3"),
    Flow(name="carry-over", zh="保证金结转", section="6.3", work=carried, status="approved",
         receipts="GRT301 GRT200=1 GRT211=1 GRT200=1 GRT221=1 GRT302 GRT302"),
    Flow(name="take-back", zh="海关撤销征收单", section="1.6", work=taken_back, status="approved", receipts="GRT301 GRT302"),
    Flow(name="disputed", zh="对账 有差异", section="财务对账", work=disputed, status="approved", receipts="GRT303 GRT200=1 GRT261=1"),
    Flow(name="agreed", zh="对账 新版一致", section="财务对账", work=agreed, status="approved", receipts="GRT303 GRT200=1 GRT261=1"),
    Flow(name="resend", zh="回执补发", section="6", work=resent, status="approved", receipts="GRT200=1 GRT201=1"),
)


async def _on_guarantee(w: World, number: str) -> bytes:
    return await w.confirmation(number, gurTypecd="1", gurModecd="2", gasrNo=w.number("G2"))


async def _stated(w: World, version: int) -> Row:
    """A statement up to today as the enterprise received it; the gateway's own comparison must find nothing."""
    today = w.now()[:10]
    made = await w.desk("POST", "/statements", {"enterprise": w.enterprise, "from": today, "to": today})
    await w.settled("GRT303")
    shown = first("对账单 statement", (await w.get("/statements"))["items"])
    same("对账单 statement", (shown["statement_no"], shown["version"], shown["closing"]), (made["statement_no"], version, made["closing"]))
    same("系统比对 own comparison", shown["differences"], [])
    return shown


async def _payment(w: World, name: str) -> tuple[str, Decimal]:
    """Movement number and amount of the first payment of a levy."""
    entries = (await w.desk("GET", "/ledger", no=w.number(name)))["entries"]
    found = first(f"{w.number(name)} 缴款 payment", (e for e in entries if e["mvmt_no"] and e["debit"] == "bank"))
    return found["mvmt_no"], Decimal(found["amount"])
