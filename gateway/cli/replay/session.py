"""The pair as a replay sees it: two HTTP interfaces, and one reader of each enterprise's feed for all cases together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import aiohttp
import msgspec

from gateway.errors import BadSetting, Unavailable
from schemas.times import SHANGHAI

PAGE = 1000
PAUSE = 0.01
"""Seconds between two looks into a feed while somebody waits."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``json`` is empty for what is none."""

    http: int
    body: bytes
    json: Any


@dataclass(slots=True)
class Feed:
    """The receipts of one enterprise since the replay began, by SeqNo too. Read only while somebody waits."""

    session: Session
    enterprise: str
    rows: list[Row] = field(default_factory=list)
    by_seq: dict[str, list[Row]] = field(default_factory=dict)
    last: int = -1
    _reading: asyncio.Task[None] | None = None
    _waiting: int = 0
    _events: dict[str, asyncio.Event] = field(default_factory=dict)

    async def begin(self) -> None:
        """From here on; what came before is nobody's."""
        if self.last < 0:
            self.last = 0
            self.last = int((await self._page(1))["total"])

    async def news(self, deadline: float, seq_no: str = "") -> bool:
        """Wait until there is more (about ``seq_no``); False when the time is over."""
        event = self._events.setdefault(seq_no, asyncio.Event())
        self._waiting += 1
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        waiting = asyncio.ensure_future(event.wait())
        try:
            done, _ = await asyncio.wait({waiting, self._reading}, timeout=max(0.0, deadline - time.monotonic()), return_when=asyncio.FIRST_COMPLETED)
            if self._reading in done and (error := self._reading.exception()) is not None:
                raise error
            return event.is_set()
        finally:
            waiting.cancel()
            self._waiting -= 1

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        while self._waiting:
            items = (await self._page(PAGE))["items"]
            about = {""} if items else set[str]()
            for row in items:
                self.rows.append(row)
                self.by_seq.setdefault(row["seq_no"] or "", []).append(row)
                self.last = row["seq"]
                about.add(row["seq_no"] or "")
            for seq_no in about:
                if (event := self._events.pop(seq_no, None)) is not None:
                    event.set()
            if len(items) < PAGE:
                await asyncio.sleep(PAUSE)

    async def _page(self, limit: int) -> Row:
        reply = await self.session.get(f"/receipts?enterprise={self.enterprise}&after={self.last}&limit={limit}", self.enterprise)
        if reply.http != 200:
            raise BadSetting(f"回执 receipts of {self.enterprise}: HTTP {reply.http}; 密钥是否可以代表该企业 may the key act for it?")
        found: Row = reply.json
        return found


class Session:
    """``keys``: enterprise code to its key; one key for all under the empty code. ``control`` empty: no operator's acts."""

    def __init__(self, http: aiohttp.ClientSession, gateway: str, control: str, keys: Mapping[str, str], operator_key: str) -> None:
        self._http, self._keys, self._operator_key = http, dict(keys), operator_key
        self._gateway, self._control = (url.rstrip("/").removesuffix("/api/v1") for url in (gateway, control))
        self._feeds: dict[str, Feed] = {}

    @property
    def enterprises(self) -> tuple[str, ...]:
        return tuple(code for code in self._keys if code)

    def key(self, enterprise: str) -> str:
        found = self._keys.get(enterprise) or self._keys.get("")
        if found is None:
            raise BadSetting(f"没有企业 {enterprise} 的密钥 / no key for enterprise {enterprise}; give --key {enterprise}=KEY")
        return found

    async def feed(self, enterprise: str) -> Feed:
        """The one reader of an enterprise's receipts; it begins now, if it has not."""
        feed = self._feeds.setdefault(enterprise, Feed(self, enterprise))
        await feed.begin()
        return feed

    async def close(self) -> None:
        """Stop reading; whoever waited has what it waited for, or has gone."""
        for feed in self._feeds.values():
            await feed.close()

    async def post(self, body: bytes, enterprise: str, path: str = "/messages") -> Reply:
        """A message. A busy gateway (503) took nothing and is asked again."""
        for _ in range(30):
            reply = await self._call("POST", f"{self._gateway}/api/v1{path}", self.key(enterprise), data=body, kind="application/xml")
            if reply.http != 503:
                return reply
            await asyncio.sleep(1)
        return reply

    async def get(self, path: str, enterprise: str) -> Reply:
        return await self._call("GET", f"{self._gateway}{path if path.startswith('/api/') else '/api/v1' + path}", self.key(enterprise))

    async def control(self, method: str, path: str, body: Any = None) -> Reply:
        if not self._control:
            raise BadSetting("脚本有海关操作, 请给出 --control / the script acts at customs: give --control and --operator-key")
        data = None if body is None else msgspec.json.encode(body)
        return await self._call(method, f"{self._control}/control/v1{path}", self._operator_key, data=data, kind="application/json")

    async def today(self) -> date:
        """The business day: by customs' clock where it can be asked, else by the wall."""
        if not self._control:
            return datetime.now(SHANGHAI).date()
        reply = await self.control("GET", "/clock")
        if reply.http != 200:
            raise Unavailable(f"GET {self._control}/control/v1/clock: HTTP {reply.http}")
        return datetime.fromisoformat(reply.json["now"]).astimezone(SHANGHAI).date()

    async def _call(self, method: str, url: str, key: str, *, data: bytes | None = None, kind: str = "") -> Reply:
        headers = {"Authorization": f"Bearer {key}"} | ({"Content-Type": kind} if kind else {})
        try:
            async with self._http.request(method, url, data=data, headers=headers) as answer:
                body, json = await answer.read(), "json" in answer.content_type
        except aiohttp.InvalidURL as error:
            raise BadSetting(f"{url!r} 不是地址 is no address; write one like http://127.0.0.1:8080") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            where = url.split("/api/", 1)[0].split("/control/", 1)[0]
            raise Unavailable(f"{where} 无应答 does not answer ({str(error) or 'no answer in time'}); start a pair with `eport up`") from error
        if answer.status == 401:
            where = url.split("/api/", 1)[0].split("/control/", 1)[0]
            raise BadSetting(f"{where} 不认识该密钥 does not know the key; give --home of the running pair, or --key and --operator-key")
        try:
            return Reply(answer.status, body, msgspec.json.decode(body) if json and body else {})
        except msgspec.DecodeError:
            raise Unavailable(f"{url}: 不是 eport 的应答 no answer of an eport (HTTP {answer.status})") from None


@contextlib.asynccontextmanager
async def connected(gateway: str, control: str, keys: Mapping[str, str], operator_key: str) -> AsyncIterator[Session]:
    """A session for as long as the block lasts."""
    for key in (*keys.values(), operator_key):
        if not (key.isascii() and key.isprintable()):
            raise BadSetting("密钥含有不可能的字符 / the key has characters that no key has; copy it again")
    timeout = aiohttp.ClientTimeout(total=60, sock_connect=10)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http:
        session = Session(http, gateway, control, keys, operator_key)
        try:
            yield session
        finally:
            await session.close()
