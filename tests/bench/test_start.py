"""How long a tester's own test-suite waits for a pair. Off by default: a bound on wall time needs
an idle machine."""

from __future__ import annotations

import statistics
import time

import pytest

from fixtures.kit.pair.up_process import up_process

START = 2.0
"""Seconds from the command to the ready file (issue 6)."""


def seconds_to_ready() -> float:
    began = time.monotonic()
    with up_process():
        return time.monotonic() - began


@pytest.mark.bench
def test_an_ephemeral_pair_is_ready_in_under_two_seconds() -> None:
    assert statistics.median(seconds_to_ready() for _ in range(5)) < START
