"""One write unit of customs: collects what it stores and sends, then writes it in bulk. Decides
nothing.

Lives on one connection inside one transaction and is made anew when the transaction runs again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection

from customs_sim.cases.case import Case
from customs_sim.office.audit import DONE, entry
from customs_sim.office.operators import Actor
from customs_sim.steering.active import Active, Steering
from customs_sim.steering.disturbance import Delayed, Disturbance, Sending, broker_id
from customs_sim.steering.fault_rules import FaultRule
from customs_sim.store.numbers import (
    AUDIT,
    MESSAGE,
    OUTBOX,
    PARKED,
    TASK,
    Blocks,
    Drawer,
    SeededDrawer,
)
from customs_sim.store.sql import Sql
from customs_sim.wire.calendar import Moment
from customs_sim.wire.replies import Reply
from gateway.base.errors import StoreConflict
from gateway.base.message import Message
from gateway.base.relay import Parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTools:
    """What every unit of one process works with."""

    sql: Sql
    blocks: Blocks
    node: str
    most: int
    """Messages in one outbox row."""
    steering: Steering
    seeded: bool = False
    """Whether numbers are drawn in the unit's own transaction."""


def as_message(message_id: str, message_type: str, body: bytes, attempts: int = 0) -> Message:
    """An archived answer as it goes to the broker."""
    return Message(
        id=message_id,
        body=body,
        attempts=attempts,
        headers={"content_type": "application/xml", "message_type": message_type},
    )


class WriteUnit:
    """Rows of one transaction. ``now`` is business time, ``wall`` wall time; ``send_at`` the wall
    time from which others may send its outbox row. ``by``: the person at the desk who acts; None
    when customs acts by itself.
    """

    def __init__(
        self,
        connection: Connection,
        tools: UnitTools,
        now: Moment,
        send_at: int,
        *,
        wall: int = 0,
        by: Actor | None = None,
    ) -> None:
        self.connection, self.tools, self.now, self._send_at, self.wall, self._by = (
            connection,
            tools,
            now,
            send_at,
            wall,
            by,
        )
        self.sql, self.node = tools.sql, tools.node
        self.blocks = (
            SeededDrawer(tools.blocks, connection) if tools.seeded else Drawer(tools.blocks)
        )
        self.timed = False
        self._spoil: tuple[str, FaultRule] | None = None
        self._spoiled: dict[int, tuple[str, FaultRule]] = {}
        self._active: Active | None = None
        self._out: list[tuple[Any, ...]] = []
        self._sent: list[tuple[int, Message]] = []
        self._held: list[Sending] = []
        self._opened: list[tuple[Any, ...]] = []
        self._moved: list[tuple[Any, ...]] = []
        self._history: list[tuple[Any, ...]] = []
        self._refunds: list[tuple[Any, ...]] = []
        self._records: list[tuple[Any, ...]] = []
        self._before: list[Callable[[], None]] = []
        self._tasks: list[tuple[Any, ...]] = []
        self._parked: list[tuple[Any, ...]] = []
        self._noted: list[tuple[Any, ...]] = []

    @property
    def active(self) -> Active:
        """Profile, scenario and faults; read once a unit."""
        if self._active is None:
            self._active = self.tools.steering.active(self.connection)
        return self._active

    def answer(self, reply: Reply, *, case_no: int | None, gateway_msg_id: str) -> int:
        """Archive ``reply`` and send it with this unit; its archive id."""
        return self._send(reply, case_no, gateway_msg_id, "")

    def push(self, reply: Reply, business_no: str) -> int:
        """The same for a message that customs starts about the register ``business_no``."""
        return self._send(reply, None, "", business_no)

    def _send(
        self, reply: Reply, case_no: int | None, gateway_msg_id: str, business_no: str
    ) -> int:
        number = self.blocks.draw(MESSAGE)
        self._out.append(
            (
                number,
                self.node,
                reply.message_id,
                "out",
                reply.message_type,
                case_no,
                gateway_msg_id[:255],
                reply.body,
                self.now.at,
                reply.receiver,
                business_no,
                self.wall,
            )
        )
        self._sent.append((number, as_message(reply.message_id, reply.message_type, reply.body)))
        if self._spoil is not None:
            self._spoiled[number] = self._spoil
        return number

    @contextlib.contextmanager
    def spoiling(self, step: str, fault: FaultRule | None) -> Iterator[None]:
        """Put the fault of a scenario's step on every answer sent in the block; None puts none."""
        self._spoil = None if fault is None else (step, fault)
        try:
            yield
        finally:
            self._spoil = None

    def answers_to(self, case_no: int) -> list[bytes]:
        """What this unit sends about a case."""
        return [row[7] for row in self._out if row[5] == case_no]

    def send_held(self, going: Iterable[Any]) -> None:
        """Send now what a fault held back: rows of c_disturbed."""
        self._held += [
            Sending(-row.id, broker_id(row.message_id, row.id), row.message_type, bytes(row.body))
            for row in going
        ]

    def at_end(self, write: Callable[[], None]) -> None:
        """Have ``write`` called once before the unit writes its own rows: for the books."""
        self._before.append(write)

    def open(self, case: Case) -> None:
        self._opened.append(case.row())

    def move(self, before: Case, after: Case) -> None:
        """Guarded: when another unit moved the case first, this one rolls back and runs again."""
        self._moved.append(
            (
                after.business_no,
                after.status.value,
                after.rules,
                after.updated,
                before.case_no,
                before.status.value,
            )
        )

    def enter_history(self, row: tuple[Any, ...]) -> None:
        self._history.append(row)

    def enter_refund(self, row: tuple[Any, ...]) -> None:
        self._refunds.append(row)

    def put_record(self, row: tuple[Any, ...]) -> None:
        self._records.append(row)

    def later(self, due_at: int, case_no: int, step: StrEnum) -> None:
        self._tasks.append((self.blocks.draw(TASK), due_at, case_no, step.value))
        self.timed = True

    def park(
        self, *, direction: str, message_id: str, scope: str, reason: str, body: bytes, tries: int
    ) -> None:
        """Set aside, visible; the same message twice is one row."""
        self._parked.append(
            (
                self.blocks.draw(PARKED),
                self.now.at,
                direction,
                message_id[:255],
                scope[:16],
                reason,
                body,
                tries,
            )
        )

    def note(
        self,
        action: str,
        target: str,
        *,
        before: object = None,
        after: object = None,
        outcome: str = DONE,
    ) -> None:
        """Write into the audit what the person does, in the transaction in which it is done;
        nothing when there is none."""
        if self._by is not None:
            self._noted.append(
                entry(
                    self.blocks.draw(AUDIT),
                    self._by,
                    self.now.at,
                    self.wall,
                    action,
                    target,
                    outcome,
                    before,
                    after,
                )
            )

    def flush(self) -> list[Parcel]:
        """Write everything; the parcels to offer to the relay once the transaction is durable."""
        c = self.connection
        for write in self._before:
            write()
        self._all(self.sql.add_case.many(c, self._opened), self._opened)
        self.sql.add_sent.many(c, self._out)
        self._all(self.sql.move_case.many(c, self._moved), self._moved)
        if self._held or (self._out and (self._spoiled or self.active.faults)):
            self._disturb()
        self.sql.add_history.many(c, self._history)
        self.sql.add_refund.many(c, self._refunds)
        self.sql.put_record.many(c, self._records)
        self.sql.add_task.many(c, self._tasks)
        self.sql.add_parked.many(c, self._parked)
        self.sql.add_audit.many(c, self._noted)
        parcels, rows = [], []
        for start in range(0, len(self._sent), self.tools.most):
            part = self._sent[start : start + self.tools.most]
            number = self.blocks.draw(OUTBOX)
            items = msgspec.json.encode([archive_id for archive_id, _ in part]).decode()
            rows.append((number, self._send_at, items, len(part), 0))
            parcels.append(Parcel(id=number, messages=[message for _, message in part], notes=0))
        self.sql.add_outbox.many(c, rows)
        return parcels

    def _disturb(self) -> None:
        """Replace what is sent by what the active faults make of it (rare; nothing of it costs a
        unit without faults)."""
        disturbance = Disturbance(
            self.connection, self.active.faults, self._spoiled, self.blocks.draw, self.now.at
        )
        going = [*self._held, *disturbance.apply(self._out)]
        self._sent = [
            (one.item, as_message(one.message_id, one.message_type, one.body)) for one in going
        ]
        for due_at, number in disturbance.later:
            self.later(due_at, number, Delayed.SEND)

    @staticmethod
    def _all(touched: int, rows: Sequence[Any]) -> None:
        if touched != len(rows):
            raise StoreConflict(
                f"{len(rows) - touched} of {len(rows)} rows were taken by another writer"
            )
