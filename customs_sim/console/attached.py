"""Attachments in a browser: what a file really is by its first bytes, and how a stranger's file is
shown without a risk. Knows no case."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from customs_sim.desk.refusal import NotAllowed

MAGIC: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"%PDF-": "application/pdf",
}
"""First bytes of the files that are shown; whatever its name says, no other is."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def kind_of_file(content: bytes) -> str:
    """Return the media type of a file that can be shown; empty for any other."""
    return next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), "")


def shown_inline(content: bytes, name: str) -> web.Response:
    """Return a file to be looked at. It runs nothing and reads nothing. Raise NotAllowed, 404, for
    one that cannot be shown."""
    kind = kind_of_file(content)
    if not kind:
        raise NotAllowed(
            "ID.02",
            "id",
            "只能预览 PNG、JPEG 和 PDF, 这个文件不是",
            "only PNG, JPEG and PDF are shown; this file is none of them",
            status=404,
            hint_zh="请下载后打开",
            hint_en="download it",
        )
    return web.Response(
        body=content,
        content_type=kind,
        headers=HEADERS | {"Content-Disposition": f'inline; filename="{name}"'},
    )
