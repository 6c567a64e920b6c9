"""axe-core on every page of the desk: both languages, both widths, light and dark, no violation."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest

from customs_sim.cli.app import control_app
from tests.browser.conftest import NARROW, WIDE, Desk
from tests.factories import grt101

try:
    from axe_playwright_python.async_playwright import Axe
except ImportError:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip("axe-playwright-python is not installed", allow_module_level=True)

pytestmark = pytest.mark.timeout(300)

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
OUTSIDE = ("/control", "/static", "/livez", "/readyz", "/metrics", "/events")
"""What is no page of the desk."""
FURTHER = ("/?from_amount=999999999", "/nothing", "/levies?q=nothing")
"""States of pages that no route is of: a filter that nothing fits, what is not there."""


async def paths_of(desk: Desk) -> list[str]:
    """Return an address for every page of the route table."""
    known, api = desk.stage.known, desk.stage.api
    fault = {"rules": [{"fault": "truncated", "match": {"type": "GRT200"}}]}
    assert (await api.control("PUT", "/faults", fault)).status == 200
    await api.taken(grt101("ZB-AXE", desk.stage.number(), ltguaNo="LG-300", gasrAmt="1000"))
    cases = (await api.control("GET", "/worklist")).json["items"]
    samples = {
        ("/cases", "case_no"): [str(case["case_no"]) for case in cases],
        ("/levies", "no"): [known["part"], known["quota"]],
        ("/guarantees", "no"): [known["letter"], known["cash"]],
        ("/messages", "id"): ["5"],
        ("/attachments", "id"): ["1"],
        ("/parked", "id"): ["1"],
        ("/faults", "number"): ["1"],
        ("/enterprises", "code"): ["1105910159"],
    }
    app = control_app(desk.stage.pair.customs, operator_key="", keyless=True)
    found: list[str] = []
    for route in app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if route.method != "GET" or path.startswith(OUTSIDE):
            continue
        names = re.findall(r"\{(\w+)\}", path)
        if not names:
            found.append(path)
            continue
        assert len(names) == 1, path
        values = samples.get(("/" + path.split("/")[1], names[0]))
        assert values, f"no sample for {path}: add one to this test"
        found += [path.replace("{" + names[0] + "}", value) for value in values]
    return [*found, *FURTHER]


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
        answer = await page.context.request.get(desk.url + path, headers={"Accept": "text/html"})
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        await page.goto(desk.url + path)
        if page.url != desk.url + path:
            continue  # it leads elsewhere
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
    assert told == [], "\n".join(told)
    assert looked > 20
    desk.faults.clear()  # the browser's own words about the page that is not there
