"""The lists that the manual begins a form with, and what stands beside the fields: P2 change, P3
confirmation, P4 refund. Without script."""

from __future__ import annotations

from typing import Any

from fixtures.kit.pair.pair import Pair
from tests.conftest import BEIJING, Api, eventually
from tests.factories import CASH, grt101, grt111, grt111_fields
from tests.flow.portal.test_portal_forms import PAID_FROM, declared, filled, number_in
from tests.flow.portal.visitor import Person, Seen, issued, person


def buttons(page: Seen) -> dict[str, str]:
    """The button of each row: where it leads, or why it is closed."""
    found: dict[str, str] = {}
    for row in page.text.split("<tr data-row=")[1:]:
        seen = Seen(200, "", "<tr data-row=" + row)
        links = seen.values(r'data-action="go" href="([^"]+)"')
        why = seen.values(r'<small class="why"[^>]*>([^<]+)')
        found[seen.rows[0]] = (links or why or [""])[0]
    return found


async def confirmed(api: Api, number: str, at: int, **changes: str) -> str:
    """A levy that the enterprise confirmed, in cash unless said otherwise, and customs approved."""
    row = (await api.get("/levies", params={"q": number})).json["items"][0]
    own = {
        key: value
        for key, value in grt111_fields().items()
        if key.startswith(("pmn", "etpsConc")) or key == "paymnModecd"
    }
    chosen = {"gurTypecd": "2", "gurModecd": "1", "gasrNo": "", "ltguaNo": "", "ltguaValidDate": ""}
    filed = await api.taken(grt111(at, **{**row["fields"], **own, **chosen, **changes}))
    await api.until(filed["seq_no"], "approved")
    return str(filed["seq_no"])


async def paid(api: Api, number: str, amount: str) -> None:
    body = {
        "levy_no": number,
        "amount": amount,
        "paid_at": "2026-11-23T10:00:00+08:00",
        "reference": f"B-{number}",
    }
    assert (await api.control("POST", "/payments", body)).status == 201

    async def done() -> bool:
        return bool((await api.get("/levies", params={"q": number})).json["items"][0]["completed"])

    await eventually(done, what="the payment")


async def pressed(visitor: Person, page: Seen, action: str, **changes: str) -> Seen:
    """The form after one of the buttons that write into it."""
    (value,) = page.values(rf'name="set" value="([^"]+)"[^>]*data-action="{action}"')
    return await visitor.send(page.path, **filled(page, set=value, **changes))


async def test_p2_the_list_offers_a_change_of_letters_and_the_form_shows_what_it_changes(
    pair: Pair, api: Api
) -> None:
    letter = await api.approved(grt101("T-L", 1, ltguaNo="T-1", gasrAmt="300000"))
    cash = await api.approved(grt101("T-C", 2, **CASH | {"gasrAmt": "500000"}))
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        # P2-1
        listed = await visitor.go("/portal/guarantees/change")
        place = f"/portal/guarantees/change?of={letter['business_no']}"
        assert buttons(listed) == {
            cash["seq_no"]: "总担保为保证金的不能变更",
            letter["seq_no"]: place,
        }
        # P2-2: three white fields, the present value under each; nothing changed: grey
        page = await visitor.go(place)
        white = ["gasrAmt", "ltguaNo", "ltguaValidDate"]
        assert page.values(r'data-field="([^"]+)" data-state="open"') == white
        assert page.values(r'class="present">现值 ([^<]+)')[:2] == ["300,000", "T-1"]
        assert 'aria-disabled="true" data-action="declare"' in page.text
        assert "没有变更内容" in page.text
        same = await visitor.send(page.path, **filled(page, act="declare", sure="yes"))
        assert (same.status, "C101.06" in same.text) == (422, True)
        # the comparison, and what customs will say
        looked = await visitor.send(
            page.path, **filled(page, act="fill", gasrAmt="450,000", ltguaValidDate="2028-11-22")
        )
        assert "+150,000" in looked.text
        assert looked.values(r"<td>\+(\d+) 天") != []
        assert 'aria-disabled="true" data-action="declare"' not in looked.text
        levy = await issued(api, "120000.50")
        await confirmed(api, levy, 3, gurTypecd="1", gurModecd="2", gasrNo=letter["business_no"])
        low = await visitor.send(page.path, **filled(page, act="fill", gasrAmt="100000"))
        assert low.values(r"data-warning>([^<]+)") == ["海关将退单: 金额至少 120,001"]
        # P2-3, P2-4: one open change; the register stays; a 退单 is corrected as attempt 2
        done = await declared(visitor, page, gasrAmt="100000")
        number = number_in(done)
        assert (await api.until(number, "returned"))["change_no"] == 1
        row = await api.declaration(letter["seq_no"])
        assert row["fields"]["gasrAmt"] == "300000"
        assert row["open_filing"]["seq_no"] == number
        closed = await visitor.go("/portal/guarantees/change")
        assert number in buttons(closed)[letter["seq_no"]]
        assert f'href="/portal/declarations/{number}"' in closed.text
        edit = await visitor.go(f"/portal/declarations/{number}/edit")
        assert filled(edit)["gasrAmt"] == "100000"
        again = await declared(visitor, edit, gasrAmt="450000")
        assert (await api.until(number_in(again), "approved"))["attempt"] == 2
        assert (await api.declaration(letter["seq_no"]))["fields"]["gasrAmt"] == "450000"
        told = await visitor.go(f"/portal/declarations/{letter['seq_no']}", tab="changes")
        assert 'data-changed="gasrAmt"' in told.text


async def test_p3_a_guarantee_is_offered_with_its_room_and_one_too_small_only_warns(
    pair: Pair, api: Api
) -> None:
    big = await api.approved(grt101("T-B", 1, ltguaNo="T-B", gasrAmt="450000"))
    small = await api.approved(grt101("T-S", 2, ltguaNo="T-S", gasrAmt="50000"))
    levy = await issued(api, "120000.50")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        listed = await visitor.go("/portal/levies/confirm")
        assert list(buttons(listed).values()) == [f"/portal/levies/{levy}/confirm"]
        short = await visitor.go("/portal/levies/confirm", dates="8")
        assert short.values(r'data-label="日期">(\d{8})') != []
        page = await visitor.go(f"/portal/levies/{levy}/confirm")
        assert page.values(r'data-offered="([^"]+)"') == [small["business_no"], big["business_no"]]
        assert "可用 50,000, 本单 120,000.50" in page.text
        # P3-3: choosing one sets the type; fields of a letter are grey and empty
        (choice,) = page.values(rf'name="set" value="([^"]*gasrNo={big["business_no"]})"')
        chosen = await visitor.send(
            page.path, **filled(page, set=choice, ltguaNo="X", gurTypecd="2", gurModecd="2")
        )
        form = filled(chosen)
        assert (form["gurTypecd"], form["gasrNo"]) == ("1", big["business_no"])
        assert form["ltguaNo"] == ""
        assert 'data-field="ltguaNo" data-state="locked"' in chosen.text
        # P3-4: too small: told before, may be sent, customs' sentence shown
        typed = {"gasrNo": small["business_no"], **PAID_FROM}
        warned = await visitor.send(chosen.path, **filled(chosen, act="fill", **typed))
        assert warned.values(r"data-warning>([^<]+)") == [
            "额度不足: 可用 50,000, 本单 120,000.50; 可以申报, 海关将退单"
        ]
        done = await declared(visitor, warned)
        number = number_in(done)
        await api.until(number, "returned")
        told = await visitor.go(f"/portal/declarations/{number}")
        assert "可用额度 50000.00 元" in told.text
        assert list(buttons(await visitor.go("/portal/levies/confirm")).values()) == [
            f"/portal/declarations/{number}/edit"
        ]


async def test_p3_5_a_draft_that_customs_overtook_goes_on_with_the_newest_data_and_what_was_typed(
    pair: Pair, api: Api
) -> None:
    levy = await issued(api, "1000.00")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go(f"/portal/levies/{levy}/confirm")
        saved = await visitor.send(
            page.path,
            **filled(page, act="save", gurTypecd="2", gurModecd="1", **PAID_FROM, rmk="先存"),
        )
        assert "征收单已变更" not in saved.text
        again = await api.control("POST", f"/levies/{levy}/reissue", {"amount": "1500.00"})
        assert again.status in (200, 201), again.body

        async def overtaken() -> Any:
            return (await api.get("/levies", params={"q": levy})).json["items"][0]["outdated"]

        await eventually(overtaken, what="the new generation")
        old = await visitor.go(saved.path)
        assert "(0 → 1)" in old.text
        assert 'value="1,000.00"' in old.text
        form = filled(old, act="fill", rmk="改后")
        new = await visitor.send(old.path + "?fresh=1", **form)
        assert "征收单已变更" not in new.text
        assert 'value="1,500.00"' in new.text
        kept = filled(new)
        assert (kept["rmk"], kept["etpsConcErName"]) == ("改后", PAID_FROM["etpsConcErName"])
        assert filled(await visitor.go(old.path, fresh="1"))["rmk"] == "先存"
        done = await declared(visitor, new)
        assert (await api.until(number_in(done), "approved"))["fields"]["levyBlAmt"] == "1500.00"


async def test_p4_what_is_refundable_is_offered_and_more_is_only_warned_about(
    pair: Pair, api: Api
) -> None:
    letter = await api.approved(grt101("T-L4", 1, ltguaNo="T-4", gasrAmt="300000"))
    cash = await api.approved(grt101("T-C4", 2, **CASH | {"gasrAmt": "500001"}))
    first, second, third = [await issued(api, a) for a in ("120000.50", "60000.00", "7000.00")]
    await confirmed(api, first, 3)
    await paid(api, first, "120000.50")
    await confirmed(api, second, 4)
    by_letter = await confirmed(
        api, third, 5, gurModecd="2", ltguaNo="T-9", ltguaValidDate="2028-01-01 00:00:00"
    )
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        levies = await visitor.go("/portal/refunds/new")
        assert len(levies.rows) == 3
        # P4-3
        assert "单票保函海关将自动退单" in levies.text
        assert "仍要申请" in levies.text
        page = await visitor.go(buttons(levies)[by_letter])
        assert page.values(r"data-warning>([^<]+)")[-1] == "单票保函海关将自动退单"
        filed = await declared(
            visitor, page, rtnbkCrdwAmt="1000", rtnbkCrdwRsnDesc="试一试", etpsPreentNo="T-R1"
        )
        await api.until(number_in(filed), "returned")
        # P4-5
        guarantees = await visitor.go("/portal/refunds/guarantees")
        assert buttons(guarantees) == {
            letter["seq_no"]: f"/portal/guarantees/change?of={letter['business_no']}",
            cash["seq_no"]: f"/portal/refunds/new?of={cash['business_no']}",
        }
        page = await visitor.go("/portal/refunds/new", of=letter["business_no"])
        assert "请办理变更" in page.text
        page = await visitor.go("/portal/refunds/new", of=cash["business_no"])
        assert filled(await pressed(visitor, page, "half"))["rtnbkCrdwAmt"] == "250000"
        # P4-1, P4-2: preset, all, half, usual reasons; none is refused here but the empty reason
        page = await visitor.go("/portal/refunds/new", of=first)
        assert filled(page)["rtnbkCrdwAmt"] == "120000.50"
        assert filled(await pressed(visitor, page, "half"))["rtnbkCrdwAmt"] == "60000.25"
        page = await pressed(visitor, page, "all", rtnbkCrdwAmt="5")
        assert filled(page)["rtnbkCrdwAmt"] == "120000.50"
        bare = await visitor.send(page.path, **filled(page, act="declare"))
        assert (bare.status, "R121.05" in bare.text) == (422, True)
        (reason,) = page.values(r'name="set" value="(rtnbkCrdwRsnDesc=[^"]+)"[^>]*>手册核销')
        page = await visitor.send(page.path, **filled(page, set=reason))
        assert filled(page)["rtnbkCrdwRsnDesc"] == "手册核销"
        much = await visitor.send(page.path, **filled(page, act="fill", rtnbkCrdwAmt="130000"))
        assert much.values(r"data-warning>([^<]+)") == ["海关显示可退 120,000.50"]
        number = number_in(await declared(visitor, much))
        await api.until(number, "returned")
        row = (await api.get("/levies", params={"q": first})).json["items"][0]
        assert (row["status"], row["payment"]) == ("approved", "2")
        line = await visitor.go("/portal/levies", q=first)
        assert line.values(
            rf'href="/portal/declarations/{number}">退还申请 <span class="mono">{number}'
        )
        assert "退单" in line.text
        # P4-4: a target is offered by what it still owes
        carry = await visitor.go(buttons(await visitor.go("/portal/refunds/carry"))[row["seq_no"]])
        bare = await visitor.send(
            carry.path, **filled(carry, act="declare", rtnbkCrdwRsnDesc="结转")
        )
        assert "R121.14" in bare.text
        fits = await visitor.send(carry.path, **filled(carry, act="fill", rtnbkCrdwAmt="60000"))
        (target,) = fits.values(r'name="set" value="(GrtCrdwInDt.gurNo=[^"]+)"')
        chosen = await visitor.send(fits.path, **filled(fits, set=target))
        assert filled(chosen)["GrtCrdwInDt.gurNo"] == second
        ended = await declared(visitor, chosen, rtnbkCrdwRsnDesc="结转到下一手册")
        await api.until(number_in(ended), "approved")
