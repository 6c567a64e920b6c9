"""POST /messages/batch: many messages in one request, one result each, in order. Every message is
decided as if it had come alone.

The bodies are checked in slices, so that nobody else waits for a whole batch, and put into the
group commit some at a time: then one commit carries many, and the check of the next ones runs
meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace

from aiohttp import BodyPartReader, web

from gateway.api.batch_sharing import SLICE, Checked, checked
from gateway.api.http import GATEWAY, ProblemError, Route, broken, caller_of, json
from gateway.api.messages import hand_in, keep, submitted, taken
from gateway.base.errors import Unavailable
from gateway.base.web.server import BROKEN, reason_of
from gateway.base.web.uploads import Upload
from gateway.checks.unzip import Bounds, PackedFile, check_totals, judged, unrepeated, unzip
from gateway.filing.taken import Clash, Taken
from gateway.queries.shapes import BatchAnswer, BatchItem, Problem
from gateway.service import Gateway
from gateway.store.keys import Caller
from schemas.findings import Refused, finding, shown

ZIP_TYPES = frozenset(
    {
        "application/zip",
        "application/x-zip-compressed",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "",
    }
)
NO_MULTIPART = (
    ValueError,
    AssertionError,
    LookupError,
    RuntimeError,
    EOFError,
    web.HTTPException,
    *BROKEN,
)
"""What aiohttp says of a wrong boundary, header, charset or encoding of a part."""
PATIENCE = 6
"""Times the patience for a single body, because a batch is larger."""
LONGEST_NAME = 255


async def submit(request: web.Request) -> web.StreamResponse:
    """Answer 200 with one item a file, 503 when nothing could be taken, or a problem when the whole
    is no batch."""
    gateway = request.app[GATEWAY]
    caller = await caller_of(request)
    try:
        gateway.admit()
    except Unavailable as error:
        raise busy() from error
    with gateway.uploads.of(caller.key) as upload:
        try:
            content = await _content(request, gateway, upload)
            give_back = await gateway.batches.take(caller.key)  # the whole body is here by now
            try:
                files = await _unpacked(content, gateway) if isinstance(content, bytes) else content
                items = await _taken(gateway, caller, files)
            finally:
                give_back()
        except Refused as refused:
            problem = ProblemError(refused.status, refused.findings)
            await keep(gateway, caller, b"", request.content_length or 0, problem)
            raise problem from refused
        except Unavailable as error:
            raise busy() from error
    if all(item.status == 503 for item in items):
        raise busy()
    accepted = sum(item.message is not None for item in items)
    return json(
        BatchAnswer(
            items=tuple(items), total=len(items), accepted=accepted, refused=len(items) - accepted
        )
    )


def busy() -> ProblemError:
    return ProblemError(503, [finding("BUSY.01")], retry_after=2)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file on its way: in the queue of a transaction, or refused with a problem."""

    file: PackedFile
    state: Awaitable[Taken | Clash] | ProblemError
    message_id: str = ""


async def _taken(gateway: Gateway, caller: Caller, files: Sequence[PackedFile]) -> list[BatchItem]:
    """Return one item a file, in order, once all that was taken is durable."""
    began = time.perf_counter()
    entries: list[_Entry] = []
    async for group in checked(gateway, caller, files):
        entries += [_entered(gateway, caller, file, outcome) for file, outcome in group]
        await asyncio.sleep(0)  # all of them stand in the queue now, in order
    return [
        await _told(gateway, caller, number, entry, began)
        for number, entry in enumerate(entries, 1)
    ]


def _entered(gateway: Gateway, caller: Caller, file: PackedFile, outcome: Checked) -> _Entry:
    if isinstance(outcome, tuple):
        return _Entry(file, ProblemError(gateway.intake.refusal(outcome), outcome))
    try:
        return _Entry(file, hand_in(gateway, outcome, caller), outcome.envelope.message_id)
    except ProblemError as problem:
        return _Entry(file, problem)


async def _told(
    gateway: Gateway, caller: Caller, number: int, entry: _Entry, began: float
) -> BatchItem:
    """Return what a single POST of this file would have been told."""
    name = shown(entry.file.name, LONGEST_NAME)
    try:
        if isinstance(entry.state, ProblemError):
            raise entry.state
        outcome = await taken(entry.state)
    except ProblemError as problem:
        if 400 <= problem.status < 500:
            await keep(gateway, caller, entry.file.body, entry.file.size, problem)
        return BatchItem(
            number=number, file=name, status=problem.status, message=None, problem=problem.shape()
        )
    gateway.metrics.submit.observe(time.perf_counter() - began)
    message, status = submitted(outcome, entry.message_id)
    return BatchItem(number=number, file=name, status=status, message=message, problem=None)


async def _content(
    request: web.Request, gateway: Gateway, upload: Upload
) -> bytes | list[PackedFile]:
    """Return what was sent, once all of it has come: a ZIP, or the files of a multipart body. Raise
    Refused when it cannot be taken, Unavailable when bodies under way leave no room."""
    bounds = _bounds(gateway)
    patience = gateway.settings.body_timeout * PATIENCE
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(patience):
            if kind.startswith("multipart/"):
                return await _parts(request, bounds, upload)
            if kind not in ZIP_TYPES:
                raise Refused(
                    [
                        finding(
                            "SIZE.03",
                            found=kind,
                            hint_zh="请用 application/zip 或 multipart/form-data",
                            hint_en="send application/zip or multipart/form-data",
                        )
                    ]
                )
            return await _whole(request, bounds.total, upload)
    except TimeoutError:
        raise Refused([finding("SIZE.04", wanted=f"{patience:g}")]) from None
    except BROKEN as error:
        raise Refused(broken(error).findings) from None


def _bounds(gateway: Gateway) -> Bounds:
    return replace(Bounds(), file=gateway.settings.max_body)


async def _unpacked(content: bytes, gateway: Gateway) -> list[PackedFile]:
    """Return the files of a ZIP. Raise Refused when the whole cannot be taken."""
    # On the loop, in slices: a usual file takes 20 µs, the largest about 10 ms, and a thread would
    # take turns for the GIL with the checks.
    files: list[PackedFile] = []
    since = time.perf_counter()
    for file in unzip(content, _bounds(gateway)):
        files.append(file)
        if time.perf_counter() - since > SLICE:
            await asyncio.sleep(0)
            since = time.perf_counter()
    return files


async def _whole(request: web.Request, most: int, upload: Upload) -> bytes:
    """Return the body. Raise Refused above ``most`` bytes, without reading on."""
    if (said := request.content_length or 0) > most:
        raise Refused([finding("BATCH.04", found=said, wanted=most)])
    content = bytearray()
    async for chunk in request.content.iter_chunked(1 << 18):
        upload.take(len(chunk))
        content += chunk
        if len(content) > most:
            raise Refused([finding("BATCH.04", found=f"> {most}", wanted=most)])
    return bytes(content)


async def _parts(request: web.Request, bounds: Bounds, upload: Upload) -> list[PackedFile]:
    """Return the files of a multipart body. Reading stops where a bound is passed."""
    files: list[PackedFile] = []
    size = 0
    try:
        async for part in await request.multipart():
            if len(files) == bounds.files:
                raise Refused([finding("BATCH.02", found=f"> {bounds.files}", wanted=bounds.files)])
            if not isinstance(part, BodyPartReader):
                if part is not None:
                    await part.release()
                files.append(
                    PackedFile(name=f"part {len(files) + 1}", findings=(finding("BATCH.07"),))
                )
                continue
            file = await _part(part, f"part {len(files) + 1}", bounds, size, upload)
            size += file.size
            files.append(file)
    except NO_MULTIPART as error:
        raise Refused([finding("BATCH.01", found=reason_of(error))]) from error
    check_totals(len(files), size, bounds)
    return list(unrepeated(files))


async def _part(
    part: BodyPartReader, otherwise: str, bounds: Bounds, before: int, upload: Upload
) -> PackedFile:
    body = bytearray()
    size = 0
    while chunk := await part.read_chunk(1 << 16):
        size += len(chunk)
        if before + size > bounds.total:
            raise Refused([finding("BATCH.04", found=f"> {bounds.total}", wanted=bounds.total)])
        if len(body) <= bounds.file:
            upload.take(len(chunk))
            body += chunk
    return judged(part.filename or otherwise, bytes(body), size, bounds)


ROUTES = (
    Route(
        method="POST",
        path="/messages/batch",
        handle=submit,
        tag="messages",
        body="application/zip",
        zh=(
            "一次提交多个报文 (ZIP 或 multipart, 至多 500 个, 每个 2 MB, 解包后共 64 MB): 逐个应答,"
            " 正确的收下"
        ),
        en=(
            "Submit many messages (ZIP or multipart; at most 500, 2 MB each, 64 MB unpacked): one"
            " result each, good ones are taken"
        ),
        answers={200: BatchAnswer, **dict.fromkeys((400, 401, 413, 415, 503), Problem)},
    ),
)
