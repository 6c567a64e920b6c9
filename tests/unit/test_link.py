"""What a link between two processes promises beyond the broker contract: a lost end, a new one, questions."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import AsyncIterator, Sequence

import pytest

from gateway.adapters.link import LinkBroker
from gateway.errors import Unavailable
from gateway.message import Message
from gateway.ports import ACK, Disposition
from tests.conftest import eventually

QUEUE = "eport.test"


async def connected(near: LinkBroker, far: LinkBroker) -> None:
    one, other = socket.socketpair()
    await near.connect(one)
    await far.connect(other)


@pytest.fixture
async def ends() -> AsyncIterator[tuple[LinkBroker, LinkBroker]]:
    near, far = LinkBroker(), LinkBroker()
    await connected(near, far)
    yield near, far
    await near.close()
    await far.close()


async def taking(messages: Sequence[Message]) -> list[Disposition]:
    return [ACK] * len(messages)


async def test_a_batch_whose_answer_is_lost_with_the_other_end_is_unknown(ends: tuple[LinkBroker, LinkBroker]) -> None:
    near, far = ends
    inside = asyncio.Event()

    async def never(_: Sequence[Message]) -> list[Disposition]:
        inside.set()
        await asyncio.Event().wait()
        raise AssertionError

    await far.consume(QUEUE, never)
    publish = asyncio.create_task(near.publish(QUEUE, [Message(id="M1", body=b"<A/>")]))
    await inside.wait()
    await far.close()
    with pytest.raises(Unavailable):
        await publish


async def test_a_new_other_end_is_heard_of_and_served() -> None:
    lost, heard = asyncio.Event(), []
    near, far = LinkBroker(lost.set), LinkBroker()
    near.on_consumer(QUEUE, lambda: heard.append(1))
    await connected(near, far)
    await far.consume(QUEUE, taking)
    await far.close()
    await lost.wait()
    with pytest.raises(Unavailable):
        await near.publish(QUEUE, [Message(id="M1", body=b"<A/>")])
    another = LinkBroker()
    await another.consume(QUEUE, taking)  # before it is connected
    await connected(near, another)
    await eventually(lambda: len(heard) == 2)
    await near.publish(QUEUE, [Message(id="M1", body=b"<A/>")])
    await near.close()
    await another.close()


async def test_a_large_batch_arrives_whole(ends: tuple[LinkBroker, LinkBroker]) -> None:
    near, far = ends
    seen: list[Message] = []

    async def keep(messages: Sequence[Message]) -> list[Disposition]:
        seen.extend(messages)
        return [ACK] * len(messages)

    await far.consume(QUEUE, keep)
    sent = [Message(id=f"M{n}", body=bytes([n % 256]) * 20_000, headers={"n": str(n)}) for n in range(500)]
    await near.publish(QUEUE, sent)
    assert seen == sent


async def test_a_question_is_answered_or_says_why_not(ends: tuple[LinkBroker, LinkBroker], caplog: pytest.LogCaptureFixture) -> None:
    near, far = ends

    async def double(content: int) -> int:
        if content > 10:
            raise ValueError("too much")
        return content * 2

    far.answer("double", double)
    assert await near.ask("double", 4) == 8
    with pytest.raises(Unavailable, match="too much"):
        await near.ask("double", 11)
    with pytest.raises(Unavailable, match="nobody answers"):
        await near.ask("halve", 4)
    assert "double failed" in caplog.text


@pytest.mark.skipif(importlib.util.find_spec("uvloop") is None, reason="uvloop does not exist for this platform")
def test_it_works_on_the_loop_that_the_commands_run_on() -> None:
    import uvloop

    async def main() -> None:
        near, far = LinkBroker(), LinkBroker()
        await connected(near, far)
        await far.consume(QUEUE, taking)
        await near.publish(QUEUE, [Message(id="M1", body=b"<A/>" * 100_000)])
        await near.close()
        await far.close()

    uvloop.run(asyncio.wait_for(main(), 10))


@pytest.mark.skipif(importlib.util.find_spec("uvloop") is None, reason="no uvloop on this system; only its loop reads so early")
def test_a_consumer_that_came_before_the_other_end_connected_is_heard_at_once() -> None:
    """What waits in the socket is read before ``connect`` returns, and must be replied to all the same."""
    import uvloop

    async def told() -> None:
        one, other = socket.socketpair()
        near, far = LinkBroker(), LinkBroker()
        await near.connect(one)
        opening = asyncio.create_task(near.consume(QUEUE, taking))
        await asyncio.sleep(0)  # the announcement is on its way, and nobody reads yet
        await far.connect(other)
        done, _ = await asyncio.wait([opening], timeout=2)  # it gives up after 5 s
        await far.close()
        await near.close()
        assert done

    uvloop.run(told())
