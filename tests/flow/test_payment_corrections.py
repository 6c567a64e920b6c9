"""Corrections of the cash book: money on the wrong levy is taken off again, and goes to the right
one or back to its payer (``docs/rules.md`` Y302.07)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar

from fixtures.kit.cli.reconcile import differences
from tests.conftest import BEIJING, MORNING, client, pair_at, settings_of
from tests.factories import grt121
from tests.flow.world import World


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        yield World(api)


async def levy(w: World, amount: str) -> str:
    no = await w.new_levy(amount)
    await w.api.approved(await w.confirmation(no))
    return no


async def post(w: World, path: str, **body: Any) -> Any:
    return await w.api.control("POST", path, body)


async def paid(w: World, amount: str, reference: str, levy_no: str = "") -> str:
    named = {"levy_no": levy_no} if levy_no else {}
    done = await post(
        w, "/payments", amount=amount, reference=reference, paid_at=MORNING.isoformat(), **named
    )
    assert done.status in (200, 201), done.body
    return str(done.json["payment_no"])


async def payment(w: World, no: str) -> Any:
    items = (await w.api.control("GET", "/payments")).json["items"]
    return next(item for item in items if item["payment_no"] == no)


async def test_money_on_the_wrong_levy_is_taken_off_and_put_on_the_right_one(w: World) -> None:
    wrong, right = await levy(w, "700.00"), await levy(w, "500.00")
    no = await paid(w, "880.00", "B-1", wrong)
    await w.levy_until(wrong, payment="2")

    done = await post(w, f"/payments/{no}/reverse", reason="登记到了别的征收单")

    assert done.status == 200, done.body
    assert done.json == {
        "payment_no": no,
        "levy_no": wrong,
        "amount": "700.00",
        "suspense": "880.00",
        "payment": "1",
    }
    owed = await w.levy_until(wrong, payment="1")
    assert owed["fields"]["actlvyAmt"] in ("0", "0.00")
    assert owed["fields"]["dpstPmnChkinTime"] == ""
    assert await w.ledger("suspense") == "880.00"
    assert await w.ledger("bank") == "880.00"
    await paid(w, "500.00", "B-1", right)
    await w.levy_until(right, payment="2")
    assert (await payment(w, no))["suspense"] == "380.00"
    back = await post(w, f"/payments/{no}/send-back", reason="多缴")
    assert back.status == 200, back.body
    assert back.json["amount"] == "380.00"
    assert (await w.ledger("bank"), await w.ledger("suspense")) == ("500.00", "0.00")
    audit = (await w.api.control("GET", "/audit")).json["items"]
    assert {"reverse", "send_back"} <= {entry["action"] for entry in audit}


async def test_a_payment_of_several_levies_is_reversed_one_by_one(w: World) -> None:
    first, second = await levy(w, "300.00"), await levy(w, "400.00")
    no = await paid(w, "700.00", "B-2")
    for number, amount in ((first, "300.00"), (second, "400.00")):
        await paid(w, amount, "B-2", number)

    unclear = await post(w, f"/payments/{no}/reverse", reason="错")
    assert unclear.status == 409
    assert all(number in unclear.body.decode() for number in (first, second))
    other = await post(w, f"/payments/{no}/reverse", reason="错", levy_no="ZS0100202600099")
    assert other.status == 409
    done = await post(w, f"/payments/{no}/reverse", reason="错", levy_no=second)
    assert (done.status, done.json["amount"], done.json["suspense"]) == (200, "400.00", "400.00")
    await w.levy_until(second, payment="1")
    assert (await w.levy(first))["payment"] == "2"
    last = await post(w, f"/payments/{no}/reverse", reason="错")
    assert (last.status, last.json["levy_no"]) == (200, first)


async def test_what_was_refunded_since_stays(w: World) -> None:
    no = await levy(w, "600.00")
    number = await paid(w, "600.00", "B-3", no)
    await w.levy_until(no, payment="2")
    await w.api.approved(grt121("R-1", next(w.numbers), gurNo=no, rtnbkCrdwAmt="100.00"))

    refused = await post(w, f"/payments/{number}/reverse", reason="错")

    assert refused.status == 409
    assert "500.00" in refused.body.decode()
    assert (await w.ledger("custody:" + no, no)) == "500.00"


@pytest.mark.parametrize("act", ["reverse", "send-back"])
async def test_what_cannot_be_corrected_is_refused_with_a_reason(w: World, act: str) -> None:
    no = await levy(w, "600.00")
    number = await paid(w, "600.00", "B-4", no)
    unknown = await post(w, f"/payments/JK9999999999/{act}", reason="错")
    assert unknown.status == 404
    for reason in ("", "  ", "a\nb", "长" * 1001):
        assert (await post(w, f"/payments/{number}/{act}", reason=reason)).status == 400
    if act == "reverse":
        assert (await post(w, f"/payments/{number}/reverse", reason="错")).status == 200
    refused = await post(w, f"/payments/{number}/{act}", reason="错")
    assert refused.status == 409


@pytest.mark.slow
async def test_the_books_agree_after_every_correction(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        w = World(api)
        wrong = await levy(w, "700.00")
        no = await paid(w, "880.00", "B-5", wrong)
        assert (await post(w, f"/payments/{no}/reverse", reason="错")).status == 200
        assert (await post(w, f"/payments/{no}/send-back", reason="退")).status == 200
        await w.levy_until(wrong, payment="1")

    assert await asyncio.to_thread(differences, settings_of(tmp_path / "home")) == []


class Desk:
    """The pages of the desk, as a browser without script sees them."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> str:
        return await (await self._session.get(path, headers={"Accept": "text/html"})).text()

    async def post(self, path: str, **form: str) -> str:
        token = re.search(r'name="csrf" value="(\w+)"', await self.get("/payments"))
        assert token
        data = {"csrf": token[1]} | form
        answer = await self._session.post(path, data=data, headers={"Accept": "text/html"})
        return await answer.text()


@asynccontextmanager
async def desk_of(w: World) -> AsyncIterator[Desk]:
    async with ClientSession(w.api.ready.control, cookie_jar=CookieJar(unsafe=True)) as session:
        yield Desk(session)


async def test_the_desk_asks_whose_levy_and_how_much_before_money_is_matched(w: World) -> None:
    """Nothing is chosen beforehand, the likeliest levy comes first, and a reason is wanted before
    a payment is taken off again."""
    other, fitting = await levy(w, "71739.73"), await levy(w, "88000.00")
    no = await paid(w, "88000.00", "B-6")
    async with desk_of(w) as desk:
        page = await desk.get("/payments")
        (select,) = re.findall(r"<select name=\"levy_no\" required>.*?</select>", page, re.DOTALL)
        assert re.findall(r'option value="([^"]*)"', select) == ["", fitting, other]
        assert "selected" not in select
        page = await desk.post(
            "/payments", match="yes", reference="B-6", levy_no=other, amount="88,000.00"
        )
        assert "核销 71,739.73 元, 余 16,260.27 元留暂存" in page
        assert BEIJING in page
        assert (await payment(w, no))["matched"] == "0.00"
        page = await desk.post(
            "/payments", match="yes", reference="B-6", levy_no=other, amount="88,000.00", sure="yes"
        )
        assert f"{no}: 核销 71739.73 元, 暂存 16260.27 元" in page
        page = await desk.post(f"/payments/{no}/reverse", back="/payments")
        assert "<textarea" in page
        page = await desk.post(f"/payments/{no}/reverse", back="/payments", sure="yes", reason="错")
        assert f"已从 {other} 冲正 71,739.73 元" in page
    await w.levy_until(other, payment="1")
