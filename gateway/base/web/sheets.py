"""A table of any length as the answer to a request, in bounded memory: CSV goes out while it is
read, XLSX when its last row is known."""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from aiohttp import web

from gateway.base.sheets import CSV, KINDS, sheet

Rows = AsyncIterator[Sequence[Sequence[str]]]
PIECE, IN_MEMORY = 64 * 1024, 1024 * 1024
"""Bytes that are sent at a time, and that a workbook may have before it goes to a file."""


async def answer(
    request: web.Request, form: str, name: str, heading: Sequence[str], rows: Rows
) -> web.StreamResponse:
    """Answer with a table of the form ``csv`` or ``xlsx`` that is saved as ``name``. Raise what
    ``rows`` raises before the first byte went out, and TooMany; later the connection breaks, so
    that half a table is not taken for a whole one."""
    response = web.StreamResponse(
        headers={
            "Content-Type": KINDS[form] + ("; charset=utf-8" if form == CSV else ""),
            "Content-Disposition": f'attachment; filename="{name}.{form}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
    )
    async with aclosing(rows):  # type: ignore[type-var]
        if form == CSV:
            await _as_it_comes(request, response, heading, rows)
        else:
            await _when_whole(request, response, heading, rows)
    return response


async def _as_it_comes(
    request: web.Request, response: web.StreamResponse, heading: Sequence[str], rows: Rows
) -> None:
    out = io.BytesIO()
    table = sheet(CSV, out)
    table.add([heading])
    try:
        async for part in rows:
            table.add(part)
            if not response.prepared:
                await response.prepare(request)
            await response.write(out.getvalue())
            out.seek(0)
            out.truncate()
        if not response.prepared:
            await response.prepare(request)
        await response.write(out.getvalue())
        await response.write_eof()
    except BaseException:
        if response.prepared and request.transport is not None:
            request.transport.abort()
        raise


async def _when_whole(
    request: web.Request, response: web.StreamResponse, heading: Sequence[str], rows: Rows
) -> None:
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as out:
        table = await asyncio.to_thread(sheet, "xlsx", out)
        try:
            table.add([heading])
            async for part in rows:
                await asyncio.to_thread(table.add, part)
        finally:
            await asyncio.to_thread(table.close)
        response.content_length = out.tell()
        out.seek(0)
        await response.prepare(request)
        while piece := out.read(PIECE):
            await response.write(piece)
        await response.write_eof()
