"""Refusals of the control API as RFC 9457 problems with findings: what was found, what was wanted,
in two languages; JSON answers; and the parameters that several calls share."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.explained import PAGE
from customs_sim.office.operators import Ended
from gateway.base.web.explained import type_of
from schemas.findings import (
    ERROR,
    Place,
    Refused,
    chief_code,
    compose,
    finding,
    nothing_is,
    should_be,
    shown,
    summary_en,
    summary_zh,
)
from schemas.times import local

TYPE = "application/problem+json"
LONGEST = 1000
"""Characters of a sentence that repeats what came."""
MOST = 1000
"""Items of one page and of one request."""


ENDED = {
    Ended.MADE: (
        "已建过操作员密钥, 不再免密钥",
        "an operator's key was made, so that everybody needs one now",
    ),
    Ended.FORBIDDEN: (
        "已在“密钥”页关闭免密钥访问",
        "access without a key was ended on the page of keys",
    ),
}
"""Why nobody goes without a key any more."""


def bad_value(name: str, found: object, wanted: str, wanted_en: str) -> Refused:
    """Return a refusal, 400: one parameter or member has a value that cannot be used."""
    place = Place(field=name)
    if not str(found).strip():
        return Refused(
            [
                compose(
                    code="QUERY.01",
                    layer="query",
                    severity=ERROR,
                    zh=f"没有填写 {name}, {should_be(wanted)}",
                    en=f"{name} is missing; wanted {wanted_en}",
                    hint_zh="请填写",
                    hint_en="fill it in",
                    place=place,
                    wanted=wanted,
                    wanted_en=wanted_en,
                )
            ],
            status=400,
        )
    return Refused(
        [finding("QUERY.01", place, found=found, wanted=wanted, wanted_en=wanted_en)], status=400
    )


def said(code: str, status: int, zh: str, en: str, hint_zh: str, hint_en: str) -> Refused:
    """Return a refusal in words of its own."""
    return Refused(
        [
            compose(
                code=code,
                layer="control",
                severity=ERROR,
                zh=shown(zh, LONGEST),
                en=shown(en, LONGEST),
                hint_zh=hint_zh,
                hint_en=hint_en,
            )
        ],
        status=status,
    )


def too_slow(patience: float) -> Refused:
    """Return a refusal, 400: the body did not come within ``patience`` seconds."""
    return Refused([finding("SIZE.04", wanted=int(patience))], status=400)


def not_found(path: str) -> Refused:
    """Return a refusal, 404: there is nothing at this address."""
    return Refused([finding("QUERY.02", found=path)], status=404)


def no_such(number: str, zh: str, en: str) -> Refused:
    """Return a refusal, 404: nothing of this kind has this number or name."""
    return Refused([nothing_is(number, zh, en)], status=404)


def wrong_method(method: str, allowed: str) -> Refused:
    """Return a refusal, 405: the address is right and the method is not."""
    return Refused([finding("QUERY.04", found=method, wanted=allowed)], status=405)


def bad_json(reason: str, reason_en: str) -> Refused:
    """Return a refusal, 400: the body is not the JSON that the call takes."""
    return said(
        "JSON.01",
        400,
        f"请求体不是有效的 JSON: {reason}",
        f"the body is not the JSON that is wanted: {reason_en}",
        "请对照文档中的样例",
        "compare with the sample in the documentation",
    )


def unauthorised(*, ended: Ended | None = None) -> Refused:
    """Return a refusal, 401: no key, or one that nobody has. ``ended``: why one is needed now that
    was not before."""
    zh = (
        "请带上 Authorization: Bearer OPERATOR_KEY (keys.json 的 operator_key, 或 eport operators"
        " --add)"
    )
    en = (
        "send Authorization: Bearer OPERATOR_KEY (operator_key of keys.json, or eport operators"
        " --add)"
    )
    if ended is not None:
        zh, en = f"{zh}; {ENDED[ended][0]}", f"{en}; {ENDED[ended][1]}"
    return Refused([finding("AUTH.01", hint_zh=zh, hint_en=en)], status=401)


def forbidden(header: str, found: str, wanted: str) -> Refused:
    """Return a refusal, 403: a page that is none of ours made a call without a key."""
    return not_direct(
        f"{header} 为“{shown(found)}”, 应为 {wanted}",
        f'{header} is "{shown(found)}", wanted {wanted}',
        status=403,
    )


def not_direct(zh: str, en: str, *, status: int = 401) -> Refused:
    """Return a refusal, 401: a call without a key that somebody handed on, and what shows it."""
    return said(
        "AUTH.02",
        status,
        f"未带密钥的请求只接受启动者在本机的直接访问: {zh}",
        "without a key only direct calls of the user who started it are taken, on this machine:"
        f" {en}",
        "请带上 Authorization: Bearer OPERATOR_KEY",
        "send Authorization: Bearer OPERATOR_KEY",
    )


def no_right(role: str, wanted: str) -> Refused:
    """Return a refusal, 403: the role is too small."""
    return said(
        "AUTH.03",
        403,
        f"角色 {role} 不能执行此操作, 需要 {wanted}",
        f"role {role} may not do this; wanted {wanted}",
        "请使用相应角色的密钥",
        "use a key of that role",
    )


def unavailable(reason: str) -> Refused:
    """Return a refusal, 503: the store did not answer, or what it did is not known."""
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
    """Return ``content`` as a JSON response."""
    return web.Response(
        body=msgspec.json.encode(content), status=status, content_type=kind, headers=headers
    )


def problem(refusal: Refused, **members: Any) -> web.Response:
    """Return the response to a refusal. ``members`` are further members of the problem."""
    first = refusal.findings[0]
    headers = {
        401: {"WWW-Authenticate": "Bearer"},
        405: {"Allow": first.wanted or ""},
        503: {"Retry-After": "1"},
    }.get(refusal.status)
    return json(
        {
            "type": type_of(PAGE, chief_code(refusal.findings)),
            "title": HTTPStatus(refusal.status).phrase,
            "status": refusal.status,
            "detail": summary_zh(refusal.findings),
            "detail_en": summary_en(refusal.findings),
            "findings": refusal.findings,
            **members,
        },
        status=refusal.status,
        headers=headers,
        kind=TYPE,
    )


def limit_of(request: web.Request) -> int:
    """Return the parameter ``limit``, 1 to 1000. Raise Refused otherwise."""
    text = request.query.get("limit", "100")
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= MOST):
        raise bad_value("limit", text, f"1 到 {MOST} 的整数", f"a whole number from 1 to {MOST}")
    return int(text)


def cursor_of(request: web.Request) -> int | None:
    """Return the parameter ``cursor`` where it is a number; None without one. Raise Refused
    otherwise."""
    text = request.query.get("cursor", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise bad_value("cursor", text, "上一页返回的 next", "the next of the page before")
    return int(text)


def instant_of(at: Any) -> str:
    """Return ``at`` (microseconds UTC) as ``time_of`` does, to the microsecond: the order of the
    archive and the audit."""
    return local(at).isoformat()


def time_of(at: Any) -> str:
    """Return ``at`` (microseconds UTC) in RFC 3339 with the offset of Shanghai, whole seconds."""
    return local(at).replace(microsecond=0).isoformat()
