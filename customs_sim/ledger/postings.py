"""What each event posts: the ledger of customs as a table (``docs/rules.md`` 3; movement codes:
code list ``movement_event``). Pure. ``groups`` fills the templates in.

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

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
class LineTemplate:
    """A movement line that a posting carries, with places for numbers.

    Attributes:
        code: The code on the wire.
        register: The register of ``number``: ``GUARANTEE`` or ``LEVY``.
        related: The other number; empty without one.
        sign: +1: the amount is an increase; -1: a decrease.
        balance: The account whose balance afterwards it shows.
        cash: Whether it moves money in custody.
    """

    code: str
    register: str
    number: str
    related: str
    sign: int
    balance: str
    cash: bool = False


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry of a group, with places for numbers; the line that it carries, if any."""

    debit: str
    credit: str
    line: LineTemplate | None = None


@dataclass(frozen=True, slots=True)
class PostingRule:
    """What one event does: its postings, and the memo totals that it raises (+1) or lowers (-1)."""

    postings: tuple[Posting, ...]
    memo: tuple[tuple[str, int], ...] = ()


def _of_guarantee(code: str, sign: int, related: str = "", *, cash: bool = False) -> LineTemplate:
    return LineTemplate(code, GUARANTEE, "{G}", related, sign, "avail:{G}", cash)


def _of_levy(
    code: str, sign: int, balance: str, number: str = "{L}", related: str = ""
) -> LineTemplate:
    return LineTemplate(
        code, LEVY, number, related, sign, f"{balance}:{number}", balance == "custody"
    )


RULES: Mapping[Event, PostingRule] = {
    Event.SET_UP_CASH: PostingRule(
        (
            Posting("bank", "custody:{G}", _of_guarantee("11", +1, cash=True)),
            Posting("limit:{G}", "avail:{G}"),
        )
    ),
    Event.SET_UP_UNPAID: PostingRule((Posting("limit:{G}", "pending:{G}"),)),
    Event.SET_UP_PAID: PostingRule(
        (
            Posting("bank", "custody:{G}", _of_guarantee("41", +1, cash=True)),
            Posting("pending:{G}", "avail:{G}"),
        )
    ),
    Event.SET_UP_LETTER: PostingRule(
        (
            Posting("letters", "letter:{G}", _of_guarantee("11", +1)),
            Posting("limit:{G}", "avail:{G}"),
        )
    ),
    Event.RAISED: PostingRule(
        (
            Posting("letters", "letter:{G}", _of_guarantee("12", +1)),
            Posting("limit:{G}", "avail:{G}"),
        )
    ),
    Event.LOWERED: PostingRule(
        (
            Posting("letter:{G}", "letters", _of_guarantee("13", -1)),
            Posting("avail:{G}", "limit:{G}"),
        )
    ),
    Event.LEVIED: PostingRule(
        (Posting("due:{L}", "open:{L}", _of_levy("21", +1, "open")),), (("levied:{L}", +1),)
    ),
    Event.LEVY_RAISED: PostingRule(
        (Posting("due:{L}", "open:{L}", _of_levy("22", +1, "open")),), (("levied:{L}", +1),)
    ),
    Event.LEVY_LOWERED: PostingRule(
        (Posting("open:{L}", "due:{L}", _of_levy("23", -1, "open")),), (("levied:{L}", -1),)
    ),
    Event.TAKEN_BACK: PostingRule(
        (Posting("open:{L}", "due:{L}", _of_levy("24", -1, "open")),), (("taken:{L}", +1),)
    ),
    Event.OCCUPIED: PostingRule(
        (
            Posting("avail:{G}", "used:{G}", _of_guarantee("31", -1, "{L}")),
            Posting("open:{L}", "quota:{L}"),
        ),
        (("secured:{L}", +1), ("occupied:{L}", +1), ("occupied:{L}@{G}", +1)),
    ),
    Event.RELEASED: PostingRule(
        (
            Posting("used:{G}", "avail:{G}", _of_guarantee("32", +1, "{L}")),
            Posting("quota:{L}", "due:{L}"),
        ),
        (("refunded:{L}", +1), ("occupied:{L}@{G}", -1)),
    ),
    Event.PAID: PostingRule(
        (
            Posting("bank", "custody:{L}", _of_levy("41", +1, "custody")),
            Posting("open:{L}", "cash:{L}"),
        ),
        (("secured:{L}", +1),),
    ),
    Event.MATCHED: PostingRule(
        (
            Posting("suspense", "custody:{L}", _of_levy("41", +1, "custody")),
            Posting("open:{L}", "cash:{L}"),
        ),
        (("secured:{L}", +1), ("unmatched:{P}", -1)),
    ),
    Event.PAYMENT_REVERSED: PostingRule(
        (
            Posting("custody:{L}", "bank", _of_levy("42", -1, "custody")),
            Posting("cash:{L}", "open:{L}"),
        ),
        (("secured:{L}", -1),),
    ),
    Event.LETTER_REGISTERED: PostingRule(
        (
            Posting("letters", "letter:{L}", _of_levy("43", +1, "letter")),
            Posting("open:{L}", "paper:{L}"),
        ),
        (("secured:{L}", +1),),
    ),
    Event.LETTER_RETURNED: PostingRule(
        (
            Posting("letter:{L}", "letters", _of_levy("44", -1, "letter")),
            Posting("paper:{L}", "due:{L}"),
        ),
        (("refunded:{L}", +1),),
    ),
    Event.REFUNDED: PostingRule(
        (
            Posting("custody:{L}", "bank", _of_levy("51", -1, "custody")),
            Posting("cash:{L}", "due:{L}"),
        ),
        (("refunded:{L}", +1),),
    ),
    Event.CARRIED: PostingRule(
        (
            Posting("custody:{L}", "custody:{L2}", _of_levy("61", -1, "custody", "{L}", "{L2}")),
            Posting("cash:{L}", "due:{L}"),
            Posting("open:{L2}", "cash:{L2}", _of_levy("62", +1, "custody", "{L2}", "{L}")),
        ),
        (("carried:{L}", +1), ("secured:{L2}", +1)),
    ),
    Event.GUARANTEE_REFUNDED: PostingRule(
        (
            Posting("custody:{G}", "bank", _of_guarantee("71", -1, cash=True)),
            Posting("avail:{G}", "returned:{G}"),
        )
    ),
    Event.CLOSED: PostingRule(
        (
            Posting("letter:{G}", "letters", _of_guarantee("91", -1)),
            Posting("avail:{G}", "limit:{G}"),
        )
    ),
    Event.UNMATCHED: PostingRule((Posting("bank", "suspense"),), (("unmatched:{P}", +1),)),
    Event.UNMATCHED_RETURNED: PostingRule((Posting("suspense", "bank"),), (("unmatched:{P}", -1),)),
}
"""The ledger, whole. UNMATCHED_RETURNED is ours: money in suspense needs a
way out."""

SLOTS: Mapping[str, str] = {"guarantee": "{G}", "levy": "{L}", "target": "{L2}", "payment": "{P}"}
"""Keyword of a number to its place in the templates. ``target`` is the levy that receives a
carry-over."""


def kind_of(account: str) -> str:
    """Return the kind of an account: ``custody`` of ``custody:L``."""
    return account.partition(":")[0]
