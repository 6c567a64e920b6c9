"""`eport gateway`: the gateway alone, in worker processes."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator

from aiohttp import web

from gateway.base.clock.business import SystemClock
from gateway.base.clock.followed import FollowedClock
from gateway.base.ports import Broker
from gateway.base.process.home import Keys
from gateway.base.process.serving import Leave, OpenStore, Side
from gateway.base.settings import Settings
from gateway.base.store.sql import SqlStore
from gateway.bootstrap import make_gateway, warm
from gateway.portal.app import whole_app
from gateway.store.demo import DEMO
from gateway.store.keys import ADMIN, add_key
from gateway.store.registry import seed
from schemas.codes import CodeLists
from schemas.times import micros


@contextlib.asynccontextmanager
async def _gateway(
    settings: Settings, open_store: OpenStore, broker: Broker, keys: Keys
) -> AsyncIterator[tuple[web.Application, Leave]]:
    followed = (
        FollowedClock(key=settings.clock_key or keys.operator_key) if settings.clock_url else None
    )
    gateway = make_gateway(
        settings,
        open_store=open_store,
        broker=broker,
        clock=followed or SystemClock(),
        alone=False,
        demo=False,
    )
    if followed is not None:
        await followed.start(settings.clock_url)
    await warm(gateway)
    await gateway.start()

    try:
        yield whole_app(gateway), gateway.leave
    finally:
        await gateway.close()
        if followed is not None:
            await followed.close()


def _seed_gateway(store: SqlStore, keys: Keys) -> None:
    at = micros(SystemClock().now())
    store.write_here(lambda c: seed(c, DEMO))
    for enterprise in DEMO:
        store.write_here(
            functools.partial(
                add_key,
                key=keys.keys[enterprise.code],
                operator=f"op-{enterprise.code}",
                name=enterprise.name,
                enterprises=(enterprise.code,),
                at=at,
            )
        )
    store.write_here(
        functools.partial(
            add_key,
            key=keys.operator_key,
            operator="operator",
            name="operator",
            enterprises=(ADMIN,),
            at=at,
        )
    )


async def _prepare(_: SqlStore, settings: Settings, __: Broker) -> None:
    """Refuse a code list that cannot be read here, once, and not in each worker."""
    CodeLists(imported=settings.codelists)


GATEWAY = Side(
    name="gateway",
    package="gateway.store",
    option="--port",
    from_first=True,
    port=lambda s: s.port,
    store_url=lambda s: s.gateway_url,
    seed=_seed_gateway,
    prepare=_prepare,
    running=_gateway,
    part=lambda url, keys, demo: {"gateway": url, "keys": keys.keys if demo else {}},
)
