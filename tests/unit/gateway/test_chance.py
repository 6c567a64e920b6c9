"""Chance that can be repeated."""

from __future__ import annotations

import subprocess
import sys

from gateway.base.chance import Chance


def test_the_same_seed_name_and_number_draw_the_same_in_any_process() -> None:
    here = Chance(7).octets("faults/drop", 3).hex()
    there = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "from gateway.base.chance import Chance; print(Chance(7).octets('faults/drop',"
                " 3).hex())"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here


def test_another_seed_name_or_number_draws_something_else() -> None:
    drawn = {Chance(seed).octets(name, n) for seed in (7, 8) for name in ("a", "b") for n in (1, 2)}
    assert len(drawn) == 8


def test_a_draw_does_not_depend_on_the_draws_before_it() -> None:
    forwards = [Chance(7).fraction("x", n) for n in range(20)]
    backwards = [Chance(7).fraction("x", n) for n in reversed(range(20))]
    assert forwards == backwards[::-1]


def test_a_share_is_kept_over_many_draws_and_at_its_ends() -> None:
    chance = Chance(7)
    assert not any(chance.happens("x", n, 0.0) for n in range(1000))
    assert all(chance.happens("x", n, 1.0) for n in range(1000))
    assert 2700 < sum(chance.happens("x", n, 0.3) for n in range(10_000)) < 3300


def test_whole_numbers_reach_both_ends() -> None:
    chance = Chance(7)
    assert {chance.whole("x", n, 3, 6) for n in range(200)} == {3, 4, 5, 6}
