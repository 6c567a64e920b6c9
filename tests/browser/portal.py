"""A person at the portal in a browser: the same pair as a desk's, the other side of it."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import Desk
from tests.conftest import BEIJING


class Portal:
    """A browser at the portal."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.page = desk, desk.page
        self.ready = desk.stage.pair.ready
        self.url = self.ready.gateway + "/portal"

    async def log_in(self, key: str = "") -> None:
        await self.page.goto(self.url + "/login")
        await self.page.fill("input[name=key]", key or self.ready.keys[BEIJING])
        await self.page.click("form[data-screen=login] button")
        await self.page.wait_for_selector("[data-screen=home]")

    async def go(self, path: str) -> None:
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)

    async def press(self, *keys: str) -> None:
        """Keys one after the other: text in quotes is typed, all else is a name of a key."""
        for key in keys:
            if key.startswith('"'):
                await self.page.keyboard.type(key[1:-1])
            else:
                await self.page.keyboard.press(key)

    def field(self, name: str) -> Any:
        return self.page.locator(f'.entry [data-field="{name}"]')

    async def value(self, name: str) -> str:
        """What the form would send of a field."""
        place = self.field(name).locator(":is(input, select, textarea)[name]")
        return str(await place.evaluate("(place) => place.value"))

    async def state(self, name: str) -> str:
        return str(await self.field(name).get_attribute("data-state"))

    async def becomes(self, name: str, state: str) -> None:
        await self.page.wait_for_selector(f'.entry [data-field="{name}"][data-state="{state}"]')

    async def at(self) -> str:
        """The field that has the focus; else the action of the button that has it."""
        return str(
            await self.page.evaluate(
                "document.activeElement.closest('.field-in')?.dataset.field"
                " ?? document.activeElement.dataset.action ?? ''"
            )
        )

    async def reaches(self, name: str) -> None:
        await self.page.wait_for_function(
            "(name) => document.activeElement.closest('.field-in')?.dataset.field === name",
            arg=name,
        )
