"""Grace: carries out decisions of the desk once they can no longer be taken back.

They stand in rows, so a restart forgets none, and several processes share them: each is carried out
once, in the name of the officer who gave it.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec
from sqlalchemy import Connection

from customs_sim.desk.deciding import Deciding
from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.desk.marks import DONE
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor, Role
from customs_sim.office.work import Work
from customs_sim.store import mark_sql
from customs_sim.store.mark_sql import PendingRow
from gateway.base.errors import CommitUnknown, StoreConflict, Unavailable
from gateway.base.first import first_of
from schemas.times import micros

log = logging.getLogger("eport.customs.desk")
MOST = 200
"""Decisions carried out in one transaction."""
OVERTAKEN = "STATE.01", "案卷已有新的申报", "the case was overtaken by another attempt"
FAILED = "FAULT.01", "内部错误, 已记入日志", "an error of the simulator itself; it is in the log"


class Grace:
    """One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._given = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to carry out; what fell due while nobody ran goes first."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Have the store looked into now: a decision was given."""
        self._given.set()

    async def close(self) -> None:
        """Stop between two rounds. What can still be taken back stays in the store."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        office = self._office
        while True:
            self._given.clear()
            try:
                look = micros(office.wall.now()) + round(office.settings.poll * 1_000_000)
                due = await office.store.read(mark_sql.next_due)
                if due is not None and due <= micros(office.wall.now()):
                    await asyncio.shield(self.carry_out())
                    continue
                await self._pause(look if due is None else min(look, due))
            except (Unavailable, CommitUnknown, StoreConflict) as error:
                log.warning(
                    "decisions wait (%s); will go on in 1 s",
                    error,
                    extra={"action": "decisions_unavailable"},
                )
                await asyncio.sleep(1.0)

    async def _pause(self, moment: int) -> None:
        """Wait until ``moment`` (microseconds of wall time), or until ``wake``. It is at most
        ``poll`` away: other processes give decisions too."""
        await first_of(self._until(moment), self._given.wait())

    async def _until(self, moment: int) -> None:
        """Return at ``moment``, however the wall is moved before or while this waits."""
        while (left := moment - micros(self._office.wall.now())) > 0:
            await self._office.wall.sleep(left / 1_000_000)

    async def carry_out(self) -> int:
        """Carry out what is due, the decisions of one officer, and return how many these were. One
        that fails is set down as refused, and holds up no other."""
        try:
            return await self._round(MOST)
        except (Unavailable, CommitUnknown, StoreConflict):
            raise
        except Exception:
            log.exception(
                "decisions failed; will go on one by one", extra={"action": "decisions_failed"}
            )
        rows = await self._due(1)
        try:
            return await self._round(1)
        except (Unavailable, CommitUnknown, StoreConflict):
            raise
        except Exception:
            log.exception("a decision failed", extra={"action": "decision_failed"})
            await self._office.store.write(
                lambda c: [mark_sql.settle(c, row.id, *FAILED) for row in rows]
            )
            return len(rows)

    async def _due(self, most: int) -> list[PendingRow]:
        wall = micros(self._office.wall.now())
        return await self._office.store.read(lambda c: mark_sql.due(c, wall, most))

    async def _round(self, most: int) -> int:
        rows = await self._due(most)
        if not rows:
            return 0
        by = Actor(name=rows[0].operator, role=Role(rows[0].role))
        decisions = [_decision(row) for row in rows]

        def carry_out(work: Work) -> None:
            results = Deciding(self._office, work, decisions).decide()
            for result in results:
                _settle(work.connection, result)
            for number in {row.id for row in rows} - {each.decision.pending for each in results}:
                mark_sql.settle(work.connection, number, *OVERTAKEN)

        await self._office.perform(carry_out, by=by)
        return len(rows)


def _decision(row: PendingRow) -> Decision:
    notes = tuple(msgspec.json.decode(row.notes, type=list[str]))
    return Decision(seq_no=row.seq_no, result=Act(row.act), notes=notes, pending=row.id)


def _settle(connection: Connection, result: Decided | NotDecided) -> None:
    """Write what became of a decision."""
    number = result.decision.pending
    if isinstance(result, Decided):
        mark_sql.settle(connection, number, DONE)
    else:
        why = ",".join(result.rules) or str(result.status)
        mark_sql.settle(connection, number, why, result.message_zh, result.message_en)
