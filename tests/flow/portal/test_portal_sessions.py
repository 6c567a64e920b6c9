"""Log-ins at the portal without script: how often somebody may be wrong, and that a form outlives
the session that it was opened in."""

from __future__ import annotations

from sqlalchemy import delete

from fixtures.kit.pair.pair import Pair
from gateway.store.tables import sessions
from tests.conftest import BEIJING, Api
from tests.flow.portal.test_portal_forms import filled
from tests.flow.portal.visitor import person


async def test_wrong_keys_are_counted_for_each_address_and_each_key(pair: Pair) -> None:
    async with person(pair.ready) as visitor:
        seen = [(await visitor.log_in("ek_guess-" + str(n))).status for n in range(6)]
        assert seen == [401] * 5 + [429]
        page = await visitor.go("/portal/login")
        form = {"csrf": page.csrf, "key": "ek_guess-7"}
        async with visitor.session.post(visitor.url + "/portal/login", data=form) as answer:
            assert 1 <= int(answer.headers["Retry-After"]) <= 61
            assert "尝试太多" in await answer.text()
        assert (await visitor.log_in(pair.ready.keys[BEIJING])).status == 200, "another key may"
        for n in range(15):
            await visitor.log_in(f"{n:08d}")
        assert (await visitor.log_in("once more")).status == 429, "but not for ever from one place"


async def test_p0_4_a_form_sent_after_the_session_ended_comes_back_after_the_log_in(
    pair: Pair, api: Api
) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        form = filled(page, act="declare", gasrAmt="123456", rmk="<备注>")
        await pair.gateway.store.write(lambda c: c.execute(delete(sessions)))
        asked = await visitor.send(page.path, **form)
        assert (asked.status, 'value="&lt;备注&gt;"' in asked.text) == (401, True)
        wrong = await visitor.send("/portal/login", **filled(asked, key="no such key"))
        assert wrong.status == 401
        entered = await visitor.send("/portal/login", **filled(wrong, key=pair.ready.keys[BEIJING]))
        assert 'data-screen="kept"' in entered.text
        again = await visitor.send(page.path, **filled(entered, act="back"))
        assert again.values(r'name="gasrAmt" value="([^"]*)"') == ["123456"]
        assert (await api.get("/guarantees")).json["total"] == 0
        forged = await visitor.send(page.path, **form | {"csrf": "0" * 64})
        assert forged.status == 403


async def test_a_form_of_another_site_is_not_kept(pair: Pair) -> None:
    async with person(pair.ready) as visitor:
        seen = await visitor.send("/portal/guarantees/new", csrf="0" * 64, gasrAmt="987654")
        assert seen.path.startswith("/portal/login")
        assert "987654" not in seen.text
