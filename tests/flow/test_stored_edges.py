"""A store that already holds moments which no calendar has: every list, record and page is answered
all the same, and so are dates at the edges in a message."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import BigInteger, Connection, MetaData, update

from customs_sim.cli.app import CALLS
from customs_sim.store.tables import metadata as customs_tables
from fixtures.kit.pair.pair import Pair
from gateway.api.app import routes
from gateway.store.metadata import metadata as gateway_tables
from tests.conftest import Api, eventually
from tests.factories import grt101

MOMENT = re.compile(r"(.*_)?(at|since|updated|until|valid_until|seen)")
DRIVING = re.compile(r"(due|wall|next|lease|claimed|locked|retry|expires).*")
"""Columns by which work is found, and nothing is shown."""
PAGES = (
    "/",
    "/guarantees",
    "/levies",
    "/payments",
    "/statements",
    "/messages",
    "/parked",
    "/operators",
    "/audit",
    "/scenarios",
)


def bent(metadata: MetaData, value: int) -> Any:
    """A unit that sets every moment of a store to ``value``."""

    def unit(connection: Connection) -> int:
        columns = 0
        for table in metadata.sorted_tables:
            names = {
                c.name: value
                for c in table.columns
                if isinstance(c.type, BigInteger)
                and MOMENT.fullmatch(c.name)
                and not DRIVING.match(c.name)
                and not c.primary_key
            }
            if names:
                columns += len(names)
                connection.execute(update(table).values(names))
        return columns

    return unit


@pytest.mark.parametrize("value", [-(10**17), 10**18, -(2**62), 2**62])
@pytest.mark.slow
async def test_a_moment_that_no_calendar_has_hides_nothing(
    pair: Pair, api: Api, value: int
) -> None:
    sent = (await api.post(grt101())).json
    address = f"/declarations/{sent['seq_no']}"

    async def approved() -> bool:
        return bool((await api.get(address)).json["completed"])

    await eventually(approved)
    paid = {"amount": "1.00", "paid_at": "2026-11-23T00:00:00Z", "reference": "r"}
    assert (await api.control("POST", "/payments", paid)).status == 201
    assert await pair.gateway.store.write(bent(gateway_tables, value)) > 5
    assert await pair.customs.office.store.write(bent(customs_tables, value)) > 5
    values = {
        "seq_no": sent["seq_no"],
        "message_id": sent["message_id"],
        "code": "1105910159",
        "name": "gur_mode",
    }
    read = 0
    for route in routes():
        path = re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], "1"), route.path)
        if route.method == "GET":
            read += 1
            assert (await api.get(path)).status in (200, 400, 403, 404), path
    for path in (address, address + "/timeline", "/declarations", "/guarantees", "/receipts"):
        assert (await api.get(path)).status == 200, path
    for call in CALLS:
        if call.method == "GET":
            read += 1
            path = re.sub(r"\{(\w+)\}", "1", call.path)
            asked = {each.name: each.example for each in call.parameters if each.example}
            path = f"{path}?{urlencode(asked)}" if asked else path
            assert (await api.control("GET", path)).status in (200, 404), path
            if "{" not in call.path:
                assert (await api.control("GET", path)).status == 200, path
    for page in PAGES:
        assert (await api.get(pair.ready.control + page, key="")).status in (200, 404), page
    assert read > 30


@pytest.mark.parametrize(
    "day", ["0001-01-01", "1000-01-01", "1899-12-31", "9999-12-31", "0000-00-00", "99999-01-01"]
)
@pytest.mark.parametrize("field", ["dclTime", "ltguaValidDate"])
@pytest.mark.slow
async def test_a_date_beyond_the_span_is_a_finding_of_its_field(
    api: Api, day: str, field: str
) -> None:
    reply = await api.post(grt101(**{field: f"{day} 00:00:00"}))
    assert reply.status == 422
    assert field in {f["field"] for f in reply.findings}


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "12026-01-01T00:00:00"]
)
async def test_any_time_of_sending_is_carried_to_an_end(api: Api, moment: str) -> None:
    body = grt101().replace(b"2026-11-23T10:00:00", moment.encode())
    reply = await api.post(body)
    assert reply.status in (202, 400, 422)
    if reply.status == 202:

        async def approved() -> bool:
            path = f"/declarations/{reply.json['seq_no']}"
            return bool((await api.get(path)).json["completed"])

        await eventually(approved)
