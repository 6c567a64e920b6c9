"""Groups: the entries that one event posts, and the balances that come of them. Pure. What the
balances of one guarantee or levy say is in ``amounts``, what must always hold in ``invariants``.

All amounts are int in 分 (0.01 CNY).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from customs_sim.ledger.postings import (
    DEBIT_NORMAL,
    RULES,
    SLOTS,
    Event,
    LineTemplate,
    PostingRule,
    kind_of,
)


class LedgerEntry(msgspec.Struct, frozen=True):
    """One entry of a group. ``amount`` in 分, always above 0."""

    debit: str
    credit: str
    amount: int


class FilledLine(msgspec.Struct, frozen=True):
    """A movement line with its numbers in place.

    Attributes:
        entry: The place of its entry in the group, from 0.
        increase: 分; 0 when the line is a decrease, and the other way round.
        balance: The account whose balance afterwards it shows.
    """

    entry: int
    code: str
    register: str
    number: str
    related: str
    increase: int
    decrease: int
    balance: str
    cash: bool


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is posted: whole or not at all.

    Attributes:
        memo: Memo totals with their signed change in 分.
        numbers: Numbers by keyword, as given.
    """

    event: Event
    amount: int
    entries: tuple[LedgerEntry, ...]
    lines: tuple[FilledLine, ...]
    memo: tuple[tuple[str, int], ...]
    numbers: Mapping[str, str]

    def effects(self) -> dict[str, int]:
        """Return the signed change in 分 of every account and memo total that the group touches."""
        changes: dict[str, int] = {}
        for entry in self.entries:
            _book(changes, entry)
        for total, amount in self.memo:
            changes[total] = changes.get(total, 0) + amount
        return changes


Balances = Mapping[str, int]
"""Account or memo total to 分; what is not in it is 0."""


def group(event: Event, amount: int, **numbers: str) -> Group:
    """Return what ``event`` posts. ``amount`` in 分; ``numbers``: exactly those of SLOTS that the
    event names.

    Raise ValueError for an amount that is no positive int, a missing, empty or superfluous number,
    and a carry-over to the levy itself.
    """
    if type(amount) is not int or amount <= 0:
        raise ValueError(f"{event}: amount {amount!r}; wanted a whole number of 分 above 0")
    made = _PREPARED[event]
    if numbers.keys() != made.wanted or not all(numbers.values()):
        raise ValueError(
            f"{event}: numbers {dict(numbers)}; wanted {', '.join(sorted(made.wanted))}"
        )
    if "target" in numbers and numbers["target"] == numbers["levy"]:
        raise ValueError(f"{event}: levy {numbers['levy']} cannot be carried over to itself")
    names = {name: _filled(name, made.wanted, numbers) for name in made.templates}
    return Group(
        event=event,
        amount=amount,
        numbers=numbers,
        entries=tuple(
            LedgerEntry(names[p.debit], names[p.credit], amount) for p in made.rule.postings
        ),
        lines=tuple(
            FilledLine(
                at,
                line.code,
                line.register,
                names[line.number],
                names[line.related],
                amount if line.sign > 0 else 0,
                amount if line.sign < 0 else 0,
                names[line.balance],
                line.cash,
            )
            for at, line in made.lines
        ),
        memo=tuple((names[total], sign * amount) for total, sign in made.rule.memo),
    )


def regroup(event: str, entries: Iterable[LedgerEntry], payment: str = "") -> Group:
    """Return the group that stored ``entries`` are; ``payment`` where the event names one. Raise
    ValueError when they are not what the table says."""
    stored = tuple(entries)
    kind = Event(event)
    numbers = {"payment": payment} if "payment" in _PREPARED[kind].wanted else {}
    if not stored:
        raise ValueError(f"{event}: no entries")
    for posting, entry in zip(RULES[kind].postings, stored, strict=False):
        for template, name in ((posting.debit, entry.debit), (posting.credit, entry.credit)):
            account, _, slot = template.partition(":")
            if slot and name.startswith(account + ":"):
                numbers[_KEYWORD[slot]] = name[len(account) + 1 :]
    made = group(kind, stored[0].amount, **numbers)
    if made.entries != stored:
        raise ValueError(f"{event}: stored as {stored}, wanted {made.entries}")
    return made


def balances(groups: Iterable[Group]) -> dict[str, int]:
    """Return the balance of every account and memo total in 分, each on its normal side."""
    sums: dict[str, int] = {}
    for one in groups:
        for name, amount in one.effects().items():
            sums[name] = sums.get(name, 0) + amount
    return sums


def _book(changes: dict[str, int], entry: LedgerEntry) -> None:
    amount = entry.amount if kind_of(entry.debit) in DEBIT_NORMAL else -entry.amount
    changes[entry.debit] = changes.get(entry.debit, 0) + amount
    amount = -entry.amount if kind_of(entry.credit) in DEBIT_NORMAL else entry.amount
    changes[entry.credit] = changes.get(entry.credit, 0) + amount


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A rule, with the numbers that it wants, all its templates, and its lines by the place of
    their entry."""

    rule: PostingRule
    wanted: frozenset[str]
    templates: frozenset[str]
    lines: tuple[tuple[int, LineTemplate], ...]


def _prepare(rule: PostingRule) -> _Prepared:
    lines = tuple(
        (at, posting.line) for at, posting in enumerate(rule.postings) if posting.line is not None
    )
    templates = {side for posting in rule.postings for side in (posting.debit, posting.credit)}
    templates |= {text for _, line in lines for text in (line.number, line.related, line.balance)}
    templates |= {total for total, _ in rule.memo}
    wanted = frozenset(
        word for word, slot in SLOTS.items() if any(slot in template for template in templates)
    )
    return _Prepared(rule, wanted, frozenset(templates), lines)


def _filled(template: str, wanted: Iterable[str], numbers: Mapping[str, str]) -> str:
    if "{" in template:
        for word in wanted:
            template = template.replace(SLOTS[word], numbers[word])
    return template


_PREPARED: Mapping[Event, _Prepared] = {event: _prepare(rule) for event, rule in RULES.items()}
_KEYWORD = {slot: word for word, slot in SLOTS.items()}
