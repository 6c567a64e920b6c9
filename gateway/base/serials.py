"""Serials that cannot come back. A sequence in a store goes back with it when an older copy is
restored; what it handed out since is then known to others and must never be given again.

So a block begins at the larger of what the store says and what the time says: so many serials a
second, counted from a fixed day. No side hands out more than that, and no moment comes twice.
"""

from __future__ import annotations

from datetime import UTC, datetime

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
A_SECOND = 100_000
"""Serials a second: far more than any installation hands out, and 14 digits last until 2056."""


def serial_floor(wall: datetime) -> int:
    """Return the least serial that may be handed out at ``wall``, the system's time."""
    return max(0, int((wall - BEGIN).total_seconds() * A_SECOND))
