"""After an older copy of a store was restored: what is missing is said, and one command brings back
what the other side knows (``docs/operations``)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.cli.doctor import doctor
from fixtures.kit.cli.recover import recover
from tests.conftest import BEIJING, SHANGHAI, client, pair_at, settings_of
from tests.factories import grt101
from tests.flow.test_restored import SIDES, copied, filed, restored


async def said(capsys: pytest.CaptureFixture[str], work: Any, home: Path) -> Any:
    capsys.readouterr()
    code = await asyncio.to_thread(work, settings_of(home), as_json=True)
    return code, json.loads(capsys.readouterr().out)


async def missing_of(capsys: pytest.CaptureFixture[str], home: Path) -> list[str]:
    _, told = await said(capsys, doctor, home)
    return [i["text"] for i in told["items"] if i["check"] == "both sides" and i["level"] != "ok"]


async def test_what_the_gateway_lost_comes_back_with_its_receipts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    async with pair_at(home) as pair, client(pair.ready) as api:
        kept = await filed(api, 1, 2)
    copied(home, backup, SIDES["gateway"])
    async with pair_at(home) as pair, client(pair.ready) as api:
        lost = await filed(api, 3, 4)
        feeds = {e: len(await api.receipts(enterprise=e)) for e in (BEIJING, SHANGHAI)}
    assert await missing_of(capsys, home) == []
    restored(home, backup, SIDES["gateway"])

    assert await missing_of(capsys, home) == [
        "the gateway lost 4 messages that customs received",
        "the gateway does not have 8 messages that customs sent",
    ]
    code, told = await said(capsys, recover, home)
    assert (code, set(told["filings"]), told["left"]) == (0, set(lost), [])
    async with pair_at(home) as pair, client(pair.ready) as api:
        for n, (seq_no, before) in enumerate((kept | lost).items(), 1):
            enterprise = (BEIJING, SHANGHAI)[n % 2]
            now = await api.until(seq_no, "approved", enterprise=enterprise)
            for name in ("business_no", "enterprise_ref", "fields", "attempt"):
                assert now[name] == before[name]
        for enterprise, count in feeds.items():
            receipts = await api.receipts(enterprise=enterprise)
            assert [r["seq"] for r in receipts] == list(range(1, count + 1))
        await api.get(f"/declarations/{next(iter(lost))}/timeline", enterprise=SHANGHAI)
        await api.post(grt101("R3", 3, enterprise=SHANGHAI, ltguaNo="LG-3"), SHANGHAI)
    assert await missing_of(capsys, home) == []
