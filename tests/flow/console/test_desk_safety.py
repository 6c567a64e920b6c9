"""The desk is safe to act at: what cannot be undone is asked back, with its count and its sum; a
refusal is told at the form that it is about; nothing is chosen for the officer."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.conftest import client, eventually, pair_at
from tests.customs_factories import LETTER, House, declaration, seq_of
from tests.factories import grt121
from tests.flow.console.visitor import PAGE, Api, filed, token
from tests.flow.test_payment_corrections import desk_of, levy, paid
from tests.flow.world import World


class Form:
    """A form of the desk, as a browser without script sends it."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client

    async def send(self, path: str, *fields: tuple[str, str]) -> tuple[int, str, str]:
        """Return the status, the text, and where it leads."""
        data = [("csrf", await token(self.client)), *fields]
        answer = await self.client.post(path, data=data, headers=PAGE, allow_redirects=False)
        return answer.status, await answer.text(), answer.headers.get("Location", "")

    async def confirm(self, page: str, *fields: tuple[str, str]) -> tuple[int, str, str]:
        """Answer the question on a page with its own fields, and ``fields``."""
        form = re.search(r'<form class="card stack question.*?</form>', page, re.DOTALL)
        assert form, page
        path = re.search(r'action="([^"]+)"', form[0])
        assert path
        kept = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
        data = [*((name, html.unescape(value)) for name, value in kept), *fields]
        answer = await self.client.post(path[1], data=data, headers=PAGE, allow_redirects=False)
        return answer.status, await answer.text(), answer.headers.get("Location", "")


def seqs(*numbers: int) -> list[tuple[str, str]]:
    return [("seq_no", seq_of(n)) for n in numbers]


async def approved(house: House) -> int:
    ((count,),) = await house.rows("SELECT count(*) FROM c_cases WHERE status = 'approved'")
    return int(count)


async def test_one_case_is_decided_at_once_and_several_after_a_question(api: Api) -> None:
    client, house = api
    await filed(house, 1, 2, 3, 4)
    form = Form(client)
    status, _, _ = await form.send("/decide", ("act", "approve"), *seqs(1))
    assert (status, await approved(house)) == (303, 1)

    status, page, _ = await form.send("/decide", ("act", "approve"), ("back", "/"), *seqs(2, 3, 4))
    assert (status, await approved(house)) == (200, 1)
    assert "通过 3 件" in page
    assert re.search(r"合计 [\d,]+\.\d\d 元", page)
    status, _, to = await form.confirm(page)
    assert (status, to, await approved(house)) == (303, "/", 4)


async def test_all_that_fit_the_filter_are_decided_however_many_there_are(api: Api) -> None:
    client, house = api
    await filed(house, *range(1, 131))
    form = Form(client)
    shown = await (await client.get("/?enterprise=1105910159", headers=PAGE)).text()
    assert shown.count('data-row="') == 100
    assert 'name="scope" value="fit"' in shown

    fit = ("scope", "fit"), ("back", "/?enterprise=3105960AAA")
    _, page, _ = await form.send("/decide", ("act", "approve"), *fit, *seqs(1))
    assert "question" not in page  # nothing of that enterprise waits
    assert await approved(house) == 0
    fit = ("scope", "fit"), ("back", "/?enterprise=1105910159")
    _, page, _ = await form.send("/decide", ("act", "approve"), *fit, *seqs(1))
    assert "通过 130 件" in page
    await form.confirm(page)
    assert await approved(house) == 130


async def test_a_form_with_too_many_fields_says_so(api: Api) -> None:
    client, _ = api
    _, page, _ = await Form(client).send(
        "/decide", ("act", "approve"), *(("seq_no", str(n)) for n in range(1200))
    )
    assert "字段" in page
    assert "报文大小" not in page


async def test_nothing_chosen_is_told_in_words_of_the_desk(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    status, _, to = await Form(client).send("/decide", ("act", "return"), ("notes", "缺合同"))
    assert (status, to) == (303, "/")
    page = await (await client.get("/", headers=PAGE)).text()
    assert "还没有选择案卷" in page
    assert "seq_no:" not in page


async def test_a_return_needs_a_reason_and_offers_some(api: Api) -> None:
    client, house = api
    await house.gateway.send(declaration(1, LETTER | {"gasrAmt": "12000000"}))
    await house.gateway.answered(2)
    form = Form(client)
    status, page, _ = await form.send("/decide", ("act", "return"), ("back", "/"), *seqs(1))
    assert status == 200
    assert "金额较大" not in page, "a hint to the officer is no reason"
    assert "随附单证不全" in page

    _, page, _ = await form.confirm(page, ("notes", ""), ("offered", "随附单证不全"))
    assert "随附单证不全</textarea>" in page, "it is filled in, and still to be sent"
    _, page, _ = await form.confirm(page, ("notes", " "))
    assert "<textarea" in page
    status, _, _ = await form.confirm(page, ("notes", "随附单证不全"))
    assert status == 303
    ((state,),) = await house.rows("SELECT status FROM c_cases")
    assert state == "returned"


async def test_a_refusal_is_told_at_its_form_and_fills_no_other(api: Api) -> None:
    client, _ = api
    typed = {"enterprise": "1105910159", "customs": "0100", "biz_type": "2", "amount": "12万"}
    order = typed | {"oriact_no": "C010016A0471", "form": "issue", "back": "/levies"}
    status, _, to = await Form(client).send("/levies", *order.items())
    assert (status, to) == (303, "/levies#issue")

    page = await (await client.get("/levies", headers=PAGE)).text()
    issue, step = (
        re.search(rf'<form id="{name}".*?</form>', page, re.DOTALL) for name in ("issue", "step")
    )
    assert issue
    assert step
    assert 'role="alert"' in issue[0]
    assert "12万" in issue[0]
    assert "12万" not in step[0]
    assert page.count('role="alert"') == 1


async def test_a_refund_is_decided_with_the_balances_of_its_levy_in_sight(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        w = World(api)
        no = await levy(w, "600.00")
        await paid(w, "600.00", "B-1", no)
        await w.levy_until(no, payment="2")
        assert (await api.control("PUT", "/profile", {"profile": "manual"})).status == 200
        await api.taken(grt121("R-1", next(w.numbers), gurNo=no, rtnbkCrdwAmt="100.00"))

        async def waiting() -> Any:
            items = (await api.control("GET", "/worklist")).json["items"]
            return next((item for item in items if item["message_type"] == "GRT121"), None)

        case = await eventually(waiting, what="the refund on the desk")
        async with desk_of(w) as desk:
            page = await desk.get(f"/cases/{case['case_no']}")

    register = re.search(r'<section class="card register">.*?</section>', page, re.DOTALL)
    assert register
    assert f'href="/levies/{no}"' in register[0]
    assert re.search(r"可退</dt>\s*<dd>600.00", register[0])
    assert f'<a href="/levies/{no}">{no}</a>' in page.replace(register[0], ""), "in the document"


async def test_a_fault_is_added_to_the_others_and_removed_alone(api: Api) -> None:
    client, house = api
    form = Form(client)

    async def armed() -> dict[str, tuple[int, int]]:
        answer = await client.get("/control/v1/faults")
        rules = (await answer.json())["rules"]
        return {rule["name"]: (rule["seen"], rule["hits"]) for rule in rules}

    one = ("do", "one"), ("form", "fault"), ("back", "/scenarios")
    await form.send("/faults", *one, ("fault", "drop"), ("enterprise", "3105960AAA"))
    await form.send("/faults", *one, ("fault", "repeat"), ("enterprise", "1105910159"))
    assert await armed() == {"drop-1": (0, 0), "repeat-1": (0, 0)}
    await filed(house, 1)
    counted = (await armed())["repeat-1"]
    assert counted[0] > 0

    await form.send("/faults", *one, ("fault", "drop"))
    assert (await armed())["repeat-1"] == counted
    assert set(await armed()) == {"drop-1", "repeat-1", "drop-2"}
    await form.send("/faults", ("do", "remove"), ("name", "drop-1"))
    assert set(await armed()) == {"repeat-1", "drop-2"}
    _, _, to = await form.send("/faults", *one, ("fault", "drop"), ("enterprise", "北京"))
    assert to == "/scenarios#fault"
    assert set(await armed()) == {"repeat-1", "drop-2"}
    await form.send("/faults", ("do", "remove"), ("name", "nobody"))
    assert set(await armed()) == {"repeat-1", "drop-2"}


@pytest.mark.slow
async def test_what_is_unusual_stands_on_every_page_with_a_switch(api: Api) -> None:
    client, _ = api
    pages = ("/", "/levies", "/messages", "/payments", "/audit")

    async def strip(path: str) -> list[str]:
        page = await (await client.get(path, headers=PAGE)).text()
        return re.findall(r'<span class="oddity"><a href="[^"]*">([^<]*)</a>', page)

    assert len(await strip("/")) == 1  # the clock of this house is frozen
    for method, path, body in (
        ("PUT", "/faults", {"rules": [{"fault": "drop"}, {"fault": "repeat"}]}),
        ("PUT", "/scenario", {"name": "review-then-approve"}),
        ("POST", "/clock", {"freeze": "2026-11-20T10:00:00+08:00"}),
        ("POST", "/hold", {}),
    ):
        answer = await client.request(method, "/control/v1" + path, json=body)
        assert answer.status in (200, 201), (path, await answer.text())
    for path in pages:
        assert await strip(path) == [
            "时钟冻结 2026-11-20 10:00",
            "场景 review-then-approve (命中 0)",
            "故障 2 (命中 0)",
            "停止收报",
        ], path

    form = Form(client)
    for path, name, value in (
        ("/faults", "do", "clear"),
        ("/scenarios", "do", "clear"),
        ("/listening", "hold", "0"),
    ):
        status, _, to = await form.send(path, (name, value), ("back", "/payments"))
        assert (status, to) in ((303, "/payments"), (303, "/scenarios"), (303, "/scenarios#faults"))
    assert await strip("/") == ["时钟冻结 2026-11-20 10:00"]
