"""Documents and a gateway stand-in for the tests of customs. The wire is written here by hand, not
by our codecs."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from customs_sim.cases.settings import CustomsSettings
from customs_sim.node import CustomsNode
from customs_sim.store.sql import create, seed_demo
from customs_sim.wire.filing import Filing
from customs_sim.wire.reader import FilingReader
from gateway.base.broker.local import LocalBroker
from gateway.base.clock.business import MovedClock
from gateway.base.message import Message
from gateway.base.ports import ACK, Disposition
from gateway.base.store.sql import SqlStore
from schemas.codes import CodeLists
from schemas.xsd import SchemaSet

NODE = "DXPEDCGRT0000001"
SENDER = "DXPENT0000000001"
NOON = datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)  # 12:00 in Shanghai

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


BODIES = {
    "GRT101": "GrtGasrLevyBsc",
    "GRT111": "GrtDpstLevyBlBsc",
    "GRT121": "GrtRtnbkCrdwDt",
    "GRT151": "GrtEtpsInfoBsc",
    "GRT161": "GrtReconRsltBsc",
}

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


def carry_in(levy_no: str, amount: str) -> str:
    return (
        f"<GrtCrdwInDt><seqno>1</seqno><gurNo>{levy_no}</gurNo>"
        f"<crdwAmt>{amount}</crdwAmt><rmk/></GrtCrdwInDt>"
    )


def rows_of(name: str, *rows: dict[str, str]) -> str:
    return "".join(
        f"<{name}>" + "".join(f"<{k}>{v}</{k}>" for k, v in row.items()) + f"</{name}>"
        for row in rows
    )


def resend_request(number: int, *, business: str = "", reference: str = "") -> Message:
    """A GRT141."""
    head = (
        f"<GRT141><ReceiptDclHead><businessId>{business}</businessId>"
        f"<etpsPreentNo>{reference}</etpsPreentNo></ReceiptDclHead></GRT141>"
    )
    content = package({}, message_type="GRT141").decode()
    content = re.sub(
        r"<BussinessData>.*</BussinessData>", f"<BussinessData>{head}</BussinessData>", content
    )
    return Message(
        id=gateway_id(number),
        body=transport(content.encode(), gateway_id(number)),
        headers={"content_type": "application/xml", "message_type": "GRT141"},
    )


NIL = ("seqno", "chgTmsCnt", "masterCuscd")


def package(
    fields: dict[str, str],
    *,
    rows: str = "",
    flag: str = "1",
    operator: str = "1105910159",
    message_type: str = "GRT101",
    pocket_id: str = "",
) -> bytes:
    """A filing as an enterprise signs it."""
    name = BODIES.get(message_type, "GrtGasrLevyBsc")
    nil = NIL if name == "GrtRtnbkCrdwDt" else ()
    body = "".join(
        (
            f'<{k} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
            if k in nil and not v
            else f"<{k}>{v}</{k}>"
        )
        for k, v in fields.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Signature><SignedInfo>'
        '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
        '<SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><Reference'
        ' URI="String">'
        "<DigestMethod"
        ' Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><DigestValue/></Reference></SignedInfo><SignatureValue/>'
        "<KeyInfo><KeyName>tester</KeyName></KeyInfo><Object"
        ' Id="String"><Package><EnvelopInfo><version>1.0</version>'
        "<business_id>R-0001</business_id><message_id>DXPENT0000000001DXPEDCGRT00000012026112311590000000000001</message_id>"
        f"<file_name>R-0001.GRT</file_name><message_type>{message_type}</message_type><sender_id>DXPENT0000000001</sender_id>"
        "<receiver_id>DXPEDCGRT0000001</receiver_id><send_time>2026-11-23T11:59:00</send_time><Ic_Card>2100040033809</Ic_Card></EnvelopInfo>"
        f"<DataInfo><PocketInfo><pocket_id>{pocket_id}</pocket_id><total_pocket_qty>1</total_pocket_qty><cur_pocket_no>1</cur_pocket_no>"
        f"<is_unstructured/></PocketInfo><BussinessData><GrtMessage><{name}>{body}</{name}>{rows}"
        f"<SysId>B2</SysId><OperCusRegCode>{operator}</OperCusRegCode></GrtMessage>"
        f"<DelcareFlag>{flag}</DelcareFlag></BussinessData>"
        "</DataInfo></Package></Object></Signature>"
    ).encode()


def transport(
    data: bytes,
    message_id: str,
    *,
    seq_no: str = "",
    receiver: str = NODE,
    sender: str = SENDER,
    created: str = "2026-11-23T12:00:00+08:00",
) -> bytes:
    """The DxpMsg that the e-port puts around it."""
    seq = f'<Key name="SeqNo">{seq_no}</Key>' if seq_no else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><DxpMsg xmlns="http://www.chinaport.gov.cn/dxp"'
        f' ver="1.0"><TransInfo><CopMsgId>{message_id}</CopMsgId><SenderId>{sender}</SenderId>'
        f"<ReceiverIds><ReceiverId>{receiver}</ReceiverId></ReceiverIds>"
        f"<CreatTime>{created}</CreatTime><MsgType>GRT101</MsgType></TransInfo>"
        f"<Data>{base64.b64encode(data).decode()}</Data>"
        f'<AddInfo><BizKey>{seq}<Key name="GatewayMsgId">{message_id}</Key></BizKey></AddInfo>'
        "</DxpMsg>"
    ).encode()


def gateway_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def seq_of(number: int) -> str:
    return f"2026{number:014d}"


def declaration(
    number: int = 1,
    fields: dict[str, str] | None = None,
    *,
    operator: str = "1105910159",
    flag: str = "1",
    seq_no: str | None = None,
    attempts: int = 0,
    pocket_id: str = "",
    message_type: str = "GRT101",
    rows: str = "",
) -> Message:
    """Filing ``number`` as it stands on the queue to customs: SeqNo, reference and letter follow
    from the number."""
    given = fields or LETTER | {"ltguaNo": f"LG-{number:03d}"}
    own = {"etpsPreentNo": f"R-{number:04d}"} if "etpsPreentNo" in given else {}
    content = package(
        given | own,
        operator=operator,
        flag=flag,
        pocket_id=pocket_id,
        message_type=message_type,
        rows=rows,
    )
    return Message(
        id=gateway_id(number),
        attempts=attempts,
        headers={"content_type": "application/xml", "message_type": message_type},
        body=transport(
            content, gateway_id(number), seq_no=seq_of(number) if seq_no is None else seq_no
        ),
    )


SCHEMAS = SchemaSet()


def filing_of(
    fields: dict[str, str],
    *,
    operator: str = "1105910159",
    seq_no: str = "202600000000000001",
    message_type: str = "GRT101",
    rows: str = "",
) -> Filing:
    """The same document as the review sees it."""
    content = package(fields, operator=operator, message_type=message_type, rows=rows)
    opened = FilingReader(SCHEMAS, NODE).open(transport(content, gateway_id(1), seq_no=seq_no))
    assert isinstance(opened, Filing), opened
    return opened


class Answer:
    """One answer of customs, read with regular expressions so that a codec error shows."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.transport = message.body.decode()
        data = re.search(r"<Data>(.*?)</Data>", self.transport)
        self.package = base64.b64decode(data.group(1)).decode() if data else ""
        self.type = message.headers["message_type"]
        self.seq_no = self.key("SeqNo")
        self.result = self["manageResult"]
        self.notes = re.findall(r"<note>(.*?)</note>", self.package)

    def __getitem__(self, name: str) -> str:
        found = re.search(rf"<{name}>(.*?)</{name}>", self.package)
        return found.group(1) if found else ""

    def body(self, name: str) -> dict[str, str]:
        """The elements of the body ``name``."""
        found = re.search(rf"<{name}[ >].*?</{name}>", self.package)
        assert found, f"no {name} in {self.package}"
        inside = found.group().partition(">")[2].rpartition("</")[0]
        return {
            m.group(1): m.group(2) or ""
            for m in re.finditer(r"<(\w+)(?: [^>]*)?(?:/>|>(.*?)</\1>)", inside)
        }

    def lines(self) -> list[tuple[str, str, str, str, str]]:
        """(evtCd, gurNo, incrAmt, decrAmt, balAmt) of the movement lines."""
        rows = [
            dict(re.findall(r"<(\w+)>(.*?)</\1>", row))
            for row in re.findall(r"<GrtMvmtDt>(.*?)</GrtMvmtDt>", self.package)
        ]
        return [(r["evtCd"], r["gurNo"], r["incrAmt"], r["decrAmt"], r["balAmt"]) for r in rows]

    def held(self, name: str) -> str:
        """The same of the echoed document, where the envelope has an element of this name too."""
        return re.findall(rf"<{name}>(.*?)</{name}>", self.package)[-1]

    def key(self, name: str) -> str:
        found = re.search(rf'<Key name="{name}">(.*?)</Key>', self.transport)
        return found.group(1) if found else ""

    def __repr__(self) -> str:
        return f"{self.type} {self.result} {self.seq_no} {self.notes}"


class Gateway:
    """A stand-in for the gateway: publishes filings and collects the answers. ``says`` decides the
    disposition of each."""

    def __init__(self, broker: LocalBroker) -> None:
        self._broker = broker
        self.answers: list[Answer] = []
        self.deliveries: list[list[Message]] = []
        self.says: Callable[[Message], Disposition] = lambda _: ACK
        self._came = asyncio.Event()
        self._seen = 0

    async def listen(self) -> Any:
        return await self._broker.consume("eport.gateway", self._on_batch)

    async def send(self, *messages: Message) -> None:
        await self._broker.publish("eport.customs", messages)

    async def _on_batch(self, messages: Sequence[Message]) -> Sequence[Disposition]:
        said = [self.says(message) for message in messages]
        self.deliveries.append(list(messages))
        self.answers += [
            Answer(message)
            for message, disposition in zip(messages, said, strict=True)
            if disposition is ACK
        ]
        self._came.set()
        return said

    async def answered(self, count: int, seconds: float = 60) -> list[Answer]:
        """The answers so far, once there are at least ``count``."""
        async with asyncio.timeout(seconds):
            while len(self.answers) < count:
                self._came.clear()
                await self._came.wait()
        return self.answers

    async def more(self, count: int) -> list[Answer]:
        """The next ``count`` answers: those that came since the last call of ``more``, and no other
        may have come."""
        found = (await self.answered(self._seen + count))[self._seen :]
        self._seen += len(found)
        assert len(found) == count, found
        return found

    def to(self, number: int) -> list[tuple[str, str]]:
        """(type, result) of the answers to filing ``number``, in order of arrival."""
        return [
            (a.type, a.result) for a in self.answers if a.key("GatewayMsgId") == gateway_id(number)
        ]


class House:
    """A customs node on a store and a local broker, with a frozen clock, and the gateway's
    stand-in."""

    def __init__(
        self,
        url: str = "sqlite://",
        *,
        settings: CustomsSettings | None = None,
        clock: MovedClock | None = None,
    ) -> None:
        self.store = SqlStore(url)
        self.store.write_here(create)
        self.store.write_here(seed_demo)
        self.broker = LocalBroker()
        self.clock = clock or MovedClock(NOON)
        self.wall = MovedClock(NOON)
        self.gateway = Gateway(self.broker)
        self.node = CustomsNode(
            store=self.store,
            dialect=self.store.dialect,
            broker=self.broker,
            clock=self.clock,
            wall=self.wall,
            settings=settings or CustomsSettings(),
            schemas=SchemaSet(),
            codes=CodeLists(),
        )

    async def __aenter__(self) -> House:
        await self.gateway.listen()
        await self.node.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.node.close()
        await self.store.close()

    async def rows(self, sql: str) -> list[Any]:
        return await self.store.read(
            lambda connection: list(connection.exec_driver_sql(sql).fetchall())
        )

    async def has_rows(self, sql: str, wanted: list[Any], seconds: float = 60) -> None:
        """Return once the query gives ``wanted``: for what happens behind the answers and sends no
        event."""
        end = time.monotonic() + seconds
        while (found := await self.rows(sql)) != wanted:
            assert time.monotonic() < end, f"{sql}: found {found}, wanted {wanted}"
            await asyncio.sleep(0.005)
