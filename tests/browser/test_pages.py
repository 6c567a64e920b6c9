"""What every page of a console can do with script: toasts, dialogs, forms that are never lost, keys
of lists, a clock that goes."""

from __future__ import annotations

import re

import pytest

from gateway.base.web.pages.flash import Action, Flash, cookie_of
from tests.browser.conftest import Desk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def ticked(desk: Desk) -> int:
    return await desk.page.locator("#list tbody input:checked").count()


async def test_a_question_is_a_dialog_and_its_answer_a_toast_that_moves_nothing(desk: Desk) -> None:
    page = desk.page
    await desk.go("/")
    await page.fill("#decide textarea", "值班备注")
    await page.check("#list tbody tr:nth-child(4) input")
    await page.check("#list tbody tr:nth-child(3) input")
    await page.click("#decide button[value=approve]")
    await page.wait_for_selector("dialog.asks[open] .question")
    assert page.url == desk.url + "/"
    await page.keyboard.press("Escape")
    await page.wait_for_selector("dialog.asks", state="detached")
    assert await page.input_value("#decide textarea") == "值班备注", "nothing is lost by a no"
    assert await ticked(desk) == 2
    assert await page.evaluate("document.activeElement.value") == "approve"
    await page.uncheck("#list tbody tr:nth-child(3) input")
    place = "document.querySelector('#list tbody').getBoundingClientRect().top"
    before = await page.evaluate(place)
    await page.click("#decide button[value=claim]")
    await page.wait_for_selector("#toasts .toast.good")
    assert await page.evaluate(place) == before, "no row has moved"
    await page.click("#toasts .close")
    assert await page.locator("#toasts .toast").count() == 0


async def test_a_message_offers_to_take_an_act_back_for_some_seconds(desk: Desk) -> None:
    page = desk.page
    await desk.go("/")
    for seconds in (0.2, 60.0):
        undo = Action(
            label=("改为停止收报", "hold"),
            path="/listening",
            fields=[("hold", "1")],
            seconds=seconds,
        )
        said = cookie_of(Flash(good=True, lines=[("已办", "done")], action=undo))
        await page.context.add_cookies([{"name": "said", "value": said, "url": desk.url}])
        await page.reload()
        await page.wait_for_selector("#toasts .toast >> text=已办")
        if seconds < 1:
            await page.wait_for_selector("#toasts form", state="detached")
    await page.click("#toasts form button")
    await page.wait_for_selector("#world >> text=停止收报")


async def test_a_server_that_is_away_is_told_and_nothing_typed_is_lost(desk: Desk) -> None:
    page = desk.page
    await desk.go("/")
    await desk.listens()
    await page.fill("#decide textarea", "写了一半")
    await page.context.set_offline(True)
    await page.wait_for_selector("#away:visible")
    await page.check("#list tbody tr:nth-child(2) input")
    await page.click("#decide button[value=claim]")
    await page.wait_for_selector("#toasts .toast.bad")
    await page.click("nav.side a[href='/levies']")
    await page.wait_for_selector("#toasts .toast.bad >> text=稍后再试")
    assert page.url == desk.url + "/"
    assert await page.input_value("#decide textarea") == "写了一半"
    assert await ticked(desk) == 1
    await page.context.set_offline(False)
    await page.click("#decide button[value=claim]")
    await page.wait_for_selector("#toasts .toast.good")
    await page.wait_for_selector("#away", state="hidden")
    desk.faults[:] = [fault for fault in desk.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


async def test_a_form_that_lost_its_token_comes_back_with_what_was_typed(desk: Desk) -> None:
    page = desk.page
    await desk.go("/")
    chosen = await page.input_value("#list tbody tr:nth-child(2) input")
    await page.check("#list tbody tr:nth-child(2) input")
    await page.fill("#decide textarea", "等补充材料")
    await page.context.clear_cookies()
    await page.click("#decide button[value=claim]")
    await page.wait_for_selector("dialog.asks[open]")
    said = await page.inner_text("dialog.asks")
    assert "等补充材料" in said
    assert chosen in said
    await page.click("dialog.asks button.primary")
    await page.wait_for_selector("#toasts .toast.good")
    desk.faults[:] = [fault for fault in desk.faults if "403" not in fault]


async def test_rows_by_arrows_ranges_and_keys_that_can_be_switched_off(desk: Desk) -> None:
    page = desk.page
    await desk.go("/")
    at = "[...document.querySelectorAll('#list tbody tr')].findIndex((r) => r.matches('.here'))"
    for key, row in (("ArrowDown", 1), ("End", 5), ("ArrowUp", 4), ("Home", 0)):
        await page.keyboard.press(key)
        assert await page.evaluate(at) == row, key
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("Shift+ArrowDown")
    assert await ticked(desk) == 3
    await page.click("#list tbody tr:nth-child(3) td.age")
    await page.click("#list tbody tr:nth-child(6) td.age", modifiers=["Shift"])
    assert await ticked(desk) == 6
    assert await page.evaluate("getSelection().toString()") == ""
    await page.keyboard.press("?")
    await page.check("#keys-off")
    await page.click("#help button:not([type])")
    await desk.go("/")
    for key in ("j", "x", "*", "m", "?"):
        await page.keyboard.press(key)
    assert await ticked(desk) == 0
    assert await page.locator("dialog[open], .flash").count() == 0
    assert await page.locator("#decide kbd:visible").count() == 0
    await page.keyboard.press("Home")
    assert await page.evaluate(at) == 0, "the keys of the list stay"


async def test_ready_reasons_have_digits_while_nothing_is_typed(desk: Desk) -> None:
    page = desk.page
    await desk.go("/")
    await page.keyboard.press("1")
    assert await page.locator("dialog[open]").count() == 0, "a digit is no key of the list"
    for off in (False, True):
        await page.evaluate(f"localStorage.setItem('keys-off', '{'yes' if off else 'no'}')")
        await page.reload()
        await page.check("#list tbody tr:nth-child(1) input")
        await page.click("#decide button[value=return]")
        await page.wait_for_selector("dialog.asks[open] .offered button")
        field, kbd = page.locator("dialog.asks textarea"), page.locator("dialog.asks .offered kbd")
        assert await kbd.all_inner_texts() == ([] if off else ["1", "2", "3"])
        await page.keyboard.type("2 张")
        if off:
            assert await field.input_value() == "2 张"
            continue
        said = await field.input_value()
        assert re.fullmatch("申报内容与随附单证不符.* 张", said), "what is typed after it is text"
        await field.fill("3 页: ")
        await field.press("End")
        await page.keyboard.type("3")
        assert await field.input_value() == "3 页: 3", "in a text a digit is a digit"
        await page.click("dialog.asks .offered button >> nth=2")
        assert await field.input_value() == "企业申请撤回"
        assert await page.locator("dialog.asks").count() == 1, "and still to be sent"
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("见附件")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("tr.given")


async def test_the_clock_goes_between_two_looks(desk: Desk) -> None:
    api, page = desk.stage.api, desk.page
    now, face = "#business-now time", ".big-time time"
    assert (await api.control("POST", "/clock", {"speed": 3600})).status == 200
    await desk.go("/clock")
    await page.route("**/*", lambda route: route.abort())  # no news comes any more
    first = await page.inner_text(now)
    await page.wait_for_function(
        f"(first) => ['{now}', '{face}'].every((place) =>"
        " document.querySelector(place).textContent.slice(0, 13) !== first.slice(0, 13))",
        arg=first,
    )
    assert "北京时间" in await page.inner_text("#business-now")
    shown = await page.inner_text(face)
    server = (await api.control("GET", "/clock")).json["now"].replace("T", " ")
    assert first < shown <= server, "never ahead of the server"
    await page.unroute("**/*")
    assert (await api.control("POST", "/clock", {"freeze": True})).status == 200
    await desk.go("/clock")
    stands = await page.inner_text(face)
    await page.wait_for_timeout(600)
    assert await page.inner_text(face) == stands
    desk.faults[:] = [fault for fault in desk.faults if "ERR_FAILED" not in fault]
