"""Customs' review rules of 变更, 确认, 退转, 信息维护 and 对账: each with a filing that breaks it,
and sound filings that keep all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from customs_sim.cases.settings import ReviewSettings
from customs_sim.rules.grt.grt101_change import CHANGE, FIXED
from customs_sim.rules.grt.grt111_rules import AMOUNTS, CONFIRMATION, LOCKED, SECURED
from customs_sim.rules.grt.grt121_rules import REFUND as REFUND_RULES
from customs_sim.rules.grt.grt151 import RECORD as RECORD_RULES
from customs_sim.rules.grt.grt161 import ANSWER as ANSWER_RULES
from customs_sim.rules.procedure import procedure_of, procedures
from customs_sim.rules.register import HeldGuarantee, HeldLevy, HeldStatement
from customs_sim.rules.review import review
from customs_sim.rules.rule import RegisterView, Rule, Where
from customs_sim.wire.filing import Filing
from customs_sim.wire.parties import Enterprise
from schemas.codes import CodeLists
from tests.customs_factories import (
    ACCOUNT,
    ANSWER,
    BY_LETTER,
    CASH,
    IN_CASH,
    LETTER,
    LEVY,
    RECORD,
    REFUND,
    carry_in,
    filing_of,
    rows_of,
)

TODAY = date(2026, 11, 23)
E1 = Enterprise(
    code="1105910159",
    name="北京某某保税科技有限公司",
    credit_code="91110000802100433B",
    customs="0100",
    dxp_id="D1",
)
E2 = Enterprise(
    code="3105960AAA",
    name="上海某某国际物流有限公司",
    credit_code="91310115MA1K3QW838",
    customs="2200",
    dxp_id="D2",
)
CODES = CodeLists()
SEQ = "202600000000000001"
AGENT = "1105980001"
G, CASH_G, FOREIGN_G = "ZB0100202600002", "ZB0100202600001", "ZB2200202600009"
L, PAID_L, LETTER_L, QUOTA_L, TARGET_L, FOREIGN_L = (f"ZS0100202600{n:03d}" for n in range(1, 7))
D = Decimal

REGISTER = LETTER | {"gasrNo": G}
LETTER_GUARANTEE = HeldGuarantee(
    no=G,
    enterprise=E1.code,
    customs="0100",
    mode="2",
    letter_no="LG-001",
    valid_until=date(2027, 11, 22),
    limit=D(300000),
    used=D("30000.75"),
    cover_until=date(2027, 6, 30),
    fields=REGISTER,
)
CASH_GUARANTEE = HeldGuarantee(
    no=CASH_G,
    enterprise=E1.code,
    customs="0100",
    mode="1",
    limit=D(500000),
    used=D("100.25"),
    returned=D(1000),
    fields=CASH | {"gasrNo": CASH_G},
)
OPEN_LEVY = HeldLevy(
    no=L, enterprise=E1.code, customs="0100", due=D("120000.50"), open=D("120000.50"), fields=LEVY
)
PAID_LEVY = HeldLevy(
    no=PAID_L,
    enterprise=E1.code,
    customs="0100",
    gur_type="2",
    mode="1",
    status="2",
    confirmed=True,
    biz_no="C010016A0471",
    due=D("70000.50"),
    cash=D("70000.50"),
    fields=LEVY,
)
LETTER_LEVY = replace(PAID_LEVY, no=LETTER_L, mode="2", cash=D(0), paper=D("70000.50"))
QUOTA_LEVY = replace(
    PAID_LEVY,
    no=QUOTA_L,
    gur_type="1",
    mode="2",
    gasr_no=G,
    status="3",
    cash=D(0),
    quota=D("30000.75"),
    due=D("30000.75"),
)
TARGET_LEVY = replace(
    PAID_LEVY, no=TARGET_L, status="1", cash=D(0), open=D("60000.00"), due=D("60000.00")
)
FOREIGN_LEVY = replace(TARGET_LEVY, no=FOREIGN_L, enterprise=E2.code)
STATEMENT = HeldStatement(
    no="DZ0100202600001",
    enterprise=E1.code,
    version=1,
    answered=False,
    movements=frozenset({"MV000000000001"}),
)


def view(**changes: Any) -> RegisterView:
    guarantees = {
        g.no: g
        for g in (
            LETTER_GUARANTEE,
            CASH_GUARANTEE,
            replace(CASH_GUARANTEE, no=FOREIGN_G, enterprise=E2.code),
        )
    }
    levies = {
        v.no: v for v in (OPEN_LEVY, PAID_LEVY, LETTER_LEVY, QUOTA_LEVY, TARGET_LEVY, FOREIGN_LEVY)
    }
    guarantees |= {g.no: g for g in changes.pop("guarantees", ())}
    levies |= {v.no: v for v in changes.pop("levies", ())}
    return RegisterView(
        **{
            "enterprises": {E1.code: E1, E2.code: E2},
            "letters": {"LG-001": G},
            "generations": {},
            "codes": CODES,
            "guarantees": guarantees,
            "levies": levies,
            "statements": {STATEMENT.no: STATEMENT},
        }
        | changes
    )


def change(**fields: str) -> Filing:
    return filing_of(REGISTER | {"dclTypecd": "2", "chgTmsCnt": "1", "gasrAmt": "450000"} | fields)


def cash_change() -> Filing:
    return filing_of(CASH | {"dclTypecd": "2", "chgTmsCnt": "1", "gasrNo": CASH_G})


def confirmation(how: dict[str, str] = IN_CASH, **fields: str) -> Filing:
    return filing_of(LEVY | how | fields, message_type="GRT111")


ON_QUOTA = IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": G}


def refund(number: str = PAID_L, rows: str = "", **fields: str) -> Filing:
    return filing_of(REFUND | {"gurNo": number} | fields, message_type="GRT121", rows=rows)


def carry(
    source: str = PAID_L, target: str = TARGET_L, amount: str = "60000.00", **fields: str
) -> Filing:
    return refund(
        source, carry_in(target, amount), rtnbkCrdwTypecd="2", rtnbkCrdwAmt=amount, **fields
    )


def record(rows: str = "", **fields: str) -> Filing:
    return filing_of(RECORD | fields, message_type="GRT151", rows=rows)


def answer(rows: str = "", **fields: str) -> Filing:
    return filing_of(ANSWER | fields, message_type="GRT161", rows=rows)


def by(other: Filing, operator: str) -> Filing:
    return msgspec.structs.replace(other, operator=operator)


DIFFERENCE = {
    "seqno": "1",
    "mvmtNo": "MV000000000001",
    "missMarkcd": "0",
    "stmtAmt": "1.00",
    "etpsAmt": "2.00",
    "diffRsnDesc": "",
}
USUAL, WIDE = ReviewSettings(), ReviewSettings(letter_cover_days=30)

BREAKING: list[tuple[str, str, Filing, RegisterView, ReviewSettings, str]] = [
    # id, what, filing, register, settings, how the first note begins
    (
        "X.02",
        "an operator without authority",
        by(change(), AGENT),
        view(),
        USUAL,
        "操作员所属单位 1105980001 未获企业 1105910159 委托",
    ),
    (
        "X.04",
        "an enterprise that is not registered",
        change(),
        view(enterprises={}),
        USUAL,
        "被担保单位 1105910159 未在海关备案",
    ),
    (
        "X.04",
        "another name",
        confirmation(assuredEtpsNm="别的公司"),
        view(),
        USUAL,
        "被担保单位名称与备案不符: 别的公司, 备案为 北京",
    ),
    (
        "X.04",
        "another credit code",
        answer(assuredEtpsSccd=E2.credit_code),
        view(),
        USUAL,
        "被担保单位统一社会信用代码与备案不符",
    ),
    (
        "X.04",
        "a refund under another name",
        refund(assuredEtpsNm="别的公司"),
        view(),
        USUAL,
        "被担保单位名称与备案不符",
    ),
    (
        "X.08",
        "a refund that was approved",
        refund(),
        view(generations={(E1.code, SEQ): 0}),
        USUAL,
        "数据已过期",
    ),
    # 变更
    (
        "C101.01",
        "an unknown guarantee",
        change(gasrNo="ZB0100202699999"),
        view(),
        USUAL,
        "总担保 ZB0100202699999 不存在",
    ),
    (
        "C101.01",
        "a guarantee of somebody else",
        change(gasrNo=FOREIGN_G),
        view(),
        USUAL,
        f"总担保 {FOREIGN_G} 不存在",
    ),
    (
        "C101.03",
        "a closed guarantee",
        change(),
        view(guarantees=[replace(LETTER_GUARANTEE, status="3")]),
        USUAL,
        "总担保已结案",
    ),
    ("C101.04", "a count that was used", change(chgTmsCnt="0"), view(), USUAL, "变更次数应为 1"),
    ("C101.04", "a count beyond the next", change(chgTmsCnt="2"), view(), USUAL, "变更次数应为 1"),
    ("C101.02", "a cash guarantee", cash_change(), view(), USUAL, "总担保为保证金的不能变更"),
    *(
        (
            "C101.05",
            f"another {field}",
            change(**{field: other}),
            view(),
            USUAL,
            f"{FIXED[field]} 不能变更: 原值 ",
        )
        for field, other in (
            ("masterCuscd", "0101"),
            ("pmnEtpsSccd", E2.credit_code),
            ("pmnEtpsno", ""),
            ("pmnEtpsNm", "某银行"),
            ("pmnEtpsOpaccBankNm", "某银行"),
            ("pmnEtpsBankAcctnum", "1234567"),
            ("gurModecd", "1"),
            ("paymnModecd", "1"),
            ("etpsConcErName", "某人"),
            ("etpsConcErTelnum", "1"),
        )
    ),
    (
        "S101.07",
        "an amount of nothing",
        change(gasrAmt="0"),
        view(guarantees=[replace(LETTER_GUARANTEE, used=D(0))]),
        USUAL,
        "总担保金额应大于 0",
    ),
    (
        "C101.07",
        "less than is used",
        change(gasrAmt="30000"),
        view(),
        USUAL,
        "金额 30000 低于已用额度 30000.75",
    ),
    (
        "C101.08",
        "a letter that expires today",
        change(ltguaValidDate="2026-11-23 00:00:00"),
        view(guarantees=[replace(LETTER_GUARANTEE, cover_until=None)]),
        USUAL,
        "保函有效期不足, 至少到 2026-11-24",
    ),
    (
        "C101.08",
        "shorter than what it secures",
        change(ltguaValidDate="2027-06-29 00:00:00"),
        view(),
        USUAL,
        "保函有效期不足, 至少到 2027-06-30",
    ),
    (
        "C101.08",
        "shorter than that and the days of cover",
        change(ltguaValidDate="2027-07-29 00:00:00"),
        view(),
        WIDE,
        "保函有效期不足, 至少到 2027-07-30",
    ),
    ("S101.08", "no letter", change(ltguaNo=""), view(), USUAL, "保函编号必填"),
    (
        "C101.09",
        "a letter of another guarantee",
        change(ltguaNo="LG-2"),
        view(letters={"LG-2": CASH_G}),
        USUAL,
        f"保函 LG-2 已用于 {CASH_G}",
    ),
    (
        "C101.09",
        "a letter of another enterprise",
        change(ltguaNo="LG-2"),
        view(letters={"LG-2": FOREIGN_G}, letter_owners={"LG-2": E2.code}),
        USUAL,
        "保函 LG-2 已用于 其他担保",
    ),
    # 确认
    (
        "F111.01",
        "an unknown levy",
        confirmation(dpstLevyBlNo="ZS0100202699999"),
        view(),
        USUAL,
        "征收单 ZS0100202699999 不存在",
    ),
    (
        "F111.01",
        "a levy of somebody else",
        confirmation(dpstLevyBlNo=FOREIGN_L),
        view(),
        USUAL,
        f"征收单 {FOREIGN_L} 不存在",
    ),
    (
        "F111.02",
        "an old generation",
        confirmation(),
        view(levies=[replace(OPEN_LEVY, change_no=1)]),
        USUAL,
        "征收单已变更, 请按最新数据确认",
    ),
    (
        "F111.03",
        "a levy that is confirmed",
        confirmation(),
        view(levies=[replace(OPEN_LEVY, confirmed=True)]),
        USUAL,
        "征收单已处理, 状态“已确认”",
    ),
    (
        "F111.03",
        "a levy that was taken back",
        confirmation(),
        view(levies=[replace(OPEN_LEVY, taken_back=True)]),
        USUAL,
        "征收单已处理, 状态“已撤销”",
    ),
    *(
        (
            "F111.04",
            f"another {field}",
            confirmation(**{field: other}),
            view(),
            USUAL,
            f"{(LOCKED | AMOUNTS)[field]} 不能修改: 应为 ",
        )
        for field, other in (
            ("masterCuscd", "0101"),
            ("oriactNo", "C010016A9999"),
            ("oriactValidDate", "2030-01-01 00:00:00"),
            ("mkclUnitNm", "我"),
            ("mkclUnitOpaccBankNm", "我"),
            ("mkclUnitBankAcctnum", "1"),
            ("bizTypecd", "3"),
            ("bizBlsNo", "N"),
            ("levyBlStucd", "2"),
            ("levyBlGenrtDate", ""),
            ("dpstPmnDeadline", "2030-01-01 00:00:00"),
            ("dpstPmnChkinTime", "2030-01-01 00:00:00"),
            ("dataSrccd", "1"),
            ("levyBlAmt", "120000.51"),
            ("actlvyAmt", "1"),
            ("alrdyCrdwAmt", "1"),
            ("alrdyRtnbkAmt", "1"),
        )
    ),
    *(
        (
            "F111.04",
            f"another {field} for the rest",
            confirmation(ON_QUOTA),
            view(levies=[replace(OPEN_LEVY, cash=D(1), fields=LEVY | held)]),
            USUAL,
            f"{SECURED[field]} 不能修改: 应为 ",
        )
        for field, held in (
            ("gurTypecd", {"gurTypecd": "2", "gurModecd": "2", "gasrNo": G}),
            ("gurModecd", {"gurTypecd": "1", "gurModecd": "1", "gasrNo": G}),
            ("gasrNo", {"gurTypecd": "1", "gurModecd": "2", "gasrNo": "ZB0100202600003"}),
        )
    ),
    ("F111.05a", "no type", confirmation(gurTypecd=""), view(), USUAL, "担保类型必填"),
    ("F111.05a", "a third type", confirmation(gurTypecd="3"), view(), USUAL, "担保类型必填"),
    ("F111.05b", "no mode", confirmation(gurModecd=""), view(), USUAL, "担保方式必填"),
    (
        "F111.05c",
        "no way of payment",
        confirmation(BY_LETTER, paymnModecd=""),
        view(),
        USUAL,
        "支付方式必填",
    ),
    (
        "F111.05d",
        "no contact",
        confirmation(etpsConcErName=""),
        view(),
        USUAL,
        "企业联系人姓名必填",
    ),
    (
        "F111.05e",
        "no telephone",
        confirmation(etpsConcErTelnum=""),
        view(),
        USUAL,
        "企业联系人电话必填",
    ),
    (
        "F111.05f",
        "no payer",
        confirmation(pmnEtpsNm="", pmnEtpsno=""),
        view(),
        USUAL,
        "缴款单位名称必填",
    ),
    (
        "F111.05g",
        "no bank",
        confirmation(ON_QUOTA, pmnEtpsOpaccBankNm=""),
        view(),
        USUAL,
        "缴款单位开户银行必填",
    ),
    (
        "F111.05h",
        "no account",
        confirmation(pmnEtpsBankAcctnum=""),
        view(),
        USUAL,
        "缴款单位银行账号必填",
    ),
    (
        "F111.06",
        "no guarantee number",
        confirmation(ON_QUOTA, gasrNo=""),
        view(),
        USUAL,
        "担保类型为总担保时总担保编号必填",
    ),
    (
        "F111.06",
        "a letter beside a guarantee",
        confirmation(ON_QUOTA, ltguaNo="LG-9"),
        view(),
        USUAL,
        "担保类型为总担保时不填保函编号",
    ),
    (
        "F111.07",
        "a guarantee beside cash",
        confirmation(gasrNo=G),
        view(),
        USUAL,
        "单笔担保不填总担保编号",
    ),
    ("F111.08", "no letter", confirmation(BY_LETTER, ltguaNo=""), view(), USUAL, "保函编号必填"),
    (
        "F111.08",
        "a letter that expires today",
        confirmation(BY_LETTER, ltguaValidDate="2026-11-23 00:00:00"),
        view(),
        USUAL,
        "保函编号、有效期必填; 有效期应不早于 2026-11-24",
    ),
    (
        "F111.08",
        "a letter shorter than the book",
        confirmation(BY_LETTER, oriactValidDate="2028-01-01 00:00:00"),
        view(levies=[replace(OPEN_LEVY, fields=LEVY | {"oriactValidDate": "2028-01-01 00:00:00"})]),
        USUAL,
        "保函编号、有效期必填; 有效期应不早于 2028-01-01",
    ),
    (
        "F111.08",
        "two validities",
        confirmation(BY_LETTER, gurValidDate="2027-01-01 00:00:00"),
        view(),
        USUAL,
        "担保有效期应为空或等于保函有效期",
    ),
    (
        "F111.09",
        "an unknown guarantee",
        confirmation(ON_QUOTA, gasrNo="ZB0100202699999"),
        view(),
        USUAL,
        "总担保 ZB0100202699999 无效或不属于本企业",
    ),
    (
        "F111.09",
        "a guarantee of somebody else",
        confirmation(ON_QUOTA, gasrNo=FOREIGN_G),
        view(),
        USUAL,
        f"总担保 {FOREIGN_G} 无效或不属于本企业",
    ),
    (
        "F111.09",
        "an expired guarantee",
        confirmation(ON_QUOTA),
        view(guarantees=[replace(LETTER_GUARANTEE, status="2")]),
        USUAL,
        f"总担保 {G} 无效或不属于本企业",
    ),
    (
        "F111.09",
        "a letter that ran out yesterday",
        confirmation(ON_QUOTA),
        view(guarantees=[replace(LETTER_GUARANTEE, valid_until=date(2026, 11, 22))]),
        USUAL,
        f"总担保 {G} 无效或不属于本企业",
    ),
    (
        "F111.10",
        "one 分 too little",
        confirmation(ON_QUOTA),
        view(guarantees=[replace(LETTER_GUARANTEE, limit=D("150001.24"))]),
        USUAL,
        "可用额度 120000.49 元, 本单需 120000.50 元",
    ),
    (
        "F111.11",
        "another mode than the guarantee's",
        confirmation(ON_QUOTA, gasrNo=CASH_G),
        view(),
        USUAL,
        "担保方式或关区与总担保不一致",
    ),
    (
        "F111.11",
        "a guarantee of another customs",
        confirmation(ON_QUOTA),
        view(guarantees=[replace(LETTER_GUARANTEE, customs="2200")]),
        USUAL,
        "担保方式或关区与总担保不一致",
    ),
    (
        "F111.12",
        "a letter in use",
        confirmation(BY_LETTER, ltguaNo="LG-001"),
        view(),
        USUAL,
        f"保函 LG-001 已用于 {G}",
    ),
    (
        "F111.12",
        "an unknown payer",
        confirmation(pmnEtpsno="1105919999"),
        view(),
        USUAL,
        "缴款单位 1105919999 未备案或名称不符",
    ),
    # 退还 / 结转
    (
        "R121.02",
        "an unknown number",
        refund("ZS0100202699999"),
        view(),
        USUAL,
        "ZS0100202699999 不存在或未审批通过",
    ),
    (
        "R121.02",
        "a levy of somebody else",
        refund(FOREIGN_L),
        view(),
        USUAL,
        f"{FOREIGN_L} 不存在或未审批通过",
    ),
    ("R121.02", "a levy that waits", refund(L), view(), USUAL, f"{L} 不存在或未审批通过"),
    (
        "R121.02",
        "a guarantee called a levy",
        refund(CASH_G),
        view(),
        USUAL,
        f"{CASH_G} 不存在或未审批通过",
    ),
    ("R121.03", "a third kind", refund(rtnbkCrdwTypecd="3"), view(), USUAL, "退还结转类型错误"),
    ("R121.04", "nothing", refund(rtnbkCrdwAmt="0"), view(), USUAL, "金额格式错误: 0"),
    (
        "R121.04",
        "parts of a 分",
        refund(rtnbkCrdwAmt="1.005"),
        view(),
        USUAL,
        "金额格式错误: 1.005",
    ),
    (
        "R121.14",
        "a carry-over to nowhere",
        refund(rtnbkCrdwTypecd="2"),
        view(),
        USUAL,
        "结转必须填写一个转入征收单",
    ),
    (
        "R121.14",
        "a refund with a target",
        refund(rows=carry_in(TARGET_L, "50000.00")),
        view(),
        USUAL,
        "结转必须填写一个转入征收单",
    ),
    (
        "R121.14",
        "two amounts",
        refund(rows=carry_in(TARGET_L, "1"), rtnbkCrdwTypecd="2"),
        view(),
        USUAL,
        "结转必须填写一个转入征收单",
    ),
    ("R121.08", "a single letter", refund(LETTER_L), view(), USUAL, "单票保函不办理退还"),
    (
        "R121.11",
        "a guarantee by letter",
        refund(G, gurTypecd="1"),
        view(),
        USUAL,
        "总担保保函请办理变更",
    ),
    (
        "R121.09",
        "a levy that is not paid",
        refund(TARGET_L, rtnbkCrdwAmt="1"),
        view(levies=[replace(TARGET_LEVY, cash=D(1))]),
        USUAL,
        "征收单未缴款",
    ),
    (
        "R121.07",
        "one 分 too much",
        refund(rtnbkCrdwAmt="70000.51"),
        view(),
        USUAL,
        "申请 70000.51 元, 可退 70000.50 元",
    ),
    (
        "R121.10",
        "more than a guarantee has left",
        refund(CASH_G, gurTypecd="1", rtnbkCrdwAmt="498900"),
        view(),
        USUAL,
        "总担保可退 498899.75 元",
    ),
    (
        "R121.10",
        "parts of a 元",
        refund(CASH_G, gurTypecd="1", rtnbkCrdwAmt="1.50"),
        view(),
        USUAL,
        "总担保可退 498899.75 元",
    ),
    (
        "R121.12",
        "more than the levy occupies",
        refund(QUOTA_L, rtnbkCrdwAmt="30000.76"),
        view(),
        USUAL,
        "申请 30000.76 元, 可释放 30000.75 元",
    ),
    (
        "R121.13",
        "a carry-over of a guarantee",
        carry(CASH_G, gurTypecd="1", amount="1"),
        view(),
        USUAL,
        f"转入征收单 {TARGET_L} 不符合条件: 只能从征收单结转",
    ),
    (
        "R121.13",
        "a carry-over of quota",
        carry(QUOTA_L, amount="1"),
        view(),
        USUAL,
        f"转入征收单 {TARGET_L} 不符合条件: 转出征收单不是单笔保证金",
    ),
    (
        "R121.13",
        "an unknown target",
        carry(target="ZS0100202699999"),
        view(),
        USUAL,
        "转入征收单 ZS0100202699999 不符合条件: 征收单不存在",
    ),
    (
        "R121.13",
        "a target of somebody else",
        carry(target=FOREIGN_L),
        view(),
        USUAL,
        f"转入征收单 {FOREIGN_L} 不符合条件: 征收单不存在",
    ),
    (
        "R121.13",
        "itself",
        carry(target=PAID_L),
        view(),
        USUAL,
        f"转入征收单 {PAID_L} 不符合条件: 与转出征收单相同",
    ),
    (
        "R121.13",
        "a target that waits",
        carry(target=L),
        view(),
        USUAL,
        f"转入征收单 {L} 不符合条件: 未审批通过",
    ),
    (
        "R121.13",
        "a closed target",
        carry(),
        view(levies=[replace(TARGET_LEVY, closed=True)]),
        USUAL,
        f"转入征收单 {TARGET_L} 不符合条件: 已结案",
    ),
    (
        "R121.13",
        "a target by letter",
        carry(target=LETTER_L),
        view(),
        USUAL,
        f"转入征收单 {LETTER_L} 不符合条件: 不是单笔保证金",
    ),
    (
        "R121.13",
        "more than the target wants",
        carry(amount="60000.01"),
        view(),
        USUAL,
        f"转入征收单 {TARGET_L} 不符合条件: 未缴 60000.00 元, 少于 60000.01 元",
    ),
    (
        "R121.15",
        "a step that is open",
        refund(),
        view(),
        ReviewSettings(refund_after_close=True),
        "业务 C010016A0471 未结案",
    ),
    # 信息维护, 对账
    (
        "M151.02",
        "another name",
        record(assuredEtpsNm="别的公司"),
        view(),
        USUAL,
        "企业名称以海关备案为准",
    ),
    (
        "M151.02",
        "another credit code",
        record(assuredEtpsSccd=E2.credit_code),
        view(),
        USUAL,
        "企业统一社会信用代码以海关备案为准",
    ),
    (
        "M151.05",
        "an unknown payer",
        record(rows_of("GrtEtpsAcctDt", ACCOUNT | {"pmnEtpsno": "1105919999"})),
        view(),
        USUAL,
        "缴款单位 1105919999 北京某某保税科技有限公司 未备案",
    ),
    (
        "A161.01",
        "an unknown statement",
        answer(stmtNo="DZ0100202699999"),
        view(),
        USUAL,
        "对账单 DZ0100202699999 不存在或已更新为",
    ),
    (
        "A161.01",
        "a statement of somebody else",
        answer(),
        view(statements={STATEMENT.no: replace(STATEMENT, enterprise=E2.code)}),
        USUAL,
        "对账单 DZ0100202600001 不存在",
    ),
    (
        "A161.01",
        "a version that was replaced",
        answer(),
        view(statements={STATEMENT.no: replace(STATEMENT, version=2)}),
        USUAL,
        "对账单 DZ0100202600001 版本 1 不存在或已更新为 DZ0100202600001 版本 2",
    ),
    (
        "A161.02",
        "an answered statement",
        answer(),
        view(statements={STATEMENT.no: replace(STATEMENT, answered=True)}),
        USUAL,
        "对账单已确认",
    ),
    (
        "A161.04",
        "a difference without a line",
        answer(
            rows_of("GrtReconDiffDt", DIFFERENCE, DIFFERENCE | {"mvmtNo": "MV2"}), reconRsltcd="2"
        ),
        view(),
        USUAL,
        "差异 2 无对应明细",
    ),
]

KEEPING: list[tuple[str, Filing, RegisterView, ReviewSettings]] = [
    (
        "a change of amount, letter and validity",
        change(ltguaNo="LG-001A", ltguaValidDate="2028-11-22 00:00:00"),
        view(),
        USUAL,
    ),
    ("a change of the amount alone", change(), view(), USUAL),
    (
        "a change that customs' own elements do not match",
        change(usedGasrAmt="7", avalGasrAmt="1", mkclUnitNm="x", version="99"),
        view(),
        USUAL,
    ),
    (
        "an expired letter that is extended",
        change(),
        view(guarantees=[replace(LETTER_GUARANTEE, status="2")]),
        USUAL,
    ),
    ("a change down to what is used", change(gasrAmt="30001"), view(), USUAL),
    ("a letter as long as the cover", change(ltguaValidDate="2027-07-30 00:00:00"), view(), WIDE),
    (
        "a change by an authorised agent",
        by(change(), AGENT),
        view(enterprises={E1.code: replace(E1, agents=frozenset({AGENT}))}),
        USUAL,
    ),
    ("cash", confirmation(), view(), USUAL),
    ("a letter", confirmation(BY_LETTER), view(), USUAL),
    ("quota", confirmation(ON_QUOTA), view(), USUAL),
    (
        "quota to the last 分",
        confirmation(ON_QUOTA),
        view(guarantees=[replace(LETTER_GUARANTEE, limit=D("150001.25"))]),
        USUAL,
    ),
    ("amounts written otherwise", confirmation(levyBlAmt="120000.5", actlvyAmt="0"), view(), USUAL),
    (
        "a letter on its last day",
        confirmation(ON_QUOTA),
        view(guarantees=[replace(LETTER_GUARANTEE, valid_until=TODAY)]),
        USUAL,
    ),
    (
        "a bank as payer by name alone",
        confirmation(pmnEtpsno="", pmnEtpsNm="某银行"),
        view(),
        USUAL,
    ),
    ("all that is left", refund(rtnbkCrdwAmt="70000.50"), view(), USUAL),
    ("a refund without a name", refund(assuredEtpsNm=E1.name), view(), USUAL),
    ("a release", refund(QUOTA_L, rtnbkCrdwAmt="30000.75"), view(), USUAL),
    ("money of a guarantee", refund(CASH_G, gurTypecd="1", rtnbkCrdwAmt="498899"), view(), USUAL),
    ("a carry-over", carry(), view(), USUAL),
    (
        "a refund after the close",
        refund(),
        view(levies=[replace(PAID_LEVY, closed=True)]),
        ReviewSettings(refund_after_close=True),
    ),
    ("a record without accounts", record(), view(), USUAL),
    (
        "a record with a bank as payer",
        record(
            rows_of("GrtEtpsAcctDt", ACCOUNT, ACCOUNT | {"pmnEtpsno": "", "pmnEtpsNm": "某银行"})
        ),
        view(),
        USUAL,
    ),
    ("an agreement", answer(), view(), USUAL),
    (
        "a difference and a missing line",
        answer(
            rows_of("GrtReconDiffDt", DIFFERENCE, DIFFERENCE | {"mvmtNo": "", "missMarkcd": "1"}),
            reconRsltcd="2",
        ),
        view(),
        USUAL,
    ),
]


@pytest.mark.parametrize(
    ("rule", "what", "filing", "register", "settings", "note"),
    BREAKING,
    ids=[f"{c[0]} {c[1]}" for c in BREAKING],
)
def test_a_filing_that_breaks_a_rule_is_sent_back_with_a_note_a_person_understands(
    rule: str,
    what: str,
    filing: Filing,
    register: RegisterView,
    settings: ReviewSettings,
    note: str,
) -> None:
    found = review(filing, register, settings, TODAY)
    failure = next((f for f in found.failures if f.rule == rule and f.note.startswith(note)), None)
    assert failure, (found.rules, found.notes)
    assert found.outcome == next(
        r.where.value
        for r in procedure_of(filing.head.message_type).table(is_change=filing.is_change)
        if r.id == rule
    )
    assert len(failure.note) <= 255
    assert rule not in failure.note
    assert "{" not in failure.note + failure.text_en


@pytest.mark.parametrize(
    ("what", "filing", "register", "settings"), KEEPING, ids=[case[0] for case in KEEPING]
)
def test_a_sound_filing_is_approved(
    what: str, filing: Filing, register: RegisterView, settings: ReviewSettings
) -> None:
    found = review(filing, register, settings, TODAY)
    assert (found.outcome, found.notes) == ("1", ())


@pytest.mark.parametrize(
    "table",
    [CHANGE, CONFIRMATION, REFUND_RULES, RECORD_RULES, ANSWER_RULES],
    ids=["change", "confirmation", "refund", "record", "answer"],
)
def test_every_rule_has_a_case_that_breaks_it(table: tuple[Rule, ...]) -> None:
    broken = {case[0] for case in BREAKING}
    assert {rule.id for rule in table} <= broken


def test_only_the_two_of_the_manual_return_without_a_person() -> None:
    assert {
        rule.id
        for row in procedures().values()
        for _, table in row.tables()
        for rule in table
        if rule.auto
    } == {"R121.08", "R121.11"}


def test_a_note_tells_no_fact_about_another_enterprise() -> None:
    """R121.13, F111.09, C101.01: a foreign number is answered exactly as an unknown one."""
    for foreign, unknown in (
        (carry(target=FOREIGN_L), carry(target="ZS0100202699999")),
        (
            confirmation(ON_QUOTA, gasrNo=FOREIGN_G),
            confirmation(ON_QUOTA, gasrNo="ZS0100202699999"),
        ),
        (change(gasrNo=FOREIGN_G), change(gasrNo="ZS0100202699999")),
    ):
        one, two = (review(f, view(), ReviewSettings(), TODAY).notes for f in (foreign, unknown))
        assert [n.replace(FOREIGN_L, "N").replace(FOREIGN_G, "N") for n in one] == [
            n.replace("ZS0100202699999", "N") for n in two
        ]


def test_one_finding_for_each_element_that_a_change_may_not_touch() -> None:
    found = review(
        change(pmnEtpsNm="某银行", pmnEtpsno="", etpsConcErName="某人"),
        view(),
        ReviewSettings(),
        TODAY,
    )
    assert (found.outcome, found.rules, len(found.notes)) == ("3", "C101.05", 3)


def test_the_rules_of_a_set_up_do_not_fall_on_a_change() -> None:
    assert not any(rule.id.startswith(("S101.03", "S101.20")) for rule in CHANGE)
    assert Where.REVIEW not in {rule.where for rule in CHANGE}
