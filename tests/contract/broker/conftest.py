"""A broker of each kind, and a relay with an outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.base.ports import Broker
from gateway.base.relay import Relay
from tests.contract.broker.adapters import ADAPTERS, QUEUE, Outbox


@pytest.fixture(params=list(ADAPTERS))
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    async with ADAPTERS[request.param].make() as made:
        yield made


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
async def relay(broker: Broker, outbox: Outbox) -> AsyncIterator[Relay]:
    """The relay of ``outbox``; it polls so seldom that only a wake-up or a due time can move it."""
    made = Relay(broker, QUEUE, outbox, most=10, poll=60.0, longest_pause=0.1)
    made.start()
    yield made
    await made.close()
