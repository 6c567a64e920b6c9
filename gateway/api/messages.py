"""/messages: submit, validate, look up, download."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable

from aiohttp import web

from gateway.api.http import (
    GATEWAY,
    ProblemError,
    Route,
    broken,
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
from gateway.base.web.server import BROKEN
from gateway.base.workplaces import TookTooLong
from gateway.checks.intake import Intake
from gateway.checks.opened import Opened, Submission
from gateway.filing.refusals import RefusedMessage
from gateway.filing.taken import Clash, Incoming, Taken
from gateway.queries.shapes import API, Links, MessageOut, Original, Problem, Submitted, Validated
from gateway.service import Gateway
from gateway.store.keys import Caller
from handlers.contract import Context
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
    context, intake, checking = gateway.context(caller), gateway.intake, gateway.checking
    try:
        if len(body) > INLINE:
            return await checking.run(caller.key, lambda: _checked(intake, body, context, charset))
        result = intake.open(body, context, header_charset=charset)
        if isinstance(result, Opened):
            opened = result
            return await checking.run(caller.key, lambda: intake.findings_of(opened, context))
    except Refused as refused:
        return refused.findings
    except TookTooLong:
        return (finding("GUARD.08", wanted=f"{checking.budget:g}"),)
    except Unavailable:
        return (finding("BUSY.01"),)
    return result


def _checked(
    intake: Intake, body: bytes, context: Context, charset: str | None
) -> Submission | tuple[Finding, ...]:
    result = intake.open(body, context, header_charset=charset)
    return intake.findings_of(result, context) if isinstance(result, Opened) else result


async def submit(request: web.Request) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    began = time.perf_counter()
    caller = await caller_of(request)
    body = b""
    size = 0
    try:
        charset = charset_of(request)
        with gateway.uploads.of(caller.key) as upload:
            body, size = await read_body(
                request, gateway.settings.max_body, gateway.settings.body_timeout, upload
            )
            if size > gateway.settings.max_body:
                raise ProblemError(
                    413, [finding("SIZE.02", found=size, wanted=gateway.settings.max_body)]
                )
            checked = await check(gateway, body, caller, charset)
            if isinstance(checked, tuple):
                raise refused(gateway, checked)
            outcome = await take(gateway, checked, caller)
    except BROKEN as error:
        problem = broken(error)
        await keep(gateway, caller, body, size, problem)
        raise problem from None
    except ProblemError as problem:
        if 400 <= problem.status < 500:
            await keep(gateway, caller, body, size, problem)
        if _wants_xml(request):
            reference = await _reference_of(gateway, caller, body)
            return _refusal(_kind_of(request), problem, reference)
        raise
    gateway.metrics.submit.observe(time.perf_counter() - began)
    if _wants_xml(request):
        return _acceptance(_kind_of(request), outcome)
    return json(*submitted(outcome, checked.envelope.message_id))


def refused(gateway: Gateway, findings: tuple[Finding, ...]) -> ProblemError:
    """Return the refusal that these findings are."""
    status = gateway.intake.refusal(findings)
    return ProblemError(status, findings, retry_after=2 if status == 503 else None)


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
    with gateway.uploads.of(caller.key) as upload:
        body, size = await read_body(
            request, gateway.settings.max_body, gateway.settings.body_timeout, upload
        )
        if size > gateway.settings.max_body:
            raise ProblemError(
                413, [finding("SIZE.02", found=size, wanted=gateway.settings.max_body)]
            )
        checked = await check(gateway, body, caller, charset)
        if isinstance(checked, Submission):
            return json(
                Validated(valid=True, message_type=checked.handler.code, findings=checked.warnings)
            )
        if (problem := refused(gateway, checked)).status == 503:
            raise problem
        named = await _type_of(gateway, caller, body)
        return json(Validated(valid=False, message_type=named, findings=checked))


async def _reference_of(gateway: Gateway, caller: Caller, body: bytes) -> str:
    """Return the sender's reference in a refused message; empty when it is not known in time."""
    try:
        return await gateway.checking.run(caller.key, lambda: gateway.intake.reference_of(body))
    except (TookTooLong, Unavailable):
        return ""


async def _type_of(gateway: Gateway, caller: Caller, body: bytes) -> str | None:
    """Return the type that a refused message names; None when that is not known in time."""
    try:
        return await gateway.checking.run(caller.key, lambda: gateway.intake.type_of(body))
    except (TookTooLong, Unavailable):
        return None


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
        raise not_found(message_id, "报文编号", "message")
    return message


def _wants_xml(request: web.Request) -> bool:
    return _kind_of(request) != OFFERED[0]


def _kind_of(request: web.Request) -> str:
    return preferred(",".join(request.headers.getall("Accept", ())), OFFERED)


def _acceptance(kind: str, outcome: Taken) -> web.Response:
    """Return the acknowledgement of a message that was taken. Its warnings stand in CheckInfo."""
    said = ["处理成功", *(f"{f.code} 警告: {f.message_zh}" for f in outcome.warnings)]
    return _acknowledgement(
        kind,
        200 if outcome.duplicate else 202,
        encode_acknowledgement(
            seq_no=str(outcome.seq_no) if outcome.seq_no else None,
            reference=outcome.reference,
            info="; ".join(said),
            ok=True,
        ),
    )


def _refusal(kind: str, problem: ProblemError, reference: str) -> web.Response:
    """Return the acknowledgement of a message that was refused: errors first, then warnings. A
    SeqNo stands in it where another message holds the place of this one."""
    errors = [f"{f.code} {f.message_zh}" for f in problem.findings if f.is_error]
    warnings = [f"{f.code} 警告: {f.message_zh}" for f in problem.findings if not f.is_error]
    original = problem.original
    body = encode_acknowledgement(
        seq_no=original.seq_no if original else None,
        reference=reference or (original.enterprise_ref if original else ""),
        info="; ".join([*errors, *warnings]) or problem.detail,
        ok=False,
    )
    return _acknowledgement(kind, problem.status, body, problem.retry_after)


def _acknowledgement(
    kind: str, status: int, body: bytes, retry_after: int | None = None
) -> web.Response:
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return web.Response(
        status=status, content_type=kind, headers=headers, charset="utf-8", body=body
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
