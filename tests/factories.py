"""Documents and values with defaults that pass. Written out literally: nothing here uses the codecs
under test.

The default 总担保设立 (by letter, valid until 2027-11-22) passes every rule from 2026-11 until that
day.
"""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from xml.sax.saxutils import escape

from handlers.contract import (
    NOTHING_HELD,
    Context,
    Enterprise,
    Filing,
    Held,
    HeldGuarantee,
    HeldLevy,
    HeldStatement,
)
from handlers.lifecycle import Status
from schemas.body import Body
from schemas.codes import CodeLists

BEIJING, SHANGHAI = "1105910159", "3105960AAA"
CUSTOMS_NODE = "DXPEDCGRT0000001"
ENTERPRISES: dict[str, Enterprise] = {
    BEIJING: Enterprise(
        code=BEIJING,
        name="北京某某保税科技有限公司",
        credit_code="91110000802100433B",
        customs="0100",
        dxp_id="DXPENT0000000001",
    ),
    SHANGHAI: Enterprise(
        code=SHANGHAI,
        name="上海某某国际物流有限公司",
        credit_code="91310115MA1K3QW838",
        customs="2200",
        dxp_id="DXPENT0000000002",
    ),
}
NIL = "(nil)"
"""As a field's value: the element is written ``xsi:nil``; rules see it empty."""
OMITTED = "(omitted)"
"""As the operator: no OperCusRegCode at all."""
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
SAS = "http://www.chinaport.gov.cn/sas"
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


def grt101(
    ref: str = "R0001",
    number: int = 1,
    *,
    form: str = "Signature",
    flag: str = "1",
    seq_no: str | None = None,
    encoding: str = "UTF-8",
    namespace: str | None = None,
    enterprise: str = BEIJING,
    message_type: str = "GRT101",
    message_id: str | None = None,
    sender: str | None = None,
    receiver: str = CUSTOMS_NODE,
    sys_id: str = "B2",
    operator: str | None = None,
    **fields: str | None,
) -> bytes:
    """A GRT101 message, one element a line. ``form``: Signature, Package, or DxpMsg (around a
    Signature, in UTF-8).

    ``encoding`` is also the label; UTF-16 and UTF-8-SIG come with a BOM. ``namespace``: default or
    prefixed. ``fields`` as for ``grt101_fields``."""
    body = grt101_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | fields)
    return message(
        message_type,
        _filed("GrtGasrLevyBsc", body, {}, seq_no),
        number,
        business_id=ref,
        form=form,
        flag=flag,
        encoding=encoding,
        namespace=namespace,
        enterprise=enterprise,
        message_id=message_id,
        sender=sender,
        receiver=receiver,
        sys_id=sys_id,
        operator=operator,
    )


def message(
    message_type: str,
    content: str,
    number: int = 1,
    *,
    business_id: str = "",
    form: str = "Signature",
    flag: str | None = "1",
    encoding: str = "UTF-8",
    namespace: str | None = None,
    enterprise: str = BEIJING,
    message_id: str | None = None,
    sender: str | None = None,
    receiver: str = CUSTOMS_NODE,
    sys_id: str | None = "B2",
    operator: str | None = None,
) -> bytes:
    """A message of any type around ``content``, the first element of BussinessData. None leaves
    flag or SysId out."""
    sender = ENTERPRISES[enterprise].dxp_id if sender is None else sender
    message_id = (
        f"{sender}{receiver}20261123100000{number:011d}" if message_id is None else message_id
    )
    unit = ENTERPRISES[enterprise].code if operator is None else operator
    package = _box(
        "Package",
        _box(
            "EnvelopInfo",
            _leaf("version", "1.0"),
            _leaf("business_id", business_id),
            _leaf("message_id", message_id),
            _leaf("file_name", f"{message_id}.GRT"),
            _leaf("message_type", message_type),
            _leaf("sender_id", sender),
            _leaf("receiver_id", receiver),
            _leaf("send_time", "2026-11-23T10:00:00"),
            _leaf("Ic_Card", "2100040033809"),
        ),
        _box(
            "DataInfo",
            _box(
                "PocketInfo",
                _leaf("pocket_id", ""),
                _leaf("total_pocket_qty", "1"),
                _leaf("cur_pocket_no", "1"),
                _leaf("is_unstructured", ""),
            ),
            _box(
                "BussinessData",
                _closed(
                    content,
                    "" if sys_id is None else _leaf("SysId", sys_id),
                    "" if unit == OMITTED else _leaf("OperCusRegCode", unit),
                ),
                "" if flag is None else _leaf("DelcareFlag", flag),
            ),
        ),
    )
    if form == "Package":
        return _document(package, encoding, namespace, SAS)
    signature = _document(_signed(package), encoding, namespace, XMLDSIG)
    return (
        signature if form == "Signature" else dxp(signature, number, sender, receiver, message_type)
    )


def pocketed(body: bytes, pocket_id: str, total: int, number: int) -> bytes:
    """The same message as pocket ``number`` of ``total``."""
    for old, new in (
        (b"<pocket_id/>", b"<pocket_id>" + pocket_id.encode() + b"</pocket_id>"),
        (b"<total_pocket_qty>1<", b"<total_pocket_qty>%d<" % total),
        (b"<cur_pocket_no>1<", b"<cur_pocket_no>%d<" % number),
    ):
        assert body.count(old) == 1
        body = body.replace(old, new)
    return body


def attachment(
    content: bytes,
    pocket_id: str,
    total: int,
    number: int,
    message_number: int,
    *,
    message_type: str = "GRT101",
    enterprise: str = BEIJING,
    **changes: str,
) -> bytes:
    """A file as pocket ``number`` of ``total``. ``changes``: elements that differ, for instance
    FileHash."""
    fields = {
        "UUID": f"file-{number}",
        "FileName": f"保函 {number}.pdf",
        "FileType": "pdf",
        "FileSize": str(len(content)),
        "FileHashMethod": "sha1",
        "FileHash": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "OwnerName": ENTERPRISES[enterprise].name,
        "OwnerCode": enterprise,
        "FileData": base64.b64encode(content).decode(),
    }
    inner = "".join(
        _leaf(name, value) for name, value in _changed("BussinessData", changes, fields).items()
    )
    body = message(
        message_type,
        inner,
        message_number,
        flag=None,
        sys_id=None,
        operator=OMITTED,
        enterprise=enterprise,
    )
    return pocketed(body, pocket_id, total, number).replace(
        b"<is_unstructured/>", b"<is_unstructured>1</is_unstructured>"
    )


def dxp(
    data: bytes,
    number: int = 1,
    sender: str = "DXPENT0000000001",
    receiver: str = CUSTOMS_NODE,
    message_type: str = "GRT101",
) -> bytes:
    """A DxpMsg around ``data``, base64 in lines of 76."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 76))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp"'
        ' ver="1.0">\n  <TransInfo>\n   '
        f" <CopMsgId>00000000-0000-4000-8000-{number:012X}</CopMsgId>\n   "
        f" <SenderId>{sender}</SenderId>\n    <ReceiverIds>\n     "
        f" <ReceiverId>{receiver}</ReceiverId>\n    </ReceiverIds>\n   "
        f" <CreatTime>2026-11-23T10:00:00</CreatTime>\n    <MsgType>{message_type}</MsgType>\n "
        f" </TransInfo>\n  <Data>\n{lines}\n  </Data>\n</DxpMsg>\n"
    ).encode()


def grt101_filing(
    *,
    declares: bool = True,
    sys_id: str = "B2",
    operator: str | None = None,
    seq_no: str = "",
    enterprise: str = BEIJING,
    **fields: str | None,
) -> Filing:
    """A GRT101 as rules see it."""
    return Filing(
        message_type="GRT101",
        body=Body(grt101_fields(enterprise=enterprise, **fields)),
        declares=declares,
        seq_no=seq_no,
        sys_id=sys_id,
        operator=enterprise if operator is None else operator,
    )


LEVY_NO, GUARANTEE_NO, STATEMENT_NO = "ZS0100202600001", "ZB0100202600001", "DZ0100202600001"
BY_LETTER = {"gurModecd": "2", "ltguaNo": "BH-2026-0042", "ltguaValidDate": "2027-11-22 00:00:00"}
"""What a confirmation by a single letter says otherwise than the default."""
BY_GENERAL = {"gurTypecd": "1", "gurModecd": "2", "gasrNo": GUARANTEE_NO}
"""What a confirmation on a general guarantee says otherwise than the default."""


def grt111_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 40 elements of GrtDpstLevyBlBsc in schema order: a levy as customs issued it, confirmed
    with cash at the counter."""
    who = ENTERPRISES[enterprise]
    return _changed(
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


def grt121_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 18 elements of GrtRtnbkCrdwDt in schema order: a refund of 50,000.00 元 of a levy."""
    who = ENTERPRISES[enterprise]
    return _changed(
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
    return _changed(
        "GrtCrdwInDt",
        changes,
        {"seqno": "1", "gurNo": "ZS0100202600002", "crdwAmt": "50000.00", "rmk": ""},
    )


def grt141_fields(**changes: str | None) -> dict[str, str]:
    """ReceiptDclHead: the receipts of one reference."""
    return _changed("ReceiptDclHead", changes, {"businessId": "", "etpsPreentNo": "R0001"})


def grt151_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 11 elements of GrtEtpsInfoBsc in schema order."""
    who = ENTERPRISES[enterprise]
    return _changed(
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
    return _changed(
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
    return _changed(
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
    return _changed(
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
    return _changed(
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


ENVELOPE = frozenset(
    {
        "form",
        "flag",
        "encoding",
        "namespace",
        "message_id",
        "sender",
        "receiver",
        "sys_id",
        "operator",
    }
)


def grt111(
    number: int = 1, *, enterprise: str = BEIJING, seq_no: str | None = None, **changes: str | None
) -> bytes:
    """A GRT111. ``changes``: elements as for ``grt111_fields``, and whatever of ``ENVELOPE``
    differs (``message``)."""
    body = grt111_fields(enterprise=enterprise, **_apart(changes))
    return message(
        "GRT111",
        _filed("GrtDpstLevyBlBsc", body, {}, seq_no),
        number,
        business_id=body.get("dpstLevyBlNo", ""),
        enterprise=enterprise,
        **_envelope(changes),
    )


def grt121(
    ref: str = "T0001",
    number: int = 1,
    *,
    enterprise: str = BEIJING,
    seq_no: str | None = None,
    targets: Sequence[Mapping[str, str]] = (),
    **changes: str | None,
) -> bytes:
    """A GRT121. ``targets``: rows of ``target_row``."""
    body = grt121_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | _apart(changes))
    return message(
        "GRT121",
        _filed("GrtRtnbkCrdwDt", body, {"GrtCrdwInDt": targets}, seq_no),
        number,
        business_id=ref,
        enterprise=enterprise,
        **_envelope(changes),
    )


def grt141(number: int = 1, *, enterprise: str = BEIJING, **changes: str | None) -> bytes:
    """A GRT141 as its public shape has it: without flag, subsystem and operator, unless they are
    given."""
    head = grt141_fields(**_apart(changes))
    bare: dict[str, Any] = {"flag": None, "sys_id": None, "operator": OMITTED}
    return message(
        "GRT141",
        _box("GRT141", _element("ReceiptDclHead", head)),
        number,
        enterprise=enterprise,
        **bare | _envelope(changes),
    )


def grt151(
    ref: str = "W0001",
    number: int = 1,
    *,
    enterprise: str = BEIJING,
    seq_no: str | None = None,
    contacts: Sequence[Mapping[str, str]] | None = None,
    accounts: Sequence[Mapping[str, str]] | None = None,
    **changes: str | None,
) -> bytes:
    """A GRT151 with one contact and one account, unless others are given."""
    body = grt151_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | _apart(changes))
    rows = {
        "GrtEtpsConcDt": [contact_row()] if contacts is None else contacts,
        "GrtEtpsAcctDt": [account_row(enterprise=enterprise)] if accounts is None else accounts,
    }
    return message(
        "GRT151",
        _filed("GrtEtpsInfoBsc", body, rows, seq_no),
        number,
        business_id=ref,
        enterprise=enterprise,
        **_envelope(changes),
    )


def grt161(
    ref: str = "Z0001",
    number: int = 1,
    *,
    enterprise: str = BEIJING,
    seq_no: str | None = None,
    differences: Sequence[Mapping[str, str]] = (),
    **changes: str | None,
) -> bytes:
    """A GRT161. ``differences``: rows of ``difference_row``; with any, the result is 2 and they are
    counted."""
    told = {"reconRsltcd": "2", "diffQty": str(len(differences))} if differences else {}
    body = grt161_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | told | _apart(changes))
    return message(
        "GRT161",
        _filed("GrtReconRsltBsc", body, {"GrtReconDiffDt": differences}, seq_no),
        number,
        business_id=ref,
        enterprise=enterprise,
        **_envelope(changes),
    )


def filing(
    message_type: str,
    fields: Mapping[str, str],
    parts: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    *,
    declares: bool = True,
    sys_id: str = "B2",
    operator: str = BEIJING,
    seq_no: str = "",
) -> Filing:
    """A filing of any type as rules see it."""
    plain = {name: "" if value == NIL else value for name, value in fields.items()}
    return Filing(
        message_type=message_type,
        body=Body(plain),
        declares=declares,
        seq_no=seq_no,
        sys_id=sys_id,
        operator=operator,
        parts={name: tuple(rows) for name, rows in (parts or {}).items() if rows},
    )


def held_guarantee(
    *, open_filing: str | None = None, enterprise: str = BEIJING, **changes: str
) -> HeldGuarantee:
    """A guarantee by letter over 500,000 元, set up, never changed, 30,001 元 of it used: as
    customs last sent it."""
    customs = {
        "gasrNo": GUARANTEE_NO,
        "mkclUnitNm": "北京海关",
        "usedGasrAmt": "30001",
        "avalGasrAmt": "469999",
        "gurStucd": "1",
        "emapvMarkcd": "1",
        "apprTime": "2026-10-08 15:00:00",
        "version": "3",
        "lastUpdateTime": "2026-11-02 08:00:00",
    }
    fields = grt101_fields(enterprise=enterprise, **customs | changes)
    return HeldGuarantee(
        gasr_no=fields["gasrNo"],
        enterprise=enterprise,
        change_no=int(fields["chgTmsCnt"]),
        status=fields["gurStucd"],
        fields=fields,
        open_filing=open_filing,
    )


def held_levy(
    *,
    filing_status: Status = Status.PENDING,
    open_filing: str | None = None,
    enterprise: str = BEIJING,
    **changes: str,
) -> HeldLevy:
    """The levy that ``grt111_fields`` confirms, as customs issued it: what the enterprise writes is
    still empty."""
    empty = dict.fromkeys(
        (
            "pmnEtpsSccd",
            "pmnEtpsno",
            "pmnEtpsNm",
            "pmnEtpsOpaccBankNm",
            "pmnEtpsBankAcctnum",
            "gurModecd",
            "gurTypecd",
            "paymnModecd",
            "etpsConcErName",
            "etpsConcErTelnum",
        ),
        "",
    )
    fields = grt111_fields(enterprise=enterprise, **empty | changes)
    return HeldLevy(
        levy_no=fields["dpstLevyBlNo"],
        enterprise=enterprise,
        change_no=int(fields["chgTmsCnt"]),
        status=fields["levyBlStucd"],
        filing_status=filing_status,
        fields=fields,
        open_filing=open_filing,
    )


def held_statement(
    *, version: int = 1, answered: bool = False, differences: int = 0, enterprise: str = BEIJING
) -> HeldStatement:
    """The statement that ``grt161_fields`` answers, with two lines."""
    lines = {
        f"MV202600000000{n}": {"mvmtNo": f"MV202600000000{n}", "incrAmt": "100000.00"}
        for n in (1, 2)
    }
    return HeldStatement(
        statement_no=STATEMENT_NO,
        enterprise=enterprise,
        version=version,
        answered=answered,
        lines=lines,
        differences=differences,
    )


def held(*rows: HeldGuarantee | HeldLevy | HeldStatement) -> Held:
    """All that the store holds of the numbers of a filing."""
    return Held(
        guarantees={row.gasr_no: row for row in rows if isinstance(row, HeldGuarantee)},
        levies={row.levy_no: row for row in rows if isinstance(row, HeldLevy)},
        statements={row.statement_no: row for row in rows if isinstance(row, HeldStatement)},
    )


_CODES = CodeLists()


def context(
    *,
    today: date = date(2026, 11, 23),
    acts_for: tuple[str, ...] = (BEIJING,),
    enterprises: Mapping[str, Enterprise] = ENTERPRISES,
    held: Held = NOTHING_HELD,
) -> Context:
    """What rules may know: 10 in the morning of ``today`` in Asia/Shanghai."""
    return Context(
        now=datetime(today.year, today.month, today.day, 2, tzinfo=UTC),
        today=today,
        acts_for=frozenset(acts_for),
        enterprises=enterprises,
        codes=_CODES,
        held=held,
    )


def _changed(
    name: str, changes: Mapping[str, str | None], fields: Mapping[str, str]
) -> dict[str, str]:
    """``fields`` with ``changes``, in the order of ``fields``; a change to None leaves its element
    out."""
    if unknown := changes.keys() - fields.keys():
        raise TypeError(f"{name} has no {', '.join(sorted(unknown))}")
    return {key: value for key, value in {**fields, **changes}.items() if value is not None}


def _apart(changes: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: value for name, value in changes.items() if name not in ENVELOPE}


def _envelope(changes: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name in ENVELOPE}


def _filed(
    name: str,
    body: Mapping[str, str],
    parts: Mapping[str, Sequence[Mapping[str, str]]],
    seq_no: str | None,
) -> str:
    """GrtMessage with its body and the rows beside it."""
    return _box(
        "GrtMessage",
        "" if seq_no is None else _leaf("SeqNo", seq_no),
        _element(name, body),
        *(_element(part, row) for part, rows in parts.items() for row in rows),
    )


def _element(name: str, fields: Mapping[str, str]) -> str:
    nil = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' if NIL in fields.values() else ""
    return _box(name, *(_leaf(key, value) for key, value in fields.items()), attributes=nil)


def _leaf(name: str, value: str) -> str:
    if value == NIL:
        return f'<{name} xsi:nil="true"/>'
    text = escape(
        value, {"\n": "&#10;", "\r": "&#13;"}
    )  # a value is one line, whatever the indentation
    return f"<{name}>{text}</{name}>" if value else f"<{name}/>"


def _closed(content: str, *parts: str) -> str:
    """Return an element with these as its last children; beside it where it has none."""
    inner = "\n".join(part for part in parts if part)
    head, _, name = content.rpartition("</")
    if not inner or not head:
        return "\n".join(part for part in (content, inner) if part)
    return f"{head}{textwrap.indent(inner, '  ')}\n</{name}"


def _box(name: str, *parts: str, attributes: str = "") -> str:
    inner = "\n".join(part for part in parts if part)
    return f"<{name}{attributes}>\n{textwrap.indent(inner, '  ')}\n</{name}>"


def _signed(package: str) -> str:
    def method(name: str, algorithm: str) -> str:
        return f'<{name} Algorithm="{algorithm}"/>'

    return _box(
        "Signature",
        _box(
            "SignedInfo",
            method("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
            method("SignatureMethod", f"{XMLDSIG}rsa-sha1"),
            _box(
                "Reference",
                method("DigestMethod", f"{XMLDSIG}sha1"),
                _leaf("DigestValue", ""),
                attributes=' URI="String"',
            ),
        ),
        _leaf("SignatureValue", ""),
        _box("KeyInfo", _leaf("KeyName", "03000000000cde6f")),
        _box("Object", package, attributes=' Id="String"'),
    )


def _document(element: str, encoding: str, namespace: str | None, uri: str) -> bytes:
    root = element[1:].partition("\n")[0].rstrip(">")
    if namespace == "default":
        element = element.replace(f"<{root}>", f'<{root} xmlns="{uri}">', 1)
    elif namespace == "prefixed":
        element = re.sub(
            r"<(/?)(?=[A-Za-z])",
            r"<\1m:",
            element.replace(f"<{root}>", f'<{root} xmlns:m="{uri}">', 1),
        )
    label = "UTF-8" if encoding == "UTF-8-SIG" else encoding
    return f'<?xml version="1.0" encoding="{label}"?>\n{element}\n'.encode(encoding)
