"""A person at the portal without script: pages, and forms as a browser sends them."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from fixtures.kit.pair.pair import Ready
from tests.conftest import BEIJING, Api, eventually
from tests.factories import attachment, grt101, grt111, grt111_fields, pocketed


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it came, after all redirects."""

    status: int
    path: str
    text: str

    def values(self, pattern: str) -> list[str]:
        return [html.unescape(found) for found in re.findall(pattern, self.text)]

    @property
    def rows(self) -> list[str]:
        """The numbers of the rows of a list."""
        return self.values(r'<tr data-row="([^"]+)"')

    @property
    def csrf(self) -> str:
        return self.values(r'name="csrf" value="(\w+)"')[0]


@dataclass(slots=True)
class Person:
    """A browser at the portal."""

    session: aiohttp.ClientSession
    url: str

    async def go(self, path: str, **query: str) -> Seen:
        async with self.session.get(self.url + path, params=query) as answer:
            return Seen(answer.status, answer.url.path_qs, await answer.text(errors="replace"))

    async def send(self, path: str, **form: Any) -> Seen:
        async with self.session.post(self.url + path, data=form) as answer:
            return Seen(answer.status, answer.url.path_qs, await answer.text(errors="replace"))

    async def log_in(self, key: str) -> Seen:
        page = await self.go("/portal/login")
        return await self.send("/portal/login", csrf=page.csrf, key=key)


@contextlib.asynccontextmanager
async def person(ready: Ready, key: str = "") -> AsyncIterator[Person]:
    """A new browser; logged in where a key is given."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        made = Person(session, ready.gateway)
        if key:
            assert (await made.log_in(key)).status == 200
        yield made


async def issued(api: Api, amount: str) -> str:
    """A levy that customs issued and the enterprise has; its number."""
    made = await api.control(
        "POST",
        "/levies",
        {
            "enterprise": BEIJING,
            "customs": "0100",
            "amount": amount,
            "biz_type": "2",
            "biz_no": "C010016A0471",
            "oriact_no": "C010016A0471",
        },
    )
    assert made.status == 201, made.body
    number = str(made.json["levy_no"])

    async def there() -> Any:
        return (await api.get("/levies", params={"q": number})).json["total"]

    await eventually(there, what=f"levy {number}")
    return number


async def confirmed(api: Api, levy: str, number: int, **changes: str) -> str:
    """The confirmation of a levy, in cash unless ``changes`` say otherwise; its SeqNo."""
    (row,) = (await api.get("/levies", params={"q": levy})).json["items"]
    own = {
        name: value
        for name, value in grt111_fields().items()
        if name.startswith(("pmn", "etpsConc")) or name == "paymnModecd"
    }
    chosen = {"gurTypecd": "2", "gurModecd": "1", "gasrNo": "", "ltguaNo": "", "ltguaValidDate": ""}
    taken = await api.taken(grt111(number, **row["fields"] | own | chosen | changes))
    return str((await api.until(taken["seq_no"], "approved"))["seq_no"])


async def with_file(api: Api, reference: str, number: int, content: bytes = b"%PDF-1.7") -> Any:
    """A guarantee by letter that was filed with the letter."""
    first = grt101(reference, number, ltguaNo=f"L-{reference}")
    taken = await api.taken(pocketed(first, reference, 2, 1))
    await api.taken(attachment(content, reference, 2, 2, number + 1))
    return await api.until(taken["seq_no"], "approved")


async def paid(api: Api, levy: str, amount: str, reference: str) -> None:
    """A payment that customs registers."""
    order = {
        "levy_no": levy,
        "amount": amount,
        "paid_at": "2026-11-23T09:00:00+08:00",
        "reference": reference,
    }
    made = await api.control("POST", "/payments", order)
    assert made.status == 201, made.body
