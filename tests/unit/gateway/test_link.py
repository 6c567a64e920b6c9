"""What a link between two processes promises beyond the broker contract: a lost end, a new one,
questions."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from fixtures.kit.pair.pair import Pair
from fixtures.kit.pair.reads_beside import OpeningLink
from gateway.base.broker.link import LinkBroker
from gateway.base.errors import Unavailable
from gateway.base.message import Message
from gateway.base.ports import ACK, Disposition
from gateway.base.relay import LARGE, Parcel, Relay
from gateway.bootstrap import customs_reader
from gateway.receipts.reception import QUEUE as TO_GATEWAY
from tests.bounds import within
from tests.conftest import Api, eventually
from tests.factories import CASH, grt101

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


async def test_a_batch_whose_answer_is_lost_with_the_other_end_is_unknown(
    ends: tuple[LinkBroker, LinkBroker],
) -> None:
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
    sent = [
        Message(id=f"M{n}", body=bytes([n % 256]) * 20_000, headers={"n": str(n)})
        for n in range(500)
    ]
    await near.publish(QUEUE, sent)
    assert seen == sent


async def test_a_question_is_answered_or_says_why_not(
    ends: tuple[LinkBroker, LinkBroker], caplog: pytest.LogCaptureFixture
) -> None:
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


@pytest.mark.skipif(
    importlib.util.find_spec("uvloop") is None, reason="uvloop does not exist for this platform"
)
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


@pytest.mark.skipif(
    importlib.util.find_spec("uvloop") is None,
    reason="no uvloop on this system; only its loop reads so early",
)
def test_a_consumer_that_came_before_the_other_end_connected_is_heard_at_once() -> None:
    """What waits in the socket is read before ``connect`` returns, and must be replied to all the
    same."""
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


async def test_two_batches_under_way_are_taken_one_after_the_other_in_their_order(
    ends: tuple[LinkBroker, LinkBroker],
) -> None:
    near, far = ends
    taken, inside, go_on = list[str](), asyncio.Event(), asyncio.Event()

    async def slow(messages: Sequence[Message]) -> list[Disposition]:
        taken.extend(m.id + " in" for m in messages)
        inside.set()
        await go_on.wait()
        taken.extend(m.id + " out" for m in messages)
        return [ACK] * len(messages)

    await far.consume(QUEUE, slow)
    both = [
        asyncio.create_task(near.publish(QUEUE, [Message(id=name, body=b"<A/>")]))
        for name in ("M1", "M2")
    ]
    await inside.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert taken == ["M1 in"]
    go_on.set()
    await asyncio.gather(*both)
    assert taken == ["M1 in", "M1 out", "M2 in", "M2 out"]


class Boxes:
    """Parcels in memory that note what is settled."""

    def __init__(self) -> None:
        self.left: dict[int, Parcel] = {}
        self.settled: list[int] = []
        self.looks = 0

    def add(self, number: int) -> Parcel:
        parcel = self.left[number] = Parcel(
            id=number, messages=[Message(id=f"M{number}", body=b"<A/>")]
        )
        return parcel

    async def due(self, most: int, without: frozenset[int]) -> Sequence[Parcel]:
        return [parcel for number, parcel in sorted(self.left.items()) if number not in without][
            :most
        ]

    async def settle(self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]) -> None:
        for parcel in parcels:
            assert not rest
            del self.left[parcel.id]
            self.settled.append(parcel.id)

    async def next_due(self) -> float | None:
        self.looks += 1
        return 0.0 if self.left else None


async def test_a_relay_hands_over_the_next_batch_beside_the_first_and_loses_none_when_one_fails(
    ends: tuple[LinkBroker, LinkBroker],
) -> None:
    near, far = ends
    boxes, arrived, hold = Boxes(), list[str](), asyncio.Event()
    failed = False

    async def working(messages: Sequence[Message]) -> list[Disposition]:
        nonlocal failed
        arrived.extend(m.id for m in messages)
        await hold.wait()
        if not failed:
            failed = True
            raise RuntimeError("the first batch goes wrong")
        return [ACK] * len(messages)

    await far.consume(QUEUE, working)
    relay = Relay(near, QUEUE, boxes, most=1, poll=0.05)
    relay.start()
    try:
        await asyncio.sleep(0)
        for number in (1, 2, 3):
            relay.offer([boxes.add(number)])
        await eventually(lambda: len(relay._under_way) == near.window, what="two under way")
        assert arrived == ["M1"]
        hold.set()
        await eventually(lambda: sorted(boxes.settled) == [1, 2, 3], what="all settled")
        assert not boxes.left
        assert arrived.count("M3") == 1
    finally:
        await relay.close()


async def test_messages_to_the_gateway_arrive_opened_and_read_as_they_would_there(
    pair: Pair, api: Api
) -> None:
    """What customs' process has read and what the gateway itself reads of the same bytes is one
    thing, for every receipt of a pair."""
    accepted = await api.approved(grt101("O1", **CASH))
    await api.post(grt101("O2", assuredEtpsSccd="91110000802100433A"))
    salt = pair.gateway.dispatch.ids.salt
    reader = customs_reader(pair.settings, salt)
    near, far = OpeningLink(), LinkBroker()
    await connected(near, far)
    arrived: list[Message] = []

    async def taking_them(messages: Sequence[Message]) -> list[Disposition]:
        arrived.extend(messages)
        return [ACK] * len(messages)

    rows = (await api.get("/receipts", params={"after": 0})).json["items"]
    assert [row["seq_no"] for row in rows] == [accepted["seq_no"]] * 2
    stored = pair.gateway.store.read_here(
        lambda c: c.exec_driver_sql(
            "SELECT message_id, body FROM messages WHERE flag = 2"
        ).fetchall()
    )
    sent = [Message(id=mid, body=bytes(body)) for mid, body in stored] + [
        Message(id="X", body=b"<nonsense"),
        Message(id="Y", body=b"<Root/>"),
    ]
    await far.consume(TO_GATEWAY, taking_them)
    try:
        near.open_as(pair.settings, salt)
        await near.publish(TO_GATEWAY, sent)
        assert all(message.opened for message in arrived)
        assert [reader.read(message) for message in arrived] == [
            reader.read(message) for message in sent
        ]
        assert len(arrived) == 4
    finally:
        await near.close()
        await far.close()


@pytest.mark.timed
@pytest.mark.parametrize(("first", "paced"), [(LARGE, True), (LARGE - 1, False)])
async def test_what_waits_behind_a_large_hand_over_keeps_the_pace_and_nothing_else_waits(
    ends: tuple[LinkBroker, LinkBroker], first: int, paced: bool
) -> None:
    near, far = ends
    near.pace, near.window = 0.3, 1
    boxes, came, hold = Boxes(), list[tuple[float, int]](), asyncio.Event()

    async def taking(messages: Sequence[Message]) -> list[Disposition]:
        came.append((asyncio.get_running_loop().time(), len(messages)))
        await hold.wait()
        return [ACK] * len(messages)

    await far.consume(QUEUE, taking)
    relay = Relay(near, QUEUE, boxes, poll=60)
    relay.start()
    try:
        await eventually(lambda: boxes.looks, what="a look for what a former process left")
        relay.offer([boxes.add(number) for number in range(first)])
        await eventually(lambda: len(came) == 1, what="the first hand-over under way")
        relay.offer([boxes.add(100)])
        hold.set()
        await eventually(lambda: not boxes.left, what="all settled")
        relay.offer([boxes.add(101)])
        await eventually(lambda: not boxes.left, what="the last one settled")
    finally:
        await relay.close()
    assert [size for _, size in came] == [first, 1, 1]
    start, behind, last = (at for at, _ in came)
    assert (behind - start >= near.pace * 0.9) is paced
    assert within(last - behind, near.pace / 2)
