"""The customs desk as a person uses it, in a real browser. Screenshots of every page are kept in
``test-output/browser``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from fixtures.corpus import files
from tests.browser.conftest import Desk, browser_at
from tests.browser.stage import FORMULA, MIRRORED, SCRIPT, Stage
from tests.conftest import client, eventually, pair_at
from tests.factories import grt101

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def number_of(desk: Desk, seq_no: str) -> str:
    """The case no. of the latest attempt of a SeqNo."""
    found = (await desk.stage.api.control("GET", f"/messages?q={seq_no}&limit=1000")).json["items"]
    return str(max(item["case_no"] for item in found if item["seq_no"] == seq_no))


async def text(desk: Desk, selector: str = "main") -> str:
    return await desk.page.inner_text(selector)


async def test_every_page_renders_with_data_at_both_widths(desk: Desk) -> None:
    known = desk.stage.known
    pages = {
        "worklist": ("/", known["hostile_seq"]),
        "today": ("/today", "待办等了多久"),
        "cases": ("/cases?what=filed", known["wait_seq"]),
        "clock": ("/clock", "对账答复期限"),
        "scenarios": ("/scenarios", "review-then-approve"),
        "levies": ("/levies", known["part"]),
        "levy": (f"/levies/{known['part']}", "20,000.50"),
        "payments": ("/payments", "BANK-003"),
        "guarantees": ("/guarantees", known["letter"]),
        "guarantee": (f"/guarantees/{known['letter']}", "269,999.25"),
        "statements": ("/statements", "DZ01002026"),
        "messages": ("/messages", "GRT101"),
        "message": ("/messages/5", "EnvelopInfo"),
        "parked": ("/parked", "NOBODY-1"),
        "parked-one": ("/parked/1", "Nothing"),
        "audit": ("/audit", "下发征收单"),
        "keys": ("/operators", "operator"),
        "case-change": (f"/cases/{await number_of(desk, known['change_seq'])}", "变更对照"),
        "case-file": (f"/cases/{await number_of(desk, known['file_seq'])}", "附件"),
        "case-forbidden": (f"/cases/{await number_of(desk, known['twin_seq'])}", "S101.18"),
        "case-levy": (f"/cases/{await number_of(desk, known['levy_seq'])}", "担保类型转企业确认"),
    }
    for name, (path, wanted) in pages.items():
        await desk.go(path)
        assert wanted in await text(desk), name
        await desk.shoot(name)
    assert await desk.page.locator("nav.side a[href='/'] .count").inner_text() == "6"


async def test_english_is_one_click_away_and_stays(desk: Desk) -> None:
    await desk.go("/")
    assert await desk.page.inner_text("h1") == "工作列表 6"
    await desk.page.click("a.lang")
    assert "Work list" in await desk.page.inner_text("h1")
    await desk.go("/levies")
    assert "Levies" in await desk.page.inner_text("h1")
    await desk.shoot("levies-english")


async def test_a_case_is_approved_by_the_keyboard_alone(desk: Desk) -> None:
    known = desk.stage.known
    await desk.go("/")
    await desk.page.keyboard.press("j")
    chosen = await desk.page.locator("tr.here .mono a").first.inner_text()
    assert chosen == known["file_seq"]
    await desk.page.keyboard.press("a")
    await desk.page.wait_for_selector(".flash.good")
    assert "通过: 1 件" in await text(desk, ".flash.good")
    assert "已通过" in await text(desk, "tr.given"), "the row stays in its place"
    assert (await desk.stage.api.until(chosen, "approved"))["status"] == "approved"
    await expect(desk.page.locator("#list tbody tr")).to_have_count(5)
    assert chosen not in await text(desk, "#list")
    await expect(desk.page.locator("nav.side a[href='/'] .count")).to_have_text("5")
    # the row that follows is the current one: go on without the mouse
    assert await desk.page.locator("tr.here").count() == 1


async def test_without_a_mouse_the_menu_can_be_skipped_and_every_place_of_the_focus_is_seen(
    desk: Desk,
) -> None:
    await desk.go("/guarantees")
    await desk.page.keyboard.press("Tab")
    assert await desk.page.evaluate("document.activeElement.className") == "skip"
    assert await desk.page.locator("a.skip").is_visible()
    await desk.page.keyboard.press("Enter")
    await desk.page.keyboard.press("Tab")
    assert await desk.page.evaluate("document.activeElement.closest('main') !== null")
    unseen = []
    for _ in range(30):
        await desk.page.keyboard.press("Tab")
        unseen += await desk.page.evaluate(
            """(() => { const e = document.activeElement, s = getComputedStyle(e);
            return e === document.body ||
                (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)
                ? [] : [e.outerHTML.slice(0, 80)]; })()"""
        )
    assert unseen == []


async def test_a_return_with_notes_by_keyboard_reaches_the_enterprise(desk: Desk) -> None:
    await desk.go("/")
    await desk.page.keyboard.press("k")
    chosen = await desk.page.locator("tr.here .mono a").first.inner_text()
    await desk.page.keyboard.press("r")
    await desk.page.keyboard.type("保函扫描件不清晰")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector(".flash.good")
    found = await desk.stage.api.until(chosen, "returned")
    receipts = [
        r
        for r in await desk.stage.api.receipts()
        if r["seq_no"] == found["seq_no"] and r["result"] == "3"
    ]
    assert receipts[0]["notes"] == ["保函扫描件不清晰"]


async def test_many_are_selected_and_decided_and_what_a_rule_forbids_says_so(desk: Desk) -> None:
    known = desk.stage.known
    await desk.go("/")
    await desk.page.keyboard.press("*")
    await desk.page.keyboard.press("a")
    await desk.page.wait_for_selector(".question")
    assert "通过 6 件" in await text(desk, ".question")
    await desk.shoot("question")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector(".flash.bad")
    said = await text(desk, ".flash.bad")
    assert "通过: 5 件" in said
    assert known["twin_seq"] in said
    assert "S101.18" in said
    await desk.shoot("worklist-refused")
    await expect(desk.page.locator("#list tbody tr")).to_have_count(1, timeout=20_000)


async def test_keys_help_filter_and_search(desk: Desk) -> None:
    await desk.go("/")
    await desk.page.keyboard.press("?")
    assert await desk.page.locator("dialog[open]").is_visible()
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("/")
    assert await desk.page.evaluate("document.activeElement.name") == "q"
    await desk.go("/?enterprise=3105960AAA&from_amount=1000000")
    assert await desk.page.locator("#list tbody tr").count() == 1
    assert desk.stage.known["wait_seq"] in await text(desk, "#list")
    await desk.go(f"/messages?q={desk.stage.known['letter_seq']}")
    assert await desk.page.locator("#list tbody tr").count() >= 3


async def test_the_list_is_live(desk: Desk) -> None:
    await desk.go("/")
    await desk.listens()
    filed = await desk.stage.api.taken(
        grt101("ZB-LIVE", desk.stage.number(), ltguaNo="LG-100", gasrAmt="1000")
    )
    await desk.page.wait_for_selector(f"#list >> text={filed['seq_no']}")
    assert await desk.page.locator("nav.side a[href='/'] .count").inner_text() == "7"
    assert await desk.page.inner_text("#total") == "7"


async def test_a_levy_started_here_is_confirmed_by_the_enterprise_and_appears_paid(
    desk: Desk,
) -> None:
    stage = desk.stage
    await desk.go("/levies")
    form = "form[action='/levies'] "
    await desk.page.fill(form + "[name=amount]", "7500.25")
    await desk.page.fill(form + "[name=biz_no]", "C010016A0472")
    await desk.page.fill(form + "[name=oriact_no]", "C010016A0472")
    await desk.page.click(form + "button.primary")
    await desk.page.wait_for_selector(".flash.good")
    number = re.search(r"ZS\d+", desk.page.url)
    assert number is not None
    await stage.profile("instant")
    await stage.api.until(await stage.confirm(number[0]), "approved")
    await desk.go(f"/levies/{number[0]}")
    assert await desk.page.input_value("form[action='/payments'] [name=amount]") == "7,500.25"
    await desk.page.fill("form[action='/payments'] [name=amount]", "500")
    await desk.page.fill("form[action='/payments'] [name=reference]", "BANK-100")
    await desk.page.click("form[action='/payments'] button.primary")
    await desk.page.wait_for_selector(".flash.good")
    assert "未缴款" in await text(desk, "#state")
    await desk.page.fill("form[action='/payments'] [name=reference]", "BANK-101")
    await desk.page.click("form[action='/payments'] button.primary")
    await desk.page.wait_for_selector(".flash.good")
    assert "已缴款" in await text(desk, "#state")

    audit = (await stage.api.control("GET", f"/audit?q={number[0]}")).json["items"]
    assert [(e["action"], e["before"]) for e in audit if e["action"] == "pay"] == [
        ("pay", '{"open":"7000.25"}'),
        ("pay", '{"open":"7500.25"}'),
    ]
    assert '"open":"0.00"' in audit[0]["after"]

    async def paid() -> Any:
        return (await stage.row(number[0]))["payment"] == "2" or None

    await eventually(paid, what="the gateway shows it paid")


async def test_money_without_a_levy_waits_and_is_matched_later(desk: Desk) -> None:
    await desk.go("/payments")
    assert "888.88" in await text(desk, "#suspense")
    await desk.page.select_option("#suspense select", desk.stage.known["part"])
    await desk.page.click("#suspense button")
    await desk.page.wait_for_selector(".question")
    assert "核销 888.88 元, 余 0.00 元留暂存" in await text(desk, ".question")
    await desk.page.click(".question button.primary")
    await desk.page.wait_for_selector(".flash.good")
    assert "没有暂存款" in await text(desk, "#suspense")
    await desk.go(f"/levies/{desk.stage.known['part']}")
    assert "19,111.62" in await text(desk, "#facts")


async def test_what_was_typed_stays_when_a_rule_refuses_it(desk: Desk) -> None:
    await desk.go("/levies")
    form = "form[action='/levies'] "
    await desk.page.fill(form + "[name=amount]", "-5")
    await desk.page.fill(form + "[name=oriact_no]", "C010016A0471")
    await desk.page.click(form + "button.primary")
    await desk.page.wait_for_selector(".flash.bad")
    assert "P301.01" in await text(desk, ".flash.bad")
    assert await desk.page.input_value(form + "[name=amount]") == "-5"


async def test_a_scenario_is_switched_and_its_hits_are_counted(desk: Desk) -> None:
    await desk.go("/scenarios")
    await desk.page.click("button[name=name][value=approve-all]")
    await desk.page.wait_for_selector(".flash.good")
    assert "approve-all" in await text(desk, "#active")
    await desk.listens()
    filed = await desk.stage.api.taken(
        grt101("ZB-SCENE", desk.stage.number(), ltguaNo="LG-200", gasrAmt="1000")
    )
    await desk.stage.api.until(filed["seq_no"], "approved")

    async def counted() -> bool:
        return (await text(desk, "#active tbody")).split()[-1] == "1"

    await eventually(counted, what="one hit")
    await desk.page.fill("#text textarea", "name: x\nrulez: []\n")
    await desk.page.click("#text button[value=check]")
    await desk.page.wait_for_selector("#text .flash.bad")
    assert "rulez" in await text(desk, "#text .flash.bad")
    assert await desk.page.input_value("#text textarea") == "name: x\nrulez: []"
    desk.faults[:] = [
        fault for fault in desk.faults if "422" not in fault
    ]  # the browser's own word for a refused form
    await desk.page.click("#active button[value=clear]")
    await desk.page.wait_for_selector(".flash.good")
    assert "没有场景" in await text(desk, "#active")


async def test_a_fault_is_set_strikes_and_is_shown_beside_what_should_have_gone_out(
    desk: Desk,
) -> None:
    await desk.go("/scenarios")
    await desk.page.select_option("select[name=fault]", "truncated")
    await desk.page.select_option("select[name=type]", "GRT200")
    await desk.page.fill("input[name=limit]", "1")
    await desk.page.click("button[value=one]")
    await desk.page.wait_for_selector(".flash.good")
    await desk.listens()
    await desk.stage.api.taken(
        grt101("ZB-FAULT", desk.stage.number(), ltguaNo="LG-201", gasrAmt="1000")
    )
    await desk.page.wait_for_selector("#log td >> text=truncated")
    await desk.shoot("scenarios")
    await desk.page.click("#log a >> text=对照")
    await desk.page.wait_for_selector("text=实际发出")
    meant, sent = [
        await each.inner_text()
        for each in await desk.page.locator("section:has(h3) pre.xml:first-of-type").all()
    ]
    assert "</Package>" in meant
    assert "<Package>" in sent
    assert "</Package>" not in sent, "what was cut off is seen"
    await desk.shoot("disturbed")


async def test_the_clock_is_advanced_and_what_falls_due_is_dealt_with(desk: Desk) -> None:
    await desk.go("/clock")
    assert "2026-11-24" in await text(desk, ".big-time")
    await desk.shoot("clock")
    await desk.page.click("button[value=P15D]")
    await desk.page.wait_for_selector(".flash.good")
    assert "2026-12-09" in await text(desk, ".big-time")
    await desk.go("/levies")
    assert "逾期" in await text(desk, "#list tr:has-text('20,000.50')")
    await desk.go("/clock")
    await desk.page.click("button[value=freeze]")
    await desk.page.wait_for_selector(".flash.good")
    assert "已冻结" in await text(desk, "#face")
    assert (await desk.stage.api.control("GET", "/clock")).json["mode"] == "frozen"


async def test_hostile_text_is_shown_as_text(desk: Desk) -> None:
    number = await number_of(desk, desk.stage.known["hostile_seq"])
    for path in (f"/cases/{number}", f"/messages?q={desk.stage.known['hostile_seq']}"):
        await desk.go(path)
    await desk.go(f"/cases/{number}")
    shown = await text(desk)
    assert SCRIPT in shown
    assert FORMULA in shown
    assert MIRRORED not in shown
    assert MIRRORED.replace("\u202e", "⟨U+202E⟩") in shown
    assert "taken over" not in await desk.page.title()
    assert await desk.page.locator("main img, main script").count() == 0
    await desk.page.click(".sequence a >> nth=0")
    await desk.page.wait_for_selector("pre.xml")
    assert "⟨U+202E⟩" in await text(desk, "pre.xml >> nth=0")
    await desk.go(f"/cases/{await number_of(desk, desk.stage.known['file_seq'])}")
    assert "⟨U+202E⟩gnp.exe.pdf" in await text(desk)


async def test_a_viewer_logs_in_sees_all_and_is_offered_no_act(desk: Desk) -> None:
    made = (
        await desk.stage.api.control("POST", "/operators", {"name": "the viewer", "role": "viewer"})
    ).json
    await desk.go("/login")
    await desk.shoot("login")
    await desk.page.fill("input[name=key]", "wrong")
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector(".flash.bad")
    assert {"401" in fault for fault in desk.faults} == {True}, "the browser's own word for it"
    desk.faults.clear()
    await desk.page.fill("input[name=key]", made["key"])
    await desk.page.keyboard.press("Enter")
    await desk.page.wait_for_selector("#list tbody tr")
    assert await desk.page.locator("#list input, #decide, #list button").count() == 0
    await desk.page.keyboard.press("a")
    case = f"/cases/{await number_of(desk, desk.stage.known['file_seq'])}"
    for path in (
        "/levies",
        "/payments",
        "/guarantees",
        "/statements",
        "/scenarios",
        "/clock",
        case,
    ):
        await desk.go(path)
        acts = desk.page.locator("main form[method=post]:not([action^='/filters']) button")
        assert await acts.count() == 0, path
    answer = await desk.page.goto(desk.url + "/operators")
    assert answer is not None
    assert answer.status == 403
    said = await text(desk)
    assert "需要 tester" in said
    assert said.count("请使用相应角色的密钥") == 1

    async def told() -> bool:
        return any("403" in fault for fault in desk.faults)

    await eventually(told, what="the browser's own words for a refusal")
    desk.faults[:] = [fault for fault in desk.faults if "403" not in fault and "401" not in fault]
    assert (await desk.stage.api.control("GET", "/worklist")).json["total"] == 6


async def test_the_desk_works_without_script(desk: Desk) -> None:
    browser = desk.page.context.browser
    assert browser is not None
    page = await (await browser.new_context(java_script_enabled=False)).new_page()
    await page.goto(desk.url)
    await page.check(f"input[value='{desk.stage.known['wait_seq']}']")
    await page.click("#decide button[value=approve]")
    await page.wait_for_selector(".flash.good")
    await desk.stage.api.until(desk.stage.known["wait_seq"], "approved", enterprise="3105960AAA")


async def test_a_newcomer_finds_the_demo_case_and_approves_it(
    tmp_path: Path, chromium: str
) -> None:
    """`eport up --seed-demo`: one case waits, one button is to be pressed; the empty list then says
    how to go on."""
    (large,) = (
        f for f in files("GRT101") if f.name == "review_large_amount.xml"
    )  # what --seed-demo sends
    async with (
        pair_at(tmp_path / "home") as pair,
        client(pair.ready) as api,
        browser_at(chromium, Stage(api, pair)) as desk,
    ):
        filed = await api.taken(large.read_bytes())
        await api.until(filed["seq_no"], "review")
        await desk.go("/")
        assert await desk.page.locator("#list .row-acts button").count() == 1
        await desk.page.click("#list .row-acts button")
        await desk.page.wait_for_selector(".flash.good")
        await api.until(filed["seq_no"], "approved")
        await desk.page.wait_for_selector(".empty-state")
        assert "没有等待处理的案卷" in await text(desk)
        await desk.shoot("worklist-empty")
        await desk.page.click(".empty-state button.primary")
        await desk.page.wait_for_selector(".flash.good")
        assert "案卷会自动出现在这里" in await text(desk)
        assert await pair.customs.profile() == "manual"
        assert desk.faults == []


async def test_a_click_on_a_button_is_about_the_row_that_was_clicked(desk: Desk) -> None:
    """The bar says that an act is about the current row: with the mouse too."""
    await desk.go("/")
    row = desk.page.locator("#list tbody tr").nth(1)
    chosen = await row.locator("input[name=seq_no]").input_value()
    await row.locator("td.age").click()
    await desk.page.click("#decide button[value=claim]")
    await desk.page.wait_for_selector(".flash.good")
    assert chosen in await text(desk, ".flash.good")


async def test_a_page_opens_at_its_top(desk: Desk) -> None:
    for width in (1280, 390):
        await desk.page.set_viewport_size({"width": width, "height": 900})
        await desk.go("/payments")
        assert await desk.page.evaluate("scrollY") == 0
        assert await desk.page.evaluate("document.documentElement.scrollWidth") <= width
