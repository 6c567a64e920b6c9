"""Refusals of the control API as RFC 9457 problems with findings: what was found, what was wanted, in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from schemas.findings import ERROR, Finding, Place, compose, finding

TYPE = "application/problem+json"


class Refusal(Exception):
    """The request is refused with ``status`` and ``findings``."""

    def __init__(self, status: int, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f.message_en for f in findings))
        self.status, self.findings = status, tuple(findings)


def bad_value(name: str, found: object, wanted: str, wanted_en: str) -> Refusal:
    """400: one parameter or member has a value that cannot be used."""
    return Refusal(400, [finding("QUERY.01", Place(field=name), found=found, wanted=wanted, wanted_en=wanted_en)])


def said(code: str, status: int, zh: str, en: str, hint_zh: str = "", hint_en: str = "") -> Refusal:
    """A refusal in words of its own."""
    return Refusal(status, [compose(
        code=code, layer="control", severity=ERROR, zh=zh, en=en, hint_zh=hint_zh, hint_en=hint_en)])


def bad_json(reason: str) -> Refusal:
    return said(
        "JSON.01", 400, f"请求体不是有效的 JSON: {reason}", f"the body is not the JSON that is wanted: {reason}",
        "请对照文档中的样例", "compare with the sample in the documentation")


def unauthorised() -> Refusal:
    return Refusal(401, [finding("AUTH.01")])


def forbidden(header: str, found: str, wanted: str) -> Refusal:
    return said(
        "AUTH.02", 403, f"未带密钥的请求只接受本机直接访问: {header} 为“{found}”, 应为 {wanted}",
        f'without a key only direct calls on this machine are taken: {header} is "{found}", wanted {wanted}',
        "请带上 Authorization: Bearer OPERATOR_KEY", "send Authorization: Bearer OPERATOR_KEY")


def unavailable(reason: str) -> Refusal:
    return said("BUSY.02", 503, f"暂时无法处理: {reason}", f"cannot be done now: {reason}",
                "请稍后查询结果, 必要时重试", "look at the result in a moment, then try again if needed")


def json(content: object, status: int = 200, headers: Mapping[str, str] | None = None,
         kind: str = "application/json") -> web.Response:
    """``content`` as JSON."""
    return web.Response(body=msgspec.json.encode(content), status=status, content_type=kind, headers=headers)


def problem(refusal: Refusal, **members: Any) -> web.Response:
    """The response; ``members`` are further members of the problem."""
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}.get(refusal.status)
    first = refusal.findings[0]
    return json({"type": "about:blank", "title": HTTPStatus(refusal.status).phrase, "status": refusal.status,
                 "detail": first.message_zh, "detail_en": first.message_en, "findings": refusal.findings, **members},
                status=refusal.status, headers=headers, kind=TYPE)
