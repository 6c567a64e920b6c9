"""Documents and a gateway stand-in for the tests of customs. The wire is written here by hand, not by our codecs."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from customs_sim.filing import Filing, FilingReader
from customs_sim.node import CustomsNode
from customs_sim.settings import CustomsSettings
from customs_sim.store import create, seed_demo
from gateway.adapters.clock import MovedClock
from gateway.adapters.local import LocalBroker
from gateway.adapters.sql import SqlStore
from gateway.message import Message
from gateway.ports import ACK, Disposition
from schemas.codes import CodeLists
from schemas.xsd import SchemaSet

NODE = "DXPEDCGRT0000001"
SENDER = "DXPENT0000000001"
NOON = datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)  # 12:00 in Shanghai

LETTER = {
    "gasrNo": "", "chgTmsCnt": "0", "etpsPreentNo": "R-0001", "dclTypecd": "1", "masterCuscd": "0100",
    "assuredEtpsno": "1105910159", "assuredEtpsNm": "北京某某保税科技有限公司", "assuredEtpsSccd": "91110000802100433B",
    "mkclUnitNm": "", "mkclUnitOpaccBankNm": "", "mkclUnitBankAcctnum": "",
    "pmnEtpsSccd": "91110000802100433B", "pmnEtpsno": "1105910159", "pmnEtpsNm": "北京某某保税科技有限公司",
    "pmnEtpsOpaccBankNm": "", "pmnEtpsBankAcctnum": "", "gurModecd": "2", "gasrAmt": "300000", "usedGasrAmt": "0",
    "avalGasrAmt": "0", "alrdyRtnbkGasrAmt": "0", "paymnModecd": "", "ltguaNo": "LG-001",
    "ltguaValidDate": "2027-11-22 00:00:00", "etpsConcErName": "报关部", "etpsConcErTelnum": "010-88886666",
    "dclTime": "2026-11-23 11:59:00", "apprTime": "", "chgApprTime": "", "emapvMarkcd": "0", "gurStucd": "",
    "pmnDeadline": "", "pmnChkinTime": "", "version": "1", "lastUpdateTime": "2026-11-23 11:59:00", "rmk": "年度总担保",
}
"""A sound 设立 by letter of guarantee: every element in the order of the schema."""

CASH = LETTER | {"gurModecd": "1", "ltguaNo": "", "ltguaValidDate": "", "paymnModecd": "1",
                 "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行", "pmnEtpsBankAcctnum": "0200003409089123456", "gasrAmt": "500000"}
"""A sound 设立 by cash."""


def package(fields: dict[str, str], *, flag: str = "1", operator: str = "1105910159", message_type: str = "GRT101",
            pocket_id: str = "") -> bytes:
    """A GRT101 as an enterprise signs it."""
    body = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Signature><SignedInfo>'
        '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
        '<SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><Reference URI="String">'
        '<DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><DigestValue/></Reference></SignedInfo><SignatureValue/>'
        '<KeyInfo><KeyName>tester</KeyName></KeyInfo><Object Id="String"><Package><EnvelopInfo><version>1.0</version>'
        "<business_id>R-0001</business_id><message_id>DXPENT0000000001DXPEDCGRT00000012026112311590000000000001</message_id>"
        f"<file_name>R-0001.GRT</file_name><message_type>{message_type}</message_type><sender_id>DXPENT0000000001</sender_id>"
        "<receiver_id>DXPEDCGRT0000001</receiver_id><send_time>2026-11-23T11:59:00</send_time><Ic_Card>2100040033809</Ic_Card></EnvelopInfo>"
        f"<DataInfo><PocketInfo><pocket_id>{pocket_id}</pocket_id><total_pocket_qty>1</total_pocket_qty><cur_pocket_no>1</cur_pocket_no>"
        f"<is_unstructured/></PocketInfo><BussinessData><GrtMessage><GrtGasrLevyBsc>{body}</GrtGasrLevyBsc></GrtMessage>"
        f"<DelcareFlag>{flag}</DelcareFlag><SysId>B2</SysId><OperCusRegCode>{operator}</OperCusRegCode></BussinessData>"
        "</DataInfo></Package></Object></Signature>"
    ).encode()


def transport(data: bytes, message_id: str, *, seq_no: str = "", receiver: str = NODE, sender: str = SENDER,
              created: str = "2026-11-23T12:00:00+08:00") -> bytes:
    """The DxpMsg that the e-port puts around it."""
    seq = f'<Key name="SeqNo">{seq_no}</Key>' if seq_no else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0"><TransInfo>'
        f"<CopMsgId>{message_id}</CopMsgId><SenderId>{sender}</SenderId><ReceiverIds><ReceiverId>{receiver}</ReceiverId></ReceiverIds>"
        f"<CreatTime>{created}</CreatTime><MsgType>GRT101</MsgType></TransInfo><Data>{base64.b64encode(data).decode()}</Data>"
        f'<AddInfo><BizKey>{seq}<Key name="GatewayMsgId">{message_id}</Key></BizKey></AddInfo></DxpMsg>'
    ).encode()


def gateway_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def seq_of(number: int) -> str:
    return f"2026{number:014d}"


def declaration(number: int = 1, fields: dict[str, str] | None = None, *, operator: str = "1105910159", flag: str = "1",
                seq_no: str | None = None, attempts: int = 0, pocket_id: str = "") -> Message:
    """Filing ``number`` as it stands on the queue to customs: SeqNo, reference and letter follow from the number."""
    given = fields or LETTER | {"ltguaNo": f"LG-{number:03d}"}
    content = package(given | {"etpsPreentNo": f"R-{number:04d}"}, operator=operator, flag=flag, pocket_id=pocket_id)
    return Message(id=gateway_id(number), attempts=attempts, headers={"content_type": "application/xml", "message_type": "GRT101"},
                   body=transport(content, gateway_id(number), seq_no=seq_of(number) if seq_no is None else seq_no))


def filing_of(fields: dict[str, str], *, operator: str = "1105910159", seq_no: str = "202600000000000001") -> Filing:
    """The same document as the review sees it."""
    opened = FilingReader(SchemaSet(), NODE).open(transport(package(fields, operator=operator), gateway_id(1), seq_no=seq_no))
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

    def held(self, name: str) -> str:
        """The same of the echoed document, where the envelope has an element of this name too."""
        return re.findall(rf"<{name}>(.*?)</{name}>", self.package)[-1]

    def key(self, name: str) -> str:
        found = re.search(rf'<Key name="{name}">(.*?)</Key>', self.transport)
        return found.group(1) if found else ""

    def __repr__(self) -> str:
        return f"{self.type} {self.result} {self.seq_no} {self.notes}"


class Gateway:
    """A stand-in for the gateway: publishes filings and collects the answers. ``says`` decides the disposition of each."""

    def __init__(self, broker: LocalBroker) -> None:
        self._broker = broker
        self.answers: list[Answer] = []
        self.deliveries: list[list[Message]] = []
        self.says: Callable[[Message], Disposition] = lambda _: ACK
        self._came = asyncio.Event()

    async def listen(self) -> Any:
        return await self._broker.consume("eport.gateway", self._on_batch)

    async def send(self, *messages: Message) -> None:
        await self._broker.publish("eport.customs", messages)

    async def _on_batch(self, messages: Sequence[Message]) -> Sequence[Disposition]:
        said = [self.says(message) for message in messages]
        self.deliveries.append(list(messages))
        self.answers += [Answer(message) for message, disposition in zip(messages, said, strict=True) if disposition is ACK]
        self._came.set()
        return said

    async def answered(self, count: int, seconds: float = 10) -> list[Answer]:
        """The answers so far, once there are at least ``count``."""
        async with asyncio.timeout(seconds):
            while len(self.answers) < count:
                self._came.clear()
                await self._came.wait()
        return self.answers

    def to(self, number: int) -> list[tuple[str, str]]:
        """(type, result) of the answers to filing ``number``, in order of arrival."""
        return [(a.type, a.result) for a in self.answers if a.key("GatewayMsgId") == gateway_id(number)]


class House:
    """A customs node on a store and a local broker, with a frozen clock, and the gateway's stand-in."""

    def __init__(self, url: str = "sqlite://", *, settings: CustomsSettings | None = None, clock: MovedClock | None = None) -> None:
        self.store = SqlStore(url)
        self.store.write_here(create)
        self.store.write_here(seed_demo)
        self.broker = LocalBroker()
        self.clock = clock or MovedClock(NOON)
        self.wall = MovedClock(NOON)
        self.gateway = Gateway(self.broker)
        self.node = CustomsNode(
            store=self.store, dialect=self.store.dialect, broker=self.broker, clock=self.clock, wall=self.wall,
            settings=settings or CustomsSettings(), schemas=SchemaSet(), codes=CodeLists())

    async def __aenter__(self) -> House:
        await self.gateway.listen()
        await self.node.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.node.close()
        await self.store.close()

    async def rows(self, sql: str) -> list[Any]:
        return await self.store.read(lambda connection: list(connection.exec_driver_sql(sql).fetchall()))

    async def has_rows(self, sql: str, wanted: list[Any], seconds: float = 10) -> None:
        """Return once the query gives ``wanted``: for what happens behind the answers and sends no event."""
        end = time.monotonic() + seconds
        while (found := await self.rows(sql)) != wanted:
            assert time.monotonic() < end, f"{sql}: found {found}, wanted {wanted}"
            await asyncio.sleep(0.005)
