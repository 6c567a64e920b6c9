"""Serving an application so that a request that is no HTTP, or that breaks off inside its body, is
the client's mistake: a problem for the client and one line in the log, never a traceback."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from gateway.base.web.packing import pack

log = logging.getLogger("eport.http")
Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Refuse = Callable[[int, str], web.Response]
"""Makes the answer of a side to what no request could be made of: HTTP status and reason."""
REFUSE: web.AppKey[Refuse] = web.AppKey("refuse", Refuse)  # type: ignore[arg-type]
BROKEN = (
    HttpProcessingError,
    ClientPayloadError,
    web.RequestPayloadError,
    zlib.error,
    ConnectionResetError,
)
"""What reading a body raises when what came is not what its headers say, or the caller leaves."""
LONGEST_REASON = 200
READ = frozenset({"", "identity", "gzip", "deflate"})
"""The content encodings that are read, alone."""


def reason_of(error: BaseException) -> str:
    """Return the first line of what the parser says of a broken request, as text that can be shown
    and logged."""
    text = str(getattr(error, "message", "") or error or type(error).__name__)
    line = text.strip().partition("\n")[0].encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() else "?" for c in line)[:LONGEST_REASON]


def strange_encoding(request: web.BaseRequest) -> str:
    """Return the Content-Encoding of a request where nothing here reads it; else nothing."""
    named = request.headers.get("Content-Encoding", "")
    return "" if named.strip().lower() in READ else named


def status_of(error: BaseException) -> int:
    """Return 415 for an encoding that is not known or not kept to, 400 for the rest."""
    return 415 if isinstance(error, ContentEncodingError) else 400


class Runner(web.AppRunner):
    """``web.AppRunner`` whose connections answer malformed requests as the application says under
    ``REFUSE``."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            self.app.get(REFUSE),
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=asyncio.get_running_loop(),
            **made._kwargs,
        )


class _Server(web.Server):
    def __init__(self, refuse: Refuse | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refuse = refuse

    def __call__(self) -> RequestHandler:
        return _Connection(self._refuse, self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    __slots__ = ("_refuse",)

    def __init__(self, refuse: Refuse | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refuse = refuse

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no request. Anything else is our own fault and aiohttp's to tell."""
        if self._refuse is None or not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        reason = reason_of(exc)
        log.info(
            "malformed request from %s: %s",
            request.remote,
            reason,
            extra={"action": "malformed_request"},
        )
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        response = self._refuse(status_of(exc), reason)
        response.force_close()
        return response

    def _handle_request(
        self, request: web.BaseRequest, start_time: float | None, request_handler: Handle
    ) -> Coroutine[Any, Any, tuple[web.StreamResponse, bool]]:
        """Answer a request, packed where the client takes that; but for one that expects what
        nobody here does (RFC 9110, 10.1.1). No coroutine of its own: every request would pay for
        it."""
        answer = request_handler
        expected = request.headers.get("Expect", "")
        if expected and expected.lower() != "100-continue" and self._refuse is not None:
            refused = self._refuse(417, f"Expect: {reason_of(ValueError(expected))}")
            refused.force_close()

            async def answer(_: web.BaseRequest) -> web.StreamResponse:
                return refused

        if request.method != "GET":  # ``pack`` leaves it as it is
            return super()._handle_request(request, start_time, answer)

        async def packed(asked: web.BaseRequest) -> web.StreamResponse:
            response = await answer(asked)
            await pack(asked, response)
            return response

        return super()._handle_request(request, start_time, packed)

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """Tell a failure of ours with its traceback, one of the client's in one line."""
        error = kwargs.get("exc_info")
        if isinstance(error, BROKEN):
            log.info("broken body: %s", reason_of(error), extra={"action": "malformed_request"})
            return
        super().log_exception(*args, **kwargs)
