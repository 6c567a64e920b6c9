"""What an act says on the next page: a cookie that is never too long."""

from __future__ import annotations

import pytest

from gateway.base.web.packing import takes_gzip
from gateway.base.web.pages.flash import MOST, Action, Flash, cookie_of, read, typed
from gateway.base.web.pages.live import changed

UNDO = Action(
    label=("撤销", "Undo"), path="/undo", fields=[("case", "1"), ("case", "2")], seconds=5
)


def test_what_was_said_is_read_again() -> None:
    said = Flash(good=True, lines=[("通过: 2 件", "approved: 2")], action=UNDO)
    assert read(cookie_of(said)) == said
    for odd in (None, "", "x", "bm90aGluZw==", "{}"):
        assert read(odd) is None


@pytest.mark.parametrize(
    "said",
    [
        Flash(good=False, lines=[("行", "line")] * 500, form={"notes": "n" * 9000}),
        Flash(good=False, lines=[("行", "line")], form={"notes": "n" * 9000}),
        Flash(
            good=True,
            lines=[("行", "line")] * 3,
            action=Action(label=("撤销", "Undo"), path="/undo", fields=[("no", "1" * 20)] * 500),
        ),
    ],
)
def test_what_is_too_long_loses_its_end_and_never_the_first_line(said: Flash) -> None:
    cookie = cookie_of(said)
    assert 0 < len(cookie) <= MOST
    told = read(cookie)
    assert told
    assert told.lines[0] == said.lines[0]
    assert told.good is said.good


def test_a_line_that_no_cookie_holds_is_not_told() -> None:
    assert cookie_of(Flash(good=True, lines=[("长" * 4000, "long")])) == ""


def test_a_key_is_never_given_back() -> None:
    assert typed({"key": "secret", "csrf": "x", "back": "/", "notes": "n"}) == {"notes": "n"}


def test_live_parts_are_cut_out_whole_and_only_when_they_changed() -> None:
    page = (
        '<main><div id="a" data-live><div>1<div>2</div></div></div><p>no</p>'
        '<dl class="facts" data-live id="b"><dt>3</dt></dl><div id="c">4</div>'
        '<section id="d" data-live class="x"><span id="e" data-live>5</span></section></main>'
    )
    parts = changed(page, {})
    assert {name: part["html"] for name, part in parts.items()} == {
        "a": "<div>1<div>2</div></div>",
        "b": "<dt>3</dt>",
        "d": '<span id="e" data-live>5</span>',
    }
    has = {name: part["hash"] for name, part in parts.items()}
    assert changed(page, has) == {}
    assert set(changed(page.replace("5", "6"), has)) == {"d"}


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("br, GZIP ; q=0.5", True),
        ("*", True),
        ("gzip;q=0, *;q=0", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_is_for_those_who_take_it(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes
