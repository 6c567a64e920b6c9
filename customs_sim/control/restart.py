"""A fresh customs without a new process: forgets cases, registers, ledger, messages, timers, the
clock, scenario and faults.

Keeps who may work here, what was audited, and the sequences: a number is never given out twice.
Only a seeded run begins its numbers again, because there the whole course is to be repeated.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from customs_sim.node import CustomsNode
from customs_sim.office.operators import KEYLESS
from customs_sim.store import tables as t

KEPT = frozenset({"c_enterprises", "c_sequences", "c_settings"})
"""Tables that a reset leaves; beside them every table whose ``info`` says ``kept``."""
HANDING_OVER = 5.0


class StillToSend(Exception):
    """``count`` messages wait in the outbox; nothing was done."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} messages wait for the gateway")
        self.count = count


async def begin_afresh(node: CustomsNode, *, force: bool) -> dict[str, int]:
    """Forget everything, and return how many rows of each table went. Raise StillToSend, ClockBusy,
    and what the store raises.

    Customs is paused meanwhile: what the gateway offers waits there and meets the fresh customs.
    """
    listening = not node.paused
    await node.pause()
    try:
        async with node.clockwork.standing():
            if not force:
                await node.office.relay.drained(HANDING_OVER)
            removed = await node.office.store.write(
                lambda c: _forget(c, force=force, seeded=node.office.settings.seed is not None)
            )
            await node.clockwork.start_over()
    finally:
        if listening:
            await node.resume()
    node.wake()
    return removed


def _forget(connection: Connection, *, force: bool, seeded: bool) -> dict[str, int]:
    waiting = connection.execute(select(func.coalesce(func.sum(t.outbox.c.n), 0))).scalar_one()
    if waiting and not force:
        raise StillToSend(int(waiting))
    removed: dict[str, int] = {}
    for table in reversed(t.metadata.sorted_tables):
        if (table.name in KEPT and not (seeded and table is t.sequences)) or table.info.get("kept"):
            continue
        count = connection.execute(delete(table)).rowcount
        if count:
            removed[table.name.removeprefix("c_")] = count
    connection.execute(delete(t.settings).where(t.settings.c.key != KEYLESS))
    return removed
