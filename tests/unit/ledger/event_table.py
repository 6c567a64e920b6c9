"""What each event posts, written out from the rules of the ledger."""

from __future__ import annotations

from customs_sim.ledger.postings import Event

# event: numbers it wants · entries as debit | credit · movement lines as code, register, number,
# other number, sign, cash
TABLE: dict[Event, tuple[str, list[str], list[tuple[str, str, str, str, int, bool]]]] = {
    Event.SET_UP_CASH: (
        "guarantee",
        ["bank|custody:G", "limit:G|avail:G"],
        [("11", "1", "G", "", +1, True)],
    ),
    Event.SET_UP_UNPAID: ("guarantee", ["limit:G|pending:G"], []),
    Event.SET_UP_PAID: (
        "guarantee",
        ["bank|custody:G", "pending:G|avail:G"],
        [("41", "1", "G", "", +1, True)],
    ),
    Event.SET_UP_LETTER: (
        "guarantee",
        ["letters|letter:G", "limit:G|avail:G"],
        [("11", "1", "G", "", +1, False)],
    ),
    Event.RAISED: (
        "guarantee",
        ["letters|letter:G", "limit:G|avail:G"],
        [("12", "1", "G", "", +1, False)],
    ),
    Event.LOWERED: (
        "guarantee",
        ["letter:G|letters", "avail:G|limit:G"],
        [("13", "1", "G", "", -1, False)],
    ),
    Event.LEVIED: ("levy", ["due:L|open:L"], [("21", "2", "L", "", +1, False)]),
    Event.LEVY_RAISED: ("levy", ["due:L|open:L"], [("22", "2", "L", "", +1, False)]),
    Event.LEVY_LOWERED: ("levy", ["open:L|due:L"], [("23", "2", "L", "", -1, False)]),
    Event.TAKEN_BACK: ("levy", ["open:L|due:L"], [("24", "2", "L", "", -1, False)]),
    Event.OCCUPIED: (
        "guarantee levy",
        ["avail:G|used:G", "open:L|quota:L"],
        [("31", "1", "G", "L", -1, False)],
    ),
    Event.RELEASED: (
        "guarantee levy",
        ["used:G|avail:G", "quota:L|due:L"],
        [("32", "1", "G", "L", +1, False)],
    ),
    Event.PAID: ("levy", ["bank|custody:L", "open:L|cash:L"], [("41", "2", "L", "", +1, True)]),
    Event.MATCHED: (
        "levy payment",
        ["suspense|custody:L", "open:L|cash:L"],
        [("41", "2", "L", "", +1, True)],
    ),
    Event.PAYMENT_REVERSED: (
        "levy",
        ["custody:L|bank", "cash:L|open:L"],
        [("42", "2", "L", "", -1, True)],
    ),
    Event.LETTER_REGISTERED: (
        "levy",
        ["letters|letter:L", "open:L|paper:L"],
        [("43", "2", "L", "", +1, False)],
    ),
    Event.LETTER_RETURNED: (
        "levy",
        ["letter:L|letters", "paper:L|due:L"],
        [("44", "2", "L", "", -1, False)],
    ),
    Event.REFUNDED: ("levy", ["custody:L|bank", "cash:L|due:L"], [("51", "2", "L", "", -1, True)]),
    Event.CARRIED: (
        "levy target",
        ["custody:L|custody:M", "cash:L|due:L", "open:M|cash:M"],
        [("61", "2", "L", "M", -1, True), ("62", "2", "M", "L", +1, True)],
    ),
    Event.GUARANTEE_REFUNDED: (
        "guarantee",
        ["custody:G|bank", "avail:G|returned:G"],
        [("71", "1", "G", "", -1, True)],
    ),
    Event.CLOSED: (
        "guarantee",
        ["letter:G|letters", "avail:G|limit:G"],
        [("91", "1", "G", "", -1, False)],
    ),
    Event.UNMATCHED: ("payment", ["bank|suspense"], []),
    Event.UNMATCHED_RETURNED: ("payment", ["suspense|bank"], []),
}
NUMBERS = {"guarantee": "G", "levy": "L", "target": "M", "payment": "P"}


def numbers_of(event: Event) -> dict[str, str]:
    return {word: NUMBERS[word] for word in TABLE[event][0].split()}
