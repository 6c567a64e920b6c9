"""Officers at the desk: a session that ends in the middle of a form."""

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
