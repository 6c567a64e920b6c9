"""The playbook: what a tester can do with scenarios and faults. Every change is one transaction,
seen by all processes at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from customs_sim.office.office import Office
from customs_sim.steering.active import Kind, Script
from customs_sim.steering.fault_rules import FaultRule, fault_set
from customs_sim.steering.scenarios import scenario, shipped
from customs_sim.store import steering_sql as store
from schemas.times import micros


class RuleCounts(NamedTuple):
    """How often a rule was asked, and how often it applied."""

    seen: int
    hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveScenario:
    """The active scenario with the tally of each rule by name; how many cases run it, and how many
    have."""

    script: Script
    counts: dict[str, RuleCounts]
    running: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedFault:
    """A fault rule that holds. ``owner``: the scenario that it belongs to; empty for one set by
    itself."""

    rule: FaultRule
    owner: str
    seen: int
    hits: int


class Playbook:
    """One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office

    @staticmethod
    def shipped() -> dict[str, str]:
        """The scenarios that come with customs: name to text."""
        return shipped()

    async def activate(self, text: str) -> None:
        """Make the scenario in ``text`` the active one, its counts at nothing; survives a restart.
        Raises BadText."""
        scenario(text)
        at = micros(self._office.clock.now())
        await self._office.store.write(
            lambda connection: self._office.steering.activate(connection, text, at)
        )

    async def ensure(self, text: str) -> None:
        """``activate``, but the scenario that is active already goes on with its counts. Raises
        BadText."""
        scenario(text)
        at = micros(self._office.clock.now())
        await self._office.store.write(
            lambda connection: self._office.steering.ensure(connection, text, at)
        )

    async def arm(self, text: str) -> None:
        """Make the fault rules in ``text`` those that hold; survives a restart. Raises BadText."""
        fault_set(text)
        at = micros(self._office.clock.now())
        await self._office.store.write(
            lambda connection: self._office.steering.arm(connection, text, at)
        )

    async def clear(self, kind: Kind) -> None:
        """No scenario, or no faults set by themselves. Idempotent."""
        await self._office.store.write(
            lambda connection: self._office.steering.clear(connection, kind)
        )

    async def scenario(self) -> ActiveScenario | None:
        def read(connection: Any) -> ActiveScenario | None:
            script = self._office.steering.active(connection).script
            if script is None:
                return None
            found = store.counts(connection, script.id)
            running, ended = store.run_counts(connection, script.id)
            return ActiveScenario(
                script=script,
                running=running,
                ended=ended,
                counts={
                    rule.name: RuleCounts(*found.get(script.key(rule.name), (0, 0)))
                    for rule in script.scenario.rules
                },
            )

        return await self._office.store.read(read)

    async def armed(self) -> list[ArmedFault]:
        """Every fault rule that holds, in the order in which they are asked."""

        def read(connection: Any) -> list[ArmedFault]:
            active = self._office.steering.active(connection)
            found = store.counts(connection, active.faults_id) | (
                store.counts(connection, active.script.id) if active.script else {}
            )
            name = active.script.scenario.name if active.script else ""
            counted = [(armed, *found.get(armed.key, (0, 0))) for armed in active.faults]
            return [
                ArmedFault(
                    rule=armed.rule,
                    owner="" if armed.key.startswith(f"{active.faults_id}/") else name,
                    seen=seen,
                    hits=hits,
                )
                for armed, seen, hits in counted
            ]

        return await self._office.store.read(read)

    async def log(self, *, limit: int, cursor: int | None = None) -> tuple[list[Any], int]:
        """Answers that faults disturbed, newest first, one more than ``limit`` when there are more;
        the total."""
        return await self._office.store.read(
            lambda connection: store.log(connection, before=cursor or 2**62, most=limit + 1)
        )

    async def both(self, number: int) -> tuple[bytes, bytes] | None:
        """(what should have gone out, what did)."""
        return await self._office.store.read(lambda connection: store.both(connection, number))
