"""Wall time that is set back stops nothing: what was accepted by the wrong time goes on, at a start
and while both sides run, and no session or wait lasts for the length of the step."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from customs_sim.office.operators import Operators, Role
from customs_sim.store import tables as customs_tables
from fixtures.kit.cli.store_checks import stores_check
from fixtures.kit.pair.pair import Pair, running
from gateway.base.clock.business import SystemClock
from gateway.base.relay import LONGEST_RETRY
from gateway.receipts.setting_aside import BACK_OFF, waited_after
from gateway.store import tables as gateway_tables
from gateway.store.outbox_sql import OutboxSql
from schemas.times import micros
from tests.conftest import Api, Stores, client, eventually, settings_of
from tests.customs_factories import House
from tests.factories import CASH, attachment, grt101

AHEAD = timedelta(days=2)
DAY = 86_400_000_000


class Wrong:
    """The clock of this machine, as far as it is ahead."""

    def __init__(self) -> None:
        self.by = timedelta(0)


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Wrong:
    clock = Wrong()
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime.now(UTC) + clock.by)
    return clock


@contextlib.asynccontextmanager
async def up(home: Path, **changes: Any) -> AsyncIterator[tuple[Pair, Api]]:
    """A pair that goes by wall time."""
    async with running(settings_of(home, **changes)) as pair, client(pair.ready) as api:
        yield pair, api


def filing(number: int) -> bytes:
    """Return a guarantee in cash: nothing of it ends on a day."""
    return grt101(f"R{number}", number, **CASH)


async def all_as(api: Api, status: str, count: int) -> bool:
    page = (await api.get("/declarations", params={"limit": 1000})).json
    return [d["status"] for d in page["items"]] == [status] * count


async def test_what_was_accepted_by_a_wrong_time_is_sent_at_the_next_start(
    tmp_path: Path, wrong: Wrong
) -> None:
    wrong.by = AHEAD
    async with up(tmp_path) as (pair, api):
        await pair.customs.pause()
        for number in range(1, 13):
            await api.taken(filing(number))
    wrong.by = timedelta(0)
    async with up(tmp_path) as (pair, api):
        await eventually(lambda: all_as(api, "approved", 12), within=30, what="all approved")


async def test_what_waits_when_the_clock_is_set_back_goes_on(tmp_path: Path, wrong: Wrong) -> None:
    async with up(tmp_path) as (pair, api):
        wrong.by = AHEAD
        await pair.customs.pause()
        await api.taken(filing(1))
        wrong.by = timedelta(0)
        await api.taken(filing(2))
        # as it stands after a try that failed by the wrong time
        later = micros(datetime.now(UTC) + AHEAD)
        await pair.gateway.store.write(
            lambda c: c.execute(update(gateway_tables.outbox).values(due_at=later))
        )
        await pair.customs.resume()
        await eventually(lambda: all_as(api, "approved", 2), within=30, what="both approved")


async def test_answers_of_customs_go_on_too(tmp_path: Path, wrong: Wrong) -> None:
    wrong.by = AHEAD
    async with up(tmp_path) as (pair, api):
        await pair.gateway.reception.close()
        await api.taken(filing(1))
        store = pair.customs.office.store
        await eventually(
            lambda: store.read(lambda c: c.execute(select(customs_tables.outbox.c.id)).first())
        )
    wrong.by = timedelta(0)
    async with up(tmp_path) as (_, api):
        await eventually(lambda: all_as(api, "approved", 1), within=30, what="approved")


@pytest.mark.slow
async def test_a_review_under_way_begins_anew_and_not_two_days_later(
    tmp_path: Path, wrong: Wrong
) -> None:
    wrong.by = AHEAD
    async with up(tmp_path, profile="realistic") as (pair, api):
        await api.taken(filing(1))
        await api.post(attachment(b"file", "P1", 2, 2, 2))
        await eventually(lambda: _tasks(pair))
    wrong.by = timedelta(0)
    async with up(tmp_path, profile="realistic") as (pair, api):
        now = micros(datetime.now(UTC))
        await eventually(lambda: _due_by(pair, now + DAY), within=20, what="the timers begin now")
        before = await _tasks(pair)
        await pair.customs.office.store.write(
            lambda c: pair.customs.office.sql.bring_back(c, micros(datetime.now(UTC)))
        )
        assert await _tasks(pair) in (before, [])  # done again it changes nothing


async def _tasks(pair: Pair) -> list[int]:
    found = await pair.customs.office.store.read(
        lambda c: c.execute(select(customs_tables.tasks.c.due_at)).scalars().all()
    )
    return list(found)


async def _due_by(pair: Pair, at: int) -> bool:
    return all(due <= at for due in await _tasks(pair))


async def test_a_group_of_pockets_waits_from_now_and_not_from_a_day_to_come(
    tmp_path: Path, wrong: Wrong
) -> None:
    wrong.by = AHEAD
    async with up(tmp_path) as (_, api):
        await api.post(attachment(b"file", "P1", 2, 2, 2))
    wrong.by = timedelta(0)
    async with up(tmp_path) as (pair, _):
        gateway, groups = pair.gateway, gateway_tables.pocket_groups
        now = datetime.now(UTC)
        await gateway.gaps.report(now)
        [since] = await gateway.store.read(
            lambda c: c.execute(select(groups.c.waits_since)).scalars().all()
        )
        assert since <= micros(now)
        assert await gateway.gaps.report(now + timedelta(seconds=601)) == 1


async def test_the_doctor_says_that_a_message_is_due_later_than_any_retry(
    tmp_path: Path, wrong: Wrong
) -> None:
    wrong.by = AHEAD
    async with up(tmp_path) as (pair, api):
        await pair.customs.pause()
        await api.taken(filing(1))
    told = await asyncio.to_thread(lambda: list(stores_check(settings_of(tmp_path))))
    [(_, said, todo)] = [line for line in told if line[0] == "warning"]
    assert "later than any retry" in said
    assert todo


async def test_a_session_does_not_last_longer_because_the_clock_was_set_back(wrong: Wrong) -> None:
    async with House() as house:
        people = Operators(house.store, SystemClock())
        await people.ensure("key", "operator", Role.OFFICER)
        wrong.by = AHEAD
        assert await people.log_in("key", "token")
        assert await people.of_session("token")
        people.forget()
        wrong.by = AHEAD - timedelta(seconds=30)  # corrected a little
        assert await people.of_session("token")
        people.forget()
        wrong.by = timedelta(0)
        assert await people.of_session("token") is None


@pytest.mark.parametrize("alone", [True, False])
def test_no_row_is_due_or_leased_for_longer_than_any_ever_is(stores: Stores, alone: bool) -> None:
    store = stores.open()
    gateway_tables.metadata.create_all(store.engine)
    sql, now, lease = OutboxSql(store.dialect), 1_800_000_000_000_000, 0 if alone else 10_000_000
    longest = int(LONGEST_RETRY * 1_000_000)
    rows = {  # id: due_at, lease_until
        1: (now, now),
        2: (now + longest, now),
        3: (now + longest + 1, now),
        4: (now, now + 5_000_000),
        5: (now, now + 2 * DAY),
        6: (now + 2 * DAY, now + 2 * DAY),
    }
    store.write_here(
        lambda c: c.execute(
            insert(gateway_tables.outbox),
            [
                {"id": i, "parts": "[]", "n": 1, "due_at": due, "lease_until": until, "at": now}
                for i, (due, until) in rows.items()
            ],
        )
    )
    due = store.write_here(lambda c: sql.due_outbox(c, now, longest_lease=lease, most=99))
    assert [row.id for row in due] == ([1, 3, 4, 5, 6] if alone else [1, 3, 5, 6])
    assert store.read_here(lambda c: sql.next_due(c, now, longest_lease=lease)) == now - longest
    store.write_here(lambda c: sql.bring_forward(c, due=now, free=now + lease // 2))
    left = store.read_here(
        lambda c: c.execute(text("SELECT max(due_at), max(lease_until) FROM outbox")).one()
    )
    assert tuple(left) == (now, now + lease // 2)


def test_a_wait_is_as_long_as_the_pauses_that_were_given() -> None:
    assert waited_after(0) == 0
    assert waited_after(3) == sum(BACK_OFF[:3])
    assert waited_after(len(BACK_OFF) + 2) == sum(BACK_OFF) + 2 * BACK_OFF[-1]
