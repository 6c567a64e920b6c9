"""The embedded product beside the floor. Off by default: speed is measured, not asserted, on a busy
machine."""

from __future__ import annotations

import statistics

import pytest

from tests.bench.ratio import ratios, scale_ratios


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_embedded_round_trips_reach_their_share_of_the_floor() -> None:
    assert statistics.median(ratios(5, 4000, 64)) >= 0.35


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_scale_round_trips_reach_their_share_of_the_floor() -> None:
    found = scale_ratios(5, 4000, 64, 1)
    assert statistics.median(found["packed"]) >= 0.5
    assert statistics.median(found["unpacked"]) >= 1.1
