"""What the front page counts is counted by an index of its own, on every database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event, text

from customs_sim.desk.today import cases_between, today
from customs_sim.store.metadata import metadata
from tests.conftest import Stores

NOW = 1_795_000_000_000_000
INDEXES = {
    "c_cases_since",
    "c_cases_ageing",
    "c_cases_decided",
    "c_messages_sent",
    "c_disturbed_at",
    "c_guarantees_expiry",
    "c_levies_overdue",
    "c_payments_unmatched",
}
SMALL = ("c_outbox", "c_holds", "VIRTUAL TABLE")
"""Read whole: they hold what is under way and what is put off; and a list that is handed in."""


async def test_every_number_goes_by_its_index(stores: Stores) -> None:
    store = stores.open()
    store.write_here(metadata.create_all)
    asked: list[tuple[str, Any]] = []

    def look(connection: Connection) -> list[str]:
        def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
            asked.append((statement, values))

        event.listen(connection, "before_cursor_execute", note)
        today(connection, NOW)
        for what in ("filed", "decided", "returned"):
            cases_between(connection, what, NOW - 3_600_000_000, NOW, 100)
        event.remove(connection, "before_cursor_execute", note)
        lite = connection.dialect.name == "sqlite"
        if not lite:  # the tables are empty: it would read them whole
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plans = []
        for statement, values in asked:
            how = ("EXPLAIN QUERY PLAN " if lite else "EXPLAIN ") + statement
            rows = connection.exec_driver_sql(how, values).fetchall()
            plans.append("\n".join(str(row[3 if lite else 0]) for row in rows))
        return plans

    plans = store.write_here(look)
    lite = store.dialect.name == "sqlite"
    assert len(plans) == 17
    for plan in plans:
        for line in plan.splitlines():
            whole = (line.startswith("SCAN ") and "USING" not in line) or "Seq Scan" in line
            assert not whole or any(name in line for name in SMALL), plan
    if lite:  # these are read from the index alone: rows carry bodies
        alone = "\n".join(plans)
        for name in ("c_cases_ageing", "c_cases_since", "c_cases_decided", "c_messages_sent"):
            assert f"COVERING INDEX {name}" in alone
    together = "\n".join(plans)
    assert {name for name in INDEXES if name not in together} == set()
