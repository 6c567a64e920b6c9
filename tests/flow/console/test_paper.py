"""A case, a levy, a guarantee and a statement are printed without what only a screen can use; a
case is one file."""

from __future__ import annotations

import re

from tests.customs_factories import seq_of
from tests.flow.console.visitor import PAGE, V1, Api, filed, post, token


async def registers(api: Api) -> list[str]:
    """The pages of a case, a levy, a guarantee and a statement."""
    client, house = api
    await filed(house, 1)
    await post(client, "/decide", csrf=await token(client), one=f"approve:{seq_of(1)}", back="/")
    levy = await client.post(
        V1 + "/levies",
        json={
            "enterprise": "1105910159",
            "customs": "0100",
            "amount": "1200.50",
            "biz_type": "2",
            "biz_no": "C010026A0099",
            "oriact_no": "C010026A0471",
        },
    )
    stated = await client.post(
        V1 + "/statements",
        json={"enterprise": "1105910159", "from": "2026-11-01", "to": "2026-11-22"},
    )
    guarantees = (await (await client.get(V1 + "/guarantees")).json())["items"]
    return [
        "/cases/1",
        f"/levies/{(await levy.json())['levy_no']}",
        *(f"/guarantees/{each['gasr_no']}" for each in guarantees[:1]),
        f"/statements/{(await stated.json())['statement_no']}",
    ]


async def test_a_print_view_has_no_buttons_boxes_menus_or_script_and_says_where_and_when(
    api: Api,
) -> None:
    client, _ = api
    for path in await registers(api):
        screen = await (await client.get(path, headers=PAGE)).text()
        assert 'href="?print=1">打印</a>' in screen, path
        answer = await client.get(path + "?print=1", headers=PAGE)
        page = await answer.text()
        assert answer.status == 200
        for gone in (
            "<form",
            "<button",
            "<nav",
            "<script",
            "<dialog",
            'type="checkbox"',
            "<header",
        ):
            assert gone not in page, (path, gone)
        foot = re.search(r'<p class="print-foot">(.*?)</p>', page)
        assert foot
        assert foot[1].startswith(f"http://127.0.0.1:{client.port}{path} · 2026-11-23")
        number = re.search(r'<h1>.*?<span class="mono">(.*?)</span>', screen, re.DOTALL)
        assert number
        assert number[1] in page


async def test_the_stylesheet_prints_a4_with_repeated_heads_and_without_what_is_clicked(
    api: Api,
) -> None:
    client, _ = api
    page = await (await client.get("/", headers=PAGE)).text()
    sheet = re.search(r'href="(/static/[^"]+/pages\.css)"', page)
    assert sheet
    css = await (await client.get(sheet[1])).text()
    printed = css[css.index("@media print {") :].partition("\n}\n")[0]
    assert "size: A4" in css
    assert "thead { display: table-header-group; }" in printed
    hidden = printed.partition("{ display: none !important; }")[0]
    for each in (".top", ".side", ".actbar", "form", "button", ".tick", ".row-acts", ".exports"):
        assert re.search(rf"(?m)[ ,]{re.escape(each)},", hidden), each


async def test_a_case_is_one_file_with_document_rules_ledger_messages_and_audit(api: Api) -> None:
    client, house = api
    await filed(house, 1, rmk="&lt;script&gt;alert(1)&lt;/script&gt;")
    await post(client, "/decide", csrf=await token(client), one=f"approve:{seq_of(1)}", back="/")
    assert 'href="/cases/1/dossier"' in await (await client.get("/cases/1", headers=PAGE)).text()
    answer = await client.get("/cases/1/dossier", headers=PAGE)
    page = await answer.text()
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="case-1.html"'
    assert "<style>" in page
    assert re.findall(r'<(?:link|script|img)\b[^>]*(?:href|src)="/', page) == []
    assert "<script" not in page
    for wanted in ("单证", "规则", "报文往来", "操作记录", "&lt;script&gt;alert", "GrtGasrLevyBsc"):
        assert wanted in page, wanted
    archived = (await (await client.get(V1 + "/messages", params={"q": seq_of(1)})).json())["items"]
    assert len(archived) >= 3
    for each in archived:
        assert each["message_id"] in page
    assert (await client.get("/cases/9/dossier", headers=PAGE)).status == 404
