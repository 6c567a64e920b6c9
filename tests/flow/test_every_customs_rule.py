"""Every rule of customs through both sides: a filing passes an e-port that knows none of the rules
(an older one, say) and has another edition of three code lists, and customs sends it back with a
CheckInfo note that a person understands. One row a rule; none may be missing. What the shipped
e-port lets through all the same stands in ``test_returned_by_customs``.
"""

from __future__ import annotations

import dataclasses
import importlib.resources
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import gateway.bootstrap
import gateway.checks.standard
from customs_sim.rules.procedure import procedures
from fixtures.kit.pair.pair import Pair
from handlers import registered
from handlers.contract import SubmissionHandler
from schemas.codes import CodeLists
from tests.conftest import BEIJING, MORNING, client, pair_at
from tests.factories import (
    CASH,
    account_row,
    difference_row,
    grt101,
    grt121,
    grt151,
    grt161,
    target_row,
)
from tests.flow.world import World

NOBODY, LATER = "ZB0100202699999", "2028-01-01 00:00:00"


class Scene:
    """A pair whose e-port checks form only, and what stands in the registers of both sides."""

    def __init__(self, pair: Pair, w: World) -> None:
        self.pair, self.w, self.api = pair, w, w.api

    def at_customs(self, statement: str) -> None:
        """Something that customs knows and the e-port was not told."""
        self.pair.customs.office.store.write_here(lambda c: c.execute(text(statement)))  # type: ignore[attr-defined]

    def set_up(self, **fields: str) -> bytes:
        n = next(self.w.numbers)
        return grt101(f"S{n}", n, **fields)

    def change(self, held: Any, **fields: str) -> bytes:
        n = next(self.w.numbers)
        kept = {
            **held["fields"],
            "dclTypecd": "2",
            "gasrNo": held["business_no"],
            "chgTmsCnt": "1",
            "ltguaValidDate": LATER,
        }
        return grt101(f"C{n}", n, **{**kept, "etpsPreentNo": f"C{n}"} | fields)

    def refund(self, number: str, amount: str = "10.00", **more: Any) -> bytes:
        n = next(self.w.numbers)
        return grt121(f"R{n}", n, **{"gurNo": number, "rtnbkCrdwAmt": amount} | more)

    async def letter(self) -> Any:
        return await self.api.approved(self.set_up(ltguaNo=f"LG-{next(self.w.numbers)}"))

    async def cash(self) -> Any:
        return await self.api.approved(self.set_up(**CASH))

    async def levy(self, **fields: str) -> bytes:
        return await self.w.confirmation(await self.w.new_levy("1000.00"), **fields)

    async def paid(self, **fields: str) -> str:
        no = await self.w.new_levy("1000.00")
        await self.api.approved(await self.w.confirmation(no, **fields))
        if not fields:
            await self.api.control(
                "POST",
                "/payments",
                {
                    "levy_no": no,
                    "amount": "1000.00",
                    "paid_at": MORNING.isoformat(),
                    "reference": no,
                },
            )
            await self.w.levy_until(no, payment="2")
        return no

    async def statement(self) -> str:
        made = await self.api.control(
            "POST", "/statements", {"enterprise": BEIJING, "from": "2026-11-23", "to": "2026-11-23"}
        )
        return str(made.json["statement_no"])


Build = Callable[[Scene], Awaitable[bytes]]


def plain(make: Callable[[Scene], bytes]) -> Build:
    async def build(s: Scene) -> bytes:
        return make(s)

    return build


async def renamed(s: Scene) -> bytes:
    s.at_customs(f"UPDATE c_enterprises SET name = '改名公司' WHERE code = '{BEIJING}'")
    return s.set_up()


async def used_letter(s: Scene) -> bytes:
    return s.set_up(ltguaNo=(await s.letter())["fields"]["ltguaNo"])


async def barred(s: Scene) -> bytes:
    s.at_customs(f"UPDATE c_enterprises SET barred = 1 WHERE code = '{BEIJING}'")
    return s.set_up()


async def closed_unseen(s: Scene) -> bytes:
    held = await s.letter()
    s.at_customs(f"UPDATE c_guarantees SET status = '3' WHERE gasr_no = '{held['business_no']}'")
    return s.change(held)


async def used_by_levy(s: Scene) -> bytes:
    held = await s.letter()
    await s.api.approved(await s.levy(gurTypecd="1", gurModecd="2", gasrNo=held["business_no"]))
    return s.change(held, gasrAmt="999")


async def letter_of_another(s: Scene) -> bytes:
    one, two = await s.letter(), await s.letter()
    return s.change(one, ltguaNo=two["fields"]["ltguaNo"])


async def issued_anew_unseen(s: Scene) -> bytes:
    no = await s.w.new_levy("1000.00")
    body = await s.w.confirmation(no)
    s.at_customs(f"UPDATE c_levies SET change_no = 1 WHERE levy_no = '{no}'")
    return body


async def taken_back_unseen(s: Scene) -> bytes:
    no = await s.w.new_levy("1000.00")
    body = await s.w.confirmation(no)
    s.at_customs(f"UPDATE c_levies SET taken_back = 1 WHERE levy_no = '{no}'")
    return body


async def letter_twice(s: Scene) -> bytes:
    return await s.levy(
        gurModecd="2", ltguaNo=(await s.letter())["fields"]["ltguaNo"], ltguaValidDate=LATER
    )


async def too_much(s: Scene) -> bytes:
    held = await s.api.approved(s.set_up(ltguaNo="LG-S", gasrAmt="999"))
    return await s.levy(gurTypecd="1", gurModecd="2", gasrNo=held["business_no"])


async def unpaid(s: Scene) -> bytes:
    no = await s.w.new_levy("1000.00")
    await s.api.approved(await s.w.confirmation(no))
    return s.refund(no)


async def beyond_quota(s: Scene) -> bytes:
    held = await s.letter()
    return s.refund(
        await s.paid(gurTypecd="1", gurModecd="2", gasrNo=held["business_no"]), "1000.01"
    )


async def answered_unseen(s: Scene) -> bytes:
    number = await s.statement()
    s.at_customs(f"UPDATE c_statements SET status = 'agreed' WHERE stmt_no = '{number}'")
    return grt161("Z1", 1, stmtNo=number, stmtVersion="1")


async def approved_unseen(s: Scene) -> bytes:
    """The e-port lost the approval (its store was put back to an earlier day) and files the same
    again."""
    held = await s.cash()
    s.pair.gateway.store.write_here(
        lambda c: c.execute(
            text(f"UPDATE declarations SET status = 'returned' WHERE seq_no = {held['seq_no']}")
        )
    )
    return s.set_up(**CASH).replace(
        b"<GrtMessage>", f"<GrtMessage><SeqNo>{held['seq_no']}</SeqNo>".encode()
    )


def confirmed(**fields: str) -> Build:
    return lambda s: s.levy(**fields)


LETTER = {"gurModecd": "2", "ltguaNo": "LG-L", "ltguaValidDate": LATER}
CASES: dict[str, tuple[str, Build]] = {
    "X.02": ("未获企业 1105910159 委托", plain(lambda s: s.set_up(operator="1105980001"))),
    "X.04": ("名称与备案不符", renamed),
    "X.08": ("数据已过期", approved_unseen),
    "S101.01": ("申报类型应为 1 设立或 2 变更", plain(lambda s: s.set_up(dclTypecd="3"))),
    "S101.02": ("担保方式应为保金或保函", plain(lambda s: s.set_up(gurModecd="3"))),
    "S101.03": ("变更次数应为 0", plain(lambda s: s.set_up(chgTmsCnt="1"))),
    "S101.04": ("不是企业主管海关", plain(lambda s: s.set_up(masterCuscd="2200"))),
    "S101.07": ("金额应大于 0", plain(lambda s: s.set_up(gasrAmt="0"))),
    "S101.08": ("保函编号必填", plain(lambda s: s.set_up(ltguaNo=""))),
    "S101.09": ("晚于今天", plain(lambda s: s.set_up(ltguaValidDate="2026-11-23 00:00:00"))),
    "S101.10": ("缴款单位名称必填", plain(lambda s: s.set_up(pmnEtpsNm="", pmnEtpsno=""))),
    "S101.11": ("支付方式必填", plain(lambda s: s.set_up(**CASH | {"paymnModecd": ""}))),
    "S101.12": ("开户银行必填", plain(lambda s: s.set_up(**CASH | {"pmnEtpsOpaccBankNm": ""}))),
    "S101.13": ("银行账号必填", plain(lambda s: s.set_up(**CASH | {"pmnEtpsBankAcctnum": "12"}))),
    "S101.15": (
        "缴款单位必填",
        plain(lambda s: s.set_up(**CASH | {"pmnEtpsNm": "", "pmnEtpsno": ""})),
    ),
    "S101.16": ("未备案或名称不符", plain(lambda s: s.set_up(pmnEtpsNm="别的公司"))),
    "S101.18": ("已用于", used_letter),
    "S101.19": ("只能提供保证金", barred),
    "S101.20": ("金额较大, 转人工", plain(lambda s: s.set_up(gasrAmt="10000000"))),
    "C101.01": ("不存在", lambda s: _changed(s, gasrNo=NOBODY)),
    "C101.02": ("保证金的不能变更", lambda s: _changed_cash(s)),
    "C101.03": ("总担保已结案", closed_unseen),
    "C101.04": ("变更次数应为 1", lambda s: _changed(s, chgTmsCnt="2")),
    "C101.05": ("不能变更: 原值", lambda s: _changed(s, etpsConcErName="某人")),
    "C101.07": ("低于已用额度", used_by_levy),
    "C101.08": ("保函有效期不足", lambda s: _changed(s, ltguaValidDate="2026-11-23 00:00:00")),
    "C101.09": ("已用于", letter_of_another),
    "F111.01": ("不存在", confirmed(dpstLevyBlNo="ZS0100202699999")),
    "F111.02": ("征收单已变更", issued_anew_unseen),
    "F111.03": ("征收单已处理, 状态“已撤销”", taken_back_unseen),
    "F111.04": ("不能修改: 应为", confirmed(levyBlAmt="999.00")),
    "F111.05a": ("担保类型必填", confirmed(gurTypecd="")),
    "F111.05b": ("担保方式必填", confirmed(gurModecd="")),
    "F111.05c": ("支付方式必填", confirmed(paymnModecd="")),
    "F111.05d": ("企业联系人姓名必填", confirmed(etpsConcErName="")),
    "F111.05e": ("企业联系人电话必填", confirmed(etpsConcErTelnum="")),
    "F111.05f": ("缴款单位名称必填", confirmed(pmnEtpsNm="", pmnEtpsno="")),
    "F111.05g": ("缴款单位开户银行必填", confirmed(pmnEtpsOpaccBankNm="")),
    "F111.05h": ("缴款单位银行账号必填", confirmed(pmnEtpsBankAcctnum="")),
    "F111.06": ("总担保编号必填", confirmed(gurTypecd="1", gasrNo="")),
    "F111.07": ("单笔担保不填总担保编号", confirmed(gasrNo=NOBODY)),
    "F111.08": ("保函编号必填", confirmed(**LETTER | {"ltguaNo": ""})),
    "F111.09": ("无效或不属于本企业", confirmed(gurTypecd="1", gurModecd="2", gasrNo=NOBODY)),
    "F111.10": ("可用额度 999.00 元, 本单需 1000.00 元", too_much),
    "F111.11": ("担保方式或关区与总担保不一致", lambda s: _other_mode(s)),
    "F111.12": ("已用于", letter_twice),
    "R121.02": ("不存在或未审批通过", plain(lambda s: s.refund(NOBODY))),
    "R121.03": ("退还结转类型错误", lambda s: _of_paid(s, rtnbkCrdwTypecd="3")),
    "R121.04": ("金额格式错误", lambda s: _of_paid(s, rtnbkCrdwAmt="0")),
    "R121.07": ("可退 1000.00 元", lambda s: _of_paid(s, rtnbkCrdwAmt="1000.01")),
    "R121.08": ("单票保函不办理退还", lambda s: _of_letter(s)),
    "R121.09": ("征收单未缴款", unpaid),
    "R121.10": ("总担保可退", lambda s: _of_guarantee(s, cash=True)),
    "R121.11": ("总担保保函请办理变更", lambda s: _of_guarantee(s, cash=False)),
    "R121.12": ("可释放 1000.00 元", beyond_quota),
    "R121.13": (
        "征收单不存在",
        lambda s: _of_paid(
            s, rtnbkCrdwTypecd="2", targets=[target_row(gurNo="ZS0100202699999", crdwAmt="10.00")]
        ),
    ),
    "R121.14": (
        "结转必须填写一个转入征收单",
        lambda s: _of_paid(s, rtnbkCrdwTypecd="2", targets=[]),
    ),
    "R121.15": ("业务 C010016A0471 未结案", lambda s: _of_paid(s)),
    "M151.02": (
        "企业名称以海关备案为准",
        plain(lambda s: grt151("W1", 1, assuredEtpsNm="别的公司")),
    ),
    "M151.05": (
        "未备案",
        plain(lambda s: grt151("W1", 1, accounts=[account_row(pmnEtpsno="9999999999")])),
    ),
    "A161.01": ("不存在或已更新为", plain(lambda s: grt161("Z1", 1, stmtNo="DZ0100202699999"))),
    "A161.02": ("对账单已确认", answered_unseen),
    "A161.04": ("差异 1 无对应明细", lambda s: _differs(s)),
}
SETTINGS: dict[str, dict[str, Any]] = {"R121.15": {"refund_after_close": True}}


async def _changed(s: Scene, **fields: str) -> bytes:
    return s.change(await s.letter(), **fields)


async def _changed_cash(s: Scene) -> bytes:
    return s.change(await s.cash())


async def _other_mode(s: Scene) -> bytes:
    return await s.levy(gurTypecd="1", gurModecd="1", gasrNo=(await s.letter())["business_no"])


async def _of_paid(s: Scene, **fields: Any) -> bytes:
    return s.refund(await s.paid(), **fields)


async def _of_letter(s: Scene) -> bytes:
    return s.refund(await s.paid(**LETTER))


async def _of_guarantee(s: Scene, *, cash: bool) -> bytes:
    held = await (s.cash() if cash else s.letter())
    return s.refund(held["business_no"], "99999999", gurTypecd="1")


async def _differs(s: Scene) -> bytes:
    return grt161(
        "Z1",
        1,
        stmtNo=await s.statement(),
        stmtVersion="1",
        differences=[difference_row(mvmtNo="MV999999999999", missMarkcd="0")],
    )


@pytest.fixture
async def scene(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    bare = tuple(
        dataclasses.replace(h, rules=(), held_rules=()) if isinstance(h, SubmissionHandler) else h
        for h in registered()
    )
    lists = tmp_path / "codelists"
    shutil.copytree(str(importlib.resources.files("schemas") / "codelists"), lists)
    for name in (
        "dcl_type",
        "gur_mode",
        "refund_kind",
    ):  # another edition of three lists, with a code that customs does not have
        with (lists / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write("3,其他,other,,,ours\n")
    monkeypatch.setattr(gateway.bootstrap, "CodeLists", lambda **_: CodeLists(lists))
    monkeypatch.setattr(gateway.bootstrap, "registered", lambda: bare)
    monkeypatch.setattr(gateway.checks.standard, "registered", lambda: bare)
    async with (
        pair_at(tmp_path / "home", **SETTINGS.get(request.param, {})) as pair,
        client(pair.ready) as api,
    ):
        yield Scene(pair, World(api))


@pytest.mark.parametrize(
    ("scene", "rule"), [(rule, rule) for rule in CASES], indirect=["scene"], ids=list(CASES)
)
@pytest.mark.slow
async def test_what_an_older_e_port_lets_through_customs_sends_back_with_its_reason(
    scene: Scene, rule: str
) -> None:
    says, build = CASES[rule]
    taken = await scene.api.taken(await build(scene))
    found = await scene.api.until(taken["seq_no"], "refused", "returned", "review")
    where = {
        r.where.value
        for row in procedures().values()
        for _, table in row.tables()
        for r in table
        if r.id == rule
    }
    assert {"refused": "Z", "returned": "3", "review": "2"}[found["status"]] in where
    notes = [
        note
        for r in await scene.api.receipts()
        if r["seq_no"] == found["seq_no"]
        for note in r["notes"]
    ]
    assert any(says in note for note in notes), notes
    assert all(re.search("[\u4e00-\u9fff]", note) and len(note) <= 255 for note in notes), notes


def test_no_rule_of_customs_is_forgotten() -> None:
    assert set(CASES) == {
        rule.id for row in procedures().values() for _, table in row.tables() for rule in table
    }
