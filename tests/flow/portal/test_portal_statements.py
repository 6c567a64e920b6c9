"""财务对账 at the portal without script."""

from __future__ import annotations

from typing import Any

from fixtures.kit.pair.pair import Pair
from tests.conftest import BEIJING, SHANGHAI, Api, eventually
from tests.factories import CASH, grt101
from tests.flow.portal.test_portal_forms import filled
from tests.flow.portal.visitor import Person, Seen, confirmed, issued, paid, person


async def statement(api: Api, fault: str = "") -> Any:
    """The next version of a statement, with what customs' fault makes wrong of it."""
    order = {"enterprise": BEIJING, "from": "2026-11-23", "to": "2026-11-23", "fault": fault}
    made = await api.control("POST", "/statements", order)
    assert made.status == 201, made.body

    async def look() -> Any:
        items = (await api.get("/statements")).json["items"]
        return next((each for each in items if each["version"] == made.json["version"]), None)

    return await eventually(look, what="the statement")


async def moved(api: Api) -> None:
    """A guarantee and a paid levy: lines for a statement."""
    await api.approved(grt101("S-1", 1, **CASH | {"gasrAmt": "500000"}))
    levy = await issued(api, "1000.00")
    number = await confirmed(api, levy, 2)
    await paid(api, levy, "1000.00", "BANK-S")

    async def done() -> bool:
        return bool((await api.declaration(number))["completed"])

    await eventually(done, what="the payment is known")


async def press(visitor: Person, page: Seen, act: str, **changes: str) -> Seen:
    return await visitor.send(page.path, **filled(page, act=act, **changes))


async def test_p7_a_right_statement_has_ticks_and_is_agreed_at_once(pair: Pair, api: Api) -> None:
    await moved(api)
    told = await statement(api)
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        listed = await visitor.go("/portal/statements")
        assert int(listed.values(r'data-days="(-?\d+)"')[0]) > 0
        (href,) = listed.values(r'href="(/portal/statements/[^"]+)"')
        page = await visitor.go(href.partition("?")[0])
        assert set(page.values(r'data-holds="(\w+)"')) == {"yes"}
        assert page.values(r'data-line="([^"]+)"')
        assert not page.values(r'data-differs="([^"]+)"')
        agreed = await press(visitor, page, "agree")
        assert "申报成功" in agreed.text
        (answer,) = agreed.values(r'data-answer="(\d+)"')
        done = await api.until(answer, "approved")
        assert done["fields"]["reconRsltcd"] == "1"
        again = await press(visitor, page, "agree")  # the back button, and once more
        assert again.values(r'data-answer="(\d+)"') == [answer]
        assert 'data-action="agree"' not in (await visitor.go(page.path)).text
    assert (await api.get("/statements")).json["items"][0]["answered"]
    assert told["agrees"]


async def test_p7_differences_come_first_are_asked_about_and_filed_with_both_amounts(
    pair: Pair, api: Api
) -> None:
    await moved(api)
    first = await statement(api)
    told = await statement(api, "amount:3:50")
    wrong = next(each["mvmt_no"] for each in told["differences"] if each["kind"] == "amount")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        old = await visitor.go(f"/portal/statements/{first['statement_no']}", version="1")
        assert "海关已下发新的版本" in old.text
        assert 'data-action="agree"' not in old.text
        page = await visitor.go(f"/portal/statements/{told['statement_no']}")
        assert page.values(r'data-line="([^"]+)"')[0] == wrong
        assert page.values(r'data-sum="(\w+)" data-holds="no"') == ["incrAmt", "decrAmt"]
        asked = await press(visitor, page, "agree")
        assert 'data-screen="agree"' in asked.text
        assert not (await visitor.go(page.path)).values(r'data-answer="(\d+)"')
        other = next(n for n in page.values(r'data-line="([^"]+)"') if n != wrong)
        page = await press(visitor, page, f"dispute-{other}")
        page = await press(visitor, page, "add")
        rows = page.values(r'<tr data-diff="(\d+)"')
        at = rows[-1]
        bad = await press(visitor, page, "differ", **{f"diff.{at}.etpsAmt": "x"})
        assert bad.status in (400, 422)
        assert f'id="diff-{at}-etpsAmt"' in bad.text
        assert bad.values(rf'id="diff-{at}-etpsAmt"[^>]* data-code="([^"]+)"')
        sent = await press(
            visitor,
            bad,
            "differ",
            **{f"diff.{at}.etpsAmt": "1,234.50", f"diff.{at}.diffRsnDesc": "银行已付, 对账单没有"},
        )
        assert "申报成功" in sent.text
        (answer,) = sent.values(r'data-answer="(\d+)"')
        found = await api.until(answer, "approved")
        assert found["fields"]["reconRsltcd"] == "2"
        assert found["fields"]["diffQty"] == str(len(rows))
        raw = (await api.get(f"/messages/{found['message_id']}/raw")).body.decode()
        assert f"<mvmtNo>{wrong}</mvmtNo><missMarkcd>0</missMarkcd>" in raw
        assert "<missMarkcd>1</missMarkcd><stmtAmt>0.00</stmtAmt><etpsAmt>1234.50</etpsAmt>" in raw


async def test_p7_agreed_all_the_same_and_what_the_statement_lacks(pair: Pair, api: Api) -> None:
    await moved(api)
    lacking = await statement(api, "drop:3")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go(f"/portal/statements/{lacking['statement_no']}")
        (gone,) = page.values(r'data-line="([^"]+)" class="differs" data-differs="missing_there"')
        assert page.values(r'name="diff\.\d+\.mvmtNo" value="([^"]+)"').count(gone) == 1
        asked = await press(visitor, page, "agree")
        sent = await visitor.send(page.path, **filled(asked))
        (answer,) = sent.values(r'data-answer="(\d+)"')
        assert (await api.until(answer, "approved"))["fields"]["reconRsltcd"] == "1"
    async with person(pair.ready, pair.ready.keys[SHANGHAI]) as stranger:
        seen = await stranger.go(f"/portal/statements/{lacking['statement_no']}")
        assert seen.status == 404
