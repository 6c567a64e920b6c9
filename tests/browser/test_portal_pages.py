"""Every page of the portal, found as a person finds it, by links: no violation of accessibility in
both languages and widths, nothing that sticks out at the side of any screen, and all of many open
pages live. All looks share one pair and one browser."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Page

from gateway.portal.app import Portal
from gateway.portal.page import HOME
from tests.browser.conftest import WIDE, WIDTHS, Desk, browser_at
from tests.browser.stage import set_stage
from tests.browser.test_axe import LOOKS, TALL, violations
from tests.browser.test_tabs import COUNTING
from tests.conftest import BEIJING, client, eventually, pair_at
from tests.factories import grt101

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

SETTLED = "new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))"
"""Until the page is laid out at its new width, and what a check of the form says is there."""
MOST = 2
"""Pages of one route that are looked at."""
ASKED = 40
"""Pages of one route that are asked for links."""
WITHOUT_A_LINK = frozenset(
    {"/login", "/events", "/codes/{name}", "/declarations/{seq_no}/files/{uuid}"}
)
"""What is no page that a link leads to: the way in, what scripts ask for, files."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A browser that is logged in, and the addresses of all pages."""

    desk: Desk
    paths: list[str]

    @property
    def page(self) -> Page:
        page: Page = self.desk.page
        return page

    @property
    def url(self) -> str:
        return self.desk.stage.pair.ready.gateway


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> AsyncIterator[Walk]:
    home = tmp_path_factory.mktemp("portal") / "home"
    async with (
        pair_at(home) as pair,
        client(pair.ready) as api,
        browser_at(chromium, await set_stage(api, pair)) as desk,
    ):
        made = Walk(desk, [])
        await api.taken(grt101("ZB-DRAFT", desk.stage.number(), flag="0", gasrAmt="1000"))
        await desk.stage.levy("700.00")
        more = await api.taken(grt101("ZB-MORE", desk.stage.number(), ltguaNo="LG-700"))
        item = {"seq_no": more["seq_no"], "result": "approve"}
        await api.until(more["seq_no"], "received")
        await api.control("POST", "/decisions", {"items": [item]})
        await api.until(more["seq_no"], "approved")
        await made.page.goto(f"{made.url}{HOME}/login")
        await made.page.fill("input[name=key]", pair.ready.keys[BEIJING])
        await made.page.click("form[data-screen=login] button.primary")
        await made.page.wait_for_selector("[data-screen=home]")
        made.paths.extend(await paths_of(made))
        yield made
        assert desk.faults == []


async def paths_of(walk: Walk) -> list[str]:
    """Return addresses for every row of the portal's table of pages, at most ``MOST`` of each."""
    get = walk.page.context.request.get
    rows = Portal(walk.desk.stage.pair.gateway).pages
    found: dict[str, list[str]] = {
        each.path: [] for each in rows if each.method == "GET" if each.path not in WITHOUT_A_LINK
    }
    pages: dict[str, list[str]] = {each: [] for each in found}
    open_, seen = [("", HOME)], {HOME}
    found[""].append(HOME)
    while open_:
        row, path = open_.pop(0)
        answer = await get(walk.url + path, headers={"Accept": "text/html"})
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert answer.status == 200, path
        pages[row].append(path)
        for link in map(html.unescape, re.findall(r'href="(/portal[^"#]*)"', await answer.text())):
            for route, of_it in found.items():
                like = HOME + re.sub(r"\{[^}]*\}", "[^/]+", route)
                fits = re.fullmatch(like, link.partition("?")[0])
                if fits and link not in seen and len(of_it) < ASKED:
                    seen.add(link)
                    of_it.append(link)
                    open_.append((route, link))
    assert [route for route, of_it in found.items() if not of_it] == [], "no link leads there"
    return [path for each in pages.values() for path in each[:MOST]]


@pytest.mark.parametrize(("language", "size"), LOOKS)
async def test_no_page_breaks_a_rule_of_accessibility(
    walk: Walk, language: str, size: dict[str, int]
) -> None:
    await walk.page.set_viewport_size(size | TALL)  # type: ignore[arg-type]
    await walk.page.goto(f"{walk.url}{HOME}?lang={language}")
    told: list[str] = []
    for path in walk.paths:
        await walk.page.goto(walk.url + path)
        told += [f"{path} {each}" for each in await violations(walk.desk)]
    assert told == [], "\n".join(told)


async def test_no_page_is_wider_than_its_screen(walk: Walk) -> None:
    over: dict[str, int] = {}
    for path in walk.paths:
        await walk.page.goto(walk.url + path)
        for width in WIDTHS:
            await walk.page.set_viewport_size({"width": width, "height": 800})
            await walk.page.evaluate(SETTLED)
            more = await walk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if more > 0:
                over[f"{path} at {width}"] = more
    await walk.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert over == {}


async def test_eight_pages_share_one_stream_and_all_are_live(walk: Walk) -> None:
    context, stage = walk.page.context, walk.desk.stage
    await context.add_init_script(COUNTING)
    filed = await stage.api.taken(
        grt101("ZB-EIGHT", stage.number(), ltguaNo="LG-800", gasrAmt="1000")
    )
    await stage.api.until(filed["seq_no"], "received")
    address = f"{walk.url}{HOME}/declarations/{filed['seq_no']}"
    await walk.page.goto(f"{walk.url}{HOME}?lang=zh")
    await walk.page.goto("about:blank")
    pages = [await context.new_page() for _ in range(8)]
    for page in pages:
        await page.goto(address)
        await page.wait_for_selector("body[data-listening]")
    assert sum([await page.evaluate("window.streams") for page in pages]) == 1
    item = {"seq_no": filed["seq_no"], "result": "approve"}
    assert (await stage.api.control("POST", "/decisions", {"items": [item]})).status == 200
    for page in pages:
        await page.wait_for_selector("#state >> text=审批通过")
        await page.close()

    async def closed() -> bool:
        return len(context.pages) == 1

    await eventually(closed, what="all pages are closed")
