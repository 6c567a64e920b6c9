"""Parked messages on both sides: listed, shown with reason and body, retried through the normal
path, dropped. Operators only."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from customs_sim.flow.batch import Taking
from fixtures.kit.pair.pair import Pair
from gateway.base.logs import JsonFormatter
from gateway.base.message import Message
from tests.conftest import Api, client, eventually, pair_at
from tests.factories import grt101


async def parked_receipt(pair: Pair, api: Api) -> tuple[str, bytes]:
    """A receipt of a declaration that the gateway is made not to know, parked: its number and its
    body."""
    taken = await api.approved(grt101("R1", 1))
    rows = await pair.gateway.store.read(
        lambda c: c.exec_driver_sql(
            "SELECT message_id, body FROM messages WHERE message_type = 'GRT200'"
        ).fetchall()
    )
    message_id, body = rows[0][0], bytes(rows[0][1])
    broken = body[: len(body) // 2]
    await pair.gateway.reception.on_batch(
        [Message(id=message_id, body=broken, headers={"message_type": "GRT200"})]
    )
    items = (await api.get("/parked", key=api.ready.operator_key)).json["items"]
    assert [item["message_id"] for item in items] == [message_id], taken
    return items[0]["id"], broken


async def test_a_parked_message_of_the_gateway_is_shown_with_reason_and_body(
    pair: Pair, api: Api
) -> None:
    number, body = await parked_receipt(pair, api)
    operator = api.ready.operator_key
    shown = (await api.get(f"/parked/{number}", key=operator)).json
    assert shown["reason"]
    assert shown["body"] == body.decode()
    assert shown["size"] == len(body)
    assert (await api.get(f"/parked/{number}/raw", key=operator)).body == body
    await pair.gateway.look()
    assert "eport_parked 1.0" in (await api.get(f"{api.ready.gateway}/metrics")).body.decode()


async def test_only_an_operator_may_see_or_touch_what_is_parked(pair: Pair, api: Api) -> None:
    number, _ = await parked_receipt(pair, api)
    for method, path in (
        ("GET", "/parked"),
        ("GET", f"/parked/{number}"),
        ("POST", f"/parked/{number}/retry"),
        ("DELETE", f"/parked/{number}"),
    ):
        refused = await api.call(method, path)
        assert (refused.status, refused.codes) == (403, ["AUTH.03"])
        assert (await api.call(method, path, key="")).status == 401
    assert (await api.post(grt101("R2", 2), key=api.ready.operator_key)).status == 403


async def test_what_cannot_succeed_is_parked_again_with_its_reason(pair: Pair, api: Api) -> None:
    number, body = await parked_receipt(pair, api)
    answer = (await api.post(b"", f"/parked/{number}/retry", key=api.ready.operator_key)).json
    assert answer["outcome"] == "parked"
    assert answer["reason"]
    [left] = (await api.get("/parked", key=api.ready.operator_key)).json["items"]
    assert left["id"] == str(answer["id"]) != number
    assert left["size"] == len(body)


async def test_a_retry_applies_the_message_once_what_hindered_it_is_gone(
    pair: Pair, api: Api
) -> None:
    await api.control("PUT", "/profile", {"profile": "manual"})
    taken = await api.taken(grt101("R1", 1))
    seq = taken["seq_no"]
    await api.until(seq, "received")
    reception = pair.gateway.reception
    real = reception._registers.load

    def failing(*given: Any) -> Any:
        raise ValueError("the register is out of order")

    reception._registers.load = failing  # type: ignore[method-assign]
    await api.control(
        "POST", "/decisions", {"items": [{"seq_no": seq, "result": "return", "notes": ["x"]}]}
    )
    row = await pair.customs.office.store.read(
        lambda c: c.exec_driver_sql(
            "SELECT message_id, body FROM c_messages WHERE message_type = 'GRT201' ORDER BY id DESC"
        ).fetchone()
    )
    await reception.on_batch(
        [Message(id=row[0], body=bytes(row[1]), attempts=4, headers={"message_type": "GRT201"})]
    )
    [item] = (await api.get("/parked", key=api.ready.operator_key)).json["items"]
    assert "the register is out of order" in item["reason"]
    reception._registers.load = real  # type: ignore[method-assign]
    answer = (await api.post(b"", f"/parked/{item['id']}/retry", key=api.ready.operator_key)).json
    assert answer["outcome"] == "applied"
    assert (await api.declaration(seq))["status"] == "returned"
    assert (await api.get("/parked", key=api.ready.operator_key)).json["total"] == 0


async def test_a_dropped_message_is_gone_and_an_unknown_one_is_not_found(
    pair: Pair, api: Api
) -> None:
    number, _ = await parked_receipt(pair, api)
    operator = api.ready.operator_key
    assert (await api.delete(f"/parked/{number}", key=operator)).status == 204
    for call in (
        api.delete(f"/parked/{number}", key=operator),
        api.get("/parked/x", key=operator),
        api.post(b"", f"/parked/{number}/retry", key=operator),
    ):
        assert (await call).status == 404


# customs


async def customs_parked(api: Api) -> list[Any]:
    items: list[Any] = (await api.control("GET", "/parked")).json["items"]
    return items


async def test_customs_takes_a_parked_message_again_in_one_transaction(
    pair: Pair, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Taking, "_decide_one", lambda *_: 1 / 0)
    taken = await api.taken(grt101("R1", 1))
    row = await eventually(
        lambda: pair.gateway.store.read(
            lambda c: c.exec_driver_sql("SELECT parts FROM outbox").fetchone()
        )
    )
    parcel = await pair.gateway.outbox.due(10, frozenset())
    assert row
    message = parcel[0].messages[0]
    await pair.customs.on_batch(
        [Message(id=message.id, body=message.body, headers=message.headers, attempts=4)]
    )
    [item] = await customs_parked(api)
    assert "division by zero" in item["reason"]
    again = (await api.control("POST", f"/parked/{item['id']}/retry")).json
    assert again["outcome"] == "parked"
    [item] = await customs_parked(api)
    assert item["id"] == again["id"]
    shown = (await api.control("GET", f"/parked/{item['id']}")).json
    assert shown["body"] == message.body.decode()
    monkeypatch.undo()
    assert (await api.control("POST", f"/parked/{item['id']}/retry")).json["outcome"] == "applied"
    assert await customs_parked(api) == []
    await api.until(taken["seq_no"], "approved")


async def test_customs_reads_an_unreadable_message_anew_and_drops_it(api: Api, pair: Pair) -> None:
    bad = (
        b"<DxpMsg ver='1.0'><TransInfo><CopMsgId>C1</CopMsgId><SenderId>DXPENT0000000001</SenderId>"
        b"<ReceiverIds><ReceiverId>DXPEDCGRT0000001</ReceiverId></ReceiverIds></TransInfo><Data>!</Data></DxpMsg>"
    )
    await pair.customs.on_batch([Message(id="C1", body=bad)])
    [item] = await customs_parked(api)
    again = (await api.control("POST", f"/parked/{item['id']}/retry")).json
    assert again["outcome"] == "parked"
    assert (await api.control("DELETE", f"/parked/{again['id']}")).status == 204
    assert (await api.control("DELETE", f"/parked/{again['id']}")).status == 404
    assert (await api.control("GET", f"/parked/{again['id']}")).json["binned_until"]
    assert (await api.control("GET", "/parked")).json["total"] == 0
    assert (await api.control("POST", "/parked/x/retry")).status == 404


async def test_the_metrics_of_customs_count_what_happened(api: Api) -> None:
    await api.approved(grt101("R1", 1))
    page = (await api.get(f"{api.ready.control}/metrics")).body.decode()
    for line in (
        'eport_customs_received_total{verdict="ack"} 1.0',
        "eport_customs_parked 0.0",
        "eport_customs_batch_size_count 1.0",
        "eport_customs_worklist_cases 0.0",
    ):
        assert line in page, page
    ours = (await api.get(f"{api.ready.gateway}/metrics")).body.decode()
    assert 'eport_stage_seconds_count{status="approved"} 1.0' in ours
    assert "eport_publish_seconds_count 1.0" in ours


async def test_json_logs_lead_from_message_id_to_gateway_msg_id_on_both_sides(
    tmp_path: Path,
) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("eport")
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    try:
        async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
            taken = await api.taken(grt101("R1", 1))
            await api.until(taken["seq_no"], "approved")
            await eventually(lambda: '"message_sent"' in out.getvalue())
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    first = next(line for line in lines if line.get("message_id") == taken["message_id"])
    assert (first["action"], first["seq_no"], first["operator"]) == (
        "message_taken",
        taken["seq_no"],
        "op-1105910159",
    )
    arrived = next(line for line in lines if line["action"] == "customs_received")
    assert arrived["seq_no"] == taken["seq_no"]
    attempt = arrived["gateway_msg_id"]
    answers = [line for line in lines if line["action"] == "customs_message"]
    assert {line["gateway_msg_id"] for line in answers} == {attempt}
    assert {line["seq_no"] for line in answers} == {taken["seq_no"]}
    assert {line["message_type"] for line in answers} == {"GRT200", "GRT201"}


@pytest.mark.slow
async def test_the_command_line_lists_shows_and_drops_on_both_sides(pair: Pair, api: Api) -> None:
    number, _ = await parked_receipt(pair, api)
    await pair.customs.on_batch([Message(id="C2", body=b"junk")])

    async def run(*words: str) -> tuple[int, str]:
        command = [
            sys.executable,
            "-m",
            "gateway.cli",
            "parked",
            *words,
            "--url",
            api.ready.gateway,
            "--control",
            api.ready.control,
            "--key",
            api.ready.operator_key,
        ]
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    code, out = await run("list", "--json")
    assert code == 0, out
    names = [item["name"] for item in json.loads(out)["items"]]
    assert f"gateway/{number}" in names
    [customs] = [name for name in names if name.startswith("customs/")]
    code, out = await run("show", customs)
    assert (code, "junk" in out) == (0, True)
    assert (await run("retry", customs))[0] == 1
    assert (await run("drop", f"gateway/{number}"))[0] == 0
    assert (await run("drop", f"gateway/{number}"))[0] == 2
    assert (await run("show", "x"))[0] == 2
