"""The bodies of customs' tests, as fields with defaults that pass."""

from __future__ import annotations

NODE = "DXPEDCGRT0000001"
SENDER = "DXPENT0000000001"

LETTER = {
    "gasrNo": "",
    "chgTmsCnt": "0",
    "etpsPreentNo": "R-0001",
    "dclTypecd": "1",
    "masterCuscd": "0100",
    "assuredEtpsno": "1105910159",
    "assuredEtpsNm": "北京某某保税科技有限公司",
    "assuredEtpsSccd": "91110000802100433B",
    "mkclUnitNm": "",
    "mkclUnitOpaccBankNm": "",
    "mkclUnitBankAcctnum": "",
    "pmnEtpsSccd": "91110000802100433B",
    "pmnEtpsno": "1105910159",
    "pmnEtpsNm": "北京某某保税科技有限公司",
    "pmnEtpsOpaccBankNm": "",
    "pmnEtpsBankAcctnum": "",
    "gurModecd": "2",
    "gasrAmt": "300000",
    "usedGasrAmt": "0",
    "avalGasrAmt": "0",
    "alrdyRtnbkGasrAmt": "0",
    "paymnModecd": "",
    "ltguaNo": "LG-001",
    "ltguaValidDate": "2027-11-22 00:00:00",
    "etpsConcErName": "报关部",
    "etpsConcErTelnum": "010-88886666",
    "dclTime": "2026-11-23 11:59:00",
    "apprTime": "",
    "chgApprTime": "",
    "emapvMarkcd": "0",
    "gurStucd": "",
    "pmnDeadline": "",
    "pmnChkinTime": "",
    "version": "1",
    "lastUpdateTime": "2026-11-23 11:59:00",
    "rmk": "年度总担保",
}
"""A sound 设立 by letter of guarantee: every element in the order of the schema."""

CASH = LETTER | {
    "gurModecd": "1",
    "ltguaNo": "",
    "ltguaValidDate": "",
    "paymnModecd": "1",
    "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
    "pmnEtpsBankAcctnum": "0200003409089123456",
    "gasrAmt": "500000",
}
"""A sound 设立 by cash."""

LEVY = {
    "dpstLevyBlNo": "ZS0100202600001",
    "chgTmsCnt": "0",
    "masterCuscd": "0100",
    "oriactNo": "C010016A0471",
    "oriactValidDate": "",
    "assuredEtpsno": "1105910159",
    "assuredEtpsSccd": "91110000802100433B",
    "assuredEtpsNm": "北京某某保税科技有限公司",
    "mkclUnitNm": "中华人民共和国北京海关",
    "mkclUnitOpaccBankNm": "模拟银行北京分行",
    "mkclUnitBankAcctnum": "0100000000000000001",
    "pmnEtpsSccd": "",
    "pmnEtpsno": "",
    "pmnEtpsNm": "",
    "pmnEtpsOpaccBankNm": "",
    "pmnEtpsBankAcctnum": "",
    "bizTypecd": "2",
    "bizBlsNo": "C010016A0471",
    "gurModecd": "",
    "gurTypecd": "",
    "gasrNo": "",
    "gurValidDate": "",
    "ltguaNo": "",
    "levyBlAmt": "120000.50",
    "actlvyAmt": "0.00",
    "alrdyCrdwAmt": "0.00",
    "alrdyRtnbkAmt": "0.00",
    "paymnModecd": "",
    "levyBlStucd": "1",
    "emapvMarkcd": "0",
    "etpsConcErName": "",
    "etpsConcErTelnum": "",
    "levyBlGenrtDate": "2026-11-23 12:00:00",
    "dpstPmnDeadline": "",
    "dpstPmnChkinTime": "",
    "dataSrccd": "0",
    "version": "1",
    "lastUpdateTime": "2026-11-23 12:00:00",
    "rmk": "",
    "ltguaValidDate": "",
}
"""A levy as customs issues it: every element in the order of the schema."""

IN_CASH = {
    "pmnEtpsSccd": "91110000802100433B",
    "pmnEtpsno": "1105910159",
    "pmnEtpsNm": "北京某某保税科技有限公司",
    "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
    "pmnEtpsBankAcctnum": "0200003409089123456",
    "gurModecd": "1",
    "gurTypecd": "2",
    "paymnModecd": "1",
    "etpsConcErName": "报关部",
    "etpsConcErTelnum": "010-88886666",
}
BY_LETTER = IN_CASH | {
    "gurModecd": "2",
    "ltguaNo": "LG-777",
    "ltguaValidDate": "2027-11-22 00:00:00",
}
"""What an enterprise fills in when it confirms a levy."""

REFUND = {
    "gurNo": "ZS0100202600001",
    "seqno": "",
    "chgTmsCnt": "",
    "etpsPreentNo": "R-0001",
    "assuredEtpsno": "1105910159",
    "assuredEtpsNm": "北京某某保税科技有限公司",
    "gurTypecd": "2",
    "rtnbkCrdwTypecd": "1",
    "rtnbkCrdwRsnDesc": "手册核销",
    "rtnbkCrdwAmt": "50000.00",
    "applyDate": "2026-11-23 11:00:00",
    "dataSrccd": "",
    "emapvMarkcd": "",
    "version": "",
    "lastUpdateTime": "",
    "rmk": "",
    "masterCuscd": "",
    "rtnbkCrdwNo": "",
}
"""A 退还 of a levy: what customs writes is nil or empty."""

RECORD = {
    "etpsPreentNo": "R-0001",
    "chgTmsCnt": "0",
    "assuredEtpsno": "1105910159",
    "assuredEtpsNm": "北京某某保税科技有限公司",
    "assuredEtpsSccd": "91110000802100433B",
    "masterCuscd": "0100",
    "etpsAddr": "北京市朝阳区",
    "dclTime": "2026-11-23 11:00:00",
    "version": "",
    "lastUpdateTime": "",
    "rmk": "",
}
CONTACT = {
    "seqno": "1",
    "etpsConcErName": "报关部",
    "etpsConcErTelnum": "010-88886666",
    "dfltMarkcd": "1",
}
ACCOUNT = {
    "seqno": "1",
    "pmnEtpsno": "1105910159",
    "pmnEtpsSccd": "91110000802100433B",
    "pmnEtpsNm": "北京某某保税科技有限公司",
    "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
    "pmnEtpsBankAcctnum": "0200003409089123456",
    "dfltMarkcd": "1",
    "rmk": "",
}
"""A GRT151 and its rows."""

ANSWER = {
    "etpsPreentNo": "R-0001",
    "chgTmsCnt": "0",
    "assuredEtpsno": "1105910159",
    "assuredEtpsNm": "北京某某保税科技有限公司",
    "assuredEtpsSccd": "91110000802100433B",
    "stmtNo": "DZ0100202600001",
    "stmtVersion": "1",
    "reconRsltcd": "1",
    "diffQty": "0",
    "dclTime": "2026-11-23 11:00:00",
    "rmk": "",
}
"""A GRT161 that agrees."""
