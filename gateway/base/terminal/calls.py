"""Calls over HTTP as commands make them: one server and its JSON, and what a person is told when
nothing comes of a call. Knows no path and no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from gateway.base.errors import BadSetting, Unavailable

NO_ADDRESS = "{origin!r} is no address; write one like http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a person is told; ``{origin}``, ``{url}`` and ``{reason}`` are filled in.

    Attributes:
        no_answer: Nobody answers (Unavailable).
        no_key: The key is not taken (BadSetting).
        no_address: The address cannot be one (BadSetting).
        refusing: The HTTP statuses that say that the key is not taken.
    """

    no_answer: str
    no_key: str = ""
    no_address: str = NO_ADDRESS
    refusing: frozenset[int] = frozenset({401})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``json``: its content decoded; {} for no content, None for what is not JSON."""

    http: int
    content: bytes
    content_type: str
    json: Any


class Server:
    """One server, reached by ``url``: its origin, with or without ``prefix``, the head of all its
    paths."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, prefix: str, words: Words, *, key: str = ""
    ) -> None:
        self._session, self._prefix, self._words, self._key = session, prefix, words, key
        self.origin = url.rstrip("/").removesuffix(prefix)

    async def call(
        self,
        method: str,
        path: str,
        *,
        key: str = "",
        body: bytes | None = None,
        kind: str = "",
        query: Mapping[str, str | int] | None = None,
    ) -> Reply:
        """Return the answer, whatever its status. ``key``: instead of the server's own. Raise
        Unavailable when nobody answers, BadSetting when the address is none or the key is not
        taken."""
        url = f"{self.origin}{path if path.startswith(self._prefix) else self._prefix + path}"
        headers = {"Content-Type": kind} if kind else {}
        if key := key or self._key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, params=query
            ) as answer:
                content = await answer.read()
        except aiohttp.InvalidURL as error:
            raise BadSetting(self._told(self._words.no_address, url)) from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            reason = str(error) or "no answer in time"
            raise Unavailable(self._told(self._words.no_answer, url, reason)) from error
        if answer.status in self._words.refusing:
            raise BadSetting(self._told(self._words.no_key, url))
        return Reply(answer.status, content, answer.content_type, _decoded(content))

    def _told(self, text: str, url: str, reason: str = "") -> str:
        return text.format(origin=self.origin, url=url, reason=reason)


def _decoded(content: bytes) -> Any:
    if not content:
        return {}
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return None


def session(*, seconds: float = 60, connections: int = 100) -> aiohttp.ClientSession:
    """Return a session whose calls take at most ``seconds`` each; it must be closed by ``async
    with``. ``connections``: at once at most, 0 for any number."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=10),
        connector=aiohttp.TCPConnector(limit=connections),
    )


def plain_key(key: str) -> bool:
    """Return whether ``key`` can stand in a header."""
    return key.isascii() and key.isprintable()
