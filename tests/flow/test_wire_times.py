"""CreatTime and send_time are Asia/Shanghai local time without offset, both ways; any xs:dateTime
is read (docs/wire.md 1.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from schemas.dxp import DxpMsg, DxpRep, canonical, encode_rep
from schemas.package import open_package
from schemas.times import to_xsd
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.conftest import Api, client, pair_at
from tests.factories import dxp, grt101, grt141

LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


async def test_both_sides_write_local_time_without_offset(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        await api.approved(grt101("R1", 1))
        await api.taken(grt141(2, etpsPreentNo="R1"))
        now = to_xsd(pair.clock.now())
        read: Any = pair.customs.office.store.read_here  # type: ignore[attr-defined]
        query = text("SELECT direction, body FROM c_messages ORDER BY id")
        rows = read(lambda c: c.execute(query).fetchall())

    assert {row.direction for row in rows} == {"in", "out"}
    for row in rows:
        transport = canonical(bytes(row.body))
        assert transport is not None
        assert LOCAL.fullmatch(transport.created_at), (row.direction, transport.created_at)
        assert transport.created_at[:15] == now[:15]
        if row.direction == "out":
            envelope = open_package(XmlReader().read(transport.data)).envelope
            assert LOCAL.fullmatch(envelope.send_time)
            assert envelope.send_time == transport.created_at


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-23T10:00:00",
        "2026-11-23T10:00:00.123456789",
        "2026-11-23T10:00:00Z",
        "2026-11-23T02:00:00.5+00:00",
        "2026-11-23T23:30:00-14:00",
        "2026-11-23T24:00:00",
        " 2026-11-23T10:00:00\n",
    ],
)
async def test_any_date_time_of_the_schema_is_read(api: Api, time: str) -> None:
    inner = grt101("R1", 1).replace(b"2026-11-23T10:00:00", time.encode())
    body = dxp(inner, 1).replace(b"2026-11-23T10:00:00", time.encode())

    taken = await api.taken(body)
    await api.until(taken["seq_no"], "approved")


@pytest.mark.parametrize("created", ["", "today", "2026-02-30T10:00:00", "2026-11-23 10:00:00"])
def test_a_report_about_a_message_with_a_wrong_time_is_valid_itself(created: str) -> None:
    about = DxpMsg(
        cop_msg_id="A",
        sender_id="S",
        receiver_ids=("R",),
        created_at=created,
        message_type="GRT101",
        data=b"",
    )
    said = DxpRep(receiver_id="S", code="0001", info="x", original="A")
    body = encode_rep(said, about, datetime(2026, 11, 23, tzinfo=UTC))

    assert SchemaSet().valid("DxpRep", XmlReader().read(body).root)
