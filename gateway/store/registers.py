"""The registers at the gateway: guarantees, levies, movements and statements as customs last told
them (台账).

A register is never computed here, only replaced by a higher version (``docs/rules.md`` 2.10): lower
ones are stale, and the same version with other content is parked. The former version goes into the
history, so that both can be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.engine import Dialect

from gateway.base.store.prepared import any_of, array, bulk_update, compiled
from gateway.base.store.wakeups import notify
from gateway.store import tables as t
from gateway.store.registry import REGISTRY
from gateway.store.sql import REGISTER, upsert
from gateway.store.statement_rows import _movement_row, fen
from handlers.contract import Push
from schemas.times import from_wire

GUARANTEE, LEVY, REFUND, STATEMENT = "guarantee", "levy", "refund", "statement"
ANSWERED = frozenset({"11", "12", "13", "21", "22", "23", "24", "43"})
"""Movements that came as the answer to a filing or as the levy itself: no GRT302 told them, so none
is missing here."""
LEVY_COLUMNS = tuple(c.name for c in t.levies.columns)
MOVEMENT_COLUMNS = tuple(c.name for c in t.movements.columns)


class Held(msgspec.Struct, kw_only=True):
    """One register row in the hands of a unit. ``row`` is replaced by newer versions."""

    number: str
    enterprise: str
    seq_no: int
    change_no: int
    version: int
    document: int
    status: str


class Loaded(msgspec.Struct, kw_only=True):
    """What a unit read of the registers, and what it will write."""

    levies: dict[str, Held]
    guarantees: dict[str, Held]
    levy_rows: dict[str, tuple[Any, ...]] = msgspec.field(default_factory=dict)
    guarantee_rows: dict[str, tuple[Any, ...]] = msgspec.field(default_factory=dict)
    history: list[tuple[Any, ...]] = msgspec.field(default_factory=list)
    movements: list[tuple[Any, ...]] = msgspec.field(default_factory=list)
    records: list[tuple[Any, ...]] = msgspec.field(default_factory=list)
    statements: list[tuple[Any, ...]] = msgspec.field(default_factory=list)
    answered: list[tuple[str, int]] = msgspec.field(default_factory=list)

    def of(self, subject: str) -> dict[str, Held]:
        return self.levies if subject == LEVY else self.guarantees


class Registers:
    """SQL verbs of the registers, compiled once."""

    def __init__(
        self,
        dialect: Dialect,
        fields_in: Callable[[bytes], dict[str, str]],
        lines_in: Callable[[bytes], list[dict[str, str]]],
    ) -> None:
        self.dialect, self.fields_in, self.lines_in = dialect, fields_in, lines_in
        lock = dialect.name != "sqlite"

        def reading(table: Any, key: str) -> Any:
            names = (key, "enterprise", "seq_no", "change_no", "version", "document", "status")
            statement = (
                select(*(table.c[n] for n in names))
                .where(any_of(dialect, table.c[key], "numbers"))
                .order_by(table.c[key])
            )
            return compiled(dialect, statement.with_for_update() if lock else statement)

        self._levies = reading(t.levies, "levy_no")
        self._guarantees = reading(t.guarantees, "gasr_no")
        self._put_levy = compiled(dialect, upsert(dialect, t.levies, LEVY_COLUMNS, "levy_no"))
        self._put_guarantee = compiled(dialect, upsert(dialect, t.guarantees, REGISTER, "gasr_no"))
        self._history = compiled(
            dialect,
            upsert(
                dialect, t.history, tuple(c.name for c in t.history.columns), "number", "version"
            ),
        )
        self._movements = compiled(
            dialect, upsert(dialect, t.movements, MOVEMENT_COLUMNS, "enterprise", "mvmt_no")
        )
        self._statements = compiled(
            dialect,
            upsert(
                dialect,
                t.statements,
                tuple(c.name for c in t.statements.columns if c.name != "answered"),
                "statement_no",
                "version",
            ),
        )
        self._answered = compiled(
            dialect,
            update(t.statements)
            .where(
                t.statements.c.statement_no == bindparam("b_no"),
                t.statements.c.version == bindparam("b_version"),
            )
            .values(answered=1),
        )
        m = t.movements
        self._moved = compiled(
            dialect,
            select(m)
            .where(
                m.c.enterprise == bindparam("enterprise"),
                m.c.moved_at >= bindparam("begins"),
                m.c.moved_at < bindparam("ends"),
            )
            .order_by(m.c.moved_at, m.c.mvmt_no),
        )
        self._by_number = compiled(
            dialect,
            select(m).where(
                m.c.enterprise == bindparam("enterprise"), any_of(dialect, m.c.mvmt_no, "numbers")
            ),
        )
        s = t.statements
        self._before = compiled(
            dialect,
            select(s.c.statement_no, s.c.ends, s.c.closing_fen)
            .where(s.c.enterprise == bindparam("enterprise"), s.c.ends <= bindparam("begins"))
            .order_by(s.c.ends.desc(), s.c.version.desc())
            .limit(1),
        )
        self._records = bulk_update(
            dialect, t.enterprises, changes=("record", "record_version"), keys=("code",)
        )
        self.bodies = compiled(
            dialect,
            select(t.messages.c.id, t.messages.c.body).where(
                any_of(dialect, t.messages.c.id, "ids")
            ),
        )

    def array(self, items: Sequence[Any]) -> Any:
        """A list as the statements want it."""
        return array(self.dialect, items)

    def load(self, connection: Connection, numbers: Iterable[tuple[str, str]]) -> Loaded:
        """Read the registers of (subject, number) pairs, locked until the transaction ends."""
        wanted = list(numbers)
        found = Loaded(levies={}, guarantees={})
        for subject, statement in ((LEVY, self._levies), (GUARANTEE, self._guarantees)):
            keys = sorted({number for kind, number in wanted if kind == subject and number})
            if keys:
                for row in statement.one(connection, array(self.dialect, keys)):
                    found.of(subject)[row[0]] = Held(
                        number=row[0],
                        enterprise=row[1],
                        seq_no=row[2],
                        change_no=row[3],
                        version=row[4],
                        document=row[5],
                        status=row[6],
                    )
        return found

    def replace(self, loaded: Loaded, push: Push, seq_no: int, mid: int, at: int) -> None:
        """Take the state that ``push`` carries as the register's; the caller has found it newer."""
        held = loaded.of(push.subject).get(push.number)
        if held is not None and held.document != mid:
            loaded.history.append((push.number, held.version, held.change_no, held.document, at))
        f = push.fields
        if push.subject == LEVY:
            deadline = from_wire(f.get("dpstPmnDeadline", ""))
            # No element says so: customs tells it by a message of its own after the deadline
            # (Y302.05).
            overdue = int(
                push.status == "1" and 0 < deadline <= from_wire(f.get("lastUpdateTime", ""))
            )
            loaded.levy_rows[push.number] = (
                push.number,
                push.enterprise,
                seq_no,
                push.change_no,
                push.version,
                mid,
                fen(f.get("levyBlAmt")),
                fen(f.get("actlvyAmt")),
                fen(f.get("alrdyCrdwAmt")),
                fen(f.get("alrdyRtnbkAmt")),
                push.status,
                deadline,
                overdue,
                at,
            )
        else:
            loaded.guarantee_rows[push.number] = (
                push.number,
                push.enterprise,
                seq_no,
                push.change_no,
                push.version,
                mid,
                fen(f.get("gasrAmt")),
                fen(f.get("usedGasrAmt")),
                fen(f.get("avalGasrAmt")),
                fen(f.get("alrdyRtnbkGasrAmt")),
                push.status,
                at,
            )
        loaded.of(push.subject)[push.number] = Held(
            number=push.number,
            enterprise=push.enterprise,
            seq_no=seq_no,
            change_no=push.change_no,
            version=push.version,
            document=mid,
            status=push.status,
        )

    def moved(self, loaded: Loaded, push: Push, mid: int) -> None:
        """Keep the movement lines of a synchronisation; a mvmtNo seen before is a repeat."""
        loaded.movements += [_movement_row(push.enterprise, line, mid) for line in push.movements]

    def write(self, connection: Connection, loaded: Loaded) -> None:
        self._history.many(connection, list({row[:2]: row for row in loaded.history}.values()))
        self._put_levy.many(connection, list(loaded.levy_rows.values()))
        self._put_guarantee.many(connection, list(loaded.guarantee_rows.values()))
        self._movements.many(connection, list({row[:2]: row for row in loaded.movements}.values()))
        self._statements.many(connection, loaded.statements)
        self._answered.many(connection, loaded.answered)
        self._records.many(connection, loaded.records)
        if loaded.records:
            notify(connection, "gateway", REGISTRY)

    def compare(
        self, connection: Connection, push: Push, begins: int, ends: int
    ) -> list[dict[str, str]]:
        """The gateway's own comparison of a statement (B303): arithmetic, continuity, and movement
        by movement, both sides shown."""
        f = push.fields
        found: list[dict[str, str]] = []
        opening, closing = fen(f.get("opngAmt")), fen(f.get("clsgAmt"))
        if opening + fen(f.get("incrAmt")) - fen(f.get("decrAmt")) != closing:
            found.append(
                _difference(
                    "arithmetic",
                    "",
                    f"{opening + fen(f.get('incrAmt')) - fen(f.get('decrAmt'))}",
                    f"{closing}",
                )
            )
        before = self._before.one(connection, push.enterprise, begins).fetchone()
        if before is not None and before[2] != opening:
            found.append(_difference("opening", str(before[0]), f"{before[2]}", f"{opening}"))
        if str(len(push.movements)) != f.get("mvmtQty", ""):
            found.append(_difference("count", "", f.get("mvmtQty", ""), str(len(push.movements))))
        told = {line.get("mvmtNo", ""): line for line in push.movements}
        own = {
            row["mvmt_no"]: row
            for row in self._moved.one(connection, push.enterprise, begins, ends).mappings()
        }
        late = [
            number for number in told if number not in own
        ]  # a late line may be older than the period
        if late:
            own |= {
                row["mvmt_no"]: row
                for row in self._by_number.one(
                    connection, push.enterprise, self.array(late)
                ).mappings()
            }
        for number, line in told.items():
            row = own.get(number)
            if row is None and line.get("evtCd", "") in ANSWERED:
                continue
            if row is None:
                found.append(_difference("missing_here", number, "", _amounts(line)))
            elif (row["incr_fen"], row["decr_fen"]) != (
                fen(line.get("incrAmt")),
                fen(line.get("decrAmt")),
            ):
                found.append(
                    _difference(
                        "amount", number, f"+{row['incr_fen']} -{row['decr_fen']}", _amounts(line)
                    )
                )
            elif (
                row["moved_at"] // 86_400_000_000
                != from_wire(line.get("mvmtTime", "")) // 86_400_000_000
            ):
                found.append(
                    _difference("date", number, str(row["moved_at"]), line.get("mvmtTime", ""))
                )
        found += [
            _difference("missing_there", number, f"+{row['incr_fen']} -{row['decr_fen']}", "")
            for number, row in own.items()
            if number not in told
        ]
        return found


def _difference(kind: str, number: str, here: str, there: str) -> dict[str, str]:
    return {"kind": kind, "mvmt_no": number, "gateway": here, "statement": there}


def _amounts(line: Mapping[str, str]) -> str:
    return f"+{fen(line.get('incrAmt'))} -{fen(line.get('decrAmt'))}"


def newer(push: Push, held: Held) -> bool:
    """Whether what customs sent supersedes what is here."""
    return (push.change_no, push.version) > (held.change_no, held.version)
