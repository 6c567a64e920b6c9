"""A third enterprise: one command enters it on both sides of a running pair, and its first message
goes all the way."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.base.errors import BadSetting, Unavailable
from gateway.base.settings import Settings
from gateway.base.store.migrations import upgrade
from gateway.cli.enterprises import enterprises
from gateway.store import registry
from handlers.contract import Enterprise
from schemas.findings import Refused
from tests.conftest import Stores, client, eventually, pair_at
from tests.factories import SHANGHAI, grt101

CODE, NAME, CREDIT, DXP = (
    "4403960ZZZ",
    "深圳某某物流有限公司",
    "91440300MA5F000007",
    "DXPENT4403960ZZZ",
)
GIVEN = {"name": NAME, "credit_code": CREDIT, "customs": "5301", "dxp_id": ""}
OURS = {
    SHANGHAI: CODE,
    "上海某某国际物流有限公司": NAME,
    "91310115MA1K3QW838": CREDIT,
    "<masterCuscd>2200": "<masterCuscd>5301",
    "DXPENT0000000002": DXP,
}


def filing(reference: str) -> bytes:
    text = grt101(reference, enterprise=SHANGHAI).decode()
    for theirs, ours in OURS.items():
        assert theirs in text, theirs
        text = text.replace(theirs, ours)
    return text.encode()


async def command(
    settings: Settings, action: str, code: str = CODE, *, control: str = "", **changes: str
) -> int:
    return await asyncio.to_thread(
        enterprises,
        action,
        code,
        settings,
        given=GIVEN | changes,
        control=control,
        key="",
        as_json=True,
    )


def told(capfd: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capfd.readouterr().out)


async def test_one_command_enters_it_on_both_sides_of_a_running_pair(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    async with pair_at(home) as pair, client(pair.ready) as api:
        control = pair.ready.control
        assert await command(pair.settings, "add", control=control) == 0
        key = told(capfd)["key"]
        kept = home / "keys.json"
        assert json.loads(kept.read_bytes())["keys"][CODE] == key
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        taken = await api.post(filing("SZ-1"), key=key)
        assert taken.status == 202, taken.body.decode()
        assert taken.json["warnings"] == []
        await api.until(taken.json["seq_no"], "approved", key=key)
        # customs reaches it too
        levy = {"enterprise": CODE, "amount": "100.00", "biz_type": "2", "customs": "5301"}
        numbers = {"biz_no": "C53010000001", "oriact_no": "C53010000001"}
        assert (await api.control("POST", "/levies", levy | numbers)).status == 201

        async def told_of() -> bool:
            feed = (await api.get("/receipts?after=0", key=key)).json["items"]
            return "GRT301" in {each["message_type"] for each in feed}

        await eventually(told_of)
        # again: the same key, and nothing twice
        assert await command(pair.settings, "add", control=control) == 0
        again = told(capfd)
        assert (again["key"], again["fresh"]) == (key, False)
        assert await command(pair.settings, "list") == 0
        assert CODE in {each["code"] for each in told(capfd)["items"]}
        # changed on both sides
        assert await command(pair.settings, "change", control=control, name="深圳新名") == 0
        record = await api.control("GET", f"/enterprises/{CODE}")
        assert record.json["name"] == "深圳新名"

        async def renamed() -> bool:
            return bool((await api.get(f"/enterprises/{CODE}", key=key)).json["name"] == "深圳新名")

        await eventually(renamed)
    async with pair_at(home) as pair, client(pair.ready) as api:
        assert (await api.get(f"/enterprises/{CODE}", key=key)).status == 200


async def test_what_is_wrong_is_found_before_either_side_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        control = pair.ready.control
        wrong = {"credit_code": CREDIT[:-1] + "8", "customs": "9999", "name": "a\tb"}
        assert await command(pair.settings, "add", "123", control=control, **wrong) == 1
        found = {each["field"]: each for each in told(capfd)["findings"]}
        assert {field: each["code"] for field, each in found.items()} == {
            "code": "CODE.03",
            "name": "QUERY.01",
            "credit_code": "CODE.02",
            "customs": "CODE.01",
        }
        assert found["credit_code"]["wanted"] == CREDIT
        with pytest.raises(Unavailable, match="nothing was done"):
            await command(pair.settings, "add", control="http://127.0.0.1:9")
        with pytest.raises(BadSetting, match="--credit-code"):
            await command(pair.settings, "add", control=control, credit_code="")
        # what one side has already is said by it, and the other side stays as it is
        taken = {"dxp_id": "DXPENT0000000001"}
        assert await command(pair.settings, "add", control=control, **taken) == 1
        assert told(capfd)["findings"][0]["code"] == "ID.03"
        assert (await api.control("GET", f"/enterprises/{CODE}")).status == 404
        assert CODE not in pair.gateway.registry.enterprises


async def test_what_another_process_enters_is_read_anew(stores: Stores) -> None:
    """On SQLite and PostgreSQL alike, and once for each change."""
    store = stores.open()
    upgrade(store, side="gateway", package="gateway.store")
    memory = registry.Registry(store)
    await memory.load()
    new = Enterprise(code=CODE, name=NAME, credit_code=CREDIT, customs="5301", dxp_id=DXP)
    assert await store.write(lambda c: registry.add(c, new))
    assert CODE not in memory.enterprises
    assert await store.read(lambda c: memory.serves(c, CODE))
    await memory.refresh()
    assert memory.enterprises[CODE] == new
    before = memory.enterprises
    await memory.refresh()
    assert memory.enterprises is before
    assert not await store.write(lambda c: registry.add(c, new))
    await store.write(lambda c: registry.change(c, replace(new, name="新名")))
    await memory.refresh()
    assert memory.enterprises[CODE].name == "新名"
    for other in (replace(new, name="又名"), replace(new, code="4403960YYY")):
        with pytest.raises(Refused, match=r"ID\.03"):
            await store.write(lambda c, other=other: registry.add(c, other))
