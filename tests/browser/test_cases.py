"""Cases in a real browser: a decision can be taken back and moves nothing; one walks from case to
case; what another decides is seen at once."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import WIDE, Desk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def case_of(desk: Desk, seq_no: str) -> str:
    found = (await desk.stage.api.control("GET", "/worklist?show=all")).json["items"]
    return str(next(item["case_no"] for item in found if item["seq_no"] == seq_no))


async def decided(desk: Desk, seq_no: str, result: str, **more: object) -> None:
    item = {"seq_no": seq_no, "result": result, **more}
    answer = await desk.stage.api.control("POST", "/decisions", {"items": [item]})
    assert answer.status == 200, answer.body


async def test_two_clicks_at_one_place_decide_one_case_and_it_can_be_taken_back(desk: Desk) -> None:
    page = desk.page
    await desk.go("/")
    await desk.listens()
    button = page.locator("#list tbody tr:nth-child(3) .row-acts button")
    chosen = (await button.get_attribute("value") or "").partition(":")[2]
    place = await button.bounding_box()
    assert place
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    tops = (
        "[...document.querySelectorAll('#list tbody tr')].map(r => r.getBoundingClientRect().top)"
    )
    before = await page.evaluate(tops)
    await page.mouse.click(x, y)
    await page.wait_for_selector("tr.given")
    assert await page.evaluate(tops) == before, "nothing moves"
    await page.mouse.click(x, y)
    await page.wait_for_timeout(300)
    assert await page.locator("tr.given").count() == 1
    await desk.shoot("given")
    await expect(page.locator("tr.given .left")).to_have_text(re.compile("[1-4] 秒后生效"))
    await page.click("tr.given button.undo")
    await page.wait_for_selector("tr.given", state="detached")
    await page.click(f"button[value='approve:{chosen}']")
    await desk.stage.api.until(chosen, "approved")
    # what comes up under the pointer is not pressed for a moment
    await page.mouse.move(x, y + 1)
    await expect(page.locator("#list tbody tr")).to_have_count(5)
    await page.mouse.click(x, y)
    assert await page.locator("tr.given").count() == 0
    said = (await desk.stage.api.control("GET", "/worklist")).json
    assert [item["pending"] for item in said["items"]] == [None] * 5


async def test_one_walks_from_case_to_case_beside_the_list(desk: Desk) -> None:
    page, known = desk.page, desk.stage.known
    await desk.go("/?enterprise=1105910159")
    await page.click("text=列表与案卷并排")
    await page.wait_for_selector(".beside tr.this")
    assert "side=1" in page.url
    first = await page.inner_text("h1 .mono")
    await page.keyboard.press("j")
    await page.wait_for_function(f"document.querySelector('h1 .mono').innerText !== '{first}'")
    second = await page.inner_text("h1 .mono")
    assert second == known["file_seq"]
    await page.keyboard.press("k")
    await expect(page.locator("h1 .mono")).to_have_text(first)
    await desk.shoot("triage")
    await page.keyboard.press("a")
    await expect(page.locator("h1 .mono")).to_have_text(second)
    await expect(page.locator(".beside tr.given")).to_have_count(1)
    await expect(page.locator("#toasts")).to_contain_text("撤销")
    await page.keyboard.press("u")  # what was done last, though another case is open
    await expect(page.locator("h1 .mono")).to_have_text(first)
    await expect(page.locator("#acts button[value=approve]")).to_be_visible()

    # another officer decides what is looked at
    await desk.listens()
    await page.fill("#decide textarea", "还在写")
    await decided(desk, first, "return", notes=["另一位关员退单"])
    await expect(page.locator("#acts")).to_contain_text("已由 operator 于")
    assert await page.locator("#acts button").count() == 0
    await expect(page.locator("#state")).to_contain_text("退单")
    await page.click("nav.walk a >> text=工作列表")
    await page.wait_for_selector("#list")
    assert "enterprise=1105910159" in page.url
    assert "side" not in page.url


async def test_marks_are_seen_at_every_width(desk: Desk) -> None:
    page, known = desk.page, desk.stage.known
    await decided(desk, known["wait_seq"], "hold", notes=["等补充材料"], until="2026-12-31")
    await decided(desk, known["hostile_seq"], "claim")
    for language in ("zh", "en"):
        for path, name in (
            ("/?show=all", "marks"),
            (f"/cases/{await case_of(desk, known['file_seq'])}", "case"),
            (f"/cases/{await case_of(desk, known['wait_seq'])}?show=all&side=1", "case-held"),
        ):
            await desk.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
            await desk.shoot(f"{name}-{language}")
            for width, height in ((640, 450), (320, 640)):
                await page.set_viewport_size({"width": width, "height": height})
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
            await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    await desk.go(f"/cases/{await case_of(desk, known['file_seq'])}?lang=zh")
    await page.click(".preview summary")
    frame = page.frame_locator(".preview iframe")
    assert frame is not None
    shown = await page.request.get(
        desk.url + (await page.get_attribute(".preview iframe", "src") or "")
    )
    assert shown.headers["content-type"].startswith("application/pdf")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
