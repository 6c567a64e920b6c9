"""A Chromium of the system, driven by Playwright. Where there is none the tests are skipped; under
``CI=true`` they fail."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.browser.stage import Stage, set_stage
from tests.conftest import client, pair_at

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

PLACES = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
WIDTHS = (320, 390, 640, 1280)
"""Pixels that every page fits: the smallest phone, a phone, a desk at 200 %, a desk."""
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SHOTS = Path(__file__).resolve().parents[2] / "test-output" / "browser"


def program() -> str:
    """Its path; skips the test, or fails it in CI, where there is none."""
    found = next(
        (
            place
            for place in (os.environ.get("EPORT_TEST_CHROMIUM", ""), *PLACES)
            if place and Path(place).exists()
        ),
        None,
    )
    found = found or shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    reason = (
        f"no Chromium at {', '.join(PLACES)} (EPORT_TEST_CHROMIUM); apt-get install chromium"
        " fonts-wqy-zenhei"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(slots=True)
class Desk:
    """A browser at the desk of a stage. ``faults``: what the browser complained about; must stay
    empty."""

    page: playwright.Page
    stage: Stage
    faults: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.stage.pair.ready.control

    async def go(self, path: str) -> None:
        """A page, once it is there and listens for changes."""
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        await self.page.wait_for_selector("main")

    async def listens(self) -> None:
        """Once the page has its first news."""
        await self.page.wait_for_selector("body[data-listening]")

    async def shoot(self, name: str) -> None:
        """The page at both widths, kept as test output; at no width may anything stick out at the
        side."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 800})
            over = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, f"{name} is {over} pixels too wide at {width}"
        for size in (WIDE, NARROW):
            await self.page.set_viewport_size(size)  # type: ignore[arg-type]
            await self.page.screenshot(path=SHOTS / f"{name}-{size['width']}.png", full_page=True)
        await self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Chromium for all tests of a worker: where it listens."""
    profile = tmp_path_factory.mktemp("chromium")
    log = profile / "said"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [
                program(),
                "--headless=new",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile / 'profile'}",
                *QUIET,
            ],
            stdout=said,
            stderr=said,
        )
    try:
        yield listening(process, log)
    finally:
        process.terminate()
        process.wait(30)


def listening(process: subprocess.Popen[bytes], log: Path, within: float = 60) -> str:
    """The address that Chromium says it listens at."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"DevTools listening on (ws://\S+)", log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.01)
    raise AssertionError(f"Chromium does not listen: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture
async def desk(tmp_path: Path, chromium: str) -> AsyncIterator[Desk]:
    """A desk with something to be seen on every page."""
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        stage = await set_stage(api, pair)
        async with browser_at(chromium, stage) as made:
            yield made
        assert made.faults == []


@contextlib.asynccontextmanager
async def browser_at(address: str, stage: Stage, **options: Any) -> AsyncIterator[Desk]:
    """A new, empty context of the browser at ``address``, for as long as the block lasts;
    ``options`` are the context's own."""
    own = {"viewport": WIDE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | options
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.connect_over_cdp(address)
        context = await browser.new_context(**own)
        page = await context.new_page()
        page.set_default_timeout(60_000)
        made = Desk(page, stage)
        page.on("pageerror", lambda error: made.faults.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: (
                made.faults.append(f"console: {said.text}") if said.type == "error" else None
            ),
        )
        page.on("dialog", lambda box: made.faults.append(f"dialog: {box.message}"))
        try:
            yield made
        finally:
            await context.close()
            await browser.close()
