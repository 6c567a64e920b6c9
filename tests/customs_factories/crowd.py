"""A busy desk: thousands of cases that wait, a hundred thousand that are over, and registers and
money of the same size. Entered in bulk, not filed."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, insert, text

from customs_sim.store import tables as t
from tests.customs_factories.documents import LETTER, SENDER
from tests.customs_factories.house import NOON
from tests.customs_factories.writing import declaration, gateway_id, seq_of

FIRST = 1_000_000
"""The first number of what is entered so: a node begins with low ones."""
CHUNK = 1000
NOW = int(NOON.timestamp()) * 1_000_000


def wait(
    connection: Connection, count: int, *, twins: int = 0, empty: int = 0, first: int = FIRST
) -> None:
    """Enter filings that wait, each with its body: they can be decided. The ``twins`` bring one
    letter: only one of them can be approved; the last ``empty`` are for no amount."""
    for start in range(first, first + count, CHUNK):
        numbers = range(start, min(start + CHUNK, first + count))
        cases, messages = [], []
        for n in numbers:
            letter = f"LG-{max(n, first + twins - 1):07d}"
            amount = 100_000 + n % 900_000 if n < first + count - empty else 0
            given = LETTER | {"ltguaNo": letter, "gasrAmt": str(amount)}
            messages.append(
                message_row(n, "in", n, declaration(n, given).body) | {"envelope_id": f"E{n}"}
            )
            cases.append(case_row(n, amount * 100, letter))
        connection.execute(insert(t.messages), messages)
        connection.execute(insert(t.cases), cases)


def message_row(number: int, direction: str, case_no: int, body: bytes) -> dict[str, object]:
    return {
        "id": number,
        "scope": SENDER,
        "message_id": f"M-{number}",
        "direction": direction,
        "message_type": "GRT101" if direction == "in" else "GRT201",
        "case_no": case_no,
        "gateway_msg_id": gateway_id(case_no),
        "body": body,
        "at": NOW - 86_400_000_000,
        "receiver": "" if direction == "in" else SENDER,
        "business_no": "",
    }


def case_row(number: int, amount: int, letter: str) -> dict[str, object]:
    return {
        "case_no": number,
        "seq_no": seq_of(number),
        "gateway_msg_id": gateway_id(number),
        "message_type": "GRT101",
        "enterprise": "1105910159",
        "dxp_id": SENDER,
        "business_no": "",
        "change_no": 0,
        "reference": f"R-{number}",
        "customs": "0100",
        "amount": amount,
        "status": "received",
        "rules": "",
        "in_message": number,
        "since": NOW - number % 400_000 * 1_000_000,
        "updated": NOW,
        "letter_no": letter,
    }


def copy(connection: Connection, table: Table, count: int, changes: Mapping[str, str]) -> None:
    """Enter ``count`` copies of one row of ``table``; ``changes``: columns that are something else,
    by an expression in ``n.i``, from 1."""
    row = connection.execute(table.select().limit(1)).mappings().one()
    names = ", ".join(f'"{column.name}"' for column in table.c)
    values = ", ".join(
        changes.get(column.name, f"CAST(:{column.name} AS {_kind(connection, column)})")
        for column in table.c
    )
    connection.execute(
        text(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
            f" INSERT INTO {table.name} ({names}) SELECT {values} FROM n"
        ),
        {name: value for name, value in row.items() if name not in changes},
    )


def _kind(connection: Connection, column: object) -> str:
    return str(column.type.compile(connection.dialect))  # type: ignore[attr-defined]
