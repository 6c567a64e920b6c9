"""The command line, run as people and scripts run it: processes, exit codes, one line on stderr,
one value on stdout.

The gateway of this file lives on wall time, so its messages are paid in cash: a cash guarantee
never runs out.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fixtures.corpus import files
from tests.bounds import within
from tests.factories import BEIJING, CASH, SHANGHAI, grt101

NOWHERE = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that came to its end."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """What it said on stderr before exit 2; it must be one line and no traceback."""
        assert (self.code, self.out) == (2, ""), (self.code, self.out, self.err)
        assert self.err.startswith("eport: "), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "gateway.cli", *map(str, arguments)]


def plain_environment(**changes: str) -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith("EPORT_")
    } | changes


@dataclass(frozen=True, slots=True)
class Desk:
    """An empty working folder and the command line in it."""

    folder: Path

    def eport(self, *arguments: object, **environment: str) -> Ended:
        done = subprocess.run(
            command(*arguments),
            capture_output=True,
            encoding="utf-8",
            cwd=self.folder,
            timeout=60,
            env=plain_environment(**environment),
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, body: bytes) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        return file

    def cash(self, name: str, **changes: Any) -> Path:
        """A valid cash guarantee; its reference and number are made of ``name``."""
        number = int.from_bytes(name.encode()) % 10**11
        return self.write(f"{name}.xml", grt101(name, number, **CASH | changes))


@dataclass(frozen=True, slots=True)
class Up:
    """A running `eport up`."""

    process: subprocess.Popen[str]
    home: Path
    ready: dict[str, Any]

    @property
    def at(self) -> tuple[str, ...]:
        """The options that lead a client to it."""
        return ("--url", self.ready["gateway"], "--home", str(self.home))


def start(
    desk: Desk, *arguments: object, **environment: str
) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """`eport up` on free ports; its first line on the screen comes once it is ready."""
    ready = desk.folder / "ready.json"
    process = subprocess.Popen(
        command("up", "--port", 0, "--control-port", 0, "--ready-file", ready, *arguments),
        cwd=desk.folder,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=plain_environment(**environment),
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "gateway" in line, line + process.communicate()[0]
    return process, json.loads(ready.read_text())


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    return process.returncode


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One gateway for the whole file."""
    desk = Desk(tmp_path_factory.mktemp("up"))
    process, ready = start(desk, "--home", "home")
    yield Up(process, desk.folder / "home", ready)
    assert stop(process) == 0


# everything at once


@pytest.mark.timed
@pytest.mark.slow
def test_demo_brings_every_valid_fixture_to_its_end_in_under_ten_seconds(desk: Desk) -> None:
    began = time.monotonic()
    done = desk.eport(
        "demo", "--json", TMPDIR=str(desk.folder), EPORT_STORE_URL="sqlite:////nowhere/at/all.db"
    )
    seconds = time.monotonic() - began
    assert (done.code, done.err) == (0, "")
    ends = {item["file"]: item["status"] for item in done.json["items"]}
    assert {f.name for f in files("GRT101", "valid")} <= ends.keys()
    assert {status for name, status in ends.items() if name.startswith("valid_")} == {
        "approved",
        "draft",
    }
    assert ends["returned_letter_in_use.xml"] == "returned"
    assert within(seconds, 10)
    assert list(desk.folder.iterdir()) == []


def test_demo_shows_the_timeline_customs_note_and_what_to_do_next(desk: Desk) -> None:
    done = desk.eport("demo")
    assert done.code == 0
    for words in (
        "审批通过",
        "退单",
        "已用于 ZB",
        "海关接收成功",
        "eport up",
        "curl --data-binary",
        "/docs",
    ):
        assert words in done.out


def test_up_tells_where_it_is_and_leaves_nothing_behind_when_it_is_stopped(desk: Desk) -> None:
    temporary = desk.folder / "tmp"
    temporary.mkdir()
    process, ready = start(desk, "--ephemeral", TMPDIR=str(temporary))
    assert ready.keys() == {"gateway", "control", "keys", "operator_key"}
    assert ready["keys"].keys() == {BEIJING, SHANGHAI}
    for address in (f"{ready['gateway']}/livez", f"{ready['control']}/livez"):
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200
    assert stop(process) == 0
    assert list(desk.folder.rglob("*")) == [temporary]


@pytest.mark.timed
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.slow
def test_an_ephemeral_pair_is_one_process_there_at_once_and_gone_without_a_trace(
    desk: Desk, number: signal.Signals
) -> None:
    """The real bound, 2 s on an idle machine, is in tests/bench; this one bears a machine that is
    busy with other tests."""
    temporary = desk.folder / "tmp"
    temporary.mkdir()
    began = time.monotonic()
    process, _ = start(desk, "--ephemeral", TMPDIR=str(temporary))
    assert within(time.monotonic() - began, 10)
    assert (
        not Path(f"/proc/{process.pid}/task/{process.pid}/children").exists()
        or not Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().strip()
    )
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert list(desk.folder.rglob("*")) == [temporary]


@pytest.mark.slow
def test_a_second_up_on_the_same_home_says_so_and_ends(desk: Desk, up: Up) -> None:
    done = desk.eport("up", "--home", up.home, "--port", 0, "--control-port", 0)
    assert "is in use" in done.complaint


@pytest.mark.slow
def test_a_port_that_is_taken_is_named(desk: Desk, up: Up) -> None:
    port = up.ready["gateway"].rpartition(":")[2]
    done = desk.eport("up", "--ephemeral", "--port", port, "--control-port", 0)
    assert port in done.complaint


@pytest.mark.parametrize(
    ("arguments", "environment"), [(("--profile", "fast"), {}), ((), {"EPORT_PROFILE": "fast"})]
)
def test_a_setting_that_is_wrong_is_named(
    desk: Desk, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    done = desk.eport("up", *arguments, **environment)
    assert "EPORT_PROFILE" in done.complaint
    assert "'fast'" in done.complaint


# validate


@pytest.mark.slow
def test_validate_prints_each_finding_word_for_word_with_its_place_and_fails(desk: Desk) -> None:
    file = desk.cash("broken", gasrAmt="1,000")
    finding = next(
        f
        for f in desk.eport("validate", file, "--json").json["items"][0]["findings"]
        if f["field"] == "gasrAmt"
    )
    done = desk.eport("validate", file)
    assert done.code == 1
    assert f"{file}:{finding['line']}: error {finding['code']}" in done.out
    assert finding["message_zh"] in done.out
    assert finding["message_en"] in done.out
    assert finding["hint_zh"] in finding["message_zh"]


def test_validate_searches_folders_and_takes_the_enterprise_from_the_message(desk: Desk) -> None:
    desk.cash("folder/beijing")
    desk.cash("folder/deeper/shanghai", enterprise=SHANGHAI)
    done = desk.eport("validate", "folder", "--json")
    assert done.code == 0, done.out
    assert [Path(item["file"]).name for item in done.json["items"]] == [
        "beijing.xml",
        "shanghai.xml",
    ]
    assert {item["message_type"] for item in done.json["items"]} == {"GRT101"}


def test_validate_as_another_enterprise_forbids_it(desk: Desk) -> None:
    done = desk.eport("validate", desk.cash("mine"), "--enterprise", SHANGHAI, "--json")
    assert done.code == 1
    assert [f["code"] for f in done.json["items"][0]["findings"]] == ["X.01"]


def test_validate_of_what_is_no_message_is_a_finding_each(desk: Desk) -> None:
    for name, body in {
        "empty": b"",
        "binary": b"\x00\x01",
        "cut": b"<a",
        "text": "不是 XML".encode("gbk"),
    }.items():
        desk.write(f"odd/{name}.xml", body)
    done = desk.eport("validate", "odd", "--json")
    assert (done.code, done.json["ok"], done.err) == (1, False, "")
    assert len(done.json["items"]) == 4
    assert all(item["findings"][0]["message_zh"] for item in done.json["items"])


# a client of the gateway


def test_submit_waits_until_customs_approved(desk: Desk, up: Up) -> None:
    done = desk.eport(
        "submit", desk.cash("APPROVED-1"), desk.cash("APPROVED-2"), "--wait", 10, "--json", *up.at
    )
    assert done.code == 0, done.err
    for item in done.json["items"]:
        assert (item["http"], item["declaration"]["status"]) == (202, "approved")
        assert [step["event"] for step in item["timeline"]][-1] == "approved"


@pytest.mark.slow
def test_submit_shows_why_customs_returned_it_and_fails(desk: Desk, up: Up) -> None:
    file = desk.cash("RETURNED-1", masterCuscd="2200")
    done = desk.eport("submit", file, "--wait", 10, *up.at)
    assert done.code == 1
    assert "退单 returned" in done.out
    assert "主管关区 2200 不存在或不是企业主管海关" in done.out


def test_submit_of_a_refused_message_prints_its_findings_and_fails(desk: Desk, up: Up) -> None:
    file = desk.cash("REFUSED-1", gasrAmt="0")
    done = desk.eport("submit", file, *up.at)
    assert done.code == 1
    assert f"{file}:" in done.out
    assert "error S101.07" in done.out


@pytest.mark.slow
def test_a_draft_is_good_but_waiting_for_its_approval_is_not(desk: Desk, up: Up) -> None:
    file = desk.cash("DRAFT-1", flag="0")
    assert desk.eport("submit", file, *up.at).code == 0
    assert desk.eport("submit", file, "--wait", 30, *up.at).code == 1


@pytest.mark.slow
def test_status_finds_a_filing_by_either_number_and_lists_the_latest(desk: Desk, up: Up) -> None:
    sent = desk.eport("submit", desk.cash("STATUS-1"), "--wait", 10, "--json", *up.at).json
    number = sent["items"][0]["answer"]["seq_no"]
    by_reference, by_number = (
        desk.eport("status", name, "--json", *up.at) for name in ("STATUS-1", number)
    )
    assert by_reference.json == by_number.json
    assert by_number.json["items"][0]["declaration"]["seq_no"] == number
    assert number in desk.eport("status", *up.at).out
    assert desk.eport("status", "NO-SUCH-NUMBER", *up.at).code == 1


@pytest.mark.slow
def test_receipts_begin_after_the_last_acknowledged_one(desk: Desk, up: Up) -> None:
    desk.eport("submit", desk.cash("RECEIPT-1"), "--wait", 10, *up.at)
    shown = desk.eport("receipts", "--ack", "--json", *up.at)
    assert shown.code == 0
    assert [r["result"] for r in shown.json["items"] if r["enterprise_ref"] == "RECEIPT-1"] == [
        "1",
        "1",
    ]
    assert desk.eport("receipts", "--json", *up.at).json["items"] == []
    assert "RECEIPT-1" in desk.eport("receipts", "--after", 0, *up.at).out


@pytest.mark.slow
def test_what_hinders_a_command_is_one_line_and_exit_2(desk: Desk, up: Up) -> None:
    file = desk.cash("HINDERED-1")
    wrong_key = desk.eport("submit", file, "--url", up.ready["gateway"], "--key", "ek_wrong")
    assert "does not know this key" in wrong_key.complaint
    unreachable = desk.eport("submit", file, "--url", NOWHERE, "--key", "any")
    assert NOWHERE in unreachable.complaint
    missing = desk.eport("submit", "missing.xml", *up.at)
    assert "missing.xml" in missing.complaint
    assert "missing.xml" in desk.eport("validate", "missing.xml").complaint
    no_key = desk.eport("status", "--url", up.ready["gateway"])
    assert "--key" in no_key.complaint
    not_ours = desk.eport("status", "--url", up.ready["control"], "--key", "any")
    assert "eport: " in not_ours.complaint
    other_enterprise = desk.eport("receipts", "--enterprise", SHANGHAI, *up.at)
    assert BEIJING in other_enterprise.complaint


# a home


@pytest.mark.slow
def test_a_key_added_beside_a_running_gateway_works_until_it_is_revoked(desk: Desk, up: Up) -> None:
    added = desk.eport(
        "keys",
        "--home",
        up.home,
        "--add",
        "agent",
        "--enterprises",
        f"{BEIJING},{SHANGHAI}",
        "--json",
    )
    assert added.code == 0, added.err
    key = added.json["key"]
    both = [desk.cash("AGENT-1"), desk.cash("AGENT-2", enterprise=SHANGHAI)]
    assert desk.eport("submit", *both, "--url", up.ready["gateway"], "--key", key).code == 0
    listed = desk.eport("keys", "--home", up.home, "--json")
    row = next(row for row in listed.json["items"] if row["operator"] == "agent")
    assert row["enterprises"] == [BEIJING, SHANGHAI]
    assert not row["revoked"]
    assert key not in listed.out
    assert desk.eport("keys", "--home", up.home, "--revoke", row["hash"], "--json").json["revoked"]
    assert "revoked" in desk.eport("keys", "--home", up.home).out


@pytest.mark.slow
def test_an_operators_key_is_added_listed_and_revoked(desk: Desk) -> None:
    assert desk.eport("migrate").code == 0
    added = desk.eport("keys", "--customs", "--add", "desk two", "--role", "viewer", "--json").json
    assert (added["operator"], added["role"]) == ("desk two", "viewer")
    assert [
        (row["operator"], row["role"], row["revoked"])
        for row in desk.eport("keys", "--customs", "--json").json["items"]
    ] == [("desk two", "viewer", False)]
    assert added["hash"] in desk.eport("keys", "--customs").out
    assert desk.eport("keys", "--customs", "--revoke", added["key"], "--json").json["revoked"]
    assert (
        "wanted viewer, officer, tester"
        in desk.eport("keys", "--customs", "--add", "x", "--role", "king").complaint
    )
    assert "not one key" in desk.eport("keys", "--customs", "--revoke", "abcdef").complaint


@pytest.mark.slow
def test_migrate_makes_a_home_that_keys_and_doctor_take(desk: Desk) -> None:
    assert "eport migrate" in desk.eport("keys", "--home", "new").complaint
    made = desk.eport("migrate", "--home", "new", "--json")
    assert made.code == 0, made.err
    assert {item["side"]: item["from"] for item in made.json["items"]} == {
        "gateway": None,
        "customs": None,
    }
    again = desk.eport("migrate", "--home", "new", "--json").json["items"]
    assert all(item["from"] == item["to"] for item in again)
    added = desk.eport("keys", "--home", "new", "--add", "erp", "--enterprises", BEIJING)
    assert added.code == 0
    assert "ek_" in added.out
    assert "keys fit" in desk.eport("keys", "--home", "new", "--revoke", "000000").complaint
    assert desk.eport("doctor", "--home", "new").code == 0


@pytest.mark.slow
def test_migrate_leaves_a_home_in_use_alone(desk: Desk, up: Up) -> None:
    assert "is in use" in desk.eport("migrate", "--home", up.home).complaint


@pytest.mark.slow
def test_doctor_finds_no_fault_in_a_fresh_home_and_makes_nothing(desk: Desk) -> None:
    done = desk.eport("doctor", "--home", "fresh", "--json")
    assert (done.code, done.json["ok"]) == (0, True), done.out
    assert {"python", "packages", "schemas", "code lists", "home", "stores", "ports"} <= {
        i["check"] for i in done.json["items"]
    }
    assert list(desk.folder.iterdir()) == []


@pytest.mark.slow
def test_doctor_says_that_a_home_is_in_use(desk: Desk, up: Up) -> None:
    done = desk.eport("doctor", "--home", up.home)
    assert done.code == 0, done.out
    assert "in use by a running" in done.out


@pytest.mark.slow
def test_doctor_says_what_to_do_about_a_damaged_store(desk: Desk) -> None:
    desk.write("home/gateway.db", b"SQLite format 3\0" + b"not a database" * 500)
    done = desk.eport("doctor", "--home", "home", "--json")
    assert done.code == 1
    (fault,) = (
        item
        for item in done.json["items"]
        if item["level"] == "fault" and item["check"] == "stores"
    )
    assert "backup" in fault["todo"]


@pytest.mark.slow
def test_bench_measures_a_pair_in_a_process_of_its_own(desk: Desk) -> None:
    done = desk.eport("bench", "-n", 40, "-c", 8, "--json", TMPDIR=str(desk.folder))
    assert done.code == 0, done.err
    assert (done.json["refused"], done.json["approved"]) == (0, 40)
    assert done.json["round_trips_per_s"] > 0
    assert list(desk.folder.iterdir()) == []
