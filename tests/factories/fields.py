"""The fields of every body with defaults that pass, in schema order.

The default 总担保设立 (by letter, valid until 2027-11-22) passes every rule from 2026-11 until
that day.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.factories.enterprises import BEIJING, ENTERPRISES, NIL

CASH = {
    "gurModecd": "1",
    "paymnModecd": "1",
    "ltguaNo": "",
    "ltguaValidDate": "",
    "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
    "pmnEtpsBankAcctnum": "0200003409089123456",
}
"""What a 保金 filing says otherwise than the default, paid at the counter."""


def grt101_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 36 elements of GrtGasrLevyBsc in schema order. A change to None leaves its element
    out."""
    who = ENTERPRISES[enterprise]
    reference = changes.get("etpsPreentNo", "R0001")
    fields: dict[str, str | None] = {
        "gasrNo": "",
        "chgTmsCnt": "0",
        "etpsPreentNo": "R0001",
        "dclTypecd": "1",
        "masterCuscd": who.customs,
        "assuredEtpsno": who.code,
        "assuredEtpsNm": who.name,
        "assuredEtpsSccd": who.credit_code,
        "mkclUnitNm": "",
        "mkclUnitOpaccBankNm": "",
        "mkclUnitBankAcctnum": "",
        "pmnEtpsSccd": who.credit_code,
        "pmnEtpsno": who.code,
        "pmnEtpsNm": who.name,
        "pmnEtpsOpaccBankNm": "",
        "pmnEtpsBankAcctnum": "",
        "gurModecd": "2",
        "gasrAmt": "500000",
        "usedGasrAmt": "0",
        "avalGasrAmt": "0",
        "alrdyRtnbkGasrAmt": "0",
        "paymnModecd": "",
        "ltguaNo": f"BH-{reference}",
        "ltguaValidDate": "2027-11-22 00:00:00",
        "etpsConcErName": "张三",
        "etpsConcErTelnum": "010-88886666",
        "dclTime": "2026-11-23 10:00:00",
        "apprTime": "",
        "chgApprTime": "",
        "emapvMarkcd": "0",
        "gurStucd": "",
        "pmnDeadline": "",
        "pmnChkinTime": "",
        "version": "",
        "lastUpdateTime": "",
        "rmk": "年度总担保",
    }
    if unknown := changes.keys() - fields.keys():
        raise TypeError(f"GrtGasrLevyBsc has no {', '.join(sorted(unknown))}")
    fields |= changes
    return {name: value for name, value in fields.items() if value is not None}


LEVY_NO, GUARANTEE_NO, STATEMENT_NO = "ZS0100202600001", "ZB0100202600001", "DZ0100202600001"
BY_LETTER = {"gurModecd": "2", "ltguaNo": "BH-2026-0042", "ltguaValidDate": "2027-11-22 00:00:00"}
"""What a confirmation by a single letter says otherwise than the default."""
BY_GENERAL = {"gurTypecd": "1", "gurModecd": "2", "gasrNo": GUARANTEE_NO}
"""What a confirmation on a general guarantee says otherwise than the default."""


PAYER = (
    "pmnEtpsSccd",
    "pmnEtpsno",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
    "etpsConcErName",
    "etpsConcErTelnum",
)


def grt111_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 40 elements of GrtDpstLevyBlBsc in schema order: a levy as customs issued it, confirmed
    with cash at the counter."""
    who = ENTERPRISES[enterprise]
    return changed(
        "GrtDpstLevyBlBsc",
        changes,
        {
            "dpstLevyBlNo": LEVY_NO,
            "chgTmsCnt": "0",
            "masterCuscd": who.customs,
            "oriactNo": "C010016A0471",
            "oriactValidDate": "2027-06-30 00:00:00",
            "assuredEtpsno": who.code,
            "assuredEtpsSccd": who.credit_code,
            "assuredEtpsNm": who.name,
            "mkclUnitNm": "北京海关",
            "mkclUnitOpaccBankNm": "中国银行北京分行",
            "mkclUnitBankAcctnum": "0100-7788-0001",
            "pmnEtpsSccd": who.credit_code,
            "pmnEtpsno": who.code,
            "pmnEtpsNm": who.name,
            "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
            "pmnEtpsBankAcctnum": "0200003409089123456",
            "bizTypecd": "2",
            "bizBlsNo": "C010016A0471",
            "gurModecd": "1",
            "gurTypecd": "2",
            "gasrNo": "",
            "gurValidDate": "",
            "ltguaNo": "",
            "levyBlAmt": "120000.50",
            "actlvyAmt": "0",
            "alrdyCrdwAmt": "0",
            "alrdyRtnbkAmt": "0",
            "paymnModecd": "1",
            "levyBlStucd": "1",
            "emapvMarkcd": "0",
            "etpsConcErName": "张三",
            "etpsConcErTelnum": "010-88886666",
            "levyBlGenrtDate": "2026-11-20 09:30:00",
            "dpstPmnDeadline": "",
            "dpstPmnChkinTime": "",
            "dataSrccd": "0",
            "version": "1",
            "lastUpdateTime": "2026-11-20 09:30:00",
            "rmk": "",
            "ltguaValidDate": "",
        },
    )


def confirming(levy: Mapping[str, str], **changes: str) -> dict[str, str]:
    """The elements of a confirmation: the levy as customs issued it, and what the enterprise
    chooses: its own account and contact, a single guarantee in cash at the counter."""
    own = grt111_fields()
    return {
        **levy,
        **{name: own[name] for name in PAYER},
        "gurTypecd": "2",
        "gurModecd": "1",
        "paymnModecd": "1",
        "gasrNo": "",
        "ltguaNo": "",
        "ltguaValidDate": "",
        **changes,
    }


def grt121_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 18 elements of GrtRtnbkCrdwDt in schema order: a refund of 50,000.00 元 of a levy."""
    who = ENTERPRISES[enterprise]
    return changed(
        "GrtRtnbkCrdwDt",
        changes,
        {
            "gurNo": LEVY_NO,
            "seqno": NIL,
            "chgTmsCnt": "0",
            "etpsPreentNo": "T0001",
            "assuredEtpsno": who.code,
            "assuredEtpsNm": who.name,
            "gurTypecd": "2",
            "rtnbkCrdwTypecd": "1",
            "rtnbkCrdwRsnDesc": "手册核销, 申请退还",
            "rtnbkCrdwAmt": "50000.00",
            "applyDate": "2026-11-23 10:00:00",
            "dataSrccd": "",
            "emapvMarkcd": "",
            "version": "",
            "lastUpdateTime": "",
            "rmk": "",
            "masterCuscd": who.customs,
            "rtnbkCrdwNo": "",
        },
    )


def target_row(**changes: str | None) -> dict[str, str]:
    """GrtCrdwInDt: the levy that receives the whole amount of a carry-over."""
    return changed(
        "GrtCrdwInDt",
        changes,
        {"seqno": "1", "gurNo": "ZS0100202600002", "crdwAmt": "50000.00", "rmk": ""},
    )


def grt141_fields(**changes: str | None) -> dict[str, str]:
    """ReceiptDclHead: the receipts of one reference."""
    return changed("ReceiptDclHead", changes, {"businessId": "", "etpsPreentNo": "R0001"})


def grt151_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 11 elements of GrtEtpsInfoBsc in schema order."""
    who = ENTERPRISES[enterprise]
    return changed(
        "GrtEtpsInfoBsc",
        changes,
        {
            "etpsPreentNo": "W0001",
            "chgTmsCnt": "0",
            "assuredEtpsno": who.code,
            "assuredEtpsNm": who.name,
            "assuredEtpsSccd": who.credit_code,
            "masterCuscd": who.customs,
            "etpsAddr": "北京市朝阳区某某路 1 号",
            "dclTime": "2026-11-23 10:00:00",
            "version": "",
            "lastUpdateTime": "",
            "rmk": "",
        },
    )


def contact_row(**changes: str | None) -> dict[str, str]:
    """GrtEtpsConcDt: the default contact."""
    return changed(
        "GrtEtpsConcDt",
        changes,
        {
            "seqno": "1",
            "etpsConcErName": "张三",
            "etpsConcErTelnum": "010-88886666",
            "dfltMarkcd": "1",
        },
    )


def account_row(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """GrtEtpsAcctDt: the default account of the enterprise itself."""
    who = ENTERPRISES[enterprise]
    return changed(
        "GrtEtpsAcctDt",
        changes,
        {
            "seqno": "1",
            "pmnEtpsno": who.code,
            "pmnEtpsSccd": who.credit_code,
            "pmnEtpsNm": who.name,
            "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
            "pmnEtpsBankAcctnum": "0200003409089123456",
            "dfltMarkcd": "1",
            "rmk": "",
        },
    )


def grt161_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 11 elements of GrtReconRsltBsc in schema order: the statement agreed."""
    who = ENTERPRISES[enterprise]
    return changed(
        "GrtReconRsltBsc",
        changes,
        {
            "etpsPreentNo": "Z0001",
            "chgTmsCnt": "0",
            "assuredEtpsno": who.code,
            "assuredEtpsNm": who.name,
            "assuredEtpsSccd": who.credit_code,
            "stmtNo": STATEMENT_NO,
            "stmtVersion": "1",
            "reconRsltcd": "1",
            "diffQty": "0",
            "dclTime": "2026-11-23 10:00:00",
            "rmk": "",
        },
    )


def difference_row(**changes: str | None) -> dict[str, str]:
    """GrtReconDiffDt: a payment that the enterprise has 0.50 元 higher."""
    return changed(
        "GrtReconDiffDt",
        changes,
        {
            "seqno": "1",
            "mvmtNo": "MV2026000000001",
            "missMarkcd": "0",
            "stmtAmt": "100000.00",
            "etpsAmt": "100000.50",
            "diffRsnDesc": "银行回单为 100000.50 元",
        },
    )


def changed(
    name: str, changes: Mapping[str, str | None], fields: Mapping[str, str]
) -> dict[str, str]:
    """``fields`` with ``changes``, in the order of ``fields``; a change to None leaves its element
    out."""
    if unknown := changes.keys() - fields.keys():
        raise TypeError(f"{name} has no {', '.join(sorted(unknown))}")
    return {key: value for key, value in {**fields, **changes}.items() if value is not None}
