"""Wake-ups between two stores that share a PostgreSQL schema; another schema of the same database
hears nothing."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, text

from gateway.base.store.wakeups import EVERYTHING, Wakeups, notify
from tests.conftest import Stores, eventually, on


@on("server")
async def test_a_listener_hears_what_another_process_commits_and_nothing_of_other_schemas(
    stores: Stores,
) -> None:
    mine, same, other = stores.open("one"), stores.open("one"), stores.open("two")
    heard: list[str] = []
    wakeups = Wakeups(mine, "gateway", heard.append)
    wakeups.start()
    await eventually(lambda: heard == [EVERYTHING])
    await other.write(lambda c: notify(c, "gateway", "not for us"))
    await same.write(lambda c: notify(c, "customs", "nor this"))
    await same.write(lambda c: notify(c, "gateway", "registry"))
    await eventually(lambda: len(heard) > 1)
    assert heard == [EVERYTHING, "registry"]
    await wakeups.close()


@on("server")
async def test_a_listener_whose_connection_is_cut_listens_again_and_looks_at_everything(
    stores: Stores,
) -> None:
    mine, same = stores.open("one"), stores.open("one")
    heard: list[str] = []
    wakeups = Wakeups(mine, "gateway", heard.append)
    wakeups.start()
    await eventually(lambda: heard == [EVERYTHING])

    def cut(connection: Connection) -> None:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN"
                " \"eport_gateway_%' AND query LIKE :mine"
            ),
            {"mine": f"%{_name(connection)}%"},
        )

    await same.write(cut)
    await eventually(lambda: len(heard) == 2)
    await same.write(lambda c: notify(c, "gateway", "outbox"))
    await eventually(lambda: heard == [EVERYTHING, EVERYTHING, "outbox"])
    await asyncio.gather(wakeups.close())


def _name(connection: Connection) -> str:
    from gateway.base.store.wakeups import _channel

    return _channel(connection, "gateway")
