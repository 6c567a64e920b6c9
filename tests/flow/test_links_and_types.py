"""Links lead where they say whatever a message is called; a search takes characters as they are;
answers are of the type that is accepted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fixtures.kit.pair.pair import Pair
from tests.conftest import Api, client, pair_at
from tests.factories import attachment, grt101, pocketed

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROBLEM = "application/problem+json"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Pair, Api]]:
    async with pair_at(tmp_path_factory.mktemp("links")) as pair, client(pair.ready) as api:
        yield pair, api


IDS = (
    "PO/2026/7",
    "PO?x=1",
    "PO#1",
    "100%",
    "100%25",
    "PO%2F1",
    "a b",
    "单据-1",
    "a{b}",
    "a+b&c=d;e",
    "a..b",
    "~'\"\\",
    "%2e",
    "%2E%2E",
    "../../etc",
    "./.",
    "...",
    ".a",
    "a.",
    "..;",
    ". .",
    "编" * 124,
)
NO_IDS = (".", "..", "", " ", " a", "a ", "a\tb", "a\nb", "a\u0085b", "x" * 129)
"""What has no address, or none that every client can write."""


@pytest.mark.parametrize("name", IDS)
async def test_every_link_leads_where_it_says(shared: tuple[Pair, Api], name: str) -> None:
    _, api = shared
    sent = await api.post(grt101(f"LINK{IDS.index(name)}", message_id=name))
    assert sent.status == 202, sent.body
    links = sent.json["links"]
    shown = await api.get(links["message"])
    assert (shown.status, shown.json["message_id"]) == (200, name)
    assert (await api.get(shown.json["links"]["raw"])).status == 200
    declaration = await api.get(links["declaration"])
    assert (await api.get(declaration.json["links"]["message"])).status == 200


@pytest.mark.parametrize("name", NO_IDS)
async def test_what_has_no_address_is_refused_at_the_door(
    shared: tuple[Pair, Api], name: str
) -> None:
    _, api = shared
    body = grt101("NOWHERE", message_id="ID-OF-IT").replace(
        b"<message_id>ID-OF-IT<", b"<message_id>" + name.encode() + b"<"
    )
    refused = await api.post(body)
    assert refused.status == 422, refused.body
    (told,) = refused.findings
    assert told["field"] == "message_id"
    assert told["hint_en"]
    rows = await api.get("/declarations", params={"enterprise_ref": "NOWHERE"})
    assert rows.json["total"] == 0


FILES = ("%2e", "..a", "...", "a%2fb", ".", "..")


@pytest.mark.parametrize("name", FILES)
async def test_a_file_is_fetched_by_whatever_it_is_called(
    shared: tuple[Pair, Api], name: str
) -> None:
    _, api = shared
    at = FILES.index(name)
    group = f"FILE{at}"
    file = attachment(b"%PDF-1.4 x", group, 2, 2, 50 + at, UUID=name)
    if name in (".", ".."):
        refused = await api.post(file)
        assert (refused.status, [f["field"] for f in refused.findings]) == (422, ["UUID"])
        return
    sent = await api.taken(file)
    await api.taken(pocketed(grt101(group, 70 + at, ltguaNo=group), group, 2, 1))
    (listed,) = (await api.declaration(sent["seq_no"]))["attachments"]
    assert listed["uuid"] == name
    fetched = await api.get(listed["links"]["raw"])
    assert (fetched.status, fetched.body) == (200, b"%PDF-1.4 x")


# what is accepted


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/xml;q=0, */*", "application/json"),
        ("application/json;q=0, */*", "application/xml"),
        ("text/xml", "text/xml"),
        ("application/xml", "application/xml"),
        ("application/xml; charset=utf-8", "application/xml"),
        ("APPLICATION/XML", "application/xml"),
        ("application/xml, application/json", "application/json"),
        ("application/xml, application/json;q=0.5", "application/xml"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("text/*;q=0.5, application/json;q=0.1", "text/xml"),
        ("text/html", "application/json"),
        ("*/*", "application/json"),
        (";;;,,q=", "application/json"),
        ("application/xml;q=2", "application/json"),
        ("application/json-seq", "application/json"),
    ],
)
async def test_the_answer_is_of_the_type_that_is_accepted(
    shared: tuple[Pair, Api], accept: str, kind: str
) -> None:
    _, api = shared
    assert (await api.post(grt101("ACCEPT"), Accept=accept)).type == kind
    refused = await api.post(b"<a/>", Accept=accept)
    assert refused.type == (PROBLEM if kind == "application/json" else kind)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("PO_2026_001", 1), ("po_2026", 1), ("_", 1), ("%", 1), ("-2026-", 1), ("\\", 0)],
)
async def test_a_search_takes_every_character_as_it_is(
    shared: tuple[Pair, Api], wanted: str, found: int
) -> None:
    _, api = shared
    for number, ref in enumerate(("PO_2026_001", "PO-2026-001", "50%"), 7000):
        await api.post(grt101(ref, number))
    reply = await api.get("/declarations", params={"q": wanted})
    mine = [i for i in reply.json["items"] if i["enterprise_ref"][:2] in ("PO", "50")]
    assert len(mine) == found
