"""One filing at the portal: what customs says of it, its parts, what is to be paid, and paper."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from fixtures.kit.pair.pair import Pair
from gateway.base.clock.business import MovedClock
from gateway.portal.comparing import changes
from gateway.portal.workdays import days_left
from schemas.times import SHANGHAI
from tests.conftest import BEIJING, Api, eventually
from tests.factories import grt101
from tests.flow.portal.visitor import confirmed, issued, paid, person, with_file


async def test_p9_a_return_shows_what_customs_says_and_the_field_that_it_is_about(
    pair: Pair, api: Api
) -> None:
    await api.approved(grt101("P9-1", 1, ltguaNo="LG-77", gasrAmt="300000"))
    back = await api.taken(grt101("P9-2", 2, ltguaNo="LG-77", gasrAmt="800000"))
    await api.until(back["seq_no"], "returned")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        seen = await visitor.go(f"/portal/declarations/{back['seq_no']}")
        assert seen.values(r'data-field="(\w+)" data-state="error"') == ["ltguaNo"]
        assert "保函 LG-77 已用于" in seen.text
        (href,) = seen.values(r'data-action="refile" href="([^"]+)"')
        form = await visitor.go(href)
        assert 'value="LG-77"' in form.text
        odd = await visitor.go(f"/portal/declarations/{back['seq_no']}", tab="x")
        assert odd.status == 400


async def test_p9_the_parts_of_a_changed_guarantee(pair: Pair, api: Api) -> None:
    made = await with_file(api, "P9-3", 1, b"%PDF-1.7 the letter")
    number, held = made["seq_no"], made["fields"]
    change = await api.taken(
        grt101(
            "P9-C",
            3,
            **held
            | {
                "dclTypecd": "2",
                "chgTmsCnt": "1",
                "etpsPreentNo": "P9-C",
                "gasrAmt": "450000",
                "ltguaValidDate": "2028-11-22 00:00:00",
            },
        )
    )
    await api.until(change["seq_no"], "approved")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        place = f"/portal/declarations/{number}"
        for seq in (number, change["seq_no"]):
            seen = await visitor.go(f"/portal/declarations/{seq}", tab="changes")
            assert seen.values(r'data-changed="(\w+)"') == ["gasrAmt", "ltguaValidDate"], seq
            assert "天" in seen.text
        files = await visitor.go(place, tab="files")
        (href,) = files.values(r'href="(/portal/declarations/\d+/files/[^"]+)"')
        async with visitor.session.get(visitor.url + href) as answer:
            assert await answer.read() == b"%PDF-1.7 the letter"
            assert answer.headers["Content-Disposition"].startswith("attachment")
        xml = await visitor.go(place, tab="xml")
        names = xml.values(r'href="/portal/declarations/\d+\?tab=xml&(?:amp;)?message=([^"]+)"')
        timeline = (await api.get(f"/declarations/{number}/timeline")).json["items"]
        assert set(names) == {step["message_id"] for step in timeline}
        assert "--data-binary @message.xml" in xml.text
        for name in names:
            shown = await visitor.go(place, tab="xml", message=name)
            assert f"/api/v1/messages/{name}/raw" in shown.text
        stranger = await visitor.go(place, tab="xml", message="NOT-OF-THIS-FILING")
        assert stranger.status == 404
        paper = await visitor.go(place, print="1")
        assert 'class="printed"' in paper.text
        assert "<script" not in paper.text
        for part in ("document", "changes", "money", "files", "timeline"):
            assert f'id="{part}"' in paper.text


async def test_p9_a_cash_levy_says_where_to_pay_until_all_is_paid(pair: Pair, api: Api) -> None:
    levy = await issued(api, "120000.50")
    number = await confirmed(api, levy, 1)
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        place = f"/portal/declarations/{number}"
        seen = await visitor.go(place)
        assert seen.values(r'data-pay="([^"]+)"') == [levy]
        assert "壹拾贰万元伍角整" in seen.text
        assert "模拟银行北京分行" in seen.text
        assert int(seen.values(r'data-days="(-?\d+)"')[0]) > 5
        await paid(api, levy, "100000.00", "BANK-1")

        async def told(text: str) -> bool:
            return text in (await visitor.go(place)).text

        await eventually(lambda: told("100,000.00 / 120,000.50"), what="a part payment")
        slip = await visitor.go(f"{place}/slip")
        for text in ("¥ 20,000.50", "贰万元伍角整", levy, number, "模拟银行北京分行"):
            assert text in slip.text, text
        await paid(api, levy, "20000.50", "BANK-2")
        await eventually(lambda: told('<li class="done">\n<strong>✓ 已缴款'), what="all is paid")
        assert "data-pay" not in (await visitor.go(place)).text
        money = await visitor.go(place, tab="money")
        assert money.text.count("缴款</td>") >= 2
        assert "已缴清" in (await visitor.go(f"{place}/slip")).text


async def test_p9_a_levy_that_is_late_says_so_and_may_still_be_paid(pair: Pair, api: Api) -> None:
    levy = await issued(api, "1000.00")
    number = await confirmed(api, levy, 1)
    clock = pair.clock
    assert isinstance(clock, MovedClock)
    clock.advance(60 * 86_400)

    async def late() -> bool:
        return bool((await api.declaration(number))["overdue"])

    await eventually(late, what="customs says that it is late")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        seen = await visitor.go(f"/portal/declarations/{number}")
        assert "逾期, 仍可缴款" in seen.text
        assert int(seen.values(r'data-days="(-?\d+)"')[0]) < 0


async def test_a_filing_that_asks_for_no_cash_has_no_slip(pair: Pair, api: Api) -> None:
    letter = await api.approved(grt101("P9-4", 1, ltguaNo="LG-4"))
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        assert (await visitor.go(f"/portal/declarations/{letter['seq_no']}/slip")).status == 404


@pytest.mark.parametrize(
    ("until", "left"),
    [
        (date(2026, 9, 30), 0),  # today
        (date(2026, 10, 8), 1),  # behind the holidays
        (date(2026, 10, 10), 3),  # a Saturday worked instead
        (date(2026, 9, 29), -1),
        (date(2032, 9, 30), None),  # years that nobody has published
    ],
)
def test_working_days_know_the_holidays_of_china(until: date, left: int | None) -> None:
    now = datetime(2026, 9, 30, 4, tzinfo=UTC)
    found = days_left(now, datetime.combine(until, now.time(), SHANGHAI) + timedelta(hours=1))
    assert found == left or left is None
    assert left is not None or found > 250


def test_a_comparison_names_only_what_an_enterprise_changes() -> None:
    before = {"gasrAmt": "300000", "usedGasrAmt": "0", "ltguaValidDate": "2027-11-22 00:00:00"}
    after = {"gasrAmt": "300000.00", "usedGasrAmt": "9", "ltguaValidDate": "2027-11-25 00:00:00"}
    (only,) = changes(before, after)
    assert (only.name, only.by) == ("ltguaValidDate", "+3 天 / days")
