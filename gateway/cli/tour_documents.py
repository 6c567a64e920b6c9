"""The documents of the tour, made with the product's own codecs as declaration software would. Sends nothing, checks nothing.

A document lists every element of its schema; what is not filled in is empty. Message numbers count up from 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.handler import Enterprise
from schemas.filing import encode_filing
from schemas.package import Envelope, encode_package, write_fields
from schemas.xsd import SchemaSet

DAY = "2026-11-23"
NOW = f"{DAY} 10:00:00"
CUSTOMS_NODE = "DXPEDCGRT0000001"
BODIES = {"GRT101": "GrtGasrLevyBsc", "GRT111": "GrtDpstLevyBlBsc", "GRT121": "GrtRtnbkCrdwDt", "GRT151": "GrtEtpsInfoBsc",
          "GRT161": "GrtReconRsltBsc"}
"""Message type to its body."""
BANK = {"pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行", "pmnEtpsBankAcctnum": "0200003409089123456"}
CONTACT = {"etpsConcErName": "报关部", "etpsConcErTelnum": "010-88886666"}
CASH = {"gurModecd": "1", "paymnModecd": "1", "ltguaNo": "", "ltguaValidDate": "", **BANK}
"""保金, at the counter."""

Rows = Mapping[str, Sequence[Mapping[str, str]]]


class Documents:
    """Writes the messages of one enterprise."""

    def __init__(self, enterprise: Enterprise, schemas: SchemaSet) -> None:
        self._enterprise, self._schemas, self._count = enterprise, schemas, 0

    def guarantee(self, ref: str, *, flag: str = "1", seq_no: str | None = None, **given: str) -> bytes:
        """GRT101: 总担保设立 by letter, or with ``dclTypecd`` 2 a 变更."""
        return self._filed("GRT101", ref, {
            **self._assured("assuredEtpsSccd"), **self._payer(), **CONTACT, "chgTmsCnt": "0", "etpsPreentNo": ref, "dclTypecd": "1",
            "gurModecd": "2", "usedGasrAmt": "0", "avalGasrAmt": "0", "alrdyRtnbkGasrAmt": "0", "dclTime": NOW, "emapvMarkcd": "0",
            **given}, {}, flag, seq_no)

    def confirmation(self, levy: Mapping[str, str], *, flag: str = "1", **given: str) -> bytes:
        """GRT111: ``levy`` as customs issued it, with what the enterprise writes; a single guarantee in cash unless given."""
        chosen = {"gurTypecd": "2", "gurModecd": "1", "paymnModecd": "1", "gasrNo": "", "ltguaNo": "", "ltguaValidDate": "",
                  "gurValidDate": ""}
        return self._filed("GRT111", levy["dpstLevyBlNo"], {**levy, **self._payer(), **BANK, **CONTACT, **chosen, **given}, {}, flag, None)

    def refund(self, ref: str, number: str, amount: str, *, of_guarantee: bool = False, target: str = "", reason: str = "手册核销") -> bytes:
        """GRT121: 退还 of a levy or a guarantee; with ``target`` 结转 to that levy."""
        rows: Rows = {"GrtCrdwInDt": [{"seqno": "1", "gurNo": target, "crdwAmt": amount, "rmk": ""}]} if target else {}
        return self._filed("GRT121", ref, {
            **self._assured(), "gurNo": number, "etpsPreentNo": ref, "gurTypecd": "1" if of_guarantee else "2",
            "rtnbkCrdwTypecd": "2" if target else "1", "rtnbkCrdwRsnDesc": reason, "rtnbkCrdwAmt": amount, "applyDate": NOW}, rows)

    def record(self, ref: str) -> bytes:
        """GRT151: 信息维护 with one contact and one account."""
        return self._filed("GRT151", ref, {
            **self._assured("assuredEtpsSccd"), "etpsPreentNo": ref, "chgTmsCnt": "0", "etpsAddr": "北京市朝阳区", "dclTime": NOW},
            {"GrtEtpsConcDt": [{"seqno": "1", **CONTACT, "dfltMarkcd": "1"}],
             "GrtEtpsAcctDt": [{"seqno": "1", **self._payer(), **BANK, "dfltMarkcd": "1", "rmk": ""}]})

    def answer(self, ref: str, statement_no: str, version: int, differences: Sequence[Mapping[str, str]] = ()) -> bytes:
        """GRT161: 对账确认; with ``differences`` 有差异."""
        return self._filed("GRT161", ref, {
            **self._assured("assuredEtpsSccd"), "etpsPreentNo": ref, "chgTmsCnt": "0", "stmtNo": statement_no, "stmtVersion": str(version),
            "reconRsltcd": "2" if differences else "1", "diffQty": str(len(differences)), "dclTime": NOW},
            {"GrtReconDiffDt": differences})

    def resend(self, ref: str) -> bytes:
        """GRT141: customs are asked to send the receipts of ``ref`` again."""
        head = write_fields("ReceiptDclHead", {"businessId": "", "etpsPreentNo": ref})
        return self._package("GRT141", ref, f"<GRT141>{head}</GRT141>")

    def _assured(self, *more: str) -> dict[str, str]:
        e = self._enterprise
        known = {"assuredEtpsno": e.code, "assuredEtpsNm": e.name, "masterCuscd": e.customs}
        return known | dict.fromkeys(more, e.credit_code)

    def _payer(self) -> dict[str, str]:
        e = self._enterprise
        return {"pmnEtpsno": e.code, "pmnEtpsSccd": e.credit_code, "pmnEtpsNm": e.name}

    def _filed(self, message_type: str, ref: str, given: Mapping[str, str], rows: Rows, flag: str = "1",
               seq_no: str | None = None) -> bytes:
        body = BODIES[message_type]
        fields = {field.name: given.get(field.name, "") for field in self._schemas.fields(message_type, body)}
        parts = {name: tuple(self._row(message_type, name, row) for row in found) for name, found in rows.items() if found}
        return self._package(message_type, ref, encode_filing(body, fields, parts, flag=flag, operator=self._enterprise.code, seq_no=seq_no))

    def _row(self, message_type: str, name: str, row: Mapping[str, str]) -> dict[str, str]:
        return {field.name: row.get(field.name, "") for field in self._schemas.fields(message_type, name)}

    def _package(self, message_type: str, ref: str, business: str) -> bytes:
        self._count += 1
        sender = self._enterprise.dxp_id
        message_id = f"{sender}{CUSTOMS_NODE}20261123100000{self._count:011d}"
        return encode_package(Envelope(
            message_id=message_id, message_type=message_type, sender_id=sender, receiver_id=CUSTOMS_NODE, send_time=f"{DAY}T10:00:00",
            business_id=ref, file_name=f"{message_id}.GRT"), business)
