"""Lists by the page: how many there are, there and back, sorted, and what is wrong with a filter
told at its field."""

from __future__ import annotations

import re

import pytest

from tests.customs_factories import seq_of
from tests.flow.console.visitor import PAGE, Api, filed


async def seen(api: Api, path: str) -> str:
    answer = await api[0].get(path, headers=PAGE, allow_redirects=False)
    assert answer.status == 200, (path, await answer.text())
    return await answer.text()


def pager(page: str) -> tuple[str, dict[str, str]]:
    """What the page says of itself, and where the links beside it lead."""
    found = re.search(r'<nav class="pager".*?</nav>', page, re.DOTALL)
    assert found
    links = re.findall(r'rel="(\w+)" href="([^"]*)"', found[0])
    span = re.search(r"<span>(.*?)</span>", found[0], re.DOTALL)
    assert span
    return " ".join(span[1].split()), {rel: to.replace("&amp;", "&") for rel, to in links}


def rows(page: str) -> list[str]:
    return re.findall(r'data-row="([^"]+)"', page)


async def test_pages_lead_there_and_back_and_keep_filter_and_order(api: Api) -> None:
    await filed(api[1], *range(1, 6))
    page = await seen(api, "/?limit=2&enterprise=1105910159")
    assert pager(page) == ("1–2 / 5", {"next": "?limit=2&enterprise=1105910159&page=2"})
    assert rows(page) == ["1", "2"]
    assert "全选本页" in page
    page = await seen(api, "/" + pager(page)[1]["next"])
    assert pager(page)[0] == "3–4 / 5"
    assert pager(page)[1]["prev"] == "?limit=2&enterprise=1105910159"
    last = await seen(api, "/" + pager(page)[1]["next"])
    assert pager(last) == ("5–5 / 5", {"prev": "?limit=2&enterprise=1105910159&page=2"})
    assert rows(last) == ["5"]
    assert "没有这一页" in await seen(api, "/?limit=2&page=9")
    for path, total in (("/messages?limit=4", 15), ("/messages?limit=4&q=R-0003", 3)):
        said, links = pager(await seen(api, path))
        assert said == f"1–{min(4, total)} / {total}"
        assert ("next" in links) == (total > 4)
    archive = rows(await seen(api, "/messages"))
    paged = [
        n for at in (1, 2, 3, 4) for n in rows(await seen(api, f"/messages?limit=4&page={at}"))
    ]
    assert paged == archive


async def test_a_head_sorts_up_down_and_not_at_all_in_the_address(api: Api) -> None:
    for number, amount in ((1, "900000"), (2, "100000"), (3, "500000")):
        await filed(api[1], number, gasrAmt=amount)
    page = await seen(api, "/?q=R-000")
    assert 'href="?q=R-000&amp;sort=amount"' in page
    page = await seen(api, "/?q=R-000&sort=amount")
    assert rows(page) == ["2", "3", "1"]
    assert 'aria-sort="ascending"><a\n' in page or 'aria-sort="ascending"' in page
    assert 'href="?q=R-000&amp;sort=-amount"' in page
    page = await seen(api, "/?q=R-000&sort=-amount&limit=2&page=2")
    assert rows(page) == ["2"]
    assert 'href="?q=R-000&amp;limit=2"' in page  # the third press takes the order away
    assert rows(await seen(api, f"/?q={seq_of(3)}")) == ["3"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/?from_amount=abc&kind=GRT101", "from_amount"),
        ("/?customs=北京", "customs"),
        ("/?enterprise=北京", "enterprise"),
        ("/?kind=GRT999", "kind"),
        ("/?limit=0", "limit"),
        ("/?page=x", "page"),
        ("/?sort=colour", "sort"),
        ("/?show=some", "show"),
        ("/?colour=red", "colour"),
        ("/?q=1&q=2", "q"),
        ("/levies?enterprise=999", "enterprise"),
        ("/levies?cursor=ZS", "cursor"),
        ("/guarantees?sort=-", "sort"),
        ("/payments?page=0", "page"),
        ("/statements?sort=colour", "sort"),
        ("/messages?q=" + "x" * 300, "q"),
        ("/parked?q=1", "q"),
        ("/audit?limit=1001", "limit"),
        ("/search?q=1&kind=house", "kind"),
        ("/clock?x=1", "x"),
        ("/scenarios?x=1", "x"),
        ("/cases/1?x=1", "x"),
    ],
)
@pytest.mark.slow
async def test_what_cannot_be_used_of_an_address_is_told_and_the_page_stays(
    api: Api, path: str, field: str
) -> None:
    await filed(api[1], 1)
    answer = await api[0].get(path, headers=PAGE)
    page = await answer.text()
    assert answer.status == 400
    assert '<nav class="side"' in page
    assert re.search(rf'role="alert">.*?<code>{field}</code>', page, re.DOTALL)
    if path.startswith("/?"):
        assert rows(page) == []  # no list of something else than was asked for
        assert "没有等待处理的案卷" not in page
        assert 'id="total" data-live>—<' in page


async def test_a_bad_filter_is_marked_and_kept_beside_the_good_ones(api: Api) -> None:
    page = await (
        await api[0].get("/?from_amount=abc&to_amount=5&customs=北京&kind=GRT101", headers=PAGE)
    ).text()
    for name, value in (("from_amount", "abc"), ("customs", "北京")):
        field = re.search(rf'<input name="{name}"[^>]*>', page)
        assert field
        assert 'aria-invalid="true"' in field[0]
        assert f'value="{value}"' in field[0]
        named = re.search(r'aria-describedby="([^"]+)"', field[0])
        assert named
        assert re.search(rf'<p id="{named[1]}"><code>{name}</code>', page)
    good = re.search(r'<input name="to_amount"[^>]*>', page)
    assert good
    assert 'value="5"' in good[0]
    assert "aria-invalid" not in good[0]
    assert '<option value="GRT101" selected>' in page
    raw = await api[0].get("/messages/1/raw?x=1", headers=PAGE)
    assert raw.status == 400
