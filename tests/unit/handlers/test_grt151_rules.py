"""The rule table of GRT151: each rule from both sides, and what the table as a whole must keep."""

from collections.abc import Sequence

from handlers.contract import Filing
from handlers.grt.grt151 import ACCOUNTS, CONTACTS, HANDLER, RULES
from tests.factories import (
    BEIJING,
    SHANGHAI,
    account_row,
    contact_row,
    context,
    filing,
    grt151_fields,
)
from tests.support.rule_tables import AGENT, WITH_AGENT, Broken, Case, Sound, found, rows

BANK = {"pmnEtpsno": "", "pmnEtpsSccd": "", "pmnEtpsNm": "中国银行北京分行"}
NUMBER, MARK = "pmnEtpsBankAcctnum", "dfltMarkcd"


def filed(
    accounts: Sequence[dict[str, str]] | None = None,
    contacts: Sequence[dict[str, str]] | None = None,
    *,
    declares: bool = True,
    operator: str = BEIJING,
    sys_id: str = "B2",
    **fields: str | None,
) -> Filing:
    parts = {
        CONTACTS: [contact_row()] if contacts is None else contacts,
        ACCOUNTS: [account_row()] if accounts is None else accounts,
    }
    return filing(
        "GRT151",
        grt151_fields(**fields),
        parts,
        declares=declares,
        operator=operator,
        sys_id=sys_id,
    )


def record(*accounts: dict[str, str], **fields: str | None) -> Case:
    return Case(filed(accounts or None, **fields))


def phones(*numbers: str) -> Case:
    return Case(
        filed(
            contacts=[
                contact_row(seqno=str(n), etpsConcErTelnum=number)
                for n, number in enumerate(numbers, 1)
            ]
        )
    )


def account(number: str, **fields: str | None) -> dict[str, str]:
    return account_row(pmnEtpsBankAcctnum=number, **fields)


BROKEN: Broken = {
    "a key that may not act for the enterprise breaks M151.01 and tells nothing of its record": (
        Case(filed(), context(acts_for=(SHANGHAI,))),
        [("M151.01", "assuredEtpsno")],
    ),
    "an operator without authority breaks X.02": (
        Case(filed(operator=AGENT)),
        [("X.02", "OperCusRegCode")],
    ),
    "another subsystem breaks X.03": (Case(filed(sys_id="B1")), [("X.03", "SysId")]),
    "an enterprise that is not registered breaks M151.02": (
        Case(
            filed(assuredEtpsno="1105999999", operator="1105999999"),
            context(acts_for=("1105999999",)),
        ),
        [("M151.02", "assuredEtpsno")],
    ),
    "a name of one's own breaks M151.02": (
        record(assuredEtpsNm="北京新名保税科技有限公司"),
        [("M151.02", "assuredEtpsNm")],
    ),
    "a credit code unlike the registry's breaks M151.02": (
        record(assuredEtpsSccd="91310115MA1K3QW838"),
        [("M151.02", "assuredEtpsSccd")],
    ),
    "an account of five digits breaks M151.03": (record(account("12345")), [("M151.03", NUMBER)]),
    "an account of 33 digits breaks M151.03": (record(account("1" * 33)), [("M151.03", NUMBER)]),
    "no account number breaks M151.03": (record(account("")), [("M151.03", NUMBER)]),
    "no bank breaks M151.03": (
        record(account_row(pmnEtpsOpaccBankNm="")),
        [("M151.03", "pmnEtpsOpaccBankNm")],
    ),
    "an account that is listed twice breaks M151.03, hyphens aside": (
        record(account("0200003409"), account("0200-0034-09", dfltMarkcd="0")),
        [("M151.03", NUMBER)],
    ),
    "a payer without a default account breaks M151.04": (
        record(account("123456", dfltMarkcd="0"), account("654321", dfltMarkcd="0")),
        [("M151.04", MARK)],
    ),
    "two default accounts of one payer break M151.04": (
        record(account("123456"), account("654321")),
        [("M151.04", MARK)],
    ),
    "three default accounts of one payer break M151.04 twice": (
        record(account("123456"), account("654321"), account("111111")),
        [("M151.04", MARK)] * 2,
    ),
    "a bank without a default account breaks M151.04": (
        record(account("123456"), account("654321", **BANK | {MARK: "0"})),
        [("M151.04", MARK)],
    ),
    "a payer that is not registered breaks M151.05": (
        record(account_row(pmnEtpsno="1105999999")),
        [("M151.05", "pmnEtpsno")],
    ),
    "a payer's name unlike the registry's breaks M151.05": (
        record(account_row(pmnEtpsno=SHANGHAI)),
        [("M151.05", "pmnEtpsNm")],
    ),
    "a telephone in words breaks M151.06": (phones("总机转 8"), [("M151.06", "etpsConcErTelnum")]),
    "a telephone of 16 digits breaks M151.06": (
        phones("1" * 16),
        [("M151.06", "etpsConcErTelnum")],
    ),
    "two wrong telephones are two findings": (
        phones("", "010-1", "（010）8888"),
        [("M151.06", "etpsConcErTelnum")] * 2,
    ),
    "one wrong thing in each row is found in each row": (
        record(account("1"), account("2", pmnEtpsno="1105999999"), account("345678", **BANK)),
        [("M151.05", "pmnEtpsno"), ("M151.03", NUMBER), ("M151.03", NUMBER)],
    ),
}

SOUND: Sound = {
    "an enterprise of the key": ("M151.01", record()),
    "an authorised agent files": (
        "X.02",
        Case(filed(operator=AGENT), context(enterprises=WITH_AGENT)),
    ),
    "the guarantee system": ("X.03", Case(filed(sys_id="B2"))),
    "everything as registered": ("M151.02", record(etpsAddr="另一地址")),
    "accounts of six and of 32": (
        "M151.03",
        record(account("123456"), account("1" * 31 + "-", dfltMarkcd="0")),
    ),
    "the same number at two banks": (
        "M151.03",
        record(account("123456"), account("123456", pmnEtpsOpaccBankNm="中国银行", dfltMarkcd="0")),
    ),
    "one default account for each payer": (
        "M151.04",
        record(account("123456"), account("654321", dfltMarkcd="0"), account("111111", **BANK)),
    ),
    "no account at all": ("M151.04", Case(filed(accounts=[], contacts=[]))),
    "another registered enterprise pays": ("M151.05", record(account_row(enterprise=SHANGHAI))),
    "a payer by name alone": ("M151.05", record(account_row(**BANK))),
    "telephones with + and -": ("M151.06", phones("+86-10-88886666", "13800000000")),
}


def test_the_code_list_of_the_default_mark_is_left_to_the_code_lists() -> None:
    assert MARK not in {rule.field for rule in RULES}


def test_a_finding_about_a_row_stands_at_that_row() -> None:
    three = record(account("123456"), account("654321"), account("111111"))
    none = record(account("123456"), account("654321", **BANK | {MARK: "0"}))

    assert rows(HANDLER, three) == [(ACCOUNTS, MARK, 1), (ACCOUNTS, MARK, 2)]
    assert rows(HANDLER, none) == [(ACCOUNTS, MARK, 1)]
    assert rows(HANDLER, phones("010-1", "?", "010-2", "?")) == [
        (CONTACTS, "etpsConcErTelnum", 1),
        (CONTACTS, "etpsConcErTelnum", 3),
    ]


def test_on_a_draft_only_whose_record_it_is_must_be_right() -> None:
    draft = Case(
        filed(
            [account_row(pmnEtpsBankAcctnum="1", dfltMarkcd="0")],
            assuredEtpsNm="某公司",
            declares=False,
        )
    )

    assert {rule.id for rule, _ in found(HANDLER, draft) if rule.on_draft} == {"M151.02"}
    assert {rule.id for rule, _ in found(HANDLER, draft) if not rule.on_draft} == {
        "M151.03",
        "M151.04",
    }


def test_the_handler_names_the_filing() -> None:
    filing = filed(etpsPreentNo="W7", chgTmsCnt="02")

    assert (HANDLER.key(filing), HANDLER.reference(filing), HANDLER.change_no(filing)) == (
        "W7|2",
        "W7",
        2,
    )
    assert (HANDLER.facets(filing).kind, HANDLER.facets(filing).customs, HANDLER.names(filing)) == (
        "record",
        "0100",
        (),
    )
    assert (HANDLER.code, HANDLER.body, HANDLER.parts) == (
        "GRT151",
        "GrtEtpsInfoBsc",
        ("GrtEtpsConcDt", "GrtEtpsAcctDt"),
    )
    assert HANDLER.answers == ("GRT200", "GRT251")
