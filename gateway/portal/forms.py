"""What each form asks (``docs/rules.md`` 2.1, M1 to M5): a table of fields in groups. All that is
not asked is customs' or comes from the record, and is shown locked."""

from __future__ import annotations

from gateway.portal.fields import Entry, Fill, Form, Input, Section

ASSURED = ("assuredEtpsno", "assuredEtpsNm", "assuredEtpsSccd")
CASH, LETTER = {"gurModecd": "1"}, {"gurModecd": "2"}
SINGLE = {"gurTypecd": "2"}
SINGLE_LETTER = SINGLE | LETTER
LARGE = 10_000_000
"""元 from which customs usually decide on a guarantee by hand (docs/rules.md S101.20)."""
REMARK = Entry(name="rmk", input=Input.LINES, longest=4000)
CUSTOMS = Entry(
    name="masterCuscd",
    input=Input.CODE,
    codes="customs",
    required=True,
    by="assuredEtpsno",
    fill=Fill.CUSTOMS,
    offered=True,
)


PAYER = (
    Entry(name="pmnEtpsno", looks=True),
    Entry(name="pmnEtpsNm", required=True, by="pmnEtpsno"),
    Entry(name="pmnEtpsSccd", by="pmnEtpsno", fill=Fill.CREDIT_CODE),
)


def contact(required: bool) -> tuple[Entry, ...]:
    """Return the fields of a contact."""
    return (
        Entry(name="etpsConcErName", required=required, own="contacts"),
        Entry(name="etpsConcErTelnum", required=required),
    )


FORMS: dict[str, Form] = {
    "guarantees/new": Form(
        message_type="GRT101",
        kind="setup",
        words=("总担保设立登记", "Set up a guarantee"),
        fixed={
            "dclTypecd": "1",
            "gasrNo": "",
            "chgTmsCnt": "0",
            "usedGasrAmt": "0",
            "avalGasrAmt": "0",
            "alrdyRtnbkGasrAmt": "0",
            "emapvMarkcd": "0",
        },
        filled=("dclTime",),
        ask="gasrAmt",
        sections=(
            Section(
                words=("被担保单位", "Assured enterprise"),
                entries=(
                    Entry(name="assuredEtpsno", looks=True, required=True),
                    Entry(name="assuredEtpsNm", by="assuredEtpsno"),
                    Entry(name="assuredEtpsSccd", by="assuredEtpsno", fill=Fill.CREDIT_CODE),
                    CUSTOMS,
                ),
            ),
            Section(
                words=("担保", "Guarantee"),
                entries=(
                    Entry(name="gurModecd", input=Input.CODE, codes="gur_mode", required=True),
                    Entry(name="gasrAmt", input=Input.YUAN, required=True, large=LARGE),
                    Entry(name="etpsPreentNo", required=True, longest=64),
                    Entry(name="ltguaNo", when=LETTER, required=True),
                    Entry(name="ltguaValidDate", input=Input.DAY, when=LETTER, required=True),
                ),
            ),
            Section(
                words=("缴款单位", "Payer"),
                entries=(
                    *PAYER,
                    Entry(
                        name="paymnModecd",
                        input=Input.CODE,
                        codes="payment_mode",
                        when=CASH,
                        required=True,
                    ),
                    Entry(name="pmnEtpsOpaccBankNm", when=CASH, required=True, own="accounts"),
                    Entry(name="pmnEtpsBankAcctnum", when=CASH, required=True),
                ),
            ),
            Section(words=("其他", "Other"), entries=(*contact(False), REMARK)),
            Section(
                words=("海关填写", "Filled in by customs"),
                locked=(
                    "gasrNo",
                    "usedGasrAmt",
                    "avalGasrAmt",
                    "alrdyRtnbkGasrAmt",
                    "apprTime",
                    "chgTmsCnt",
                    "mkclUnitNm",
                    "mkclUnitOpaccBankNm",
                    "mkclUnitBankAcctnum",
                ),
            ),
        ),
    ),
    "guarantees/change": Form(
        message_type="GRT101",
        kind="change",
        words=("总担保变更登记", "Change a guarantee"),
        about="guarantees",
        fixed={"dclTypecd": "2"},
        filled=("dclTime",),
        ask="gasrAmt",
        sections=(
            Section(
                words=("变更", "Change"),
                entries=(
                    Entry(name="etpsPreentNo", required=True, longest=64),
                    Entry(name="gasrAmt", input=Input.YUAN, required=True),
                    Entry(name="ltguaNo", when=LETTER, required=True),
                    Entry(name="ltguaValidDate", input=Input.DAY, when=LETTER, required=True),
                    REMARK,
                ),
                locked=(
                    "gasrNo",
                    "chgTmsCnt",
                    *ASSURED,
                    "masterCuscd",
                    "gurModecd",
                    "usedGasrAmt",
                    "avalGasrAmt",
                    "alrdyRtnbkGasrAmt",
                    "pmnEtpsno",
                    "pmnEtpsNm",
                ),
            ),
        ),
    ),
    "levies/confirm": Form(
        message_type="GRT111",
        kind="confirmation",
        words=("保证金确认", "Confirm a levy"),
        about="levies",
        ask="levyBlAmt",
        sections=(
            Section(
                words=("海关下发", "Issued by customs"),
                locked=(
                    "dpstLevyBlNo",
                    "levyBlAmt",
                    "bizTypecd",
                    "bizBlsNo",
                    "oriactNo",
                    "oriactValidDate",
                    *ASSURED,
                    "masterCuscd",
                    "mkclUnitNm",
                    "mkclUnitOpaccBankNm",
                    "mkclUnitBankAcctnum",
                ),
            ),
            Section(
                words=("担保", "Guarantee"),
                entries=(
                    Entry(name="gurTypecd", input=Input.CODE, codes="gur_type", required=True),
                    Entry(name="gurModecd", input=Input.CODE, codes="gur_mode", required=True),
                    Entry(name="gasrNo", when={"gurTypecd": "1"}, required=True),
                    Entry(name="ltguaNo", when=SINGLE_LETTER, required=True),
                    Entry(
                        name="ltguaValidDate", input=Input.DAY, when=SINGLE_LETTER, required=True
                    ),
                ),
            ),
            Section(
                words=("缴款单位", "Payer"),
                entries=(
                    Entry(
                        name="paymnModecd", input=Input.CODE, codes="payment_mode", required=True
                    ),
                    *PAYER,
                    Entry(name="pmnEtpsOpaccBankNm", required=True, own="accounts"),
                    Entry(name="pmnEtpsBankAcctnum", required=True),
                    *contact(True),
                    REMARK,
                ),
            ),
        ),
    ),
    "refunds/new": Form(
        message_type="GRT121",
        kind="refund",
        words=("退还申请", "Apply for a refund"),
        about="levies guarantees",
        fixed={"chgTmsCnt": "0", "rtnbkCrdwTypecd": "1"},
        filled=("applyDate",),
        ask="rtnbkCrdwAmt",
        sections=(
            Section(
                words=("退还", "Refund"),
                entries=(
                    Entry(name="etpsPreentNo", required=True, longest=64),
                    Entry(name="rtnbkCrdwAmt", input=Input.AMOUNT, required=True),
                    Entry(name="rtnbkCrdwRsnDesc", input=Input.LINES, required=True),
                    REMARK,
                ),
                locked=("gurNo", "gurTypecd", "assuredEtpsno", "assuredEtpsNm", "masterCuscd"),
            ),
        ),
        note=(
            "超过可退金额也可以申报, 由海关审核。",
            "More than is refundable may be filed; customs checks it.",
        ),
    ),
    "refunds/carry": Form(
        message_type="GRT121",
        kind="carryover",
        words=("结转申请", "Apply for a carry-over"),
        about="levies",
        fixed={"chgTmsCnt": "0", "rtnbkCrdwTypecd": "2"},
        filled=("applyDate",),
        ask="rtnbkCrdwAmt",
        sections=(
            Section(
                words=("结转", "Carry-over"),
                entries=(
                    Entry(name="etpsPreentNo", required=True, longest=64),
                    Entry(name="rtnbkCrdwAmt", input=Input.AMOUNT, required=True),
                    Entry(name="gurNo", part="GrtCrdwInDt", required=True),
                    Entry(name="rtnbkCrdwRsnDesc", input=Input.LINES, required=True),
                    REMARK,
                ),
                locked=("gurNo", "gurTypecd", "assuredEtpsno", "assuredEtpsNm", "masterCuscd"),
            ),
        ),
    ),
}
"""The path of a form below ``/portal`` to the form."""


def own_types() -> frozenset[str]:
    """Return the message types that these forms file."""
    return frozenset(form.message_type for form in FORMS.values())
