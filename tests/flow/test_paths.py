"""Paths of every kind, and files that cannot be used: a command works, or says why in one line."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import make_url

from fixtures.kit.cli.installation_checks import home_check
from fixtures.kit.pair.up_process import plain_environment, up_process
from gateway.base.files import keep_private, sqlite_file, sqlite_url
from gateway.base.process.home import home_keys, lock, make_home, write_file
from gateway.base.settings import Settings
from gateway.base.store.places import StorePlace
from gateway.base.store.sql import SqlStore
from gateway.base.terminal.screen import readable
from tests.conftest import client, pair_at, settings_of
from tests.factories import grt101

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "fixtures" / "GRT101" / "valid_cash_counter.xml"
NAMES = (
    "a%20b",
    "100%",
    "%zz%00",
    "a?mode=ro&cache=x",
    "a#b",
    "a b",
    "a;b:c@d",
    "file:x",
    ":memory:",
    "'a\"`",
    "a\\b",
    "[::1]{x}",
    "$HOME~",
    "-a",
    "+a=b,c",
    "中文 é",
    "a\nb",
    "[bold]a",
)
GBK = os.fsdecode("报文.xml".encode("gbk"))


def eport(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "gateway.cli", *arguments],
        capture_output=True,
        cwd=folder,
        env=plain_environment(environment) | {"PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the one line of a command that was used wrongly."""
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    text = done.stderr.decode(errors="replace")
    assert text.startswith("eport: ")
    assert text.count("\n") == 1, text
    return text


def inside(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


# a path as a URL


@pytest.mark.parametrize("name", NAMES)
def test_a_path_becomes_a_url_and_the_same_path_again(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "gateway.db"
    assert sqlite_file(sqlite_url(file)) == file
    assert make_url(sqlite_url(file)).query == {}
    settings = Settings(home=tmp_path / name, store_url="", customs_store_url="")
    for url, wanted in ((settings.gateway_url, "gateway.db"), (settings.customs_url, "customs.db")):
        assert StorePlace(side="x", package="x", url=url).file == tmp_path / name / wanted


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
async def test_a_pair_works_in_a_home_of_any_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    async with pair_at(home) as pair, client(pair.ready) as api:
        await api.approved(grt101("R1", 1))
    assert {"gateway.db", "customs.db", "keys.json"} <= inside(home)
    assert inside(tmp_path) == {name}


@pytest.mark.parametrize("name", ["file:x", ":memory:", "a%20b", "-a"])
@pytest.mark.slow
def test_a_relative_home_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    done = eport("migrate", f"--home={name}", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name / "gateway.db").is_file()
    assert eport("keys", f"--home={name}/", "--json", folder=tmp_path).returncode == 0


def test_what_is_no_file(tmp_path: Path) -> None:
    for url in ("sqlite://", "sqlite:///:memory:", "postgresql+psycopg://a@b/c", "nonsense", ""):
        assert sqlite_file(url) is None
    assert sqlite_file("sqlite:///a.db?mode=ro") == Path("a.db")


# a name that is no UTF-8


@pytest.mark.slow
def test_a_file_with_a_gbk_name_is_checked(tmp_path: Path) -> None:
    shutil.copy(SAMPLE, tmp_path / GBK)
    done = eport("validate", "--json", GBK, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    [item] = msgspec.json.decode(done.stdout)["items"]
    assert (item["file"], item["valid"]) == (r"\xb1\xa8\xce\xc4.xml", True)
    assert eport("validate", GBK, folder=tmp_path).returncode == 0
    assert readable("报文 a\n") == "报文 a\n"


@pytest.mark.parametrize("command", ["up", "migrate", "keys", "operators", "doctor"])
@pytest.mark.slow
def test_a_home_with_a_gbk_name_is_refused_in_one_line(tmp_path: Path, command: str) -> None:
    home = os.fsdecode("数据".encode("gbk"))
    for done in (
        eport(command, "--home", home, folder=tmp_path),
        eport(command, folder=tmp_path, EPORT_HOME=home),
    ):
        assert "UTF-8" in said(done)


# what cannot be used


COMMANDS = (
    ("up", "--port", "0", "--control-port", "0"),
    ("migrate",),
    ("keys",),
    ("keys", "--add", "a", "--enterprises", "1105910159"),
    ("operators",),
    ("operators", "--add", "a"),
    ("submit", str(SAMPLE)),
    ("status",),
    ("receipts",),
    ("parked",),
)


def _a_file(home: Path) -> None:
    home.write_text("x", encoding="utf-8")


def _folders_instead_of_files(home: Path) -> None:
    for name in ("keys.json", "gateway.db", "customs.db", "lock"):
        (home / name).mkdir(parents=True)


def _files_of_other_kinds(home: Path) -> None:
    home.mkdir()
    for name in ("keys.json", "gateway.db", "customs.db", "lock"):
        (home / name).write_bytes(b"\xff\xfe no such file at all" * 100)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("spoil", [_a_file, _folders_instead_of_files, _files_of_other_kinds])
@pytest.mark.slow
def test_a_home_that_is_none_is_said_in_one_line(
    tmp_path: Path, command: tuple[str, ...], spoil: Any
) -> None:
    spoil(tmp_path / "home")
    assert "home" in said(eport(*command, "--home", "home", folder=tmp_path))


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can be somebody else"
)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.slow
def test_a_home_of_another_user_is_said_in_one_line(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    home = tmp_path / "home"
    assert eport("migrate", "--home", str(home), folder=tmp_path).returncode == 0
    home_keys(home)
    for path in (home, *home.iterdir()):
        os.chown(path, 65534, 65534)
    alone = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    done = subprocess.run(  # root without the right to pass over modes is any other user
        [*alone, sys.executable, "-P", "-m", "gateway.cli", *command, "--home", str(home)],
        capture_output=True,
        env=plain_environment({"PYTHONPATH": str(ROOT)}),
        timeout=60,
        check=False,
    )
    assert str(home) in said(done)


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "none.xml"),
        ("validate", "folder"),
        ("submit", "none.xml", "--key", "x"),
        ("replay", "none"),
        ("generate", "GRT101", "-n", "1", "--out", "file"),
        ("generate", "GRT101", "-n", "1", "--out", "file/below"),
        ("up", "--ephemeral", "--scenario", "folder"),
        ("up", "--ephemeral", "--scenario", "gbk.yaml"),
        ("up", "--ephemeral", "--port", "0", "--control-port", "0", "--ready-file", "folder"),
        ("up", "--ephemeral", "--port", "0", "--control-port", "0", "--ready-file", "file/r.json"),
    ],
    ids=" ".join,
)
@pytest.mark.slow
def test_what_a_command_cannot_read_or_write_is_said_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "gbk.yaml").write_bytes("名: 值".encode("gbk"))
    said(eport(*arguments, folder=tmp_path))
    assert sorted(f.name for f in tmp_path.iterdir()) == ["file", "folder", "gbk.yaml"]


# whose eyes


def modes(home: Path) -> dict[str, int]:
    return {
        str(path.relative_to(home)): stat.S_IMODE(path.stat().st_mode)
        for path in (home, *home.rglob("*"))
    }


@pytest.mark.slow
def test_nobody_else_reads_a_home_and_its_files(tmp_path: Path) -> None:
    home, ready = tmp_path / "home", tmp_path / "ready.json"
    before = os.umask(0)
    try:
        with up_process(home, environment={"EPORT_PROCESSES": "2"}):
            made = modes(home)
            write_file(ready, b"{}", private=True)
    finally:
        os.umask(before)
    assert {"gateway.db-wal", "customs.db-shm", "customs/lock", "keys.json"} <= made.keys()
    for name, mode in made.items():
        assert mode == (0o700 if (home / name).is_dir() else 0o600), (name, oct(mode))
    assert stat.S_IMODE(ready.stat().st_mode) == 0o600


@pytest.mark.slow
def test_a_start_takes_an_older_home_from_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert eport("migrate", "--home", str(home), folder=tmp_path).returncode == 0
    home_keys(home)
    home.chmod(0o755)
    for path in home.iterdir():
        path.chmod(0o644)
    told = [text for level, text, _ in home_check(settings_of(home)) if level == "warning"]
    assert len(told) == 1 + len(list(home.iterdir()))
    lock(home)()
    for name in ("gateway.db", "customs.db"):
        SqlStore(sqlite_url(home / name))
    assert set(modes(home).values()) == {0o700, 0o600}
    assert not [text for level, text, _ in home_check(settings_of(home)) if level == "warning"]


def test_a_folder_that_has_another_use_keeps_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    make_home(Path())
    (shared := tmp_path / "shared").mkdir()
    shared.chmod(0o1777)
    make_home(shared)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    keep_private(tmp_path / "none" / "file", make=True)  # left to whoever opens it


@pytest.mark.slow
def test_keys_are_printed_to_a_person_only(tmp_path: Path) -> None:
    """Output that is no terminal is a journal or a file."""
    home, ready = tmp_path / "home", tmp_path / "ready.json"
    arguments = ["up", "--port", "0", "--control-port", "0"]
    arguments += ["--home", str(home), "--ready-file", str(ready)]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "gateway.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=plain_environment({"PYTHONPATH": str(ROOT)}),
    ) as process:
        assert process.stdout is not None
        text = b""
        while b"Ctrl-C" not in text:
            line = process.stdout.readline()
            assert line, text
            text += line
        process.terminate()
        text += process.stdout.read()
    keys = home_keys(home)
    for key in (*keys.keys.values(), keys.operator_key):
        assert key.encode() not in text
    assert str(home / "keys.json").encode() in text
