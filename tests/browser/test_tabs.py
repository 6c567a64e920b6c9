"""Many pages in one browser: one event stream, all of them live, none of them in the way."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Desk
from tests.conftest import eventually
from tests.factories import grt101

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

COUNTING = """
window.streams = 0;
window.EventSource = class extends EventSource {
  constructor(...all) { super(...all); window.streams += 1; }
  close() { if (this.readyState !== 2) window.streams -= 1; super.close(); }
};
"""


async def test_eight_pages_share_one_stream_and_all_are_live(desk: Desk) -> None:
    context, stage = desk.page.context, desk.stage
    await context.add_init_script(COUNTING)
    pages = [desk.page, *[await context.new_page() for _ in range(7)]]
    for page in pages:
        await page.goto(desk.url + "/")
        await page.wait_for_selector("body[data-listening]")

    async def streams() -> int:
        return sum([await page.evaluate("window.streams") for page in pages])

    assert await streams() == 1
    for number in (101, 102):
        filed = await stage.api.taken(
            grt101(f"ZB-TABS-{number}", stage.number(), ltguaNo=f"LG-{number}", gasrAmt="1000")
        )
    for page in pages:
        await page.wait_for_selector(f"#list >> text={filed['seq_no']}")
        assert await page.inner_text("nav.side a[href='/'] .count") == "8"

    waiting = [
        await tick.input_value() for tick in await desk.page.locator("input[name=seq_no]").all()
    ]
    for page, seq_no in zip(pages, waiting, strict=True):
        await page.check(f"input[value='{seq_no}']")
        await page.click("#decide button[value=claim]")
        await page.wait_for_selector("#toasts .flash.good")
    assert await streams() == 1

    holder = [page for page in pages if await page.evaluate("window.streams")]
    await holder[0].close()
    pages.remove(holder[0])

    async def taken_over() -> bool:
        return await streams() == 1

    await eventually(taken_over, what="another page listens")
    more = await stage.api.taken(
        grt101("ZB-TABS-103", stage.number(), ltguaNo="LG-103", gasrAmt="1000")
    )
    for page in pages:
        await page.wait_for_selector(f"#list >> text={more['seq_no']}")


async def test_a_hidden_page_holds_no_stream_and_catches_up_when_it_is_seen(desk: Desk) -> None:
    await desk.page.add_init_script(
        COUNTING
        + """
        let seen = "visible";
        Object.defineProperty(document, "visibilityState", { get: () => seen });
        window.turn = (to) => { seen = to; document.dispatchEvent(new Event("visibilitychange")); };
        """
    )
    for locks in (True, False):
        if not locks:
            await desk.page.add_init_script("delete Navigator.prototype.locks")
        await desk.go("/")
        await desk.listens()
        assert await desk.page.evaluate("['locks' in navigator, window.streams]") == [locks, 1]
        await desk.page.evaluate("window.turn('hidden')")
        assert await desk.page.evaluate("window.streams") == 0
        filed = await desk.stage.api.taken(
            grt101(
                f"ZB-HID-{locks}", desk.stage.number(), ltguaNo=f"LG-{locks:d}10", gasrAmt="1000"
            )
        )
        await desk.page.evaluate("window.turn('visible')")
        await desk.page.wait_for_selector(f"#list >> text={filed['seq_no']}")
