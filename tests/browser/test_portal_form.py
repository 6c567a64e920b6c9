"""The form of a set-up by keys alone, as hands know it from the old client (P1): what Enter, Space
and codes do, which fields open and close, and one declaration out of it, live to its approval."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.conftest import browser_at
from tests.browser.portal import Portal
from tests.browser.stage import Stage
from tests.conftest import client, pair_at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PAID = {
    "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
    "pmnEtpsBankAcctnum": "0200003409089123456",
}


@pytest.fixture
async def portal(tmp_path: Path, chromium: str) -> AsyncIterator[Portal]:
    """A browser at the portal of a new pair, logged in."""
    async with (
        pair_at(tmp_path / "home") as pair,
        client(pair.ready) as api,
        browser_at(chromium, Stage(api, pair)) as desk,
    ):
        made = Portal(desk)
        await made.log_in()
        try:
            yield made
        finally:
            print(desk.faults)
        assert desk.faults == []


async def test_p1_1_p1_2_p1_4_keys_fill_open_and_close_the_fields(portal: Portal) -> None:
    page = portal.page
    await portal.go("/guarantees/new")
    await portal.reaches("assuredEtpsno")
    await page.wait_for_selector("[data-field=masterCuscd] [role=combobox]")
    # P1-1: a code and Enter
    await portal.press('"9999999999"', "Enter")
    await portal.becomes("assuredEtpsno", "error")
    assert await portal.at() == "assuredEtpsno"
    assert await portal.value("assuredEtpsNm") == ""
    await portal.press("Control+a", '"1105910159"', "Enter")
    await portal.reaches("masterCuscd")
    assert await portal.value("assuredEtpsNm") == "北京某某保税科技有限公司"
    assert await portal.value("masterCuscd") == "0100"
    assert [await portal.state(n) for n in ("assuredEtpsNm", "assuredEtpsSccd")] == ["locked"] * 2
    # a long list by initials, by code, and what no list has
    await portal.press('"bjgq"')
    assert "0100" in await page.inner_text("[data-field=masterCuscd] [aria-selected=true]")
    await portal.press("Escape", '"zzzz"', "Enter")
    await page.wait_for_selector("#toasts .toast.bad")
    assert await portal.at() == "masterCuscd"
    await portal.press("Escape", '"0100"', "Enter")
    await portal.reaches("gurModecd")
    assert await portal.value("masterCuscd") == "0100"
    # P1-2: Space opens, a code chooses, the blocks change
    await portal.press("Space")
    assert await page.locator("[data-field=gurModecd] [role=option]:visible").count() == 3
    await portal.press('"2"', "Enter")
    await portal.reaches("gasrAmt")
    assert [await portal.state(n) for n in ("ltguaNo", "ltguaValidDate", "paymnModecd")] == [
        "open",
        "open",
        "locked",
    ]
    assert await page.get_attribute("#f-ltguaNo", "aria-required") == "true"
    assert await page.get_attribute("#f-paymnModecd", "readonly") == ""
    assert "保证金" in str(await page.get_attribute("#f-paymnModecd", "title"))
    # P1-4: said while one types; figures and words
    await portal.press('"1,000.5"')
    await portal.becomes("gasrAmt", "error")
    assert await portal.field("gasrAmt").get_attribute("data-code") == "X.09"
    await portal.press("Control+a", '"５00000"')
    await page.wait_for_selector("[data-field=gasrAmt] .words >> text=伍拾万元整")
    assert await portal.state("gasrAmt") == "open"
    await portal.press("Enter")
    assert await page.input_value("#f-gasrAmt") == "500,000"
    await portal.press("Enter", '"BH-1"', "Enter", '"20271122"', "Enter")
    assert await page.input_value("#f-ltguaValidDate") == "2027-11-22"
    assert await portal.at() == "pmnEtpsno"
    await portal.press("Shift+Enter")
    assert await portal.at() == "ltguaValidDate"
    # back to cash: what was typed would go, so it is asked
    for _ in range(4):
        await portal.press("Shift+Enter")
    await portal.press('"1"', "Enter")
    await page.wait_for_selector("dialog.asks[open] >> text=保函编号")
    await portal.press("Escape")
    assert await portal.value("gurModecd") == "2"
    assert await portal.value("ltguaNo") == "BH-1"
    assert await portal.at() == "gurModecd"
    assert await page.evaluate("getSelection().toString()") == "2 保函"
    await portal.press('"1"', "Enter")
    await page.click("dialog.asks button[value=yes]")
    await portal.becomes("ltguaNo", "locked")
    assert [await portal.value(n) for n in ("gurModecd", "ltguaNo")] == ["1", ""]
    # nothing while an input method composes; a new line in a remark; what is large is told
    await page.focus("#f-rmk")
    await page.evaluate(
        """document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
          { key: "Enter", bubbles: true, cancelable: true, isComposing: true }))"""
    )
    assert await portal.at() == "rmk"
    await portal.press('"a"', "Alt+Enter", '"b"')
    assert await portal.value("rmk") == "a\nb"
    assert await page.inner_text("[data-field=rmk] .count-of") == "3/4000"
    await page.fill("#f-gasrAmt", "10000000")
    await page.wait_for_selector("[data-field=gasrAmt] .words >> text=转人工")
    await page.fill("#f-gasrAmt", "500000")
    await page.wait_for_selector("[data-field=gasrAmt] .words >> text=伍拾万元整")
    await portal.desk.shoot("portal-form")
    portal.desk.faults[:] = []


async def test_p1_3_p1_5_p1_6_p1_7_p1_8_one_declaration_by_keys_alone_live_to_its_approval(
    portal: Portal,
) -> None:
    page, api = portal.page, portal.desk.stage.api
    count = 0

    async def keys(*pressed: str) -> None:
        nonlocal count
        count += sum(len(key) - 2 if key.startswith('"') else 1 for key in pressed)
        await portal.press(*pressed)

    # P1-3: nothing is stored of what is refused, and all of it is said at once
    await portal.go("/guarantees/new")
    await portal.reaches("assuredEtpsno")
    await page.fill("#f-gurModecd", "2")
    await portal.press("Enter")
    await page.fill("#f-pmnEtpsno", "")
    await page.fill("#f-pmnEtpsNm", "")
    await page.fill("#f-gasrAmt", "500000")
    await portal.press("Control+Enter")
    await page.wait_for_selector("#refused")
    wrong = await page.eval_on_selector_all(
        ".entry [data-state=error]", "all => all.map((f) => [f.dataset.field, f.dataset.code])"
    )
    assert wrong == [
        ["ltguaNo", "S101.08"],
        ["ltguaValidDate", "S101.09"],
        ["pmnEtpsNm", "S101.10"],
    ]
    await portal.reaches("ltguaNo")
    assert (await api.get("/guarantees")).json["total"] == 0
    portal.desk.faults[:] = [fault for fault in portal.desk.faults if "422" not in fault]
    await portal.desk.shoot("portal-form-refused")
    assert await page.inner_text("#left") == ""
    # P1-5: a draft says what it lacks, in blue
    await portal.press("Control+s")
    await page.wait_for_selector("#toasts .toast.good >> text=申报前需补 3 项")
    assert await page.eval_on_selector_all(
        ".entry .field-in[data-lacks]", "all => all.map((f) => [f.dataset.field, f.dataset.state])"
    ) == [["ltguaNo", "open"], ["ltguaValidDate", "open"], ["pmnEtpsNm", "open"]]
    (draft,) = (await api.get("/guarantees?status=draft")).json["items"]
    await portal.desk.shoot("portal-form-draft")
    await portal.go("/guarantees?status=draft")
    assert draft["seq_no"] in await page.inner_text("#list")
    # P1-8: by keys alone, with what is offered
    await page.wait_for_selector("#menu")
    await keys("Alt+2")
    await portal.reaches("assuredEtpsno")
    await keys("Enter")
    await portal.reaches("masterCuscd")
    await keys("Enter", "Enter", '"500000"', "Enter", "Enter", "Enter")
    await portal.reaches("paymnModecd")
    await keys("Enter")
    await portal.press(f'"{PAID["pmnEtpsOpaccBankNm"]}"', "Enter")  # without a record
    await portal.press(f'"{PAID["pmnEtpsBankAcctnum"]}"')
    # Enter on the last field gives 暂存 the focus, and sends nothing
    while await portal.at() != "save":
        await portal.press("Enter")
    assert (await api.get("/guarantees")).json["total"] == 1
    await portal.desk.stage.profile("manual")
    await keys("Control+Enter")
    await page.wait_for_selector("dialog.asks[open] >> text=伍拾万元整")
    form = await page.eval_on_selector(
        "dialog.asks form", "(form) => Object.fromEntries(new FormData(form))"
    )
    await keys("Enter")
    await page.wait_for_selector("[data-screen=filing]")
    assert count < 40
    # P1-6: it moves by itself
    number = str(await page.get_attribute("[data-screen=filing]", "data-row"))
    await page.wait_for_selector("#state .b-received")
    await page.evaluate("document.hasFocus = () => false")
    decided = {"items": [{"seq_no": number, "result": "approve"}]}
    assert (await api.control("POST", "/decisions", decided)).status == 200
    await page.wait_for_selector("#state .b-approved")
    assert (await page.title()).startswith("(1) 审批通过")
    await portal.desk.stage.profile("instant")
    row = await api.declaration(number)
    assert row["fields"]["gasrAmt"] == "500000"
    assert row["business_no"]
    # P1-7: what was sent once is not sent again, whatever brings it back
    await page.go_back()
    await page.evaluate(
        """(given) => {
          const form = document.createElement("form");
          form.method = "post";
          form.action = "/portal/guarantees/new";
          for (const [name, value] of Object.entries({ ...given, act: "declare" })) {
            form.append(Object.assign(document.createElement("input"), { name, value }));
          }
          document.body.append(form);
          form.submit();
        }""",
        form,
    )
    await page.wait_for_selector("#toasts .toast.good >> text=已申报")
    assert (await api.get("/guarantees")).json["total"] == 2
    # a double click is one
    await portal.go("/guarantees/new")
    await page.fill("#f-gasrAmt", "600000")
    await page.fill("#f-pmnEtpsOpaccBankNm", PAID["pmnEtpsOpaccBankNm"])
    await page.fill("#f-pmnEtpsBankAcctnum", PAID["pmnEtpsBankAcctnum"])
    await page.dblclick(".toolbar [data-action=declare]")
    await page.wait_for_selector("dialog.asks[open]")
    await page.dblclick("dialog.asks [data-action=declare]")
    await page.wait_for_selector("[data-screen=filing]")
    assert (await api.get("/guarantees")).json["total"] == 3
