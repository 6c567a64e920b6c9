"""The stories of the rules (``docs/rules.md`` T01 to T09) played by two people in two browsers, one
the portal and one at the desk of customs, by pages and buttons alone: nothing by the API. No script
runs there, as every page must work; a third page with script looks on and is never reloaded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from fixtures.kit.pair.pair import Ready
from tests.conftest import BEIJING, SHANGHAI, pair_at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PAYER = {
    "paymnModecd": "1",
    "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
    "pmnEtpsBankAcctnum": "0200003409089123456",
    "etpsConcErName": "联系人",
    "etpsConcErTelnum": "010-88886666",
}
ENDS = ("审批通过", "退单", "海关接收失败")
TRIES = 200


class Hand:
    """A person with a browser that runs no script."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    async def go(self, path: str) -> None:
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)

    async def text(self) -> str:
        return await self.page.inner_text("main")

    async def fill(self, place: str, **values: str) -> None:
        """Fill in fields by their names; choose where there is a list."""
        for name, value in values.items():
            field = self.page.locator(f'{place} [name="{name}"]')
            if await field.evaluate("(field) => field.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)

    async def until(self, path: str, selector: str, wanted: str) -> str:
        """Look at a page again and again until a part of it says what is wanted."""
        for _ in range(TRIES):
            await self.go(path)
            found = self.page.locator(selector)
            if await found.count() and re.search(wanted, said := await found.first.inner_text()):
                return said
            await self.page.wait_for_timeout(50)
        raise AssertionError(f"{path} never says {wanted}: {await self.text()}")


class Enterprise(Hand):
    """At the portal."""

    async def log_in(self, key: str) -> None:
        await self.go("/portal/login")
        await self.page.fill("input[name=key]", key)
        await self.page.click("form[data-screen=login] button")

    async def press(self, action: str) -> None:
        await self.page.click(f'.entry [data-action="{action}"]')

    async def declare(self, **values: str) -> str:
        """Fill in the form, declare, say so again; the SeqNo."""
        await self.fill(".entry", **values)
        await self.press("declare")
        await self.page.click("[data-screen=declare] [data-action=declare]")
        assert "申报成功" in await self.text()
        return str(await self.page.get_attribute("[data-screen=filing]", "data-row"))

    async def ends(self, seq_no: str, wanted: str) -> str:
        """What the page of a filing says once customs decided."""
        path = f"/portal/declarations/{seq_no}"
        said = await self.until(path, "#state", "|".join(ENDS))
        assert said == wanted, await self.text()
        return await self.text()

    async def codes(self) -> set[str]:
        """The codes of what is wrong, at their fields."""
        places = await self.page.locator("[data-state=error][data-code]").all()
        return {str(await place.get_attribute("data-code")) for place in places}

    async def row(self, path: str, number: str) -> str:
        """The row of a list with this number, in one line."""
        await self.go(path)
        row = self.page.locator(f"tr[data-row]:has-text('{number}')").first
        return " ".join((await row.inner_text()).split())

    async def choose(self, path: str, number: str) -> None:
        """Press the button of a row."""
        await self.go(path)
        await self.page.click(f"tr[data-row]:has-text('{number}') [data-action=go]")

    async def number(self) -> str:
        return (await self.page.inner_text("h1 .mono")).strip()


class Customs(Hand):
    """At the desk."""

    async def profile(self, name: str) -> None:
        await self.go("/")
        await self.page.select_option("form[action='/profile'] select", name)
        await self.page.click("form[action='/profile']:has(select) button")

    async def levy(self, amount: str, enterprise: str = BEIJING) -> None:
        await self.go("/levies")
        book = {"biz_type": "2", "biz_no": "C010016A0471", "oriact_no": "C010016A0471"}
        await self.fill("#issue", enterprise=enterprise, amount=amount, **book)
        await self.page.click("#issue button.primary")

    async def approve(self, seq_no: str) -> None:
        await self.until("/", "#list", seq_no)
        await self.page.click(f"button[value='approve:{seq_no}']")

    async def paid(self, levy: str, amount: str, reference: str) -> None:
        await self.go(f"/levies/{levy}")
        await self.fill("#pay", amount=amount, reference=reference)
        await self.page.click("#pay button")
        if await self.page.locator("form.question").count():
            await self.page.click("form.question button.primary, form.question button.danger")


async def without_script(browser: Browser) -> Page:
    context = await browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return page


async def issued(e1: Enterprise, customs: Customs, amount: str) -> str:
    """The number of a levy that customs issued, as the enterprise sees it."""
    shown = f"{float(amount):,.2f}"
    await customs.levy(amount)
    await e1.until("/portal/levies/confirm", "#list", re.escape(shown))
    link = await e1.page.get_attribute(f"tr[data-row]:has-text('{shown}') [data-action=go]", "href")
    return str(link).split("/")[3]


async def test_t01_to_t09_are_played_through_two_browsers(tmp_path: Path, chromium: str) -> None:
    async with pair_at(tmp_path / "home") as pair, async_playwright() as driver:
        browser = await driver.chromium.connect_over_cdp(chromium)
        ready: Ready = pair.ready
        e1 = Enterprise(await without_script(browser), ready.gateway)
        customs = Customs(await without_script(browser), ready.control)
        scripted = await browser.new_context(locale="zh-CN")
        watch = await scripted.new_page()
        try:
            await e1.log_in(ready.keys[BEIJING])
            await watch.goto(ready.gateway + "/portal/login")
            await watch.fill("input[name=key]", ready.keys[BEIJING])
            await watch.click("form[data-screen=login] button")
            await watch.wait_for_selector("[data-screen=home]")
            await watch.goto(ready.gateway + "/portal/levies/confirm")
            known = await guarantees(e1, customs)
            known |= await levies(e1, customs, watch, known)
            await refunds(e1, customs, ready, known, browser)
        finally:
            for context in browser.contexts:
                await context.close()
            await browser.close()


async def guarantees(e1: Enterprise, customs: Customs) -> dict[str, str]:
    """T01 to T03."""
    # T01: the record, then cash: saved, saved again, declared
    await e1.go("/portal/info")
    for table in ("contacts", "payers", "accounts"):
        if not await e1.page.locator(f"[data-table={table}] tbody tr").count():
            await e1.page.click(f"button[value=add-{table}]")
    await e1.fill(
        ".entry",
        **{
            "contacts.0.etpsConcErName": PAYER["etpsConcErName"],
            "contacts.0.etpsConcErTelnum": PAYER["etpsConcErTelnum"],
            "payers.0.pmnEtpsno": BEIJING,
            "accounts.0.pmnEtpsOpaccBankNm": PAYER["pmnEtpsOpaccBankNm"],
            "accounts.0.pmnEtpsBankAcctnum": PAYER["pmnEtpsBankAcctnum"],
        },
    )
    await e1.press("declare")
    if await e1.page.locator("[data-screen=declare]").count():
        await e1.page.click("[data-action=declare]")
    await e1.until("/portal/info", "#state", "版本 1")
    await e1.go("/portal/guarantees/new")
    assert await e1.page.input_value("[name=pmnEtpsBankAcctnum]") == PAYER["pmnEtpsBankAcctnum"]
    await e1.fill(".entry", gasrAmt="400000")
    await e1.press("save")
    assert "暂存成功" in await e1.text()
    number = e1.page.url.split("/")[5]
    assert re.fullmatch(r"\d{18}", number)
    assert "暂存" in await e1.row("/portal/guarantees?status=draft", number)
    await e1.go(f"/portal/declarations/{number}/edit")
    await e1.fill(".entry", gasrAmt="500,000")
    await e1.press("save")
    assert await e1.declare() == number
    await e1.ends(number, "审批通过")
    g1 = await e1.number()
    assert "500,000 0 500,000 0" in await e1.row("/portal/guarantees", g1)
    closed = await e1.row("/portal/guarantees/change", g1)
    assert "总担保为保证金的不能变更" in closed
    # T02: a letter without what it needs; complete; twice; a second with the same letter
    letter = {"gurModecd": "2", "gasrAmt": "300000"}
    await e1.go("/portal/guarantees/new")
    await e1.fill(".entry", **letter, pmnEtpsno="")
    await e1.press("declare")
    await e1.fill(".entry", pmnEtpsNm="")
    await e1.press("declare")
    assert {"S101.08", "S101.09", "S101.10"} <= await e1.codes()
    assert await e1.row("/portal/guarantees?status=approved", g1)
    assert await e1.page.inner_text("#total") == "1"
    valid = {"ltguaNo": "LG-001", "ltguaValidDate": "2027-11-22"}
    await e1.go("/portal/guarantees/new")
    await e1.fill(".entry", **letter)
    await e1.page.click("button[value=fill]")
    second = await e1.declare(**valid)
    await e1.ends(second, "审批通过")
    g2 = await e1.number()
    await e1.go("/portal/guarantees/new")
    await e1.fill(".entry", **letter)
    await e1.page.click("button[value=fill]")
    twin = await e1.declare(**valid)
    assert "S101.18" in await e1.ends(twin, "退单") or "LG-001" in await e1.text()
    await e1.go(f"/portal/declarations/{twin}/delete")
    await e1.page.click("[data-screen=delete] button.danger")
    await e1.go("/portal/guarantees")
    assert await e1.page.inner_text("#total") == "2"
    # T03: a change has three white fields; both versions; customs ask for a longer one
    await e1.choose("/portal/guarantees/change", g2)
    assert await e1.page.locator(".entry [data-state=open]").count() == 3
    await e1.fill(".entry", gasrAmt="450000", ltguaNo="LG-001A", ltguaValidDate="2028-11-22")
    await e1.press("check")
    assert "+150,000" in await e1.text()
    change = await e1.declare()
    await e1.ends(change, "审批通过")
    assert "450,000 0 450,000 0" in await e1.row("/portal/guarantees", g2)
    await customs.go(f"/guarantees/{g2}")
    await customs.fill("#ask", valid_until="2029-06-30")
    await customs.page.click("#ask button")
    await e1.until("/portal/guarantees?status=pending", "#list", g2)
    await e1.page.click("button.pick")
    await e1.page.click("#chosen [data-action=confirm]")
    assert await e1.page.input_value("[name=ltguaValidDate]") == "2029-06-30"
    longer = await e1.declare()
    await e1.ends(longer, "审批通过")
    assert "2029-06-30" in await e1.row("/portal/guarantees", g2)
    return {"g1": g1, "g2": g2}


async def levies(
    e1: Enterprise, customs: Customs, watch: Page, known: dict[str, str]
) -> dict[str, str]:
    """T04 to T06."""
    # T04: by hand, paid in two parts; who looks on sees it without reloading
    await customs.profile("manual")
    l1 = await issued(e1, customs, "120000.50")
    await expect(watch.locator("#list")).to_contain_text(l1)  # P3-1
    await expect(watch.locator("nav.side a[href='/portal/levies/confirm'] .count")).to_have_text(
        "1"
    )
    await e1.choose("/portal/levies/confirm", l1)
    cash = {"gurTypecd": "2", "gurModecd": "1", **PAYER}
    await e1.fill(".entry", **cash)
    await e1.press("save")
    seq = await e1.declare()
    await watch.goto(f"{e1.url}/portal/declarations/{seq}")
    await customs.approve(seq)
    told = await e1.ends(seq, "审批通过")
    assert "请缴款" in told
    await expect(watch.locator("#pay")).to_contain_text("0.00 / 120,000.50")
    await customs.paid(l1, "100000.00", "BANK-1")
    await expect(watch.locator("#pay")).to_contain_text("100,000.00 / 120,000.50")
    await expect(watch.locator("#pay")).to_contain_text("请缴款")  # P3-6
    await customs.paid(l1, "20000.50", "BANK-2")
    await expect(watch.locator("#strip .done >> nth=-1")).to_contain_text("已缴款")
    await customs.profile("instant")
    # T05: on the guarantee
    l2 = await issued(e1, customs, "30000.75")
    await on_guarantee(e1, l2, known["g2"])
    seq = await e1.declare(**PAYER)
    await e1.ends(seq, "审批通过")
    assert "450,000 30,001 419,999 0" in await e1.row("/portal/guarantees", known["g2"])
    # T06: too short: told before, sent all the same, returned; then by a letter of its own
    l3 = await issued(e1, customs, "420000.00")
    await e1.choose("/portal/levies/confirm", l3)
    typed = {"gurTypecd": "1", "gurModecd": "2", "gasrNo": known["g2"], **PAYER}
    await e1.fill(".entry", **typed)
    await e1.page.click("button[value=fill]")
    assert "额度不足: 可用 419,999, 本单 420,000.00" in await e1.text()
    seq = await e1.declare()
    assert "可用额度 419999.25 元, 本单需 420000.00 元" in await e1.ends(seq, "退单")
    await e1.page.click("#offers [data-action=edit]")
    await e1.fill(".entry", gurTypecd="2", gurModecd="2")
    await e1.page.click("button[value=fill]")
    again = await e1.declare(ltguaNo="LG-777", ltguaValidDate="2029-06-30")
    assert again == seq
    await e1.ends(seq, "审批通过")
    assert "450,000 30,001 419,999 0" in await e1.row("/portal/guarantees", known["g2"])
    return {"l1": l1, "l3": l3}


async def on_guarantee(e1: Enterprise, levy: str, guarantee: str) -> None:
    await e1.choose("/portal/levies/confirm", levy)
    await e1.page.click(f"[data-offered='{guarantee}'] button")
    assert await e1.page.input_value("[name=gasrNo]") == guarantee


async def refunds(
    e1: Enterprise, customs: Customs, ready: Ready, known: dict[str, str], browser: Any
) -> None:
    """T07 to T09."""
    l1, l3 = known["l1"], known["l3"]
    # T07: a single letter is warned about, filed, returned
    assert "单票保函海关将自动退单" in await e1.row("/portal/refunds/new", l3)
    await e1.choose("/portal/refunds/new", l3)
    seq = await e1.declare(rtnbkCrdwAmt="1000", rtnbkCrdwRsnDesc="试一试")
    await e1.ends(seq, "退单")
    assert "审批通过" in await e1.row("/portal/levies", l3)
    # T08: no reason; a part; too much
    await e1.choose("/portal/refunds/new", l1)
    await e1.fill(".entry", rtnbkCrdwAmt="50000.00")
    await e1.press("declare")
    assert await e1.codes() == {"R121.05"}
    await e1.page.click("button:has-text('手册核销')")
    seq = await e1.declare()
    await e1.ends(seq, "审批通过")
    row = await e1.row("/portal/refunds/new", l1)
    assert "120,000.50 50,000.00 0.00 70,000.50" in row, row
    assert "审批通过" in await e1.row("/portal/levies", l1)
    await e1.choose("/portal/refunds/new", l1)
    await e1.fill(".entry", rtnbkCrdwAmt="80000", rtnbkCrdwRsnDesc="多缴退还")
    await e1.page.click("button[value=fill], [name=set]")
    seq = await e1.declare(rtnbkCrdwAmt="80000")
    assert "可退 70000.50" in await e1.ends(seq, "退单")
    assert "可退 70000.50" in await e1.row("/portal/refunds?status=returned", seq)
    # T09: carried over to one that is owed; not to another enterprise's
    l4 = await issued(e1, customs, "60000.00")
    await e1.choose("/portal/levies/confirm", l4)
    seq = await e1.declare(gurTypecd="2", gurModecd="1", **PAYER)
    await e1.ends(seq, "审批通过")
    await e1.choose("/portal/refunds/carry", l1)
    await e1.fill(".entry", rtnbkCrdwAmt="60000.00", rtnbkCrdwRsnDesc="结转到下一手册")
    await e1.page.click("[name=set] >> nth=1")  # half: the page is drawn anew
    await e1.fill(".entry", rtnbkCrdwAmt="60000.00")
    await e1.page.click("[data-action=all]")
    await e1.fill(".entry", **{"GrtCrdwInDt.gurNo": l4, "rtnbkCrdwAmt": "60000.00"})
    seq = await e1.declare()
    await e1.ends(seq, "审批通过")
    assert "120,000.50 50,000.00 60,000.00 10,000.50" in await e1.row("/portal/refunds/carry", l1)
    await e1.until(f"/portal/levies?q={l4}", "#list", "60,000.00")
    e2 = Enterprise(await without_script(browser), ready.gateway)
    await e2.log_in(ready.keys[SHANGHAI])
    await customs.levy("777.77", SHANGHAI)
    await e2.until("/portal/levies/confirm", "#list", "777.77")
    link = await e2.page.get_attribute("[data-action=go]", "href")
    foreign = str(link).split("/")[3]
    await e1.choose("/portal/refunds/carry", l1)
    seq = await e1.declare(
        **{"GrtCrdwInDt.gurNo": foreign, "rtnbkCrdwAmt": "10000.50", "rtnbkCrdwRsnDesc": "结转"}
    )
    told = await e1.ends(seq, "退单")
    assert "777.77" not in told
    assert "上海" not in told
