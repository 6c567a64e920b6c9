"""Make the pictures of the README from the running product: ``python -m docs.pictures [FOLDER]``.

A pair on a fixed day with a seed, three declarations; a Chromium of the system draws
its pages in each language. Without a folder the pictures of ``docs/pictures`` are made anew.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, async_playwright

from docs.house import ROOT
from fixtures.corpus import files
from fixtures.kit.pair.pair import SEEDED, running
from fixtures.kit.pair.up_process import Ready
from gateway.base.clock.business import MovedClock
from gateway.base.settings import Settings
from gateway.cli.client import connected
from gateway.store.demo import DEMO

FOLDER = ROOT / "docs" / "pictures"
PROGRAM = "/usr/bin/chromium"
SIZE = {"width": 1280, "height": 760}
SAMPLES = ("valid_cash_counter.xml", "valid_cash_electronic.xml", "valid_letter.xml")
FILLED = {
    "gasrAmt": "500000",
    "pmnEtpsOpaccBankNm": "中国工商银行北京分行",
    "pmnEtpsBankAcctnum": "0200001",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One page to draw. ``fill``: what is typed into its fields first, by element."""

    name: str
    portal: bool
    path: str
    fill: tuple[tuple[str, str], ...] = ()


PICTURES = (
    Picture(
        name="portal-form", portal=True, path="/portal/guarantees/new", fill=tuple(FILLED.items())
    ),
    Picture(name="portal-list", portal=True, path="/portal/guarantees"),
    Picture(name="desk-triage", portal=False, path="/triage"),
    Picture(name="desk-today", portal=False, path="/today"),
)
LANGUAGES = ("zh", "en")


def names() -> list[str]:
    """Return the files that the script makes."""
    return [named(each, language) for each in PICTURES for language in LANGUAGES]


def named(picture: Picture, language: str) -> str:
    """Return the file of a picture, called as a page in that language is."""
    return f"{picture.name}{'' if language == 'en' else '.zh-CN'}.png"


async def draw(folder: Path, program: str = PROGRAM) -> None:
    """Draw every picture into ``folder``, which is there."""
    with tempfile.TemporaryDirectory(prefix="eport-pictures-") as home:
        settings = Settings.model_construct(
            home=Path(home), port=0, control_port=0, profile="manual", seed=1
        )
        clock = MovedClock(SEEDED, frozen=True)
        async with running(settings, clock=clock) as pair, async_playwright() as driver:
            await _file(pair.ready)
            browser = await driver.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-gpu"]
            )
            for language in LANGUAGES:
                await _draw(browser, pair.ready, language, folder)
            await browser.close()


async def _file(ready: Ready) -> None:
    """Declare the samples, and wait until customs has them."""
    async with connected(ready.gateway, ready.keys[DEMO[0].code]) as client:
        for file in files("GRT101"):
            if file.name in SAMPLES:
                await client.post("/messages", file.read_bytes())
        for _ in range(600):
            items = (await client.get("/declarations")).json["items"]
            if all(each["status"] in ("received", "review") for each in items):
                return
            await asyncio.sleep(0.05)
    raise AssertionError([each["status"] for each in items])


async def _draw(browser: Browser, ready: Ready, language: str, folder: Path) -> None:
    context: BrowserContext = await browser.new_context(
        viewport=SIZE,  # type: ignore[arg-type]
        locale="zh-CN" if language == "zh" else "en-US",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(f"{ready.gateway}/portal/login?lang={language}")
    await page.fill("input[name=key]", ready.keys[DEMO[0].code])
    await page.click("form[data-screen=login] button.primary")
    await page.wait_for_selector("[data-screen=home]")
    for each in PICTURES:
        origin = ready.gateway if each.portal else ready.control
        await page.goto(f"{origin}{each.path}?lang={language}")
        for name, value in each.fill:
            await page.fill(f"[data-field={name}] [name={name}]", value)
        await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
        await page.wait_for_timeout(300)  # what is drawn by script has come to rest
        await page.screenshot(path=folder / named(each, language))
    await context.close()


def main(arguments: list[str]) -> Any:
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(draw(Path(arguments[0]) if arguments else FOLDER))


if __name__ == "__main__":
    main(sys.argv[1:])
