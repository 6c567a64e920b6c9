"""Pockets: the messages of one filing, stored one by one and reviewed once all have come.

A group is known by sender and pocket_id. Distinct numbers count, so a repeated pocket neither stops
a group nor completes it (``docs/wire.md`` 6 #23). A gap is answered after ``pocket_wait`` seconds
with GRT200 = 2. The group is over then, and what comes later under its pocket_id opens a new one. A
group has the number of the case that it becomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.office.work import Work
from customs_sim.store import pocket_sql as store
from customs_sim.store.rows import PocketRow
from customs_sim.wire.filing import Attached, Filing, Head, Opened
from customs_sim.wire.reader import FilingReader
from customs_sim.wire.replies import not_stored, stored
from schemas.package import Pocket

OPEN, COMPLETE, REFUSED = "open", "complete", "refused"
ENDED = frozenset({CaseStatus.RETURNED, CaseStatus.REFUSED, CaseStatus.SUPERSEDED})
"""Cases whose filing may come again under the same pocket_id."""


class Wait(StrEnum):
    """A timer of a group that is no case yet; it stands among the steps of cases in c_tasks."""

    POCKETS = "pockets"
    """The time that a group has to become complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A complete group.

    Attributes:
        case_no: The number of the case that it becomes.
        filing: What its structured pocket has.
        in_message: The archive id of that pocket.
    """

    case_no: int
    filing: Filing
    in_message: int


class Assembly:
    """Puts pockets together on one work."""

    def __init__(self, work: Work, reader: FilingReader, wait: float) -> None:
        """Take what it works with. ``wait``: seconds of business time that a group has."""
        self._work, self._reader, self._wait = work, reader, wait

    def take(self, opened: Filing | Attached, *, number: int, case_no: int) -> Assembled | None:
        """Store one pocket and answer it. Return the filing when this pocket completes its group.

        ``number``: its archive id; ``case_no``: the number of the group that it may open.
        """
        work, head = self._work, opened.head
        pocket, structured = head.pocket, isinstance(opened, Filing)
        group = store.latest(work.connection, head.sender, pocket.pocket_id)
        if (
            group is None
            or group.status == REFUSED
            or (group.status == COMPLETE and self._is_ended(group.group_no))
        ):
            store.open_group(work.connection, case_no, head.sender, pocket.pocket_id, pocket.total)
            work.later(work.now.at + int(self._wait * 1_000_000), case_no, Wait.POCKETS)
            group_no, total, complete = case_no, pocket.total, False
        else:
            group_no, total, complete = group.group_no, group.total, group.status == COMPLETE
        store.tie(work.connection, number, group_no)
        rows = {row.number: row for row in store.pockets(work.connection, group_no)}
        misfit = _misfit(rows, pocket, total, structured=structured)
        if misfit:
            work.answer(
                not_stored(work.node, head, work.now, misfit),
                case_no=group_no,
                gateway_msg_id=head.gateway_msg_id,
            )
            return None
        work.answer(
            stored(work.node, head, work.now), case_no=group_no, gateway_msg_id=head.gateway_msg_id
        )
        if complete:
            return None  # a repeat: the review has what it decided on
        store.put(work.connection, group_no, pocket.number, number, structured)
        if len(rows.keys() | {pocket.number}) < total:
            return None
        return self._complete(group_no, opened, number)

    def expire(self, group_no: int) -> None:
        """Refuse a group whose time is over, and name the numbers that are missing."""
        work = self._work
        group = store.group(work.connection, group_no)
        if group is None or group.status != OPEN:
            return
        rows = store.pockets(work.connection, group_no)
        there = {row.number for row in rows}
        missing = [n for n in range(1, group.total + 1) if n not in there]
        named = ", ".join(str(n) for n in missing)
        reason = (
            f"子报文不齐: 共 {group.total} 个, 缺第 {named} 个 (missing pockets: {named});"
            " 请重新报送全部子报文"
            if missing
            else "缺少结构化子报文 (the structured pocket is missing)"
        )
        store.set_status(work.connection, group_no, REFUSED)
        first = next((row for row in rows if row.structured), rows[0] if rows else None)
        opened = None if first is None else self._read(first.message)
        if first is None or not isinstance(opened, Filing | Attached):
            return
        number = missing[0] if missing else opened.head.pocket.number
        head: Head = replace(
            opened.head, pocket=Pocket(pocket_id=group.pocket_id, total=group.total, number=number)
        )
        work.answer(
            not_stored(work.node, head, work.now, reason[:1000], step="gap"),
            case_no=group_no,
            gateway_msg_id=head.gateway_msg_id,
        )
        if isinstance(opened, Filing):
            case = Case.of_filing(opened, case_no=group_no, in_message=first.message, now=work.now)
            work.open(replace(case, status=CaseStatus.REFUSED, rules="POCKET"))

    def _complete(self, group_no: int, opened: Filing | Attached, number: int) -> Assembled | None:
        """Return the filing of a group with all its numbers. A group without a filing stays open
        until its time is over."""
        if isinstance(opened, Filing):
            filing, in_message = opened, number
        else:
            row = next(
                (row for row in store.pockets(self._work.connection, group_no) if row.structured),
                None,
            )
            first = None if row is None else self._read(row.message)
            if row is None or not isinstance(first, Filing):
                return None
            filing, in_message = first, row.message
        store.set_status(self._work.connection, group_no, COMPLETE)
        return Assembled(case_no=group_no, filing=filing, in_message=in_message)

    def _read(self, message: int) -> Opened | None:
        row = self._work.sql.bodies(self._work.connection, [message]).get(message)
        return None if row is None else self._reader.open(bytes(row.body))

    def _is_ended(self, case_no: int) -> bool:
        rows = self._work.sql.cases(self._work.connection, [case_no])
        return bool(rows) and Case.of_row(rows[0]).status in ENDED


def _misfit(rows: Mapping[int, PocketRow], pocket: Pocket, total: int, *, structured: bool) -> str:
    """Return why a pocket does not fit its group; empty when it does."""
    if pocket.total != total:
        return f"子报文总数 {pocket.total} 与同组 {total} 不一致"
    there = rows.get(pocket.number)
    if there is not None and bool(there.structured) != structured:
        return f"第 {pocket.number} 个子报文已收到, 结构化标志不一致"
    if structured and any(row.structured and row.number != pocket.number for row in rows.values()):
        return "同组只能有一个结构化子报文"
    return ""
