"""No list of the desk reads a whole table for a page of it: what is under way is found by the index
of what waits, and the rest by the index of its order. On every database."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from customs_sim.desk import lists, views
from customs_sim.desk.lists import Asked
from customs_sim.desk.waiting import Part, Waiting, neighbours, waiting
from customs_sim.office.audit import entries
from customs_sim.store.metadata import metadata
from tests.conftest import Stores
from tests.customs_factories import crowd

NOW = crowd.NOW
BIG = re.compile(r"\bc_(cases|messages|parked|levies|guarantees|payments|statements|audit)\b")
"""Tables that grow; the others hold what is under way, and what is set."""
Query = Callable[[Connection], Any]


def listed(read: Callable[..., Any], **asked: Any) -> Query:
    return lambda c: read(c, Asked(most=101, now=NOW, **asked))


def worked(sort: str = "", **wanted: Any) -> Query:
    return lambda c: waiting(c, Waiting(**wanted), Part(most=101, sort=sort), now=NOW, wall=NOW)


def neighboured(sort: str) -> Query:
    return lambda c: neighbours(c, Waiting(), crowd.FIRST + 5, sort, now=NOW, wall=NOW)


WORK: dict[str, Query] = {
    "pulse": lambda c: views.pulse(c, NOW),
    "neighbours": neighboured(""),
    "neighbours-sorted": neighboured("-amount"),
    "work": worked(),
    "work-all": worked(show="all"),
    "work-held": worked(show="held"),
    "work-claimed": worked(claimed_by="x"),
    "work-kind": worked(kind="GRT101"),
    "work-enterprise": worked(enterprise="1105910159"),
    "work-amount": worked(least=1, most=2),
    "work-age": worked(age="over_3d"),
    "work-number": worked(q="LG-1"),
    "work-by-since": worked("since"),
    "work-by-amount": worked("-amount"),
    "work-by-enterprise": worked("enterprise", show="all"),
}
LISTS: dict[str, Query] = {
    "levies": listed(lists.levies),
    "levies-page": listed(lists.levies, skip=900),
    "levies-next": listed(lists.levies, before="ZS9"),
    "levies-enterprise": listed(lists.levies, enterprise="1105910159"),
    "levies-number": listed(lists.levies, q="ZS1"),
    "levies-overdue": listed(lists.levies, only="overdue"),
    "guarantees": listed(lists.guarantees),
    "guarantees-enterprise": listed(lists.guarantees, enterprise="1105910159"),
    "guarantees-number": listed(lists.guarantees, q="ZB1"),
    "guarantees-ending": listed(lists.guarantees, only="ending"),
    "payments": listed(lists.payments),
    "payments-number": listed(lists.payments, q="B-1"),
    "suspense": listed(lists.suspense),
    "statements": listed(lists.statements),
    "statements-number": listed(lists.statements, q="DZ1"),
    "statements-enterprise": listed(lists.statements, enterprise="1105910159"),
    "audit": lambda c: entries(c, "", before=2**62, most=100),
    "audit-number": lambda c: entries(c, "2026", before=2**62, most=100),
}


def plans(connection: Connection, query: Query) -> list[tuple[str, str]]:
    """The statements of ``query`` and what the database means to do."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    query(connection)
    event.remove(connection, "before_cursor_execute", note)
    lite = connection.dialect.name == "sqlite"
    if not lite:  # the tables are small: it would read them whole
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    found = []
    for statement, values in asked:
        how = ("EXPLAIN QUERY PLAN " if lite else "EXPLAIN ") + statement
        rows = connection.exec_driver_sql(how, values).fetchall()
        found.append((statement, "\n".join(str(row[3 if lite else 0]) for row in rows)))
    return found


def reads_whole(line: str) -> bool:
    """Whether a line of a plan reads a table from one end to the other, its rows and all."""
    if not BIG.search(line):
        return False
    scan = (line.startswith("SCAN ") and "USING" not in line) or "Seq Scan" in line
    return scan or re.search(r"USING INTEGER PRIMARY KEY \(rowid[<>]", line) is not None


def walks_decided(plan: str) -> bool:
    """Whether a plan walks through an index in which the decided cases stand too."""
    by_key = "c_cases_pkey" in plan and "(case_no = " not in plan
    return by_key or "c_cases_since" in plan or "c_cases_decided" in plan


@pytest.mark.parametrize("over", ["decided", "nothing"])
async def test_no_page_reads_a_whole_table(stores: Stores, over: str) -> None:
    store = stores.open()
    store.write_here(metadata.create_all)

    def look(connection: Connection) -> dict[str, list[tuple[str, str]]]:
        if over == "decided":
            crowd.wait(connection, 300)
            connection.exec_driver_sql(
                f"UPDATE c_cases SET status = 'approved' WHERE case_no < {crowd.FIRST + 290}"
            )
            connection.exec_driver_sql("ANALYZE")
        return {name: plans(connection, query) for name, query in (WORK | LISTS).items()}

    found = store.write_here(look)
    for name, each in found.items():
        for statement, plan in each:
            for line in plan.splitlines():
                # the audit is read by its key, newest first, no further than the page
                assert not reads_whole(line) or name == "audit", (name, statement, plan)
            if name in WORK and "max(" not in statement:
                assert not walks_decided(plan), (name, statement, plan)
