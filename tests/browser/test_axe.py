"""axe-core on every page of the desk: both languages, both widths, light and dark, no violation.
Run by ``.ci/run``."""

from __future__ import annotations

import html
import os
import re
from typing import Any

import pytest

from customs_sim.cli.app import control_app
from tests.browser.conftest import NARROW, WIDE, Desk
from tests.conftest import eventually
from tests.factories import grt101

try:
    from axe_playwright_python.async_playwright import Axe
except ImportError:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip("axe-playwright-python is not installed", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
OUTSIDE = ("/control", "/static", "/livez", "/readyz", "/metrics", "/events")
"""What is no page of the desk."""
LATER = {"/batches/{number}"}
"""Pages that only exist once more than twenty cases were decided at once."""
MOST = 3
FURTHER = ("/?from_amount=999999999", "/nothing", "/levies?q=nothing")
"""States of pages that no route is of: a filter that nothing fits, what is not there."""


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
        if not (path := route.resource.canonical).startswith(OUTSIDE) and path not in LATER
    }
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


async def violations(desk: Desk) -> list[tuple[str, str]]:
    """Return what axe finds on the page as it stands."""
    result = await Axe().run(desk.page, options=RULES)
    return [
        (each["id"], node["html"][:160] + " … " + node.get("failureSummary", "")[:300])
        for each in result.response["violations"]
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize(
    ("language", "size", "scheme"), [("zh", WIDE, "light"), ("en", NARROW, "dark")]
)
async def test_no_page_breaks_a_rule_of_accessibility(
    desk: Desk, language: str, size: dict[str, int], scheme: Any
) -> None:
    page = desk.page
    await page.set_viewport_size(size)  # type: ignore[arg-type]
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await page.goto(f"{desk.url}/?lang={language}")
    found: dict[str, list[tuple[str, str]]] = {}
    looked = 0
    for path in await paths_of(desk):
        await page.goto(desk.url + path)
        looked += 1
        if wrong := await violations(desk):
            found[path] = wrong
    await page.goto(desk.url + "/")
    await page.keyboard.press("?")
    found["keys"] = await violations(desk)
    await page.keyboard.press("Escape")
    await page.keyboard.press("*")
    await page.keyboard.press("a")
    await page.wait_for_selector("dialog.asks[open]")
    found["question"] = await violations(desk)
    told = [f"{path} {rule} {where}" for path, all_ in found.items() for rule, where in all_]
    desk.faults[:] = [fault for fault in desk.faults if "404" not in fault]
    assert told == [], "\n".join(told)
    assert looked > 20
