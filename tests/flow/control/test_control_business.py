"""The control API of customs over real HTTP: what customs starts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.customs_factories import CASH, declaration, seq_of
from tests.flow.control.control import LEVY_ORDER, V1, Api, problem_of


async def test_a_levy_is_issued_changed_and_taken_back(api: Api) -> None:
    client, house = api
    response = await client.post(V1 + "/levies", json=LEVY_ORDER)
    assert response.status == 201
    levy = await response.json()
    assert levy == {
        "levy_no": "ZS0100202600001",
        "amount": "120000.50",
        "change_no": 0,
        "version": 1,
    }
    again = await (
        await client.post(V1 + "/levies/ZS0100202600001/reissue", json={"amount": 130000.5})
    ).json()
    assert again == {
        "levy_no": "ZS0100202600001",
        "amount": "130000.50",
        "change_no": 1,
        "version": 2,
    }
    gone = await client.delete(V1 + "/levies/ZS0100202600001")
    assert (gone.status, (await gone.json())["version"]) == (200, 3)
    assert [a.type for a in await house.gateway.answered(3)] == ["GRT301", "GRT301", "GRT302"]
    await problem_of(await client.delete(V1 + "/levies/ZS0100202600001"), 409)
    body = await problem_of(await client.delete(V1 + "/levies/ZS0100202699999"), 404)
    assert body["findings"][0]["code"] == "ID.02"


@pytest.mark.parametrize(
    ("path", "changes", "code", "field"),
    [
        ("/levies", {"amount": "0"}, "P301.01", "amount"),
        ("/levies", {"enterprise": "1105919999"}, "P301.01", "enterprise"),
        ("/levies", {"customs": "0199"}, "P301.01", "customs"),
        ("/levies", {"biz_type": "9"}, "P301.01", "biz_type"),
        ("/levies", {"oriact_no": "C"}, "P301.01", "oriact_no"),
    ],
)
async def test_what_a_rule_forbids_is_a_409_with_rule_and_field(
    api: Api, path: str, changes: dict[str, str], code: str, field: str
) -> None:
    client, _ = api
    body = await problem_of(await client.post(V1 + path, json=LEVY_ORDER | changes), 409)
    assert (body["findings"][0]["code"], body["findings"][0]["field"]) == (code, field)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/levies", LEVY_ORDER | {"biz_no": "x" * 65}),
        ("/levies", LEVY_ORDER | {"oriact_valid_until": "2026-13-01"}),
        ("/levies", LEVY_ORDER | {"colour": "red"}),
        ("/payments", {"amount": "1", "paid_at": "2026-11-23T12:00:00", "reference": "B"}),
        ("/payments", {"amount": "1", "paid_at": "yesterday", "reference": "B"}),
        ("/statements", {"enterprise": "1105910159", "from": "", "to": "2026-11-23"}),
        ("/guarantee-requests", {"enterprise": "1105910159", "valid_until": "soon"}),
        ("/refunds", {"gur_no": "X", "amount": "1", "reason": ""}),
        ("/levies/X/reissue", {}),
    ],
)
async def test_a_request_that_cannot_be_read_is_a_400(
    api: Api, path: str, content: dict[str, Any]
) -> None:
    client, _ = api
    await problem_of(await client.post(V1 + path, json=content), 400)


async def test_a_business_step_answers_the_levies_it_raised(api: Api) -> None:
    client, house = api
    event = {
        "biz_type": "3",
        "biz_no": "E010016A0989",
        "enterprise": "1105910159",
        "customs": "0100",
        "basis_amount": "30000.75",
    }
    response = await client.post(V1 + "/business-events", json=event)
    assert await response.json() == {
        "levies": [
            {"levy_no": "ZS0100202600001", "amount": "30000.75", "change_no": 0, "version": 1}
        ]
    }
    assert await (
        await client.post(V1 + "/business-events", json=event | {"biz_type": "5"})
    ).json() == {"levies": []}
    [asked] = await house.gateway.answered(1)
    assert asked["oriactNo"] == "E010016A0989"


async def test_money_statements_and_the_ledger_are_told_in_strings(api: Api) -> None:
    client, house = api
    paid = {"amount": "70.00", "paid_at": "2026-11-23T12:00:00+08:00", "reference": "B-1"}
    response = await client.post(V1 + "/payments", json=paid)
    assert (response.status, await response.json()) == (
        201,
        {
            "payment_no": "JK0000000001",
            "levy_no": None,
            "matched": "0.00",
            "suspense": "70.00",
            "payment": None,
            "duplicate": False,
        },
    )
    repeat = await client.post(V1 + "/payments", json=paid)
    assert (repeat.status, (await repeat.json())["duplicate"]) == (200, True)
    await client.put(V1 + "/profile", json={"profile": "instant"})
    await house.gateway.send(declaration(1, CASH))
    number = (await house.gateway.answered(2))[1]["gasrNo"]
    whole = await (await client.get(V1 + "/ledger")).json()
    assert whole == {
        "no": None,
        "accounts": {"bank": "500070.00", "letters": "0.00", "suspense": "70.00"},
        "entries": [],
    }
    one = await (await client.get(V1 + "/ledger", params={"no": number})).json()
    assert one["accounts"] == {
        f"avail:{number}": "500000.00",
        f"custody:{number}": "500000.00",
        f"limit:{number}": "500000.00",
    }
    assert [(e["debit"], e["credit"], e["amount"]) for e in one["entries"]] == [
        ("bank", f"custody:{number}", "500000.00"),
        (f"limit:{number}", f"avail:{number}", "500000.00"),
    ]
    await problem_of(await client.get(V1 + "/ledger", params={"no": "ZB0100202699999"}), 404)
    day = {"enterprise": "1105910159", "from": "2026-11-23", "to": "2026-11-23"}
    made = await (await client.post(V1 + "/statements", json=day)).json()
    assert (
        made["statement_no"],
        made["version"],
        made["opening"],
        made["closing"],
        made["lines"],
    ) == ("DZ0100202600001", 1, "0.00", "500000.00", 1)
    assert (await (await client.post(V1 + "/statements", json=day)).json())["version"] == 2
    await problem_of(await client.post(V1 + "/statements", json=day | {"from": "2026-11-20"}), 409)
    refund = {"gur_no": number, "amount": "100", "reason": "核销"}
    assert await (await client.post(V1 + "/refunds", json=refund)).json() == {
        "refund_no": "TH0100202600001"
    }
    body = await problem_of(
        await client.post(V1 + "/refunds", json=refund | {"amount": "1000000"}), 409
    )
    assert body["findings"][0]["code"] == "R121.10"
    response = await client.post(
        V1 + "/guarantee-requests", json={"enterprise": "1105910159", "amount": "800000"}
    )
    assert response.status == 201
    body = await problem_of(
        await client.post(
            V1 + "/guarantee-requests", json={"enterprise": "1105910159", "gasr_no": number}
        ),
        409,
    )
    assert body["findings"][0]["code"] == "C101.02"


async def test_a_register_is_closed_by_its_seq_no_or_number(api: Api) -> None:
    client, house = api
    await client.put(V1 + "/profile", json={"profile": "instant"})
    await house.gateway.send(declaration(1), declaration(2))
    number = (await house.gateway.answered(4))[3]["gasrNo"]
    response = await client.post(
        V1 + "/decisions",
        json={
            "items": [
                {"seq_no": seq_of(1), "result": "close"},
                {"seq_no": number, "result": "close"},
                {"seq_no": number, "result": "close"},
            ]
        },
    )
    assert [
        (item["code"], item["case_no"] is None) for item in (await response.json())["items"]
    ] == [(200, False), (200, True), (409, True)]
    assert [a["gurStucd"] for a in (await house.gateway.answered(6))[4:]] == ["3", "3"]
