"""What a form of the desk chooses: the act, the cases, the notes; and the filter of the list that a
page was opened from. Reads requests, decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from customs_sim.control.cases import waiting_of
from customs_sim.control.problems import bad_value
from customs_sim.desk.decisions import Act
from customs_sim.desk.waiting import Waiting
from gateway.base.web.pages.forms import all_of, form_of

MOST = 1000
"""Cases that a form may name."""
SIDE = "side"
"""The parameter that shows the list beside the case."""
FILTER = (
    "kind",
    "enterprise",
    "customs",
    "from_amount",
    "to_amount",
    "show",
    "claimed_by",
    "age",
    "q",
    "sort",
    SIDE,
)
"""Parameters that go along from a list to its cases and back."""


async def order_of(request: web.Request) -> tuple[Act, list[str]]:
    """Return the act and the cases that a form names. Raise Refused, 400, for an unknown act."""
    form = await form_of(request)
    act, chosen = form.get("act", ""), await all_of(request, "seq_no")
    if one := form.get("one"):  # the button of one row
        act, _, number = one.partition(":")
        chosen = [number]
    if act not in list(Act):
        raise bad_value("act", act, " | ".join(Act), " | ".join(Act))
    return Act(act), [number for number in chosen if number][:MOST]


async def filter_of(request: web.Request) -> Waiting | None:
    """Return the filter of a form that means all that fit it; None for one that names cases."""
    form = await form_of(request)
    if form.get("scope") != "fit" or form.get("one"):
        return None
    return waiting_of(query_of(form.get("back", "")))


def number_in(form: Mapping[str, str], name: str) -> int | None:
    """Return the whole number in a field of a form; None without one."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def query_of(address: str) -> dict[str, str]:
    """Return the parameters of an address of ours."""
    return dict(parse_qsl(urlsplit(address).query))


def kept(query: Mapping[str, str], *, without: str = "") -> str:
    """Return the part of an address that carries the filter on, with its question mark; empty
    without one."""
    names = [name for name in FILTER if query.get(name) and name != without]
    return "?" + urlencode([(name, query[name]) for name in names]) if names else ""


def notes_of(form: Mapping[str, str]) -> tuple[str, ...]:
    """Return the notes of a form, one a line."""
    lines = form.get("notes", "").splitlines()
    return tuple(line.strip()[:255] for line in lines if line.strip())
