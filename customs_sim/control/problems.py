"""Refusals of the control API as RFC 9457 problems with findings: what was found, what was wanted,
in two languages; and the parameters that several calls share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from schemas.findings import ERROR, Finding, Place, compose, finding
from schemas.times import SHANGHAI

TYPE = "application/problem+json"
MOST = 1000
"""Items of one page and of one request."""


class Refusal(Exception):
    """The request is refused with ``status`` and ``findings``."""

    def __init__(self, status: int, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f.message_en for f in findings))
        self.status, self.findings = status, tuple(findings)


def bad_value(name: str, found: object, wanted: str, wanted_en: str) -> Refusal:
    """400: one parameter or member has a value that cannot be used."""
    return Refusal(
        400,
        [finding("QUERY.01", Place(field=name), found=found, wanted=wanted, wanted_en=wanted_en)],
    )


def said(code: str, status: int, zh: str, en: str, hint_zh: str = "", hint_en: str = "") -> Refusal:
    """A refusal in words of its own."""
    return Refusal(
        status,
        [
            compose(
                code=code,
                layer="control",
                severity=ERROR,
                zh=zh,
                en=en,
                hint_zh=hint_zh,
                hint_en=hint_en,
            )
        ],
    )


def bad_json(reason: str) -> Refusal:
    return said(
        "JSON.01",
        400,
        f"请求体不是有效的 JSON: {reason}",
        f"the body is not the JSON that is wanted: {reason}",
        "请对照文档中的样例",
        "compare with the sample in the documentation",
    )


def unauthorised() -> Refusal:
    return Refusal(401, [finding("AUTH.01")])


def forbidden(header: str, found: str, wanted: str) -> Refusal:
    return said(
        "AUTH.02",
        403,
        f"未带密钥的请求只接受本机直接访问: {header} 为“{found}”, 应为 {wanted}",
        f'without a key only direct calls on this machine are taken: {header} is "{found}", wanted'
        f" {wanted}",
        "请带上 Authorization: Bearer OPERATOR_KEY",
        "send Authorization: Bearer OPERATOR_KEY",
    )


def unavailable(reason: str) -> Refusal:
    return said(
        "BUSY.02",
        503,
        f"暂时无法处理: {reason}",
        f"cannot be done now: {reason}",
        "请稍后查询结果, 必要时重试",
        "look at the result in a moment, then try again if needed",
    )


def json(
    content: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    kind: str = "application/json",
) -> web.Response:
    """``content`` as JSON."""
    return web.Response(
        body=msgspec.json.encode(content), status=status, content_type=kind, headers=headers
    )


def problem(refusal: Refusal, **members: Any) -> web.Response:
    """The response; ``members`` are further members of the problem."""
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}.get(refusal.status)
    first = refusal.findings[0]
    return json(
        {
            "type": "about:blank",
            "title": HTTPStatus(refusal.status).phrase,
            "status": refusal.status,
            "detail": first.message_zh,
            "detail_en": first.message_en,
            "findings": refusal.findings,
            **members,
        },
        status=refusal.status,
        headers=headers,
        kind=TYPE,
    )


def limit_of(request: web.Request) -> int:
    text = request.query.get("limit", "100")
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= MOST):
        raise bad_value("limit", text, f"1 到 {MOST} 的整数", f"a whole number from 1 to {MOST}")
    return int(text)


def cursor_of(request: web.Request) -> int | None:
    text = request.query.get("cursor", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise bad_value("cursor", text, "上一页返回的 next", "the next of the page before")
    return int(text)


def instant_of(at: Any) -> str:
    """As ``time_of``, to the microsecond: what the archive and the audit are ordered by."""
    return (
        (
            datetime.fromtimestamp(int(at) // 1_000_000, UTC)
            + timedelta(microseconds=int(at) % 1_000_000)
        )
        .astimezone(SHANGHAI)
        .isoformat()
    )


def time_of(at: Any) -> str:
    """RFC 3339 with the offset of Shanghai."""
    return datetime.fromtimestamp(int(at) // 1_000_000, UTC).astimezone(SHANGHAI).isoformat()
