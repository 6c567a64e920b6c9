"""回执 at the portal without script."""

from __future__ import annotations

from fixtures.kit.pair.pair import Pair
from tests.conftest import BEIJING, Api, eventually
from tests.factories import grt101
from tests.flow.portal.test_portal_forms import filled
from tests.flow.portal.visitor import person


async def test_p8_the_feed_marks_what_is_new_and_is_narrowed_by_type_and_result(
    pair: Pair, api: Api
) -> None:
    good = await api.approved(grt101("R-1", 1, ltguaNo="L-R"))
    back = await api.taken(grt101("R-2", 2, ltguaNo="L-R"))
    await api.until(back["seq_no"], "returned")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/receipts")
        assert page.rows == ["4", "3", "2", "1"]
        assert page.text.count("data-unread") == 4
        assert "保函 L-R 已用于" in page.text
        read = await visitor.send(
            "/portal/receipts/read",
            csrf=page.csrf,
            up_to=page.values(r'name="up_to" value="(\d+)"')[0],
        )
        assert read.text.count("data-unread") == 0
        assert (await api.get("/receipts?limit=1")).json["total"] == 4  # the program's own mark
        for query, rows in (
            ({"type": "GRT201"}, ["4", "2"]),
            ({"type": "GRT201", "result": "3"}, ["4"]),
            ({"result": "1"}, ["3", "2", "1"]),
            ({"type": "GRT999"}, []),
        ):
            assert (await visitor.go("/portal/receipts", **query)).rows == rows, query
        assert (await visitor.go("/portal/receipts", result="x")).status == 400
        number = good["seq_no"]
        place = f"/portal/declarations/{number}?tab=timeline"
        filing = await visitor.go(place)
        form = filled(filing, etpsPreentNo=number, back=place)
        first = await visitor.send("/portal/receipts/resend", **form)
        assert first.path == place
        assert "已向海关申请补发" in first.text
        again = await visitor.send("/portal/receipts/resend", **form)  # a double click
        assert "已向海关申请补发" in again.text

        async def come() -> bool:
            return (await visitor.go("/portal/receipts")).text.count(">补发</span>") >= 2

        await eventually(come, what="the receipts, again")
        seen = await visitor.go("/portal/receipts")
        assert seen.text.count(">补发</span>") == 2
        assert seen.text.count("data-unread") == 2
        empty = await visitor.send("/portal/receipts/resend", **filled(seen))
        assert empty.status == 422
        assert "H141.01" in empty.text
        by_number = filled(seen, businessId=good["business_no"])
        assert (
            "已向海关申请补发" in (await visitor.send("/portal/receipts/resend", **by_number)).text
        )
