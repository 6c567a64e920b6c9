"""GatewayMsgId: the id of one attempt of one declaration, and the way back from it.

An upper-case UUID, version 8 (RFC 9562: custom), that carries SeqNo (60 bits), attempt (12 bits)
and a 50-bit tag keyed with this installation's salt. So an answer names its attempt without any
look-up, the id is the same on every retry, a stranger's or a truncated id is recognised as not
ours, and two installations never make the same id.
"""

from __future__ import annotations

import hashlib
import re

_FORM = re.compile("[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")
FIRST_SEQ_NO = 10**17
"""The least SeqNo: an id that carries a smaller number names a message by its archive id."""
_SEQ_BITS, _ATTEMPT_BITS, _TAG_BITS = 60, 12, 50


def gateway_msg_id(salt: bytes, seq_no: int, attempt: int) -> str:
    """Return the id of ``attempt`` (0..4095) of declaration ``seq_no`` (18 digits)."""
    if attempt >> _ATTEMPT_BITS:
        raise ValueError(
            f"attempt {attempt} of {seq_no}: an id can carry {(1 << _ATTEMPT_BITS) - 1} at most"
        )
    value = (
        _tag(salt, seq_no, attempt) << (_SEQ_BITS + _ATTEMPT_BITS)
        | seq_no << _ATTEMPT_BITS
        | attempt
    )
    high, middle, low = value >> 74, value >> 62 & 0xFFF, value & (1 << 62) - 1
    text = f"{high << 80 | 8 << 76 | middle << 64 | 2 << 62 | low:032X}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def attempt_of(salt: bytes, text: str) -> tuple[int, int] | None:
    """Return the SeqNo and the attempt of an id that ``gateway_msg_id`` made with the same salt;
    None for any other text."""
    if _FORM.fullmatch(text) is None:
        return None
    value = int(text.replace("-", ""), 16)
    if value >> 76 & 0xF != 8 or value >> 62 & 3 != 2:
        return None
    joined = (value >> 80) << 74 | (value >> 64 & 0xFFF) << 62 | value & (1 << 62) - 1
    attempt = joined & (1 << _ATTEMPT_BITS) - 1
    seq_no = joined >> _ATTEMPT_BITS & (1 << _SEQ_BITS) - 1
    return (
        (seq_no, attempt)
        if joined >> (_SEQ_BITS + _ATTEMPT_BITS) == _tag(salt, seq_no, attempt)
        else None
    )


def _tag(salt: bytes, seq_no: int, attempt: int) -> int:
    digest = hashlib.blake2b(f"{seq_no}.{attempt}".encode(), key=salt[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - _TAG_BITS)
