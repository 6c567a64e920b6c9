"""A customs node on a store, and a stand-in for the gateway that reads its answers."""

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
from gateway.base.broker.local import LocalBroker
from gateway.base.clock.business import MovedClock
from gateway.base.message import Message
from gateway.base.ports import ACK, Disposition
from gateway.base.store.sql import SqlStore
from schemas.codes import CodeLists
from schemas.xsd import SchemaSet
from tests.customs_factories.writing import gateway_id

NOON = datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)  # 12:00 in Shanghai


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
        # before the day from which serials count the time, so that numbers begin at 1
        self.wall = MovedClock(NOON.replace(year=2024))
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
