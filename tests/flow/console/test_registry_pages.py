"""The registry at the desk: an enterprise is entered, corrected, barred; and its 关区 is what
a levy goes out under."""

from __future__ import annotations

import re

from tests.flow.console.visitor import OWN, PAGE, V1, Api, audit, post, token

NEW = {
    "code": "4403960zzz",
    "name": "深圳某某物流有限公司",
    "credit_code": "91440300MA5F000007",
    "customs": "5301",
}
CODE = "4403960ZZZ"
LEVY = {"amount": "1000", "biz_type": "2", "biz_no": "C010016A0471", "oriact_no": "C010016A0471"}
SHANGHAI = "3105960AAA"


async def test_an_enterprise_is_entered_corrected_and_barred_at_the_desk(api: Api) -> None:
    client, _ = api
    csrf = await token(client, "/enterprises")
    wrong = await post(
        client,
        "/enterprises",
        csrf=csrf,
        back="/enterprises",
        form="add",
        **NEW | {"customs": "9999"},
    )
    assert wrong.headers["Location"] == "/enterprises#add"
    kept = await (await client.get("/enterprises", headers=PAGE)).text()
    assert "CODE.01" in kept
    assert 'value="深圳某某物流有限公司"' in kept  # what was typed is there again
    made = await post(client, "/enterprises", csrf=csrf, back="/enterprises", form="add", **NEW)
    assert made.headers["Location"] == f"/enterprises/{CODE}"
    page = await (await client.get(f"/enterprises/{CODE}", headers=PAGE)).text()
    for href in (
        f"/levies?enterprise={CODE}",
        f"/guarantees?enterprise={CODE}",
        f"/?enterprise={CODE}",
    ):
        assert f'href="{href}"' in page
    await post(client, f"/enterprises/{CODE}", csrf=csrf, name="新名", form="change")
    asked = await post(client, f"/enterprises/{CODE}/letters", csrf=csrf, barred="1")
    assert "停用" in await asked.text()  # nothing is done before the answer
    assert [each["action"] for each in await audit(client, CODE)] == [
        "change_enterprise",
        "enterprise",
    ]
    await post(client, f"/enterprises/{CODE}/letters", csrf=csrf, barred="1", sure="yes")
    entries = await audit(client, CODE)
    assert (entries[0]["before"], entries[0]["after"]) == ('{"barred":false}', '{"barred":true}')
    listed = await (await client.get("/enterprises?q=新名", headers=PAGE)).text()
    assert "保函停用" in listed
    assert re.search(r'id="total" data-live>1<', listed)


async def test_a_levy_goes_out_under_the_enterprises_own_customs(api: Api) -> None:
    client, _ = api
    page = await (await client.get("/levies", headers=PAGE)).text()
    assert re.findall(r'name="customs" list="districts" value="([^"]*)"', page) == ["", ""]
    csrf = await token(client, "/levies")
    form = {"csrf": csrf, "back": "/levies", "form": "issue", "enterprise": SHANGHAI} | LEVY
    own = await post(client, "/levies", **form, customs="")
    assert own.headers["Location"].startswith("/levies/ZS2200")
    # another office of the same customs is asked about first
    asked = await post(client, "/levies", **form, customs="2201")
    assert asked.status == 200
    assert "上海某某国际物流有限公司" in await asked.text()
    done = await post(client, "/levies", **form, customs="2201", sure="yes")
    assert done.headers["Location"].startswith("/levies/ZS2201")
    # and one of another customs is refused, asked or not
    for sure in ("", "yes"):
        refused = await post(client, "/levies", **form, customs="0100", sure=sure)
        assert refused.headers["Location"] == "/levies#issue"
    step = {"csrf": csrf, "back": "/levies", "enterprise": SHANGHAI, "biz_type": "3"}
    raised = await post(
        client, "/business-events", **step, amount="10", biz_no="E010016A0989", customs=""
    )
    assert raised.headers["Location"].startswith("/levies/ZS2200")


async def test_the_control_api_takes_the_same_default_and_refuses_the_same(api: Api) -> None:
    client, _ = api
    order = LEVY | {"enterprise": SHANGHAI}
    made = await client.post(V1 + "/levies", json=order, headers=OWN)
    assert (await made.json())["levy_no"].startswith("ZS2200")
    refused = await client.post(V1 + "/levies", json=order | {"customs": "0100"}, headers=OWN)
    assert refused.status == 409
    found = (await refused.json(content_type=None))["findings"][0]
    assert (found["field"], found["value"]) == ("customs", "0100")
    assert "2200" in found["hint_en"]
    step = {"enterprise": SHANGHAI, "biz_type": "3", "basis_amount": "10", "biz_no": "E010016A0989"}
    raised = await client.post(V1 + "/business-events", json=step, headers=OWN)
    assert (await raised.json())["levies"][0]["levy_no"].startswith("ZS2200")
