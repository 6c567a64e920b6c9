"""Review of a filing: the one function that runs customs' rules. Pure: no store, clock or log.

The tables (``rules.grt``) are written from ``docs/rules.md`` 2 without a look at the gateway's
rules, so that the two can disagree and be caught. A rule has a class (``Where``). Every failed rule
of the worst class yields one note; a filing that breaks none is approved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from customs_sim.cases.settings import ReviewSettings
from customs_sim.rules.procedure import procedure_of
from customs_sim.rules.rule import Check, RegisterView, Where
from customs_sim.wire.filing import Filing
from schemas.receipts import APPROVED, NOT_TAKEN, RETURNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed rule, said in both languages.

    Attributes:
        field: The element that it is about.
    """

    rule: str
    field: str
    note: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a review came to.

    Attributes:
        outcome: manageResult.
        failures: Every failed rule of the worst class.
        auto: Whether one of them needs no person.
    """

    outcome: str
    failures: tuple[Failure, ...] = ()
    auto: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the notes for CheckInfo."""
        return tuple(failure.note for failure in self.failures)

    @property
    def rules(self) -> str:
        """Return the ids of the failed rules, each once, by comma."""
        return ",".join(dict.fromkeys(failure.rule for failure in self.failures))

    @property
    def forbids(self) -> bool:
        """Return whether the outcome bars an approval, also by a person (X.11)."""
        return self.outcome in (NOT_TAKEN, RETURNED)


CLEAN = Review(outcome=APPROVED)


def review(filing: Filing, view: RegisterView, settings: ReviewSettings, today: date) -> Review:
    """Run every rule of the filing's message type, and return what it came to. ``today`` is the day
    in Asia/Shanghai."""
    check = Check.of(filing, view, settings, today)
    broken = [
        (rule, breach)
        for rule in procedure_of(filing.head.message_type).table(is_change=filing.is_change)
        if (breach := rule.broken(check))
    ]
    if not broken:
        return CLEAN
    worst = next(where for where in Where if any(rule.where is where for rule, _ in broken))
    failed = [(rule, breach) for rule, breach in broken if rule.where is worst]
    return Review(
        outcome=worst.value,
        auto=any(rule.auto for rule, _ in failed),
        failures=tuple(
            Failure(
                rule=rule.id, field=rule.field, note=rule.note(breach), text_en=rule.text_en(breach)
            )
            for rule, breach in failed
        ),
    )
