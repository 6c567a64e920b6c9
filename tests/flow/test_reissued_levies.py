"""A levy that customs issues again (``docs/rules.md`` P301.07): it stays one filing, which waits
for the enterprise again under the next generation."""

from __future__ import annotations

from tests.conftest import Api
from tests.flow.test_stories import World


async def test_each_generation_is_confirmed_under_the_same_number(api: Api) -> None:
    w = World(api)
    no = await w.new_levy("1000.00")
    first = await api.approved(await w.confirmation(no))
    for generation, amount in enumerate(("1500.00", "1700.00"), 1):
        again = await api.control("POST", f"/levies/{no}/reissue", {"amount": amount})
        assert again.status in (200, 201), again.body
        row = await w.levy_until(no, levyBlAmt=amount, status="pending")
        assert (row["seq_no"], row["change_no"]) == (first["seq_no"], generation)
        body = await w.confirmation(no)
        done = await api.approved(body)
        assert (done["seq_no"], done["attempt"]) == (first["seq_no"], generation + 1)
        repeat = await api.post(body)
        assert (repeat.status, repeat.json["seq_no"]) == (200, first["seq_no"])
    rows = (await api.get("/levies")).json["items"]
    assert [(r["seq_no"], r["status"]) for r in rows] == [(first["seq_no"], "approved")]

    saved = await api.control("POST", f"/levies/{no}/reissue", {"amount": "1800.00"})
    assert saved.status in (200, 201), saved.body
    await w.levy_until(no, levyBlAmt="1800.00", status="pending")
    draft = await api.taken(await w.confirmation(no, "0"))
    await api.control("POST", f"/levies/{no}/reissue", {"amount": "1900.00"})
    row = await w.levy_until(no, levyBlAmt="1900.00", change_no=4)
    assert (row["seq_no"], draft["seq_no"]) == (first["seq_no"], first["seq_no"])
    assert row["outdated"]
