"""What all routes share: reading bodies, callers, problem+json, and the table row that a route
is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from gateway.api.explained import PAGE
from gateway.base.errors import Unavailable
from gateway.base.web.asked import oddity
from gateway.base.web.explained import type_of
from gateway.base.web.openapi import PROBLEM, Parameter
from gateway.base.web.server import reason_of, status_of
from gateway.base.web.uploads import Upload
from gateway.queries.shapes import API, Original, Problem
from gateway.service import Gateway
from gateway.store.keys import Caller
from schemas.findings import (
    CATALOGUE,
    Finding,
    Place,
    Refused,
    chief_code,
    finding,
    nothing_is,
    odd_address,
    summary,
)

GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)
XML_TYPES = frozenset(
    {
        "application/xml",
        "text/xml",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "",
    }
)
_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row of the route table: what is served and what is documented are the same.

    Attributes:
        answers: HTTP status to the shape of its body: a Struct, a media type, or None without one.
        body: The media type of the body; None without one.
        body_shape: The shape of a JSON body.
        open: Whether the call needs no key.
    """

    method: str
    path: str
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]]
    zh: str
    en: str
    tag: str
    answers: dict[int, Any]
    parameters: tuple[Parameter, ...] = ()
    body: str | None = None
    body_shape: Any = None
    open: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the names that may stand in the query of the call."""
        return tuple(each.name for each in self.parameters if each.place == "query")


class ProblemError(Refused):
    """A refusal as the gateway answers it, in problem+json.

    Attributes:
        detail: One line for a person; by default the first error.
        original: The message that stands where this one would.
        retry_after: Seconds after which the same call may succeed.
    """

    def __init__(
        self,
        status: int,
        findings: Sequence[Finding] = (),
        *,
        detail: str | None = None,
        original: Original | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(findings, status=status)
        self.original, self.retry_after = original, retry_after
        self.detail = detail or summary(self.findings) or HTTPStatus(status).phrase

    def shape(self) -> Problem:
        """Return the members of the problem."""
        without = "AUTH.01" if self.status == 401 else ""
        return Problem(
            type=type_of(API + PAGE, chief_code(self.findings) or without),
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            findings=self.findings,
            original=self.original,
        )

    def response(self) -> web.Response:
        """Return the HTTP response."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return web.Response(
            status=self.status, body=_ENCODE(self.shape()), content_type=PROBLEM, headers=headers
        )


def json(value: Any, status: int = 200) -> web.Response:
    """Return ``value``, a shape, as a JSON response."""
    return web.Response(status=status, body=_ENCODE(value), content_type="application/json")


async def caller_of(request: web.Request) -> Caller:
    """Return the caller of the bearer key. Raise ProblemError, 401, otherwise."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    caller = (
        await request.app[GATEWAY].access.caller(key.strip())
        if scheme.lower() == "bearer" and key
        else None
    )
    if caller is None:
        row = CATALOGUE["AUTH.01"]
        raise ProblemError(401, detail=f"{row.zh}; {row.hint_zh} / {row.en}; {row.hint_en}")
    return caller


async def read_body(
    request: web.Request, most: int, timeout: float, upload: Upload
) -> tuple[bytes, int]:
    """Return the body, up to ``most`` bytes, and its true size. A larger one is read to its end
    (bounded) so that the client hears the refusal. A stalled one is given up, because aiohttp never
    times a body out by itself. Raise ProblemError, 400, then, and 503 when bodies under way leave
    no room."""
    if request.content.is_eof():  # small bodies are here already; no timer is needed
        body = await request.content.read()
        return body, len(body)
    parts: list[bytes] = []
    kept = size = 0
    try:
        async with asyncio.timeout(timeout):
            async for chunk in request.content.iter_chunked(1 << 16):
                size += len(chunk)
                if kept <= most:
                    upload.take(len(chunk))
                    parts.append(chunk)
                    kept += len(chunk)
                if size > most * 16:
                    break
    except TimeoutError:
        raise ProblemError(400, [finding("SIZE.04", wanted=f"{timeout:g}")]) from None
    except Unavailable as error:
        raise ProblemError(503, [finding("BUSY.01")], retry_after=2) from error
    return b"".join(parts), max(size, request.content_length or 0)


def charset_of(request: web.Request) -> str | None:
    """Return the charset of the Content-Type header, None without one. Raise ProblemError, 415, for
    a type that is not read as XML."""
    header = request.headers.get("Content-Type", "")
    kind, _, rest = header.partition(";")
    if kind.strip().lower() not in XML_TYPES:
        raise ProblemError(415, [finding("SIZE.03", found=kind.strip())])
    for part in rest.split(";"):
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"') or None
    return None


def check_address(request: web.Request, known: Collection[str]) -> None:
    """Raise ProblemError, 400, for a parameter that is not ``known`` or stands twice, and for text
    that no store takes."""
    odd = oddity(request, known)
    if odd is not None:
        raise ProblemError(400, [odd_address(odd)])


def malformed(status: int, reason: str) -> web.Response:
    """Return the answer to what is no request."""
    return _malformed(status, reason).response()


def broken(error: BaseException) -> ProblemError:
    """Return the refusal of a body that is not what its headers say: one of ``BROKEN``."""
    return _malformed(status_of(error), reason_of(error))


def _malformed(status: int, reason: str) -> ProblemError:
    code = "HTTP.03" if status == 415 else "HTTP.02"
    return ProblemError(status, [finding(code, found=reason)])


def bad_parameter(name: str, value: str, wanted: str, wanted_en: str) -> ProblemError:
    """Return a refusal, 400: a parameter has a value that cannot be used."""
    return ProblemError(
        400,
        [finding("QUERY.01", Place(field=name), found=value, wanted=wanted, wanted_en=wanted_en)],
    )


def whole_number(
    request: web.Request, name: str, default: int | None, *, low: int, high: int
) -> int | None:
    """Return an integer query parameter, ``default`` without one. Raise ProblemError, 400, for
    anything else and for a number out of range."""
    text = request.query.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 19 and low <= int(text) <= high):
        raise bad_parameter(
            name, text, f"{low} 到 {high} 的整数", f"a whole number from {low} to {high}"
        )
    return int(text)


def seq_no_of(request: web.Request) -> int:
    """Return the SeqNo in the path. Raise ProblemError, 404, for anything that is not 18 digits, as
    for an unknown number."""
    text = request.match_info["seq_no"]
    if len(text) == 18 and text.isascii() and text.isdigit():
        return int(text)
    raise not_found(text)


def not_found(number: str, zh: str = "统一编号", en: str = "declaration") -> ProblemError:
    """Return a refusal, 404, in the same words whether the number does not exist or is another
    enterprise's. ``zh`` and ``en`` say what kind of thing was asked for."""
    return ProblemError(404, [nothing_is(number, zh, en)])


def one_enterprise(request: web.Request, caller: Caller) -> str:
    """Return the enterprise that a call is about: ``enterprise=`` or the only one of the key. Raise
    ProblemError, 400, for another one."""
    named = request.query.get("enterprise")
    if named is None and len(caller.enterprises) == 1:
        return next(iter(caller.enterprises))
    if named is None or named not in caller.enterprises:
        allowed = ", ".join(sorted(caller.enterprises))
        raise bad_parameter("enterprise", named or "", f"{allowed} 之一", f"one of {allowed}")
    return named
