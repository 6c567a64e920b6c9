"""Chance that can be repeated: every draw is a pure function of (seed, name, n), whatever was drawn
before and in which process.

Holds no state, so nothing is lost by a crash and two draws never depend on their order. Not for
secrets.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chance:
    """The draws of one seed. ``name`` says what is drawn for (for instance ``"faults/drop"``),
    ``n`` which draw of that name: the number of the message, the case, the step."""

    seed: int

    def octets(self, name: str, n: int, count: int = 32) -> bytes:
        """Return ``count`` bytes, at most 64."""
        return hashlib.blake2b(f"{self.seed}/{n}/{name}".encode(), digest_size=count).digest()

    def fraction(self, name: str, n: int) -> float:
        """Return a number from 0 up to and without 1, all equally likely."""
        return (int.from_bytes(self.octets(name, n, 8)) >> 11) * 2.0**-53

    def whole(self, name: str, n: int, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        if high < low:
            raise ValueError(f"{name}: {low} to {high} holds no number")
        return low + int.from_bytes(self.octets(name, n, 16)) % (high - low + 1)

    def happens(self, name: str, n: int, share: float) -> bool:
        """Return True in ``share`` of all draws: never at 0, always at 1."""
        return self.fraction(name, n) < share


def seeded(seed: int, name: str) -> bytes:
    """Return 32 octets, a pure function of the seed and of what they are for."""
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=32).digest()


def new_key(octets: bytes | None = None) -> str:
    """Return a key as it is given to a person; it is never stored. ``octets``: of a seeded run,
    else of chance."""
    return "ek_" + base64.urlsafe_b64encode((octets or secrets.token_bytes(24))[:24]).decode()
