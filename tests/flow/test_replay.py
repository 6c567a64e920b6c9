"""`eport replay`: a verdict with the exact difference, reports, load, and one clear line for what
cannot be tried."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import pytest
from lxml import etree

from fixtures.kit.pair.pair import Pair
from tests.bounds import within
from tests.conftest import Api, eventually
from tests.factories import BEIJING

FIXTURES = Path(str(resources.files("fixtures")))
QUICK = {**{k: v for k, v in os.environ.items() if not k.startswith("EPORT_")}, "COLUMNS": "200"}


def replay(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "gateway.cli", "replay", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
        env=QUICK,
    )


def running_pair(pair: Pair) -> tuple[str, ...]:
    ready = pair.ready
    keys = [part for code, key in ready.keys.items() for part in ("--key", f"{code}={key}")]
    return (
        "--url",
        ready.gateway,
        "--control",
        ready.control,
        "--operator-key",
        ready.operator_key,
        *keys,
    )


def some(folder: Path, *names: str) -> Path:
    """A folder of a few fixtures with their expectations."""
    made = folder / "GRT101"
    made.mkdir()
    for name in names:
        shutil.copy(FIXTURES / "GRT101" / name, made)
    return made


# the whole corpus


@pytest.mark.slow
def test_the_whole_corpus_is_green_in_a_minute_and_one_changed_expectation_turns_one_case_red(
    tmp_path: Path,
) -> None:
    corpus = tmp_path / "fixtures"
    shutil.copytree(FIXTURES, corpus, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    changed = corpus / "GRT101" / "invalid_amount_separators.expected.json"
    wanted = json.loads(changed.read_text())
    wanted["findings"][0]["line"] += 1
    changed.write_text(json.dumps(wanted))

    began = time.monotonic()
    done = replay(tmp_path, corpus, "--junit", "r.xml", "--report", "r.json", "--html", "r.html")
    seconds = time.monotonic() - began

    assert done.returncode == 1, done.stdout + done.stderr
    assert within(seconds, 60)
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert report["cases"] > 350
    assert [(o["name"], o["ok"]) for o in report["outcomes"] if not o["ok"]] == [
        ("invalid_amount_separators.xml", False)
    ]
    line = wanted["findings"][0]["line"]
    assert (
        f"/findings[1]: 应为 expected X.09 gasrAmt line {line}, 实为 found X.09 gasrAmt line"
        f" {line - 1}" in done.stdout
    )
    suites = etree.parse(tmp_path / "r.xml").getroot()
    assert (int(suites.get("tests", "0")), int(suites.get("failures", "0"))) == (report["cases"], 1)
    assert "invalid_amount_separators" in suites.find(".//testcase[failure]").get("name")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "src=" not in page


# scripts on a running pair


@pytest.mark.slow
async def test_a_script_runs_against_a_running_pair_and_a_fault_there_is_told_at_its_step(
    tmp_path: Path, pair: Pair, api: Api
) -> None:
    script = FIXTURES / "flows" / "setup.yaml"
    good = await asyncio.to_thread(replay, tmp_path, script, *running_pair(pair))
    assert (good.returncode, good.stderr) == (0, ""), good.stdout

    assert (
        await api.control(
            "PUT", "/faults", {"rules": [{"fault": "no_result", "match": {"type": "GRT201"}}]}
        )
    ).status == 200
    text = script.read_text(encoding="utf-8").replace(
        "    capture: {gasr_no", "    within: 1s\n    capture: {gasr_no"
    )
    (tmp_path / "setup.yaml").write_text(text, encoding="utf-8")
    bad = await asyncio.to_thread(
        replay, tmp_path, "setup.yaml", *running_pair(pair), "--report", "r.json"
    )

    assert bad.returncode == 1
    assert "第 11 行 line 11, receipt GRT201 1" in bad.stdout
    assert "GRT201 1 在 1 秒内没有来 / did not come within 1 s" in bad.stdout
    steps = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["outcomes"][0]["steps"]
    assert [step["ok"] for step in steps] == [True, True, False]


@pytest.mark.slow
async def test_a_receipt_that_reads_otherwise_is_told_path_by_path(
    tmp_path: Path, pair: Pair
) -> None:
    text = (
        (FIXTURES / "flows" / "setup.yaml")
        .read_text(encoding="utf-8")
        .replace('gurStucd: "1"', 'gurStucd: "9"')
    )
    (tmp_path / "other.yaml").write_text(text, encoding="utf-8")

    done = await asyncio.to_thread(replay, tmp_path, "other.yaml", *running_pair(pair))

    assert done.returncode == 1
    assert '//GrtGasrLevyBsc/gurStucd: 应为 expected "9", 实为 found "1"' in done.stdout


# load


@pytest.mark.slow
async def test_a_folder_serves_as_load_with_percentiles_and_every_message_is_a_new_one(
    tmp_path: Path, pair: Pair, api: Api
) -> None:
    folder = some(
        tmp_path, "valid_minimal.xml", "invalid_amount_nan.xml", "invalid_amount_nan.expected.json"
    )

    done = await asyncio.to_thread(
        replay,
        tmp_path,
        folder,
        *running_pair(pair),
        "-j",
        8,
        "--repeat",
        20,
        "--rate",
        400,
        "--json",
    )

    report = json.loads(done.stdout)
    assert (done.returncode, report["cases"], report["failed"]) == (0, 40, 0), done.stderr
    assert set(report["latency_ms"]) == {"p50", "p90", "p99", "max"}
    assert 40 / 400 <= report["seconds"] < 20
    assert (await api.get("/declarations", enterprise=BEIJING, params={"limit": 1})).json[
        "total"
    ] == 20


def taken(store: Path) -> int:
    """How many messages the store of a gateway holds; 0 while it is being made."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@pytest.mark.slow
async def test_ctrl_c_ends_it_and_the_reports_are_there(tmp_path: Path) -> None:
    folder, temporary = some(tmp_path, "valid_minimal.xml"), tmp_path / "tmp"
    temporary.mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.cli",
        "replay",
        str(folder),
        "--repeat",
        "100000",
        "--rate",
        "50",
        "--report",
        "r.json",
        "--junit",
        "r.xml",
        cwd=tmp_path,
        env=QUICK | {"TMPDIR": str(temporary)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # in the background of a shell SIGINT is ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    def under_way() -> bool:
        """Its pair has taken something."""
        assert process.returncode is None
        return any(taken(file) for file in temporary.rglob("gateway.db"))

    await eventually(under_way, every=0.05)
    process.send_signal(signal.SIGINT)
    out, err = (said.decode() for said in await process.communicate())

    assert process.returncode == 130, err
    assert "中断 interrupted" in out
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert report["interrupted"]
    assert (tmp_path / "r.xml").stat().st_size
    assert "Traceback" not in err


# what cannot be tried: one line, exit 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "nowhere: 没有这个文件或文件夹 / there is no such file or folder"),
        (("empty",), "there is neither a script (*.yaml) nor a message (*.xml) in it"),
        (("broken.yaml",), "broken.yaml:3: "),
        (("missing.yaml",), "gone.xml: 没有这个文件"),
        (("lonely",), "there is no invalid_x.expected.json beside it"),
        (
            ("ok", "--url", "http://127.0.0.1:9", "--key", "k"),
            "http://127.0.0.1:9 无应答 does not answer",
        ),
        (("ok", "--url", "nonsense", "--key", "k"), "is no address"),
        (
            ("ok", "--url", "http://127.0.0.1:9"),
            "give --key and --operator-key, or --home of the running pair",
        ),
        (("ok", "--html", "nowhere/there/r\0.html"), "cannot be written"),
    ],
    ids=[
        "no file",
        "no message",
        "broken script",
        "missing message",
        "no expectation",
        "unreachable",
        "no address",
        "no key",
        "no report",
    ],
)
@pytest.mark.slow
def test_what_cannot_be_tried_is_one_line_and_exit_2(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    for name in ("empty", "lonely", "ok"):
        (tmp_path / name).mkdir()
    (tmp_path / "broken.yaml").write_text("name: a\nsteps:\n  - sned: a.xml\n", encoding="utf-8")
    (tmp_path / "missing.yaml").write_text(
        "name: a\nsteps:\n  - send: gone.xml\n", encoding="utf-8"
    )
    (tmp_path / "lonely" / "invalid_x.xml").write_text("<a/>", encoding="utf-8")
    shutil.copy(FIXTURES / "GRT101" / "valid_minimal.xml", tmp_path / "ok")
    if "\0" in "".join(arguments):
        (tmp_path / "nowhere").mkdir()
        (tmp_path / "nowhere" / "there").write_text("a file, no folder", encoding="utf-8")
        arguments = (*arguments[:-1], "nowhere/there/r.html")

    done = replay(tmp_path, *arguments)

    assert done.returncode == 2, done.stdout
    (line,) = done.stderr.strip().splitlines()
    assert words in line


@pytest.mark.slow
async def test_a_wrong_key_is_one_line_and_exit_2(tmp_path: Path, pair: Pair) -> None:
    folder = some(tmp_path, "valid_minimal.xml")
    good = f"{BEIJING}={pair.ready.keys[BEIJING]}"
    for arguments in (
        ("--key", "ek_wrong"),
        ("--key", good, "--control", pair.ready.control, "--operator-key", "no"),
    ):
        done = await asyncio.to_thread(
            replay, tmp_path, folder, "--url", pair.ready.gateway, *arguments
        )
        assert done.returncode == 2, done.stdout
        (line,) = done.stderr.strip().splitlines()
        assert "does not know the key" in line
