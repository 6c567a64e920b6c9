"""GatewayMsgId: the id of one attempt of one declaration, and the way back from it.

An upper-case UUID, version 8 (RFC 9562: custom), that carries SeqNo (60 bits), attempt (12 bits),
a mark of the message that the attempt sent (18 bits of its archive id) and a 32-bit tag keyed with
this installation's salt. So an answer names its attempt without any look-up, the id is the same on
every retry, a stranger's or a truncated id is recognised as not ours, and two installations never
make the same id. The mark tells an attempt from the one of the same number that a restore lost:
archive ids never come back (``gateway.base.serials``).

Messages of before have no mark in their id: 50 bits of tag stand in its place.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

_FORM = re.compile("[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")
FIRST_SEQ_NO = 10**17
"""The least SeqNo: an id that carries a smaller number names a message by its archive id."""
UNMARKED = -1
"""The mark of an id of the old form."""
MARKS = 1 << 18
"""How many marks there are: so many archive ids in a row have each of them once."""
_SEQ_BITS, _ATTEMPT_BITS, _MARK_BITS, _TAG_BITS = 60, 12, 18, 32
_OLD_TAG_BITS = _MARK_BITS + _TAG_BITS


class Attempt(NamedTuple):
    """What an id of ours names.

    Attributes:
        number: SeqNo of the declaration; the archive id of a message that has none.
        attempt: Of the declaration; 0 for a message that is no filing.
        mark: Of the message that the attempt sent; UNMARKED in an id of the old form.
    """

    number: int
    attempt: int
    mark: int


class AttemptIds:
    """The ids of one installation. ``since``: the archive id from which on messages have a mark in
    their id."""

    def __init__(self, salt: bytes, since: int = 0) -> None:
        self.salt, self.since = salt, since

    def mark(self, message: int) -> int:
        """Return the mark of the message with this archive id."""
        return message % MARKS if message >= self.since else UNMARKED

    def of(self, number: int, attempt: int, message: int) -> str:
        """Return the id of ``attempt`` (0..4095) of declaration ``number``, which sent the message
        with the archive id ``message``."""
        return gateway_msg_id(self.salt, Attempt(number, attempt, self.mark(message)))


def gateway_msg_id(salt: bytes, named: Attempt) -> str:
    """Return the id of what ``named`` says."""
    number, attempt, mark = named
    if attempt >> _ATTEMPT_BITS:
        raise ValueError(
            f"attempt {attempt} of {number}: an id can carry {(1 << _ATTEMPT_BITS) - 1} at most"
        )
    upper = (
        _tag(salt, f"{number}.{attempt}", _OLD_TAG_BITS)
        if mark == UNMARKED
        else _tag(salt, f"{number}.{attempt}.{mark}", _TAG_BITS) << _MARK_BITS | mark
    )
    value = upper << (_SEQ_BITS + _ATTEMPT_BITS) | number << _ATTEMPT_BITS | attempt
    high, middle, low = value >> 74, value >> 62 & 0xFFF, value & (1 << 62) - 1
    text = f"{high << 80 | 8 << 76 | middle << 64 | 2 << 62 | low:032X}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def attempt_of(salt: bytes, text: str) -> Attempt | None:
    """Return what an id names that ``gateway_msg_id`` made with the same salt; None for any other
    text."""
    if _FORM.fullmatch(text) is None:
        return None
    value = int(text.replace("-", ""), 16)
    if value >> 76 & 0xF != 8 or value >> 62 & 3 != 2:
        return None
    joined = (value >> 80) << 74 | (value >> 64 & 0xFFF) << 62 | value & (1 << 62) - 1
    attempt = joined & (1 << _ATTEMPT_BITS) - 1
    number = joined >> _ATTEMPT_BITS & (1 << _SEQ_BITS) - 1
    upper = joined >> (_SEQ_BITS + _ATTEMPT_BITS)
    mark = upper % MARKS
    if upper >> _MARK_BITS == _tag(salt, f"{number}.{attempt}.{mark}", _TAG_BITS):
        return Attempt(number, attempt, mark)
    if upper == _tag(salt, f"{number}.{attempt}", _OLD_TAG_BITS):
        return Attempt(number, attempt, UNMARKED)
    return None


def _tag(salt: bytes, text: str, bits: int) -> int:
    digest = hashlib.blake2b(text.encode(), key=salt[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - bits)
