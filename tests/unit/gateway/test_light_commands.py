"""Commands start light: what they need not, they do not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILE = ROOT / "fixtures" / "GRT101" / "valid_cash_counter.xml"
RUN = """
import sys
from gateway.cli import main
sys.argv = ["eport", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print("imported", *{name.partition(".")[0] for name in sys.modules})
"""
NO_STORE = {"sqlalchemy", "alembic", "aiohttp", "xmlschema", "prometheus_client"}


@pytest.mark.parametrize(
    ("words", "shown", "without"),
    [
        (("--help",), "validate", {*NO_STORE, "pydantic", "rich", "asyncio", "lxml", "msgspec"}),
        (("up", "--help"), "--ephemeral", {*NO_STORE, "rich", "asyncio", "lxml"}),
        (("validate", str(FILE)), "valid", NO_STORE),
    ],
    ids=["help", "help of a command", "validate"],
)
def test_a_command_imports_only_what_it_needs(
    words: tuple[str, ...], shown: str, without: set[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    said, _, imported = done.stdout.partition("imported")
    assert shown in said

    assert {name for name in imported.split() if name in without} == set()
