"""Who gets into the portal, and that nothing of another enterprise is ever seen there."""

from __future__ import annotations

import functools
import re

import pytest

from fixtures.kit.pair.pair import Pair
from gateway.portal.app import Portal
from gateway.store.keys import add_key
from handlers import queried
from tests.conftest import BEIJING, SHANGHAI, Api
from tests.factories import grt101
from tests.flow.portal.test_portal_statements import statement
from tests.flow.portal.visitor import Seen, confirmed, issued, person, with_file

QUERIES = tuple(
    f"/{listing.name}{form}" for _, listing in queried() for form in ("", ".csv", ".xlsx")
)


async def test_p0_1_a_wrong_key_is_said_and_the_page_stays(pair: Pair) -> None:
    async with person(pair.ready) as visitor:
        for key in ("nobody's", pair.ready.operator_key):  # an operator acts for no enterprise
            seen = await visitor.log_in(key)
            assert (seen.status, seen.path) == (401, "/portal/login")
            assert "密钥不正确" in seen.text


async def test_a_page_asks_for_the_key_and_leads_back(pair: Pair) -> None:
    async with person(pair.ready) as visitor:
        seen = await visitor.go("/portal/levies", status="pending")
        assert seen.path.startswith("/portal/login?next=")
        sent = await visitor.send(
            "/portal/login",
            csrf=seen.csrf,
            key=pair.ready.keys[BEIJING],
            next=seen.values(r'name="next" value="([^"]+)"')[0],
        )
        assert sent.path == "/portal/levies?status=pending"


@pytest.mark.parametrize(
    "to", ["//elsewhere.example", "https://elsewhere.example", "/docs", "/\\x"]
)
@pytest.mark.slow
async def test_a_log_in_never_leads_out_of_the_portal(pair: Pair, to: str) -> None:
    async with person(pair.ready) as visitor:
        page = await visitor.go("/portal/login")
        sent = await visitor.send(
            "/portal/login", csrf=page.csrf, key=pair.ready.keys[BEIJING], next=to
        )
        assert sent.path == "/portal"


async def test_after_the_log_out_the_old_cookie_opens_nothing(pair: Pair) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal")
        old = {c.key: c.value for c in visitor.session.cookie_jar}
        await visitor.send("/portal/logout", csrf=page.csrf)
        visitor.session.cookie_jar.clear()
        visitor.session.cookie_jar.update_cookies(old)
        assert (await visitor.go("/portal")).path.startswith("/portal/login")


async def test_a_form_of_another_page_does_nothing(pair: Pair) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        seen = await visitor.send("/portal/logout", csrf="0" * 64)
        assert seen.status == 403
        assert (await visitor.go("/portal")).status == 200


async def test_p0_2_the_other_enterprise_of_a_key_changes_lists_and_counts(
    pair: Pair, api: Api
) -> None:
    await api.approved(grt101("P-BJ", 1, ltguaNo="L-BJ"))
    await pair.gateway.store.write(
        functools.partial(
            add_key, key="both", operator="both", name="both", enterprises=(BEIJING, SHANGHAI), at=0
        )
    )
    async with person(pair.ready, "both") as visitor:
        seen = await visitor.go("/portal/guarantees")
        assert len(seen.rows) == 1
        other = await visitor.send(
            "/portal/enterprise", csrf=seen.csrf, enterprise=SHANGHAI, back="/portal/guarantees"
        )
        assert (other.path, other.rows) == ("/portal/guarantees", [])
        stranger = await visitor.send("/portal/enterprise", csrf=seen.csrf, enterprise="4403960BBB")
        assert stranger.status == 404


async def test_p0_3_a_foreign_number_is_not_there_by_any_address(pair: Pair, api: Api) -> None:
    """Made from the table of pages: a page without a row here fails."""
    mine = await api.approved(grt101("P-OWN", 1, ltguaNo="L-OWN"))
    draft = await api.taken(grt101("P-OWN-2", 2, flag="0", ltguaNo="L-OWN"))
    levy = await issued(api, "1000.00")
    cash = await issued(api, "2000.00")
    slip = await confirmed(api, cash, 3)
    filed = await with_file(api, "P-FILE", 4)
    account = await statement(api)
    timeline = (await api.get(f"/declarations/{mine['seq_no']}/timeline")).json["items"]
    number, message, register = mine["seq_no"], timeline[0]["message_id"], mine["business_no"]
    rows = {
        **dict.fromkeys(
            ("", "/receipts", "/statements", "/guarantees/new", "/codes/{name}", "/info", *QUERIES),
            ("", "", ""),
        ),
        "/declarations/{seq_no}": ("{seq_no}", number, ""),
        "/declarations/{seq_no}/edit": ("{seq_no}", draft["seq_no"], ""),
        "/declarations/{seq_no}/delete": ("{seq_no}", draft["seq_no"], ""),
        "/declarations/{seq_no}/slip": ("{seq_no}", slip, ""),
        "/declarations/{seq_no}/files/{uuid}": ("{seq_no}", filed["seq_no"], ""),
        "/statements/{statement_no}": ("{statement_no}", account["statement_no"], ""),
        "/messages/{message_id}": ("{message_id}", message, ""),
        "/messages/{message_id}/raw": ("{message_id}", message, ""),
        "/levies/{of}/confirm": ("{of}", levy, ""),
        "/guarantees/change": ("", register, "?of="),
        "/refunds/new": ("", register, "?of="),
        "/refunds/carry": ("", levy, "?of="),
    }
    async with (
        person(pair.ready, pair.ready.keys[SHANGHAI]) as stranger,
        person(pair.ready, pair.ready.keys[BEIJING]) as owner,
    ):
        for page in Portal(pair.gateway).pages:
            if page.method != "GET" or page.open or page.path == "/events":
                continue
            place, value, asks = rows[page.path]
            path = "/portal" + (page.path.replace(place, value) if place else page.path)
            path = path.replace("{uuid}", "file-2").replace("{name}", "customs")
            path += asks + value if asks else ""
            seen = await stranger.go(path)
            assert (await owner.go(path)).status == 200, path
            told = seen.text.replace(value, "") if value else seen.text
            for secret in (number, draft["seq_no"], "P-OWN", levy, register, slip, cash, "P-FILE"):
                assert secret not in told, path
            assert seen.status == (404 if value else 200), path
            if value:
                unknown = "7" * len(value)
                other = await stranger.go(path.replace(value, unknown))
                assert _plain(other, unknown) == _plain(seen, value), path


def _plain(seen: Seen, number: str) -> str:
    """A page without the number that was asked for, and without the time."""
    return re.sub(r'\d\d:\d\d:\d\d|data-clock="\d+"', "", seen.text.replace(number, "N"))


async def test_every_answer_has_the_headers_that_protect_it(pair: Pair) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        for path in ("/portal", "/portal/login", "/portal/nothing", "/portal/levies.csv"):
            async with visitor.session.get(visitor.url + path) as answer:
                assert answer.headers["X-Content-Type-Options"] == "nosniff", path
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
                assert answer.headers["Cache-Control"] == "no-store", path


async def test_the_stream_tells_the_number_of_the_newest_receipt_and_nothing_of_others(
    pair: Pair, api: Api
) -> None:
    async with (
        person(pair.ready, pair.ready.keys[BEIJING]) as mine,
        person(pair.ready, pair.ready.keys[SHANGHAI]) as stranger,
        mine.session.get(f"{mine.url}/portal/events?enterprise={BEIJING}") as own,
        stranger.session.get(f"{stranger.url}/portal/events") as other,
    ):
        assert await own.content.readline() == b'data: {"receipt":0}\n'
        assert await other.content.readline() == b'data: {"receipt":0}\n'
        await own.content.readline()
        await api.approved(grt101("P-LIVE", 1, ltguaNo="L-LIVE"))
        heard = b""
        while b'{"receipt":2}' not in heard:
            heard = await own.content.readline()
        await other.content.readline()
        assert not other.content._buffer
        foreign = await stranger.go("/portal/events", enterprise=BEIJING)
        assert foreign.status == 404


async def test_a_form_that_only_asks_does_nothing(pair: Pair, api: Api) -> None:
    """Script asks for the question first. Made from the table of pages."""
    draft = await api.taken(grt101("P-ASK", 1, flag="0", ltguaNo="L-ASK"))
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        token = (await visitor.go("/portal")).csrf
        before = (await api.get("/guarantees")).json
        for page in Portal(pair.gateway).pages:
            if page.method == "POST":
                path = page.path.replace("{seq_no}", draft["seq_no"]).replace("{of}", "X")
                async with visitor.session.post(
                    visitor.url + "/portal" + path,
                    data={"csrf": token, "act": "save", "key": "x", "enterprise": BEIJING},
                    headers={"X-Live": "ask"},
                ) as answer:
                    assert answer.status in (204, 404), page.path
        assert (await api.get("/guarantees")).json == before
        assert (await visitor.go("/portal")).path == "/portal"
