"""What customs sends of its own accord (GRT301, 302, 303), applied inside reception's unit
(``docs/rules.md`` 2.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.base.message import Message
from gateway.store.registers import GUARANTEE, LEVY, REFUND, STATEMENT, Loaded, Registers, newer
from gateway.store.rows import RegisterRow
from gateway.store.sql import Sql
from gateway.store.statement_rows import statement_row
from handlers.contract import Facets, Push
from handlers.declaration import Content, Declaration, Entry, asked, asked_again
from handlers.lifecycle import TABLE, Event, Status, advance
from schemas.catalogue import UnknownType
from schemas.times import from_wire

DAY = 86_400_000_000
LEVY_WORDS = {"1": "未缴款", "2": "已缴款", "3": "无需征收"}
GUARANTEE_WORDS = {"0": "未生效", "1": "有效", "2": "已过期", "3": "已结案"}


class Gathered(msgspec.Struct, kw_only=True):
    """What one run of reception's unit gathers: states as they now stand, and rows to write."""

    held: dict[int, Declaration]
    loaded: Loaded
    now: dict[int, Declaration] = msgspec.field(default_factory=dict)
    added: dict[int, Declaration] = msgspec.field(default_factory=dict)
    entries: list[Entry] = msgspec.field(default_factory=list)
    feed: dict[str, list[tuple[Any, ...]]] = msgspec.field(default_factory=dict)
    dropped: list[int] = msgspec.field(default_factory=list)
    reports: list[tuple[int, Message]] = msgspec.field(default_factory=list)
    packages: set[tuple[int, str]] = msgspec.field(default_factory=set)
    """(SeqNo, message_id of the package) of the receipts of this run: their timeline is not in the
    store yet."""

    def declaration(self, seq_no: int) -> Declaration | None:
        return self.now.get(seq_no) or self.added.get(seq_no) or self.held.get(seq_no)

    def put(self, declaration: Declaration) -> None:
        target = self.added if declaration.seq_no in self.added else self.now
        target[declaration.seq_no] = declaration


class Missing(Exception):
    """The register that a synchronisation is about is not here yet (Y302.02)."""


class Contradiction(Exception):
    """Two contents under one version (P301.04)."""


class Pushes:
    """Applies pushes. ``served``: enterprises of this gateway."""

    def __init__(self, sql: Sql, registers: Registers) -> None:
        self._sql, self._registers = sql, registers

    def apply(
        self, connection: Connection, push: Push, unit: Gathered, mid: int, seq: int, at: int
    ) -> tuple[int | None, str]:
        """(SeqNo, reference) that the feed shows. Raises Missing or Contradiction; then nothing was
        gathered."""
        match push.subject, push.asks:
            case (subject, _) if subject == STATEMENT:
                return self._statement(connection, push, unit, mid, at)
            case (subject, _) if subject == REFUND:
                return self._refund(connection, push, unit, mid, seq, at)
            case (subject, True) if subject == GUARANTEE:
                return self._ask(connection, push, unit, mid, seq, at)
            case (subject, True) if subject == LEVY:
                known = unit.loaded.of(push.subject).get(push.number)
                return self._levy(connection, push, unit, known, mid, seq, at)
            case (subject, False) if subject in (GUARANTEE, LEVY):
                known = unit.loaded.of(push.subject).get(push.number)
                if known is None:
                    raise Missing(f"no {push.subject} {push.number} here")
                return self._sync(push, unit, known, mid, at)
            case _:
                raise UnknownType(f"{push.code} is about {push.subject!r}, which is no register")

    def _levy(
        self,
        connection: Connection,
        push: Push,
        unit: Gathered,
        known: RegisterRow | None,
        mid: int,
        seq: int,
        at: int,
    ) -> tuple[int, str]:
        content = _content(push, "confirmation", f"{push.number}|{push.change_no}", at)
        if known is None:
            return self._new_levy(connection, push, unit, content, mid, seq, at)
        declaration = _present(unit, known.seq_no)
        if newer(push, known):
            now, entry = asked_again(declaration, content, mid, at)
            unit.put(now)
            unit.entries.append(entry)
            self._registers.replace(unit.loaded, push, known.seq_no, mid, at)
        elif (push.change_no, push.version) == (known.change_no, known.version) and not self._same(
            connection, push, known
        ):
            raise Contradiction(
                f"levy {push.number} version {push.version}: two contents, one version"
            )
        else:
            _note(unit, declaration, Event.ASKED, mid, at, stale=True)
        return known.seq_no, declaration.reference

    def _new_levy(
        self,
        connection: Connection,
        push: Push,
        unit: Gathered,
        content: Content,
        mid: int,
        seq: int,
        at: int,
    ) -> tuple[int, str]:
        """Ask for the confirmation of a levy. After a restore its confirmation may be here
        already, recovered from customs: then only the levy is new."""
        filing = self._sql.declarations_by_key(connection, [content.filing_key]).get(
            content.filing_key
        )
        if filing is not None:
            unit.held.setdefault(filing.seq_no, filing)
            filing = _present(unit, filing.seq_no)
            _note(unit, filing, Event.ASKED, mid, at, stale=True)
            self._registers.replace(unit.loaded, push, filing.seq_no, mid, at)
            return filing.seq_no, filing.reference
        declaration, entry = asked(seq, content, mid, at)
        unit.added[seq] = declaration
        unit.entries.append(entry)
        self._registers.replace(unit.loaded, push, seq, mid, at)
        return seq, ""

    def _ask(
        self, connection: Connection, push: Push, unit: Gathered, mid: int, seq: int, at: int
    ) -> tuple[int, str]:
        """Customs asks for a new, larger or longer guarantee (P301.08)."""
        kind = "change" if push.number else "setup"
        content = _content(push, kind, f"asked|{push.number or mid}", at)
        open_one = self._sql.declarations_by_key(connection, [content.filing_key]).get(
            content.filing_key
        )
        if open_one is None:
            declaration, entry = asked(seq, content, mid, at)
            unit.added[seq] = declaration
            unit.entries.append(entry)
            return seq, ""
        unit.held.setdefault(open_one.seq_no, open_one)
        now, entry = asked_again(_present(unit, open_one.seq_no), content, mid, at)
        unit.put(now)
        unit.entries.append(entry)
        return now.seq_no, now.reference

    def _sync(
        self, push: Push, unit: Gathered, known: RegisterRow, mid: int, at: int
    ) -> tuple[int, str]:
        """GRT302: the register as it now stands; never the filing's status, except a levy taken
        back (K27)."""
        declaration = _present(unit, known.seq_no)
        self._registers.moved(unit.loaded, push, mid)
        fresh = push.version > known.version
        words = LEVY_WORDS if push.subject == LEVY else GUARANTEE_WORDS
        note = f"{push.number} {words.get(push.status, push.status)}"
        if fresh:
            self._registers.replace(unit.loaded, push, known.seq_no, mid, at)
        if (
            fresh
            and push.subject == LEVY
            and push.status == "3"
            and Event.CLEARED in TABLE[declaration.status]
        ):
            move = advance(declaration.status, Event.CLEARED)
            now = replace(declaration, status=move.status, decided_at=move.decided_at, document=mid)
            _note(unit, now, Event.CLEARED, mid, at, note=note)
        else:
            now = (
                replace(declaration, document=mid)
                if fresh and declaration.status is Status.APPROVED
                else declaration
            )
            _note(unit, now, Event.SYNCED, mid, at, stale=not fresh, note=note)
        return known.seq_no, declaration.reference

    def _refund(
        self, connection: Connection, push: Push, unit: Gathered, mid: int, seq: int, at: int
    ) -> tuple[int, str]:
        """A refund or carry-over that customs made (K10): it appears as 审批通过."""
        kind = "carryover" if push.fields.get("rtnbkCrdwTypecd") == "2" else "refund"
        content = _content(push, kind, f"customs|{push.number}", at)
        known = self._sql.declarations_by_key(connection, [content.filing_key]).get(
            content.filing_key
        )
        if known is not None:
            unit.held.setdefault(known.seq_no, known)
            _note(unit, _present(unit, known.seq_no), Event.SYNCED, mid, at)
            return known.seq_no, known.reference
        declaration, entry = asked(seq, content, mid, at)
        unit.added[seq] = replace(
            declaration,
            status=Status.APPROVED,
            business_no=push.number,
            subject=push.fields.get("gurNo", ""),
        )
        unit.entries.append(replace(entry, status=Status.APPROVED, event=Event.SYNCED))
        self._registers.moved(unit.loaded, push, mid)
        return seq, ""

    def _statement(
        self, connection: Connection, push: Push, unit: Gathered, mid: int, at: int
    ) -> tuple[None, str]:
        begins = from_wire(push.fields.get("stmtBgnDate", ""))
        ends = from_wire(push.fields.get("stmtEndDate", "")) + DAY
        differences = self._registers.compare(connection, push, begins, ends)
        unit.loaded.statements.append(statement_row(push, mid, differences, begins, ends, at))
        return None, ""

    def _same(self, connection: Connection, push: Push, known: RegisterRow) -> bool:
        body = self._registers.bodies(connection, [known.document])[known.document]
        return self._registers.fields_in(body) == dict(push.fields)


def _content(push: Push, kind: str, key: str, at: int) -> Content:
    f: Mapping[str, str] = push.fields
    filed_at = (
        from_wire(f.get("levyBlGenrtDate", "") or f.get("dclTime", "") or f.get("applyDate", ""))
        or at
    )
    return Content(
        enterprise=push.enterprise,
        message_type=push.filing,
        reference=f.get("etpsPreentNo", ""),
        filed_at=filed_at,
        declares=False,
        filing_key=f"{push.enterprise}|{push.filing}|{key}",
        change_no=push.change_no,
        subject=push.number,
        facets=Facets(
            kind=kind,
            customs=f.get("masterCuscd", ""),
            mode=f.get("gurModecd", ""),
            gur_type=f.get("gurTypecd", ""),
            refund_kind=f.get("rtnbkCrdwTypecd", ""),
        ),
    )


def _present(unit: Gathered, seq_no: int) -> Declaration:
    found = unit.declaration(seq_no)
    if found is None:
        raise Missing(f"no declaration {seq_no} here")
    return found


def _note(
    unit: Gathered,
    declaration: Declaration,
    event: Event,
    mid: int,
    at: int,
    *,
    stale: bool = False,
    note: str | None = None,
) -> None:
    now = replace(declaration, events=declaration.events + 1, updated_at=at)
    unit.put(now)
    unit.entries.append(
        Entry(
            seq_no=now.seq_no,
            n=now.events,
            at=at,
            event=event,
            status=now.status,
            attempt=now.attempt,
            source="customs",
            stale=stale,
            message=mid,
            note=note,
        )
    )
