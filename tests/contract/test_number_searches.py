"""A number is found by its beginning, by index, on every database."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, literal_column, select, text

from customs_sim.desk.search import statement_of
from customs_sim.store import number_sql as numbers
from customs_sim.store import tables as t
from customs_sim.store.metadata import metadata
from gateway.base.store.sql import SqlStore
from gateway.base.store.texts import begins
from tests.conftest import Stores

COLUMNS = [
    pytest.param(kind, column.key, id=f"{kind}-{column.key}")
    for kind, held in numbers.HELD.items()
    for column in held.numbers
]


@pytest.fixture
def store(stores: Stores) -> SqlStore:
    made = stores.open()
    made.write_here(metadata.create_all)
    return made


def plan(connection: Connection, statement: object) -> str:
    """What the database means to do. PostgreSQL is told that scans are dear: the tables are
    empty, and it would read them whole."""
    bare = str(
        statement.compile(connection, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    )
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + bare.replace("%%", "%"))
        return "\n".join(str(row[3]) for row in rows)
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    rows = connection.exec_driver_sql("EXPLAIN " + bare.replace("%", "%%"))
    return "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize(("kind", "column"), COLUMNS)
@pytest.mark.slow
def test_a_column_of_numbers_is_searched_by_a_range_of_its_index(
    store: SqlStore, kind: str, column: str
) -> None:
    held = next(each for each in numbers.HELD[kind].numbers if each.key == column)

    def look(connection: Connection) -> str:
        connection.execute(
            insert(t.messages).values(
                id=1, scope="S", message_id="M", direction="in", message_type="GRT101",
                gateway_msg_id="", body=b"", at=0, receiver="", business_no="",
            )
        )  # fmt: skip
        return plan(connection, statement_of(connection, kind, held, "AB1"))

    found = store.write_here(look)
    assert "SCAN" not in found.replace("Index Scan", "").replace("Bitmap Heap Scan", "")
    assert "Seq Scan" not in found
    by_index = "\n".join(line for line in found.splitlines() if "Index Cond" in line) or found
    wanted = f"{column}>? AND {column}<?" if "USING" in found else f"({column})::text >= "
    assert wanted in by_index, found


@pytest.mark.parametrize("kind", [kind for kind in numbers.HELD if kind not in ("message", "case")])
def test_the_filter_of_a_list_goes_by_the_same_indexes(store: SqlStore, kind: str) -> None:
    held = numbers.HELD[kind]

    def look(connection: Connection) -> str:
        wanted = numbers.of_number(connection, kind, "AB1")
        return plan(connection, select(literal_column("1")).select_from(held.table).where(wanted))

    found = store.write_here(look)
    assert f"SCAN {held.table.name}" not in found, found
    assert "Seq Scan" not in found


async def test_capitals_hidden_borders_and_foreign_letters_end_no_range(store: SqlStore) -> None:
    """What stands just before and behind the range is not in it, whatever the locale sorts."""
    numbers_of = (
        "ab1",
        "AB1",
        "AB10",
        "AB1~",
        "AB1é",
        "AB1\U0010ffff",
        "AB2",
        "aB1",
        "A",
        "AB",
        "Ab1",
    )

    def fill(connection: Connection) -> set[str]:
        for number in numbers_of:
            row = {column.name: "" for column in t.payments.c} | {"payment_no": number}
            row |= dict.fromkeys(
                ("amount", "unmatched", "matched", "sent_back", "paid_at", "at"), 0
            )
            connection.execute(insert(t.payments).values(row))
        column = t.payments.c.payment_no
        return set(connection.scalars(select(column).where(begins(column, "ab1"))))

    wanted = {"ab1", "AB1", "AB10", "AB1~", "AB1é", "AB1\U0010ffff"}
    assert store.write_here(fill) == wanted
