"""What a client needs to make a form, at the API: locked elements with their reasons, defaults,
lines of a statement, counts, sums, other orders."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.kit.pair.pair import Pair
from gateway.queries import ordering
from gateway.queries.locking import FORMS, forms
from schemas.xsd import SchemaSet
from tests.conftest import BEIJING, SHANGHAI, Api, eventually
from tests.factories import CASH, account_row, contact_row, grt101, grt121, grt151
from tests.flow.portal.visitor import issued


def reasons(groups: Any, language: str = "zh") -> dict[str, str]:
    return {name: each[f"reason_{language}"] for each in groups for name in each["elements"]}


def test_every_element_of_every_body_is_written_by_the_enterprise_or_locked_with_a_reason() -> None:
    schemas = SchemaSet()
    for form in forms().items:
        named = [*form.open, *(name for each in form.locked for name in each.elements)]
        wanted = [each.name for each in schemas.fields(form.message_type, form.body)]
        assert sorted(named) == sorted(wanted), form.kind
        for each in (*form.locked, *form.beside):
            assert each.reason_zh
            assert each.reason_en
        for each in form.beside:
            assert set(each.elements) <= set(form.open), form.kind


async def test_a_row_says_what_is_locked_and_an_action_why_it_is_closed_in_each_language(
    pair: Pair, api: Api
) -> None:
    cash = await api.approved(grt101("F-CASH", 1, **CASH | {"gasrAmt": "500000"}))
    (closed,) = [each for each in cash["actions"] if not each["enabled"]]
    assert (closed["reason_zh"], closed["reason_en"]) == (
        "总担保为保证金的不能变更",
        "a cash guarantee cannot be changed",
    )
    assert closed["reason"] == f"{closed['reason_zh']} / {closed['reason_en']}"
    assert set(reasons(cash["locked"]).values()) == {"已申报, 不能修改"}
    draft = await api.taken(grt101("F-DRAFT", 2, flag="0", **CASH))
    shut = reasons((await api.declaration(draft["seq_no"]))["locked"])
    assert shut["gasrNo"] == "海关填写"
    assert shut["assuredEtpsNm"] == "按企业编码反填"
    assert shut["ltguaNo"] == "保金不填"
    assert "gasrAmt" not in shut
    offered = (await api.get("/forms")).json
    assert [each["kind"] for each in offered["items"]] == list(FORMS)


async def test_the_defaults_of_an_approved_record_are_told_to_its_owner_only(
    pair: Pair, api: Api
) -> None:
    assert "defaults" not in (await api.get(f"/enterprises/{BEIJING}")).json
    record = grt151(
        "F-REC",
        1,
        contacts=[
            contact_row(dfltMarkcd="0", etpsConcErName="联系人一"),
            contact_row(seqno="2", etpsConcErName="联系人二"),
        ],
        accounts=[account_row()],
    )
    await api.until((await api.taken(record))["seq_no"], "approved")
    own = (await api.get(f"/enterprises/{BEIJING}")).json
    assert own["defaults"] == {
        "etpsConcErName": "联系人二",
        "etpsConcErTelnum": "010-88886666",
        "pmnEtpsno": BEIJING,
        "pmnEtpsNm": "北京某某保税科技有限公司",
        "pmnEtpsSccd": "91110000802100433B",
        "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
        "pmnEtpsBankAcctnum": "0200003409089123456",
    }
    assert "defaults" not in (await api.get(f"/enterprises/{BEIJING}", enterprise=SHANGHAI)).json


async def test_the_lines_of_a_statement_stand_beside_the_own_movements_differences_first(
    pair: Pair, api: Api
) -> None:
    await api.approved(grt101("F-S1", 1, **CASH | {"gasrAmt": "500000"}))
    levy = await issued(api, "1000.00")
    made = await api.control(
        "POST",
        "/statements",
        {
            "enterprise": BEIJING,
            "from": "2026-11-01",
            "to": "2026-11-23",
            "fault": {"kind": "amount", "line": 2, "amount": "5"},
        },
    )
    assert made.status == 201, made.body
    number = made.json["statement_no"]

    async def there() -> Any:
        return (await api.get(f"/statements/{number}")).status == 200

    await eventually(there, what="the statement")
    found = (await api.get(f"/statements/{number}", params={"version": 1})).json
    first, *rest = found["lines"]
    assert first["number"] == levy
    assert "amount" in first["differences"]
    assert {line["event"] for line in rest} == {"11"}
    assert (found["opening"], found["closing"]) == ("0.00", "500000.00")
    assert found["statement"]["statement_no"] == number
    for answer in (
        await api.get(f"/statements/{number}", enterprise=SHANGHAI),
        await api.get("/statements/unknown"),
        await api.get(f"/statements/{number}", params={"version": 9}),
    ):
        assert answer.status == 404


async def test_lists_are_sorted_by_any_element_counted_and_added_up(
    pair: Pair, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, amount in enumerate(("9000", "300000", "20000"), 1):
        await api.approved(grt101(f"F-{number}", number, ltguaNo=f"L{number}", gasrAmt=amount))
    await api.taken(grt101("F-4", 4, flag="0", gasrAmt=""))

    async def order(**query: Any) -> Any:
        rows = (await api.get("/guarantees", params=query)).json
        return [row["enterprise_ref"] for row in rows["items"]], rows["next"]

    assert (await order(sort="gasrAmt"))[0] == ["F-1", "F-3", "F-2", "F-4"]
    assert (await order(sort="-gasrAmt"))[0] == ["F-2", "F-3", "F-1", "F-4"]
    assert (await order(sort="-ltguaNo", status="approved"))[0] == ["F-3", "F-2", "F-1"]
    assert (await order(sort="status"))[0] == ["F-3", "F-2", "F-1", "F-4"]
    first, more = await order(sort="gasrAmt", limit=2)
    rest, end = await order(sort="gasrAmt", limit=2, cursor=more)
    assert (first + rest, end) == (["F-1", "F-3", "F-2", "F-4"], None)
    sums = (await api.get("/guarantees/sums", params={"status": "approved"})).json
    assert (sums["total"], sums["sums"]["gasrAmt"]) == (3, "329000.00")
    assert sums["sums"]["avalGasrAmt"] == "329000.00"
    counted = (await api.get("/declarations/counts")).json
    assert {each["status"]: each["count"] for each in counted["items"] if each["count"]} == {
        "draft": 1,
        "approved": 3,
    }
    wrong = await api.get("/guarantees", params={"sort": "nothing"})
    assert wrong.status == 400
    assert wrong.json["findings"][0]["field"] == "sort"
    monkeypatch.setattr("gateway.queries.declarations.MOST", 3)
    assert ordering.MOST > 3
    assert (await api.get("/guarantees", params={"sort": "gasrAmt"})).status == 400
    assert (await api.get("/guarantees/sums")).json == {"total": 4, "sums": None}


async def test_a_levy_tells_its_latest_application_and_never_one_of_another_enterprise(
    pair: Pair, api: Api
) -> None:
    """A draft may name any number: that of a stranger says nothing to its owner."""
    mine = await api.approved(grt101("F-OWN", 1, ltguaNo="L-OWN"))
    levy = await issued(api, "1000.00")
    for number, about in ((2, mine["business_no"]), (3, levy)):
        stranger = grt121(
            f"F-X{number}",
            number,
            flag="0",
            enterprise=SHANGHAI,
            gurNo=about,
            gurTypecd="1" if number == 2 else "2",
        )
        told = await api.post(stranger, enterprise=SHANGHAI)
        assert told.status in (202, 422), told.body
    assert (await api.declaration(mine["seq_no"]))["refund_status"] is None
    row = (await api.get("/levies", params={"q": levy})).json["items"][0]
    assert row["refund_status"] is None
    own = await api.taken(grt121("F-MINE", 4, flag="0", gurNo=levy, gurTypecd="2"))
    row = (await api.get("/levies", params={"q": levy})).json["items"][0]
    assert (row["refund_status"], row["refund_seq_no"]) == ("draft", own["seq_no"])
