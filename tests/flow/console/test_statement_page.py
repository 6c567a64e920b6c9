"""A statement is read on a page of its own, beside the enterprise's answer; what is to be wrong in
it is chosen by a form, and by the control API, and cannot be what would change nothing."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.customs_factories import ANSWER, CASH, NOON, House, rows_of
from tests.flow.console.visitor import PAGE, V1, client_of, post, token
from tests.flow.customs.business import E1, Customs

DAY = NOON.date().isoformat()
ORDER = {"enterprise": E1, "from": DAY, "to": DAY}


@pytest.fixture
async def desk() -> AsyncIterator[tuple[Customs, TestClient[Any, Any]]]:
    """A desk with a guarantee in cash of 500,000 and one of 300,000."""
    async with House() as house, client_of(house) as client:
        customs = Customs(house)
        await customs.file("GRT101", CASH, 2)
        await customs.file("GRT101", CASH | {"gasrAmt": "300000", "etpsPreentNo": "R-2"}, 2)
        yield customs, client


def rows_in(page: str) -> list[tuple[str, str]]:
    """(class, text) of each line of the statement's table."""
    found = re.findall(r'<tr class="said-(\w+)">(.*?)</tr>', page, re.DOTALL)
    return [
        (said, " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split())) for said, row in found
    ]


async def read(client: TestClient[Any, Any], path: str) -> str:
    answer = await client.get(path, headers=PAGE)
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def test_a_statement_is_read_beside_the_answer_differences_first_and_marked_by_sign(
    desk: tuple[Customs, TestClient[Any, Any]],
) -> None:
    customs, client = desk
    made = await customs.node.cashier.state(E1, NOON.date(), NOON.date())
    [sent] = await customs.gateway.more(1)
    page = await read(client, f"/statements/{made.no}")
    assert [said for said, _ in rows_in(page)] == ["nothing", "nothing"]
    assert page.count("✓") == 4
    assert "✗" not in page
    assert f'href="/search?q={sent["gurNo"]}"' in page
    assert f'href="/messages/{made.message}"' in page
    assert "&lt;GrtReconDt" not in page
    second = re.findall(r"<mvmtNo>(MV\d+)</mvmtNo>", sent.package)[1]
    differs = {
        "seqno": "1",
        "mvmtNo": second,
        "missMarkcd": "0",
        "stmtAmt": "300000.00",
        "etpsAmt": "299000.50",
        "diffRsnDesc": "少记一笔",
    }
    lacks = {
        "seqno": "2",
        "mvmtNo": "",
        "missMarkcd": "1",
        "stmtAmt": "0",
        "etpsAmt": "88.00",
        "diffRsnDesc": "漏了利息",
    }
    answer = ANSWER | {"stmtNo": made.no, "reconRsltcd": "2", "diffQty": "2"}
    rows = rows_of("GrtReconDiffDt", differs) + rows_of("GrtReconDiffDt", lacks)
    _, taken = await customs.file("GRT161", answer, 2, rows=rows)
    assert taken.result == "1", taken
    page = await read(client, f"/statements/{made.no}")
    shown = rows_in(page)
    assert [said for said, _ in shown] == ["lacks", "differs", "agrees"]
    assert "+ 对账单缺此行 企业记 88.00 漏了利息" in shown[0][1]
    assert "≠ 有差异 企业记 299,000.50 (−999.50) 少记一笔" in shown[1][1]
    assert shown[2][1].endswith("= 一致")
    assert "2 处有差异" in page
    listed = await read(client, "/statements")
    assert f'href="/statements/{made.no}?version=1"' in listed
    await customs.node.cashier.state(E1, NOON.date(), NOON.date())
    assert [said for said, _ in rows_in(await read(client, f"/statements/{made.no}"))] == [
        "nothing"
    ] * 2
    old = rows_in(await read(client, f"/statements/{made.no}?version=1"))
    assert [said for said, _ in old] == ["lacks", "differs", "agrees"]
    for odd in ("DZ1", f"{made.no}?version=9", f"{made.no}?version=x"):
        assert (await client.get(f"/statements/{odd}", headers=PAGE)).status == 404


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ({"fault": "drop", "line": "2"}, [True, False, True, False]),
        ({"fault": "amount", "line": "1", "amount": "+1.00"}, [True, False, True, True]),
        ({"fault": "opening", "amount": "0.01"}, [False, True, True, True]),
        ({"fault": "closing", "amount": "-2,000.00"}, [False, True, True, True]),
    ],
)
async def test_what_is_wrong_on_purpose_is_chosen_by_a_form_and_seen_at_the_sums(
    desk: tuple[Customs, TestClient[Any, Any]], form: dict[str, str], holds: list[bool]
) -> None:
    customs, client = desk
    right = await token(client, "/statements")
    answer = await post(client, "/statements", csrf=right, form="statement", **ORDER, **form)
    assert answer.status == 303
    page = await read(client, answer.headers["Location"])
    assert [mark == "✓" for mark in re.findall(r"<strong>([✓✗])</strong>", page)] == holds
    assert ("账簿有而未列出" in page) is (form["fault"] == "drop")
    assert ("账簿: 500,000.00" in page) is (form["fault"] == "amount")
    sent: dict[str, Any] = {"kind": form["fault"]}
    sent |= {"line": int(form["line"])} if "line" in form else {}
    sent |= {"amount": form["amount"].replace(",", "")} if "amount" in form else {}
    again = await client.post(V1 + "/statements", json=ORDER | {"fault": sent})
    assert (again.status, (await again.json())["version"]) == (201, 2)
    stored = await customs.house.rows("SELECT fault FROM c_statements ORDER BY version")
    assert stored[0] == stored[1] != ("",)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"fault": "drop", "line": "99"}, "line"),
        ({"fault": "drop", "line": "0"}, "line"),
        ({"fault": "amount", "line": "", "amount": "1"}, "line"),
        ({"fault": "amount", "line": "1", "amount": "0"}, "amount"),
        ({"fault": "amount", "line": "1", "amount": "1.005"}, "amount"),
        ({"fault": "amount", "line": "1", "amount": "--1"}, "amount"),
        ({"fault": "opening", "amount": "-1"}, "amount"),
        ({"fault": "drop:1", "line": "1"}, "fault"),
    ],
)
async def test_a_fault_that_cannot_be_is_refused_at_its_field_and_nothing_is_sent(
    desk: tuple[Customs, TestClient[Any, Any]], form: dict[str, str], field: str
) -> None:
    customs, client = desk
    right = await token(client, "/statements")
    told = {"csrf": right, "form": "statement", "back": "/statements"}
    answer = await post(client, "/statements", **told, **ORDER, **form)
    assert answer.headers["Location"] == "/statements#statement"
    page = await read(client, "/statements")
    marked = re.findall(r'<(?:select|input)[^>]*aria-invalid="true"', page)
    assert len(marked) == 1
    assert f'name="{field}"' in marked[0]
    sent: dict[str, Any] = {"kind": form["fault"], "amount": form.get("amount", "")}
    sent["line"] = int(form.get("line") or 0)
    refused = await client.post(V1 + "/statements", json=ORDER | {"fault": sent})
    assert refused.status == 400
    found = (await refused.json(content_type=None))["findings"]
    assert [each["field"] for each in found] == [field]
    assert await customs.house.rows("SELECT count(*) FROM c_statements") == [(0,)]
