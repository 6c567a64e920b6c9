"""What a list is narrowed to, as an address says it: the same words for the API and the portal."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime, time, timedelta

from aiohttp import web

from gateway.api.http import GATEWAY, bad_parameter, whole_number
from gateway.base.web.openapi import Parameter
from gateway.queries.filters import Filter
from gateway.queries.ordering import MOST, OWN, TooLong
from gateway.queries.shapes import DeclarationList
from gateway.service import Gateway
from gateway.store.keys import Caller
from handlers.contract import Listing
from handlers.lifecycle import LABELS, Status, status_named
from schemas.times import LATEST, SHANGHAI, SPAN, day_named, micros


def filter_of(
    request: web.Request,
    caller: Caller,
    message_types: tuple[str, ...] = (),
    listing: Listing | None = None,
    usual: int = 100,
) -> Filter:
    """Return what the query of an address asks for, of what the caller may see. ``usual`` is how
    many rows a page has unless it says so. Raise ProblemError, 400, for a value that says
    nothing."""
    query = request.query
    enterprises = caller.enterprises
    if named := query.get("enterprise"):
        enterprises = enterprises & {named}
    word = query.get("status") or None
    status = None
    if word is not None and word not in ("全部", "all"):
        status = status_named(word)
        if status is None:
            words = ", ".join(zh for zh, _ in LABELS.values())
            raise bad_parameter(
                "status",
                word,
                f"全部, {words} 之一",
                f"all or one of {', '.join(s.value for s in Status)}",
            )
    codes: dict[str, str | None] = {}
    for name, codelist in (("mode", "gur_mode"), ("type", "gur_type"), ("kind", "refund_kind")):
        code = codes[name] = query.get(name) or None
        if code is not None and request.app[GATEWAY].codes.find(codelist, code) is None:
            known = ", ".join(f"{c.code} {c.zh}" for c in request.app[GATEWAY].codes.list(codelist))
            raise bad_parameter(name, code, known, known)
    if listing is not None and listing.own_type:
        if codes["type"] not in (None, listing.own_type) or codes["kind"]:
            message_types = ("none",)
        codes["type"] = codes["kind"] = None
    until = _day(query.get("to"), "to")
    return Filter(
        enterprises=enterprises,
        message_types=message_types,
        kinds=listing.kinds if listing else (),
        status=status,
        or_pending=listing is not None,
        reference=query.get("enterprise_ref") or None,
        mode=codes["mode"],
        gur_type=codes["type"],
        refund_kind=codes["kind"],
        customs=query.get("customs") or None,
        text=query.get("q") or None,
        sort=_order(query.get("sort"), request.app[GATEWAY].intake.schemas.labels),
        filed_from=_midnight(_day(query.get("from"), "from")),
        filed_until=_midnight(until + timedelta(days=1)) if until else None,
        before=whole_number(request, "cursor", None, low=1, high=10**18),
        limit=whole_number(request, "limit", usual, low=1, high=1000) or usual,
    )


async def listed(gateway: Gateway, narrowed: Filter) -> DeclarationList:
    """Return a page of a list. Raise ProblemError, 400, for one that is too long to be sorted."""
    try:
        return await gateway.queries.declarations(narrowed)
    except TooLong as error:
        raise bad_parameter(
            "sort",
            narrowed.sort or "",
            f"先缩小范围到 {MOST} 票以内, 现有 {error.total} 票",
            f"a narrower list: it has {error.total} rows, at most {MOST} are sorted",
        ) from None


def _order(text: str | None, elements: Container[str]) -> str | None:
    if not text:
        return None
    name = text.removeprefix("-")
    if name in OWN or name in elements:
        return text
    raise bad_parameter(
        "sort",
        text,
        "一个项目名, 倒序前面加 -, 例如 -gasrAmt",
        "the name of an element, with - before it for the other way, such as -gasrAmt",
    )


def _day(text: str | None, name: str) -> date | None:
    if not text:
        return None
    if day := day_named(text):
        return day
    if text == "9999-12-31":  # "no end", as many systems write it
        return LATEST
    raise bad_parameter(name, text, f"日期 yyyy-MM-dd, {SPAN}", f"a date yyyy-MM-dd within {SPAN}")


def _midnight(day: date | None) -> int | None:
    return None if day is None else micros(datetime.combine(day, time(), SHANGHAI))


FILTERS = (
    Parameter(
        name="status", zh="状态: 英文词或中文标签", en="status: the word or the Chinese label"
    ),
    Parameter(name="mode", zh="担保方式 1 保金 2 保函", en="1 cash, 2 letter"),
    Parameter(name="customs", zh="主管关区", en="customs office"),
    Parameter(
        name="from",
        zh="申报日期起 (含)",
        en="declared from, inclusive",
        schema={"type": "string", "format": "date"},
    ),
    Parameter(
        name="to",
        zh="申报日期止 (含)",
        en="declared to, inclusive",
        schema={"type": "string", "format": "date"},
    ),
    Parameter(name="q", zh="编号中的文字", en="part of any number"),
    Parameter(
        name="sort",
        zh=f"按一个项目排序, 倒序前面加 -, 默认新的在前; 最多 {MOST} 票",
        en=f"the element to sort by, - before it for the other way; by default newest first. Lists"
        f" of at most {MOST} rows",
    ),
    Parameter(name="enterprise_ref", zh="企业内部编号", en="the enterprise's own reference"),
    Parameter(name="enterprise", zh="企业海关编码", en="enterprise code, for keys with several"),
    Parameter(
        name="limit",
        zh="每页条数, 最多 1000",
        en="rows a page, at most 1000",
        schema={"type": "integer", "minimum": 1, "maximum": 1000},
    ),
    Parameter(name="cursor", zh="上一页的 next", en="next of the page before"),
)
GUR_TYPE = Parameter(
    name="type",
    zh="担保类型 1 总担保 2 单笔担保 / 征收单",
    en="1 general guarantee, 2 single guarantee or levy",
)
REFUND_KIND = Parameter(name="kind", zh="退还结转类型 1 退还 2 结转", en="1 refund, 2 carry-over")
