"""A first declaration by keys alone, all of them counted, where the enterprise's record is kept."""

from __future__ import annotations

import pytest

from tests.browser.portal import Portal
from tests.browser.test_portal_form import portal as portal
from tests.factories import grt151

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_p1_8_with_the_defaults_of_the_record_it_takes_fewer_than_40_keys(
    portal: Portal,
) -> None:
    page, api = portal.page, portal.desk.stage.api
    await api.approved(grt151())
    count = 0

    async def keys(*pressed: str) -> None:
        nonlocal count
        count += sum(len(key) - 2 if key.startswith('"') else 1 for key in pressed)
        await portal.press(*pressed)

    await page.wait_for_selector("#menu")
    await keys("Alt+2")
    await portal.reaches("assuredEtpsno")
    await keys("Enter")
    await portal.reaches("masterCuscd")
    await keys("Enter", "Enter")
    await portal.reaches("gasrAmt")
    await keys('"500000"')
    while await portal.at() != "save":
        await keys("Enter")
    await keys("Control+Enter")
    await page.wait_for_selector("dialog.asks[open] >> text=伍拾万元整")
    await keys("Enter")
    await page.wait_for_selector("[data-screen=filing]")
    number = str(await page.get_attribute("[data-screen=filing]", "data-row"))
    filed = await api.until(number, "approved")
    assert filed["fields"]["pmnEtpsBankAcctnum"]
    assert count < 40, count
