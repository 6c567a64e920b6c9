"""Waiting for what comes true: nothing sleeps for a fixed time, ``eventually`` looks again until
a deadline."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

import pytest


async def eventually(
    look: Callable[[], Any],
    *,
    within: float = 60.0,
    every: float = 0.005,
    what: str | Callable[[], str] = "",
) -> Any:
    """The first answer of ``look`` that is true; fails with the last one when ``within`` seconds
    are over."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(
                f"{(what() if callable(what) else what) or 'it'} did not come true within"
                f" {within:g} s; last seen: {found!r}"
            )
        await asyncio.sleep(every)
