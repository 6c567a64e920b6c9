"""Metrics count what is durable, and each message once: repeats, clashes, what waits and what is
set aside add nothing."""

from __future__ import annotations

import re

from gateway.base.message import Message
from tests.conftest import Api, Pair, eventually
from tests.factories import attachment, grt101, pocketed
from tests.flow.test_batch import send, zipped


async def counted(api: Api, name: str) -> dict[str, float]:
    """Return the samples of one metric of the gateway, by their labels."""
    page = (await api.get(f"{api.ready.gateway}/metrics")).body.decode()
    found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", page, re.MULTILINE)
    return {labels: float(value) for labels, value in found}


async def test_a_repeat_is_accepted_once(api: Api) -> None:
    body = grt101("R1", 1)
    await api.taken(body)
    for _ in range(3):
        assert (await api.post(body)).json["duplicate"]
    again = await api.post(grt101("R1", 2))
    assert again.status == 200  # the same content under a new message id
    assert again.json["duplicate"]
    assert (await api.post(grt101("R1", 3, gasrAmt="7"))).status == 409
    await send(api, zipped(("a.xml", body), ("b.xml", grt101("R2", 9)), ("c.xml", body)))
    assert await counted(api, "eport_accepted_total") == {'message_type="GRT101"': 2.0}


async def test_pockets_are_messages_too_and_each_counts_once(api: Api) -> None:
    for _ in range(2):
        assert (await api.post(attachment(b"file", "P1", 2, 2, 2))).status in (200, 202)
    await api.taken(pocketed(grt101("R1", 1), "P1", 2, 1))
    assert await counted(api, "eport_accepted_total") == {'message_type="GRT101"': 2.0}
    assert (await counted(api, "eport_batch_size_sum"))['unit="submission"'] == 3.0


async def test_a_receipt_is_applied_once_and_what_is_not_applied_is_not_counted(
    pair: Pair, api: Api
) -> None:
    await api.approved(grt101("R1", 1))
    both = {'message_type="GRT200"': 1.0, 'message_type="GRT201"': 1.0}
    await eventually(lambda: _is(api, both))
    rows = await pair.gateway.store.read(
        lambda c: c.exec_driver_sql(
            "SELECT message_id, message_type, body FROM messages WHERE scope LIKE 'DXPEDC%'"
        ).fetchall()
    )
    again = [
        Message(id=mid, body=bytes(body), headers={"message_type": kind})
        for mid, kind, body in rows
    ]
    assert len(again) == 2
    await pair.gateway.reception.on_batch(again)  # what was acknowledged comes again
    await pair.gateway.reception.on_batch([Message(id="X", body=b"no receipt at all")])
    assert await counted(api, "eport_receipts_total") == both


async def _is(api: Api, wanted: dict[str, float]) -> bool:
    return await counted(api, "eport_receipts_total") == wanted


async def test_a_batch_is_measured_when_it_is_durable(pair: Pair, api: Api) -> None:
    await api.approved(grt101("R1", 1))
    before = await counted(api, "eport_batch_size_count")
    store, write = pair.gateway.store, pair.gateway.store.write

    async def refuses(unit: object, **options: object) -> object:
        raise RuntimeError("the unit fails")

    store.write = refuses  # type: ignore[method-assign,assignment]
    try:
        assert (await api.post(grt101("R2", 2))).status == 500
    finally:
        store.write = write  # type: ignore[method-assign]
    assert await counted(api, "eport_batch_size_count") == before
