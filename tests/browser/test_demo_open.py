"""``eport demo --open`` as somebody tries it who knows nothing yet: two pages open, a first
declaration goes from the portal over the desk to its approval, and the terminal says what comes
next."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def says(process: Process, text: str) -> str:
    """Read its lines until one holds ``text``, and return that."""
    assert process.stdout
    async with asyncio.timeout(60):
        while line := (await process.stdout.readline()).decode():
            if text in line:
                return line
    raise AssertionError(f"it never said {text!r}")


async def test_a_first_declaration_with_the_terminal_beside_it(
    tmp_path: Path, chromium: str
) -> None:
    opened = tmp_path / "opened"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli", "demo", "--open"),
        env=os.environ | {"BROWSER": f"sh -c 'echo \"$0\" >>{opened}' %s"},
        stdout=PIPE,
    )
    try:
        await says(process, "Ctrl-C")
        portal, desk = opened.read_text().split()
        async with async_playwright() as driver:
            browser = await driver.chromium.connect_over_cdp(chromium)
            left, right = await browser.new_page(locale="zh-CN"), await browser.new_page()
            left.set_default_timeout(15_000)
            right.set_default_timeout(15_000)
            await left.goto(portal)
            assert "key" not in await left.evaluate("location.href.replace(/^.*portal/, '')")
            await left.click("form[data-screen=login] button.primary")
            await left.click("nav a[href$='/guarantees/new']")
            for name, value in (
                ("gasrAmt", "500000"),
                ("pmnEtpsOpaccBankNm", "中国工商银行北京分行"),
                ("pmnEtpsBankAcctnum", "0200001"),
            ):
                await left.fill(f"[data-field={name}] [name={name}]", value)
            await left.click("[data-action=declare]")
            await left.click("[data-screen=declare] [data-action=declare]")
            await says(process, "按 a 通过")
            await right.goto(desk)
            await right.click("#list tbody tr .row-acts button[value^=approve]")
            assert "ZB" in await says(process, "approved")
            await left.wait_for_selector("#state >> text=审批通过")
            await browser.close()
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_goes_alone() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli", "demo", "--open", "--all"), stderr=PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert "--open" in said.decode()
