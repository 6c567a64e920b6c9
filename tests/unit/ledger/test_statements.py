"""Statements, on every kind of store: what they list, how they chain, and how one may be wrong
on purpose."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from customs_sim.ledger.postings import Event
from customs_sim.ledger.statements import (
    Statement,
    StatementFault,
    StatementRefused,
    StatementStatus,
)
from customs_sim.store import tables as t
from customs_sim.store.sql import create, seed_demo
from schemas.findings import Refused
from schemas.money import decimal
from schemas.statement import encode_statement
from tests.conftest import SHANGHAI, Stores, on
from tests.unit.ledger.desk import G2, L2, Desk, G, L, desk_on


def shown(statement: Statement) -> tuple[int, int, int, int]:
    return statement.opening, statement.increase, statement.decrease, statement.closing


async def test_a_statement_shows_money_and_lists_everything_else_for_information(
    desk: Desk,
) -> None:
    desk.set_up(G, 50_000_000, mode="1")
    desk.set_up(G2, 30_000_000)
    desk.levy(L, 12_000_050)
    desk.post(Event.PAID, 12_000_050, levy=L)
    desk.levy(L2, 3_000_075)
    desk.post(Event.OCCUPIED, 3_000_075, levy=L2, guarantee=G2)
    desk.post(Event.REFUNDED, 5_000_000, levy=L)
    desk.levy("ZS3", 100, enterprise=SHANGHAI)
    made = desk.issue("2026-11-23")
    assert (made.first_day, made.last_day, made.version, made.status) == (
        "2026-11-23",
        "2026-11-23",
        1,
        StatementStatus.OPEN,
    )
    assert shown(made) == (0, 62_000_050, 5_000_000, 57_000_050)
    assert [(x.code, x.cash) for x in made.lines] == [
        ("11", True),
        ("11", False),
        ("21", False),
        ("41", True),
        ("21", False),
        ("31", False),
        ("51", True),
    ]
    xml = encode_statement(
        made.on_wire(name="北京某某保税科技有限公司", credit_code="91110000802100433B")
    )
    for piece in (
        "<opngAmt>0.00</opngAmt>",
        "<incrAmt>620000.50</incrAmt>",
        "<clsgAmt>570000.50</clsgAmt>",
        "<mvmtQty>7</mvmtQty>",
        "<stmtBgnDate>2026-11-23</stmtBgnDate>",
        f"<stmtNo>{made.no}</stmtNo>",
        "<answDeadline>2026-12-03 10:00:00</answDeadline>",
    ):
        assert piece in xml


async def test_periods_touch_and_the_opening_is_the_former_closing(desk: Desk) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 300, levy=L)
    one = desk.issue("2026-11-23")
    desk.now += timedelta(days=3)
    desk.post(Event.PAID, 200, levy=L)
    with pytest.raises(StatementRefused) as refused:
        desk.issue("2026-11-26", "2026-11-25")
    assert "衔接" in refused.value.findings[0].message_zh
    with pytest.raises(StatementRefused):
        desk.issue("2026-11-27")
    two = desk.issue("2026-11-26", "2026-11-24")
    assert (shown(one), shown(two)) == ((0, 300, 0, 300), (300, 200, 0, 500))
    assert {x.no for x in one.lines} & {x.no for x in two.lines} == set()
    with pytest.raises(StatementRefused) as refused:
        desk.issue("2026-11-26")
    assert two.no in refused.value.findings[0].message_zh


async def test_the_first_statement_may_begin_later_and_opens_with_what_was_there(
    desk: Desk,
) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 300, levy=L)
    desk.now += timedelta(days=2)
    desk.post(Event.REFUNDED, 100, levy=L)
    made = desk.issue("2026-11-25", "2026-11-25")
    assert (shown(made), [x.code for x in made.lines]) == ((300, 0, 100, 200), ["51"])


async def test_what_moves_after_the_issue_stands_in_the_next_version_or_the_next_statement(
    desk: Desk,
) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 300, levy=L)
    one = desk.issue("2026-11-23")
    late = desk.post(Event.PAID, 50, levy=L)
    again: Statement = desk.stating(lambda s: s.reissue(one.no))
    assert (again.version, shown(again), again.lines[-1:]) == (2, (0, 350, 0, 350), late)
    desk.stating(lambda s: s.answered(s.latest(one.no), "202600000000000009", agreed=True))
    with pytest.raises(StatementRefused):
        desk.stating(lambda s: s.reissue(one.no))
    later = desk.post(Event.PAID, 25, levy=L)
    desk.now += timedelta(days=1)
    two = desk.issue("2026-11-24")
    assert (shown(two), two.lines) == ((350, 25, 0, 375), later)
    columns = t.statements.c
    query = select(columns.stmt_no, columns.version, columns.status).order_by(
        columns.number, columns.version
    )
    rows = desk.store.read_here(lambda c: c.execute(query).fetchall())
    assert [tuple(row) for row in rows] == [
        (one.no, 1, "replaced"),
        (one.no, 2, "agreed"),
        (two.no, 1, "open"),
    ]


async def test_an_older_statement_issued_again_keeps_its_lines(desk: Desk) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 300, levy=L)
    one = desk.issue("2026-11-23")
    late = desk.post(Event.PAID, 50, levy=L)
    desk.now += timedelta(days=1)
    two = desk.issue("2026-11-24")
    again: Statement = desk.stating(lambda s: s.reissue(one.no))
    assert (again.lines, two.lines) == (one.lines, late)


FAULTS = {
    "drop:2": (2, 0, 300),
    "amount:2:+100": (3, 0, 300),
    "opening:+5": (3, 5, 300),
    "closing:-1": (3, 0, 299),
}


@pytest.mark.parametrize("fault", list(FAULTS))
async def test_a_statement_can_be_wrong_on_purpose_while_the_books_stay_right(
    desk: Desk, fault: str
) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 100, levy=L)
    desk.post(Event.PAID, 200, levy=L)
    made = desk.issue("2026-11-23", fault=fault)
    assert shown(made) == (0, 300, 0, 300)
    sent = made.as_sent()
    assert (len(sent.lines), sent.opening, sent.closing, sent.count) == (*FAULTS[fault], 3)
    wire = made.on_wire(name="", credit_code="")
    assert (len(wire.lines), wire.closing, wire.increase) == (
        len(sent.lines),
        decimal(sent.closing),
        Decimal(3),
    )
    stored: Statement = desk.stating(lambda s: s.latest(made.no))
    assert stored.as_sent() == sent
    right: Statement = desk.stating(lambda s: s.reissue(made.no))
    assert right.as_sent() == right
    assert (right.version, right.lines) == (2, made.lines)


@pytest.mark.parametrize("fault", ["drop:4", "amount:4:1", "closing:0"])
async def test_a_fault_that_changes_nothing_is_refused(desk: Desk, fault: str) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 100, levy=L)
    desk.post(Event.PAID, 200, levy=L)
    with pytest.raises(Refused, match=r"QUERY\.01"):
        desk.issue("2026-11-23", fault=fault)
    assert desk.issue("2026-11-23").version == 1


def test_a_fault_is_spelled_out_or_refused() -> None:
    assert StatementFault.of("") is None
    for spelling in FAULTS:
        found = StatementFault.of(spelling)
        assert found is not None
        assert found.text() == spelling
    for wrong in ("drop", "drop:0", "amount:1", "closing:x", "closing:1.5", "all"):
        with pytest.raises(ValueError, match="wanted"):
            StatementFault.of(wrong)


async def test_an_answer_and_the_message_sent_are_remembered(desk: Desk) -> None:
    desk.levy(L, 1000)
    made = desk.issue("2026-11-23")
    desk.stating(lambda s: s.sent(made, 77))
    desk.stating(lambda s: s.answered(s.latest(made.no), "202600000000000009", agreed=False))
    found: Statement = desk.stating(lambda s: s.latest(made.no))
    assert (found.status, found.message, found.answer_seq_no, found.answered_at) == (
        StatementStatus.DISPUTED,
        77,
        "202600000000000009",
        desk.moment().at,
    )
    assert desk.stating(lambda s: s.latest("DZ-NONE")) is None


@on("shared")
async def test_two_statements_at_once_do_not_share_a_line(stores: Stores) -> None:
    first = stores.open("books")
    first.write_here(create)
    first.write_here(seed_demo)
    desks = [await desk_on(first), await desk_on(stores.open("books"))]
    desks[0].levy(L, 1000)
    desks[0].post(Event.PAID, 300, levy=L)
    together = threading.Barrier(2, timeout=10)
    ends: list[Any] = []

    def issue(one: Desk) -> None:
        together.wait()
        try:
            ends.append(len(one.issue("2026-11-23").lines))
        except StatementRefused:
            ends.append("refused")

    threads = [threading.Thread(target=issue, args=(one,)) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(map(str, ends)) == ["2", "refused"]
