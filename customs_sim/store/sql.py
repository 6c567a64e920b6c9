"""SQL of customs: every statement compiled once, rows as plain tuples in the order of the columns.
Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Table,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from customs_sim.store import desk_tables, steering_tables
from customs_sim.store import tables as t
from customs_sim.store.ledger_sql import LedgerSql
from gateway.base.store.prepared import Statement, any_of, array, compiled

DEMO_ENTERPRISES = (
    (
        "1105910159",
        "北京某某保税科技有限公司",
        "91110000802100433B",
        "0100",
        "DXPENT0000000001",
        0,
        "",
    ),
    (
        "3105960AAA",
        "上海某某国际物流有限公司",
        "91310115MA1K3QW838",
        "2200",
        "DXPENT0000000002",
        0,
        "",
    ),
)
"""The demo registry (``docs/contract.md`` 1)."""


def create(connection: Connection) -> None:
    """Create what is missing of the tables; idempotent."""
    steering_tables.metadata.create_all(connection)


def drop(connection: Connection) -> None:
    """Drop all tables of customs, and nothing else."""
    steering_tables.metadata.drop_all(connection)


def seed_demo(connection: Connection) -> None:
    """Enter the demo registry; enterprises that are known already stay as they are."""
    _ignoring(connection.dialect, t.enterprises).many(connection, DEMO_ENTERPRISES)


class Sql:
    """The verbs. One object per store; immutable, shared by all threads. Methods take the unit's
    connection first."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        d = dialect
        self.add_message = _ignoring(d, t.messages, "scope", "message_id", copied=True)
        self.add_sent = _plain(d, t.messages, copied=True)
        self.add_case = _plain(d, t.cases)
        self.ledger = LedgerSql(d)
        self.add_history = _plain(d, t.history)
        self.add_refund = _plain(d, t.refunds)
        self.put_record = _replacing(d, t.records, "enterprise")
        self.add_task = _plain(d, t.tasks)
        self.add_outbox = _plain(d, t.outbox)
        self.add_parked = _ignoring(d, t.parked)
        self.add_audit = _plain(d, desk_tables.audit)
        self.move_case = compiled(
            d,
            update(t.cases)
            .where(
                t.cases.c.case_no == bindparam("number"), t.cases.c.status == bindparam("expected")
            )
            .values(
                business_no=bindparam("business"),
                status=bindparam("status_to"),
                rules=bindparam("failed"),
                updated=bindparam("at"),
            ),
        )
        self._set = compiled(d, _upsert(d, t.settings, ("key",), {"value": bindparam("value")}))
        first, count = bindparam("first", type_=BigInteger), bindparam("count", type_=BigInteger)
        self._numbers = compiled(
            d,
            _upsert(
                d, t.sequences, ("name",), {"next": t.sequences.c.next + count}, next=first + count
            ).returning(t.sequences.c.next),
        )
        self._settings = compiled(d, select(t.settings.c.key, t.settings.c.value))
        self._own = compiled(d, select(t.messages.c.id).where(any_of(d, t.messages.c.id, "ids")))
        self._enterprises = compiled(
            d, select(*t.enterprises.c).where(any_of(d, t.enterprises.c.code, "codes"))
        )
        self._letters = compiled(
            d,
            union_all(
                select(
                    t.guarantees.c.letter_no, t.guarantees.c.gasr_no, t.guarantees.c.enterprise
                ).where(
                    any_of(d, t.guarantees.c.letter_no, "letters"),
                    text("letter_no <> '' AND status <> '3'"),
                ),
                select(t.levies.c.letter_no, t.levies.c.levy_no, t.levies.c.enterprise).where(
                    any_of(d, t.levies.c.letter_no, "letters"),
                    text("letter_no <> '' AND closed = 0"),
                ),
            ),
        )
        g = t.guarantees.c
        self._generations = compiled(
            d, select(g.enterprise, g.seq_no, g.change_no).where(any_of(d, g.seq_no, "seq_nos"))
        )
        self._expiring = compiled(
            d,
            select(g.gasr_no, g.enterprise)
            .where(g.valid_until <= bindparam("now"), text("valid_until > 0 AND status = '1'"))
            .order_by(g.valid_until)
            .limit(bindparam("most")),
        )
        self._next_expiry = compiled(
            d, select(func.min(g.valid_until)).where(text("valid_until > 0 AND status = '1'"))
        )
        v = t.levies.c
        self._overdue = compiled(
            d,
            select(v.levy_no, v.enterprise)
            .where(
                v.deadline <= bindparam("now"),
                text("deadline > 0 AND overdue = 0 AND status = '1'"),
            )
            .order_by(v.deadline)
            .limit(bindparam("most")),
        )
        self._next_overdue = compiled(
            d,
            select(func.min(v.deadline)).where(
                text("deadline > 0 AND overdue = 0 AND status = '1'")
            ),
        )
        k = t.cases.c
        self._approved = compiled(
            d,
            select(k.enterprise, k.seq_no, k.change_no).where(
                any_of(d, k.seq_no, "seq_nos"), text("status = 'approved'")
            ),
        )
        r = t.records.c
        self._records = compiled(
            d,
            select(r.enterprise, r.version)
            .where(any_of(d, r.enterprise, "codes"))
            .with_for_update(),
        )
        e = t.ledger.c
        self._debits = compiled(
            d,
            select(e.debit, func.sum(e.amount))
            .where(text("debit IN ('bank', 'letters', 'suspense')"))
            .group_by(e.debit),
        )
        self._credits = compiled(
            d,
            select(e.credit, func.sum(e.amount))
            .where(text("credit IN ('bank', 'letters', 'suspense')"))
            .group_by(e.credit),
        )
        whole_case = select(*t.cases.c, t.messages.c.body).join(
            t.messages, t.messages.c.id == t.cases.c.in_message
        )
        self._cases = compiled(
            d,
            whole_case.where(any_of(d, t.cases.c.case_no, "numbers"))
            .order_by(t.cases.c.case_no)
            .with_for_update(of=t.cases),
        )
        self._by_seq = compiled(
            d,
            whole_case.where(any_of(d, t.cases.c.seq_no, "seq_nos"))
            .order_by(t.cases.c.case_no)
            .with_for_update(of=t.cases),
        )
        self._by_business = compiled(
            d,
            whole_case.where(
                any_of(d, t.cases.c.business_no, "numbers"),
                text("c_cases.business_no <> '' AND c_cases.status = 'approved'"),
            )
            .order_by(t.cases.c.case_no)
            .with_for_update(of=t.cases),
        )
        self._waiting = compiled(
            d,
            select(func.count())
            .select_from(t.cases)
            .where(text("status IN ('received', 'review')")),
        )
        self._due_tasks = compiled(
            d,
            select(*t.tasks.c)
            .where(t.tasks.c.due_at <= bindparam("now"))
            .order_by(t.tasks.c.due_at, t.tasks.c.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True),
        )
        self._next_task = compiled(d, select(func.min(t.tasks.c.due_at)))
        self._drop_tasks = compiled(d, delete(t.tasks).where(any_of(d, t.tasks.c.id, "ids")))
        self._due_outbox = compiled(
            d,
            select(*t.outbox.c)
            .where(t.outbox.c.due_at <= bindparam("now"))
            .order_by(t.outbox.c.due_at, t.outbox.c.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True),
        )
        self._lease_outbox = compiled(
            d,
            update(t.outbox)
            .where(any_of(d, t.outbox.c.id, "ids"))
            .values(due_at=bindparam("until")),
        )
        self._next_outbox = compiled(d, select(func.min(t.outbox.c.due_at)))
        self._drop_outbox = compiled(d, delete(t.outbox).where(any_of(d, t.outbox.c.id, "ids")))
        m = t.messages.c
        self._bodies = compiled(
            d, select(m.id, m.message_id, m.message_type, m.body).where(any_of(d, m.id, "ids"))
        )
        self._archived = compiled(
            d,
            select(m.message_id, m.id).where(
                m.scope == bindparam("scope"), any_of(d, m.message_id, "message_ids")
            ),
        )
        about = {
            "reference": m.case_no.in_(
                select(k.case_no).where(
                    or_(k.seq_no == bindparam("reference"), k.reference == bindparam("reference"))
                )
            ),
            "business": or_(
                m.business_no == bindparam("business"),
                m.case_no.in_(
                    select(k.case_no).where(
                        k.business_no == bindparam("business"), text("c_cases.business_no <> ''")
                    )
                ),
            ),
        }
        sent = select(m.id, m.message_type, m.gateway_msg_id, m.body).where(
            m.receiver == bindparam("receiver"),
            text("direction = 'out' AND message_type <> 'DxpRep'"),
        )
        self._sent_by = {
            (True, False): compiled(
                d, sent.where(about["reference"]).order_by(m.id.desc()).limit(bindparam("most"))
            ),
            (False, True): compiled(
                d, sent.where(about["business"]).order_by(m.id.desc()).limit(bindparam("most"))
            ),
            (True, True): compiled(
                d,
                sent.where(about["reference"], about["business"])
                .order_by(m.id.desc())
                .limit(bindparam("most")),
            ),
        }
        p = t.parked.c
        self._parked = compiled(
            d,
            select(p.id, p.at, p.direction, p.message_id, p.scope, p.reason, p.tries)
            .where(p.id < bindparam("before"))
            .order_by(p.id.desc())
            .limit(bindparam("most")),
        )
        self._parked_total = compiled(d, select(func.count()).select_from(t.parked))
        c = t.cases.c
        listed = select(
            m.id,
            m.at,
            m.direction,
            m.message_type,
            m.message_id,
            m.scope,
            m.case_no,
            c.seq_no,
            c.enterprise,
            m.gateway_msg_id,
            func.length(m.body),
        ).join(t.cases, m.case_no == c.case_no, isouter=True)
        named = or_(
            *(
                column == bindparam("q")
                for column in (
                    m.message_id,
                    m.gateway_msg_id,
                    m.message_type,
                    m.scope,
                    c.seq_no,
                    c.reference,
                    c.business_no,
                    c.enterprise,
                )
            )
        )
        newest = {"before": m.id < bindparam("before")}
        self._listed = compiled(
            d, listed.where(newest["before"]).order_by(m.id.desc()).limit(bindparam("most"))
        )
        self._found = compiled(
            d, listed.where(named, newest["before"]).order_by(m.id.desc()).limit(bindparam("most"))
        )
        counted = select(func.count()).select_from(
            t.messages.join(t.cases, m.case_no == c.case_no, isouter=True)
        )
        self._listed_total = compiled(d, select(func.count()).select_from(t.messages))
        self._found_total = compiled(d, counted.where(named))
        self._dated_after = compiled(
            d, select(func.count()).select_from(t.messages).where(m.at > bindparam("moment"))
        )
        self._waiting_out = compiled(
            d,
            select(
                func.coalesce(func.sum(t.outbox.c.n), literal_column("0")),
                func.min(t.outbox.c.due_at),
            ),
        )
        self._alive = compiled(d, select(literal_column("1")))

    def take_numbers(self, connection: Connection, name: str, count: int) -> range:
        """The next ``count`` numbers of the sequence ``name``, which starts at 1."""
        after = int(self._one(connection, self._numbers, name=name, count=count, first=1).scalar())
        return range(after - count, after)

    def settings(self, connection: Connection) -> dict[str, str]:
        return {row[0]: row[1] for row in self._settings.one(connection)}

    def change_setting(self, connection: Connection, key: str, value: str) -> None:
        self._one(connection, self._set, key=key, value=value)

    def is_stored(self, connection: Connection, scope: str, message_id: str) -> bool:
        """Whether a message with this key is archived. Only a seeded run asks."""
        m = t.messages.c
        return (
            connection.execute(
                select(m.id).where(m.scope == scope, m.message_id == message_id)
            ).first()
            is not None
        )

    def stored_ids(self, connection: Connection, ids: Sequence[int]) -> set[int]:
        """Those of ``ids`` that are in the archive: the winners after an insert that lost some
        rows."""
        return {row[0] for row in self._own.one(connection, self._list(ids))}

    def enterprises(self, connection: Connection, codes: Iterable[str]) -> list[Any]:
        return self._listing(connection, self._enterprises, codes)

    def letters(self, connection: Connection, letters: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Letter no. to the number of the live guarantee or levy that it secures, and whose that
        is."""
        wanted = [letter for letter in letters if letter]
        if not wanted:
            return {}
        return {
            row[0]: (row[1], row[2])
            for row in self._one(connection, self._letters, letters=self._list(wanted))
        }

    def generations(
        self, connection: Connection, seq_nos: Iterable[str]
    ) -> dict[tuple[str, str], int]:
        """(enterprise, SeqNo) of a set-up to the chgTmsCnt that customs holds of its guarantee."""
        return {
            (row[0], row[1]): row[2]
            for row in self._listing(connection, self._generations, seq_nos)
        }

    def approved(
        self, connection: Connection, seq_nos: Iterable[str]
    ) -> dict[tuple[str, str], int]:
        """(enterprise, SeqNo) of filings that were approved to their chgTmsCnt."""
        return {
            (row[0], row[1]): row[2] for row in self._listing(connection, self._approved, seq_nos)
        }

    def records(self, connection: Connection, codes: Iterable[str]) -> dict[str, int]:
        """Enterprise to the version of its record (信息维护), locked."""
        return {row[0]: row[1] for row in self._listing(connection, self._records, codes)}

    def expiring(self, connection: Connection, now: int, most: int) -> list[Any]:
        """(guarantee, enterprise) whose letter ran out."""
        return list(self._one(connection, self._expiring, now=now, most=most).fetchall())

    def overdue(self, connection: Connection, now: int, most: int) -> list[Any]:
        """(levy, enterprise) whose deadline passed unpaid, not told yet."""
        return list(self._one(connection, self._overdue, now=now, most=most).fetchall())

    def next_watch(self, connection: Connection) -> int | None:
        """When the next letter runs out or the next deadline passes, of a payment or of an
        answer."""
        found = [
            query.one(connection).scalar() for query in (self._next_expiry, self._next_overdue)
        ]
        return min(
            (at for at in (*found, self.ledger.next_unanswered(connection)) if at is not None),
            default=None,
        )

    def sent_to(
        self, connection: Connection, receiver: str, *, reference: str, business: str, most: int
    ) -> list[Any]:
        """What was sent to ``receiver`` about a filing (its SeqNo or reference), a register, or
        both: archive id, type, the attempt answered and the body, in order of sending; the newest
        ``most``."""
        if not reference and not business:
            return []
        query = self._sent_by[bool(reference), bool(business)]
        rows = self._one(
            connection, query, receiver=receiver, reference=reference, business=business, most=most
        )
        return sorted(rows.fetchall(), key=lambda row: row[0])

    def approved_by_business(self, connection: Connection, numbers: Iterable[str]) -> list[Any]:
        """Approved cases about these registers, as ``cases``."""
        return self._listing(connection, self._by_business, numbers)

    def ledger_totals(self, connection: Connection) -> dict[str, int]:
        """bank, letters and suspense in 分, each on its normal side: sums of entries."""
        found = {"bank": 0, "letters": 0, "suspense": 0}
        for query, sign in ((self._debits, 1), (self._credits, -1)):
            for account, amount in query.one(connection):
                found[account] += sign * int(amount) * (-1 if account == "suspense" else 1)
        return found

    def cases(self, connection: Connection, numbers: Iterable[int]) -> list[Any]:
        """Whole cases with the body of their filing, locked where the database can lock rows."""
        return self._listing(connection, self._cases, numbers)

    def cases_by_seq(self, connection: Connection, seq_nos: Iterable[str]) -> list[Any]:
        """As ``cases``; oldest first."""
        return self._listing(connection, self._by_seq, seq_nos)

    def due_tasks(self, connection: Connection, now: int, most: int) -> list[Any]:
        """Tasks that fell due, oldest first; those that another process holds are left out."""
        return list(self._one(connection, self._due_tasks, now=now, most=most).fetchall())

    def next_task(self, connection: Connection) -> int | None:
        found: int | None = self._next_task.one(connection).scalar()
        return found

    def drop_tasks(self, connection: Connection, ids: Sequence[int]) -> int:
        return int(self._drop_tasks.one(connection, self._list(ids)).rowcount)

    def due_outbox(self, connection: Connection, now: int, most: int) -> list[Any]:
        return list(self._one(connection, self._due_outbox, now=now, most=most).fetchall())

    def lease_outbox(self, connection: Connection, ids: Sequence[int], until: int) -> None:
        """Keep other processes off these rows for a while."""
        self._one(connection, self._lease_outbox, ids=self._list(ids), until=until)

    def next_outbox(self, connection: Connection) -> int | None:
        found: int | None = self._next_outbox.one(connection).scalar()
        return found

    def drop_outbox(self, connection: Connection, ids: Sequence[int]) -> int:
        return int(self._drop_outbox.one(connection, self._list(ids)).rowcount)

    def bodies(self, connection: Connection, ids: Iterable[int]) -> dict[int, Any]:
        """Archive id to (id, message_id, message_type, body)."""
        return {row[0]: row for row in self._listing(connection, self._bodies, ids)}

    def ids_of(
        self, connection: Connection, scope: str, message_ids: Sequence[str]
    ) -> dict[str, int]:
        """CopMsgId to archive id of the sender ``scope``."""
        rows = self._one(
            connection, self._archived, scope=scope, message_ids=self._list(message_ids)
        )
        return {row[0]: row[1] for row in rows}

    def parked(self, connection: Connection, *, before: int, most: int) -> tuple[list[Any], int]:
        rows = self._one(connection, self._parked, before=before, most=most).fetchall()
        return rows, int(self._parked_total.one(connection).scalar())

    def messages(
        self, connection: Connection, q: str, *, before: int, most: int
    ) -> tuple[list[Any], int]:
        """Archive rows, newest first, with the total; ``q`` is a whole number or code, empty for
        all."""
        if not q:
            rows = self._one(connection, self._listed, before=before, most=most).fetchall()
            return rows, int(self._listed_total.one(connection).scalar())
        rows = self._one(connection, self._found, q=q, before=before, most=most).fetchall()
        return rows, int(self._one(connection, self._found_total, q=q).scalar())

    def dated_after(self, connection: Connection, moment: int) -> int:
        """How many messages of the archive are dated later than ``moment``."""
        return int(self._one(connection, self._dated_after, moment=moment).scalar())

    def gauges(self, connection: Connection) -> tuple[int, int, int, int | None]:
        """How many are parked, wait for a decision, wait to be sent; and when the oldest of these
        fell due."""
        waiting, oldest = self._waiting_out.one(connection).fetchone()
        return (
            int(self._parked_total.one(connection).scalar()),
            int(self._waiting.one(connection).scalar()),
            int(waiting),
            None if oldest is None else int(oldest),
        )

    def alive(self, connection: Connection) -> bool:
        return bool(self._alive.one(connection).scalar() == 1)

    def _list(self, items: Iterable[Any]) -> Any:
        return array(self.dialect, list(items))

    def _listing(
        self, connection: Connection, statement: Statement, items: Iterable[Any]
    ) -> list[Any]:
        wanted = [item for item in items if item != ""]
        return list(statement.one(connection, self._list(wanted)).fetchall()) if wanted else []

    @staticmethod
    def _one(connection: Connection, statement: Statement, **values: Any) -> Any:
        """Named values in the order that the driver wants; one name may stand in several places."""
        return statement.one(connection, *(values[name] for name in statement.names))


def _insert(dialect: Dialect, table: Table) -> Any:
    build = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    return build(table).values({column.name: bindparam(column.name) for column in table.columns})


def _checked(dialect: Dialect, table: Table, statement: Any, *, copied: bool = False) -> Statement:
    made = compiled(dialect, statement, copied=copied)
    if made.names != tuple(column.name for column in table.columns):
        raise AssertionError(f"{table.name}: rows are written in the order {made.names}")
    return made


def _plain(dialect: Dialect, table: Table, *, copied: bool = False) -> Statement:
    return _checked(dialect, table, _insert(dialect, table), copied=copied)


def _ignoring(dialect: Dialect, table: Table, *key: str, copied: bool = False) -> Statement:
    """INSERT … ON CONFLICT DO NOTHING; with ``key`` only on that unique key, so that no other
    conflict is swallowed."""
    return _checked(
        dialect,
        table,
        _insert(dialect, table).on_conflict_do_nothing(index_elements=key or None),
        copied=copied,
    )


def _replacing(dialect: Dialect, table: Table, key: str) -> Statement:
    """INSERT that replaces the row of the same key."""
    made = _insert(dialect, table)
    return _checked(
        dialect,
        table,
        made.on_conflict_do_update(
            index_elements=[key],
            set_={
                column.name: made.excluded[column.name]
                for column in table.columns
                if column.name != key
            },
        ),
    )


def _upsert(
    dialect: Dialect, table: Table, key: Sequence[str], change: dict[str, Any], **first: Any
) -> Any:
    build = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    values = {column.name: bindparam(column.name) for column in table.columns} | first
    return build(table).values(values).on_conflict_do_update(index_elements=list(key), set_=change)
