"""The rules that failed at the last review of a case, by their ids: what a list shows without
running them."""

from __future__ import annotations

from collections.abc import Sequence

from customs_sim.cases.case import Case
from customs_sim.rules.procedure import procedure_of
from customs_sim.rules.rule import Rule, Where


def rules_of(case: Case) -> Sequence[tuple[Rule | None, str]]:
    """Return the rules that failed at the last review of a case, each with its id; None for one
    that is no longer in the tables."""
    table = procedure_of(case.message_type).table(is_change=case.change_no > 0)
    named = {rule.id: rule for rule in table}
    return [(named.get(name), name) for name in case.rules.split(",")]


def barred(rules: Sequence[tuple[Rule | None, str]]) -> bool:
    """Return whether one of them bars an approval."""
    return any(rule is not None and rule.where is not Where.REVIEW for rule, _ in rules)
