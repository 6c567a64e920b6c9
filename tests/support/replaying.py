"""A script of the kit run against a pair that a test has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fixtures.kit.pair.pair import Ready
from fixtures.kit.replay.outcome import Outcome
from fixtures.kit.replay.reading import script_in
from fixtures.kit.replay.running import Run
from fixtures.kit.replay.session import connected
from fixtures.kit.replay.values import Values


async def replayed(script: Path, ready: Ready, *, within: float | None = None) -> Outcome:
    """What came of ``script``, or of the script.yaml in that folder. ``within``: instead of what
    each step says."""
    read = script_in(script if script.suffix == ".yaml" else script / "script.yaml")
    if within is not None:
        read = replace(read, steps=tuple(replace(step, within=within) for step in read.steps))
    async with connected(ready.gateway, ready.control, ready.keys, ready.operator_key) as session:
        return await Run(read, session, Values(await session.today(), read.variables)).run()
