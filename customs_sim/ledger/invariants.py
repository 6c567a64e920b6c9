"""The invariants of the ledger: what must hold of its balances after every group. Changes nothing.
Pure."""

from __future__ import annotations

from customs_sim.ledger.amounts import guarantee_amounts, levy_amounts
from customs_sim.ledger.groups import Balances


def invariants(balances: Balances) -> list[str]:
    """Return what is broken among the invariants of ``docs/rules.md`` 3, by name.

    That groups balance needs no check: an entry debits and credits one amount.
    """
    numbers: dict[str, dict[str, int]] = {}
    for name, amount in balances.items():
        kind, _, number = name.partition(":")
        if number:
            numbers.setdefault(number, {})[kind] = amount
    broken = [
        f"not negative: {name} = {amount}"
        for name, amount in sorted(balances.items())
        if amount < 0
    ]

    def wanted(name: str, left: int, right: int) -> None:
        if left != right:
            broken.append(f"{name}: {left} != {right}")

    def total(kind: str) -> int:
        return sum(amounts.get(kind, 0) for amounts in numbers.values())

    wanted(
        "bank = custody + suspense",
        balances.get("bank", 0),
        total("custody") + balances.get("suspense", 0),
    )
    wanted("letters = letter", balances.get("letters", 0), total("letter"))
    wanted("suspense = unmatched", balances.get("suspense", 0), total("unmatched"))
    used: dict[str, int] = {}
    quota: dict[str, int] = {}
    for name, amounts in numbers.items():
        levy_no, at, gasr_no = name.partition("@")
        if at:
            used[gasr_no] = used.get(gasr_no, 0) + amounts["occupied"]
            quota[levy_no] = quota.get(levy_no, 0) + amounts["occupied"]
    for number, kinds in sorted(numbers.items()):
        if "limit" in kinds:
            guarantee = guarantee_amounts(balances, number)
            wanted(
                f"limit = avail + used + returned + pending of {number}",
                guarantee.limit,
                kinds.get("avail", 0) + guarantee.used + guarantee.returned + guarantee.pending,
            )
            wanted(f"used = quota of its levies of {number}", guarantee.used, used.get(number, 0))
            wanted(
                f"custody or letter = limit - returned - pending of {number}",
                kinds.get("custody", 0) + kinds.get("letter", 0),
                guarantee.limit - guarantee.returned - guarantee.pending,
            )
        elif "due" in kinds:
            levy = levy_amounts(balances, number)
            wanted(f"due = open + cash + paper + quota of {number}", kinds["due"], levy.due)
            wanted(f"custody = cash of {number}", kinds.get("custody", 0), levy.cash)
            wanted(f"letter = paper of {number}", kinds.get("letter", 0), levy.paper)
            wanted(f"quota = occupied on guarantees of {number}", levy.quota, quota.get(number, 0))
            wanted(
                f"secured - refunded - carried = cash + paper + quota of {number}",
                kinds.get("secured", 0) - levy.refunded - levy.carried,
                levy.deposited,
            )
            wanted(
                f"levied = due + taken + refunded + carried of {number}",
                levy.levied,
                levy.due + levy.taken + levy.refunded + levy.carried,
            )
    return broken
