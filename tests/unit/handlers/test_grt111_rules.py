"""The rule tables of GRT111: each rule from both sides, and what the tables as a whole must
keep."""

import pytest

from handlers.contract import Context, Filing, Where
from handlers.grt.grt111 import HANDLER
from handlers.grt.grt111_register import HELD_RULES
from handlers.grt.grt111_rules import RULES
from handlers.lifecycle import Status
from tests.factories import (
    BEIJING,
    BY_GENERAL,
    BY_LETTER,
    LEVY_NO,
    SHANGHAI,
    context,
    filing,
    grt111_fields,
    held,
    held_levy,
)
from tests.support.rule_tables import AGENT, WITH_AGENT, Broken, Case, Sound, broken, found

ISSUED = context(held=held(held_levy()))
"""The store holds the levy, waiting for its confirmation."""
CUSTOMS_WRITES = (
    "masterCuscd", "oriactNo", "oriactValidDate", "mkclUnitNm", "mkclUnitOpaccBankNm",
    "mkclUnitBankAcctnum", "bizTypecd", "bizBlsNo",
    "levyBlAmt", "actlvyAmt", "alrdyCrdwAmt", "alrdyRtnbkAmt", "levyBlStucd", "levyBlGenrtDate",
    "dpstPmnDeadline", "dpstPmnChkinTime",
    "dataSrccd",
)  # fmt: skip


def filed(
    *, declares: bool = True, operator: str = BEIJING, sys_id: str = "B2", **fields: str | None
) -> Filing:
    return filing(
        "GRT111", grt111_fields(**fields), declares=declares, operator=operator, sys_id=sys_id
    )


def cash(**fields: str | None) -> Case:
    return Case(filed(**fields), ISSUED)


def letter(**fields: str | None) -> Case:
    return cash(**BY_LETTER | fields)


def general(**fields: str | None) -> Case:
    return cash(**BY_GENERAL | fields)


def holding(
    filing_status: Status = Status.PENDING, open_filing: str | None = None, **fields: str
) -> Context:
    return context(
        held=held(held_levy(filing_status=filing_status, open_filing=open_filing, **fields))
    )


BROKEN: Broken = {
    "a key that may not act for the enterprise breaks X.01": (
        Case(filed(), context(acts_for=(SHANGHAI,), held=ISSUED.held)),
        [("X.01", "assuredEtpsno")],
    ),
    "an operator without authority breaks X.02": (
        Case(filed(operator=AGENT), ISSUED),
        [("X.02", "OperCusRegCode")],
    ),
    "another subsystem breaks X.03": (Case(filed(sys_id="B1"), ISSUED), [("X.03", "SysId")]),
    "a name unlike the registry's breaks X.04": (
        cash(assuredEtpsNm="某公司"),
        [("X.04", "assuredEtpsNm")],
    ),
    "a credit code unlike the registry's breaks X.04": (
        cash(assuredEtpsSccd="91310115MA1K3QW838"),
        [("X.04", "assuredEtpsSccd")],
    ),
    "an amount with three decimals breaks X.09, and is not the levy's": (
        cash(levyBlAmt="120000.505"),
        [("X.09", "levyBlAmt"), ("F111.04", "levyBlAmt")],
    ),
    # F111.05: whatever the type
    "no guarantee type breaks F111.05a, and the rules of both types keep silent": (
        cash(gurTypecd="", ltguaNo="BH-1", gasrNo="ZB0100202600001"),
        [("F111.05a", "gurTypecd")],
    ),
    "a third guarantee type breaks F111.05a once": (
        cash(gurTypecd="3"),
        [("F111.05a", "gurTypecd")],
    ),
    "no guarantee mode breaks F111.05b": (cash(gurModecd=""), [("F111.05b", "gurModecd")]),
    "a third guarantee mode breaks F111.05b once": (
        cash(gurModecd="3"),
        [("F111.05b", "gurModecd")],
    ),
    "no payment method breaks F111.05c": (cash(paymnModecd=""), [("F111.05c", "paymnModecd")]),
    "no payment method breaks F111.05c also by letter": (
        letter(paymnModecd=""),
        [("F111.05c", "paymnModecd")],
    ),
    "a third payment method breaks F111.05c once": (
        cash(paymnModecd="3"),
        [("F111.05c", "paymnModecd")],
    ),
    "no contact breaks F111.05d": (cash(etpsConcErName=""), [("F111.05d", "etpsConcErName")]),
    "no telephone breaks F111.05e": (
        cash(etpsConcErTelnum=" "),
        [("F111.05e", "etpsConcErTelnum")],
    ),
    "no payer breaks F111.05f": (cash(pmnEtpsNm=""), [("F111.05f", "pmnEtpsNm")]),
    "no bank breaks F111.05g": (cash(pmnEtpsOpaccBankNm=""), [("F111.05g", "pmnEtpsOpaccBankNm")]),
    "no account breaks F111.05h": (
        cash(pmnEtpsBankAcctnum=""),
        [("F111.05h", "pmnEtpsBankAcctnum")],
    ),
    "an element that is not there is as one that is empty": (
        cash(pmnEtpsBankAcctnum=None),
        [("F111.05h", "pmnEtpsBankAcctnum")],
    ),
    "a general guarantee needs contact, payer, bank and account all the same": (
        general(
            etpsConcErName="",
            etpsConcErTelnum="",
            pmnEtpsNm="",
            pmnEtpsOpaccBankNm="",
            pmnEtpsBankAcctnum="",
        ),
        [
            ("F111.05d", "etpsConcErName"),
            ("F111.05e", "etpsConcErTelnum"),
            ("F111.05f", "pmnEtpsNm"),
            ("F111.05g", "pmnEtpsOpaccBankNm"),
            ("F111.05h", "pmnEtpsBankAcctnum"),
        ],
    ),
    # F111.06 to F111.08: by type
    "a general guarantee without its number breaks F111.06": (
        general(gasrNo=""),
        [("F111.06", "gasrNo")],
    ),
    "a general guarantee with a letter's number breaks F111.06": (
        general(ltguaNo="BH-1"),
        [("F111.06", "ltguaNo")],
    ),
    "a single guarantee with the number of a general one breaks F111.07": (
        cash(gasrNo="ZB0100202600001"),
        [("F111.07", "gasrNo")],
    ),
    "a single letter without its number breaks F111.08": (
        letter(ltguaNo=""),
        [("F111.08", "ltguaNo")],
    ),
    "a single letter without validity breaks F111.08": (
        letter(ltguaValidDate=""),
        [("F111.08", "ltguaValidDate")],
    ),
    "a single letter that ends today breaks F111.08": (
        letter(ltguaValidDate="2026-11-23 23:59:59"),
        [("F111.08", "ltguaValidDate")],
    ),
    "two validities break F111.08": (
        letter(gurValidDate="2027-11-23 00:00:00"),
        [("F111.08", "gurValidDate")],
    ),
    # against the register
    "a levy that nobody has breaks F111.01 alone": (
        cash(dpstLevyBlNo="ZS0100202699999", levyBlAmt="1"),
        [("F111.01", "dpstLevyBlNo")],
    ),
    "a levy of another is answered as one that nobody has": (
        Case(filed(), context(held=held(held_levy(enterprise=SHANGHAI)))),
        [("F111.01", "dpstLevyBlNo")],
    ),
    "a levy that was changed since breaks F111.02 alone": (
        Case(filed(levyBlAmt="1"), holding(chgTmsCnt="1")),
        [("F111.02", "chgTmsCnt")],
    ),
    "a generation that is not there yet breaks F111.02": (
        cash(chgTmsCnt="1"),
        [("F111.02", "chgTmsCnt")],
    ),
    "a levy in hand breaks F111.03 alone": (
        Case(filed(levyBlAmt="1"), holding(Status.RECEIVED)),
        [("F111.03", "dpstLevyBlNo")],
    ),
    "a confirmed levy breaks F111.03": (
        Case(filed(), holding(Status.APPROVED)),
        [("F111.03", "dpstLevyBlNo")],
    ),
    "another amount breaks F111.04": (cash(levyBlAmt="120000.05"), [("F111.04", "levyBlAmt")]),
    "a payee of one's own breaks F111.04": (
        cash(mkclUnitNm="某某公司", mkclUnitBankAcctnum="123456"),
        [("F111.04", "mkclUnitNm"), ("F111.04", "mkclUnitBankAcctnum")],
    ),
    "an element of customs that is left out breaks F111.04": (
        cash(bizBlsNo=""),
        [("F111.04", "bizBlsNo")],
    ),
    "an element that customs left empty breaks F111.04": (
        cash(dpstPmnDeadline="2027-01-01 00:00:00"),
        [("F111.04", "dpstPmnDeadline")],
    ),
    "a levy that calls itself paid and confirmed breaks F111.04 twice": (
        cash(levyBlStucd="2", dataSrccd="1"),
        [("F111.04", "levyBlStucd"), ("F111.04", "dataSrccd")],
    ),
    "a confirmation while a refund is open breaks X.07": (
        Case(filed(), holding(open_filing="202600000000000009")),
        [("X.07", "dpstLevyBlNo")],
    ),
    "a version and a mark of one's own are only told": (
        cash(version="7", emapvMarkcd="1"),
        [("X.12", "emapvMarkcd"), ("X.12", "version")],
    ),
}

SOUND: Sound = {
    "an enterprise of the key": ("X.01", cash()),
    "an authorised agent files": (
        "X.02",
        Case(filed(operator=AGENT), context(enterprises=WITH_AGENT, held=ISSUED.held)),
    ),
    "the guarantee system": ("X.03", cash(assuredEtpsno="1105910159")),
    "everything as registered": ("X.04", letter()),
    "amounts in another form of the same number": (
        "X.09",
        cash(levyBlAmt="120000.5", actlvyAmt="0.00", alrdyCrdwAmt="00"),
    ),
    "a levy of one's own": ("F111.01", cash()),
    "the generation that stands": ("F111.02", Case(filed(chgTmsCnt="2"), holding(chgTmsCnt="2"))),
    "a levy that waits": ("F111.03", Case(filed(), holding(Status.PENDING))),
    "a levy with a draft": ("F111.03", Case(filed(), holding(Status.DRAFT))),
    "a levy that was returned": ("F111.03", Case(filed(), holding(Status.RETURNED))),
    "a levy that customs could not store": ("F111.03", Case(filed(), holding(Status.REFUSED))),
    "what customs wrote, echoed": (
        "F111.04",
        Case(
            filed(actlvyAmt="20000.00", levyBlStucd="2"),
            holding(actlvyAmt="20000", levyBlStucd="2"),
        ),
    ),
    "what the enterprise writes is not compared": (
        "F111.04",
        general(rmk="加急", pmnEtpsNm="中国银行北京分行", pmnEtpsno=""),
    ),
    "a single guarantee": ("F111.05a", cash(gurTypecd="2")),
    "cash": ("F111.05b", cash(gurModecd="1")),
    "electronic payment": ("F111.05c", cash(paymnModecd="2")),
    "a contact": ("F111.05d", cash(etpsConcErName="李四")),
    "a telephone": ("F111.05e", cash(etpsConcErTelnum="13800000000")),
    "a bank that pays": (
        "F111.05f",
        cash(pmnEtpsNm="中国银行北京分行", pmnEtpsno="", pmnEtpsSccd=""),
    ),
    "a bank": ("F111.05g", cash(pmnEtpsOpaccBankNm="中国银行")),
    "an account": ("F111.05h", cash(pmnEtpsBankAcctnum="1")),
    "a general guarantee by its number": ("F111.06", general()),
    "a general guarantee of cash": ("F111.06", general(gurModecd="1")),
    "a general guarantee needs no validity": ("F111.06", general(ltguaValidDate="")),
    "a single guarantee without a general one": ("F111.07", letter(gasrNo="")),
    "a single letter that ends tomorrow": ("F111.08", letter(ltguaValidDate="2026-11-24 00:00:00")),
    "a single letter whose guarantee ends on the same day": (
        "F111.08",
        letter(gurValidDate="2027-11-22 23:59:59"),
    ),
    "cash needs no letter": ("F111.08", cash(ltguaNo="", ltguaValidDate="")),
    "a confirmation while nothing is open": ("X.07", Case(filed(), holding(open_filing=None))),
    "what customs write, empty": ("X.12", cash(version="", lastUpdateTime="", emapvMarkcd="")),
    "a mark that claims nothing": ("X.12", Case(filed(emapvMarkcd="0"), holding(emapvMarkcd="5"))),
}


def test_every_element_is_the_enterprises_or_locked_or_told() -> None:
    enterprise = {
        "gurTypecd",
        "gurModecd",
        "gasrNo",
        "gurValidDate",
        "ltguaNo",
        "ltguaValidDate",
        "paymnModecd",
        "pmnEtpsSccd",
        "pmnEtpsno",
        "pmnEtpsNm",
        "pmnEtpsOpaccBankNm",
        "pmnEtpsBankAcctnum",
        "etpsConcErName",
        "etpsConcErTelnum",
        "rmk",
    }
    key = {"dpstLevyBlNo", "chgTmsCnt"}
    of_the_registry = {"assuredEtpsno", "assuredEtpsNm", "assuredEtpsSccd"}
    locked = {rule.field for rule in HELD_RULES if rule.id == "F111.04"}
    told = {rule.field for rule in HELD_RULES if rule.id == "X.12"}

    assert locked == set(CUSTOMS_WRITES)
    assert enterprise | key | of_the_registry | locked | told == set(grt111_fields())


@pytest.mark.parametrize("name", CUSTOMS_WRITES)
def test_each_element_of_customs_is_compared_with_the_register(name: str) -> None:
    other = {"masterCuscd": "2200", "bizTypecd": "7", "levyBlStucd": "2", "dataSrccd": "1"}
    value = other.get(
        name,
        (
            "7.00"
            if name.endswith("Amt")
            else "2027-07-07 00:00:00"
            if name.endswith(("Date", "Time", "Deadline"))
            else "X7"
        ),
    )

    assert broken(HANDLER, cash(**{name: value})) == [("F111.04", name)]


def test_what_is_confirmed_and_what_is_open_are_conflicts() -> None:
    assert {rule.id for rule in HELD_RULES if rule.status == 409} == {"F111.03", "X.07"}
    assert {rule.id for rule in (*RULES, *HELD_RULES) if rule.where is Where.WARN} == {
        "X.03",
        "X.12",
    }


def test_the_status_of_a_confirmed_levy_is_said_in_the_words_of_the_lists() -> None:
    [(rule, breach)] = found(HANDLER, Case(filed(), holding(Status.DECLARED)))

    assert (breach.wanted, breach.wanted_en) == ("数据正在处理", "declared")
    assert (
        rule.zh.format_map({"f": breach.found, "w": breach.wanted})
        == f"征收单 {LEVY_NO} 已确认, 状态“数据正在处理”"
    )


@pytest.mark.parametrize(("fields", "error"), [
    ({"assuredEtpsNm": "某公司"}, True), ({"gurTypecd": "3"}, True), ({"gurModecd": "9"}, True),
    ({"paymnModecd": "9"}, True),
    ({"gurTypecd": ""}, False), ({"pmnEtpsNm": ""}, False), ({"gasrNo": "ZB0100202600001"}, False),
    (BY_GENERAL | {"gasrNo": ""}, False),
    (BY_LETTER | {"ltguaValidDate": ""}, False), ({"mkclUnitNm": "某公司"}, False),
], ids=str)  # fmt: skip
def test_a_draft_may_leave_empty_what_it_may_not_fill_wrongly(
    fields: dict[str, str], error: bool
) -> None:
    assert [
        rule.on_draft for rule, _ in found(HANDLER, Case(filed(declares=False, **fields), ISSUED))
    ] == [error]


def test_the_filing_key_is_levy_and_change_count_and_there_is_no_reference() -> None:
    confirmation = filed(dpstLevyBlNo="ZS1", chgTmsCnt="02")

    assert (
        HANDLER.key(confirmation),
        HANDLER.reference(confirmation),
        HANDLER.change_no(confirmation),
    ) == ("ZS1|2", "", 2)
    assert HANDLER.names(general().filing) == (("levy", LEVY_NO),)


def test_the_handler_tells_what_the_lists_filter_by() -> None:
    facets = HANDLER.facets(general().filing)

    assert (facets.kind, facets.customs, facets.mode, facets.gur_type) == (
        "confirmation",
        "0100",
        "2",
        "1",
    )
    assert (HANDLER.code, HANDLER.body, HANDLER.answers) == (
        "GRT111",
        "GrtDpstLevyBlBsc",
        ("GRT200", "GRT211"),
    )
