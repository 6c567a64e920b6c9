"""A code list imported while both sides run: the code is refused before and accepted after, on both
sides, and an ended one is refused with the word of its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.pair.pair import Pair
from schemas.codes import CodeLists
from tests.conftest import MORNING, Api, client, eventually, need_postgres, need_rabbitmq
from tests.factories import CASH, grt101
from tests.flow.test_workers import everywhere
from tests.support.scale import sides

NEW = "code,name\n0199,京新设关\n"
ENDED = (
    "code,name,valid_from,valid_to,successor\n0199,京新设关,,2026-11-22,0129\n"
    "0198,京将设关,2027-01-01,,\n0129,天竺海关,,2026-12-31,0198\n"
)


async def eport(*arguments: object) -> tuple[int, str, str]:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "gateway.cli", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


async def codelists(home: Path, *arguments: object) -> tuple[int, str, str]:
    return await eport("codelists", *arguments, "--home", home)


async def told_at_customs(api: Api, code: str, said: str) -> None:
    """What the desk says of a code out of its time: to a levy, and to a registration."""
    levy = {"biz_type": "1", "biz_no": "C010016A0471", "oriact_no": "C010016A0471"}
    answers = {
        "P301.01": await api.control(
            "POST",
            "/levies",
            levy | {"enterprise": api.enterprise, "customs": code, "amount": "5.00"},
        ),
        "CODE.04": await api.control(
            "POST",
            "/enterprises",
            {
                "code": "3105960BBB",
                "name": "上海某某供应链有限公司",
                "credit_code": "91310000607232005M",
                "customs": code,
            },
        ),
    }
    for rule, answer in answers.items():
        (finding,) = answer.findings
        assert (finding["code"], finding["field"], finding["value"]) == (rule, "customs", code)
        assert said in finding["message_en"], finding


async def names(api: Api) -> dict[str, str]:
    answer = await api.get("/codelists/customs")
    return {row["code"]: row["zh"] for row in answer.json["items"]}


@pytest.mark.slow
async def test_an_imported_office_is_accepted_by_both_sides_without_a_restart(
    pair: Pair, tmp_path: Path
) -> None:
    home, file = tmp_path / "home", tmp_path / "customs.csv"
    async with client(pair.ready) as api:
        refused = await api.post(grt101("A1", 1, masterCuscd="0199", **CASH))
        assert "S101.04" in refused.codes
        file.write_bytes(NEW.encode("gb18030"))
        code, out, _ = await codelists(home, "import", file, "--partial", "--dry-run", "--json")
        said: dict[str, Any] = json.loads(out)
        assert (code, said["counts"], said["dry_run"]) == (0, {"added": 1}, True)
        assert not (home / "codelists").exists()
        code, out, _ = await codelists(home, "import", file, "--partial", "--from", MORNING.date())
        assert (code, "added" in out) == (0, True)

        async def seen() -> bool:
            return (await names(api)).get("0199") == "京新设关"

        await eventually(seen, what="the imported list")
        taken = await api.taken(grt101("A2", 2, masterCuscd="0199", **CASH))
        assert (await api.until(taken["seq_no"], "approved"))["status"] == "approved"

        file.write_text(ENDED, "utf-8")
        await codelists(home, "import", file, "--partial", "--from", MORNING.date())

        async def gone() -> bool:
            return "0199" not in await names(api)

        await eventually(gone, what="the end of the code")

        async def gone_at_customs() -> bool:
            levy = {"enterprise": api.enterprise, "customs": "0199", "amount": "5.00"}
            about = {"biz_type": "1", "biz_no": "C010016A0471", "oriact_no": "C010016A0471"}
            return (await api.control("POST", "/levies", levy | about)).status != 201

        await eventually(gone_at_customs, every=0.1, what="the end of the code at customs")
        refused = await api.post(grt101("A3", 3, masterCuscd="0199", **CASH))
        assert "S101.04" in refused.codes
        assert "改用 0129 天竺海关" in refused.body.decode()
        await told_at_customs(api, "0199", "ended after 2026-11-22; use 0129")
        await told_at_customs(api, "0198", "is valid from 2027-01-01 only; until then use 0129")
        refused = await api.post(grt101("A4", 4, masterCuscd="0198", **CASH))
        assert "自 2027-01-01 起才有效, 此前用 0129 天竺海关" in refused.body.decode()

        (home / "codelists" / "customs.csv").write_text("broken", "utf-8")

        async def told() -> bool:
            pages = [
                await api.get(f"{url}/readyz") for url in (api.ready.gateway, api.ready.control)
            ]
            return all(page.status == 200 and b"customs.csv cannot" in page.body for page in pages)

        await eventually(told, every=0.1, what="what both sides say of a broken list")


@pytest.mark.parametrize(
    ("content", "option", "said"),
    [
        ("code,zh\n199,甲\n", "--partial", "line 2: code '199'"),
        (NEW, "--json", "it would end 1363 codes"),
        (NEW, "--name=dcl_type", "--name"),
        (NEW, "--from=2026-02-30", "--from"),
    ],
)
async def test_what_cannot_be_taken_is_told_in_one_line_and_leaves_the_list(
    tmp_path: Path, content: str, option: str, said: str
) -> None:
    home, file = tmp_path / "home", tmp_path / "customs.csv"
    file.write_text(content, "utf-8")
    code, out, err = await codelists(home, "import", file, option)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert said in err
    assert not (home / "codelists").exists()


@pytest.mark.slow
async def test_a_broken_list_stops_a_start_in_one_line_and_can_be_set_aside(tmp_path: Path) -> None:
    home, amqp = tmp_path / "home", "amqp://nobody@127.0.0.1:1/"
    file = home / "codelists" / "customs.csv"
    file.parent.mkdir(parents=True)
    file.write_text("code,zh\n", "utf-8")
    message = "fixtures/GRT101/valid_cash_counter.xml"
    ports = ("--port", 0), ("--control-port", 0)
    at = ("--home", home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPORT_AMQP_URL", amqp)
        for command in (
            ("up", *ports[0], *ports[1], *at),
            ("gateway", *ports[0], *at),
            ("customs", *ports[1], *at),
            ("validate", message, *at),
            ("codelists", "list", *at),
        ):
            code, out, err = await eport(*command)
            assert (code, out, err.count("\n")) == (2, "", 1), (command, err)
            assert f"{file}, line 1: header" in err
            assert "eport codelists reset customs" in err
    code, out, _ = await eport("doctor", "--json", *at)
    (told,) = (item for item in json.loads(out)["items"] if item["check"] == "code lists")
    assert (code, told["level"], str(file) in told["text"]) == (1, "fault", True)
    code, out, _ = await codelists(home, "reset", "customs")
    assert (code, (file.parent / "customs.csv.aside").read_text("utf-8")) == (0, "code,zh\n")
    assert (await codelists(home, "reset", "nothing"))[0] == 2
    assert (await codelists(home, "list"))[0] == 0


@pytest.mark.slow
async def test_the_whole_list_is_imported_from_a_file_and_shown(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "today.csv"
    rows = {row.code: row.zh for row in CodeLists().list("customs")} | {"0100": "北京海关"}
    file.write_text("code,name\n" + "".join(f"{c},{zh}\n" for c, zh in rows.items()), "utf-8")
    code, out, err = await codelists(home, "import", file, "--name", "customs", "--json")
    assert code == 0, err
    assert json.loads(out)["counts"]["renamed"] == 1
    code, out, _ = await codelists(home, "list", "--json")
    (item,) = (i for i in json.loads(out)["items"] if i["name"] == "customs")
    assert item["imported"]
    code, out, _ = await codelists(home, "show", "customs", "--json")
    assert [r["zh"] for r in json.loads(out)["items"] if r["code"] == "0100"] == [
        "北京关区",
        "北京海关",
    ]


@pytest.mark.slow
async def test_every_worker_of_both_sides_takes_an_import_and_outlives_a_broken_list(
    tmp_path: Path,
) -> None:
    need_postgres()
    await need_rabbitmq()
    async with sides(tmp_path, workers=2) as it, everywhere(it) as api:
        home, file = it.folder / "home", tmp_path / "customs.csv"
        body = grt101("C", 1, masterCuscd="0199", **CASH)

        async def says(wanted: str) -> bool:
            """Ask so often that each of two workers is asked."""
            said = [(await api.post(body, "/messages/validate")).body.decode() for _ in range(24)]
            return all(wanted in each for each in said)

        assert await says("S101.04")
        file.write_text(NEW, "utf-8")
        assert (await codelists(home, "import", file, "--partial"))[0] == 0
        await eventually(lambda: says('"findings":[]'), every=0.2, what="the list at every worker")
        for n in range(8):
            taken = await api.taken(grt101(f"C{n}", n, masterCuscd="0199", **CASH))
            assert (await api.until(taken["seq_no"], "approved"))["status"] == "approved"

        broken = home / "codelists" / "customs.csv"
        broken.write_text("code,zh\n", "utf-8")
        lost = it.worker_pids("gateway")[0]
        os.kill(lost, signal.SIGKILL)

        def refused() -> bool:
            return "eport codelists reset customs" in it.said("gateway").read_text()

        await eventually(refused, what="the worker that cannot start again")
        assert await says('"findings":[]'), "the other one keeps the list it has"
        assert (await codelists(home, "reset", "customs"))[0] == 0
        await eventually(lambda: says("S101.04"), every=0.2, what="the shipped list")

        def whole() -> bool:
            pids = it.worker_pids("gateway")
            return len(pids) == 2 and lost not in pids

        await eventually(whole, every=0.2, what="two workers again")
        assert "Traceback" not in it.said("gateway").read_text() + it.said("customs").read_text()
