"""信息维护 at the portal without script."""

from __future__ import annotations

from fixtures.kit.pair.pair import Pair
from tests.conftest import BEIJING, SHANGHAI, Api
from tests.factories import account_row, contact_row, grt151
from tests.flow.portal.test_portal_forms import filled
from tests.flow.portal.visitor import Person, Seen, person

CONTACT = {"contacts.0.etpsConcErName": "张三", "contacts.0.etpsConcErTelnum": "010-88886666"}
BANK = {
    "accounts.0.pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
    "accounts.0.pmnEtpsBankAcctnum": "0200003409089123456",
}


def typed(page: Seen, **changes: str) -> dict[str, str]:
    """The form of the page as a browser would send it: of radio buttons those that are chosen."""
    form = {name: v for name, v in filled(page).items() if not name.startswith("usual.")}
    chosen = page.values(r'type="radio" name="([^"]+)" value="\d+"[^>]* checked')
    rows = page.values(r'type="radio" name="[^"]+" value="(\d+)"[^>]* checked')
    return form | dict(zip(chosen, rows, strict=True)) | changes


async def press(visitor: Person, page: Seen, act: str, **changes: str) -> Seen:
    return await visitor.send("/portal/info", **typed(page, act=act, **changes))


async def test_p6_tables_grow_and_shrink_without_script_and_are_filed_as_one_record(
    pair: Pair, api: Api
) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/info")
        assert "尚无已审批的信息" in page.text
        for table in ("contacts", "contacts", "payers", "payers", "accounts", "accounts"):
            page = await press(visitor, page, f"add-{table}")
        page = await press(
            visitor,
            page,
            "add-accounts",
            **CONTACT | BANK,
            **{
                "contacts.1.etpsConcErName": "李四",
                "contacts.1.etpsConcErTelnum": "13900000000",
                "usual.contacts": "1",
                "payers.0.pmnEtpsno": BEIJING,
                "payers.1.pmnEtpsNm": "中国银行北京分行",
                "usual.payers": "1",
                "accounts.1.payer": "1",
                "accounts.1.pmnEtpsOpaccBankNm": "中国银行北京分行",
                "accounts.1.pmnEtpsBankAcctnum": "345600001",
            },
        )
        assert 'value="北京某某保税科技有限公司"' in page.text  # filled by its code
        assert page.values(r'data-table="accounts"[\s\S]*?data-at="(2)"') == ["2"]
        page = await press(visitor, page, "drop-accounts-2")
        saved = await press(visitor, page, "save")
        assert "暂存成功" in saved.text
        (draft,) = (await api.get("/declarations?status=draft")).json["items"]
        assert draft["message_type"] == "GRT151"
        assert 'value="李四"' in saved.text  # the draft opens where it was
        done = await press(visitor, saved, "declare")
        assert "申报成功" in done.text
        assert (await api.until(draft["seq_no"], "approved"))["attempt"] == 1
        own = (await api.get(f"/enterprises/{BEIJING}")).json
        assert [(c["etpsConcErName"], c["dfltMarkcd"]) for c in own["contacts"]] == [
            ("张三", "0"),
            ("李四", "1"),
        ]
        assert [(a["pmnEtpsNm"], a["dfltMarkcd"]) for a in own["accounts"]] == [
            ("中国银行北京分行", "1"),
            ("北京某某保税科技有限公司", "1"),
        ]
        assert "版本 1" in (await visitor.go("/portal/info")).text
        form = await visitor.go("/portal/guarantees/new")
        for offered in ("李四", "345600001", "中国银行北京分行"):
            assert f'value="{offered}"' in form.text


async def test_p6_two_defaults_are_impossible(pair: Pair, api: Api) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/info")
        for table in ("contacts", "payers", "accounts", "accounts"):
            page = await press(visitor, page, f"add-{table}")
        radios = page.values(r'type="radio" name="(usual\.[^"]+)"')
        assert radios == ["usual.contacts", "usual.payers", "usual.accounts.0", "usual.accounts.0"]
        done = await press(
            visitor,
            page,
            "declare",
            **CONTACT | BANK,
            **{
                "payers.0.pmnEtpsno": BEIJING,
                "accounts.1.pmnEtpsOpaccBankNm": "中国银行北京分行",
                "accounts.1.pmnEtpsBankAcctnum": "345600001",
                "usual.accounts.0": "1",
                "usual.accounts.7": "0",  # a form that nobody has
            },
        )
        assert "申报成功" in done.text
        (row,) = (await api.get("/declarations")).json["items"]
        await api.until(row["seq_no"], "approved")
        own = (await api.get(f"/enterprises/{BEIJING}")).json
        assert [a["dfltMarkcd"] for a in own["accounts"]] == ["0", "1"]


async def test_p6_a_bad_account_is_red_at_once_in_its_row_and_nothing_is_stored(
    pair: Pair, api: Api
) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/info")
        for table in ("contacts", "payers", "accounts", "accounts"):
            page = await press(visitor, page, f"add-{table}")
        bad = CONTACT | BANK | {"payers.0.pmnEtpsno": BEIJING}
        bad |= {
            "accounts.1.pmnEtpsOpaccBankNm": "中国银行北京分行",
            "accounts.1.pmnEtpsBankAcctnum": "12 34",
        }
        place, code = "accounts-1-pmnEtpsBankAcctnum", "M151.03"
        for act, status in (("add-contacts", 200), ("declare", 422)):
            seen = await press(visitor, page, act, **bad)
            assert seen.status == status
            assert seen.values(rf'<input id="({place})"[^>]*\sdata-code="{code}"') == [place], act
            assert seen.values(r'<input [^>]*aria-invalid="true"') != [], act
        assert 'pattern="[0-9\\-]{6,32}"' in page.text  # red while it is typed, without script
        assert (await api.get("/declarations")).json["total"] == 0
        alone = await press(visitor, page, "drop-accounts-0", **bad)
        alone = await press(visitor, alone, "drop-accounts-0")
        seen = await press(visitor, alone, "declare")
        assert seen.status == 422  # a payer without an account
        assert "M151.03" in seen.text


async def test_the_record_of_another_enterprise_is_never_offered(pair: Pair, api: Api) -> None:
    taken = await api.taken(
        grt151(contacts=[contact_row(etpsConcErName="王五")], accounts=[account_row()])
    )
    await api.until(taken["seq_no"], "approved")
    async with person(pair.ready, pair.ready.keys[SHANGHAI]) as stranger:
        for path in ("/portal/info", "/portal/guarantees/new"):
            seen = await stranger.go(path)
            assert "王五" not in seen.text
            assert "0200003409089123456" not in seen.text
