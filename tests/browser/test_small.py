"""Small windows: what is folded there, how much of the list is left, how large a target is. And
lists that one types into."""

from __future__ import annotations

import pytest

from tests.browser.conftest import SHOTS, Desk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SMALL = """
[...document.querySelectorAll("a[href], button, input, select, summary, textarea")]
  .filter((e) => e.checkVisibility() && !e.closest(".sr, .skip, dialog, svg"))
  .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 90)])
  .filter(([box]) => box.right > 0 && (box.width < 23.5 || box.height < 23.5))
  .map(([, html]) => html)
"""
SEEN = """
(() => {
  const bar = document.querySelector(".actbar").getBoundingClientRect().top;
  return [...document.querySelectorAll("#list tbody tr")]
    .filter((row) => row.getBoundingClientRect().bottom <= Math.min(bar, innerHeight)).length;
})()
"""


async def test_at_twice_the_size_cases_are_seen_and_menu_and_filters_unfold(desk: Desk) -> None:
    page = desk.page
    await page.set_viewport_size({"width": 640, "height": 450})  # 1280 x 900 at 200 %
    await desk.go("/?enterprise=1105910159")
    await page.screenshot(path=SHOTS / "worklist-640.png")
    assert await page.evaluate(SEEN) >= 3
    assert await page.evaluate("document.documentElement.scrollWidth") <= 640
    box = await page.locator(".actbar").bounding_box()
    assert box is not None
    assert box["height"] < 60, "the bar is one row"
    assert not await page.locator("select[name=kind]").is_visible()
    assert "1105910159" in await page.inner_text(".fold .chip")
    await page.click(".fold button")
    assert await page.locator("select[name=kind]").is_visible()
    await page.click(".fold .chip")
    await page.wait_for_url(desk.url + "/")
    await page.click("#menu-button")
    assert await page.get_attribute("#menu-button", "aria-expanded") == "true"
    await page.screenshot(path=SHOTS / "menu-640.png")
    await page.click("nav.side a[href='/guarantees']")
    await page.wait_for_url(desk.url + "/guarantees")
    await page.click("#menu-button")
    await page.keyboard.press("Escape")
    assert not await page.locator("nav.side").is_visible()


async def test_targets_are_large_enough_for_a_finger(desk: Desk) -> None:
    await desk.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/levies", "/payments", "/messages", "/scenarios", "/operators"):
        await desk.go(path)
        assert await desk.page.evaluate(SMALL) == [], path


async def test_a_list_is_typed_into(desk: Desk) -> None:
    page = desk.page
    await desk.go("/")
    field, select = "input[data-for=enterprise]", "form.filters select[name=enterprise]"
    options = ".filters [role=option]"
    await page.click(field)
    everybody = await page.locator(options).count()
    assert everybody >= 3
    await page.fill(field, "上海")
    assert await page.locator(options).count() == 1
    assert await page.get_attribute(field, "aria-activedescendant")
    await page.keyboard.press("Escape")
    assert await page.input_value(field) == "全部"
    await page.fill(field, "3105")
    await page.keyboard.press("Enter")
    assert await page.input_value(select) == "3105960AAA"
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Home")
    await page.keyboard.press("Tab")
    assert await page.input_value(select) == ""
    await page.fill(field, "3105960aaa")
    await page.focus("form.filters button:not([aria-expanded])")
    assert await page.input_value(select) == "3105960AAA", "a whole code is taken"
    await page.fill(field, "nonsense")
    await page.focus("form.filters button:not([aria-expanded])")
    assert await page.input_value(select) == "3105960AAA", "nothing else changes it"
    await page.screenshot(path=SHOTS / "combobox.png")
    await page.focus(field)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?*enterprise=3105960AAA*")
    assert await page.locator("#list tbody tr").count() == 1
