"""What steers customs now: profile, scenario and faults, as the store says. One small read a unit,
nothing parsed twice. Runs no scenario and strikes no answer.

Scripts are immutable and known by their digest, so that a run goes on with the scenario that it
began with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Literal

import msgspec
import yaml
from sqlalchemy import Connection

from customs_sim.steering.fault_rules import FaultRule, fault_set
from customs_sim.steering.scenarios import Scenario, scenario
from customs_sim.store import steering_sql as store
from customs_sim.store.rows import Tally
from customs_sim.store.sql import Sql
from gateway.base.chance import Chance

Kind = Literal["scenario", "faults"]
MOST_CACHED = 64


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario as it is stored. ``chance`` is that of its own seed, or of the run's when it names
    none."""

    id: str
    text: str
    scenario: Scenario
    chance: Chance

    def key(self, rule: str) -> str:
        """Return the key under which a rule of it is counted."""
        return f"{self.id}/rules/{rule}"


class Armed(msgspec.Struct, frozen=True, kw_only=True):
    """A fault rule that applies now. It is counted under ``key``; ``chance`` is that of its
    script."""

    key: str
    rule: FaultRule
    chance: Chance


class Active(msgspec.Struct, frozen=True, kw_only=True):
    """What steers customs now. Among ``faults`` those set by themselves come before the
    scenario's."""

    profile: str
    script: Script | None = None
    faults_id: str = ""
    faults: tuple[Armed, ...] = ()


class Steering:
    """Profile, scenario and faults of a store. One per process; usable from any thread. ``profile``
    and ``seed`` apply where the store names none."""

    def __init__(self, sql: Sql, profile: str, seed: int | None = None) -> None:
        self._sql, self._profile, self._seed = sql, profile, seed or 0
        self._last: tuple[tuple[str, str, str], Active] | None = None
        self._scripts: dict[str, Script] = {}

    def active(self, connection: Connection) -> Active:
        """Return what steers the unit on ``connection``. All processes see a change with its
        commit."""
        settings = self._sql.settings(connection)
        key = (
            settings.get("profile", self._profile),
            settings.get("scenario", ""),
            settings.get("faults", ""),
        )
        last = self._last
        if last is not None and last[0] == key:
            return last[1]
        made = self._made(connection, *key)
        self._last = (key, made)
        return made

    def script(self, connection: Connection, script_id: str) -> Script | None:
        """Return a scenario by its id, active or not; None when there is none."""
        known = self._scripts.get(script_id)
        if known is None and script_id and (text := store.script(connection, script_id)):
            known = self._script(script_id, text)
            if len(self._scripts) >= MOST_CACHED:
                self._scripts.clear()
            self._scripts[script_id] = known
        return known

    def activate(self, connection: Connection, text: str, at: int) -> Script:
        """Make ``text`` the active scenario, its tallies at 0, and return it. Raise BadText."""
        made = self._script(script_id("scenario", text), text)
        read = made.scenario
        rules = [made.key(rule.name) for rule in read.rules] + [
            _fault_key(made.id, rule) for rule in read.faults
        ]
        store.put_script(connection, (made.id, "scenario", read.name, text, at), rules)
        self._sql.change_setting(connection, "scenario", made.id)
        return made

    def arm(self, connection: Connection, text: str, at: int) -> None:
        """Make the fault rules in ``text`` those that apply, their tallies at 0. Raise BadText."""
        read, made = fault_set(text), script_id("faults", text)
        store.put_script(
            connection,
            (made, "faults", "faults", text, at),
            [_fault_key(made, rule) for rule in read.rules],
        )
        self._sql.change_setting(connection, "faults", made)

    def change_faults(
        self,
        connection: Connection,
        at: int,
        *,
        add: Sequence[Mapping[str, Any]] = (),
        remove: str = "",
    ) -> None:
        """Add rules to those that apply, or remove the one of a name; the others go on counting.

        Raise BadText for a rule that cannot be, LookupError for a name that no rule has.
        """
        old = self._sql.settings(connection).get("faults", "")
        text = store.script(connection, old) if old else ""
        whole: dict[str, Any] = yaml.safe_load(text) if text else {"rules": []}
        named = fault_set(text).rules if text else ()
        rules = [row | {"name": rule.name} for row, rule in zip(whole["rules"], named, strict=True)]
        if remove and remove not in {rule["name"] for rule in rules}:
            raise LookupError(remove)
        taken = {rule["name"] for rule in rules}
        rules = [rule for rule in rules if rule["name"] != remove]
        rules += [dict(rule) | {"name": _free(str(rule["fault"]), taken)} for rule in add]
        counted = store.counts(connection, old)
        again = msgspec.json.encode(whole | {"rules": rules}).decode()
        self.arm(connection, again, at)
        made = script_id("faults", again)
        kept = [
            (_fault_key(made, rule), counted[key])
            for rule in named
            if (key := _fault_key(old, rule)) in counted and rule.name != remove
        ]
        store.set_tallies(connection, kept)
        same = [rule for rule in named if rule.name != remove]
        store.keep_since(
            connection, [(_fault_key(made, rule), _fault_key(old, rule)) for rule in same]
        )

    def clear(self, connection: Connection, kind: Kind) -> None:
        """End the scenario, or the faults. Runs under way go on; delayed answers come when they are
        due."""
        self._sql.change_setting(connection, kind, "")

    def ensure(self, connection: Connection, text: str, at: int) -> None:
        """Make ``text`` the active scenario unless it is: a restart with the same command goes on
        counting. Raise BadText."""
        if self._sql.settings(connection).get("scenario", "") != script_id("scenario", text):
            self.activate(connection, text, at)

    def _script(self, number: str, text: str) -> Script:
        read = scenario(text)
        return Script(id=number, text=text, scenario=read, chance=self._chance(read.seed))

    def _chance(self, own: int | None) -> Chance:
        return Chance(self._seed if own is None else own)

    def _made(
        self, connection: Connection, profile: str, scenario_id: str, faults_id: str
    ) -> Active:
        script = self.script(connection, scenario_id)
        armed: list[Armed] = []
        if faults_id and (text := store.script(connection, faults_id)):
            set_by_itself = fault_set(text)
            chance = self._chance(set_by_itself.seed)
            armed += [
                Armed(key=_fault_key(faults_id, rule), rule=rule, chance=chance)
                for rule in set_by_itself.rules
            ]
        if script is not None:
            armed += [
                Armed(key=_fault_key(script.id, rule), rule=rule, chance=script.chance)
                for rule in script.scenario.faults
            ]
        return Active(
            profile=(script.scenario.profile if script else "") or profile,
            script=script,
            faults_id=faults_id,
            faults=tuple(armed),
        )


class Tallies:
    """The tallies of one unit's rules: read once, written at its end."""

    def __init__(self, connection: Connection, rules: list[str]) -> None:
        self._connection = connection
        self._before = store.tallies(connection, rules)
        self._now: dict[str, Tally] = {}

    def see(self, rule: str) -> Tally:
        """Count one more message, and return the tally with it."""
        seen, hits = self._of(rule)
        self._now[rule] = Tally(seen + 1, hits)
        return self._now[rule]

    def strike(self, rule: str) -> int:
        """Count one more strike, and return how many there are with it."""
        seen, hits = self._of(rule)
        self._now[rule] = Tally(seen, hits + 1)
        return hits + 1

    def write(self) -> None:
        """Store what was counted."""
        store.set_tallies(self._connection, sorted(self._now.items()))

    def _of(self, rule: str) -> Tally:
        return self._now.get(rule) or self._before.get(rule, Tally())


def script_id(kind: Kind, text: str) -> str:
    """Return the id of a script: a digest of what it is and of its text."""
    return hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()[:16]


def _free(fault: str, taken: set[str]) -> str:
    """Return a name for a rule that no other has, after its fault."""
    stem = fault.replace("_", "-") or "fault"
    name = next(name for at in count(1) if (name := f"{stem}-{at}") not in taken)
    taken.add(name)
    return name


def _fault_key(script: str, rule: FaultRule) -> str:
    return f"{script}/faults/{rule.name}"
