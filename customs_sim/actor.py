"""Who acts at the desk: a name and a role. Values only; keys and sessions are ``operators``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each role may do all that those before it may."""

    VIEWER = "viewer"
    """Looks, and changes nothing."""
    OFFICER = "officer"
    """Decides cases, starts levies, registers payments, issues statements, deals with parked messages."""
    TESTER = "tester"
    """Also bends the world: profile, clock, scenarios, faults, keys."""

    def may(self, wanted: Role) -> bool:
        """Whether this role includes ``wanted``."""
        order = list(Role)
        return order.index(self) >= order.index(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, as the audit names them."""

    name: str
    role: Role


LOCAL = "本机 local"
"""The name of a caller on this machine without a key (``contract.md`` 4: counts as tester)."""
