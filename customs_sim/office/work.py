"""The work of one unit of customs: the rows and answers that it collects, written in bulk at its
end. Decides nothing.

A work belongs to one transaction. When the transaction runs again, a new work is made for it.
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
from customs_sim.office.audit import DONE, AuditEntry, state_text
from customs_sim.office.operators import Actor
from customs_sim.steering.active import Active, Steering
from customs_sim.steering.disturbance import Delayed, Disturbance, Out, Sending, broker_id
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
from customs_sim.store.rows import BodyRow, OutboxRow
from customs_sim.store.sql import Sql
from customs_sim.wire.calendar import Moment
from customs_sim.wire.intranet import as_asked
from customs_sim.wire.replies import Reply
from gateway.base.errors import StoreConflict
from gateway.base.message import Message
from gateway.base.relay import Parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTools:
    """What the works of one process share.

    Attributes:
        node: The id of the customs node.
        most: Messages in one outbox row.
        seeded: Whether numbers are drawn in the transaction of the unit itself.
        receipt_form: How what customs sends is wrapped: package or signature.
    """

    sql: Sql
    blocks: Blocks
    node: str
    most: int
    steering: Steering
    seeded: bool = False
    receipt_form: str = "package"


def as_message(message_id: str, message_type: str, body: bytes, attempts: int = 0) -> Message:
    """Return an archived answer as it goes to the broker."""
    return Message(
        id=message_id,
        body=body,
        attempts=attempts,
        headers={"content_type": "application/xml", "message_type": message_type},
    )


def outbox_row(number: int, due_at: int, items: Sequence[int], *, tries: int = 0) -> OutboxRow:
    """Return a row of c_outbox with ``items`` that are sent from ``due_at`` (wall time) on."""
    return OutboxRow(number, due_at, msgspec.json.encode(items).decode(), len(items), tries)


class Work:
    """Collects the rows and answers of one transaction.

    Attributes:
        connection: The connection of the transaction.
        now: Business time.
        wall: Wall time, in microseconds UTC.
        blocks: The numbers to draw from; ask with ``require`` before the first is drawn.
        timed: Whether a task was entered.
    """

    def __init__(
        self,
        connection: Connection,
        tools: WorkTools,
        now: Moment,
        send_at: int,
        *,
        wall: int = 0,
        by: Actor | None = None,
    ) -> None:
        """Begin with nothing. ``send_at``: wall time from which other processes may send the outbox
        rows. ``by``: who acts at the desk; None when customs acts by itself."""
        self.connection, self.tools = connection, tools
        self.now, self.wall = now, wall
        self.sql, self.node = tools.sql, tools.node
        self._send_at, self._by = send_at, by
        self.blocks = (
            SeededDrawer(tools.blocks, connection) if tools.seeded else Drawer(tools.blocks)
        )
        self.timed = False
        self._spoil: tuple[str, FaultRule] | None = None
        self._spoiled: dict[int, tuple[str, FaultRule]] = {}
        self._active: Active | None = None
        self._out: list[Out] = []
        self._sent: list[tuple[int, Message]] = []
        self._delayed: list[Sending] = []
        self._opened: list[tuple[Any, ...]] = []
        self._moved: list[tuple[Any, ...]] = []
        self._history: list[tuple[Any, ...]] = []
        self._refunds: list[tuple[Any, ...]] = []
        self._records: list[tuple[Any, ...]] = []
        self._before: list[Callable[[], None]] = []
        self._tasks: list[tuple[Any, ...]] = []
        self._parked: list[tuple[Any, ...]] = []
        self._noted: list[AuditEntry] = []

    @property
    def by(self) -> Actor | None:
        """Return who acts at the desk; None when customs acts by itself."""
        return self._by

    @property
    def active(self) -> Active:
        """Return profile, scenario and faults, read once a work."""
        if self._active is None:
            self._active = self.tools.steering.active(self.connection)
        return self._active

    def answer(self, reply: Reply, *, case_no: int | None, gateway_msg_id: str) -> int:
        """Archive ``reply``, send it with this work, and return its archive id."""
        return self._send(reply, case_no, gateway_msg_id, "")

    def push(self, reply: Reply, business_no: str) -> int:
        """Do as ``answer`` with a message that customs starts about the register
        ``business_no``."""
        return self._send(reply, None, "", business_no)

    def _send(
        self, reply: Reply, case_no: int | None, gateway_msg_id: str, business_no: str
    ) -> int:
        number = self.blocks.draw(MESSAGE)
        body = as_asked(reply.body, self.tools.receipt_form)
        self._out.append(
            Out(
                number,
                self.node,
                reply.message_id,
                "out",
                reply.message_type,
                case_no,
                gateway_msg_id[:255],
                body,
                self.now.at,
                reply.receiver,
                business_no,
                self.wall,
            )
        )
        self._sent.append((number, as_message(reply.message_id, reply.message_type, body)))
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
        """Return what this work sends about a case."""
        return [out.body for out in self._out if out.case_no == case_no]

    def send_delayed(self, going: Iterable[BodyRow]) -> None:
        """Send now what a fault kept back: rows of c_disturbed."""
        self._delayed += [
            Sending(-row.id, broker_id(row.message_id, row.id), row.message_type, bytes(row.body))
            for row in going
        ]

    def at_end(self, write: Callable[[], None]) -> None:
        """Have ``write`` called once before the rows of the work are written: for the books."""
        self._before.append(write)

    def open(self, case: Case) -> None:
        """Enter a new case."""
        self._opened.append(case.row())

    def move(self, before: Case, after: Case) -> None:
        """Store ``after`` in the place of ``before``. When another unit moved the case first, this
        one rolls back and runs again."""
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

    def enter_history(self, number: str, version: int, change_no: int, message: int) -> None:
        """Enter the generation of a register that ends now.

        ``number``: of the guarantee or levy; ``version``: its last; ``message``: archive id of the
        message that told the generation.
        """
        self._history.append((number, version, change_no, message, self.now.at))

    def enter_refund(self, row: tuple[Any, ...]) -> None:
        """Enter a row of c_refunds."""
        self._refunds.append(row)

    def put_record(self, enterprise: str, version: int, seq_no: str, message: int) -> None:
        """Enter the record of an enterprise in the place of the former one. ``message``: archive id
        of the receipt that carries it."""
        self._records.append((enterprise, version, seq_no, message, self.now.at))

    def later(self, due_at: int, case_no: int, step: StrEnum) -> None:
        """Enter a task: ``step`` of ``case_no`` falls due at ``due_at``, business time."""
        self._tasks.append((self.blocks.draw(TASK), due_at, case_no, step.value))
        self.timed = True

    def park(
        self, *, direction: str, message_id: str, scope: str, reason: str, body: bytes, tries: int
    ) -> None:
        """Set a message aside for a person. The same message twice is one row."""
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
                0,
                0,
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
        """Enter into the audit what the person at the desk does; nothing when customs acts by
        itself."""
        if self._by is not None:
            self._noted.append(
                AuditEntry(
                    id=self.blocks.draw(AUDIT),
                    at=self.now.at,
                    wall_at=self.wall,
                    operator=self._by.name[:64],
                    role=self._by.role.value,
                    action=action[:40],
                    target=target[:64],
                    outcome=outcome[:64],
                    before=state_text(before),
                    after=state_text(after),
                )
            )

    def flush(self) -> list[Parcel]:
        """Write everything, and return the parcels to offer to the relay once the transaction is
        durable."""
        c = self.connection
        for write in self._before:
            write()
        self._all(self.sql.add_case.many(c, self._opened), self._opened)
        self.sql.add_sent.many(c, self._out)
        self._all(self.sql.move_case.many(c, self._moved), self._moved)
        if self._delayed or (self._out and (self._spoiled or self.active.faults)):
            self._disturb()
        self.sql.add_history.many(c, self._history)
        self.sql.add_refund.many(c, self._refunds)
        self.sql.put_record.many(c, self._records)
        self.sql.add_task.many(c, self._tasks)
        self.sql.set_aside(c, self._parked)
        self.sql.add_audit.many(c, self._noted)
        parcels, rows = [], []
        for start in range(0, len(self._sent), self.tools.most):
            part = self._sent[start : start + self.tools.most]
            number = self.blocks.draw(OUTBOX)
            rows.append(outbox_row(number, self._send_at, [item for item, _ in part]))
            parcels.append(Parcel(id=number, messages=[message for _, message in part], notes=0))
        self.sql.add_outbox.many(c, rows)
        return parcels

    def _disturb(self) -> None:
        """Replace what is sent by what the active faults make of it."""
        disturbance = Disturbance(
            self.connection, self.active.faults, self._spoiled, self.blocks.draw, self.now.at
        )
        going = [*self._delayed, *disturbance.apply(self._out)]
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
