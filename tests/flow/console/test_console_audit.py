"""The console over HTTP: the audit of every act."""

from __future__ import annotations

from tests.customs_factories import seq_of
from tests.flow.console.visitor import KEY, OWN, V1, Api, audit, filed, key_of, post, token


async def test_every_act_leaves_who_when_what_before_and_after(api: Api) -> None:
    client, house = api
    await filed(house, 1, 2)
    officer = await key_of(client, "officer")
    await client.post(
        V1 + "/decisions",
        headers=officer,
        json={
            "items": [
                {"seq_no": seq_of(1), "result": "review"},
                {"seq_no": seq_of(1), "result": "approve"},
                {"seq_no": "7", "result": "approve"},
            ]
        },
    )
    await client.put(V1 + "/profile", json={"profile": "instant"}, headers=OWN)
    await client.put(V1 + "/profile", json={"profile": "realistic"}, headers=officer)
    found = await audit(client)
    assert [
        (e["operator"], e["role"], e["action"], e["target"], e["outcome"]) for e in reversed(found)
    ] == [
        ("本机 local", "tester", "operator", found[-1]["target"], "done"),
        ("the officer", "officer", "review", seq_of(1), "done"),
        ("the officer", "officer", "approve", seq_of(1), "done"),
        ("the officer", "officer", "approve", "7", "404"),
        ("operator", "tester", "put_profile", None, "done"),
        ("the officer", "officer", "put_profile", None, "AUTH.03"),
    ]
    assert found[3]["before"] == '{"status":"review"}'
    assert '"status":"approved","business_no":"ZB0100202600001"' in found[3]["after"]
    assert (found[1]["before"], found[1]["after"]) == (
        '{"profile":"manual"}',
        '{"profile":"instant"}',
    )
    assert found[0]["at"] == "2026-11-23T12:00:00+08:00"
    assert [e["id"] for e in await audit(client, seq_of(1))] == [found[3]["id"], found[4]["id"]]


async def test_the_audit_is_written_with_the_act_or_not_at_all(api: Api) -> None:
    client, house = api
    answer = await client.post(
        V1 + "/levies",
        json={
            "enterprise": "1105910159",
            "customs": "0100",
            "amount": "10",
            "biz_type": "2",
            "biz_no": "X",
            "oriact_no": "C010016A0471",
        },
    )
    number = (await answer.json())["levy_no"]
    await client.delete(f"{V1}/levies/{number}")
    await client.delete(f"{V1}/levies/{number}")
    assert [(e["action"], e["target"], e["outcome"]) for e in await audit(client)] == [
        ("delete_levies_no", number, "P301.07"),
        ("take_back", number, "done"),
        ("levy", number, "done"),
    ]
    house.store.write_here(lambda c: c.exec_driver_sql("DROP TABLE c_audit"))
    answer = await client.post(
        V1 + "/levies",
        json={
            "enterprise": "1105910159",
            "customs": "0100",
            "amount": "10",
            "biz_type": "2",
            "biz_no": "X",
            "oriact_no": "C010016A0471",
        },
    )
    assert answer.status >= 400
    assert await house.rows("SELECT count(*) FROM c_levies") == [(1,)]


async def test_a_fresh_start_keeps_the_keys_and_the_audit(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    officer = await key_of(client, "officer")
    await post(client, "/login", csrf=await token(client, "/login"), key=KEY)
    answer = await post(client, "/reset", csrf=await token(client), sure="yes")
    assert answer.headers["Location"] == "/"
    assert await house.rows("SELECT count(*) FROM c_cases") == [(0,)]
    assert (await client.get(V1 + "/worklist", headers=officer)).status == 200
    assert [(e["action"], e["operator"]) for e in await audit(client)] == [
        ("post_reset", "operator"),
        ("login", "operator"),
        ("operator", "本机 local"),
    ]
