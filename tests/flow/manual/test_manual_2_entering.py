"""The rules of the manual, section 2: what a form fills in, offers and marks. One pair for the
whole file; every test makes its own guarantees and levies, for BEIJING."""

from __future__ import annotations

import pytest

from tests.conftest import BEIJING, SHANGHAI
from tests.factories import ENTERPRISES, grt151
from tests.flow.manual.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


# 2 进入和使用


async def test_manual_2_entering_a_code_fills_in_the_name(w: World) -> None:
    own = (await w.api.get(f"/enterprises/{BEIJING}")).json
    assert (own["name"], own["credit_code"], own["customs"]) == (
        ENTERPRISES[BEIJING].name,
        ENTERPRISES[BEIJING].credit_code,
        "0100",
    )
    foreign = (await w.api.get(f"/enterprises/{SHANGHAI}")).json
    assert foreign == {
        "code": SHANGHAI,
        "name": ENTERPRISES[SHANGHAI].name,
        "credit_code": ENTERPRISES[SHANGHAI].credit_code,
    }
    assert (await w.api.get("/enterprises/0000000000")).status == 404


async def test_manual_2_what_was_maintained_is_filled_in_too(w: World) -> None:
    await w.api.approved(grt151(w.ref(), next(w.numbers)))
    own = (await w.api.get(f"/enterprises/{BEIJING}")).json
    assert own["accounts"][0]["pmnEtpsBankAcctnum"] == "0200003409089123456"
    assert own["contacts"][0]["etpsConcErTelnum"] == "010-88886666"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("gur_mode", {"1": "保证金", "2": "保函"}),
        ("gur_type", {"1": "总担保", "2": "单笔担保"}),
        ("refund_kind", {"1": "退还", "2": "结转"}),
        ("customs", {"0100": None, "2200": None}),
        ("payment_mode", {"1": None, "2": None}),
        ("biz_type", {"2": None, "3": None}),
    ],
)
async def test_manual_2_fields_with_options_have_a_drop_down(
    w: World, name: str, codes: dict[str, str | None]
) -> None:
    rows = {c["code"]: c["zh"] for c in (await w.api.get(f"/codelists/{name}")).json["items"]}
    for code, label in codes.items():
        assert rows[code] == (label or rows[code])
        assert rows[code]
    assert name in (await w.api.get("/codelists")).json["items"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("levyBlAmt", "1.00"),
        ("assuredEtpsNm", "另一家公司"),
        ("oriactNo", "C010016A9999"),
        ("mkclUnitNm", "他"),
    ],
)
async def test_manual_2_grey_fields_are_filled_in_by_the_system_and_cannot_be_changed(
    w: World, field: str, value: str
) -> None:
    refused = await w.api.post(await w.confirmation(await w.levy(), **{field: value}))
    assert refused.status == 422
    assert field in {f["field"] for f in refused.findings}


async def test_manual_2_red_marks_the_field_that_is_wrong_with_its_label_and_place(
    w: World,
) -> None:
    refused = await w.api.post(w.setup(gasrAmt="1,000"))
    (finding,) = [f for f in refused.findings if f["field"] == "gasrAmt"]
    assert (finding["severity"], finding["label_zh"], finding["value"]) == (
        "error",
        "总担保金额",
        "1,000",
    )
    assert finding["line"]
    assert finding["message_zh"]
    assert finding["message_en"]
