"""A client of the HTTP API, as any declaration software is. No knowledge of stores or rules."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from gateway.base.errors import BadSetting, Unavailable
from gateway.base.terminal.calls import Reply, Server, Words, plain_key, session

BUSY_TRIES = 5
WORDS = Words(
    no_answer=(
        "no gateway answers at {origin} ({reason}); start one with `eport up`, or give --url"
    ),
    no_key="{origin} does not know this key; give --key, or --home of the running gateway",
)


class Client:
    """Calls of one gateway with one key. Raises Unavailable when it cannot be reached or takes
    nothing, BadSetting when it does not know the key."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str) -> None:
        self._server = Server(http, url, "/api/v1", WORDS, key=key)

    async def get(self, path: str, **query: str | int) -> Reply:
        """Return the answer to a read; raise Unavailable for one of 500 and above."""
        reply = self._ours(await self._server.call("GET", path, query=query))
        if reply.http >= 500:
            raise Unavailable(
                f"{self._server.origin} cannot answer now: {reply.json.get('detail', reply.http)}"
            )
        return reply

    async def post(
        self, path: str, body: bytes, kind: str = "application/xml", **query: str | int
    ) -> Reply:
        """Return the answer to a message. A busy gateway (503: nothing was stored) is asked again,
        with the same bytes, a few times."""
        for _ in range(BUSY_TRIES):
            reply = self._ours(
                await self._server.call("POST", path, body=body, kind=kind, query=query)
            )
            if reply.http != 503:
                return reply
            await asyncio.sleep(2)
        raise Unavailable(f"{self._server.origin} is busy and took nothing: {reply.json['detail']}")

    def _ours(self, reply: Reply) -> Reply:
        if not isinstance(reply.json, dict):
            raise Unavailable(
                f"what answers at {self._server.origin} is no eport gateway (HTTP {reply.http},"
                f" {reply.content_type})"
            )
        return reply


@contextlib.asynccontextmanager
async def connected(url: str, key: str) -> AsyncIterator[Client]:
    """Yield a client for as long as the block lasts."""
    if not plain_key(key):
        raise BadSetting("the key has characters that no key has; copy it again")
    async with session() as http:
        yield Client(http, url, key)


def wanted(reply: Reply) -> dict[str, Any]:
    """Return the body of a good answer. Raise BadSetting for any other: a parameter that the
    gateway does not take is a mistake in usage."""
    if reply.http != 200:
        raise BadSetting(str(reply.json.get("detail", f"HTTP {reply.http}")))
    body: dict[str, Any] = reply.json
    return body
