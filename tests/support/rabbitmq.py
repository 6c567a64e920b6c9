"""A broker that is a server. Where it is not there its tests are skipped on a desk and fail
where ``CI`` is ``true``."""

from __future__ import annotations

import os
from collections.abc import Iterable

import aio_pika
import pytest

from gateway.base.broker.rabbitmq import STEPS

AMQP = os.environ.get("EPORT_TEST_AMQP") or "amqp://guest:guest@127.0.0.1/"


async def need_rabbitmq(url: str = AMQP) -> None:
    """Skip without a server; a failure where CI says that one must be there."""
    try:
        await (await aio_pika.connect(url, timeout=5)).close()
        return
    except (OSError, TimeoutError, aio_pika.exceptions.AMQPError) as error:
        reason = f"no RabbitMQ at {url} (EPORT_TEST_AMQP): {type(error).__name__} {error}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


async def delete_queues(prefix: str, queues: Iterable[str], url: str = AMQP) -> None:
    """Delete these queues with their retry steps and parking places. Deleting a quorum queue needs
    both flags off."""
    async with await aio_pika.connect(url, timeout=5) as connection:
        channel = await connection.channel()
        for queue in queues:
            for suffix in ("", ".parked", *(f".retry.{step}" for _, step in STEPS)):
                await channel.queue_delete(
                    f"{prefix}{queue}{suffix}", if_unused=False, if_empty=False
                )
