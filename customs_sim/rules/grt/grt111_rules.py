"""Customs' rules of GRT111 确认 (``docs/rules.md`` 2.4, 2.7) as a table. Pure."""

from __future__ import annotations

from customs_sim.rules.common import ALL, empty, filled, letter_used, one_of, payer
from customs_sim.rules.grt.grt111_conditions import (
    as_secured,
    current,
    echoed,
    enough,
    fits_guarantee,
    known,
    letter_covers,
    of_type,
    one_validity,
    same_amount,
    unconfirmed,
    usable,
)
from customs_sim.rules.rule import Condition, Rule, Where
from schemas.guarantee import COUNTER, ELECTRONIC, GENERAL, LETTER, SINGLE

LOCKED = {
    "masterCuscd": "主管关区",
    "oriactNo": "底账编号",
    "oriactValidDate": "底账有效期",
    "mkclUnitNm": "收款单位名称",
    "mkclUnitOpaccBankNm": "收款单位开户银行",
    "mkclUnitBankAcctnum": "收款单位账号",
    "bizTypecd": "业务环节代码",
    "bizBlsNo": "业务单证号",
    "levyBlStucd": "征收单状态",
    "levyBlGenrtDate": "征收单生成日期",
    "dpstPmnDeadline": "缴款期限",
    "dpstPmnChkinTime": "缴款登记时间",
    "dataSrccd": "数据来源",
}
"""Customs' elements that a confirmation must echo. Number and generation have rules of their own,
name and credit code are the registry's (X.04); the approval mark, version and time of update change
with every message and are not compared."""
AMOUNTS = {
    "levyBlAmt": "应征金额",
    "actlvyAmt": "实征金额",
    "alrdyCrdwAmt": "已结转金额",
    "alrdyRtnbkAmt": "已退还金额",
}
SECURED = {"gurTypecd": "担保类型", "gurModecd": "担保方式", "gasrNo": "总担保编号"}
"""Locked too once a part of the levy is secured: a levy raised afterwards is secured in the same
way."""


def _required(letter: str, field: str, label: str, condition: Condition | None = None) -> Rule:
    return Rule(
        id=f"F111.05{letter}",
        where=Where.RETURN,
        field=field,
        label=label,
        broken=condition or filled(field),
        source="M4",
        zh=label + "必填",
        en=f"{field} required",
    )


CONFIRMATION: tuple[Rule, ...] = (
    *ALL,
    Rule(
        id="F111.01",
        where=Where.NOT_STORED,
        field="dpstLevyBlNo",
        label="征收单编号",
        broken=known,
        source="M4",
        zh="征收单 {f} 不存在",
        en="no such levy",
    ),
    Rule(
        id="F111.02",
        where=Where.NOT_STORED,
        field="chgTmsCnt",
        label="变更次数",
        broken=current,
        source="inferred",
        zh="征收单已变更, 请按最新数据确认",
        en="levy changed since; confirm the new one",
    ),
    Rule(
        id="F111.03",
        where=Where.NOT_STORED,
        field="dpstLevyBlNo",
        label="征收单",
        broken=unconfirmed,
        source="M1.1",
        zh="征收单已处理, 状态“{f}”",
        en="already dealt with",
    ),
    *(
        Rule(
            id="F111.04",
            where=Where.RETURN,
            field=field,
            label=label,
            broken=echoed(field),
            source="M2 grey, inferred",
            zh=label + " 不能修改: 应为 {w}",
            en=f"{field} is locked",
        )
        for field, label in LOCKED.items()
    ),
    *(
        Rule(
            id="F111.04",
            where=Where.RETURN,
            field=field,
            label=label,
            broken=same_amount(field),
            source="M2 grey, inferred",
            zh=label + " 不能修改: 应为 {w}",
            en=f"{field} is locked",
        )
        for field, label in AMOUNTS.items()
    ),
    *(
        Rule(
            id="F111.04",
            where=Where.RETURN,
            field=field,
            label=label,
            broken=as_secured(field),
            source="inferred",
            zh=label + " 不能修改: 应为 {w}",
            en=f"{field} is locked",
        )
        for field, label in SECURED.items()
    ),
    _required("a", "gurTypecd", "担保类型", one_of("gurTypecd", GENERAL, SINGLE)),
    _required("b", "gurModecd", "担保方式", one_of("gurModecd", "1", "2")),
    _required("c", "paymnModecd", "支付方式", one_of("paymnModecd", COUNTER, ELECTRONIC)),
    _required("d", "etpsConcErName", "企业联系人姓名"),
    _required("e", "etpsConcErTelnum", "企业联系人电话"),
    _required("f", "pmnEtpsNm", "缴款单位名称"),
    _required("g", "pmnEtpsOpaccBankNm", "缴款单位开户银行"),
    _required("h", "pmnEtpsBankAcctnum", "缴款单位银行账号"),
    Rule(
        id="F111.06",
        where=Where.RETURN,
        field="gasrNo",
        label="总担保编号",
        broken=of_type(GENERAL, filled("gasrNo")),
        source="dom 0.2",
        zh="担保类型为总担保时总担保编号必填",
        en="guarantee no. required",
    ),
    Rule(
        id="F111.06",
        where=Where.RETURN,
        field="ltguaNo",
        label="保函编号",
        broken=of_type(GENERAL, empty("ltguaNo")),
        source="dom 0.2",
        zh="担保类型为总担保时不填保函编号",
        en="no letter no. under a general guarantee",
    ),
    Rule(
        id="F111.07",
        where=Where.RETURN,
        field="gasrNo",
        label="总担保编号",
        broken=of_type(SINGLE, empty("gasrNo")),
        source="inferred",
        zh="单笔担保不填总担保编号",
        en="must be empty",
    ),
    Rule(
        id="F111.08",
        where=Where.RETURN,
        field="ltguaNo",
        label="保函编号",
        source="plan",
        broken=of_type(SINGLE, filled("ltguaNo"), LETTER),
        zh="保函编号必填",
        en="letter no. required",
    ),
    Rule(
        id="F111.08",
        where=Where.RETURN,
        field="ltguaValidDate",
        label="保函有效期",
        source="plan; cover inferred",
        broken=of_type(SINGLE, letter_covers, LETTER),
        zh="保函编号、有效期必填; 有效期应不早于 {w}",
        en="letter no. and validity to {w}",
    ),
    Rule(
        id="F111.08",
        where=Where.RETURN,
        field="gurValidDate",
        label="担保有效期",
        source="plan",
        broken=of_type(SINGLE, one_validity, LETTER),
        zh="担保有效期应为空或等于保函有效期",
        en="empty, or that of the letter",
    ),
    Rule(
        id="F111.09",
        where=Where.RETURN,
        field="gasrNo",
        label="总担保编号",
        broken=of_type(GENERAL, usable),
        source="plan",
        zh="总担保 {f} 无效或不属于本企业",
        en="not valid or not yours",
    ),
    Rule(
        id="F111.10",
        where=Where.RETURN,
        field="gasrNo",
        label="总担保编号",
        broken=of_type(GENERAL, enough),
        source="plan",
        zh="可用额度 {f} 元, 本单需 {w} 元",
        en="{f} available, {w} needed",
    ),
    Rule(
        id="F111.11",
        where=Where.RETURN,
        field="gurModecd",
        label="担保方式",
        broken=of_type(GENERAL, fits_guarantee),
        source="inferred",
        zh="担保方式或关区与总担保不一致",
        en="mode or customs differ",
    ),
    Rule(
        id="F111.12",
        where=Where.RETURN,
        field="ltguaNo",
        label="保函编号",
        broken=of_type(SINGLE, letter_used, LETTER),
        source="inferred",
        zh="保函 {f} 已用于 {w}",
        en="letter already used by {w}",
    ),
    Rule(
        id="F111.12",
        where=Where.RETURN,
        field="pmnEtpsno",
        label="缴款企业海关编码",
        broken=payer,
        source="M3.1",
        zh="缴款单位 {f} 未备案或名称不符",
        en="payer unknown or name differs",
    ),
)
"""GRT111 (``docs/rules.md`` 2.4, 2.7). F111.03 stands at the e-port in the specification; customs
protects itself too."""
