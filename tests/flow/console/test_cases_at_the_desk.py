"""Cases at the desk in the browser, without script: nothing moves after a decision, which can be
taken back; a case is put off, claimed, walked to; many decisions have a page of their own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from customs_sim.cases.settings import CustomsSettings
from tests.customs_factories import LETTER, House, declaration, seq_of
from tests.flow.console.test_desk_safety import Form, seqs
from tests.flow.console.visitor import PAGE, V1, Api, audit, client_of, filed, key_of, token

Client = TestClient[Any, Any]


@pytest.fixture
async def slow() -> AsyncIterator[Api]:
    """A desk whose decisions can be taken back for five seconds."""
    house = House(settings=CustomsSettings(profile="manual", undo=5.0))
    async with house, client_of(house) as client:
        yield client, house


async def page(client: Client, path: str) -> str:
    answer = await client.get(path, headers=PAGE)
    assert answer.status == 200, (path, answer.status)
    return await answer.text()


def rows(text: str) -> dict[str, str]:
    """The rows of the list, in their order, by SeqNo."""
    found = re.findall(r'<tr data-row=".*?</tr>', text, re.DOTALL)
    return {re.search(r'value="(\d+)" form="decide"', row)[1]: row for row in found}  # type: ignore[index]


def buttons(text: str, form: str) -> list[str]:
    """The acts that a form offers."""
    found = re.search(rf'<form id="{form}".*?</form>', text, re.DOTALL)
    return re.findall(r'name="act" value="(\w+)"', found[0]) if found else []


# nothing moves, and it can be taken back


async def test_a_decided_row_stays_in_its_place_with_undo_and_then_leaves(slow: Api) -> None:
    client, house = slow
    await filed(house, 1, 2, 3)
    form = Form(client)
    status, _, to = await form.send("/decide", ("one", f"approve:{seq_of(2)}"), ("back", "/"))
    assert (status, to) == (303, "/")
    listed = rows(await page(client, "/"))
    assert list(listed) == [seq_of(1), seq_of(2), seq_of(3)]
    assert "已通过" in listed[seq_of(2)]
    assert "5\n  秒后生效" in listed[seq_of(2)]
    assert f'value="undo:{seq_of(2)}"' in listed[seq_of(2)]
    assert re.search(r'<td class="row-acts"></td>', listed[seq_of(2)]), "nothing where 通过 stood"
    english = rows(await page(client, "/?lang=en"))[seq_of(2)]
    assert "approved" in english
    assert "s left" in english

    # once more at the same place: it is refused in words, and no other case is touched
    _, _, to = await form.send("/decide", ("one", f"approve:{seq_of(2)}"), ("back", "/?lang=zh"))
    assert "正由 本机 local 通过" in await page(client, to)
    await form.send("/decide", ("one", f"undo:{seq_of(2)}"), ("back", "/"))
    assert 'value="approve:' in rows(await page(client, "/"))[seq_of(2)]

    await form.send("/decide", ("one", f"approve:{seq_of(2)}"), ("back", "/"))
    house.wall.advance(5)
    await house.gateway.answered(7)
    assert list(rows(await page(client, "/"))) == [seq_of(1), seq_of(3)]
    acts = [(each["action"], each["outcome"]) for each in await audit(client, seq_of(2))]
    assert acts == [
        ("approve", "done"),
        ("approve", "given"),
        ("undo", "done"),
        ("approve", "409"),
        ("approve", "given"),
    ]


async def test_the_toast_takes_back_too(slow: Api) -> None:
    client, house = slow
    await filed(house, 1)
    form = Form(client)
    await form.send("/decide", ("act", "return"), ("notes", "缺合同"), ("back", "/"), *seqs(1))
    text = await page(client, "/")
    flash = re.search(r'<div class="flash good".*?</form>', text, re.DOTALL)
    assert flash
    fields = re.findall(r'name="(act|seq_no|back)" value="([^"]*)"', flash[0])
    assert ("act", "undo") in fields
    await form.send("/decide", *fields)
    assert "撤销: 1 件" in await page(client, "/")
    house.wall.advance(60)
    assert rows(await page(client, "/")).keys() == {seq_of(1)}
    assert len(house.gateway.answers) == 2


async def test_what_a_rule_forbids_in_the_end_stays_and_says_so(slow: Api) -> None:
    client, house = slow
    await filed(house, 1)
    await house.gateway.send(declaration(2, LETTER | {"ltguaNo": "LG-0001"}))
    await house.gateway.answered(4)
    _, asked, _ = await (form := Form(client)).send(
        "/decide", ("act", "approve"), ("back", "/"), *seqs(1, 2)
    )
    await form.confirm(asked)
    house.wall.advance(5)
    await house.has_rows("SELECT count(*) FROM c_pending WHERE outcome = ''", [(0,)])
    row = rows(await page(client, "/"))[seq_of(2)]
    assert "通过\n  未执行" in row
    assert "LG-0001" in row


@pytest.mark.slow
async def test_many_decisions_have_a_page_with_what_was_refused(slow: Api) -> None:
    client, house = slow
    await filed(house, *range(1, 31))
    await house.gateway.send(declaration(31, LETTER | {"gasrAmt": "0"}))
    await house.gateway.answered(62)
    form = Form(client)
    fit = ("act", "approve"), ("scope", "fit"), ("back", "/?enterprise=1105910159")
    _, asked, _ = await form.send("/decide", *fit)
    assert "通过 31 件" in asked
    _, _, to = await form.confirm(asked)
    assert re.fullmatch(r"/batches/\d+\?enterprise=1105910159", to)
    text = await page(client, to)
    assert 'max="31" value="1"' in text
    assert "撤销未生效的" in text
    refused = re.search(r'<section class="card bad">.*?</section>', text, re.DOTALL)
    assert refused
    assert seq_of(31) in refused[0]
    assert "S101" in refused[0]
    number = to.split("/")[2].split("?")[0]
    await form.send("/decide", ("act", "undo"), ("batch", number), ("back", to))
    text = await page(client, to)
    assert 'max="31" value="31"' in text
    house.wall.advance(60)
    assert len(rows(await page(client, "/"))) == 31
    assert (await client.get("/batches/5", headers=PAGE)).status == 404


async def test_closing_is_not_where_approving_was(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    form = Form(client)
    case = await page(client, "/cases/1")
    assert buttons(case, "decide")[0] == "approve"
    await form.send("/decide", ("act", "approve"), ("back", "/cases/1"), *seqs(1))
    case = await page(client, "/cases/1")
    assert buttons(case, "decide") == []
    assert 'href="/guarantees/ZB0100202600001#close"' in case
    _, asked, _ = await form.send("/decide", ("act", "close"), ("seq_no", "ZB0100202600001"))
    await form.confirm(asked)
    case = await page(client, "/cases/1")
    assert "已结案" in case
    assert "#close" not in case
    assert buttons(await page(client, "/guarantees/ZB0100202600001"), "close") == []


# put off, claimed


async def test_a_hold_asks_for_reason_and_day_and_shows_them(api: Api) -> None:
    client, house = api
    await filed(house, 1, 2)
    form = Form(client)
    _, asked, _ = await form.send("/decide", ("act", "hold"), ("back", "/"), *seqs(1))
    assert 'type="date" name="until" value="2026-11-24"' in asked
    assert "等企业补充材料" in asked
    await form.confirm(asked, ("notes", "等合同"), ("until", "2026-11-30"))
    text = await page(client, "/")
    assert "暂缓: 1 件" in text
    assert "至 2026-11-30 09:00" in text
    assert list(rows(text)) == [seq_of(2)]
    held = rows(await page(client, "/?show=held"))
    assert list(held) == [seq_of(1)]
    assert "已暂缓 至\n  2026-11-30 09:00 <bdi>(等合同)</bdi>" in held[seq_of(1)]
    case = await page(client, "/cases/1")
    assert "等合同" in case
    assert "resume" in buttons(case, "decide")
    house.clock.advance(8 * 86400)
    assert list(rows(await page(client, "/"))) == [seq_of(1), seq_of(2)]
    await form.send("/decide", ("act", "hold"), ("notes", "x"), ("back", "/"), *seqs(1))
    assert len(rows(await page(client, "/"))) == 1
    await form.send("/decide", ("one", f"resume:{seq_of(1)}"), ("back", "/?show=held"))
    assert len(rows(await page(client, "/"))) == 2


async def test_a_decision_on_a_case_that_another_works_on_is_asked_back(api: Api) -> None:
    client, house = api
    officer = await key_of(client, "officer")
    await filed(house, 1, 2)
    claim = {"items": [{"seq_no": seq_of(1), "result": "claim"}]}
    assert (await client.post(V1 + "/decisions", json=claim, headers=officer)).status == 200
    made = await client.post(
        V1 + "/operators",
        json={"name": "李", "role": "officer"},
        headers={"Authorization": "Bearer operator-key-of-this-test"},
    )
    login = Form(client)
    await client.post(
        "/login",
        data={"csrf": await token(client, "/login"), "key": (await made.json())["key"]},
        headers=PAGE,
    )
    listed = rows(await page(client, "/"))
    assert "<bdi>the officer</bdi> 在办" in listed[seq_of(1)]
    _, asked, _ = await login.send("/decide", ("act", "approve"), ("back", "/"), *seqs(1))
    assert "the officer 在办其中 1 件, 仍要处理?" in asked
    assert await house.rows("SELECT count(*) FROM c_cases WHERE status = 'approved'") == [(0,)]
    await login.confirm(asked)
    assert await house.rows("SELECT count(*) FROM c_cases WHERE status = 'approved'") == [(1,)]
    await login.send("/decide", ("act", "claim"), ("back", "/"), *seqs(2))
    assert list(rows(await page(client, "/?claimed_by=李"))) == [seq_of(2)]
    status, _, _ = await login.send("/decide", ("act", "approve"), ("back", "/"), *seqs(2))
    assert status == 303, "one's own claim is not asked back"


# from case to case


async def test_after_a_decision_the_next_case_of_the_filter_opens(api: Api) -> None:
    client, house = api
    await filed(house, 1, 2, 3, 4)
    await filed(house, 5, gasrAmt="1000")
    here = "/cases/2?from_amount=2000"
    case = await page(client, here)
    assert 'href="/?from_amount=2000#c-2"' in case
    assert 'href="/cases/1?from_amount=2000" data-key="k"' in case
    assert 'href="/cases/3?from_amount=2000" data-key="j"' in case
    assert "2 / 4" in case
    form = Form(client)
    on = ("onward-asked", "1"), ("onward", "yes")
    _, _, to = await form.send("/decide", ("act", "approve"), ("back", here), *on, *seqs(2))
    assert to == "/cases/3?from_amount=2000"
    back = "/cases/4?from_amount=2000"
    _, _, to = await form.send("/decide", ("act", "approve"), ("back", back), *on, *seqs(4))
    assert to == "/cases/1?from_amount=2000", "behind the last comes the first"
    for n in (1, 3):
        back = f"/cases/{n}?from_amount=2000"
        _, _, to = await form.send("/decide", ("act", "approve"), ("back", back), *on, *seqs(n))
    assert to == "/?from_amount=2000"
    off = ("onward-asked", "1")
    _, _, to = await form.send(
        "/decide", ("act", "hold"), ("notes", "x"), ("back", "/cases/5"), off, *seqs(5)
    )
    assert to == "/cases/5"
    assert 'name="onward" value="yes">' in await page(client, "/cases/5"), "it is remembered"
    assert "今天\n  4 件" in await page(client, "/")


async def test_the_list_stands_beside_the_case_by_links_alone(api: Api) -> None:
    client, house = api
    await filed(house, 1, 2)
    answer = await client.get("/triage?kind=GRT101", headers=PAGE, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/cases/1?kind=GRT101&side=1")
    text = await page(client, "/cases/2?kind=GRT101&side=1")
    beside = re.search(r'<section class="beside".*?</section>', text, re.DOTALL)
    assert beside
    assert re.findall(r'href="(/cases/[^"]*)"', beside[0]) == [
        "/cases/1?kind=GRT101&amp;side=1",
        "/cases/2?kind=GRT101&amp;side=1",
    ]
    assert 'href="/?kind=GRT101#c-2"' in text
    answer = await client.get("/triage?kind=GRT121", headers=PAGE, allow_redirects=False)
    assert answer.headers["Location"] == "/?kind=GRT121"


async def test_a_case_that_another_decided_says_who_and_offers_nothing(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    await client.post(
        V1 + "/decisions", json={"items": [{"seq_no": seq_of(1), "result": "approve"}]}
    )
    case = await page(client, "/cases/1")
    assert buttons(case, "decide") == []
    acts = re.search(r'<div id="acts" data-live.*?</div>', case, re.DOTALL)
    assert acts
    assert "已由" in acts[0]
    assert "<bdi>本机</bdi>" in acts[0]
    _, _, to = await (form := Form(client)).send(
        "/decide", ("act", "return"), ("notes", "x"), ("back", "/cases/1"), *seqs(1)
    )
    told = await page(client, to)
    assert "已由 本机 local 于 2026-11-23 12:00:00 通过" in told
    assert "approved”" not in told
    await form.send("/decide", ("act", "return"), ("notes", "x"), ("back", "/cases/1"), *seqs(1))
    assert "approved by 本机 local at 2026-11-23 12:00:00" in await page(client, "/cases/1?lang=en")


# what one reads


async def test_approving_is_no_first_choice_where_a_rule_forbids_it(api: Api) -> None:
    client, house = api
    await house.gateway.send(
        declaration(1, LETTER | {"gasrAmt": "0"}), declaration(2, LETTER | {"gasrAmt": "12000000"})
    )
    await house.gateway.answered(4)
    listed = rows(await page(client, "/"))
    assert (
        f'class="button small" form="decide" name="one"\n  value="approve:{seq_of(1)}"'
        in listed[seq_of(1)]
    )
    assert (
        f'class="button small primary" form="decide" name="one"\n  value="approve:{seq_of(2)}"'
        in listed[seq_of(2)]
    )
    assert re.search(
        r'<abbr class="rule"\s+title="[^"]+">S101\.\d+</abbr> <small class="why">\S',
        listed[seq_of(1)],
    )

    forbidden = await page(client, "/cases/1")
    assert '<section id="rules" data-live class="card bad">' in forbidden
    assert '<button class="button" name="act" value="approve"' in forbidden
    hint = await page(client, "/cases/2")
    assert '<section id="rules" data-live class="card hints">' in hint
    assert "规则检查通过" not in hint
    assert "没有规则禁止通过" in hint
    assert '<span class="badge b-review">S101.20</span>' in hint
    assert '<button class="button primary" name="act" value="approve"' in hint


async def test_a_change_shows_what_changes_and_nothing_else(api: Api) -> None:
    client, house = api
    await client.put(V1 + "/profile", json={"profile": "instant"})
    await house.gateway.send(declaration(1, LETTER | {"gasrAmt": "500000"}))
    held = (await house.gateway.answered(2))[1].body("GrtGasrLevyBsc")
    await client.put(V1 + "/profile", json={"profile": "manual"})
    change = held | {
        "dclTypecd": "2",
        "chgTmsCnt": "1",
        "gasrAmt": "700000",
        "etpsPreentNo": "ANOTHER",
        "ltguaValidDate": "2029-01-31 00:00:00",
    }
    await house.gateway.send(declaration(2, change))
    await house.gateway.answered(4)
    text = await page(client, "/cases/2")
    table = re.search(r'<table class="grid compare">.*?</table>', text, re.DOTALL)
    assert table
    heads = re.findall(r'<th scope="row">(.*?)</th>', table[0])
    assert heads == ["总担保金额", "保函有效期"]
    assert "500,000" in table[0]
    assert "+200,000" in table[0]
    assert "2029-01-31<" in table[0]
    assert "00:00:00" not in table[0]


async def test_a_document_is_read_in_parts(api: Api) -> None:
    client, house = api
    await filed(house, 1, rmk="长" * 200, gasrAmt="1234567")
    text = await page(client, "/cases/1")
    document = text[text.index("<h2>单证</h2>") : text.index("<h2>报文往来</h2>")]
    assert re.findall(r"<h3>(.*?)</h3>", document)[:2] == ["担保与金额", "企业"]
    assert "<bdi>1,234,567</bdi>" in document
    assert re.search(r'class="field[^"]* long">\s*<dt><span>备注', document)
    assert "<summary>未填" in document
    assert 'class="field empty"' not in document


async def test_the_strip_tells_what_went_out_and_what_a_fault_struck(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    lost = {"rules": [{"fault": "drop", "match": {"result": "Y"}}]}
    assert (await client.put(V1 + "/faults", json=lost)).status == 200
    await house.gateway.send(declaration(2, LETTER | {"ltguaNo": "LG-2"}))
    await house.gateway.answered(3)
    listed = rows(await page(client, "/"))
    strips = [
        re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", row[row.index('<span class="strip"') :]))
        for row in listed.values()
    ]
    assert "● GRT200 ● Y ○ 决定" in strips[0]
    assert "● GRT200 ✕ Y" in strips[1]
