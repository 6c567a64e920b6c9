"""The family of the bonded guarantee (保税担保): its message types as rows of the catalogue.

No code of a guarantee message is public. GRTnnn follows the public numbering grammar and is ours.
"""

from __future__ import annotations

from importlib import resources

from schemas.catalogue import Family, Flow, MessageType
from schemas.guarantee import Guarantee, Levy, Refund
from schemas.record import EnterpriseRecord
from schemas.statement import StatementAnswer

TYPES: tuple[MessageType, ...] = (
    MessageType(
        code="GRT101",
        flow=Flow.FILING,
        zh="总担保设立/变更",
        en="guarantee, set-up or change",
        body="GrtGasrLevyBsc",
        view=lambda fields, _: Guarantee(fields),
        storage="GRT200",
        receipt="GRT201",
        letter="A",
        typecd="1",
        number="gasrNo",
        amount="gasrAmt",
        sets_up=True,
        variants={"0": ("总担保设立", "guarantee set-up"), "1": ("总担保变更", "guarantee change")},
    ),
    MessageType(
        code="GRT111",
        flow=Flow.FILING,
        zh="征收单确认",
        en="levy confirmed",
        body="GrtDpstLevyBlBsc",
        view=lambda fields, _: Levy(fields),
        storage="GRT200",
        receipt="GRT211",
        letter="B",
        typecd="2",
        number="dpstLevyBlNo",
        amount="levyBlAmt",
    ),
    MessageType(
        code="GRT121",
        flow=Flow.FILING,
        zh="退还/结转",
        en="refund or carry-over",
        body="GrtRtnbkCrdwDt",
        view=Refund.of,
        storage="GRT200",
        receipt="GRT221",
        letter="C",
        typecd="3",
        amount="rtnbkCrdwAmt",
        parts=("GrtCrdwInDt",),
    ),
    MessageType(
        code="GRT141",
        flow=Flow.REQUEST,
        zh="回执补发",
        en="receipts again",
        body="ReceiptDclHead",
        holder="GRT141",
    ),
    MessageType(
        code="GRT151",
        flow=Flow.FILING,
        zh="信息维护",
        en="enterprise record",
        body="GrtEtpsInfoBsc",
        view=EnterpriseRecord.of,
        storage="GRT200",
        receipt="GRT251",
        letter="D",
        typecd="4",
        parts=("GrtEtpsConcDt", "GrtEtpsAcctDt"),
    ),
    MessageType(
        code="GRT161",
        flow=Flow.FILING,
        zh="对账确认",
        en="answer to a statement",
        body="GrtReconRsltBsc",
        view=StatementAnswer.of,
        storage="GRT200",
        receipt="GRT261",
        letter="E",
        typecd="5",
        number="stmtNo",
        parts=("GrtReconDiffDt",),
    ),
    MessageType(code="GRT200", flow=Flow.STORAGE, zh="入库回执", en="stored"),
    MessageType(code="GRT201", flow=Flow.DECISION, zh="总担保审批回执", en="guarantee decided"),
    MessageType(code="GRT211", flow=Flow.DECISION, zh="征收单审批回执", en="levy decided"),
    MessageType(code="GRT221", flow=Flow.DECISION, zh="退转审批回执", en="refund decided"),
    MessageType(code="GRT251", flow=Flow.DECISION, zh="信息维护回执", en="record decided"),
    MessageType(code="GRT261", flow=Flow.DECISION, zh="对账回执", en="answer taken"),
    MessageType(code="GRT301", flow=Flow.ASK, zh="海关下发", en="customs asks"),
    MessageType(
        code="GRT302", flow=Flow.SYNC, zh="台账同步", en="register told", parts=("GrtMvmtDt",)
    ),
    MessageType(
        code="GRT303", flow=Flow.STATEMENT, zh="对账单", en="statement", parts=("GrtReconDt",)
    ),
)

FAMILY = Family(xsd=resources.files("schemas").joinpath("xsd", "grt"), types=TYPES)
