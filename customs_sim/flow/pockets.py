"""Assembly: pockets of one filing, stored one by one and reviewed once all are there.

A group is known by sender and pocket_id. Distinct numbers count, so a repeated pocket neither
stalls a group nor completes it (``docs/wire.md`` 6 #23). A gap is answered after ``pocket_wait``
seconds with GRT200 = 2; the group is over then, and what comes later under its pocket_id opens a
new one. A group has the number of the case that it becomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.office.unit import WriteUnit
from customs_sim.store import pocket_sql as store
from customs_sim.wire.filing import Attached, Filing, Head
from customs_sim.wire.reader import FilingReader
from customs_sim.wire.replies import not_stored, stored
from schemas.package import Pocket

OPEN, COMPLETE, REFUSED = "open", "complete", "refused"
ENDED = frozenset({CaseStatus.RETURNED, CaseStatus.REFUSED, CaseStatus.SUPERSEDED})
"""Cases whose filing may come again under the same pocket_id."""


class Wait(StrEnum):
    """Timers that belong to no case yet; they stand among the steps of cases in c_tasks."""

    POCKETS = "pockets"
    """The time that a group has to become complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A complete group: its case number, the filing in its structured pocket, and the archive id of
    that."""

    case_no: int
    filing: Filing
    in_message: int


class Assembly:
    """Works on one write unit. ``wait`` in seconds of business time."""

    def __init__(self, unit: WriteUnit, reader: FilingReader, wait: float) -> None:
        self._unit, self._reader, self._wait = unit, reader, wait

    def take(self, opened: Filing | Attached, *, number: int, case_no: int) -> Assembled | None:
        """Store one pocket and answer it. ``number``: its archive id; ``case_no``: a free one,
        should it open a group. The filing when this pocket completed its group."""
        unit, head = self._unit, opened.head
        pocket, structured = head.pocket, isinstance(opened, Filing)
        held = store.latest(unit.connection, head.sender, pocket.pocket_id)
        if (
            held is None
            or held.status == REFUSED
            or (held.status == COMPLETE and self._is_ended(held.group_no))
        ):
            store.open_group(unit.connection, case_no, head.sender, pocket.pocket_id, pocket.total)
            unit.later(unit.now.at + int(self._wait * 1_000_000), case_no, Wait.POCKETS)
            group_no, total, complete = case_no, pocket.total, False
        else:
            group_no, total, complete = held.group_no, held.total, held.status == COMPLETE
        store.tie(unit.connection, number, group_no)
        rows = {row.number: row for row in store.pockets(unit.connection, group_no)}
        fault = _fault(rows, pocket, total, structured=structured)
        if fault:
            unit.answer(
                not_stored(unit.node, head, unit.now, fault),
                case_no=group_no,
                gateway_msg_id=head.gateway_msg_id,
            )
            return None
        unit.answer(
            stored(unit.node, head, unit.now), case_no=group_no, gateway_msg_id=head.gateway_msg_id
        )
        if complete:
            return (
                None  # a repeat, or a file in place of another: the review has what it decided on
            )
        store.put(unit.connection, group_no, pocket.number, number, structured)
        if len(rows.keys() | {pocket.number}) < total:
            return None
        return self._complete(group_no, opened, number)

    def expire(self, group_no: int) -> None:
        """The group's time is over: a gap is refused, naming the numbers that are missing."""
        unit = self._unit
        held = store.group(unit.connection, group_no)
        if held is None or held.status != OPEN:
            return
        rows = store.pockets(unit.connection, group_no)
        there = {row.number for row in rows}
        missing = [n for n in range(1, held.total + 1) if n not in there]
        named = ", ".join(str(n) for n in missing)
        reason = (
            f"子报文不齐: 共 {held.total} 个, 缺第 {named} 个 (missing pockets: {named});"
            " 请重新报送全部子报文"
            if missing
            else "缺少结构化子报文 (the structured pocket is missing)"
        )
        store.set_status(unit.connection, group_no, REFUSED)
        first = next((row for row in rows if row.structured), rows[0] if rows else None)
        opened = None if first is None else self._read(first.message)
        if first is None or not isinstance(opened, Filing | Attached):
            return
        number = missing[0] if missing else opened.head.pocket.number
        head: Head = replace(
            opened.head, pocket=Pocket(pocket_id=held.pocket_id, total=held.total, number=number)
        )
        unit.answer(
            not_stored(unit.node, head, unit.now, reason[:1000], step="gap"),
            case_no=group_no,
            gateway_msg_id=head.gateway_msg_id,
        )
        if isinstance(opened, Filing):
            case = Case.of_filing(opened, case_no=group_no, in_message=first.message, now=unit.now)
            unit.open(replace(case, status=CaseStatus.REFUSED, rules="POCKET"))

    def _complete(self, group_no: int, opened: Filing | Attached, number: int) -> Assembled | None:
        """All numbers are there. A group of files alone stays open: its time will be over."""
        if isinstance(opened, Filing):
            filing, in_message = opened, number
        else:
            row = next(
                (row for row in store.pockets(self._unit.connection, group_no) if row.structured),
                None,
            )
            found = None if row is None else self._read(row.message)
            if row is None or not isinstance(found, Filing):
                return None
            filing, in_message = found, row.message
        store.set_status(self._unit.connection, group_no, COMPLETE)
        return Assembled(case_no=group_no, filing=filing, in_message=in_message)

    def _read(self, message: int) -> Any:
        row = self._unit.sql.bodies(self._unit.connection, [message]).get(message)
        return None if row is None else self._reader.open(bytes(row[3]))

    def _is_ended(self, case_no: int) -> bool:
        rows: Sequence[Any] = self._unit.sql.cases(self._unit.connection, [case_no])
        return bool(rows) and Case.of_row(rows[0]).status in ENDED


def _fault(rows: dict[int, Any], pocket: Pocket, total: int, *, structured: bool) -> str:
    """Why a pocket does not fit its group; empty when it does."""
    if pocket.total != total:
        return f"子报文总数 {pocket.total} 与同组 {total} 不一致"
    there = rows.get(pocket.number)
    if there is not None and bool(there.structured) != structured:
        return f"第 {pocket.number} 个子报文已收到, 结构化标志不一致"
    if structured and any(row.structured and row.number != pocket.number for row in rows.values()):
        return "同组只能有一个结构化子报文"
    return ""
