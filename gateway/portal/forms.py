"""What each form asks (``docs/rules.md`` 2.1, M1 to M5): a table of fields in groups. All that is
not asked is customs' or comes from the record, and is shown locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.base.web.pages.text import Words


class Input(StrEnum):
    """How a field is entered."""

    TEXT = "text"
    LINES = "lines"
    CODE = "code"
    """Chosen from a code list."""
    YUAN = "yuan"
    """Whole 元."""
    AMOUNT = "amount"
    """元 with at most two decimals."""
    DAY = "day"
    """A day; on the wire a time at its midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field that the enterprise writes.

    Attributes:
        name: Its element.
        codes: The code list that it is chosen from; empty without one.
        when: Other elements with the value that they must have for this one to be open.
        required: Whether a declaration needs it, where it is open.
        part: The row beside the body that it stands in; empty for the body.
        own: What list of the enterprise's own record is offered for it (``GRT151``); empty for
            none.
    """

    name: str
    input: Input = Input.TEXT
    codes: str = ""
    when: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    part: str = ""
    own: str = ""

    @property
    def key(self) -> str:
        """Return the name of its field in the form."""
        return f"{self.part}.{self.name}" if self.part else self.name

    def open_for(self, values: Mapping[str, str]) -> bool:
        """Return whether it is open beside these values."""
        return all(values.get(name) == wanted for name, wanted in self.when.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Fields under a heading; ``locked`` are shown as they stand."""

    words: Words
    entries: tuple[Entry, ...] = ()
    locked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form.

    Attributes:
        message_type: What it files.
        fixed: Elements whose value the form itself says.
        filled: Elements with the moment at which the form was opened.
        ask: The element whose amount is asked back before it is declared.
        about: What it starts from: "", or the name of the query in which that stands.
        kind: The kind of filing that it is for, as the API has it.
    """

    message_type: str
    kind: str
    words: Words
    sections: tuple[Section, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    filled: tuple[str, ...] = ()
    ask: str
    about: str = ""
    note: Words = ("", "")

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return all fields, in order."""
        return tuple(entry for section in self.sections for entry in section.entries)


ASSURED = ("assuredEtpsno", "assuredEtpsNm", "assuredEtpsSccd")
CASH, LETTER = {"gurModecd": "1"}, {"gurModecd": "2"}
SINGLE = {"gurTypecd": "2"}
SINGLE_LETTER = SINGLE | LETTER
REMARK = Entry(name="rmk", input=Input.LINES)
CUSTOMS = Entry(name="masterCuscd", input=Input.CODE, codes="customs", required=True)


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
            Section(words=("被担保单位", "Assured enterprise"), entries=(CUSTOMS,), locked=ASSURED),
            Section(
                words=("担保", "Guarantee"),
                entries=(
                    Entry(name="gurModecd", input=Input.CODE, codes="gur_mode", required=True),
                    Entry(name="gasrAmt", input=Input.YUAN, required=True),
                    Entry(name="etpsPreentNo", required=True),
                    Entry(name="ltguaNo", when=LETTER, required=True),
                    Entry(name="ltguaValidDate", input=Input.DAY, when=LETTER, required=True),
                ),
            ),
            Section(
                words=("缴款单位", "Payer"),
                entries=(
                    Entry(name="pmnEtpsno"),
                    Entry(name="pmnEtpsNm", required=True),
                    Entry(name="pmnEtpsSccd"),
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
                    Entry(name="etpsPreentNo", required=True),
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
                    Entry(name="pmnEtpsno"),
                    Entry(name="pmnEtpsNm", required=True),
                    Entry(name="pmnEtpsSccd"),
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
                    Entry(name="etpsPreentNo", required=True),
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
                    Entry(name="etpsPreentNo", required=True),
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


def form_for(message_type: str, kind: str) -> str | None:
    """Return the name of the form that a filing is corrected with; None without one."""
    return next(
        (
            name
            for name, form in FORMS.items()
            if (form.message_type, form.kind) == (message_type, kind)
        ),
        None,
    )
