"""A pair in this process, on free ports."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixtures.kit.pair.pair import Pair, running
from gateway.base.clock.business import MovedClock
from gateway.base.settings import Settings

BEIJING, SHANGHAI = "1105910159", "3105960AAA"
MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""10 o'clock in Asia/Shanghai on the day that ``tests.factories`` writes its documents for."""


def settings_of(home: Path, **changes: Any) -> Settings:
    """Settings of an embedded pair on free ports, whatever the environment says."""
    fixed = {
        "home": home,
        "port": 0,
        "control_port": 0,
        "profile": "instant",
        "store_url": "",
        "customs_store_url": "",
        "amqp_url": "",
        "clock_url": "",
    }
    return Settings(**fixed | changes)


@contextlib.asynccontextmanager
async def pair_at(home: Path, **changes: Any) -> AsyncIterator[Pair]:
    """A pair whose business clock starts at MORNING and runs."""
    async with running(
        settings_of(home, **changes), clock=MovedClock(MORNING, frozen=False)
    ) as made:
        yield made
