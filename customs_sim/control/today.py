"""The call that gives the day at a glance, as the front page of the desk shows it. Reads, writes
JSON. Decides nothing."""

from __future__ import annotations

import msgspec
from aiohttp import web

from customs_sim.control.calls import DESK, VIEWER, Call
from customs_sim.control.http import node_of
from customs_sim.control.problems import json, time_of
from customs_sim.desk.ages import HOUR
from customs_sim.desk.today import HOURS, Sum, today
from customs_sim.ledger.amounts import yuan
from customs_sim.node import CustomsNode
from schemas.times import micros


class AgedCases(msgspec.Struct, frozen=True):
    """Waiting cases of one message type. ``by_age``: how many, by the words of ``age`` of GET
    /worklist."""

    message_type: str
    by_age: dict[str, int]


class Hour(msgspec.Struct, frozen=True):
    """Cases that came and cases that were decided in one hour of the business day."""

    begins: str
    filed: int
    decided: int


class SentToday(msgspec.Struct, frozen=True):
    """Messages of customs: written today, of any day and not taken by the gateway yet, and changed
    by a fault today."""

    sent: int
    waiting: int
    disturbed: int


class Amounts(msgspec.Struct, frozen=True):
    """How many, and their amount together in 元."""

    count: int
    amount: str


class SimulatedWorld(msgspec.Struct, frozen=True):
    """What steers customs now. ``mode``: wall, running or frozen; ``faults``: how many are
    armed."""

    mode: str
    speed: float
    scenario: str | None
    faults: int
    listening: bool
    profile: str


class TodayAnswer(msgspec.Struct, frozen=True):
    """Answer of GET /today: the day of the business clock in Shanghai. ``guarantees_ending`` within
    30 days, with their limits; ``levies_overdue`` with what is open of them."""

    day: str
    now: str
    waiting: int
    by_age: tuple[AgedCases, ...]
    hours: tuple[Hour, ...]
    filed: int
    decided: int
    outcomes: dict[str, int]
    receipts: SentToday
    guarantees_ending: Amounts
    levies_overdue: Amounts
    suspense: Amounts
    world: SimulatedWorld


async def show(request: web.Request) -> web.Response:
    node = node_of(request)
    now = micros(node.office.clock.now())
    seen = await node.office.store.read(lambda c: today(c, now))
    return json(
        TodayAnswer(
            day=time_of(seen.begins)[:10],
            now=time_of(now),
            waiting=seen.waiting,
            by_age=tuple(AgedCases(each.kind, dict(each.counts)) for each in seen.ages),
            hours=tuple(
                Hour(time_of(seen.begins + at * HOUR), seen.filed[at], seen.decided[at])
                for at in range(HOURS)
            ),
            filed=sum(seen.filed),
            decided=seen.done,
            outcomes=dict(seen.outcomes),
            receipts=SentToday(seen.sent, seen.undelivered, seen.disturbed),
            guarantees_ending=_amounts(seen.ending),
            levies_overdue=_amounts(seen.overdue),
            suspense=_amounts(seen.suspense),
            world=await _world(node),
        )
    )


def _amounts(found: Sum) -> Amounts:
    return Amounts(found.number, yuan(found.amount))


async def _world(node: CustomsNode) -> SimulatedWorld:
    active = await node.playbook.scenario()
    armed = [each for each in await node.playbook.armed() if not each.owner]
    clock = node.clockwork.clock
    return SimulatedWorld(
        mode=clock.mode.value,
        speed=clock.speed,
        scenario=active.script.scenario.name if active else None,
        faults=len(armed),
        listening=not node.paused,
        profile=await node.profile(),
    )


CALLS = (
    Call(
        method="GET",
        path="/today",
        handle=show,
        role=VIEWER,
        tag=DESK,
        zh="今日: 等了多久、每小时收办、回执、到期担保、逾期征收单、暂存款",
        en="Today: waiting by age, filed and decided by hour, receipts, what ends and is overdue",
        answer=TodayAnswer,
    ),
)
