"""What a form tells while it is filled, and files of messages in and out, without script."""

from __future__ import annotations

import io

from fixtures.kit.pair.pair import Pair
from tests.conftest import BEIJING, SHANGHAI, Api
from tests.factories import grt101, grt121
from tests.flow.portal.test_portal_forms import LETTER, PAID_FROM, filled
from tests.flow.portal.visitor import Person, Seen, person

LOCKED = r'data-field="([^"]+)" data-state="locked"'
WRONG = r'data-field="([^"]+)" data-state="error"'


def value(seen: Seen, name: str) -> str:
    return filled(seen)[name]


async def load(visitor: Person, page: Seen, body: bytes) -> Seen:
    """The form after a file was put into it."""
    data = {"csrf": page.csrf, "act": "load", "file": io.BytesIO(body)}
    return await visitor.send(page.path, **data)


async def test_a_look_says_what_post_messages_validate_says_and_stores_nothing(
    pair: Pair, api: Api
) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        form = filled(page, gurModecd="2", gasrAmt="1,000.5", pmnEtpsno="", pmnEtpsNm="")
        look = await visitor.send(page.path, **form, act="look")
        assert look.status == 200
        assert look.values(WRONG) == ["gasrAmt", "ltguaNo", "ltguaValidDate", "pmnEtpsNm"]
        taken = await visitor.session.post(visitor.url + page.path, data=form | {"act": "xml"})
        assert taken.headers["Content-Disposition"].endswith('.xml"')
        body = await taken.read()
        said = (await api.post(body, path="/messages/validate")).json["findings"]
        told = look.values(r"<p><b>([A-Z0-9.]+)</b>")
        assert told == [each["code"] for each in said]
        for each in said:
            assert each["message_zh"].rpartition(": ")[2] in look.text
        assert (await api.get("/guarantees")).json["total"] == 0
        words = await visitor.send(page.path, **form | {"gasrAmt": "500,000"}, act="look")
        assert "伍拾万元整" in words.text


async def test_a_code_fills_locks_and_opens_what_stands_beside_it(pair: Pair) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        assert {"pmnEtpsNm", "pmnEtpsSccd", "ltguaNo"} <= set(page.values(LOCKED))
        other = await visitor.send(page.path, **filled(page, pmnEtpsno=SHANGHAI, act="fill"))
        assert value(other, "pmnEtpsNm") == "上海某某国际物流有限公司"
        unknown = await visitor.send(page.path, **filled(page, pmnEtpsno="9999999999", act="fill"))
        assert (value(unknown, "pmnEtpsNm"), "未备案" in unknown.text) == ("", True)
        assert unknown.values(WRONG) == ["pmnEtpsno"]
        bank = await visitor.send(
            page.path, **filled(page, pmnEtpsno="", pmnEtpsNm="某银行", act="fill")
        )
        assert "pmnEtpsNm" not in bank.values(LOCKED)
        assert value(bank, "pmnEtpsNm") == "某银行"
        for day in ("20271122", "2027-11-22", "2027/11/22"):
            look = await visitor.send(
                page.path, **filled(page, **LETTER | {"ltguaValidDate": day}), act="back"
            )
            assert value(look, "ltguaValidDate") == "2027-11-22", day


async def test_the_bar_has_the_order_of_the_manual_and_says_why_a_button_is_grey(
    pair: Pair,
) -> None:
    buttons = r'data-action="(new|save|declare|edit|delete|print|xml|load)"'
    grey = r'aria-disabled="true" data-action="([a-z]+)"'
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        order = ["new", "save", "declare", "edit", "delete", "print", "xml", "load"]
        assert page.values(buttons) == order
        assert page.values(grey) == ["edit", "delete", "print"]
        assert "还没有暂存, 没有可删除的" in page.text
        saved = await visitor.send(page.path, **filled(page, act="save", gasrAmt="300000"))
        assert saved.values(buttons) == order
        assert saved.values(grey) == ["edit"]
        lacking = saved.values(r'data-field="([^"]+)"[^>]* data-lacks')
        assert lacking == ["pmnEtpsOpaccBankNm", "pmnEtpsBankAcctnum"]
        assert "申报前需补 2 项" in saved.text
        printed = await visitor.go(saved.path.replace("/edit", "?print=1"))
        assert (printed.status, 'class="printed"' in printed.text) == (200, True)


async def test_a_form_gives_its_message_away_and_takes_it_back(pair: Pair, api: Api) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        form = filled(page, **LETTER, **PAID_FROM, rmk="a <b> & c", act="xml")
        body = await (await visitor.session.post(visitor.url + page.path, data=form)).read()
        again = await load(visitor, await visitor.go("/portal/guarantees/new"), body)
        assert again.status == 200
        for name in (
            "gasrAmt",
            "ltguaNo",
            "ltguaValidDate",
            "etpsConcErName",
            "rmk",
            "etpsPreentNo",
        ):
            wanted = {"gasrAmt": "500000"}.get(name, form[name])
            assert value(again, name) == wanted, name
        assert value(again, "message_id") != form["message_id"]
        assert (await api.get("/guarantees")).json["total"] == 0


async def test_a_file_of_another_type_enterprise_or_no_message_changes_nothing(
    pair: Pair, api: Api
) -> None:
    strange = grt101("P-SH", 1, enterprise=SHANGHAI, ltguaNo="L-SECRET", gasrAmt="777777")
    refund = grt121("P-R", 2, gurNo="X", rtnbkCrdwAmt="1.00")
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        page = await visitor.go("/portal/guarantees/new")
        for body, code in ((strange, "LOAD.02"), (refund, "LOAD.01"), (bomb, ""), (b"", "")):
            seen = await load(visitor, page, body)
            assert 400 <= seen.status < 500, body
            assert code in seen.text
            assert 'data-screen="form"' in seen.text
            for secret in ("L-SECRET", "777777"):
                assert secret not in seen.text
            assert value(seen, "gasrAmt") == ""
        large = await load(visitor, page, b"<a>" + b"x" * (1 << 20))
        assert large.status == 413
        assert (await api.get("/guarantees")).json["total"] == 0


async def test_lists_are_found_by_initials(pair: Pair) -> None:
    async with person(pair.ready, pair.ready.keys[BEIJING]) as visitor:
        async with visitor.session.get(visitor.url + "/portal/codes/customs") as answer:
            found = {code: find for code, _, find in await answer.json()}
        assert found["0100"].startswith("bjgq ")
        assert (await visitor.go("/portal/codes/nothing")).status == 404
        page = await visitor.go("/portal/guarantees/new")
        assert page.values(r'data-find="(\w+)">2 保函') == ["bh"]
