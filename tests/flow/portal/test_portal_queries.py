"""The three query screens, one filing, receipts: what the API says, to a person."""

from __future__ import annotations

import csv
import io

from fixtures.kit.pair.pair import Pair
from tests.conftest import BEIJING, Api
from tests.factories import CASH, grt101, grt121
from tests.flow.manual.world import TEN
from tests.flow.portal.visitor import person


async def stage(api: Api) -> dict[str, str]:
    """A guarantee by letter and one in cash, a draft, a refund that customs returns."""
    letter = await api.approved(grt101("P-LETTER", 1, ltguaNo="L-1", gasrAmt="300000"))
    cash = await api.approved(grt101("P-CASH", 2, **CASH | {"gasrAmt": "500000"}))
    draft = await api.taken(grt101("P-DRAFT", 3, flag="0", ltguaNo="L-2"))
    back = await api.taken(
        grt121("P-BACK", 4, gurNo=cash["business_no"], gurTypecd="1", rtnbkCrdwAmt="900000")
    )
    await api.until(back["seq_no"], "returned")
    return {
        "letter": letter["seq_no"],
        "cash": cash["seq_no"],
        "draft": draft["seq_no"],
        "back": back["seq_no"],
    }


async def test_p5_1_to_p5_4_words_filters_counts_and_tables_agree_with_the_api(
    pair: Pair, api: Api
) -> None:
    known = await stage(api)
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        for name in ("levies", "guarantees", "refunds"):
            seen = await visitor.go(f"/portal/{name}")
            assert seen.values(r'data-status="\w+"[^>]*>([^\s<]+)') == list(TEN), name
        for query in (
            {},
            {"mode": "1"},
            {"mode": "2"},
            {"status": "draft"},
            {"mode": "2", "status": "审批通过"},
            {"customs": "0100", "from": "2026-11-23", "to": "2026-11-23"},
            {"q": "L-"},
            {"q": "P-CA"},
        ):
            seen = await visitor.go("/portal/guarantees", **query)
            said = (await api.get("/guarantees", params=query)).json
            assert seen.rows == [row["seq_no"] for row in said["items"]], query
            assert seen.values(r'id="total"[^>]*>(\d+)') == [str(said["total"])], query
            counted = (await api.get("/guarantees/counts", params=query)).json
            shown = seen.values(r'data-status="\w+"[^>]*>[^<]*<span>(\d+)')
            assert [int(n) for n in shown] == [
                counted["total"],
                *(each["count"] for each in counted["items"]),
            ], query
        assert (await visitor.go("/portal/guarantees", status="draft")).rows == [known["draft"]]
        async with visitor.session.get(visitor.url + "/portal/guarantees.csv?mode=2") as answer:
            body = await answer.read()
        assert body.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
        assert [row[0] for row in rows[1:]] == [known["draft"], known["letter"]]


async def test_p5_3_an_empty_list_says_when_there_would_be_something(pair: Pair) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        seen = await visitor.go("/portal/guarantees", status="pending")
        assert "只在海关要求设立或变更总担保时出现" in seen.text


async def test_a_wrong_filter_keeps_the_screen_and_says_what_is_wrong(pair: Pair) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        seen = await visitor.go("/portal/levies", status="foo", q="ZS0100")
        assert seen.status == 400
        assert 'data-code="QUERY.01"' in seen.text
        assert 'value="ZS0100"' in seen.text


async def test_p9_a_filing_shows_its_way_what_customs_says_and_every_message(
    pair: Pair, api: Api
) -> None:
    known = await stage(api)
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        seen = await visitor.go(f"/portal/declarations/{known['back']}")
        assert seen.values(r'<li class="(\w+)"') == ["done", "done", "done", "failed"]
        assert "可退 500000.00 元" in seen.text
        timeline = (await api.get(f"/declarations/{known['back']}/timeline")).json["items"]
        for step in timeline:
            message = await visitor.go(f"/portal/messages/{step['message_id']}")
            assert message.status == 200
            assert known["back"] in message.text
        good = await visitor.go(f"/portal/declarations/{known['letter']}", lang="en")
        assert good.values(r'<li class="(\w+)"') == ["done"] * 4
        assert "✓ approved" in good.text


async def test_the_front_page_counts_what_waits_for_the_enterprise(pair: Pair, api: Api) -> None:
    await stage(api)
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        seen = await visitor.go("/portal")
        assert seen.values(r'href="(/portal/\w+\?status=\w+)"') == [
            "/portal/guarantees?status=draft",
            "/portal/refunds?status=returned",
        ]
        assert len(seen.rows) == 6  # receipts
