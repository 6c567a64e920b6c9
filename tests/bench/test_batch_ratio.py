"""Batches beside single POSTs, customs held. Off by default: speed is measured, not asserted, on a
busy machine."""

from __future__ import annotations

import statistics

import pytest

from tests.bench.batch import ratios


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_a_batch_accepts_at_least_1_8_times_as_many_a_second_as_single_posts() -> None:
    assert statistics.median(ratios(5, 4000)) >= 1.8
