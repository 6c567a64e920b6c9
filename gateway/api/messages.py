"""/messages: submit, validate, look up, download."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable

from aiohttp import web

from gateway.api.http import (
    GATEWAY,
    ProblemError,
    Route,
    caller_of,
    charset_of,
    json,
    not_found,
    read_body,
)
from gateway.base.errors import CommitUnknown, DataRefused, StoreConflict, Unavailable
from gateway.base.web.accepting import preferred
from gateway.base.web.addresses import link
from gateway.base.web.openapi import Parameter
from gateway.base.web.server import BROKEN, reason_of, status_of
from gateway.checks.opened import Opened, Submission
from gateway.filing.refusals import RefusedMessage
from gateway.filing.taken import Clash, Incoming, Taken
from gateway.queries.shapes import API, Links, MessageOut, Original, Problem, Submitted, Validated
from gateway.service import Gateway
from gateway.store.keys import Caller
from schemas.findings import Finding, Refused, finding
from schemas.receipts import encode_acknowledgement

log = logging.getLogger("eport.api")
INLINE = 64 * 1024
"""Bytes up to which a message is checked on the event loop (about 0.1 ms); larger ones are checked
in a thread."""


OFFERED = ("application/json", "application/xml", "text/xml")
"""What POST /messages answers in."""


async def check(
    gateway: Gateway, body: bytes, caller: Caller, charset: str | None
) -> Submission | tuple[Finding, ...]:
    """Return the submission, or the findings that forbid it."""
    context = gateway.context(caller)
    try:
        if len(body) <= INLINE:
            result = gateway.intake.open(body, context, header_charset=charset)
        else:
            async with gateway.explaining:
                result = await asyncio.to_thread(
                    gateway.intake.open, body, context, header_charset=charset
                )
        if isinstance(result, Opened):
            async with gateway.explaining:
                return await asyncio.to_thread(gateway.intake.findings_of, result, context)
    except Refused as refused:
        return refused.findings
    return result


async def submit(request: web.Request) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    began = time.perf_counter()
    caller = await caller_of(request)
    body = b""
    size = 0
    try:
        charset = charset_of(request)
        body, size = await read_body(
            request, gateway.settings.max_body, gateway.settings.body_timeout
        )
        if size > gateway.settings.max_body:
            raise ProblemError(
                413, [finding("SIZE.02", found=size, wanted=gateway.settings.max_body)]
            )
        checked = await check(gateway, body, caller, charset)
        if isinstance(checked, tuple):
            raise ProblemError(gateway.intake.refusal(checked), checked)
        outcome = await take(gateway, checked, caller)
    except BROKEN as error:
        problem = ProblemError(
            status_of(error),
            [finding("HTTP.03" if status_of(error) == 415 else "HTTP.02", found=reason_of(error))],
        )
        await keep(gateway, caller, body, size, problem)
        raise problem from None
    except ProblemError as problem:
        if 400 <= problem.status < 500:
            await keep(gateway, caller, body, size, problem)
        if _wants_xml(request):
            return _acknowledgement(
                _kind_of(request), problem.status, None, "", problem.detail, problem
            )
        raise
    gateway.metrics.submit.observe(time.perf_counter() - began)
    gateway.metrics.accepted.labels(outcome.message_type).inc()
    if _wants_xml(request):
        number = str(outcome.seq_no) if outcome.seq_no else None
        return _acknowledgement(
            _kind_of(request),
            200 if outcome.duplicate else 202,
            number,
            outcome.reference,
            "处理成功",
            None,
        )
    return json(*submitted(outcome, checked.envelope.message_id))


def submitted(outcome: Taken, message_id: str) -> tuple[Submitted, int]:
    """Return the answer to a message that is durable, and its HTTP status."""
    number = str(outcome.seq_no) if outcome.seq_no else None
    return Submitted(
        message_id=message_id,
        seq_no=number,
        enterprise_ref=outcome.reference,
        message_type=outcome.message_type,
        status=outcome.status.value,
        duplicate=outcome.duplicate,
        warnings=outcome.warnings,
        links=Links(
            message=link(API, "messages", message_id),
            declaration=f"{API}/declarations/{number}" if number else None,
            timeline=f"{API}/declarations/{number}/timeline" if number else None,
        ),
    ), (200 if outcome.duplicate else 202)


async def take(gateway: Gateway, submission: Submission, caller: Caller) -> Taken:
    """Hand the submission to the store; a clash or an outage becomes a problem."""
    return await taken(hand_in(gateway, submission, caller))


def hand_in(gateway: Gateway, submission: Submission, caller: Caller) -> Awaitable[Taken | Clash]:
    """Put the submission into the queue of the next transaction. Raises ProblemError when there is
    no room."""
    try:
        gateway.admit()
    except Unavailable as error:
        raise ProblemError(503, [finding("BUSY.01")], retry_after=2) from error
    return gateway.submissions.submit(
        Incoming(submission=submission, operator=caller.operator, acts_for=caller.enterprises)
    )


async def taken(handed: Awaitable[Taken | Clash]) -> Taken:
    """Return what became of it, once that is durable. Raise ProblemError for a clash or an
    outage."""
    try:
        outcome = await handed
    except (Unavailable, CommitUnknown, StoreConflict) as error:
        raise ProblemError(503, [finding("BUSY.01")], retry_after=2) from error
    except DataRefused as error:
        log.warning("the store refused a message: %s", error, extra={"action": "value_refused"})
        raise ProblemError(400, [finding("STORE.01")]) from error
    if isinstance(outcome, Clash):
        raise ProblemError(
            outcome.http,
            outcome.findings,
            original=Original(**outcome.original) if outcome.original else None,
        )
    return outcome


async def keep(
    gateway: Gateway, caller: Caller, body: bytes, size: int, problem: ProblemError
) -> None:
    """Store what is kept of a refusal, and count it."""
    gateway.metrics.refused.labels(
        problem.findings[0].code if problem.findings else str(problem.status)
    ).inc()
    try:
        await gateway.refusals.keep(
            RefusedMessage(
                caller=caller.key, body=body, size=size or len(body), findings=problem.findings
            )
        )
    except Unavailable:
        return  # the client hears the refusal all the same


async def validate(request: web.Request) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    caller = await caller_of(request)
    charset = charset_of(request)
    body, size = await read_body(request, gateway.settings.max_body, gateway.settings.body_timeout)
    if size > gateway.settings.max_body:
        raise ProblemError(413, [finding("SIZE.02", found=size, wanted=gateway.settings.max_body)])
    checked = await check(gateway, body, caller, charset)
    if isinstance(checked, tuple):
        return json(
            Validated(
                valid=False,
                message_type=await asyncio.to_thread(gateway.intake.type_of, body),
                findings=checked,
            )
        )
    return json(Validated(valid=True, message_type=checked.handler.code, findings=checked.warnings))


async def show(request: web.Request) -> web.StreamResponse:
    return json((await _found(request))[0])


async def raw(request: web.Request) -> web.StreamResponse:
    _, body = await _found(request)
    return web.Response(
        body=body, content_type="application/xml", headers={"X-Content-Type-Options": "nosniff"}
    )


async def _found(request: web.Request) -> tuple[MessageOut, bytes]:
    caller = await caller_of(request)
    message_id = request.match_info["message_id"]
    message = await request.app[GATEWAY].queries.message(
        message_id, caller.operator, caller.enterprises
    )
    if message is None:
        raise not_found(message_id)
    return message


def _wants_xml(request: web.Request) -> bool:
    return _kind_of(request) != OFFERED[0]


def _kind_of(request: web.Request) -> str:
    return preferred(",".join(request.headers.getall("Accept", ())), OFFERED)


def _acknowledgement(
    kind: str,
    status: int,
    seq_no: str | None,
    reference: str,
    info: str,
    problem: ProblemError | None,
) -> web.Response:
    if problem is not None and problem.findings:
        info = "; ".join(f"{f.code} {f.message_zh}" for f in problem.findings if f.is_error)
    headers = (
        {"Retry-After": str(problem.retry_after)}
        if problem is not None and problem.retry_after
        else {}
    )
    return web.Response(
        status=status,
        content_type=kind,
        headers=headers,
        charset="utf-8",
        body=encode_acknowledgement(
            seq_no=seq_no, reference=reference, info=info, ok=problem is None
        ),
    )


ID = Parameter(name="message_id", place="path", zh="报文编号", en="message id")
ROUTES = (
    Route(
        method="POST",
        path="/messages",
        handle=submit,
        tag="messages",
        body="application/xml",
        zh="提交报文: 落盘后才应答",
        en="Submit a message; the answer comes when it is durable",
        answers={
            202: Submitted,
            200: Submitted,
            **dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422, 503), Problem),
        },
    ),
    Route(
        method="POST",
        path="/messages/validate",
        handle=validate,
        tag="messages",
        body="application/xml",
        zh="只校验, 不保存",
        en="Check a message; nothing is stored",
        answers={200: Validated, **dict.fromkeys((401, 413, 415), Problem)},
    ),
    Route(
        method="GET",
        path="/messages/{message_id}",
        handle=show,
        tag="messages",
        parameters=(ID,),
        zh="查询报文",
        en="One archived message",
        answers={200: MessageOut, 401: Problem, 404: Problem},
    ),
    Route(
        method="GET",
        path="/messages/{message_id}/raw",
        handle=raw,
        tag="messages",
        parameters=(ID,),
        zh="下载原始报文",
        en="The bytes as received",
        answers={200: "application/xml", 401: Problem, 404: Problem},
    ),
)
