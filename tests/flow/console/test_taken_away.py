"""Every list is taken away as CSV and XLSX: all pages of what the filter wants, text as text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from customs_sim.control.sheet_table import FORMS, SHEETS
from customs_sim.store.desk_tables import audit
from gateway.base.sheets import KINDS
from tests.customs_factories import seq_of
from tests.flow.console.visitor import PAGE, V1, Api, filed

Rows = list[dict[str, str]]


async def taken(api: Api, path: str, **query: str) -> Rows:
    """The rows of a CSV by the wire names of its heading, and the same from the XLSX."""
    client = api[0]
    answer = await client.get(path + ".csv", params=query)
    assert (answer.status, answer.content_type) == (200, "text/csv"), await answer.text()
    assert 'attachment; filename="' in answer.headers["Content-Disposition"]
    content = await answer.read()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    book = await client.get(path + ".xlsx", params=query)
    assert (book.status, book.content_type) == (200, KINDS["xlsx"])
    with zipfile.ZipFile(io.BytesIO(await book.read())) as opened:
        sheet = opened.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == len(rows)
    assert not re.search(r'<c (?![^>]*t="(?:inlineStr|s)")[^>]*><', sheet)  # text cells only
    assert "<f>" not in sheet
    names = [each.split()[-1] for each in rows[0]]
    return [dict(zip(names, row, strict=True)) for row in rows[1:]]


@pytest.mark.slow
async def test_every_list_of_the_desk_and_of_the_api_is_there_in_both_forms(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    for sheet in SHEETS:
        for prefix in ("/", V1 + "/"):
            rows = await taken(api, prefix + sheet.name)
            assert rows or sheet.name not in ("worklist", "messages"), sheet.name
            for form in FORMS:
                refused = await client.get(f"{prefix}{sheet.name}.{form}?nothing=1", headers=PAGE)
                assert refused.status == 400, (prefix, sheet.name)
    spec = await (await client.get(V1 + "/openapi.json")).json()
    for sheet in SHEETS:
        described = spec["paths"][f"{V1}/{sheet.name}.xlsx"]["get"]["responses"]["200"]["content"]
        assert list(described) == [KINDS["xlsx"]]


async def test_the_rows_are_those_of_the_filter_on_all_pages(api: Api) -> None:
    def fill(connection: Connection) -> None:
        row: dict[str, Any] = {"at": 1, "wall_at": 1, "role": "officer", "outcome": "done"}
        row |= {"action": "note", "before": ""}
        connection.execute(
            insert(audit),
            [
                row
                | {"id": n, "operator": "甲" if n % 2 else "乙", "target": f"T{n}"}
                | {"after": '=HYPERLINK("http://x")' if n == 7 else ""}
                for n in range(1, 1203)
            ],
        )

    await api[1].store.write(fill)
    rows = await taken(api, V1 + "/audit")
    assert [int(row["id"]) for row in rows] == list(range(1202, 0, -1))
    assert next(row for row in rows if row["id"] == "7")["after"] == '\'=HYPERLINK("http://x")'
    assert len(await taken(api, "/audit", q="甲")) == 601


async def test_numbers_stay_text_and_sorted_rows_stay_sorted(api: Api) -> None:
    client, house = api
    await filed(house, 1, gasrAmt="900000")
    await filed(house, 2, gasrAmt="100000")
    await filed(house, 3, gasrAmt="500000")
    rows = await taken(api, "/worklist")
    assert [row["seq_no"] for row in rows] == [seq_of(1), seq_of(2), seq_of(3)]
    assert rows[0]["enterprise_name"] == "北京某某保税科技有限公司"
    assert rows[0]["amount"] == "900000.00"
    rows = await taken(api, "/worklist", sort="-amount")
    assert [row["amount"] for row in rows] == ["900000.00", "500000.00", "100000.00"]
    assert len(await taken(api, "/worklist", q="R-0002")) == 1
    assert len(await taken(api, V1 + "/worklist", from_amount="400000", sort="amount")) == 2
    page = await (await client.get("/?q=R-000&from_amount=5", headers=PAGE)).text()
    assert 'href="/worklist.csv?q=R-000&amp;from_amount=5"' in page
    for odd in ("sort=nothing", "from_amount=abc", "q=" + "x" * 256):
        assert (await client.get(f"{V1}/worklist.csv?{odd}")).status == 400, odd


async def test_the_lines_of_a_statement_are_those_that_were_sent(api: Api) -> None:
    client, _ = api
    order = {"enterprise": "1105910159", "customs": "0100", "biz_type": "2", "oriact_no": "C" * 12}
    for at in (1, 2, 3):
        made = await client.post(
            V1 + "/levies", json=order | {"amount": f"{at}00.50", "biz_no": f"C01001{at}"}
        )
        assert made.status == 201
    period = {"enterprise": "1105910159", "from": "2026-11-01", "to": "2026-11-22"}
    period |= {"to": "2026-11-23", "fault": "amount:2:+1"}
    stated = await client.post(V1 + "/statements", json=period)
    assert stated.status in (201, 409), await stated.text()
    if stated.status == 409:  # the period must be over
        await client.post(V1 + "/clock", json={"advance": "P2D"})
        stated = await client.post(V1 + "/statements", json=period)
    no = (await stated.json())["statement_no"]
    rows = await taken(api, f"{V1}/statements/{no}/lines")
    assert [row["incrAmt"] for row in rows] == ["100.50", "200.51", "300.50"]
    assert await taken(api, f"/statements/{no}/lines", version="1") == rows
    assert (await client.get(f"{V1}/statements/{no}/lines.csv?version=9")).status == 404
    assert (await client.get(f"{V1}/statements/DZ0/lines.csv")).status == 404
