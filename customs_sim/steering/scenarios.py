"""Scenarios: a course of events that a tester gives customs, as data. Reads them from YAML; runs
none (``flow.scenario_run`` does)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib import resources

import msgspec

from customs_sim.cases.case import CaseStatus
from customs_sim.cases.profiles import PROFILES
from customs_sim.steering.fault_rules import (
    MOST_SEED,
    NAME,
    FaultRule,
    fault_of,
    fault_rules,
    match_of,
    options_of,
)
from customs_sim.steering.matching import Match
from customs_sim.steering.yaml_reading import BadText, Problem, Table, read
from schemas.catalogue import catalogue
from schemas.receipts import APPROVED, NOT_TAKEN, RETURNED, TO_PERSON

MOST_STEPS = 50
"""Steps of a rule at most."""


class Verb(StrEnum):
    """What a step can do."""

    ANSWER = "answer"
    """Send an answer to the filing and move its case."""
    WAIT = "wait"
    """Let business time pass."""
    PERSON = "person"
    """Put the case on the worklist; with a duration go on after it, whoever decided or not."""
    SEND = "send"
    """Send something that is no answer."""


class Said(StrEnum):
    """The answers that a step can give. One that no longer fits the case is left out: a person was
    faster."""

    STORED = "stored"
    """GRT200 = 1."""
    NOT_STORED = "not_stored"
    """GRT200 = 2 with the first note as reason."""
    TAKEN = "taken"
    """GRT2x1 = Y (Z when a rule says that it cannot be stored)."""
    NOT_TAKEN = "not_taken"
    """GRT2x1 = Z."""
    REVIEW = "review"
    """GRT2x1 = 2, 转人工."""
    APPROVE = "approve"
    """GRT2x1 = 1; where a rule forbids it (X.11), what the rule says."""
    RETURN = "return"
    """GRT2x1 = 3 with the notes."""
    DECIDE = "decide"
    """What the rules say."""
    RECONFIRM = "reconfirm"
    """担保类型转企业确认: GRT301 again with emapvMarkcd 5. GRT111 only."""
    REJECT_TYPE = "reject_type"
    """担保类型审核退单: GRT211 = 3 with emapvMarkcd 6. GRT111 only."""


class Sent(StrEnum):
    """What a step can send beside answers."""

    SYNC = "sync"
    """GRT302 of the register that the case is about."""
    RECEIPTS = "receipts"
    """Everything sent about the case once more, as after a GRT141."""


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """When a step is taken, by the rules' outcome (manageResult) and the case's status as they are
    then; empty: whatever they are."""

    outcomes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    auto: bool | None = None
    """Whether one of the failed rules needs no person (``docs/rules.md``, C3 auto)."""


OUTCOMES: Mapping[str, str] = {
    "approve": APPROVED,
    "return": RETURNED,
    "not_taken": NOT_TAKEN,
    "review": TO_PERSON,
}
"""The words of ``when.outcome``."""


class ScenarioStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step.

    Attributes:
        says: The answer that it gives.
        sends: What it sends beside answers.
        notes: Notes of the answer.
        low: The least seconds of business time that it waits; ``high``: the most.
        when: When it is taken; None: always.
        fault: Strikes what the step sends.
    """

    verb: Verb
    says: Said = Said.DECIDE
    sends: Sent = Sent.SYNC
    notes: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    when: Guard | None = None
    fault: FaultRule | None = None


class ScenarioRule(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to the filings that match."""

    name: str
    match: Match
    steps: tuple[ScenarioStep, ...]


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A course of events.

    Attributes:
        seed: Of all that is left to chance; None: that of the run (``eport up --seed``).
        profile: The profile of filings that no rule strikes; empty: the one that is set.
        rules: The first that strikes a filing leads it.
        faults: On answers.
    """

    name: str
    title: str
    seed: int | None = None
    profile: str = ""
    rules: tuple[ScenarioRule, ...] = ()
    faults: tuple[FaultRule, ...] = ()

    def rule(self, name: str) -> ScenarioRule | None:
        """Return the rule of that name; None when there is none."""
        return next((rule for rule in self.rules if rule.name == name), None)


def scenario(text: str) -> Scenario:
    """Read a scenario from ``text``; raise BadText with every mistake."""
    problems: list[Problem] = []
    top = read(text, problems)
    made = Scenario(
        name=top.text("name", form=NAME),
        title=top.text("title", ""),
        seed=top.whole("seed", 0, MOST_SEED),
        profile=top.text("profile", "", options=("", *PROFILES)),
        rules=_rules(top),
        faults=fault_rules(top, "faults"),
    )
    if "rules" not in top and "faults" not in top:
        top.missing("rules", "rules 或 faults", "rules or faults")
    top.done()
    if problems:
        raise BadText(problems)
    return made


def shipped() -> dict[str, str]:
    """Return the texts of the scenarios that come with customs, by name."""
    folder = resources.files("customs_sim.steering").joinpath("shipped")
    return {
        file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda f: f.name)
        if file.name.endswith(".yaml")
    }


def _rules(top: Table) -> tuple[ScenarioRule, ...]:
    rules: list[ScenarioRule] = []
    for at, table in enumerate(top.items("rules"), 1):
        rule = ScenarioRule(
            name=table.text("name", f"rule-{at}", form=NAME),
            match=match_of(table.table("match"), catalogue().filings),
            steps=_steps(table),
        )
        table.once("name", rule.name, {other.name for other in rules})
        table.done()
        rules.append(rule)
    return tuple(rules)


def _steps(rule: Table) -> tuple[ScenarioStep, ...]:
    """Read the steps. A ``fault`` that stands alone strikes the next answer, so that no state is
    needed between the two."""
    steps: list[ScenarioStep] = []
    waiting: FaultRule | None = None
    for table in rule.items("steps", most=MOST_STEPS):
        verbs = [verb for verb in Verb if verb in table]
        if not verbs and "fault" in table:
            waiting = _fault(table)
            table.done()
            continue
        if not verbs:
            table.none_of([*Verb, "fault"])
            continue
        if len(verbs) > 1:
            table.wrong(
                table.node,
                f"一个动作: {', '.join(Verb)}, fault",
                f"one of {', '.join(Verb)}, fault",
                found=", ".join(verbs),
            )
            continue
        step = _step(verbs[0], table)
        if waiting is not None and step.verb is Verb.ANSWER and step.fault is None:
            step, waiting = msgspec.structs.replace(step, fault=waiting), None
        steps.append(step)
    if waiting is not None or not steps:
        rule.missing(
            "steps",
            "至少一步; fault 之后要有 answer",
            "at least one step; an answer after each fault",
        )
    return tuple(steps)


def _step(verb: Verb, table: Table) -> ScenarioStep:
    made = ScenarioStep(verb=verb, when=_guard(table.table("when")))
    change = msgspec.structs.replace
    match verb:
        case Verb.ANSWER:
            said = table.text("answer", options=tuple(Said))
            notes = table.texts("notes", most=255)
            fault = _fault(table) if "fault" in table else None
            made = change(
                made,
                says=Said(said) if said in tuple(Said) else Said.DECIDE,
                notes=notes,
                fault=fault,
            )
        case Verb.WAIT | Verb.PERSON:
            low, high = (
                (0.0, 0.0)
                if verb is Verb.PERSON and table.text_of("person") == "true"
                else table.duration(verb)
            )
            made = change(made, low=low, high=high)
        case Verb.SEND:
            sends = table.text("send", options=tuple(Sent))
            made = change(made, sends=Sent(sends) if sends in tuple(Sent) else Sent.SYNC)
    table.done()
    return made


def _fault(table: Table) -> FaultRule:
    fault = fault_of(table)
    return FaultRule(name=fault, fault=fault, options=options_of(table, fault))


def _guard(table: Table | None) -> Guard | None:
    if table is None:
        return None
    outcomes: Sequence[str] = table.texts("outcome", options=tuple(OUTCOMES))
    guard = Guard(
        outcomes=tuple(OUTCOMES[word] for word in outcomes),
        statuses=table.texts("status", options=tuple(CaseStatus)),
        auto=table.flag("auto"),
    )
    table.done()
    return guard
