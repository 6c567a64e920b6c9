"""The books, on every kind of store."""

from __future__ import annotations

import threading
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, text

from customs_sim.ledger.books import Books, Overdrawn
from customs_sim.ledger.history import entries_about
from customs_sim.ledger.movements import movement_of_entry
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Guarantee, Levy, Payment
from customs_sim.store.sql import create
from gateway.base.errors import StoreConflict
from gateway.base.store.sql import SqlStore
from schemas.statement import movement_fields
from tests.conftest import BEIJING, SHANGHAI, Stores, on
from tests.unit.ledger.desk import G2, L2, Desk, G, L, desk_on


async def test_a_record_has_the_columns_of_its_table_in_their_order() -> None:
    suffix = {
        "limit_amount": "limit",
        "used_amount": "used",
        "returned_amount": "returned",
        "pending_amount": "pending",
    }
    for cls in (Guarantee, Levy, Payment):
        columns = [suffix.get(c.name, c.name) for c in cls.table.columns]
        assert list(cls.__struct_fields__) == columns
        assert cls.balances <= set(columns)


@pytest.mark.parametrize("mode", ["1", "2"])
async def test_a_set_up_costs_two_ledger_rows_and_its_register_row(desk: Desk, mode: str) -> None:
    written: list[tuple[str, int]] = []

    def executed(_c: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "SELECT")):
            written.append((statement.split()[0], cursor.rowcount))

    event.listen(desk.store.engine, "after_cursor_execute", executed)
    desk.set_up(G, 50_000_000, mode=mode)
    event.remove(desk.store.engine, "after_cursor_execute", executed)
    assert written == [("INSERT", 1), ("INSERT", 2)]
    assert desk.held(G) == Guarantee(
        gasr_no=G,
        enterprise=BEIJING,
        customs="0100",
        mode=mode,
        seq_no=f"S-{G}",
        letter_no=f"LG-{G}" if mode == "2" else "",
        limit=50_000_000,
        updated=desk.moment().at,
    )


async def test_an_occupation_is_written_once_a_row_whatever_changes_with_it(desk: Desk) -> None:
    desk.set_up(G, 45_000_000)
    desk.levy(L, 3_000_075)
    updates: list[int] = []

    def executed(_c: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE"):
            updates.append(cursor.rowcount)

    event.listen(desk.store.engine, "after_cursor_execute", executed)

    def act(books: Books) -> Any:
        lines = books.post(
            Event.OCCUPIED, books.open(L), ref="202600000000000001", guarantee=G, levy=L
        )
        books.change_levy(
            L, confirmed=1, type="1", mode="2", seq_no="202600000000000001", fields={"gasrNo": G}
        )
        books.change_guarantee(G, version=2)
        return lines

    (line,) = desk.do(act, levies=[L], guarantees=[G])
    event.remove(desk.store.engine, "after_cursor_execute", executed)
    assert updates == [1, 1]
    levy = desk.held(L)
    assert (levy.open, levy.quota, levy.status, levy.gasr_no, levy.confirmed, levy.fields) == (
        0,
        3_000_075,
        "3",
        G,
        1,
        {"gasrNo": G},
    )
    assert (desk.held(G).available, desk.held(G).version) == (41_999_925, 2)
    assert movement_fields(line.on_wire()) == {
        "mvmtNo": line.no,
        "mvmtTime": "2026-11-23 10:00:00",
        "evtCd": "31",
        "gurTypecd": "1",
        "gurNo": G,
        "rltGurNo": L,
        "incrAmt": "0.00",
        "decrAmt": "30000.75",
        "balAmt": "419999.25",
        "refNo": "202600000000000001",
    }


async def test_a_levy_brings_its_guarantee_along(desk: Desk) -> None:
    desk.set_up(G, 1000)
    desk.levy(L, 600)
    desk.post(Event.OCCUPIED, 600, guarantee=G, levy=L)
    assert desk.do(lambda books: books.available(G), levies=[L]) == 400


async def test_movement_lines_read_back_from_the_ledger_are_the_ones_that_were_sent(
    desk: Desk,
) -> None:
    sent = [
        *desk.set_up(G, 100_000, mode="1"),
        *desk.levy(L, 500),
        *desk.levy(L2, 300),
        *desk.post(Event.PAID, 500, levy=L),
        *desk.post(Event.CARRIED, 200, levy=L, target=L2),
        *desk.post(Event.REFUNDED, 100, levy=L),
    ]
    assert [x for row in sorted(desk.rows()) if (x := movement_of_entry(row)) is not None] == sent
    assert len({line.no for line in sent}) == len(sent) == 7
    assert [(x.code, x.number, x.related, x.net, x.balance) for x in sent[4:6]] == [
        ("61", L, L2, -200, 300),
        ("62", L2, L, 200, 200),
    ]


ASKED = {
    "payment above what is open": (Event.PAID, 501, {"levy": L}, f"open:{L}", 500),
    "refund above what is paid": (Event.REFUNDED, 201, {"levy": L2}, f"cash:{L2}", 200),
    "carry-over above what is paid": (
        Event.CARRIED,
        201,
        {"levy": L2, "target": L},
        f"cash:{L2}",
        200,
    ),
    "quota above what is available": (
        Event.OCCUPIED,
        401,
        {"guarantee": G, "levy": L},
        f"avail:{G}",
        400,
    ),
    "release of what is not used": (Event.RELEASED, 1, {"guarantee": G, "levy": L}, f"used:{G}", 0),
    "lower than what is used": (Event.LOWERED, 401, {"guarantee": G}, f"avail:{G}", 400),
    "refund of a guarantee above what is left": (
        Event.GUARANTEE_REFUNDED,
        401,
        {"guarantee": G},
        f"avail:{G}",
        400,
    ),
    "letter handed back that was never there": (
        Event.LETTER_RETURNED,
        1,
        {"levy": L},
        f"paper:{L}",
        0,
    ),
    "levy lowered below what is paid": (Event.LEVY_LOWERED, 501, {"levy": L}, f"open:{L}", 500),
    "reversal above what is paid": (Event.PAYMENT_REVERSED, 201, {"levy": L2}, f"cash:{L2}", 200),
}


@pytest.mark.parametrize("name", list(ASKED))
@pytest.mark.slow
async def test_nothing_is_overdrawn_and_a_refusal_changes_nothing(desk: Desk, name: str) -> None:
    happens, amount, numbers, account, there = ASKED[name]
    desk.set_up(G, 400)
    desk.levy(L, 500)
    desk.levy(L2, 300)
    desk.post(Event.PAID, 200, levy=L2)
    before = (desk.rows(), desk.held(G), desk.held(L), desk.held(L2))

    def act(books: Books) -> None:
        with pytest.raises(Overdrawn) as refused:
            books.post(happens, amount, ref="X", **numbers)
        assert (refused.value.account, refused.value.asked, refused.value.there) == (
            account,
            amount,
            there,
        )

    desk.do(act, guarantees=[G], levies=[L, L2])
    assert (desk.rows(), desk.held(G), desk.held(L), desk.held(L2)) == before


async def test_events_that_take_all_there_is_want_the_whole_amount(desk: Desk) -> None:
    desk.levy(L, 500)
    desk.set_up(G, 400)
    for happens, number in ((Event.TAKEN_BACK, {"levy": L}), (Event.CLOSED, {"guarantee": G})):
        with pytest.raises(ValueError, match="wanted all"):
            desk.post(happens, 1, **number)
    desk.post(Event.TAKEN_BACK, 500, levy=L)
    desk.post(Event.CLOSED, 400, guarantee=G)
    assert (desk.held(L).taken_back, desk.held(L).status, desk.held(G).limit) == (1, "3", 0)


async def test_a_used_guarantee_cannot_be_closed(desk: Desk) -> None:
    desk.set_up(G, 400)
    desk.levy(L, 100)
    desk.post(Event.OCCUPIED, 100, guarantee=G, levy=L)
    with pytest.raises(Overdrawn):
        desk.post(Event.CLOSED, 400, guarantee=G)


async def test_a_levy_stands_on_one_guarantee_at_a_time(desk: Desk) -> None:
    desk.set_up(G, 400)
    desk.set_up(G2, 400)
    desk.levy(L, 100)
    desk.post(Event.OCCUPIED, 60, guarantee=G, levy=L)
    with pytest.raises(ValueError, match="stands on"):
        desk.post(Event.OCCUPIED, 40, guarantee=G2, levy=L)
    with pytest.raises(Overdrawn):
        desk.post(Event.RELEASED, 60, guarantee=G2, levy=L)
    desk.post(Event.RELEASED, 60, guarantee=G, levy=L)
    desk.post(Event.OCCUPIED, 40, guarantee=G2, levy=L)
    assert (desk.held(L).gasr_no, desk.held(L).status) == (G2, "3")


async def test_money_is_not_carried_over_to_another_enterprise(desk: Desk) -> None:
    desk.levy(L, 100)
    desk.levy(L2, 100, enterprise=SHANGHAI)
    desk.post(Event.PAID, 100, levy=L)
    with pytest.raises(ValueError, match="several enterprises"):
        desk.post(Event.CARRIED, 50, levy=L, target=L2)


async def test_balances_come_from_postings_alone(desk: Desk) -> None:
    desk.levy(L, 100)
    with pytest.raises(ValueError, match="postings"):
        desk.do(lambda books: books.change_levy(L, cash=100), levies=[L])
    with pytest.raises(ValueError, match="postings"):
        desk.do(
            lambda books: books.enter(
                Guarantee(
                    gasr_no=G, enterprise=BEIJING, customs="0100", mode="1", seq_no="1", limit=5
                )
            )
        )
    with pytest.raises(ValueError, match="already"):
        desk.do(
            lambda books: books.enter(msgspec.structs.replace(books.levy(L), open=0, levied=0)),
            levies=[L],
        )
    with pytest.raises(LookupError):
        desk.do(lambda books: books.post(Event.PAID, 1, ref="X", levy=L2), levies=[L, L2])


async def test_a_row_that_another_unit_entered_first_is_a_conflict(desk: Desk) -> None:
    desk.levy(L, 100)
    with pytest.raises(StoreConflict):
        desk.levy(L, 100)
    assert desk.held(L).open == 100


@on("shared")
async def test_two_refunds_at_once_cannot_both_pass(stores: Stores) -> None:
    first = stores.open("books")
    first.write_here(create)
    desks = [await desk_on(first), await desk_on(stores.open("books"))]
    desks[0].levy(L, 100)
    desks[0].post(Event.PAID, 100, levy=L)
    together = threading.Barrier(2, timeout=10)
    ends: list[str] = []

    def refund(one: Desk) -> None:
        together.wait()
        try:
            one.post(Event.REFUNDED, 60, levy=L)
            ends.append("refunded")
        except Overdrawn as error:
            ends.append(f"there {error.there}")

    threads = [threading.Thread(target=refund, args=(one,)) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ends) == ["refunded", "there 40"]
    assert desks[0].held(L).refunded == 60
    assert desks[0].audit() == []


@on("shared")
async def test_a_unit_waits_for_the_row_that_another_holds(stores: Stores) -> None:
    """The second reads what the first left, not what it found when it came."""
    first = stores.open("books")
    first.write_here(create)
    one, two = await desk_on(first), await desk_on(stores.open("books"))
    one.set_up(G, 100)
    one.levy(L, 80)
    one.levy(L2, 80)
    inside, came = threading.Event(), threading.Event()
    seen: list[Any] = []

    def slow(books: Books) -> None:
        books.post(Event.OCCUPIED, 80, ref="1", guarantee=G, levy=L)
        inside.set()
        came.wait(10)

    def late() -> None:
        inside.wait(10)
        threading.Timer(0.05, came.set).start()
        seen.append(two.do(lambda books: books.available(G), guarantees=[G], levies=[L2]))

    thread = threading.Thread(target=late)
    thread.start()
    one.do(slow, guarantees=[G], levies=[L])
    thread.join(20)
    assert seen == [20]


async def test_a_register_is_found_with_what_it_covers(desk: Desk) -> None:
    desk.set_up(G, 1000)
    for number, until in ((L, 5), (L2, 9)):
        desk.levy(number, 100)
        desk.do(
            lambda books, n=number, u=until: (
                books.post(Event.OCCUPIED, 100, ref="1", guarantee=G, levy=n),
                books.change_levy(n, oriact_valid=u),
            ),
            guarantees=[G],
            levies=[number],
        )
    read = desk.store.read_here
    assert read(lambda c: desk.sql.ledger.cover_until(c, [G, "ZB-NONE"])) == {G: 9}
    desk.post(Event.RELEASED, 100, guarantee=G, levy=L2)
    assert read(lambda c: desk.sql.ledger.cover_until(c, [G])) == {G: 5}
    assert [entry.event for entry in read(lambda c: entries_about(desk.sql.ledger, c, L))] == [
        "levied",
        "occupied",
        "occupied",
    ]
    assert len(read(lambda c: desk.sql.ledger.about(c, G))) == 2 + 2 + 2 + 2


async def test_a_letter_secures_one_live_levy(desk: Desk) -> None:
    desk.levy(L, 100)
    desk.levy(L2, 100)
    desk.do(lambda books: books.change_levy(L, letter_no="LG-777"), levies=[L])
    with pytest.raises(StoreConflict):
        desk.do(lambda books: books.change_levy(L2, letter_no="LG-777"), levies=[L2])
    desk.do(lambda books: books.change_levy(L, closed=1), levies=[L])
    desk.do(lambda books: books.change_levy(L2, letter_no="LG-777"), levies=[L2])


async def test_the_audit_finds_what_was_changed_behind_the_books(store: SqlStore) -> None:
    store.write_here(create)
    desk = await desk_on(store)
    desk.levy(L, 500)
    desk.post(Event.PAID, 200, levy=L)
    assert desk.audit() == []
    store.write_here(
        lambda c: c.execute(text(f"UPDATE c_levies SET cash = cash + 1 WHERE levy_no = '{L}'"))
    )
    assert any(found.startswith(L) for found in desk.audit())
    store.write_here(
        lambda c: c.execute(
            text("UPDATE c_ledger SET amount = 7 WHERE event = 'paid' AND debit = 'bank'")
        )
    )
    assert desk.audit()[0].startswith("entries: paid")
