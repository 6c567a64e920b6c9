"""The checks of a batch, shared with a process beside this one where there is one: whoever is free
takes the next group.

The other process is a help and nothing depends on it: what it does not answer, or not in time, is
checked here.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from gateway.api.messages import INLINE, check
from gateway.checks.elsewhere import UNDECIDED, restored
from gateway.checks.opened import Submission
from gateway.checks.unzip import PackedFile
from gateway.service import Gateway
from gateway.store.keys import Caller
from handlers.contract import Context
from schemas.findings import Finding

Checked = Submission | tuple[Finding, ...]
GROUP = 32
"""Files that are checked in one place and go into the group commit together: 2 or 3 ms of checks,
so that neither process waits long for the other, and what a question costs beside its files is
still little."""
SLICE = 0.01
"""Seconds of unpacking or checking after which others have a turn."""
PATIENCE = 0.5
"""Seconds that a group which is away is waited for when nothing else is left to do; eight of them
take some 25 ms."""
GRACE = 0.002
"""Seconds that it is waited for before the next group is checked here instead: transactions and
other requests have this loop meanwhile, and they are what only this process can do."""


@dataclass(frozen=True, slots=True)
class _Away:
    """A group at the other process, and the Context it is checked in."""

    files: Sequence[PackedFile]
    context: Context
    answer: asyncio.Future[Sequence[bytes]]


async def checked(
    gateway: Gateway, caller: Caller, files: Sequence[PackedFile]
) -> AsyncIterator[list[tuple[PackedFile, Checked]]]:
    """Yield the files in groups, in order, each with what the checks say of it: a submission, or
    the findings that forbid it."""
    left = deque(files[at : at + GROUP] for at in range(0, len(files), GROUP))
    begun: deque[_Away | list[tuple[PackedFile, Checked]]] = deque()
    while left or begun:
        while left and (away := _sent(gateway, caller, left[0])) is not None:
            left.popleft()
            begun.append(away)
        if not begun:
            begun.append(await _looked_at(gateway, caller, left.popleft()))
        first = begun[0]
        if isinstance(first, _Away):
            await asyncio.wait([first.answer], timeout=GRACE if left else PATIENCE)
            if left and not first.answer.done():
                begun.append(await _looked_at(gateway, caller, left.popleft()))
                continue
            first = await _looked_at(
                gateway,
                caller,
                first.files,
                first.answer.result() if first.answer.done() else (),
                first.context,
            )
        begun.popleft()
        yield first


def _sent(gateway: Gateway, caller: Caller, files: Sequence[PackedFile]) -> _Away | None:
    """Send the group to the other process. Return None when there is no other one, or it has enough
    to do. Large files stay here: they would keep the loops of both waiting."""
    if gateway.elsewhere is None:
        return None
    context = gateway.context(caller)
    answer = gateway.elsewhere(
        [b"" if file.findings or len(file.body) > INLINE else file.body for file in files], context
    )
    return None if answer is None else _Away(files, context, answer)


async def _looked_at(
    gateway: Gateway,
    caller: Caller,
    files: Sequence[PackedFile],
    answers: Sequence[bytes] = (),
    context: Context | None = None,
) -> list[tuple[PackedFile, Checked]]:
    """Return what the answers of the other process say of each file, given in ``context``; where
    they say nothing, what the checks say here."""
    pairs: list[tuple[PackedFile, Checked]] = []
    since = time.perf_counter()
    for file, answer in zip(
        files, itertools.chain(answers, itertools.repeat(UNDECIDED)), strict=False
    ):
        if answer and context is not None:
            pairs.append((file, restored(gateway.intake, answer, file.body, context)))
        else:
            pairs.append((file, file.findings or await check(gateway, file.body, caller, None)))
        if time.perf_counter() - since > SLICE:
            await asyncio.sleep(0)
            since = time.perf_counter()
    gateway.metrics.apart.inc(sum(answer != UNDECIDED for answer in answers))
    return pairs
