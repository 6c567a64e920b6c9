"""A client that speaks to a pair, and what it hears."""

from __future__ import annotations

import contextlib
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from fixtures.kit.pair.pair import Ready
from tests.support.pairs import BEIJING
from tests.support.waiting import eventually


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings of a problem; it must be one."""
        assert self.type == "application/problem+json", (self.status, self.type, self.body[:300])
        found: list[dict[str, Any]] = self.json.get("findings", [])
        return found

    @property
    def codes(self) -> list[str]:
        return [f["code"] for f in self.findings]


@dataclass(slots=True, kw_only=True)
class Api:
    """A client of one pair. The key is that of ``enterprise`` unless a call names another; headers
    are keywords."""

    session: aiohttp.ClientSession
    ready: Ready
    enterprise: str = BEIJING

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        key: str | None = None,
        enterprise: str | None = None,
        params: Mapping[str, str | int] | None = None,
        **headers: str | None,
    ) -> Reply:
        """``path`` under /api/v1, or a whole address. ``key`` empty: no Authorization."""
        key = self.ready.keys[enterprise or self.enterprise] if key is None else key
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        sent |= {
            name.replace("_", "-"): value for name, value in headers.items() if value is not None
        }
        url = (
            path if "://" in path else f"{self.ready.gateway}/api/v1{path.removeprefix('/api/v1')}"
        )
        content = io.BytesIO(body) if body else body  # aiohttp warns of large plain bytes
        async with self.session.request(
            method, url, data=content, headers=sent, params=params
        ) as answer:
            reply = Reply(
                status=answer.status, headers=dict(answer.headers), body=await answer.read()
            )
        if reply.body and reply.type == "application/problem+json":
            # whatever a test asks: no refusal without its next step
            silent = [f for f in reply.findings if not (f["hint_zh"] and f["hint_en"])]
            assert not silent, (method, path, "a refusal that names no next step", silent)
        return reply

    async def post(self, body: bytes, path: str = "/messages", **options: Any) -> Reply:
        """Submit ``body`` as application/xml unless ``content_type`` says otherwise."""
        return await self.call(
            "POST", path, body=body, **{"content_type": "application/xml"} | options
        )

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.call("GET", path, **options)

    async def delete(self, path: str, **options: Any) -> Reply:
        return await self.call("DELETE", path, **options)

    async def control(self, method: str, path: str, body: Any = None) -> Reply:
        """A call of the customs side, as its operator."""
        return await self.call(
            method,
            f"{self.ready.control}/control/v1{path}",
            key=self.ready.operator_key,
            body=None if body is None else msgspec.json.encode(body),
        )

    async def taken(self, body: bytes, **options: Any) -> Any:
        """The JSON of a submission that must be accepted for the first time."""
        answer = await self.post(body, **options)
        assert answer.status == 202, (answer.status, answer.body.decode())
        return answer.json

    async def declaration(self, seq_no: str, **options: Any) -> Any:
        answer = await self.get(f"/declarations/{seq_no}", **options)
        assert answer.status == 200, answer.body.decode()
        return answer.json

    async def until(self, seq_no: str, *statuses: str, within: float = 60.0, **options: Any) -> Any:
        """The declaration once it has one of ``statuses``."""
        seen: list[str] = []

        async def look() -> Any:
            found = await self.declaration(seq_no, **options)
            if not seen or seen[-1] != found["status"]:
                seen.append(found["status"])
            return found if found["status"] in statuses else None

        return await eventually(
            look, within=within, what=lambda: f"{seq_no} as {' or '.join(statuses)} (it was {seen})"
        )

    async def approved(self, body: bytes, **options: Any) -> Any:
        """Submit, and the declaration once customs approved it."""
        return await self.until(
            (await self.taken(body, **options))["seq_no"],
            "approved",
            **{k: v for k, v in options.items() if k == "enterprise"},
        )

    async def timeline(self, seq_no: str, **options: Any) -> list[Any]:
        items: list[Any] = (await self.get(f"/declarations/{seq_no}/timeline", **options)).json[
            "items"
        ]
        return items

    async def receipts(self, after: int = 0, **options: Any) -> list[Any]:
        """The whole feed behind ``after``, page by page."""
        found: list[Any] = []
        while True:
            page = (
                await self.get("/receipts", params={"after": after, "limit": 1000}, **options)
            ).json
            found += page["items"]
            if page["next"] is None:
                return found
            after = int(page["next"])


@contextlib.asynccontextmanager
async def client(ready: Ready) -> AsyncIterator[Api]:
    """A client for as long as the block lasts."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield Api(session=session, ready=ready)
