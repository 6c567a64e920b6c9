"""Bytes to a port and back, as no client library would send them, and what the log says of it."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

import pytest


def tracebacks(log: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in log.records if r.exc_info]


async def raw(url: str, sent: bytes, *, half: bool = False) -> bytes:
    """What a server answers to these bytes, up to its end or two seconds."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(sent)
    if half:
        writer.write_eof()
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(2):
            await writer.drain()
            answer = await reader.read(1 << 16)
            writer.close()
            return answer
    writer.close()
    return b""


def head(method: str, path: str, *lines: bytes) -> bytes:
    return (
        b"\r\n".join(
            [f"{method} {path} HTTP/1.1".encode(), b"Host: localhost", *lines, b"Connection: close"]
        )
        + b"\r\n\r\n"
    )


def body_of(key: str, path: str, body: bytes, *lines: bytes, method: str = "POST") -> bytes:
    return (
        head(
            method,
            path,
            b"Authorization: Bearer " + key.encode(),
            f"Content-Length: {len(body)}".encode(),
            *lines,
        )
        + body
    )
