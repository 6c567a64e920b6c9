"""Which elements of a filing the enterprise does not write, and why (``docs/rules.md`` 2.1): one
table by kind of filing. Checks nothing: the rules do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.queries.form_shapes import Beside, FormList, FormOut, Locked
from handlers.lifecycle import EDITABLE, Status

Reason = tuple[str, str]
"""Chinese and English."""
BY_CUSTOMS: Reason = ("海关填写", "customs write it")
BY_FILL: Reason = ("按企业编码反填", "filled in from the registration of the code")
BY_FORM: Reason = ("由申报种类决定", "follows from the kind of filing")
UNCHANGED: Reason = (
    "变更只能改金额、保函有效期、保函编号",
    "a change is of amount, validity and letter number only",
)
AS_ISSUED: Reason = ("海关下发, 不能修改", "issued by customs, not to be altered")
AS_CHOSEN: Reason = ("来自所选的担保", "taken from the guarantee or levy that was chosen")
CASH: Reason = ("保金不填", "not filled in for cash")
LETTER: Reason = ("保函不填", "not filled in for a letter")
NO_LETTER: Reason = ("担保类型为总担保时不填", "not filled in under a general guarantee")
NO_GUARANTEE: Reason = ("单笔担保不填", "not filled in for a single guarantee")
DECLARED: Reason = ("已申报, 不能修改", "declared; not to be altered")

CONTACT = ("etpsConcErName", "etpsConcErTelnum")
FOLDED = ("assuredEtpsNm", "assuredEtpsSccd")
PAYEE = ("mkclUnitNm", "mkclUnitOpaccBankNm", "mkclUnitBankAcctnum")
PAYER = ("pmnEtpsno", "pmnEtpsNm", "pmnEtpsSccd", "pmnEtpsOpaccBankNm", "pmnEtpsBankAcctnum")
LETTERED = ("ltguaNo", "ltguaValidDate")
PAID = ("paymnModecd", "pmnEtpsOpaccBankNm", "pmnEtpsBankAcctnum")
TOLD = (
    *PAYEE,
    "usedGasrAmt",
    "avalGasrAmt",
    "alrdyRtnbkGasrAmt",
    "apprTime",
    "chgApprTime",
    "emapvMarkcd",
    "gurStucd",
    "pmnDeadline",
    "pmnChkinTime",
    "version",
    "lastUpdateTime",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One kind of filing. ``writes``: what the enterprise writes; ``locked``: all else by reason;
    ``beside``: what is locked where other elements have these values."""

    message_type: str
    body: str
    writes: tuple[str, ...]
    locked: tuple[tuple[Reason, tuple[str, ...]], ...]
    beside: tuple[tuple[Mapping[str, str], Reason, tuple[str, ...]], ...] = ()


_APPLIED = Form(
    message_type="GRT121",
    body="GrtRtnbkCrdwDt",
    writes=("etpsPreentNo", "rtnbkCrdwAmt", "rtnbkCrdwRsnDesc", "rmk"),
    locked=(
        (AS_CHOSEN, ("gurNo", "gurTypecd", "masterCuscd", "assuredEtpsno", "assuredEtpsNm")),
        (BY_FORM, ("rtnbkCrdwTypecd", "applyDate")),
        (
            BY_CUSTOMS,
            (
                "seqno",
                "chgTmsCnt",
                "dataSrccd",
                "emapvMarkcd",
                "version",
                "lastUpdateTime",
                "rtnbkCrdwNo",
            ),
        ),
    ),
)
FORMS: dict[str, Form] = {
    "setup": Form(
        message_type="GRT101",
        body="GrtGasrLevyBsc",
        writes=(
            "assuredEtpsno",
            "masterCuscd",
            "gurModecd",
            "gasrAmt",
            "etpsPreentNo",
            *LETTERED,
            *PAYER,
            "paymnModecd",
            *CONTACT,
            "rmk",
        ),
        locked=(
            (BY_FILL, FOLDED),
            (BY_FORM, ("dclTypecd", "chgTmsCnt", "dclTime")),
            (BY_CUSTOMS, ("gasrNo", *TOLD)),
        ),
        beside=(({"gurModecd": "1"}, CASH, LETTERED), ({"gurModecd": "2"}, LETTER, PAID)),
    ),
    "change": Form(
        message_type="GRT101",
        body="GrtGasrLevyBsc",
        writes=("etpsPreentNo", "gasrAmt", *LETTERED, "rmk"),
        locked=(
            (
                UNCHANGED,
                (
                    "gasrNo",
                    "assuredEtpsno",
                    *FOLDED,
                    "masterCuscd",
                    "gurModecd",
                    *PAYER,
                    "paymnModecd",
                    *CONTACT,
                ),
            ),
            (BY_FORM, ("dclTypecd", "chgTmsCnt", "dclTime")),
            (BY_CUSTOMS, TOLD),
        ),
    ),
    "confirmation": Form(
        message_type="GRT111",
        body="GrtDpstLevyBlBsc",
        writes=(
            "gurTypecd",
            "gurModecd",
            "gasrNo",
            "gurValidDate",
            *LETTERED,
            "paymnModecd",
            *PAYER,
            *CONTACT,
            "rmk",
        ),
        locked=(
            (
                AS_ISSUED,
                (
                    "dpstLevyBlNo",
                    "chgTmsCnt",
                    "masterCuscd",
                    "oriactNo",
                    "oriactValidDate",
                    "assuredEtpsno",
                    *FOLDED,
                    *PAYEE,
                    "bizTypecd",
                    "bizBlsNo",
                    "levyBlAmt",
                ),
            ),
            (
                BY_CUSTOMS,
                (
                    "actlvyAmt",
                    "alrdyCrdwAmt",
                    "alrdyRtnbkAmt",
                    "levyBlStucd",
                    "emapvMarkcd",
                    "levyBlGenrtDate",
                    "dpstPmnDeadline",
                    "dpstPmnChkinTime",
                    "dataSrccd",
                    "version",
                    "lastUpdateTime",
                ),
            ),
        ),
        beside=(
            ({"gurTypecd": "1"}, NO_LETTER, (*LETTERED, "gurValidDate")),
            ({"gurTypecd": "2"}, NO_GUARANTEE, ("gasrNo",)),
            ({"gurTypecd": "2", "gurModecd": "1"}, CASH, (*LETTERED, "gurValidDate")),
        ),
    ),
    "refund": _APPLIED,
    "carryover": _APPLIED,
}
"""The kind of a filing, as the API has it, to who writes what."""


def locked(kind: str, status: Status, fields: Mapping[str, str]) -> tuple[Locked, ...]:
    """Return what is locked of a row: of one that is declared everything, else what its kind and
    its values lock."""
    form = FORMS.get(kind)
    if form is None:
        return ()
    if status not in EDITABLE:
        return (_group(DECLARED, _all(form)),)
    chosen = [
        (reason, names)
        for when, reason, names in form.beside
        if all(fields.get(name) == value for name, value in when.items())
    ]
    return tuple(_group(reason, names) for reason, names in (*form.locked, *chosen))


def reasons(kind: str, status: Status, fields: Mapping[str, str]) -> dict[str, Reason]:
    """Return the elements of a row that are locked, each with its reason."""
    return {
        name: (group.reason_zh, group.reason_en)
        for group in reversed(locked(kind, status, fields))
        for name in group.elements
    }


def forms() -> FormList:
    """Return an empty form of each kind."""
    items = tuple(
        FormOut(
            kind=kind,
            message_type=form.message_type,
            body=form.body,
            open=form.writes,
            locked=tuple(_group(reason, names) for reason, names in form.locked),
            beside=tuple(
                Beside(when=dict(when), elements=names, reason_zh=reason[0], reason_en=reason[1])
                for when, reason, names in form.beside
            ),
        )
        for kind, form in FORMS.items()
    )
    return FormList(items=items, total=len(items), next=None)


def _group(reason: Reason, names: tuple[str, ...]) -> Locked:
    return Locked(elements=names, reason_zh=reason[0], reason_en=reason[1])


def _all(form: Form) -> tuple[str, ...]:
    return (*form.writes, *(name for _, names in form.locked for name in names))
