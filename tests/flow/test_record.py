"""`eport record`: what a pair remembers becomes a folder that replays on a fresh pair, names
nobody, and notices a difference."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.pair.pair import Pair, running
from fixtures.kit.record.record import recorded
from fixtures.kit.record.scrub import Scrubber, TooManyEnterprises
from fixtures.kit.replay.reading import script_in
from gateway.base.clock.business import MovedClock
from gateway.base.errors import BadSetting, Unavailable
from gateway.store.demo import DEMO
from schemas.identifiers import is_credit_code, is_enterprise_code
from tests.conftest import Api, client, settings_of
from tests.factories import BEIJING, CASH, SHANGHAI, attachment, grt101, grt151, pocketed
from tests.support.replaying import replayed

LATER = datetime(2027, 3, 8, 2, tzinfo=UTC)
"""Another day than that of the recording: 10 o'clock in Shanghai."""


def eport(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("EPORT_")}
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
        env=plain,
    )


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of `eport demo --all`."""
    folder = tmp_path_factory.mktemp("tour")
    done = eport(folder, "demo", "--all", "--record", "recording")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "录制 recorded" in done.stdout
    return folder / "recording"


@pytest.fixture
async def later(tmp_path: Path) -> AsyncIterator[Api]:
    """A fresh pair on another day."""
    async with (
        running(settings_of(tmp_path / "later"), clock=MovedClock(LATER, frozen=False)) as pair,
        client(pair.ready) as api,
    ):
        yield api


async def record(pair: Pair, out: Path) -> Path:
    ready = pair.ready
    await recorded(
        ready.gateway,
        ready.control,
        keys=list(ready.keys.values()),
        operator_key=ready.operator_key,
        out=out,
    )
    return out


def texts(folder: Path) -> str:
    return "\n".join(
        file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*")) if file.is_file()
    )


# it replays


@pytest.mark.slow
async def test_a_recording_of_every_flow_of_the_manual_replays_on_another_day(
    tour: Path, later: Api
) -> None:
    done = await replayed(tour, later.ready)
    assert done.failure is None
    assert len(done.steps) > 100


@pytest.mark.slow
async def test_the_same_recording_replays_a_second_time_where_no_number_is_the_same(
    tour: Path, tmp_path: Path
) -> None:
    async with (
        running(settings_of(tmp_path / "home"), clock=MovedClock(LATER, frozen=False)) as pair,
        client(pair.ready) as api,
    ):
        await api.approved(
            grt101("EARLIER", ltguaValidDate="2028-01-01 00:00:00")
        )  # ZB0100…00001 is taken
        assert (await replayed(tour, pair.ready)).failure is None


@pytest.mark.parametrize(
    ("fault", "what", "why"),
    [
        (
            {"fault": "drop", "match": {"type": "GRT211"}},
            "received/grt211_1.xml",
            "GRT211 Y 在 1.5 秒内没有来",
        ),
        (
            {"fault": "no_result", "match": {"type": "GRT201"}},
            "received/grt201_1.xml",
            "GRT201 1 在 1.5 秒内没有来",
        ),
    ],
)
@pytest.mark.slow
async def test_a_fault_stops_the_replay_at_its_message_with_the_reason(
    tour: Path, later: Api, fault: dict[str, Any], what: str, why: str
) -> None:
    assert (await later.control("PUT", "/faults", {"rules": [fault]})).status == 200

    stopped = (await replayed(tour, later.ready, within=1.5)).failure

    assert stopped is not None
    assert what in stopped.title
    assert why in stopped.differences[0]


@pytest.mark.slow
async def test_what_customs_decided_otherwise_is_told_with_its_path(tour: Path, later: Api) -> None:
    script = tour / "script.yaml"
    text = script.read_text(encoding="utf-8")
    (path,) = set(re.findall(r"(//GRT211\S*/levyBlAmt): '?120000.50", text))
    other = tour.parent / "other"
    (other / "sent").mkdir(parents=True)
    for file in (tour / "sent").iterdir():
        (other / "sent" / file.name).write_bytes(file.read_bytes())
    (other / "script.yaml").write_text(
        re.sub(rf"{path}: '?120000.50'?", f"{path}: '120000.51'", text, count=1), encoding="utf-8"
    )

    stopped = (await replayed(other, later.ready)).failure

    assert stopped is not None
    assert stopped.differences == (f'{path}: 应为 expected "120000.51", 实为 found "120000.50"',)


@pytest.mark.slow
async def test_drafts_and_both_enterprises_are_recorded(
    tmp_path: Path, pair: Pair, api: Api, later: Api
) -> None:
    draft = await api.taken(grt101("D1", 1, flag="0", gasrAmt="1"))
    await api.approved(grt101("D1", 2, seq_no=draft["seq_no"]))
    await api.approved(grt101("S1", 3, enterprise=SHANGHAI, **CASH), enterprise=SHANGHAI)

    folder = await record(pair, tmp_path / "recording")

    steps = script_in(folder / "script.yaml").steps
    assert [(step.enterprise, step.status) for step in steps if step.kind == "send"] == [
        (BEIJING, "draft"),
        (BEIJING, "declared"),
        (SHANGHAI, "declared"),
    ]
    assert (await replayed(folder, later.ready)).failure is None


async def test_a_payer_who_sent_nothing_is_still_one_whom_a_fresh_pair_knows(
    tmp_path: Path, pair: Pair, api: Api, later: Api
) -> None:
    other = DEMO[1]
    await api.approved(
        grt101(
            "R1",
            **CASH
            | {"pmnEtpsno": other.code, "pmnEtpsNm": other.name, "pmnEtpsSccd": other.credit_code},
        )
    )
    out = tmp_path / "recording"
    await recorded(
        pair.ready.gateway,
        pair.ready.control,
        keys=[pair.ready.keys[BEIJING]],
        operator_key=pair.ready.operator_key,
        out=out,
    )
    assert (await replayed(out, later.ready)).failure is None


async def test_pockets_replay_with_another_file_of_the_same_size(
    tmp_path: Path, pair: Pair, api: Api, later: Api
) -> None:
    secret = "机密保函扫描件".encode() * 20
    whole = await api.taken(
        pocketed(grt101("P1", 1, ltguaValidDate="2028-01-01 00:00:00"), "PK1", 2, 1)
    )
    assert (
        await api.post(attachment(secret, "PK1", 2, 2, 2, FileName="真实文件.pdf"))
    ).status == 202
    await api.until(whole["seq_no"], "approved")

    folder = await record(pair, tmp_path / "recording")

    sent = texts(folder / "sent")
    assert base64.b64encode(secret).decode()[:40] not in sent
    assert "真实文件" not in sent
    assert f"<FileSize>{len(secret)}<" in sent
    done = await replayed(folder, later.ready)
    assert done.failure is None
    assert sum(step.title.startswith("send") for step in done.steps) == 2


@pytest.mark.slow
async def test_the_command_records_a_running_pair(
    tmp_path: Path, pair: Pair, api: Api, later: Api
) -> None:
    await api.approved(grt101("R1", ltguaValidDate="2028-01-01 00:00:00"))

    done = await asyncio.to_thread(
        eport,
        tmp_path,
        "record",
        "--url",
        pair.ready.gateway,
        "--control",
        pair.ready.control,
        "--key",
        pair.ready.keys[BEIJING],
        "--operator-key",
        pair.ready.operator_key,
        "--out",
        "r",
        "--json",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "ok": True,
        "folder": "r",
        "sent": 1,
        "acts": 0,
        "received": 2,
        "left_out": [],
        "in_order": True,
    }
    assert (await replayed(tmp_path / "r", later.ready)).failure is None


async def test_a_clock_that_stood_still_leaves_the_order_in_doubt_and_that_is_said(
    tmp_path: Path,
) -> None:
    async with (
        running(settings_of(tmp_path / "home"), clock=MovedClock(LATER)) as pair,
        client(pair.ready) as api,
    ):
        await api.approved(grt101("R1", ltguaValidDate="2028-01-01 00:00:00"))
        ready = pair.ready
        done = await recorded(
            ready.gateway,
            ready.control,
            keys=[ready.keys[BEIJING]],
            operator_key=ready.operator_key,
            out=tmp_path / "r",
        )
    assert not done.in_order


# it names nobody


async def test_names_accounts_telephones_and_numbers_are_replaced_alike_everywhere(
    tmp_path: Path, pair: Pair, api: Api
) -> None:
    secret = {
        "etpsConcErName": "欧阳秘密",
        "etpsConcErTelnum": "021-55667788",
        "pmnEtpsOpaccBankNm": "机密银行总行",
        "pmnEtpsBankAcctnum": "6222999988887777666",
        "rmk": "内部往来, 勿外传",
        "pmnEtpsno": "",
        "pmnEtpsNm": "保密贸易公司",
        "pmnEtpsSccd": "91310115MA1K3QW838",
    }
    for number, ref in ((1, "PRIVATE-REF-1"), (2, "PRIVATE-REF-2")):
        await api.approved(grt101(ref, number, **CASH | secret))
    await api.approved(grt151("PRIVATE-REF-3", 3))

    told = texts(await record(pair, tmp_path / "recording"))

    for value in (*secret.values(), "PRIVATE-REF", "张三", "0200003409089123456"):
        assert not value or value not in told, value
    for name in ("etpsConcErName", "pmnEtpsNm", "pmnEtpsBankAcctnum"):
        fakes = re.findall(
            rf"<{name}>([^<]+)</{name}>",
            (tmp_path / "recording" / "sent" / "grt101_1.xml").read_text(encoding="utf-8"),
        )
        again = re.findall(
            rf"<{name}>([^<]+)</{name}>",
            (tmp_path / "recording" / "received" / "grt201_2.xml").read_text(encoding="utf-8"),
        )
        assert fakes == again != []
    assert re.search(r"<pmnEtpsBankAcctnum>[0-9]{19}<", told)
    for code in re.findall(r"<pmnEtpsSccd>([^<]+)<", told):
        assert is_credit_code(code)


def test_a_stranger_gets_the_place_of_a_demo_enterprise_with_all_that_is_registered() -> None:
    stranger = {
        "code": "4403961234",
        "name": "某真实公司",
        "credit_code": "91440300708461136T",
        "customs": "5300",
        "dxp_id": "DXPENT0000004403",
    }
    scrub = Scrubber([stranger], DEMO)

    assert scrub.field("assuredEtpsno", "4403961234") == DEMO[0].code
    assert scrub.field("assuredEtpsNm", "某真实公司") == DEMO[0].name
    assert scrub.field("assuredEtpsSccd", "91440300708461136T") == DEMO[0].credit_code
    assert scrub.field("masterCuscd", "5300") == DEMO[0].customs
    assert scrub.node("DXPENT0000004403") == DEMO[0].dxp_id
    other = scrub.field("pmnEtpsno", "4403969999")
    assert is_enterprise_code(other)
    assert other not in (DEMO[0].code, DEMO[1].code, "4403969999")
    assert scrub.field("pmnEtpsno", "4403969999") == other
    with pytest.raises(TooManyEnterprises):
        Scrubber([stranger | {"code": f"440396123{n}"} for n in range(3)], DEMO)
    assert Scrubber([], DEMO, [stranger]).field("pmnEtpsno", "4403961234") == DEMO[0].code


@pytest.mark.slow
def test_days_are_relative_and_what_was_assigned_is_a_placeholder(tour: Path) -> None:
    sent = texts(tour / "sent")
    assert not re.search(r">20[0-9]{2}-[0-9]{2}-[0-9]{2}", sent)
    assert "{{today+364d}} 00:00:00" in sent
    assert not re.search(r"Z[BS]0100[0-9]{9}|>2026[0-9]{14}<", sent)
    assert re.search(r"<gurNo>\{\{levy_no_1\}\}</gurNo>", sent)
    assert re.search(r"<SeqNo>\{\{seq_no_\d+\}\}</SeqNo>", sent)


# complaints


async def test_a_folder_that_is_in_use_is_left_alone(tmp_path: Path, pair: Pair, api: Api) -> None:
    await api.approved(grt101("R1"))
    (tmp_path / "mine").write_text("x")
    with pytest.raises(BadSetting, match="not an empty folder"):
        await record(pair, tmp_path)
    assert (tmp_path / "mine").read_text() == "x"


async def test_a_pair_without_a_conversation_is_nothing_to_record(
    tmp_path: Path, pair: Pair
) -> None:
    with pytest.raises(BadSetting, match="nothing to record"):
        await record(pair, tmp_path / "recording")


async def test_a_wrong_key_and_a_pair_that_is_not_there_are_one_line_each(
    tmp_path: Path, pair: Pair
) -> None:
    with pytest.raises(BadSetting, match="does not know the key"):
        await recorded(
            pair.ready.gateway,
            pair.ready.control,
            keys=["wrong"],
            operator_key="",
            out=tmp_path / "recording",
        )
    with pytest.raises(Unavailable, match="nobody answers"):
        await recorded(
            "http://127.0.0.1:9",
            "http://127.0.0.1:9",
            keys=["k"],
            operator_key="",
            out=tmp_path / "recording",
        )


def test_without_keys_the_command_ends_with_one_line(tmp_path: Path) -> None:
    done = eport(tmp_path, "record", "--home", "nowhere")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "no keys" in done.stderr
