"""Turns and workplaces: shares, order, budget, and what a thread that goes on costs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from gateway.base.errors import Unavailable
from gateway.base.web.uploads import LEAST, Uploads
from gateway.base.workplaces import TookTooLong, Turns, Workplaces
from tests.support.waiting import eventually


def places(
    count: int = 4, share: int = 2, patience: float = 0.05, budget: float = 60.0
) -> Workplaces:
    return Workplaces(Turns(count, share=share, patience=patience), budget=budget)


async def test_what_work_returns_and_raises_comes_back() -> None:
    at = places()
    assert await at.run("a", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await at.run("a", lambda: 1 / 0)
    assert await asyncio.gather(*(at.run(str(n), lambda n=n: n) for n in range(50))) == [*range(50)]
    assert at.overdue() == 0
    at.close()


async def test_a_caller_has_a_share_and_others_have_the_rest() -> None:
    at, go_on = places(), threading.Event()
    held = [asyncio.create_task(at.run("a", go_on.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await at.run("a", lambda: None)
    assert await at.run("b", lambda: "b") == "b"
    go_on.set()
    assert await asyncio.gather(*held) == [True, True]
    assert await at.run("a", lambda: "a") == "a"
    at.close()


async def test_who_gives_up_waiting_takes_no_turn() -> None:
    turns = Turns(1, share=1, patience=60)
    give_back = await turns.take("a")

    async def turn(caller: str) -> None:
        (await turns.take(caller))()

    waiting = [asyncio.create_task(turn(caller)) for caller in ("a", "b", "c")]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.gather(waiting[1], return_exceptions=True)
    give_back()
    await asyncio.gather(*waiting[::2])
    await turn("b")


async def test_a_caller_that_left_leaves_its_place_taken_until_the_work_ends() -> None:
    at, go_on = places(count=1, share=1), threading.Event()
    task = asyncio.create_task(at.run("a", go_on.wait))
    await eventually(lambda: bool(at.under_way))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(Unavailable):
        await at.run("b", lambda: None)
    go_on.set()
    await eventually(lambda: not at.under_way)
    assert await at.run("b", lambda: "b") == "b"
    at.close()


async def test_work_beyond_its_budget_is_given_up_and_counted() -> None:
    at, go_on = places(budget=0.02), threading.Event()

    def spin() -> None:
        while not go_on.is_set():
            pass

    with pytest.raises(TookTooLong):
        await at.run("a", spin)
    assert at.overdue() == 1
    go_on.set()
    await eventually(lambda: not at.under_way)
    assert at.overdue() == 0
    at.close()


async def test_work_that_only_waits_for_the_processor_is_not_beyond_its_budget() -> None:
    at = places(budget=0.05)
    assert await at.run("a", lambda: time.sleep(0.2)) is None
    at.close()


def test_a_stop_waits_for_no_thread() -> None:
    """A process that ends while work goes on in every place."""
    program = textwrap.dedent("""
        import asyncio, itertools
        from gateway.base.workplaces import Turns, Workplaces

        async def main():
            at = Workplaces(Turns(2, share=2, patience=1), budget=60)
            tasks = [asyncio.create_task(at.run("a", spin)) for _ in range(2)]
            await asyncio.sleep(0.1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            at.close()
            print("left", flush=True)

        def spin():
            for _ in itertools.count():
                pass

        asyncio.run(main())
    """)
    ended = subprocess.run(
        [sys.executable, "-c", program], timeout=60, stdout=subprocess.PIPE, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, b"left\n")


def test_uploads_are_counted_by_caller_and_given_back() -> None:
    uploads = Uploads(10 * LEAST, 4 * LEAST)
    with uploads.of("a") as first:
        first.take(1)  # counts as LEAST
        first.take(2 * LEAST)
        with pytest.raises(Unavailable):
            first.take(2 * LEAST)
        with uploads.of("b") as second:
            second.take(4 * LEAST)
            with uploads.of("c") as third, pytest.raises(Unavailable):
                third.take(4 * LEAST)
    with uploads.of("a") as first:
        first.take(4 * LEAST)
