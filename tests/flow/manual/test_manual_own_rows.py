"""The rules of the manual: nobody sees, names or files over what another enterprise has."""

from __future__ import annotations

import pytest

from tests.conftest import BEIJING, SHANGHAI
from tests.factories import grt101, grt111
from tests.flow.manual.world import QUERIES, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


# only one's own


async def test_manual_4_foreign_and_unknown_numbers_look_alike(
    w: World, listed: dict[str, str]
) -> None:
    foreign, unknown = listed["first"], "999999999999999999"
    seen = (await w.api.declaration(foreign, enterprise=SHANGHAI))["message_id"]
    for method, path, own, other in (
        ("GET", "/declarations/{}", foreign, unknown),
        ("GET", "/declarations/{}/timeline", foreign, unknown),
        ("DELETE", "/declarations/{}", foreign, unknown),
        ("GET", "/messages/{}", seen, "no-such-message"),
        ("GET", "/messages/{}/raw", seen, "no-such-message"),
    ):
        theirs, nothing = [await w.api.call(method, path.format(number)) for number in (own, other)]
        assert (theirs.status, nothing.status) == (404, 404), path
        assert theirs.body.decode().replace(own, "N") == nothing.body.decode().replace(other, "N")
    assert (await w.api.declaration(foreign, enterprise=SHANGHAI))["status"] == "draft"


async def test_manual_4_a_filing_about_a_foreign_levy_is_answered_as_one_about_an_unknown_levy(
    w: World,
) -> None:
    foreign, unknown = await w.levy(enterprise=SHANGHAI, customs="2200"), "ZS2200202699999"
    for make in (
        lambda no: grt111(next(w.numbers), dpstLevyBlNo=no),
        lambda no: w.refund(no, "1.00"),
    ):
        theirs, nothing = [await w.api.post(make(number)) for number in (foreign, unknown)]
        assert theirs.status == nothing.status >= 400
        assert theirs.codes == nothing.codes
        told = [
            [(f["message_zh"], f["wanted"]) for f in answer.findings]
            for answer in (theirs, nothing)
        ]
        assert str(told[0]).replace(foreign, "N") == str(told[1]).replace(unknown, "N")


@pytest.mark.slow
async def test_manual_4_a_message_that_names_another_enterprise_is_forbidden(w: World) -> None:
    refused = await w.api.post(grt101(w.ref(), next(w.numbers), enterprise=SHANGHAI))
    assert (refused.status, refused.codes) == (403, ["X.01"])


async def test_manual_4_seq_nos_of_others_cannot_be_filed_over(
    w: World, listed: dict[str, str]
) -> None:
    theirs = await w.api.post(w.setup(seq_no=listed["first"]))
    nothing = await w.api.post(w.setup(seq_no="999999999999999999"))
    assert theirs.status == nothing.status
    assert theirs.codes == nothing.codes


@pytest.mark.parametrize("path", QUERIES)
async def test_manual_4_no_query_shows_rows_of_others(
    w: World, listed: dict[str, str], path: str
) -> None:
    rows = (await w.api.get(path, params={"limit": 1000})).json["items"]
    assert {r["fields"]["assuredEtpsno"] for r in rows} <= {BEIJING}
    assert not set(listed.values()) & {r["seq_no"] for r in rows}
    for form in ("csv", "xlsx"):
        assert SHANGHAI.encode() not in (await w.api.get(f"{path}.{form}")).body
