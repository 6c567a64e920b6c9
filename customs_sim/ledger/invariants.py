"""The invariants of the ledger: what must hold of its balances after every group. Pure."""

from __future__ import annotations

from customs_sim.ledger.amounts import guarantee_amounts, levy_amounts
from customs_sim.ledger.postings import Balances


def invariants(found: Balances) -> list[str]:
    """What is broken among the invariants of ``docs/rules.md`` 3, by name; empty when all hold.

    That groups balance needs no check: an entry debits and credits one amount.
    """
    numbers: dict[str, dict[str, int]] = {}
    for name, amount in found.items():
        kind, _, number = name.partition(":")
        if number:
            numbers.setdefault(number, {})[kind] = amount
    broken = [
        f"not negative: {name} = {amount}" for name, amount in sorted(found.items()) if amount < 0
    ]

    def wanted(name: str, left: int, right: int) -> None:
        if left != right:
            broken.append(f"{name}: {left} != {right}")

    def total(kind: str) -> int:
        return sum(amounts.get(kind, 0) for amounts in numbers.values())

    wanted(
        "bank = custody + suspense",
        found.get("bank", 0),
        total("custody") + found.get("suspense", 0),
    )
    wanted("letters = letter", found.get("letters", 0), total("letter"))
    wanted("suspense = unmatched", found.get("suspense", 0), total("unmatched"))
    used: dict[str, int] = {}
    quota: dict[str, int] = {}
    for name, amounts in numbers.items():
        levy, at, guarantee = name.partition("@")
        if at:
            used[guarantee] = used.get(guarantee, 0) + amounts["occupied"]
            quota[levy] = quota.get(levy, 0) + amounts["occupied"]
    for number, kinds in sorted(numbers.items()):
        if "limit" in kinds:
            g = guarantee_amounts(found, number)
            wanted(
                f"limit = avail + used + returned + pending of {number}",
                g.limit,
                kinds.get("avail", 0) + g.used + g.returned + g.pending,
            )
            wanted(f"used = quota of its levies of {number}", g.used, used.get(number, 0))
            held = kinds.get("custody", 0) + kinds.get("letter", 0)
            wanted(
                f"custody or letter = limit - returned - pending of {number}",
                held,
                g.limit - g.returned - g.pending,
            )
        elif "due" in kinds:
            levy_now = levy_amounts(found, number)
            wanted(f"due = open + cash + paper + quota of {number}", kinds["due"], levy_now.due)
            wanted(f"custody = cash of {number}", kinds.get("custody", 0), levy_now.cash)
            wanted(f"letter = paper of {number}", kinds.get("letter", 0), levy_now.paper)
            wanted(
                f"quota = occupied on guarantees of {number}", levy_now.quota, quota.get(number, 0)
            )
            wanted(
                f"secured - refunded - carried = cash + paper + quota of {number}",
                kinds.get("secured", 0) - levy_now.refunded - levy_now.carried,
                levy_now.held,
            )
            wanted(
                f"levied = due + taken + refunded + carried of {number}",
                levy_now.levied,
                levy_now.due + levy_now.taken + levy_now.refunded + levy_now.carried,
            )
    return broken
