"""Five thousand cases that wait, in a real browser: the page and its changes stay light, and all
that fit the filter are decided at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Response, expect

from tests.browser.conftest import browser_at
from tests.browser.stage import Stage
from tests.conftest import client, pair_at
from tests.customs_factories import crowd
from tests.factories import grt101

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

MANY, TWINS = 5000, 131
"""Cases, and those of them that bring one letter: a rule lets one of these pass."""
PAGE_BYTES, CHANGE_BYTES = 150_000, 20_000


async def test_all_of_five_thousand_are_decided_with_progress_and_a_list_of_what_was_refused(
    tmp_path: Path, chromium: str
) -> None:
    async with (
        pair_at(tmp_path / "home", profile="manual") as pair,
        client(pair.ready) as api,
        browser_at(chromium, Stage(api, pair)) as desk,
    ):
        store = pair.customs.office.store
        await store.write(lambda c: crowd.wait(c, MANY, twins=TWINS))
        page, came = desk.page, list[Response]()
        page.on("response", lambda each: came.append(each))

        async def on_the_wire() -> int:
            """Bytes that the browser was sent since last asked, heads and all."""
            sizes = [await each.request.sizes() for each in came if "/events" not in each.url]
            came.clear()
            return sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes)

        await desk.go("/")
        await desk.listens()
        assert await page.inner_text("#total") == str(MANY)
        assert 0 < await on_the_wire() < PAGE_BYTES
        filed = await api.taken(grt101("ZB-NEW", 1, ltguaNo="LG-NEW", gasrAmt="1000"))
        await expect(page.locator("#total")).to_have_text(str(MANY + 1))
        assert 0 < await on_the_wire() < CHANGE_BYTES

        await page.check("[data-fit]")
        await page.keyboard.press("a")
        await page.wait_for_selector(".question")
        assert f"通过 {MANY + 1} 件" in await page.inner_text(".question h1")
        assert "合计" in await page.inner_text(".question")
        await page.click(".question button.primary")
        await page.wait_for_url("**/batches/*", timeout=90_000)
        assert await page.get_attribute("#progress progress", "max") == str(MANY + 1)
        refused = page.locator("#progress section.bad h2")
        await expect(refused).to_have_text(f"未能处理 ({TWINS - 1})", timeout=120_000)
        await expect(page.locator("#progress dd").nth(3)).to_have_text("0", timeout=120_000)
        done = await page.locator("#progress dd").first.inner_text()
        assert int(done) == MANY + 1 - (TWINS - 1)
        assert await page.locator("#progress section.bad li").count() == 100
        await api.until(filed["seq_no"], "approved")
        await desk.shoot("batch")
        await page.click("text=回到工作列表")
        await page.wait_for_selector("#list")
        assert await page.inner_text("#total") == str(TWINS - 1)
