"""The rules of the manual, section 4: 保证金确认. One pair for the whole file; every test makes
its own guarantees and levies, for BEIJING."""

from __future__ import annotations

import pytest

from tests.conftest import SHANGHAI
from tests.factories import grt111
from tests.flow.manual.world import EIGHT, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


# 4 保证金确认


async def test_manual_4_an_enterprise_sees_only_its_own_waiting_levies(w: World) -> None:
    no = await w.levy()
    assert (await w.api.get("/levies", params={"q": no})).json["total"] == 1
    assert (await w.api.get("/levies", params={"q": no}, enterprise=SHANGHAI)).json == {
        "items": [],
        "total": 0,
        "next": None,
    }
    assert (await w.api.get("/levies", params={"enterprise": SHANGHAI})).json["total"] == 0


async def test_manual_4_all_eight_confirmation_fields_are_required(w: World) -> None:
    no = await w.levy()
    refused = await w.api.post(await w.confirmation(no, **dict.fromkeys(EIGHT, "")))
    assert refused.status == 422
    assert {f["field"] for f in refused.findings if f["code"].startswith("F111.05")} == set(EIGHT)
    assert (await w.row("/levies", no))["status"] == "pending"


@pytest.mark.parametrize("field", EIGHT)
@pytest.mark.parametrize(
    "kind",
    [{}, {"gurModecd": "2", "ltguaNo": "LG-ANY", "ltguaValidDate": "2027-11-22 00:00:00"}],
    ids=["cash", "letter"],
)
async def test_manual_4_each_field_is_required_whatever_the_type(
    w: World, field: str, kind: dict[str, str]
) -> None:
    refused = await w.api.post(await w.confirmation(await w.levy(), **kind | {field: ""}))
    assert refused.status == 422
    assert field in {f["field"] for f in refused.findings if f["code"].startswith("F111.05")}


async def test_manual_4_a_levy_is_confirmed_on_a_guarantee_or_alone(w: World) -> None:
    guarantee = (await w.letter())["business_no"]
    no = await w.levy("1000.25")
    await w.api.taken(await w.confirmation(no, "0"))
    done = await w.api.approved(
        await w.confirmation(no, gurTypecd="1", gurModecd="2", gasrNo=guarantee)
    )
    assert (done["payment"], done["completed"]) == ("3", True)
    await w.until("/guarantees", guarantee, usedGasrAmt="1001", avalGasrAmt="298999")
    assert (await w.row("/levies", await w.paid()))["payment"] == "2"


async def test_manual_4_only_customs_starts_a_levy(w: World) -> None:
    refused = await w.api.post(grt111(next(w.numbers), dpstLevyBlNo="ZS0100202699999"))
    assert refused.status in (404, 422)
    assert "F111.01" in refused.codes
