"""The portal's record, statements, receipts and filings in a browser: accessible, and within the
width of a phone. One pair, one browser, many checks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.conftest import NARROW, WIDE, Desk, browser_at
from tests.browser.stage import set_stage
from tests.browser.test_axe import violations
from tests.conftest import BEIJING, client, pair_at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SHOT = ("info", "pay", "slip", "returned", "statement", "receipts")
"""What is looked at in both widths and languages; the others share its parts."""


@contextlib.asynccontextmanager
async def portal(home: Path, chromium: str) -> AsyncIterator[Desk]:
    """A browser that is logged in at the portal of a stage."""
    async with pair_at(home) as pair, client(pair.ready) as api:
        stage = await set_stage(api, pair)
        async with browser_at(chromium, stage) as made:
            page, url = made.page, pair.ready.gateway
            await page.goto(f"{url}/portal/login")
            await page.fill("input[name=key]", pair.ready.keys[BEIJING])
            await page.press("input[name=key]", "Enter")
            await page.wait_for_selector("[data-screen=home]")
            yield made
        assert made.faults == []


async def test_p6_p7_p8_p9_pages_fit_and_break_no_rule_of_accessibility(
    tmp_path: Path, chromium: str
) -> None:
    async with portal(tmp_path / "home", chromium) as made:
        page, known, url = made.page, made.stage.known, made.stage.pair.ready.gateway
        api = made.stage.api
        (part,) = (await api.get("/levies", params={"q": known["part"]})).json["items"]
        (back,) = (await api.get("/refunds?status=returned")).json["items"]
        (told,) = (await api.get("/statements")).json["items"]
        places = {
            "receipts": "/receipts",
            "statements": "/statements",
            "statement": f"/statements/{told['statement_no']}",
            "info": "/info",
            "filing": f"/declarations/{known['letter_seq']}",
            "pay": f"/declarations/{part['seq_no']}",
            "slip": f"/declarations/{part['seq_no']}/slip",
            "paper": f"/declarations/{part['seq_no']}?print=1",
            "returned": f"/declarations/{back['seq_no']}",
            "money": f"/declarations/{part['seq_no']}?tab=money",
            "changes": f"/declarations/{known['change_seq']}?tab=changes",
            "files": f"/declarations/{known['file_seq']}?tab=files",
            "timeline": f"/declarations/{known['file_seq']}?tab=timeline",
            "xml": f"/declarations/{known['file_seq']}?tab=xml",
        }
        found: dict[str, list[tuple[str, str]]] = {}
        for language, size in (("zh", WIDE), ("en", NARROW)):
            await page.goto(f"{url}/portal?lang={language}")
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            for name, place in places.items():
                if size is NARROW and name not in SHOT:
                    continue
                await page.goto(f"{url}/portal{place}")
                if name == "info":
                    for table in ("contacts", "payers", "accounts"):
                        await page.click(f"[value=add-{table}]")
                        await page.wait_for_selector(f"[data-table={table}] [data-at]")
                    await page.fill("input[name='accounts.0.pmnEtpsBankAcctnum']", "12")
                    await page.keyboard.press("Tab")
                    assert await page.is_visible(".at-once b >> text=M151.03")
                if wrong := await violations(made):
                    found[f"{name} {language}"] = wrong
                if size is WIDE and name in SHOT:
                    await made.shoot(f"portal-{name}")
        assert found == {}
