"""The forms without script: the stories of the manual, filed by a person at the portal."""

from __future__ import annotations

from fixtures.kit.pair.pair import Pair
from tests.conftest import BEIJING, SHANGHAI, Api, eventually
from tests.factories import CASH, grt101
from tests.flow.portal.visitor import Person, Seen, issued, person

LETTER = {"gurModecd": "2", "gasrAmt": "500,000", "ltguaNo": "BH-1", "ltguaValidDate": "2027-11-22"}
PAID_FROM = {
    "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
    "pmnEtpsBankAcctnum": "0200003409089123456",
    "etpsConcErName": "张三",
    "etpsConcErTelnum": "010-88886666",
}


def filled(page: Seen, **changes: str) -> dict[str, str]:
    """The form of a page as a browser would send it, with what a person changed."""
    inputs = page.values(r'<(?:input|textarea|select)[^>]* name="([^"]+)"')
    form: dict[str, str] = {}
    for name in inputs:
        value = page.values(rf'<input[^>]* name="{name}"[^>]*value="([^"]*)"') or page.values(
            rf'name="{name}"[^>]*>([^<]*)</textarea>'
        )
        chosen = page.values(
            rf'<select[^>]* name="{name}"(?:(?!</select>)[\s\S])*?<option value="([^"]*)" selected'
        )
        form[name] = (chosen or value or [""])[0]
    return form | changes


async def declared(visitor: Person, page: Seen, **changes: str) -> Seen:
    """What comes after 申报, and 申报 again in the question."""
    path = page.path
    asked = await visitor.send(path, **filled(page, act="declare", **changes))
    assert 'data-screen="declare"' in asked.text, asked.text[:3000]
    return await visitor.send(path, **filled(asked, act="declare"))


def number_in(seen: Seen) -> str:
    found = seen.values(r'data-screen="filing" data-row="(\d{18})"')
    assert found, seen.text
    return found[0]


async def test_p1_a_guarantee_is_saved_corrected_declared_and_approved(
    pair: Pair, api: Api
) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        assert "北京某某保税科技有限公司" in page.text
        saved = await visitor.send(
            page.path,
            **filled(page, act="save", gasrAmt="300,000", etpsPreentNo="P-1", gurModecd="2"),
        )
        assert "暂存成功" in saved.text
        assert "申报前需补 2 项" in saved.text
        (draft,) = (await api.get("/guarantees?status=draft")).json["items"]
        assert draft["fields"]["gasrAmt"] == "300000"
        assert saved.path == f"/portal/declarations/{draft['seq_no']}/edit"
        done = await declared(visitor, saved, **LETTER)
        assert "申报成功" in done.text
        assert number_in(done) == draft["seq_no"]
        ended = await api.until(draft["seq_no"], "approved")
        assert ended["fields"]["gasrAmt"] == "500000"
        assert ended["enterprise_ref"] == "P-1"


async def test_p1_3_what_is_missing_is_said_at_its_field_all_at_once_and_nothing_is_stored(
    pair: Pair, api: Api
) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        seen = await visitor.send(
            page.path,
            **filled(
                page, act="declare", gurModecd="2", gasrAmt="1,000.5", pmnEtpsno="", pmnEtpsNm=""
            ),
        )
        assert seen.status == 422
        wrong = dict(
            zip(
                seen.values(r'data-field="([^"]+)" data-state="error"'),
                seen.values(r'data-state="error" data-code="([^"]+)"'),
                strict=True,
            )
        )
        assert wrong == {
            "gasrAmt": "X.09",
            "ltguaNo": "S101.08",
            "ltguaValidDate": "S101.09",
            "pmnEtpsNm": "S101.10",
        }
        assert 'value="1000.5"' in seen.text  # what was typed is still there
        assert (await api.get("/guarantees")).json["total"] == 0


async def test_p1_7_declared_twice_by_a_double_click_or_the_back_button_it_is_one(
    pair: Pair, api: Api
) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        form = filled(page, act="declare", sure="yes", etpsPreentNo="P-7", **LETTER)
        first = await visitor.send(page.path, **form)
        again = await visitor.send(page.path, **form)
        assert "申报成功" in first.text
        assert "已申报" in again.text
        assert number_in(first) == number_in(again)
        assert (await api.get("/guarantees")).json["total"] == 1


async def test_p1_7_a_draft_that_was_declared_is_told_so_whatever_brings_its_form_back(
    pair: Pair, api: Api
) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        saved = await visitor.send(page.path, **filled(page, act="save", **LETTER))
        form = filled(saved, act="declare", sure="yes", **LETTER)
        first = await visitor.send(saved.path, **form)
        await api.until(number_in(first), "approved")
        again = await visitor.send(saved.path, **form)
        assert "已申报" in again.text
        back = await visitor.go(saved.path)
        assert "不能修改" in back.text
        assert number_in(first) == number_in(again) == number_in(back)
        assert (await api.get("/guarantees")).json["total"] == 1


async def test_p2_a_change_asks_only_for_three_fields_and_cash_cannot_be_changed(
    pair: Pair, api: Api
) -> None:
    letter = await api.approved(grt101("P-2", 1, ltguaNo="BH-2", gasrAmt="300000"))
    cash = await api.approved(grt101("P-3", 2, **CASH | {"gasrAmt": "500000"}))
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        grey = await visitor.go(f"/portal/declarations/{cash['seq_no']}")
        assert "总担保为保证金的不能变更" in grey.text
        assert "/guarantees/change" not in grey.text
        page = await visitor.go("/portal/guarantees/change", of=letter["business_no"])
        open_fields = page.values(r'data-field="([^"]+)" data-state="open"')
        assert open_fields == ["etpsPreentNo", "gasrAmt", "ltguaNo", "ltguaValidDate", "rmk"]
        done = await declared(visitor, page, gasrAmt="450000", ltguaValidDate="2028-11-22")
        await api.until(number_in(done), "approved")
        row = await api.declaration(letter["seq_no"])
        assert row["fields"]["gasrAmt"] == "450000"


async def test_p3_a_levy_is_confirmed_in_cash_paid_refunded_and_carried_over(
    pair: Pair, api: Api
) -> None:
    levy, other = await issued(api, "120000.50"), await issued(api, "60000.00")
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        waiting = await visitor.go("/portal/levies", status="pending")
        assert len(waiting.rows) == 2
        page = await visitor.go(f"/portal/levies/{levy}/confirm")
        empty = await visitor.send(
            page.path,
            **filled(
                page,
                act="declare",
                **dict.fromkeys(
                    ("gurTypecd", "gurModecd", "paymnModecd", "pmnEtpsno", "pmnEtpsNm", *PAID_FROM),
                    "",
                ),
            ),
        )
        codes = set(empty.values(r'data-state="error" data-code="(F111.05\w)"'))
        assert codes == {f"F111.05{letter}" for letter in "abcdefgh"}
        done = await declared(visitor, page, gurTypecd="2", gurModecd="1", **PAID_FROM)
        await api.until(number_in(done), "approved")
        paid = await api.control(
            "POST",
            "/payments",
            {
                "levy_no": levy,
                "amount": "120000.50",
                "paid_at": "2026-11-23T10:00:00+08:00",
                "reference": "B-1",
            },
        )
        assert paid.status == 201, paid.body

        async def completed() -> bool:
            return bool((await api.declaration(number_in(done)))["completed"])

        await eventually(completed, what="the payment")
        page = await visitor.go(f"/portal/levies/{other}/confirm")
        second = await declared(visitor, page, gurTypecd="2", gurModecd="1", **PAID_FROM)
        await api.until(number_in(second), "approved")
        page = await visitor.go("/portal/refunds/new", of=levy)
        assert filled(page)["rtnbkCrdwAmt"] == "120000.50"
        refund = await declared(
            visitor, page, rtnbkCrdwAmt="20,000.50", rtnbkCrdwRsnDesc="手册核销"
        )
        await api.until(number_in(refund), "approved")
        page = await visitor.go("/portal/refunds/carry", of=levy)
        assert filled(page)["rtnbkCrdwAmt"] == "100000.00"
        bare = await visitor.send(page.path, **filled(page, act="declare", rtnbkCrdwRsnDesc="结转"))
        assert "R121.14" in bare.text
        carried = await declared(
            visitor,
            page,
            rtnbkCrdwAmt="60000.00",
            rtnbkCrdwRsnDesc="结转到下一手册",
            **{"GrtCrdwInDt.gurNo": other},
        )
        await api.until(number_in(carried), "approved", "returned")
        assert (await api.declaration(number_in(carried)))["status"] == "approved"


async def test_a_returned_refund_is_corrected_where_it_was_and_a_draft_is_deleted_after_a_question(
    pair: Pair, api: Api
) -> None:
    cash = await api.approved(grt101("P-4", 1, **CASH | {"gasrAmt": "500000"}))
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/refunds/new", of=cash["business_no"])
        done = await declared(visitor, page, rtnbkCrdwAmt="900000", rtnbkCrdwRsnDesc="合同终止")
        number = number_in(done)
        await api.until(number, "returned")
        page = await visitor.go(f"/portal/declarations/{number}/edit")
        assert filled(page)["rtnbkCrdwRsnDesc"] == "合同终止"
        again = await declared(visitor, page, rtnbkCrdwAmt="500000")
        assert number_in(again) == number
        assert (await api.until(number, "approved"))["attempt"] == 2
        page = await visitor.go("/portal/guarantees/new")
        saved = await visitor.send(page.path, **filled(page, act="save", gasrAmt="1"))
        draft = saved.path.split("/")[3]
        asked = await visitor.go(f"/portal/declarations/{draft}/delete")
        assert "不能恢复" in asked.text
        await visitor.send(asked.path, csrf=asked.csrf)
        assert (await api.get("/guarantees?status=draft")).json["total"] == 0


async def test_forms_about_a_foreign_number_are_not_there(pair: Pair, api: Api) -> None:
    mine = await api.approved(grt101("P-5", 1, ltguaNo="BH-5", gasrAmt="300000"))
    levy = await issued(api, "1000.00")
    async with person(pair.ready, pair.ready.keys[SHANGHAI]) as stranger:
        for path in (
            f"/portal/guarantees/change?of={mine['business_no']}",
            f"/portal/refunds/new?of={mine['business_no']}",
            f"/portal/levies/{levy}/confirm",
            f"/portal/declarations/{mine['seq_no']}/edit",
            f"/portal/declarations/{mine['seq_no']}/delete",
        ):
            assert (await stranger.go(path)).status == 404, path
            token = (await stranger.go("/portal")).csrf
            assert (await stranger.send(path, csrf=token, act="declare")).status == 404, path
