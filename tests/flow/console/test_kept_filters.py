"""A filter is kept by name and is there again, also its order; it is forgotten by a press."""

from __future__ import annotations

from tests.flow.console.visitor import PAGE, Api, post, token


async def test_a_filter_is_kept_by_name_used_and_forgotten(api: Api) -> None:
    client, _ = api
    here = "/?q=R-00&sort=-amount"
    csrf = await token(client)
    kept = await post(client, "/filters", csrf=csrf, name="大额 <1>", back=here)
    assert (kept.status, kept.headers["Location"]) == (303, here)
    page = await (await client.get("/", headers=PAGE)).text()
    assert '<a href="/?q=R-00&amp;sort=-amount"><bdi>大额 &lt;1&gt;</bdi></a>' in page
    assert "大额" not in await (await client.get("/levies", headers=PAGE)).text()
    await post(client, "/filters", csrf=csrf, name="大额 <1>", back="/?q=R-01")
    page = await (await client.get("/", headers=PAGE)).text()
    assert page.count("大额 &lt;1&gt;</bdi>") == 1
    assert '<a href="/?q=R-01">' in page
    await post(client, "/filters/forget", csrf=csrf, name="大额 <1>", back="/")
    assert "大额" not in await (await client.get("/", headers=PAGE)).text()


async def test_too_many_are_kept_as_far_as_a_cookie_goes_and_a_foreign_one_is_none(
    api: Api,
) -> None:
    client, _ = api
    csrf = await token(client)
    for number in range(30):
        await post(client, "/filters", csrf=csrf, name=f"f{number}", back="/?q=" + "x" * 200)
    page = await (await client.get("/", headers=PAGE)).text()
    assert "<bdi>f29</bdi>" in page
    assert "<bdi>f0</bdi>" not in page
    for odd in ("no", "W10", "WyJhIl0="):
        answer = await client.get("/", headers=PAGE | {"Cookie": f"filters={odd}"})
        assert answer.status in (200, 303)
    refused = await post(client, "/filters", csrf=csrf, name="", back="/")
    assert refused.status == 303


async def test_every_list_that_can_be_filtered_keeps_its_filters(api: Api) -> None:
    client, _ = api
    csrf = await token(client)
    for path in ("/", "/levies", "/guarantees", "/payments", "/statements", "/messages"):
        await post(client, "/filters", csrf=csrf, name=f"of {path}", back=f"{path}?q=AB")
        page = await (await client.get(path, headers=PAGE)).text()
        assert f'<a href="{path}?q=AB"><bdi>of {path}</bdi></a>' in page, path
        assert page.count("<bdi>of /") == 1, path
