"""The queries and the lists of the portal in a browser: no violation of accessibility, nothing that
sticks out at any width, and Back leads to the same filter, page and row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, SHOTS, WIDE, WIDTHS, Desk, browser_at
from tests.browser.stage import set_stage
from tests.browser.test_axe import violations
from tests.conftest import BEIJING, client, pair_at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


async def test_p5_6_the_lists_and_forms_of_the_portal_fit_every_width_and_back_returns(
    tmp_path: Path, chromium: str
) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        stage = await set_stage(api, pair)
        known = stage.known
        held = await stage.levy("90000.00")
        await stage.row(held)
        async with browser_at(chromium, stage) as desk:
            page, home = desk.page, pair.ready.gateway + "/portal"
            await page.goto(home + "/login")
            await page.fill("input[name=key]", pair.ready.keys[BEIJING])
            await page.click("form[data-screen=login] button")
            await page.wait_for_selector("[data-screen=home]")
            await back_returns(desk, home)
            paid = (await stage.row(known["part"]))["seq_no"]
            paths = {
                "home": "",
                "guarantees": f"/guarantees?sort=-gasrAmt&row={known['letter_seq']}",
                "levies": "/levies?mode=1&status=approved",
                "refunds": "/refunds",
                "changes": "/guarantees/change",
                "change": f"/guarantees/change?of={known['letter']}",
                "confirmations": "/levies/confirm",
                "confirm": f"/levies/{held}/confirm",
                "refund-levies": "/refunds/new",
                "refund-guarantees": "/refunds/guarantees",
                "refund": f"/refunds/new?of={known['paid']}",
                "carry": f"/refunds/carry?of={known['paid']}",
                "payment": f"/declarations/{paid}",
            }
            found: list[str] = []
            for language, size in (("zh", WIDE), ("en", NARROW)):
                await page.goto(f"{home}?lang={language}")
                await page.set_viewport_size(size)  # type: ignore[arg-type]
                for name, path in paths.items():
                    answer = await page.goto(home + path)
                    assert answer is not None
                    assert answer.status == 200, path
                    found += [
                        f"{language} {path} {rule} {where}"
                        for rule, where in await violations(desk)
                    ]
                    if language == "zh":
                        found += await too_wide(desk, name)
                        await shoot(desk, name)
            assert found == [], "\n".join(found)
            assert desk.faults == []


async def shoot(desk: Desk, name: str) -> None:
    """The page at both widths, kept as test output."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size in (NARROW, WIDE):
        await desk.page.set_viewport_size(size)  # type: ignore[arg-type]
        path = SHOTS / f"portal-{name}-{size['width']}.png"
        await desk.page.screenshot(path=path, full_page=True)


async def too_wide(desk: Desk, name: str) -> list[str]:
    """What sticks out of the window at any width, the innermost first."""
    told = []
    for width in WIDTHS:
        await desk.page.set_viewport_size({"width": width, "height": 800})
        out = await desk.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? []
            : [...document.querySelectorAll("main *, header *")]
            .filter((each) => each.getBoundingClientRect().right > innerWidth)
            .filter((each) => !each.closest(".scroll"))
            .map((each) => each.outerHTML.slice(0, 120)).slice(-3)"""
        )
        told += [f"{name} at {width}: {each}" for each in out]
    return told


async def back_returns(desk: Desk, home: str) -> None:
    page, row = desk.page, desk.stage.known["letter_seq"]
    await page.goto(f"{home}/guarantees?mode=2&sort=gasrAmt")
    await page.click(f"tr[data-row='{row}'] button.pick")
    await page.wait_for_selector(f"tr[data-row='{row}'].picked")
    place = page.url
    await page.click("#chosen [data-action=details]")
    await page.wait_for_selector("[data-screen=filing]")
    await page.go_back()
    await page.wait_for_selector(f"tr[data-row='{row}'].picked")
    assert page.url == place
    assert await page.input_value("form.filters [name=mode]") == "2"
