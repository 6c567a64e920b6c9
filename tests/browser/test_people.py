"""Officers at the desk: a session that ends in the middle of a form, and who one is without it."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Desk

pytestmark = pytest.mark.timeout(180)


async def key_of(desk: Desk, name: str) -> dict[str, str]:
    made = await desk.stage.api.control("POST", "/operators", {"name": name, "role": "officer"})
    found: dict[str, str] = made.json
    return found


@pytest.mark.slow
async def test_a_session_that_ends_asks_in_a_dialog_and_keeps_the_form(desk: Desk) -> None:
    page = desk.page
    first, second = await key_of(desk, "甲关员"), await key_of(desk, "乙关员")
    await desk.go("/login")
    await page.fill("input[name=key]", first["key"])
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#list tbody tr")
    chosen = await page.input_value("#list tbody tr:nth-child(2) input")
    await page.check("#list tbody tr:nth-child(2) input")
    await page.fill("#decide textarea", "等补充材料")
    gone = await desk.stage.api.control("DELETE", f"/operators/{first['hash']}")
    assert gone.status == 200
    await page.click("#decide button[value=review]")
    await page.wait_for_selector("dialog.asks[open] input[name=key]")
    await desk.shoot("session-ended")
    assert await page.input_value("#decide textarea") == "等补充材料"
    await page.fill("dialog.asks input[name=key]", second["key"])
    await page.keyboard.press("Enter")
    await page.wait_for_selector("form.question textarea[name=notes]")
    await desk.shoot("form-kept")
    assert await page.input_value("textarea[name=notes]") == "等补充材料"
    assert "乙关员" in await page.inner_text("form.question")
    await page.click("form.question button.primary")
    await page.wait_for_selector("#toasts .toast.good")
    entries = (await desk.stage.api.control("GET", f"/audit?q={chosen}")).json["items"]
    assert [each["operator"] for each in entries] == ["乙关员"]
    desk.faults[:] = [fault for fault in desk.faults if "401" not in fault]


@pytest.mark.slow
async def test_who_lost_the_cookies_is_told_who_acts_and_the_switch_holds(desk: Desk) -> None:
    """On the machine itself a browser without cookies is the local tester: each page says so, so
    does the form that is to be sent again, and so does the audit."""
    page, api, me = desk.page, desk.stage.api, ".top .who"
    key = desk.stage.pair.ready.operator_key

    async def log_in(place: str) -> None:
        await page.fill(f"{place} input[name=key]", key)
        await page.keyboard.press("Enter")

    async def press(row: int) -> str:
        """Puts a mark on a case after the cookies are gone; which."""
        await desk.go("/")
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.inner_text(me) == "operator · 测试员"
        tick = page.locator("#list tbody tr").nth(row).locator("input")
        await tick.check()
        await page.fill("#decide textarea", "等补充材料")
        await page.context.clear_cookies()
        await page.click("#decide button[value=claim]")
        return await tick.input_value()

    async def claimed_by(number: str) -> list[str]:
        acts = (await api.control("GET", f"/audit?q={number}")).json["items"]
        return [each["operator"] for each in acts if each["action"] == "claim"]

    await desk.go("/login")
    await log_in("form.login")
    await page.wait_for_selector("#list")
    chosen = await press(1)
    await page.wait_for_selector("dialog.asks[open]")
    assert "将以此名义发出: 本机 · 测试员 (未登录)" in await page.inner_text("dialog.asks")
    await page.click("dialog.asks button.primary")
    await page.wait_for_selector("#toasts .toast.good")
    assert await page.inner_text(me) == "本机 · 测试员 (未登录)"
    assert await page.locator(me).is_visible()
    assert "本机 在办" in await page.inner_text(f"#list tr:has-text('{chosen}')")
    assert await claimed_by(chosen) == ["本机 local"]
    await page.goto(f"{desk.url}/?lang=en")
    assert await page.inner_text(me) == "this machine · tester (not logged in)"
    assert "this machine works on it" in await page.inner_text(f"#list tr:has-text('{chosen}')")

    assert (await api.control("PUT", "/keyless", {"allowed": False})).status == 200
    await page.goto(f"{desk.url}/?lang=zh")
    assert "/login" in page.url, "nobody goes on without a key"
    await log_in("form.login")
    await page.wait_for_selector("#list")
    chosen = await press(2)
    await page.wait_for_selector("dialog.asks[open] input[name=key]")
    await log_in("dialog.asks")
    await page.wait_for_selector("form.question textarea[name=notes]")
    assert await page.input_value("textarea[name=notes]") == "等补充材料"
    assert "operator · 测试员" in await page.inner_text("form.question")
    assert await claimed_by(chosen) == []
    await page.click("form.question button.primary")
    await page.wait_for_selector("#toasts .toast.good")
    assert await claimed_by(chosen) == ["operator"]
    desk.faults[:] = [each for each in desk.faults if "401" not in each and "403" not in each]
