"""The playbook: what a tester does with scenarios and faults.

A change is one transaction, and all processes see it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from customs_sim.desk import views
from customs_sim.desk.near_misses import Looked, near_misses
from customs_sim.desk.refusal import unknown
from customs_sim.office.office import Office
from customs_sim.steering.active import Kind, Script
from customs_sim.steering.fault_rules import FaultRule, fault_set
from customs_sim.steering.scenarios import scenario, shipped
from customs_sim.store import steering_sql as store
from customs_sim.store.rows import Tally
from schemas.times import micros


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveScenario:
    """The active scenario.

    Attributes:
        counts: The tally of each rule by name.
        running: How many cases run it.
        ended: How many have run it to its end.
    """

    script: Script
    counts: dict[str, Tally]
    running: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedFault:
    """A fault rule that holds.

    Attributes:
        key: What it is counted under.
        owner: The scenario that it belongs to; empty for one set by itself.
        seen: How many messages it was about.
        hits: How many of them it struck.
    """

    key: str
    rule: FaultRule
    owner: str
    seen: int
    hits: int


class Playbook:
    """Reads and changes what steers customs. One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office

    @staticmethod
    def shipped() -> dict[str, str]:
        """Return the texts of the scenarios that come with customs, by name."""
        return shipped()

    async def activate(self, text: str) -> None:
        """Make the scenario in ``text`` the active one, and count from nothing. It survives a
        restart. Raise BadText."""
        scenario(text)
        at = micros(self._office.clock.now())
        await self._office.store.write(
            lambda connection: self._office.steering.activate(connection, text, at)
        )

    async def ensure(self, text: str) -> None:
        """Do as ``activate``, unless the scenario is active already: it then goes on with its
        counts. Raise BadText."""
        scenario(text)
        at = micros(self._office.clock.now())
        await self._office.store.write(
            lambda connection: self._office.steering.ensure(connection, text, at)
        )

    async def arm(self, text: str) -> None:
        """Make the fault rules in ``text`` those that hold. They survive a restart. Raise BadText,
        and NotAllowed for an enterprise that nobody is: such a rule could never strike."""
        named = {code for rule in fault_set(text).rules for code in rule.match.enterprises}
        firms = await self._office.store.read(views.enterprises) if named else []
        for code in sorted(named - {firm.code for firm in firms}):
            raise unknown("enterprise", code[:64], "企业", "enterprise")
        at = micros(self._office.clock.now())
        await self._office.store.write(
            lambda connection: self._office.steering.arm(connection, text, at)
        )

    async def add_fault(self, rule: Mapping[str, Any]) -> None:
        """Add one fault rule to those that hold; the others go on counting. Raise BadText."""
        at = micros(self._office.clock.now())
        await self._office.store.write(
            lambda connection: self._office.steering.change_faults(connection, at, add=[rule])
        )

    async def remove_fault(self, name: str) -> None:
        """Remove the fault rule of that name; the others go on counting. Raise LookupError."""
        at = micros(self._office.clock.now())
        await self._office.store.write(
            lambda connection: self._office.steering.change_faults(connection, at, remove=name)
        )

    async def clear(self, kind: Kind) -> None:
        """End the scenario, or the faults that were set by themselves. Idempotent."""
        await self._office.store.write(
            lambda connection: self._office.steering.clear(connection, kind)
        )

    async def scenario(self) -> ActiveScenario | None:
        """Return the active scenario; None without one."""

        def read(connection: Connection) -> ActiveScenario | None:
            script = self._office.steering.active(connection).script
            if script is None:
                return None
            tallies = store.counts(connection, script.id)
            running, ended = store.run_counts(connection, script.id)
            return ActiveScenario(
                script=script,
                running=running,
                ended=ended,
                counts={
                    rule.name: tallies.get(script.key(rule.name), Tally())
                    for rule in script.scenario.rules
                },
            )

        return await self._office.store.read(read)

    async def armed(self) -> list[ArmedFault]:
        """Return every fault rule that holds, in the order in which they are asked."""

        def read(connection: Connection) -> list[ArmedFault]:
            active = self._office.steering.active(connection)
            tallies = store.counts(connection, active.faults_id) | (
                store.counts(connection, active.script.id) if active.script else {}
            )
            name = active.script.scenario.name if active.script else ""
            return [
                ArmedFault(
                    key=armed.key,
                    rule=armed.rule,
                    owner="" if armed.key.startswith(f"{active.faults_id}/") else name,
                    seen=tally.seen,
                    hits=tally.hits,
                )
                for armed in active.faults
                for tally in (tallies.get(armed.key, Tally()),)
            ]

        return await self._office.store.read(read)

    async def looked(self) -> dict[str, Looked]:
        """Return what each fault that holds looked at, and its nearest miss, by the fault's key."""
        return await self._office.store.read(
            lambda connection: near_misses(
                connection, self._office.steering.active(connection).faults
            )
        )

    async def log(self, *, limit: int, cursor: int | None = None) -> tuple[list[Any], int]:
        """Return answers that faults disturbed, newest first (one more than ``limit`` when there
        are more), and how many there are."""
        return await self._office.store.read(
            lambda connection: store.log(connection, before=cursor or 2**62, most=limit + 1)
        )

    async def both(self, number: int) -> tuple[bytes, bytes] | None:
        """Return what should have gone out and what did; None when there is no such answer."""
        return await self._office.store.read(lambda connection: store.both(connection, number))
