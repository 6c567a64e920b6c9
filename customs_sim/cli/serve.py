"""`eport customs`: the simulated customs alone, in worker processes."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from aiohttp import web

from customs_sim.cli.app import control_app
from customs_sim.cli.start import customs_settings, set_scenario
from customs_sim.node import PAUSED, CustomsNode
from customs_sim.office.metrics import Metrics
from customs_sim.store.sql import Sql
from customs_sim.store.sql import seed_demo as seed_customs
from gateway.base.clock.business import BusinessClock
from gateway.base.ports import Broker
from gateway.base.process.home import Keys
from gateway.base.process.serving import Leave, OpenStore, Side
from gateway.base.settings import Settings
from gateway.base.store.sql import SqlStore
from schemas.codes import CodeLists
from schemas.xsd import SchemaSet

HAND_OVER = 5.0
"""Seconds that an outbox row of customs is left to the process that wrote it."""


@contextlib.asynccontextmanager
async def _customs(
    settings: Settings, open_store: OpenStore, broker: Broker, keys: Keys
) -> AsyncIterator[tuple[web.Application, Leave]]:
    metrics = Metrics()
    node = _node(settings, open_store(metrics), broker, metrics)
    await node.start()
    try:
        app = control_app(node, operator_key=keys.operator_key, keyless=settings.keyless is True)
        yield app, node.leave
    finally:
        await node.close()


def _node(
    settings: Settings, store: SqlStore, broker: Broker, metrics: Metrics | None = None
) -> CustomsNode:
    given = dataclasses.replace(customs_settings(settings), hand_over=HAND_OVER)
    return CustomsNode(
        store=store,
        dialect=store.dialect,
        broker=broker,
        clock=BusinessClock(),
        schemas=SchemaSet(),
        codes=CodeLists(imported=settings.codelists),
        settings=given,
        metrics=metrics,
    )


async def _prepare_customs(store: SqlStore, settings: Settings, broker: Broker) -> None:
    """Profile and scenario asked for at this start win over what the store remembers; a worker that
    is started again leaves both alone. A code list that cannot be read is told here, once."""
    CodeLists(imported=settings.codelists)
    sql = Sql(store.dialect)
    await store.write(lambda c: sql.change_setting(c, PAUSED, ""))
    if "profile" in settings.model_fields_set:
        await store.write(lambda c: sql.change_setting(c, "profile", settings.profile))
    if settings.scenario is not None:
        await set_scenario(_node(settings, store, broker), settings.scenario)


CUSTOMS = Side(
    name="customs",
    package="customs_sim.store",
    option="--control-port",
    from_first=False,
    port=lambda s: s.control_port,
    store_url=lambda s: s.customs_url,
    prepare=_prepare_customs,
    running=_customs,
    seed=lambda store, _: store.write_here(seed_customs),
    part=lambda url, keys, _: {"control": url, "operator_key": keys.operator_key},
)
