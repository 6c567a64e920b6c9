"""The table of quirks is true: every number is there once, and what it points to exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from customs_sim.steering.faults import FAULTS

ROOT = Path(__file__).resolve().parent.parent
KNOWN = 31
"""Complaints that developers are known to have, as the notes on the domain number them."""


def rows() -> dict[int, str]:
    text = (ROOT / "docs" / "quirks.md").read_text(encoding="utf-8")
    return {
        int(number): where
        for number, where in re.findall(r"^\| ([0-9]+) \|.*\| ([^|]+) \|$", text, re.MULTILINE)
    }


def test_every_quirk_has_its_row() -> None:
    assert list(rows()) == list(range(1, KNOWN + 1))


@pytest.mark.parametrize("number", range(1, KNOWN + 1))
def test_what_a_row_points_to_exists(number: int) -> None:
    where = rows()[number]
    pointers = re.findall(r"(fault: )?`([^`]+)`", where)
    assert pointers
    for fault, name in pointers:
        if fault:
            assert name in FAULTS, name
            continue
        path, _, test = name.partition("::")
        assert (ROOT / path).is_file(), path
        if test:
            assert re.search(
                rf"^(async )?def {test}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE
            ), name
