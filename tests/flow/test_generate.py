"""`eport generate`, run as people run it, and its messages on a running pair."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.kit.cli.generate import generate
from gateway.base.settings import Settings
from tests.conftest import Api
from tests.flow.test_record import eport

DAY = "2026-11-23"
"""The business day of the test's pair."""


def made(out: Path, message_type: str, count: int, wrong: str = "") -> list[Path]:
    generate(
        message_type,
        Settings.model_construct(),
        count=count,
        seed=3,
        out=out,
        wrong=wrong,
        today=DAY,
        enterprise="",
        number="",
        as_json=True,
    )
    return sorted(out.glob("*.xml"))


@pytest.mark.parametrize("message_type", ["GRT101", "GRT151"])
async def test_customs_approves_what_was_generated(
    tmp_path: Path, api: Api, message_type: str, capsysbinary: object
) -> None:
    for file in made(tmp_path, message_type, 12):
        taken = await api.taken(file.read_bytes())
        assert taken["warnings"] == []
        await api.until(taken["seq_no"], "approved")


@pytest.mark.parametrize("wrong", ["check-digit", "amount", "encoding", "enterprise"])
async def test_a_running_gateway_refuses_with_what_stands_beside_the_message(
    tmp_path: Path, api: Api, wrong: str, capsysbinary: object
) -> None:
    for file in made(tmp_path, "GRT101", 3, wrong):
        expected = json.loads(file.with_suffix("").with_suffix(".expected.json").read_text())
        reply = await api.post(file.read_bytes())
        assert (
            reply.status,
            [{name: f[name] for name in ("code", "field", "line")} for f in reply.findings],
        ) == (expected["status"], expected["findings"])


@pytest.mark.slow
def test_the_same_command_writes_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        done = eport(
            tmp_path, "generate", "GRT161", "-n", 4, "--seed", 9, "--today", DAY, "--out", folder
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    files = [
        {f.name: f.read_bytes() for f in (tmp_path / folder).iterdir()}
        for folder in ("one", "other")
    ]
    assert files[0] == files[1]
    assert len(files[0]) == 4


@pytest.mark.slow
def test_the_list_shows_every_type_and_every_way_to_be_wrong(tmp_path: Path) -> None:
    told = json.loads(eport(tmp_path, "generate", "--list", "--json").stdout)
    assert len(told["types"]) == 6
    assert "GRT141" not in told["wrong"]["check-digit"]["types"]
    assert all(way["types"] for way in told["wrong"].values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("GRT999",), "choose one of GRT101"),
        ((), "choose one of GRT101"),
        (("GRT101", "--wrong", "colour"), "too-long"),
        (("GRT141", "--wrong", "zero"), "eport generate --list"),
        (("GRT101", "--today", "tomorrow"), "yyyy-MM-dd"),
        (("GRT101", "--enterprise", "1"), "1105910159"),
        (("GRT101", "--out", "/dev/null/x"), "cannot be written"),
    ],
)
@pytest.mark.slow
def test_what_makes_no_sense_is_one_line_and_exit_2(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = eport(tmp_path, "generate", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert words in done.stderr
