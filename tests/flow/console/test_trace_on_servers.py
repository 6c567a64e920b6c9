"""What the desk says of deliveries, near misses, causes, statements and receipts, on PostgreSQL."""

from __future__ import annotations

from customs_sim.cases.settings import CustomsSettings
from gateway.base.message import Message
from tests.conftest import Stores, on
from tests.customs_factories import LETTER, House, declaration, seq_of
from tests.flow.console.visitor import PAGE, V1, client_of

E1 = "1105910159"


@on("server")
async def test_the_traces_of_the_desk_are_read_on_postgresql_too(stores: Stores) -> None:
    house = House(stores.url("desk"), settings=CustomsSettings(profile="manual"))
    async with house, client_of(house) as client:
        rules = [
            {"fault": fault, "match": {"type": kind}}
            for fault, kind in (("delay", "GRT200"), ("drop", "GRT301"))
        ]
        assert (await client.put(V1 + "/faults", json={"rules": rules})).status == 200
        await house.gateway.send(declaration(1, LETTER))
        await house.gateway.answered(1)
        await house.node.on_batch([Message(id="BAD-1", body=b"junk", headers={})])
        (cause,) = (await (await client.get(V1 + "/parked/causes")).json())["items"]
        day = {"enterprise": E1, "from": "2026-11-01", "to": "2026-11-23"}
        made = await (await client.post(V1 + "/statements", json=day)).json()
        since = {"enterprise": E1, "since": "2026-11-23T00:00:00+08:00"}
        assert (await client.post(V1 + "/resends", json=since)).status == 201
        for path in (
            "/cases/1",
            "/messages",
            "/messages/2",
            "/scenarios",
            "/parked",
            "/parked/bin",
        ):
            answer = await client.get(path, headers=PAGE)
            assert answer.status == 200, (path, await answer.text())
        page = await client.get(f"/statements/{made['statement_no']}", headers=PAGE)
        assert page.status == 200, await page.text()
        found = (await (await client.get(V1 + "/faults")).json())["rules"]
        assert [bool(rule["looked"]) for rule in found] == [True, True]
        assert found[1]["nearest"]["reasons"][0]["what"] == "type"
        dropped = await client.delete(f"{V1}/parked/causes/{cause['cause']}")
        assert await dropped.json() == {"dropped": 1}
        (binned,) = (await (await client.get(V1 + "/parked/bin")).json())["items"]
        assert (await client.post(f"{V1}/parked/{binned['id']}/restore")).status == 200
        shown = (await (await client.get(f"{V1}/messages?q={seq_of(1)}")).json())["items"]
        assert {row["delivery"] for row in shown} == {"received", "held", "sent"}
