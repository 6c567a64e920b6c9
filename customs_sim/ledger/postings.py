"""The ledger of customs: what each event posts, and the groups and balances that come of it. Pure.
What the balances of one guarantee or levy say is in ``amounts``, what must always hold in
``invariants``.

All amounts are int in 分 (0.01 CNY). One entry is (debit, credit, amount); the entries of one event
form a group, which is posted whole or not at all. Source: ``docs/rules.md`` 3, movement codes: code
list ``movement_event``.

Accounts. Money: ``bank`` (D), ``custody:N``, ``suspense``. Letters: ``letters`` (D), ``letter:N``.
A guarantee: ``limit:G`` (D) = ``avail:G`` + ``used:G`` + ``returned:G`` + ``pending:G``. A levy:
``due:L`` (D) = ``open:L`` + ``cash:L`` + ``paper:L`` + ``quota:L``. (D) is debit-normal, all others
are credit-normal.

Gross figures are no balances, so events keep memo totals beside the accounts, by the same table:
``levied:L`` (issued ± re-issued), ``taken:L`` (taken back), ``secured:L`` (credits to cash, paper
and quota, less reversed payments), ``occupied:L`` (the part of it that was quota), ``refunded:L``,
``carried:L``, ``occupied:L@G`` (quota of L that stands on G), ``unmatched:P`` (the part of
``suspense`` that payment P left).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

DEBIT_NORMAL = frozenset({"bank", "letters", "limit", "due"})
"""Kinds of account whose balance is debits − credits."""
GUARANTEE, LEVY = "1", "2"
"""gurTypecd of a movement line: which register its number is in."""


class Event(StrEnum):
    """What moves balances. A 退单, 转人工, expiry, overdue mark, GRT141, GRT151 or 对账 posts
    nothing, nor does the approval of a levy in cash."""

    SET_UP_CASH = "set_up_cash"
    """总担保设立 approved, cash; the approval books the money (setting ``cash_guarantee_usable:
    approval``)."""
    SET_UP_UNPAID = "set_up_unpaid"
    """The same under the setting ``payment``: a limit that cannot be used yet."""
    SET_UP_PAID = "set_up_paid"
    """Money for a guarantee set up unpaid, in whole or in part: so much becomes usable."""
    SET_UP_LETTER = "set_up_letter"
    """总担保设立 approved, letter."""
    RAISED = "raised"
    """变更 of a letter guarantee approved, upwards; the amount is the difference."""
    LOWERED = "lowered"
    """变更 of a letter guarantee approved, downwards; the amount is the difference."""
    LEVIED = "levied"
    """征收: GRT301 sent for a new levy."""
    LEVY_RAISED = "levy_raised"
    """The levy issued anew, higher; the amount is the difference."""
    LEVY_LOWERED = "levy_lowered"
    """The levy issued anew, lower; the amount is the difference, at most what is still open."""
    TAKEN_BACK = "taken_back"
    """The levy withdrawn; the amount is what is open."""
    OCCUPIED = "occupied"
    """占用: a levy confirmed on a 总担保 was approved."""
    RELEASED = "released"
    """释放: 退还 of a 总担保 levy, or its 结案."""
    PAID = "paid"
    """缴款 of a single levy in cash."""
    MATCHED = "matched"
    """Money out of suspense, found to be the payment of a levy."""
    PAYMENT_REVERSED = "payment_reversed"
    """缴款冲正: the mirror of PAID."""
    LETTER_REGISTERED = "letter_registered"
    """单票保函 registered by customs (instant: with the approval)."""
    LETTER_RETURNED = "letter_returned"
    """The letter of a levy handed back at 结案 (desk only)."""
    REFUNDED = "refunded"
    """退还 of a levy in cash approved."""
    CARRIED = "carried"
    """结转 approved: money of one levy now secures another."""
    GUARANTEE_REFUNDED = "guarantee_refunded"
    """退还 of a cash 总担保 approved."""
    CLOSED = "closed"
    """总担保 by letter closed while nothing of it is used; the amount is its whole limit."""
    UNMATCHED = "unmatched"
    """Money that no levy takes: it waits in suspense."""
    UNMATCHED_RETURNED = "unmatched_returned"
    """Money out of suspense sent back to its payer."""


@dataclass(frozen=True, slots=True)
class Line:
    """A movement line that a posting carries: wire code, register and number, the other number, +1
    or -1, the account whose balance afterwards it shows, and whether it moves money in custody."""

    code: str
    register: str
    number: str
    related: str
    sign: int
    balance: str
    cash: bool = False


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry of a group as a template."""

    debit: str
    credit: str
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What one event does: its postings, and the memo totals that it raises (+1) or lowers (-1)."""

    postings: tuple[Posting, ...]
    memo: tuple[tuple[str, int], ...] = ()


def _of_guarantee(code: str, sign: int, related: str = "", *, cash: bool = False) -> Line:
    return Line(code, GUARANTEE, "{G}", related, sign, "avail:{G}", cash)


def _of_levy(code: str, sign: int, balance: str, number: str = "{L}", related: str = "") -> Line:
    return Line(code, LEVY, number, related, sign, f"{balance}:{number}", balance == "custody")


RULES: Mapping[Event, Rule] = {
    Event.SET_UP_CASH: Rule(
        (
            Posting("bank", "custody:{G}", _of_guarantee("11", +1, cash=True)),
            Posting("limit:{G}", "avail:{G}"),
        )
    ),
    Event.SET_UP_UNPAID: Rule((Posting("limit:{G}", "pending:{G}"),)),
    Event.SET_UP_PAID: Rule(
        (
            Posting("bank", "custody:{G}", _of_guarantee("41", +1, cash=True)),
            Posting("pending:{G}", "avail:{G}"),
        )
    ),
    Event.SET_UP_LETTER: Rule(
        (
            Posting("letters", "letter:{G}", _of_guarantee("11", +1)),
            Posting("limit:{G}", "avail:{G}"),
        )
    ),
    Event.RAISED: Rule(
        (
            Posting("letters", "letter:{G}", _of_guarantee("12", +1)),
            Posting("limit:{G}", "avail:{G}"),
        )
    ),
    Event.LOWERED: Rule(
        (
            Posting("letter:{G}", "letters", _of_guarantee("13", -1)),
            Posting("avail:{G}", "limit:{G}"),
        )
    ),
    Event.LEVIED: Rule(
        (Posting("due:{L}", "open:{L}", _of_levy("21", +1, "open")),), (("levied:{L}", +1),)
    ),
    Event.LEVY_RAISED: Rule(
        (Posting("due:{L}", "open:{L}", _of_levy("22", +1, "open")),), (("levied:{L}", +1),)
    ),
    Event.LEVY_LOWERED: Rule(
        (Posting("open:{L}", "due:{L}", _of_levy("23", -1, "open")),), (("levied:{L}", -1),)
    ),
    Event.TAKEN_BACK: Rule(
        (Posting("open:{L}", "due:{L}", _of_levy("24", -1, "open")),), (("taken:{L}", +1),)
    ),
    Event.OCCUPIED: Rule(
        (
            Posting("avail:{G}", "used:{G}", _of_guarantee("31", -1, "{L}")),
            Posting("open:{L}", "quota:{L}"),
        ),
        (("secured:{L}", +1), ("occupied:{L}", +1), ("occupied:{L}@{G}", +1)),
    ),
    Event.RELEASED: Rule(
        (
            Posting("used:{G}", "avail:{G}", _of_guarantee("32", +1, "{L}")),
            Posting("quota:{L}", "due:{L}"),
        ),
        (("refunded:{L}", +1), ("occupied:{L}@{G}", -1)),
    ),
    Event.PAID: Rule(
        (
            Posting("bank", "custody:{L}", _of_levy("41", +1, "custody")),
            Posting("open:{L}", "cash:{L}"),
        ),
        (("secured:{L}", +1),),
    ),
    Event.MATCHED: Rule(
        (
            Posting("suspense", "custody:{L}", _of_levy("41", +1, "custody")),
            Posting("open:{L}", "cash:{L}"),
        ),
        (("secured:{L}", +1), ("unmatched:{P}", -1)),
    ),
    Event.PAYMENT_REVERSED: Rule(
        (
            Posting("custody:{L}", "bank", _of_levy("42", -1, "custody")),
            Posting("cash:{L}", "open:{L}"),
        ),
        (("secured:{L}", -1),),
    ),
    Event.LETTER_REGISTERED: Rule(
        (
            Posting("letters", "letter:{L}", _of_levy("43", +1, "letter")),
            Posting("open:{L}", "paper:{L}"),
        ),
        (("secured:{L}", +1),),
    ),
    Event.LETTER_RETURNED: Rule(
        (
            Posting("letter:{L}", "letters", _of_levy("44", -1, "letter")),
            Posting("paper:{L}", "due:{L}"),
        ),
        (("refunded:{L}", +1),),
    ),
    Event.REFUNDED: Rule(
        (
            Posting("custody:{L}", "bank", _of_levy("51", -1, "custody")),
            Posting("cash:{L}", "due:{L}"),
        ),
        (("refunded:{L}", +1),),
    ),
    Event.CARRIED: Rule(
        (
            Posting("custody:{L}", "custody:{L2}", _of_levy("61", -1, "custody", "{L}", "{L2}")),
            Posting("cash:{L}", "due:{L}"),
            Posting("open:{L2}", "cash:{L2}", _of_levy("62", +1, "custody", "{L2}", "{L}")),
        ),
        (("carried:{L}", +1), ("secured:{L2}", +1)),
    ),
    Event.GUARANTEE_REFUNDED: Rule(
        (
            Posting("custody:{G}", "bank", _of_guarantee("71", -1, cash=True)),
            Posting("avail:{G}", "returned:{G}"),
        )
    ),
    Event.CLOSED: Rule(
        (
            Posting("letter:{G}", "letters", _of_guarantee("91", -1)),
            Posting("avail:{G}", "limit:{G}"),
        )
    ),
    Event.UNMATCHED: Rule((Posting("bank", "suspense"),), (("unmatched:{P}", +1),)),
    Event.UNMATCHED_RETURNED: Rule((Posting("suspense", "bank"),), (("unmatched:{P}", -1),)),
}
"""The ledger, whole (``docs/rules.md`` 3). UNMATCHED_RETURNED is ours: money in suspense needs a
way out."""

SLOTS: Mapping[str, str] = {"guarantee": "{G}", "levy": "{L}", "target": "{L2}", "payment": "{P}"}
"""Keyword of a number to its place in the templates; ``target`` is the levy that receives a
carry-over."""


class Entry(msgspec.Struct, frozen=True):
    """``amount`` 分, always > 0."""

    debit: str
    credit: str
    amount: int


class FilledLine(msgspec.Struct, frozen=True):
    """A movement line with its numbers in place; ``entry`` is the place of its entry in the group,
    ``balance`` the account."""

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
    """One event as it is posted. ``memo``: (total, signed 分). ``numbers``: by keyword, as
    given."""

    event: Event
    amount: int
    entries: tuple[Entry, ...]
    lines: tuple[FilledLine, ...]
    memo: tuple[tuple[str, int], ...]
    numbers: Mapping[str, str]

    def effects(self) -> dict[str, int]:
        """Signed change in 分 of every account and memo total that the group touches."""
        found: dict[str, int] = {}
        for entry in self.entries:
            _book(found, entry)
        for total, amount in self.memo:
            found[total] = found.get(total, 0) + amount
        return found


Balances = Mapping[str, int]
"""Account or memo total to 分; what is not in it is 0."""


def group(event: Event, amount: int, **numbers: str) -> Group:
    """The postings of ``event``. ``amount`` in 分; ``numbers``: exactly those of SLOTS that the
    event names.

    Raises ValueError for an amount that is no positive int, a missing, empty or superfluous number,
    and a carry-over to the levy itself.
    """
    if type(amount) is not int or amount <= 0:
        raise ValueError(f"{event}: amount {amount!r}; wanted a whole number of 分 above 0")
    made = _MADE[event]
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
        entries=tuple(Entry(names[p.debit], names[p.credit], amount) for p in made.rule.postings),
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


def regroup(event: str, entries: Iterable[Entry], payment: str = "") -> Group:
    """The group that stored ``entries`` are; ``payment`` where the event names one. Raises
    ValueError when they are not what the table says."""
    found = tuple(entries)
    kind = Event(event)
    numbers = {"payment": payment} if "payment" in _MADE[kind].wanted else {}
    if not found:
        raise ValueError(f"{event}: no entries")
    for posting, entry in zip(RULES[kind].postings, found, strict=False):
        for template, name in ((posting.debit, entry.debit), (posting.credit, entry.credit)):
            account, _, slot = template.partition(":")
            if slot and name.startswith(account + ":"):
                numbers[_KEYWORD[slot]] = name[len(account) + 1 :]
    made = group(kind, found[0].amount, **numbers)
    if made.entries != found:
        raise ValueError(f"{event}: stored as {found}, wanted {made.entries}")
    return made


def balances(groups: Iterable[Group]) -> dict[str, int]:
    """Balance of every account and memo total in 分, each on its normal side."""
    found: dict[str, int] = {}
    for one in groups:
        for name, amount in one.effects().items():
            found[name] = found.get(name, 0) + amount
    return found


def kind_of(account: str) -> str:
    """``custody`` of ``custody:L``."""
    return account.partition(":")[0]


def _book(found: dict[str, int], entry: Entry) -> None:
    amount = entry.amount if kind_of(entry.debit) in DEBIT_NORMAL else -entry.amount
    found[entry.debit] = found.get(entry.debit, 0) + amount
    amount = -entry.amount if kind_of(entry.credit) in DEBIT_NORMAL else entry.amount
    found[entry.credit] = found.get(entry.credit, 0) + amount


@dataclass(frozen=True, slots=True)
class _Made:
    """A rule prepared: the numbers it wants, all its templates, its lines with the place of their
    entry."""

    rule: Rule
    wanted: frozenset[str]
    templates: frozenset[str]
    lines: tuple[tuple[int, Line], ...]


def _make(rule: Rule) -> _Made:
    lines = tuple(
        (at, posting.line) for at, posting in enumerate(rule.postings) if posting.line is not None
    )
    templates = {side for posting in rule.postings for side in (posting.debit, posting.credit)}
    templates |= {text for _, line in lines for text in (line.number, line.related, line.balance)}
    templates |= {total for total, _ in rule.memo}
    wanted = frozenset(
        word for word, slot in SLOTS.items() if any(slot in template for template in templates)
    )
    return _Made(rule, wanted, frozenset(templates), lines)


def _filled(template: str, wanted: Iterable[str], numbers: Mapping[str, str]) -> str:
    if "{" in template:
        for word in wanted:
            template = template.replace(SLOTS[word], numbers[word])
    return template


_MADE: Mapping[Event, _Made] = {event: _make(rule) for event, rule in RULES.items()}
_KEYWORD = {slot: word for word, slot in SLOTS.items()}
