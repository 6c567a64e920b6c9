"""The cases of the rules of GRT101: filings that break one, and filings that keep all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from handlers.contract import Breach, Context, Filing, Rule
from handlers.grt.grt101 import HANDLER
from tests.factories import (
    BEIJING,
    CASH,
    ENTERPRISES,
    GUARANTEE_NO,
    SHANGHAI,
    context,
    grt101_filing,
    held,
    held_guarantee,
)
from tests.support import rule_tables

AGENT = "1101980AGT"
WITH_AGENT = ENTERPRISES | {BEIJING: replace(ENTERPRISES[BEIJING], agents=frozenset({AGENT}))}
BOTH = (BEIJING, SHANGHAI)
STRANGER_PAYS = {"pmnEtpsno": SHANGHAI, "pmnEtpsNm": "上海某某国际物流有限公司"}
BANK_PAYS = {"pmnEtpsno": "", "pmnEtpsNm": "中国银行北京分行", "pmnEtpsSccd": ""}
MISSING = None


class Case(NamedTuple):
    """A filing: by letter with ``fields`` changed, and what of the rest differs from the
    default."""

    fields: Mapping[str, str | None] = {}
    operator: str | None = None
    sys_id: str = "B2"
    given: Context = context()

    @property
    def filing(self) -> Filing:
        return grt101_filing(operator=self.operator, sys_id=self.sys_id, **self.fields)

    def broken(self) -> list[tuple[str, str]]:
        """Rule id and field of every row that finds something."""
        return rule_tables.broken(HANDLER, rule_tables.Case(self.filing, self.given))


def found(filing: Filing, given: Context) -> list[tuple[Rule, Breach]]:
    return rule_tables.found(HANDLER, rule_tables.Case(filing, given))


def cash(**fields: str | None) -> Case:
    return Case(CASH | fields)


def letter(**fields: str | None) -> Case:
    return Case(fields)


KNOWN = context(held=held(held_guarantee()))
"""The store holds a guarantee by letter over 500,000 元 that was never changed."""


def change(given: Context = KNOWN, **fields: str | None) -> Case:
    """A change of that guarantee: larger, by another letter that is valid longer."""
    wanted = {
        "dclTypecd": "2",
        "gasrNo": GUARANTEE_NO,
        "chgTmsCnt": "1",
        "etpsPreentNo": "B0001",
        "gasrAmt": "600000",
        "ltguaNo": "BH-R0001-A",
        "ltguaValidDate": "2028-11-22 00:00:00",
    }
    return Case(wanted | fields, given=given)


def holding(**fields: str) -> Context:
    """The store holds the guarantee, but otherwise."""
    return context(held=held(held_guarantee(**fields)))


BROKEN: dict[str, tuple[Case, list[tuple[str, str]]]] = {
    # X: every message
    "a key that may not act for the enterprise breaks X.01 and nothing else about identity": (
        Case(given=context(acts_for=(SHANGHAI,))),
        [("X.01", "assuredEtpsno")],
    ),
    "naming another enterprise breaks X.01 alone, so that its data is not told": (
        letter(assuredEtpsno=SHANGHAI),
        [("X.01", "assuredEtpsno")],
    ),
    "an operator without authority breaks X.02": (
        Case(operator=AGENT),
        [("X.02", "OperCusRegCode")],
    ),
    "an agent of somebody else breaks X.02": (
        Case(operator="4403180AGT", given=context(enterprises=WITH_AGENT)),
        [("X.02", "OperCusRegCode")],
    ),
    "another subsystem breaks X.03": (Case(sys_id="B1"), [("X.03", "SysId")]),
    "an enterprise that is not registered breaks X.04 once, at its code": (
        Case({"assuredEtpsno": "1105999999"}, given=context(acts_for=("1105999999",))),
        [("X.04", "assuredEtpsno")],
    ),
    "a name unlike the registry's breaks X.04 at the name": (
        letter(assuredEtpsNm="北京某某保税科技公司"),
        [("X.04", "assuredEtpsNm")],
    ),
    "a credit code unlike the registry's breaks X.04 at the credit code": (
        letter(assuredEtpsSccd="91310115MA1K3QW838"),
        [("X.04", "assuredEtpsSccd")],
    ),
    "name and credit code of another enterprise are two findings": (
        letter(assuredEtpsNm="上海某某国际物流有限公司", assuredEtpsSccd="91310115MA1K3QW838"),
        [("X.04", "assuredEtpsNm"), ("X.04", "assuredEtpsSccd")],
    ),
    "an amount with separators breaks X.09": (letter(gasrAmt="1,000"), [("X.09", "gasrAmt")]),
    "an amount with decimals breaks X.09, because a guarantee counts whole 元": (
        letter(gasrAmt="100.5"),
        [("X.09", "gasrAmt")],
    ),
    "an amount in full-width digits breaks X.09": (
        letter(gasrAmt="１０００"),
        [("X.09", "gasrAmt")],
    ),
    # S101: 设立
    "cancelling is not offered": (letter(dclTypecd="3"), [("S101.01", "dclTypecd")]),
    "an empty declaration type breaks S101.01 alone": (
        letter(dclTypecd=""),
        [("S101.01", "dclTypecd")],
    ),
    "a missing declaration type breaks S101.01 alone": (
        letter(dclTypecd=MISSING),
        [("S101.01", "dclTypecd")],
    ),
    "a third guarantee mode breaks S101.02 alone, and the rules of both modes keep silent": (
        letter(gurModecd="3", ltguaNo="", ltguaValidDate="", pmnEtpsNm=""),
        [("S101.02", "gurModecd")],
    ),
    "an empty guarantee mode breaks S101.02": (letter(gurModecd=""), [("S101.02", "gurModecd")]),
    "a set-up with a guarantee number breaks S101.03": (
        letter(gasrNo="ZB0100202600001"),
        [("S101.03", "gasrNo")],
    ),
    "a set-up with a change count breaks S101.03": (
        letter(chgTmsCnt="1"),
        [("S101.03", "chgTmsCnt")],
    ),
    "a customs district that is not in the list breaks S101.04": (
        letter(masterCuscd="9999"),
        [("S101.04", "masterCuscd")],
    ),
    "an empty customs district breaks S101.04 once": (
        letter(masterCuscd=""),
        [("S101.04", "masterCuscd")],
    ),
    "no money breaks S101.07 alone, by letter": (letter(gasrAmt="0"), [("S101.07", "gasrAmt")]),
    "no money breaks S101.07 alone, by cash": (cash(gasrAmt="000"), [("S101.07", "gasrAmt")]),
    "an empty amount breaks S101.07": (letter(gasrAmt=""), [("S101.07", "gasrAmt")]),
    "a missing amount breaks S101.07": (letter(gasrAmt=MISSING), [("S101.07", "gasrAmt")]),
    "a letter without a number breaks S101.08": (letter(ltguaNo=""), [("S101.08", "ltguaNo")]),
    "a letter number of spaces is no number": (letter(ltguaNo="\u3000"), [("S101.08", "ltguaNo")]),
    "a letter without its element for the number breaks S101.08": (
        letter(ltguaNo=MISSING),
        [("S101.08", "ltguaNo")],
    ),
    "a letter without validity breaks S101.09": (
        letter(ltguaValidDate=""),
        [("S101.09", "ltguaValidDate")],
    ),
    "a letter that ends today breaks S101.09": (
        letter(ltguaValidDate="2026-11-23 23:59:59"),
        [("S101.09", "ltguaValidDate")],
    ),
    "a letter that ended breaks S101.09": (
        letter(ltguaValidDate="2025-11-22 00:00:00"),
        [("S101.09", "ltguaValidDate")],
    ),
    "a letter that is still good on one day breaks S101.09 on a later one": (
        Case(given=context(today=date(2027, 11, 22))),
        [("S101.09", "ltguaValidDate")],
    ),
    "a letter without a payer breaks S101.10": (
        letter(pmnEtpsNm="", pmnEtpsno=""),
        [("S101.10", "pmnEtpsNm")],
    ),
    "a letter without a payer's name breaks S101.10, not S101.16 as well": (
        letter(pmnEtpsNm=""),
        [("S101.10", "pmnEtpsNm")],
    ),
    "cash without a payment method breaks S101.11": (
        cash(paymnModecd=""),
        [("S101.11", "paymnModecd")],
    ),
    "cash with a third payment method breaks S101.11 once": (
        cash(paymnModecd="3"),
        [("S101.11", "paymnModecd")],
    ),
    "a letter with an unknown payment method breaks S101.11": (
        letter(paymnModecd="9"),
        [("S101.11", "paymnModecd")],
    ),
    "cash without a bank breaks S101.12": (
        cash(pmnEtpsOpaccBankNm=" "),
        [("S101.12", "pmnEtpsOpaccBankNm")],
    ),
    "cash without an account breaks S101.13": (
        cash(pmnEtpsBankAcctnum=""),
        [("S101.13", "pmnEtpsBankAcctnum")],
    ),
    "an account of five digits breaks S101.13": (
        cash(pmnEtpsBankAcctnum="12345"),
        [("S101.13", "pmnEtpsBankAcctnum")],
    ),
    "an account of 33 digits breaks S101.13": (
        cash(pmnEtpsBankAcctnum="1" * 33),
        [("S101.13", "pmnEtpsBankAcctnum")],
    ),
    "an account with spaces breaks S101.13": (
        cash(pmnEtpsBankAcctnum="0200 0034 0908"),
        [("S101.13", "pmnEtpsBankAcctnum")],
    ),
    "cash with a letter number breaks S101.14": (cash(ltguaNo="BH-1"), [("S101.14", "ltguaNo")]),
    "cash with a letter's validity breaks S101.14": (
        cash(ltguaValidDate="2027-11-22 00:00:00"),
        [("S101.14", "ltguaValidDate")],
    ),
    "cash without a payer breaks S101.15": (cash(pmnEtpsNm=""), [("S101.15", "pmnEtpsNm")]),
    "a payer that is not registered breaks S101.16": (
        letter(pmnEtpsno="1105999999"),
        [("S101.16", "pmnEtpsno")],
    ),
    "a payer's name unlike the registry's breaks S101.16": (
        letter(pmnEtpsno=SHANGHAI),
        [("S101.16", "pmnEtpsNm")],
    ),
    "an amount used breaks S101.17": (letter(usedGasrAmt="1"), [("S101.17", "usedGasrAmt")]),
    "an amount refunded breaks S101.17": (
        letter(alrdyRtnbkGasrAmt="1"),
        [("S101.17", "alrdyRtnbkGasrAmt")],
    ),
    "an amount available that is neither 0 nor the whole breaks S101.17": (
        letter(avalGasrAmt="499999"),
        [("S101.17", "avalGasrAmt")],
    ),
    # C101: 变更
    "a change that names no guarantee breaks C101.01": (change(gasrNo=""), [("C101.01", "gasrNo")]),
    "a change of a guarantee that nobody has breaks C101.01 alone": (
        change(gasrNo="ZB0100202699999", masterCuscd="9999"),
        [("C101.01", "gasrNo")],
    ),
    "a change of another's guarantee is answered as one of an unknown guarantee": (
        change(context(held=held(held_guarantee(enterprise=SHANGHAI)))),
        [("C101.01", "gasrNo")],
    ),
    "a change of a cash guarantee breaks C101.02 alone": (
        change(holding(**CASH), **CASH | {"gasrAmt": "600000"}),
        [("C101.02", "gasrNo")],
    ),
    "a change of a cash guarantee that is called a letter breaks C101.02 alone": (
        change(holding(**CASH)),
        [("C101.02", "gasrNo")],
    ),
    "a change of a closed guarantee breaks C101.03 alone": (
        change(holding(gurStucd="3"), chgTmsCnt="7"),
        [("C101.03", "gasrNo")],
    ),
    "a change of a guarantee that is not in force yet breaks C101.03": (
        change(holding(gurStucd="0")),
        [("C101.03", "gasrNo")],
    ),
    "a change count that was used breaks C101.04": (
        change(chgTmsCnt="0"),
        [("C101.04", "chgTmsCnt")],
    ),
    "a change count that skips one breaks C101.04": (
        change(chgTmsCnt="2"),
        [("C101.04", "chgTmsCnt")],
    ),
    "another customs breaks C101.05": (change(masterCuscd="2200"), [("C101.05", "masterCuscd")]),
    "another payer is one finding for each of its elements": (
        change(pmnEtpsno="", pmnEtpsNm="中国银行北京分行", pmnEtpsSccd=""),
        [("C101.05", "pmnEtpsSccd"), ("C101.05", "pmnEtpsno"), ("C101.05", "pmnEtpsNm")],
    ),
    "a bank account that was not there at set-up breaks C101.05": (
        change(pmnEtpsOpaccBankNm="中国银行北京分行", pmnEtpsBankAcctnum="123456"),
        [("C101.05", "pmnEtpsOpaccBankNm"), ("C101.05", "pmnEtpsBankAcctnum")],
    ),
    "a letter that becomes cash breaks C101.05": (
        change(gurModecd="1"),
        [("C101.05", "gurModecd")],
    ),
    "a mode that does not exist breaks C101.05, not S101.02": (
        change(gurModecd="9"),
        [("C101.05", "gurModecd")],
    ),
    "a payment method that was not there at set-up breaks C101.05": (
        change(paymnModecd="1"),
        [("C101.05", "paymnModecd")],
    ),
    "another contact breaks C101.05 twice": (
        change(etpsConcErName="李四", etpsConcErTelnum=""),
        [("C101.05", "etpsConcErName"), ("C101.05", "etpsConcErTelnum")],
    ),
    "a change that changes nothing breaks C101.06": (
        change(gasrAmt="0500000", ltguaNo="BH-R0001", ltguaValidDate="2027-11-22 00:00:00"),
        [("C101.06", "gasrAmt")],
    ),
    "a changed letter that ends today breaks C101.08": (
        change(ltguaValidDate="2026-11-23 23:59:59"),
        [("C101.08", "ltguaValidDate")],
    ),
    "a change without validity breaks C101.08": (
        change(ltguaValidDate=""),
        [("C101.08", "ltguaValidDate")],
    ),
    "a change that takes the letter's number away breaks S101.08": (
        change(ltguaNo=""),
        [("S101.08", "ltguaNo")],
    ),
    "a change to no money breaks X.09": (change(gasrAmt="0"), [("X.09", "gasrAmt")]),
    "a second change while one is open breaks X.07": (
        change(context(held=held(held_guarantee(open_filing="202600000000000007")))),
        [("X.07", "gasrNo")],
    ),
    "amounts of customs that are out of date are only told": (
        change(usedGasrAmt="1", avalGasrAmt="499999"),
        [("X.12", "usedGasrAmt"), ("X.12", "avalGasrAmt")],
    ),
    "a payee, a state and a version that customs did not write are only told": (
        change(mkclUnitNm="某银行", gurStucd="2", version="9"),
        [("X.12", "mkclUnitNm"), ("X.12", "gurStucd"), ("X.12", "version")],
    ),
    # several at once
    "five causes are five findings": (
        cash(
            gasrAmt="0",
            masterCuscd="9999",
            paymnModecd="",
            pmnEtpsOpaccBankNm="",
            pmnEtpsBankAcctnum="",
        ),
        [
            ("S101.04", "masterCuscd"),
            ("S101.07", "gasrAmt"),
            ("S101.11", "paymnModecd"),
            ("S101.12", "pmnEtpsOpaccBankNm"),
            ("S101.13", "pmnEtpsBankAcctnum"),
        ],
    ),
    "a wrong declaration type does not hide what else is wrong": (
        letter(dclTypecd="9", ltguaNo=""),
        [("S101.01", "dclTypecd"), ("S101.08", "ltguaNo")],
    ),
}

SOUND: dict[str, tuple[str, Case]] = {
    "an enterprise of the key": ("X.01", Case(given=context(acts_for=BOTH))),
    "an empty enterprise code is the schema's finding, not a 403": (
        "X.01",
        letter(assuredEtpsno=""),
    ),
    "the enterprise files for itself": ("X.02", Case()),
    "an authorised agent files": (
        "X.02",
        Case(operator=AGENT, given=context(enterprises=WITH_AGENT)),
    ),
    "a missing operator is the schema's finding": ("X.02", Case(operator="")),
    "the guarantee system": ("X.03", Case(sys_id="B2")),
    "a missing SysId is the schema's finding": ("X.03", Case(sys_id="")),
    "everything as registered": ("X.04", Case()),
    "a missing name is the schema's finding": ("X.04", letter(assuredEtpsNm=MISSING)),
    "the largest amount": ("X.09", letter(gasrAmt="9" * 15)),
    "an empty customs-owned amount is the schema's finding": ("X.09", letter(usedGasrAmt="")),
    "a set-up": ("S101.01", letter(dclTypecd="1")),
    "by letter": ("S101.02", letter(gurModecd="2")),
    "by cash": ("S101.02", cash()),
    "no number, no changes": ("S101.03", letter(gasrNo="", chgTmsCnt="0")),
    "a missing change count is the schema's finding": ("S101.03", letter(chgTmsCnt="")),
    "another customs of the list, which only customs can judge": (
        "S101.04",
        letter(masterCuscd="2200"),
    ),
    "one 元": ("S101.07", letter(gasrAmt="1")),
    "an amount that ends in zeros": ("S101.07", letter(gasrAmt="100000")),
    "a letter with its number": ("S101.08", letter(ltguaNo="BH-2026-0001")),
    "cash has no letter number": ("S101.08", cash(ltguaNo="")),
    "a letter that ends tomorrow": ("S101.09", letter(ltguaValidDate="2026-11-24 00:00:00")),
    "cash has no validity": ("S101.09", cash(ltguaValidDate="")),
    "a bank pays under the letter": ("S101.10", letter(**BANK_PAYS)),
    "payment at the counter": ("S101.11", cash(paymnModecd="1")),
    "electronic payment": ("S101.11", cash(paymnModecd="2")),
    "a letter needs no payment method": ("S101.11", letter(paymnModecd="")),
    "cash with a bank": ("S101.12", cash(pmnEtpsOpaccBankNm="中国银行北京分行")),
    "a letter needs no bank": ("S101.12", letter(pmnEtpsOpaccBankNm="")),
    "an account of six digits": ("S101.13", cash(pmnEtpsBankAcctnum="123456")),
    "an account of 32 with hyphens": (
        "S101.13",
        cash(pmnEtpsBankAcctnum="0200-0034-0908-9123-4560-0000-00"),
    ),
    "a letter needs no account": ("S101.13", letter(pmnEtpsBankAcctnum="")),
    "cash without letter data": ("S101.14", cash()),
    "a letter has letter data": ("S101.14", letter()),
    "cash with a payer": ("S101.15", cash()),
    "another registered enterprise pays": ("S101.16", letter(**STRANGER_PAYS)),
    "a payer without a code, such as a bank": ("S101.16", letter(**BANK_PAYS)),
    "nothing available yet": ("S101.17", letter(avalGasrAmt="0")),
    "all of it available": ("S101.17", letter(avalGasrAmt="500000")),
    "customs-owned amounts left to the schema when missing": (
        "S101.17",
        letter(avalGasrAmt=MISSING, usedGasrAmt=MISSING, alrdyRtnbkGasrAmt=MISSING),
    ),
    "a change of amount, validity and letter number": ("C101.01", change()),
    "a set-up names no guarantee": ("C101.01", letter(gasrNo="")),
    "a change of a letter": ("C101.02", change(holding(gurModecd="2"))),
    "a change of an expired letter": ("C101.03", change(holding(gurStucd="2"))),
    "the next change": ("C101.04", change(holding(chgTmsCnt="4"), chgTmsCnt="5")),
    "everything else as it was at set-up": (
        "C101.05",
        change(
            holding(paymnModecd="1", pmnEtpsOpaccBankNm="中国银行北京分行"),
            paymnModecd="1",
            pmnEtpsOpaccBankNm="中国银行北京分行",
        ),
    ),
    "a remark of its own": ("C101.05", change(rmk="增加额度", dclTime="2026-11-23 11:00:00")),
    "an enterprise that customs renamed": (
        "C101.05",
        change(context(held=held(held_guarantee(assuredEtpsNm="北京某某保税有限公司")))),
    ),
    "the amount alone": (
        "C101.06",
        change(ltguaNo="BH-R0001", ltguaValidDate="2027-11-22 00:00:00"),
    ),
    "the validity alone": ("C101.06", change(gasrAmt="500000", ltguaNo="BH-R0001")),
    "the letter's number alone": (
        "C101.06",
        change(gasrAmt="500000", ltguaValidDate="2027-11-22 00:00:00"),
    ),
    "a changed letter that ends tomorrow": (
        "C101.08",
        change(ltguaValidDate="2026-11-24 00:00:00"),
    ),
    "less than before, which only customs can judge": ("C101.08", change(gasrAmt="1")),
    "a change while nothing is open": ("X.07", change()),
    "customs' elements as the register has them": (
        "X.12",
        change(mkclUnitNm="北京海关", usedGasrAmt="030001", gurStucd="1", version="3"),
    ),
    "customs' elements empty or 0": (
        "X.12",
        change(mkclUnitNm="", usedGasrAmt="0", avalGasrAmt="0", emapvMarkcd="0"),
    ),
}
