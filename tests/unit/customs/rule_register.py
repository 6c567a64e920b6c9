"""A register and the filings about it, for the tests of customs' review rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from customs_sim.cases.settings import ReviewSettings
from customs_sim.rules.register import HeldGuarantee, HeldLevy, HeldStatement
from customs_sim.rules.rule import RegisterView
from customs_sim.wire.filing import Filing
from customs_sim.wire.parties import Enterprise
from schemas.codes import CodeLists
from tests.customs_factories import (
    ANSWER,
    CASH,
    IN_CASH,
    LETTER,
    LEVY,
    RECORD,
    REFUND,
    carry_in,
    filing_of,
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

Breaking = list[tuple[str, str, Filing, RegisterView, ReviewSettings, str]]
"""Rule, what breaks it, filing, register, settings, how the first note begins."""
