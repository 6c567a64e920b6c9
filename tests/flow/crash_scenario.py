"""A customs process that dies on purpose: ``python -m tests.flow.crash_scenario HOME LIVES WHEN``,
started by test_scenario_crash.

Runs three filings through a scenario with every kind of step on a clock that only moves when
nothing is left to do; the clock stands in a file, as everything else of this process does. WHEN:
``never``, or SIGKILL ``before`` or ``after`` commit number LIVES of this life.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from customs_sim.cases.settings import CustomsSettings
from gateway.base.clock.business import MovedClock
from tests.customs_factories import CASH, NOON, House, declaration

EVERY_KIND = """
rules:
  - match: {ref: R-0002}
    steps: [{wait: 20s..90s}, {answer: stored}, {answer: taken}, {wait: 1h},
    {answer: return, notes: [材料不全]}]
  - steps:
      - answer: stored
      - wait: 5s..30s
      - answer: taken
      - answer: review
      - person: 2h
      - fault: repeat
      - answer: approve
      - wait: 1m
      - send: sync
      - send: receipts
faults:
  - {fault: delay, match: {type: GRT200, ref: R-0003}, with: {seconds: 100}}
  - {fault: duplicate, match: {type: GRT302}}
"""
"""Rules and faults that use every kind of step; a test adds its own fault."""
SCENARIO = f"""
name: every-kind
seed: 3
{EVERY_KIND.strip()}
  - {{fault: drop, match: {{chance: 0.2}}}}
"""


async def to_the_end(house: House, clock: MovedClock, keep: Callable[[datetime], None]) -> None:
    """File three times, then move the clock from task to task until none is left; ``keep`` is told
    each time beforehand."""
    for filing in (1, 2, 3):
        await house.gateway.send(declaration(filing, CASH))
    while True:
        await house.has_rows("SELECT count(*) FROM c_outbox", [(0,)])
        at = await house.store.read(house.node.office.sql.next_task)
        if at is None:
            return
        due = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
        if due > clock.now():
            keep(due)
            clock.advance((due - clock.now()).total_seconds())
            # as whoever sets the clock does: timers may have looked at it a moment before
            house.node.wake()
        await house.has_rows(f"SELECT count(*) FROM c_tasks WHERE due_at <= {at}", [(0,)])


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _make_mortal(house: House, number: int, when: str) -> None:
    """Die at transaction ``number`` of this life. Those that only take numbers, that fail for want
    of them or change nothing, do not count, or no life would get further."""
    write, counted = house.store.write, itertools.count(1)

    async def dying(unit: Callable[[Any], Any], **options: Any) -> Any:
        if "refill" in unit.__qualname__:
            return await write(unit, **options)
        mine = 0

        def last(connection: Any) -> Any:
            nonlocal mine
            raw = connection.connection.driver_connection
            before, result = raw.total_changes, unit(connection)
            mine = next(counted) if raw.total_changes > before else 0
            if mine == number and when == "before":
                _die()
            return result

        result = await write(last, **options)
        if mine == number:
            _die()
        return result

    house.store.write = dying  # type: ignore[method-assign]


async def run(home: Path, number: int, when: str) -> None:
    moment = home / "clock"
    clock = MovedClock(datetime.fromisoformat(moment.read_text()) if moment.exists() else NOON)
    house = House(
        f"sqlite:///{home / 'customs.db'}", clock=clock, settings=CustomsSettings(block=1)
    )
    received = (home / "received").open("a")

    def note(message: Any) -> Any:
        received.write(f"{message.id}\n")
        received.flush()
        return accepted(message)

    accepted: Callable[[Any], Any] = house.gateway.says
    house.gateway.says = note
    if not moment.exists():
        await house.store.write(lambda c: house.node.office.steering.activate(c, SCENARIO, 0))
        moment.write_text(NOON.isoformat())
    if when != "never":
        _make_mortal(house, number, when)

    def keep(due: datetime) -> None:
        moment.with_suffix(".new").write_text(due.isoformat())
        moment.with_suffix(".new").rename(moment)

    async with house:
        await to_the_end(house, clock, keep)
    (home / "done").touch()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
