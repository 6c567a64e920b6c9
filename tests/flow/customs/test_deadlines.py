"""The guarantee business at the customs side, through the node: what time does."""

from __future__ import annotations

from tests.customs_factories import IN_CASH, LETTER
from tests.flow.customs.business import DAY, Customs, levy_of


async def test_an_unpaid_deadline_is_told_once_and_late_money_is_still_taken(
    customs: Customs,
) -> None:
    body = await customs.levy("100.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    customs.house.clock.advance(15 * DAY)
    [told] = await customs.gateway.more(1)
    levy = told.body("GrtDpstLevyBlBsc")
    assert (told.type, levy["levyBlStucd"], levy["lastUpdateTime"]) == (
        "GRT302",
        "1",
        "2026-12-08 12:00:00",
    )
    assert levy["dpstPmnDeadline"] == "2026-12-08 12:00:00"
    assert await customs.house.rows("SELECT overdue FROM c_levies") == [(1,)]
    customs.house.clock.advance(15 * DAY)
    await customs.pay(body["dpstLevyBlNo"], "100.00")
    [paid] = await customs.gateway.more(1)
    assert levy_of(paid)[4] == "2"


async def test_a_letter_runs_out_at_the_end_of_its_last_day_and_can_be_extended(
    customs: Customs,
) -> None:
    _, approved = await customs.file(
        "GRT101", LETTER | {"ltguaValidDate": "2026-11-30 00:00:00"}, 2
    )
    number = approved["gasrNo"]
    customs.house.clock.advance(7 * DAY + 12 * 3600 - 1)
    await customs.house.has_rows("SELECT status FROM c_guarantees", [("1",)])
    customs.house.clock.advance(1)
    [told] = await customs.gateway.more(1)
    assert (told.type, told["gurStucd"], told["lastUpdateTime"]) == (
        "GRT302",
        "2",
        "2026-12-01 00:00:00",
    )
    secured = IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": number}
    _, refused = await customs.file("GRT111", await customs.levy("1.00") | secured, 2)
    assert refused.notes[0].startswith(f"总担保 {number} 无效或不属于本企业")
    _, extended = await customs.file(
        "GRT101", LETTER | {"dclTypecd": "2", "chgTmsCnt": "1", "gasrNo": number}, 2
    )
    assert (extended.result, extended["gurStucd"], extended.body("GrtGasrLevyBsc")["version"]) == (
        "1",
        "1",
        "3",
    )
