"""The audit in words: every act, every recorded name and every value that is a word has a row of
its own in both languages. What is recorded is found in the code, so a new one turns a test red."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from customs_sim.cases.profiles import PROFILES
from customs_sim.cli.app import CALLS
from customs_sim.console.audit_words import DEEDS, MODES, STATES, deed, told
from customs_sim.control.restart import KEPT
from customs_sim.store import tables as t
from gateway.base.clock.business import Mode
from gateway.base.message import Message
from gateway.base.web.pages.text import halves
from tests.conftest import eventually
from tests.customs_factories import House
from tests.flow.console.visitor import PAGE, Api, post, token

ROOT = Path(__file__).resolve().parents[3] / "customs_sim"
SKIPPED = {"hash", "created", "key"}
"""Members of answers that stand in the same modules and are recorded nowhere."""


def notes() -> Iterator[tuple[str, ast.Call]]:
    """Every call of ``note`` in the code."""
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "note":
                yield file.name, node


def literals(node: ast.AST) -> set[str]:
    """The keys of every dictionary in a piece of code."""
    return {
        key.value
        for each in ast.walk(node)
        if isinstance(each, ast.Dict)
        for key in each.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def test_every_act_that_is_noted_has_words() -> None:
    names = {
        argument.value
        for _, call in notes()
        for argument in call.args
        if isinstance(argument, ast.Constant) and str(argument.value).isidentifier()
    }
    names |= {call.name for call in CALLS if call.method != "GET"}
    assert len(names) > 30
    bare = {name for name in names if deed(name) == (name, name)}
    assert not bare


def test_every_name_that_is_recorded_has_words() -> None:
    names = set().union(*(literals(call) for _, call in notes()))
    state = ROOT / "control" / "state.py"
    names |= literals(ast.parse(state.read_text(encoding="utf-8")))
    noted = ROOT / "desk" / "deciding.py"
    for node in ast.walk(ast.parse(noted.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == "_noted":
            names |= literals(node) | {"until"}
    names |= {
        table.name.removeprefix("c_")
        for table in t.metadata.sorted_tables
        if table.name not in KEPT and not table.info.get("kept")
    }
    assert len(names) > 40
    assert not names - STATES.keys() - SKIPPED


def test_every_value_that_is_a_word_has_words() -> None:
    assert {mode.value for mode in Mode} == MODES.keys()
    profiles = STATES["profile"].table
    assert profiles is not None
    assert set(PROFILES) <= profiles.keys()


@pytest.mark.parametrize(
    ("state", "zh", "en"),
    [
        (
            '{"now":"2026-11-23T10:00:00+08:00","mode":"frozen","speed":0.0}',
            "业务时间 2026-11-23 10:00:00, 时钟 冻结, 倍速 ×0",
            "business time 2026-11-23 10:00:00, clock frozen, speed ×0",
        ),
        (
            '{"status":"received","notes":["等补充材料"],"business_no":""}',
            "状态 待审批, 意见 等补充材料",
            "status to decide, notes 等补充材料",
        ),
        (
            '{"amount":"71739.73","customs":"0100","taken_back":true}',
            "金额 71,739.73, 关区 0100 name, 已撤销 是",
            "amount 71,739.73, customs 0100 name, taken back yes",
        ),
        ('"a text that was cut …"', " a text that was cut …", " a text that was cut …"),
        ("", "", ""),
    ],
)
def test_a_state_reads_as_words(state: str, zh: str, en: str) -> None:
    for english, wanted in ((False, zh), (True, en)):
        found = told(state, english, lambda *_: "name")
        assert ", ".join(f"{name} {value}" for name, value in found) == wanted


async def test_the_page_and_a_case_show_words(api: Api) -> None:
    client, _ = api
    csrf = await token(client, "/clock")
    await post(client, "/clock", csrf=csrf, back="/clock", do="freeze")
    refused = await post(client, "/levies/ZS0100202600001/reissue", csrf=csrf, amount="1")
    assert refused.status == 303
    zh = await (await client.get("/audit?lang=zh", headers=PAGE)).text()
    assert "冻结" in zh
    assert "frozen" not in zh
    assert "重新下发征收单" in zh
    assert "ZS0100202600001" in zh
    en = await (await client.get("/audit?lang=en", headers=PAGE)).text()
    assert "clock" in en
    assert "levy issued anew" in en


def test_every_form_of_the_desk_has_words(api: Api) -> None:
    client, _ = api
    forms = {
        "_".join(["post", *(p.strip("{}").replace("-", "_") for p in path.split("/") if p)])
        for route in client.server.app.router.routes()
        if route.method == "POST"
        and route.resource is not None
        and not (path := route.resource.canonical).startswith("/control")
    }
    assert len(forms) > 15
    assert not {name for name in forms if deed(name) == (name, name)}
    assert DEEDS


async def test_each_language_has_its_own_half_of_a_text(api: Api) -> None:
    client, house = api
    csrf = await token(client, "/scenarios")
    chosen = {"csrf": csrf, "back": "/scenarios", "do": "name", "name": "review-then-approve"}
    await post(client, "/scenarios", **chosen)
    en = written(await (await client.get("/scenarios?lang=en", headers=PAGE)).text())
    assert "approved after two hours" in en
    assert "两小时后通过" not in en
    assert "本机" not in en
    await post(client, "/scenarios", **chosen)
    zh = written(await (await client.get("/scenarios?lang=zh", headers=PAGE)).text())
    assert "approved after two hours" not in zh
    assert "本机" in zh
    await house.node.on_batch([Message(id="strange", body=b"<Strange/>")])
    row = await eventually(lambda: parked(house))
    for language, wanted, other in (
        ("zh", "不是可识别的", "no DxpMsg"),
        ("en", "no DxpMsg", "不是可"),
    ):
        for path in ("/parked", f"/parked/{row}"):
            page = await (await client.get(f"{path}?lang={language}", headers=PAGE)).text()
            assert wanted in page, (path, language)
            assert other not in page, (path, language)


def written(page: str) -> str:
    """A page without the scripts that are edited on it."""
    return re.sub(r"<textarea.*?</textarea>", "", page, flags=re.DOTALL)


async def parked(house: House) -> int:
    rows = await house.rows("SELECT id FROM c_parked")
    return int(rows[0][0]) if rows else 0


def test_a_text_of_two_languages_is_divided_in_its_middle() -> None:
    assert halves("甲 / A") == ("甲", "A")
    assert halves("值“a / b” / value a / b") == ("值“a / b”", "value a / b")
    assert halves("只有中文") == ("只有中文", "只有中文")
