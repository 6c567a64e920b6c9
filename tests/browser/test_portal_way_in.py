"""The way into the portal (P0), and that nothing that was typed is lost on any way out of it."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from gateway.store.keys import add_key
from gateway.store.tables import sessions
from tests.browser.conftest import NARROW, WIDE, browser_at
from tests.browser.portal import Portal
from tests.browser.stage import Stage
from tests.browser.test_axe import violations
from tests.conftest import BEIJING, SHANGHAI, client, pair_at
from tests.factories import grt101

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
async def portal(tmp_path: Path, chromium: str) -> AsyncIterator[Portal]:
    """A browser at the portal of a new pair, not logged in."""
    async with (
        pair_at(tmp_path / "home") as pair,
        client(pair.ready) as api,
        browser_at(chromium, Stage(api, pair)) as desk,
    ):
        yield Portal(desk)
        said = ("401", "404", "422", "dialog: ")
        assert [fault for fault in desk.faults if not any(each in fault for each in said)] == []


async def test_p0_1_p0_2_p0_3_who_comes_in_and_what_they_see(portal: Portal) -> None:
    page, stage = portal.page, portal.desk.stage
    row = await stage.api.approved(grt101("P0-BJ", 1, ltguaNo="L-P0"))
    await stage.pair.gateway.store.write(
        functools.partial(
            add_key, key="both", operator="both", name="both", enterprises=(BEIJING, SHANGHAI), at=0
        )
    )
    await page.goto(portal.url + "/login")
    await page.fill("input[name=key]", "wrong")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[role=alert] >> text=密钥不正确")
    assert await page.locator("[data-screen=login]").count() == 1
    await portal.log_in("both")
    await portal.go("/guarantees")
    assert await page.inner_text("#total") == "1"
    await page.select_option(".firm select", SHANGHAI)
    await page.click(".firm button")
    await page.wait_for_selector("#list .empty-state")
    assert await page.inner_text("#total") == "0"
    for path in (f"/declarations/{row['seq_no']}", "/levies/NONE/confirm"):
        answer = await page.goto(portal.url + path)
        assert answer is not None
        assert answer.status == 404
        assert "L-P0" not in await page.content()


async def test_p0_4_what_is_typed_outlives_the_session_the_tab_and_no_log_out(
    portal: Portal,
) -> None:
    page, stage = portal.page, portal.desk.stage
    await portal.log_in()
    await portal.go("/guarantees/new")
    await portal.reaches("assuredEtpsno")
    await page.fill("#f-gasrAmt", "123456")
    await page.fill("#f-etpsConcErName", "张三")
    await page.wait_for_selector("[data-field=gasrAmt] .words >> text=壹拾贰万")
    # P0-4: the session ends; the log-in is a dialog over the form
    await stage.pair.gateway.store.write(lambda c: c.execute(delete(sessions)))
    await page.fill("#f-rmk", "写了一半")
    login = page.locator("dialog.asks[open] form[data-screen=login]")
    await login.wait_for()
    assert await violations(portal.desk) == []
    await login.locator("input[name=key]").fill("wrong")
    await page.keyboard.press("Enter")
    await login.locator("[role=alert] >> text=密钥不正确").wait_for()
    await login.locator("input[name=key]").fill(portal.ready.keys[BEIJING])
    await page.keyboard.press("Enter")
    await login.wait_for(state="detached")
    assert [await portal.value(n) for n in ("rmk", "etpsConcErName")] == ["写了一半", "张三"]
    # leaving asks, and what was typed is offered when the form is opened again
    asked: list[str] = []

    async def answered(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        await dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", answered)
    await page.goto(portal.url + "/levies")
    assert asked == ["beforeunload"]
    await portal.go("/guarantees/new")
    await page.click("#kept [data-kept=yes]")
    assert await portal.value("gasrAmt") == "123,456"
    assert await portal.value("rmk") == "写了一半"
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('portal:'))"
    assert await page.evaluate(kept) == [f"portal:{BEIJING}:/portal/guarantees/new"]
    # what is saved is no more to be offered
    await portal.press("Control+s")
    await page.wait_for_selector("#toasts .toast.good >> text=暂存成功")
    assert await page.evaluate(kept) == []
    # and a log-out leaves nothing behind
    await page.fill("#f-rmk", "又写了")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert len(await page.evaluate(kept)) == 1
    await page.click("form[action$='/logout'] button")
    await page.wait_for_selector("[data-screen=login]")
    assert await page.evaluate(kept) == []


@pytest.mark.parametrize(("language", "size"), [("zh", WIDE), ("en", NARROW)])
async def test_the_form_breaks_no_rule_of_accessibility_in_any_state(
    portal: Portal, language: str, size: dict[str, int]
) -> None:
    page = portal.page
    await page.set_viewport_size(size)  # type: ignore[arg-type]
    await portal.log_in()
    found = {}
    await portal.go(f"/guarantees/new?lang={language}")
    await page.wait_for_selector("[data-field=masterCuscd] [role=combobox]")
    found["new"] = await violations(portal.desk)
    await page.focus("#f-gurModecd")
    await portal.press("Space")
    found["list"] = await violations(portal.desk)
    await portal.press('"2"', "Enter")
    await page.focus("[data-action=delete]")
    found["why"] = await violations(portal.desk)
    await portal.press("Control+Enter")
    await page.wait_for_selector("#refused")
    found["refused"] = await violations(portal.desk)
    if size is WIDE:  # a phone has no keys
        await page.click("#help-button")
        found["keys"] = await violations(portal.desk)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
