"""The registry of customs over the control API: entered with checks, changed with an audit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.control.control import V1, Api, problem_of

NEW = {
    "code": "4403960ZZZ",
    "name": "深圳某某物流有限公司",
    "credit_code": "91440300MA5F000007",
    "customs": "5301",
}


async def audited(client: Any) -> list[dict[str, Any]]:
    answer = await client.get(V1 + "/audit", params={"q": NEW["code"]})
    found: list[dict[str, Any]] = (await answer.json())["items"]
    return found


async def test_an_enterprise_is_entered_changed_and_barred_each_with_an_audit(api: Api) -> None:
    client, _ = api
    made = await client.post(V1 + "/enterprises", json=NEW)
    assert made.status == 201, await made.text()
    assert (await made.json())["dxp_id"] == "DXPENT4403960ZZZ"
    assert (await client.post(V1 + "/enterprises", json=NEW)).status == 200
    one = V1 + f"/enterprises/{NEW['code']}"
    changed = await client.patch(one, json={"customs": "5300", "barred": True})
    assert changed.status == 200, await changed.text()
    assert (await client.patch(one, json={"customs": "5300"})).status == 200  # nothing changes
    kept = await (await client.get(one)).json()
    assert (kept["customs"], kept["barred"], kept["name"]) == ("5300", True, NEW["name"])
    entries = await audited(client)
    assert [each["action"] for each in entries] == ["change_enterprise", "enterprise"]
    assert entries[0]["before"] == '{"customs":"5301","barred":false}'
    assert entries[0]["after"] == '{"customs":"5300","barred":true}'
    found = await (await client.get(V1 + "/enterprises", params={"q": "物流", "limit": 1})).json()
    assert (found["total"], len(found["items"])) == (2, 1)
    rest = await (
        await client.get(V1 + "/enterprises", params={"q": "物流", "cursor": found["next"]})
    ).json()
    assert [each["code"] for each in rest["items"]] == [NEW["code"]]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("wrong", "status", "codes"),
    [
        ({"code": "440396"}, 422, ["CODE.03"]),
        ({"name": " ", "customs": "9999"}, 422, ["QUERY.01", "CODE.01"]),
        ({"credit_code": "91440300MA5F000008"}, 422, ["CODE.02"]),
        ({"credit_code": "91440300"}, 422, ["QUERY.01"]),
        ({"customs": "0711"}, 422, ["CODE.04"]),
        ({"dxp_id": "dxp"}, 422, ["QUERY.01"]),
        ({"dxp_id": "DXPENT0000000001"}, 409, ["ID.03"]),
        ({"code": "1105910159", "dxp_id": "DXPENT0000000001"}, 409, ["ID.03"]),
    ],
)
async def test_what_is_wrong_is_found_and_nothing_is_entered(
    api: Api, wrong: dict[str, str], status: int, codes: list[str]
) -> None:
    client, _ = api
    before = await (await client.get(V1 + "/enterprises")).json()
    body = await problem_of(await client.post(V1 + "/enterprises", json=NEW | wrong), status)
    assert [each["code"] for each in body["findings"]] == codes
    assert all(each["hint_zh"] and each["hint_en"] for each in body["findings"])
    assert await (await client.get(V1 + "/enterprises")).json() == before


async def test_only_what_is_registered_is_changed(api: Api) -> None:
    client, _ = api
    nobody = V1 + "/enterprises/4403960ZZZ"
    await problem_of(await client.patch(nobody, json={"name": "x"}), 404)
    await problem_of(await client.get(nobody), 404)
    known = V1 + "/enterprises/1105910159"
    await problem_of(await client.patch(known, json={"customs": "9999"}), 422)
    await problem_of(await client.patch(known, json={"dxp_id": "DXPENT0000000002"}), 409)


async def test_a_barred_enterprise_gives_no_letters(api: Api) -> None:
    client, house = api
    from tests.customs_factories import LETTER, declaration

    known = V1 + "/enterprises/1105910159"
    assert (await client.patch(known, json={"barred": True})).status == 200
    await house.gateway.send(declaration(1, LETTER))
    await house.gateway.answered(1)
    case = (await (await client.get(V1 + "/worklist")).json())["items"][0]
    told = await (await client.get(f"{V1}/cases/{case['case_no']}")).text()
    assert "gurModecd" in told
    assert "保证金" in told
