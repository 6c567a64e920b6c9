"""``eport up`` that dies on purpose: ``python -m tests.flow.mortal_up LIVES WHEN up …``, started by
test_seeded_scenario.

WHEN: ``never``, or SIGKILL ``before`` or ``after`` commit number LIVES of this life, whichever
side's store it belongs to. Only commits that change something count, and of those not the ones that
merely take numbers: a life would get no further.
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from gateway.base.store.sql import SqlStore
from gateway.cli import main

ONLY_NUMBERS = ("Numbers.take", "Blocks.refill")


def mortal(number: int, when: str) -> None:
    """From now on commits are counted, over all stores of this process."""
    write, counted = SqlStore.write, itertools.count(1)

    async def dying(self: SqlStore, unit: Callable[[Any], Any], **options: Any) -> Any:
        name = getattr(
            unit.func if isinstance(unit, functools.partial) else unit, "__qualname__", ""
        )
        if name.startswith(ONLY_NUMBERS):
            return await write(self, unit, **options)
        mine = 0

        def last(connection: Any) -> Any:
            nonlocal mine
            raw = connection.connection.driver_connection
            before, result = raw.total_changes, unit(connection)
            mine = next(counted) if raw.total_changes > before else 0
            if mine == number and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        result = await write(self, last, **options)
        if mine == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    SqlStore.write = dying  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    if sys.argv[2] != "never":
        mortal(int(sys.argv[1]), sys.argv[2])
    sys.argv = ["eport", *sys.argv[3:]]
    main()
