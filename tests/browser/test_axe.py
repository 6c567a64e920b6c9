"""axe-core on every page of the desk: both languages, both widths, light and dark, no violation.
All looks share one pair and one browser. Run by ``.ci/run``."""

from __future__ import annotations

import html
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from customs_sim.cli.app import control_app
from tests.browser.conftest import NARROW, WIDE, Desk, browser_at
from tests.browser.stage import set_stage
from tests.conftest import client, eventually, pair_at
from tests.factories import grt101

try:
    from axe_playwright_python.async_playwright import Axe
except ImportError:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip("axe-playwright-python is not installed", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
FOUND = """
(rules) => axe.run(rules).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id} ${node.html.slice(0, 160)} ${node.failureSummary}`)))
"""
OUTSIDE = ("/control", "/static", "/livez", "/readyz", "/metrics", "/events")
"""What is no page of the desk."""
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
"""What light and dark can differ in."""
LOOKS = (
    pytest.param("zh", WIDE, id="zh-wide"),
    pytest.param("en", NARROW, id="en-narrow"),
    pytest.param("zh", NARROW, id="zh-narrow", marks=pytest.mark.long),
    pytest.param("en", WIDE, id="en-wide", marks=pytest.mark.long),
)
"""Each language and each width in every run of CI; every pair of them is the long form."""
TALL = {"height": 2400}
"""The bar of decisions lies over what is not scrolled to; ``test_day`` sees to the focus."""
MOST = 2
FURTHER = (
    "/?from_amount=999999999",
    "/nothing",
    "/levies?q=nothing",
    "/control/docs",
    "/control/docs/findings",
)
"""Pages that no route of the desk is of: a filter that nothing fits, what is not there, the
documents that the menu leads to."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A desk, and the addresses of all its pages."""

    desk: Desk
    paths: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> AsyncIterator[Walk]:
    home = tmp_path_factory.mktemp("axe") / "home"
    async with (
        pair_at(home) as pair,
        client(pair.ready) as api,
        browser_at(chromium, await set_stage(api, pair)) as desk,
    ):
        yield Walk(desk, await paths_of(desk))


async def batch_of(desk: Desk) -> str:
    """Return the page of two cases that are decided together."""
    page = desk.page
    await desk.go("/")
    await page.check("#list tbody tr:nth-child(1) input")
    await page.check("#list tbody tr:nth-child(2) input")
    await page.click("#decide button[value=review]")
    await page.click("dialog.asks button.primary")
    number = await page.get_attribute("#toasts input[name=batch]", "value")
    return f"/batches/{number}"


async def paths_of(desk: Desk) -> list[str]:
    """Return addresses for every page of the route table: found as a person finds them, by links
    from page to page, at most ``MOST`` of a route."""
    fault = {"rules": [{"fault": "truncated", "match": {"type": "GRT200"}}]}
    api, get = desk.stage.api, desk.page.context.request.get
    assert (await api.control("PUT", "/faults", fault)).status == 200
    await api.taken(grt101("ZB-AXE", desk.stage.number(), ltguaNo="LG-300", gasrAmt="1000"))

    async def disturbed() -> bool:
        return "/faults/" in await (await get(desk.url + "/scenarios")).text()

    await eventually(disturbed, what="a disturbed answer is shown")
    app = control_app(desk.stage.pair.customs, operator_key="", keyless=True)
    found: dict[str, list[str]] = {
        path: [] if "{" in path else [path]
        for route in app.router.routes()
        if route.method == "GET" and route.resource is not None
        if not (path := route.resource.canonical).startswith(OUTSIDE)
    }
    found["/batches/{number}"].append(await batch_of(desk))
    filed = (await api.control("GET", f"/messages?q={desk.stage.known['file_seq']}")).json
    found["/cases/{case_no}"].append(f"/cases/{max(m['case_no'] for m in filed['items'])}")
    pages: list[str] = []
    open_, seen = [path for paths in found.values() for path in paths], set(FURTHER)
    while open_:
        path = open_.pop(0)
        answer = await get(desk.url + path, headers={"Accept": "text/html"}, max_redirects=0)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        if "attachment" in answer.headers.get("content-disposition", ""):
            continue  # a file to take away, though one of HTML
        assert answer.status == 200, path
        pages.append(path)
        for link in map(html.unescape, re.findall(r'href="(/[^"#]*)"', await answer.text())):
            for route, of_it in found.items():
                like = re.sub(r"\{[^}]*\}", "[^/]+", route)
                fits = re.fullmatch(like, link.partition("?")[0])
                if fits and link not in seen and len(of_it) < MOST:
                    seen.add(link)
                    of_it.append(link)
                    open_.append(link)
    assert [route for route, of_it in found.items() if not of_it] == [], "no page leads there"
    return [*pages, *FURTHER]


async def violations(desk: Desk) -> list[str]:
    """Return what axe finds on the page as it stands, in the light and in the dark."""
    told, page = list[str](), desk.page
    await page.evaluate(Axe().axe_script)
    for scheme, rules in (("dark", CONTRAST), ("light", RULES)):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        told += [f"{scheme} {each}" for each in await page.evaluate(FOUND, rules)]
    return told


@pytest.mark.parametrize(("language", "size"), LOOKS)
async def test_no_page_breaks_a_rule_of_accessibility(
    walk: Walk, language: str, size: dict[str, int]
) -> None:
    desk, page = walk.desk, walk.desk.page
    await page.set_viewport_size(size | TALL)  # type: ignore[arg-type]
    await page.goto(f"{desk.url}/?lang={language}")
    found: dict[str, list[str]] = {}
    for path in walk.paths:
        await page.goto(desk.url + path)
        found[path] = await violations(desk)
    await page.goto(desk.url + "/")
    await page.keyboard.press("?")
    found["keys"] = await violations(desk)
    await page.keyboard.press("Escape")
    await page.keyboard.press("*")
    await page.keyboard.press("a")
    await page.wait_for_selector("dialog.asks[open]")
    found["question"] = await violations(desk)
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("dialog.asks[open] .offered kbd")
    found["reasons"] = await violations(desk)
    told = [f"{path} {each}" for path, all_ in found.items() for each in all_]
    assert told == [], "\n".join(told)
    assert len(found) > 40
