"""The section "Try it" of the README, run from top to bottom as a reader would: only ports, home
and the place of `eport` are others."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import msgspec
import pytest

from fixtures.kit.pair.pair import Ready
from tests.conftest import eventually

ROOT = Path(__file__).resolve().parents[2]


def commands() -> str:
    """Its blocks of shell after the one that starts the pair."""
    section = (
        (ROOT / "README.md")
        .read_text(encoding="utf-8")
        .partition("## Try it")[2]
        .partition("\n## ")[0]
    )
    start, *rest = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert start.strip() == ".venv/bin/eport up"
    return "\nsleep 2\n".join(rest)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="the README's lines are for a POSIX shell")
@pytest.mark.timeout(120)
async def test_the_readme_can_be_followed_line_by_line(tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("EPORT_")}
    home, file = tmp_path / "home", tmp_path / "ready"
    pair = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.cli",
        "up",
        "--home",
        str(home),
        "--port",
        "0",
        "--control-port",
        "0",
        "--ready-file",
        str(file),
        cwd=ROOT,
        env=plain,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(file.exists, within=60, every=0.05, what="the pair")
        ready = msgspec.json.decode(file.read_bytes(), type=Ready)
        script = (
            commands()
            .replace(".venv/bin/", f"{Path(sys.executable).parent}/")
            .replace("eport-home", str(home))
        )
        script = script.replace("http://127.0.0.1:8080", ready.gateway).replace(
            "http://127.0.0.1:8090", ready.control
        )
        shell = await asyncio.create_subprocess_exec(
            "sh",
            "-uc",
            f"{script}\nsleep 2\n{Path(sys.executable).parent}/eport status",
            cwd=ROOT,
            env=plain | {"EPORT_URL": ready.gateway, "EPORT_HOME": str(home)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await asyncio.wait_for(shell.communicate(), 90)
    finally:
        pair.terminate()
        await pair.wait()
    said = out.decode()
    steps, _, latest = said.rpartition('{"profile":"instant"}')
    for piece in ("审批通过", "GRT201", 'found "1,000"', '{"profile":"manual"}'):
        assert piece in steps, said
    assert steps.count("拒收 refused") == 1, said
    assert [
        word for word in ("没有编号", "Traceback", '"status":4', "已收过") if word in said
    ] == [], said
    assert latest.count("审批通过 approved") == 2, said
