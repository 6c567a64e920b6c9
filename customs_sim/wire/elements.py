"""The elements of the documents in schema order, and those that an enterprise writes. Knows no
message."""

from __future__ import annotations

from collections.abc import Mapping

GUARANTEE = (
    "gasrNo",
    "chgTmsCnt",
    "etpsPreentNo",
    "dclTypecd",
    "masterCuscd",
    "assuredEtpsno",
    "assuredEtpsNm",
    "assuredEtpsSccd",
    "mkclUnitNm",
    "mkclUnitOpaccBankNm",
    "mkclUnitBankAcctnum",
    "pmnEtpsSccd",
    "pmnEtpsno",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
    "gurModecd",
    "gasrAmt",
    "usedGasrAmt",
    "avalGasrAmt",
    "alrdyRtnbkGasrAmt",
    "paymnModecd",
    "ltguaNo",
    "ltguaValidDate",
    "etpsConcErName",
    "etpsConcErTelnum",
    "dclTime",
    "apprTime",
    "chgApprTime",
    "emapvMarkcd",
    "gurStucd",
    "pmnDeadline",
    "pmnChkinTime",
    "version",
    "lastUpdateTime",
    "rmk",
)
LEVY = (
    "dpstLevyBlNo",
    "chgTmsCnt",
    "masterCuscd",
    "oriactNo",
    "oriactValidDate",
    "assuredEtpsno",
    "assuredEtpsSccd",
    "assuredEtpsNm",
    "mkclUnitNm",
    "mkclUnitOpaccBankNm",
    "mkclUnitBankAcctnum",
    "pmnEtpsSccd",
    "pmnEtpsno",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
    "bizTypecd",
    "bizBlsNo",
    "gurModecd",
    "gurTypecd",
    "gasrNo",
    "gurValidDate",
    "ltguaNo",
    "levyBlAmt",
    "actlvyAmt",
    "alrdyCrdwAmt",
    "alrdyRtnbkAmt",
    "paymnModecd",
    "levyBlStucd",
    "emapvMarkcd",
    "etpsConcErName",
    "etpsConcErTelnum",
    "levyBlGenrtDate",
    "dpstPmnDeadline",
    "dpstPmnChkinTime",
    "dataSrccd",
    "version",
    "lastUpdateTime",
    "rmk",
    "ltguaValidDate",
)
REFUND = (
    "gurNo",
    "seqno",
    "chgTmsCnt",
    "etpsPreentNo",
    "assuredEtpsno",
    "assuredEtpsNm",
    "gurTypecd",
    "rtnbkCrdwTypecd",
    "rtnbkCrdwRsnDesc",
    "rtnbkCrdwAmt",
    "applyDate",
    "dataSrccd",
    "emapvMarkcd",
    "version",
    "lastUpdateTime",
    "rmk",
    "masterCuscd",
    "rtnbkCrdwNo",
)
"""The elements of the bodies that customs starts itself, in schema order."""

CONFIRMED = (
    "pmnEtpsSccd",
    "pmnEtpsno",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
    "gurModecd",
    "gurTypecd",
    "gasrNo",
    "gurValidDate",
    "ltguaNo",
    "paymnModecd",
    "etpsConcErName",
    "etpsConcErTelnum",
    "rmk",
    "ltguaValidDate",
)
"""What the enterprise writes in a confirmation; all else is customs'."""
CHANGED = ("etpsPreentNo", "dclTypecd", "gasrAmt", "ltguaNo", "ltguaValidDate", "dclTime", "rmk")
"""What the enterprise writes in a 变更."""


def filled(names: tuple[str, ...], *values: Mapping[str, str]) -> dict[str, str]:
    """Return all ``names`` in order with the last value given for each; empty where there is
    none."""
    merged: dict[str, str] = {}
    for each in values:
        merged |= each
    return {name: merged.get(name, "") for name in names}
