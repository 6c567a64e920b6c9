"""The control API: what is documented is what is served."""

from __future__ import annotations

from typing import Any

import pytest

from customs_sim.cli.app import CALLS
from customs_sim.control.http import PREFIX
from tests.customs_factories import seq_of
from tests.flow.console.visitor import AWAY, V1, Api, filed


async def test_every_call_has_its_row_and_every_row_its_call(api: Api) -> None:
    client, _ = api
    served = {
        (route.method, route.resource.canonical.removeprefix(PREFIX))
        for route in client.server.app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(PREFIX)
        and route.method != "HEAD"
    }
    assert served - {("GET", "/openapi.json")} == {(call.method, call.path) for call in CALLS}
    assert all(call.zh and call.en and call.tag for call in CALLS)


CONTRACT: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    ("GET", "/worklist"): (set(), set()),
    ("POST", "/decisions"): ({"items"}, set()),
    ("POST", "/levies"): ({"enterprise", "amount", "biz_type", "biz_no", "oriact_no"}, {"customs"}),
    ("POST", "/levies/{no}/reissue"): ({"amount"}, set()),
    ("DELETE", "/levies/{no}"): (set(), set()),
    ("POST", "/business-events"): (
        {"biz_type", "biz_no", "enterprise", "basis_amount"},
        {"customs"},
    ),
    ("POST", "/guarantee-requests"): ({"enterprise"}, {"gasr_no", "amount", "valid_until"}),
    ("POST", "/enterprises"): ({"code", "name", "credit_code", "customs"}, {"dxp_id"}),
    ("PATCH", "/enterprises/{code}"): (set(), {"name", "credit_code", "customs", "barred"}),
    ("POST", "/payments"): ({"amount", "paid_at"}, {"levy_no", "reference"}),
    ("POST", "/statements"): ({"enterprise", "from", "to"}, set()),
    ("GET", "/ledger"): (set(), set()),
    ("GET", "/messages"): (set(), set()),
    ("GET", "/parked"): (set(), set()),
    ("PUT", "/profile"): ({"profile"}, set()),
    ("PUT", "/scenario"): (set(), set()),
    ("PUT", "/faults"): (set(), set()),
    ("POST", "/clock"): (set(), {"freeze", "advance", "speed"}),
    ("POST", "/hold"): (set(), set()),
    ("POST", "/release"): (set(), set()),
    ("POST", "/reset"): (set(), set()),
    ("POST", "/expectations"): ({"status", "within"}, {"receipts", "seq_no"}),
}
"""``docs/contract.md`` 4: every call with the members that its body must and may have."""


@pytest.mark.parametrize("call", CONTRACT, ids=" ".join)
@pytest.mark.slow
async def test_every_call_of_the_contract_is_served_with_its_members(
    api: Api, call: tuple[str, str]
) -> None:
    client, _ = api
    method, path = call
    must, may = CONTRACT[call]
    document = await (await client.get(V1 + "/openapi.json")).json()
    served = document["paths"][PREFIX + path][method.lower()]
    shape: dict[str, Any] = {}
    if "requestBody" in served:
        content = served["requestBody"]["content"]["application/json"]["schema"]
        shape = (
            document["components"]["schemas"][content["$ref"].rpartition("/")[2]]
            if "$ref" in content
            else content
        )
    assert set(shape.get("required", ())) == must
    assert must | may <= set(shape.get("properties", ())), shape
    told = {p["name"] for p in served.get("parameters", ())}
    assert {"/ledger": {"no"}, "/messages": {"q"}}.get(path, set()) <= told


async def test_the_words_of_a_decision_are_those_of_the_contract(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    for word in ("hold", "review", "reconfirm", "reject_type", "close", "return", "approve"):
        answer = await client.post(
            V1 + "/decisions", json={"items": [{"seq_no": seq_of(1), "result": word, "notes": []}]}
        )
        item = (await answer.json())["items"][0]
        assert item["code"] == answer.status in ((404,) if word == "close" else (200, 409)), (
            word,
            item,
        )  # no register yet to be closed
        assert item["seq_no"] == seq_of(1)


async def test_the_documentation_is_served_without_a_key(api: Api) -> None:
    client, _ = api
    document = await (await client.get(V1 + "/openapi.json", headers=AWAY)).json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {PREFIX + call.path for call in CALLS}
    assert document["components"]["schemas"]["Decisions"]["required"] == ["items"]
    page = await (await client.get("/control/docs", headers=AWAY)).text()
    assert "/control/v1/decisions" in page
