"""A day's work at the desk with one device: the keyboard alone (Tab, Enter, arrows, and what is
typed into fields) or the mouse alone; with script and without, at every width, in both languages,
light and dark. Together the runs have each of these values; all share one pair and one browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.browser.conftest import SHOTS, Desk, browser_at
from tests.browser.stage import Stage, set_stage
from tests.conftest import client, eventually, pair_at
from tests.factories import grt101, grt121

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

SEEN = """
(e) => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  if (!shown) return "no focus is shown";
  return !over || e.contains(over) || over.contains(e) ? "" : `under ${over.outerHTML}`;
}
"""
BEFORE = """
(e) => {
  const at = document.activeElement;
  return !!(at.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING);
}
"""
FAR = 200
"""Keys after which a place counts as one that Tab never comes to."""


@dataclass(frozen=True, slots=True)
class Hand:
    """One device at one desk."""

    desk: Desk
    keyboard: bool
    script: bool

    async def reach(self, what: Locator) -> None:
        """Goes to a place by Tab; the focus must be seen there, and nothing may lie over it."""
        await what.wait_for()
        back = await what.evaluate(BEFORE)
        for _ in range(FAR):
            if await what.evaluate("(e) => e === document.activeElement"):
                assert await what.evaluate(SEEN) == "", await what.evaluate("(e) => e.outerHTML")
                return
            await self.desk.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"Tab never comes to {what}")

    async def press(self, selector: str, key: str = "Enter") -> None:
        what = self.desk.page.locator(selector).first
        if not self.keyboard:
            await what.click()
            return
        await self.reach(what)
        await self.desk.page.keyboard.press(key)

    async def write(self, selector: str, text: str) -> None:
        what = self.desk.page.locator(selector).first
        await (self.reach(what) if self.keyboard else what.click())
        await self.desk.page.keyboard.press("ControlOrMeta+a")
        await self.desk.page.keyboard.type(text)

    async def menu(self, href: str) -> None:
        """Goes to a page by the main menu, which is folded where the window is small."""
        link = f"nav.side a[href='{href}']"
        if not await self.desk.page.locator(link).is_visible():
            await self.press("#menu-button")
        await self.press(link)
        await self.desk.page.wait_for_url(self.desk.url + href)

    async def fits(self) -> None:
        page = self.desk.page
        await page.wait_for_load_state()
        over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{page.url} is {over} pixels too wide"


class Run(NamedTuple):
    device: str
    size: tuple[int, int]
    language: str
    scheme: str
    script: bool

    @property
    def name(self) -> str:
        script = "script" if self.script else "plain"
        return f"{self.device}-{self.size[0]}-{self.language}-{self.scheme}-{script}"


RUNS = (
    Run("keyboard", (1280, 800), "zh", "light", script=True),
    Run("mouse", (640, 450), "en", "dark", script=True),  # 1280 x 900 at 200 %
    Run("keyboard", (390, 844), "en", "dark", script=False),
    Run("mouse", (320, 640), "zh", "light", script=False),
    Run("keyboard", (320, 640), "en", "light", script=True),
)
SHORT = (RUNS[0], RUNS[3])
"""The runs of every CI run; all of them are the long form."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    home = tmp_path_factory.mktemp("day") / "home"
    async with pair_at(home) as pair, client(pair.ready) as api:
        yield await set_stage(api, pair)


class Work(NamedTuple):
    """What waits on this day: SeqNos."""

    approved: str
    returned: str
    held: str
    refund: str


async def work_of(stage: Stage) -> Work:
    number, paid = stage.number, stage.known["paid"]
    made = [grt101(f"ZB-D{number()}", number(), ltguaNo=f"LG-D{number()}") for _ in range(3)]
    made.append(grt121(f"TH-D{number()}", number(), gurNo=paid, rtnbkCrdwAmt="1000.00"))
    taken = [str((await stage.api.taken(each))["seq_no"]) for each in made]

    async def wait() -> bool:
        return set(taken) <= set(await listed(stage))

    await eventually(wait, what="the cases wait")
    return Work(*taken)


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(run, id=run.name, marks=[] if run in SHORT else pytest.mark.long)
        for run in RUNS
    ],
)
async def test_a_day_is_worked_with_one_device(run: Run, stage: Stage, chromium: str) -> None:
    work = await work_of(stage)
    width, height = run.size
    async with browser_at(
        chromium,
        stage,
        viewport={"width": width, "height": height},
        color_scheme=run.scheme,
        java_script_enabled=run.script,
    ) as desk:
        hand = Hand(desk, run.device == "keyboard", run.script)
        await desk.go(f"/?lang={run.language}")
        for step in STEPS:
            await step(hand, work)
            await hand.fits()
        await desk.page.screenshot(path=SHOTS / f"day-{run.name}.png")
        assert desk.faults == []
    waits = await listed(stage)
    assert work.approved in waits, "it was taken back"
    assert waits[work.held]["held_reason"]
    assert (await stage.api.until(work.refund, "approved"))["status"] == "approved"
    assert (await stage.api.until(work.returned, "returned"))["status"] == "returned"


async def listed(stage: Stage) -> dict[str, Any]:
    rows = (await stage.api.control("GET", "/worklist?show=all&limit=1000")).json["items"]
    return {row["seq_no"]: row for row in rows}


async def given(hand: Hand, seq_no: str, act: str | None) -> None:
    """Wait until ``act`` is given, to be carried out in some seconds; None: until none is."""

    async def look() -> bool:
        row = (await listed(hand.desk.stage)).get(seq_no, {})
        return bool((row.get("pending") or {}).get("result") == act)

    await eventually(look, what=f"{seq_no}: {act}")


async def opened(hand: Hand, seq_no: str) -> None:
    await hand.press(f"#list tbody tr td a:has-text('{seq_no}')")
    await expect(hand.desk.page.locator("h1 .mono")).to_have_text(seq_no)


async def to_the_list(hand: Hand) -> None:
    await hand.press("nav.walk a")
    await hand.desk.page.wait_for_selector("#list tbody tr")


async def answered(hand: Hand, reason: int) -> None:
    """Takes a ready reason in the question and sends it."""
    await hand.press(f"form.question .offered button >> nth={reason}")
    await expect(hand.desk.page.locator("form.question textarea")).not_to_have_value("")
    await hand.press("form.question .buttons button")
    await hand.desk.page.wait_for_selector(".flash.good")


async def approves_and_takes_back(hand: Hand, work: Work) -> None:
    await opened(hand, work.approved)
    await hand.press("#decide button[value=approve]")
    await hand.desk.page.wait_for_selector(".flash.good form button")
    await given(hand, work.approved, "approve")
    await hand.press(".flash.good form button")
    await given(hand, work.approved, None)
    await expect(hand.desk.page.locator(".flash.good form")).to_have_count(0)


async def returns_with_a_reason(hand: Hand, work: Work) -> None:
    await hand.menu("/")
    await opened(hand, work.returned)
    await hand.press("#decide button[value=return]")
    await answered(hand, 1)
    await given(hand, work.returned, "return")


async def holds_until_a_day(hand: Hand, work: Work) -> None:
    await to_the_list(hand)
    await opened(hand, work.held)
    await hand.press("#decide button[value=hold]")
    day = hand.desk.page.locator("form.question input[type=date]")
    usual = await day.input_value()
    if hand.keyboard:
        await hand.reach(day)
        for _ in range(3):  # Tab comes to the calendar or to the last part of the date
            await hand.desk.page.keyboard.press("ArrowUp")
            if await day.input_value() == usual:
                await hand.desk.page.keyboard.press("Shift+Tab")
        assert await day.input_value() > usual
    await answered(hand, 0)


async def finds_a_levy_and_registers_a_payment(hand: Hand, _: Work) -> None:
    levy, page = hand.desk.stage.known["part"], hand.desk.page
    await hand.write(".find input", levy[:-2])
    await (page.keyboard.press("Enter") if hand.keyboard else hand.press(".find button"))
    await hand.press(f"#of-levy td a:has-text('{levy}')")
    await page.wait_for_url(f"**/levies/{levy}")
    open_ = await page.input_value("#pay [name=amount]")
    await hand.write("#pay [name=amount]", "100.50")
    await hand.write("#pay [name=reference]", f"BANK-D{hand.desk.stage.number()}")
    await hand.press("#pay button")
    await page.wait_for_selector(".flash.good")
    assert await page.input_value("#pay [name=amount]") != open_


async def decides_a_refund(hand: Hand, work: Work) -> None:
    await hand.menu("/")
    await opened(hand, work.refund)
    await hand.press("#decide button[value=approve]")
    await hand.desk.page.wait_for_selector(".flash.good")
    await given(hand, work.refund, "approve")


async def takes_a_list_away(hand: Hand, _: Work) -> None:
    await hand.menu("/levies")
    async with hand.desk.page.expect_download() as file:
        await hand.press(".exports a[href^='/levies.csv']")
    assert (await file.value).suggested_filename.endswith(".csv")


STEPS: tuple[Callable[[Hand, Work], Awaitable[None]], ...] = (
    approves_and_takes_back,
    returns_with_a_reason,
    holds_until_a_day,
    finds_a_levy_and_registers_a_payment,
    decides_a_refund,
    takes_a_list_away,
)
