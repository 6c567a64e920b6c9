"""The rules of the manual, section 6: filters, pages and files, on what SHANGHAI has, which is
only what ``listed`` makes, so that totals are exact."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from lxml import etree

from tests.conftest import SHANGHAI
from tests.flow.manual.world import QUERIES, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


# 6.1-6.3 filters, on what SHANGHAI has


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({}, "evening first last morning formula waigaoqiao"),
        ({"status": "全部"}, "evening first last morning formula waigaoqiao"),
        ({"status": "暂存"}, "evening first last morning formula waigaoqiao"),
        ({"status": "draft"}, "evening first last morning formula waigaoqiao"),
        ({"status": "审批通过"}, ""),
        ({"mode": "1"}, "first morning"),
        ({"mode": "2"}, "evening last formula waigaoqiao"),
        ({"customs": "2218"}, "waigaoqiao"),
        ({"customs": "2200"}, "evening first last morning formula"),
        ({"from": "2026-11-20", "to": "2026-11-20"}, "first last"),
        ({"from": "2026-11-21"}, "morning formula waigaoqiao"),
        ({"to": "2026-11-19"}, "evening"),
        ({"from": "2026-11-22", "to": "2026-11-20"}, ""),
        ({"q": "SH-mor"}, "morning"),
        ({"q": "nothing"}, ""),
        ({"mode": "1", "from": "2026-11-21", "status": "暂存"}, "morning"),
    ],
)
async def test_manual_6_filters(
    w: World, listed: dict[str, str], params: dict[str, str], wanted: str
) -> None:
    found = (await w.api.get("/guarantees", params=params, enterprise=SHANGHAI)).json
    names = {seq_no: name for name, seq_no in listed.items()}
    assert [names[r["seq_no"]] for r in reversed(found["items"])] == wanted.split()
    assert found["total"] == len(wanted.split())
    assert found["next"] is None


async def test_manual_6_a_page_is_found_by_its_cursor_and_the_total_stays_exact(
    w: World, listed: dict[str, str]
) -> None:
    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 4}
    for size, last in ((4, False), (2, True)):
        page = (await w.api.get("/guarantees", params=params, enterprise=SHANGHAI)).json
        assert (page["total"], len(page["items"]), page["next"] is None) == (6, size, last)
        seen += [r["seq_no"] for r in page["items"]]
        params["cursor"] = page["next"]
    assert seen == sorted(listed.values(), reverse=True)


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "x"},
        {"cursor": "x"},
        {"from": "20.11.2026"},
        {"to": "2026-02-30"},
    ],
)
async def test_manual_6_a_wrong_filter_is_named(w: World, params: dict[str, str]) -> None:
    refused = await w.api.get("/levies", params=params)
    assert refused.status == 400
    assert [f["field"] for f in refused.findings] == list(params)


async def test_manual_6_a_list_opens_as_csv_and_no_cell_is_a_formula(
    w: World, listed: dict[str, str]
) -> None:
    answer = await w.api.get("/guarantees.csv", enterprise=SHANGHAI)
    assert (answer.status, answer.type) == (200, "text/csv")
    heading, *rows = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert len(rows) == len(listed)
    assert "总担保金额 gasrAmt" in heading
    (row,) = [dict(zip(heading, row, strict=True)) for row in rows if listed["formula"] in row]
    cells = {name.rpartition(" ")[2]: cell for name, cell in row.items()}
    assert (cells["rmk"], cells["etpsConcErName"]) == ("'=HYPERLINK(1)", "'@SUM(1)")
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@")]


async def test_manual_6_a_list_opens_as_xlsx_and_no_cell_is_a_formula(
    w: World, listed: dict[str, str]
) -> None:
    answer = await w.api.get("/guarantees.xlsx", enterprise=SHANGHAI, params={"q": "SH-formula"})
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
        assert book.testzip() is None
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        texts = {t.text for t in etree.fromstring(book.read("xl/sharedStrings.xml")).iter("{*}t")}
    assert not list(sheet.iter("{*}f"))
    assert len(list(sheet.iter("{*}row"))) == 2
    assert {listed["formula"], "=HYPERLINK(1)", "@SUM(1)", "暂存"} <= texts


@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_manual_6_an_empty_list_opens_too(w: World, path: str, form: str) -> None:
    answer = await w.api.get(f"{path}.{form}", params={"q": "nothing-of-the-kind"})
    assert answer.status == 200
    if form == "xlsx":
        assert zipfile.ZipFile(io.BytesIO(answer.body)).testzip() is None
    else:
        assert answer.body.decode("utf-8-sig").count("\r\n") == 1
