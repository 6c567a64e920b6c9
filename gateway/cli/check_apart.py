"""Files of a batch checked where there is time for it: a check needs no store, and while a batch is taken the process of customs often
has nothing to do (``docs/decisions/0021``). Both ends; what travels is ``gateway.passing``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.adapters.link import LinkBroker
from gateway.bootstrap import make_intake
from gateway.errors import Unavailable
from gateway.handler import Context
from gateway.passing import Question, context_of, passed, question
from gateway.settings import Settings
from schemas.codes import CodeLists
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet

CHECK = "check"
AWAY = 8
"""Questions at the other end: one in work, and as many ready as it can answer while a transaction holds the gateway's loop (20 ms). A
process that hangs is sent no more than these."""
SLICE = 0.005
"""Seconds of checking after which the process' own work has a turn."""


class ChecksApart:
    """The end that asks: ``gateway.passing.Elsewhere``."""

    def __init__(self, link: LinkBroker) -> None:
        self._link = link
        self.away: set[asyncio.Task[Sequence[bytes]]] = set()
        """Questions without an answer so far, however long anybody waits for them."""

    def __call__(self, bodies: Sequence[bytes], context: Context) -> asyncio.Future[Sequence[bytes]] | None:
        if len(self.away) >= AWAY:
            return None
        task = asyncio.create_task(self._ask(question(bodies, context)))
        self.away.add(task)
        task.add_done_callback(self.away.discard)
        return task

    async def _ask(self, asked: Question) -> Sequence[bytes]:
        try:
            return msgspec.convert(await self._link.ask(CHECK, asked), list[bytes])
        except Unavailable:
            return ()


class Checks:
    """The end that answers, with checks made from the same settings. Questions one after the other: the first is waited for first."""

    def __init__(self, settings: Settings) -> None:
        self._codes = CodeLists()
        self._intake = make_intake(settings, reader=XmlReader(Limits(size=settings.max_body)), schemas=SchemaSet(), codes=self._codes)
        self._turn = asyncio.Lock()

    async def answer(self, content: Any) -> list[bytes]:
        """One submission a body, flattened, or UNDECIDED."""
        async with self._turn:
            asked = msgspec.convert(content, Question)
            context = context_of(asked, self._codes)
            found: list[bytes] = []
            since = time.perf_counter()
            for body in asked.bodies:
                found.append(passed(self._intake, body, context))
                if time.perf_counter() - since > SLICE:
                    await asyncio.sleep(0)
                    since = time.perf_counter()
            return found
