"""Uploads: how much of request bodies is in memory at once, by caller and altogether. Reads
nothing itself.

A body that is still on its way takes a place nowhere else: it can come as slowly as its own
deadline allows, and costs nobody but its sender.
"""

from __future__ import annotations

from collections import Counter
from types import TracebackType

from gateway.base.errors import Unavailable

LEAST = 64 * 1024
"""Bytes that an upload counts for at least: what its connection takes beside the body."""


class Uploads:
    """At most ``total`` bytes, at most a ``share`` of them for one caller."""

    def __init__(self, total: int, share: int) -> None:
        self._total, self._share = total, share
        self._held = 0
        self._of: Counter[str] = Counter()

    def of(self, caller: str) -> Upload:
        """Return an upload of the caller: nothing so far. Leave its block when the body is done
        with."""
        return Upload(self, caller)

    def take(self, caller: str, size: int) -> None:
        """Count ``size`` bytes more. Raise Unavailable where they are too many."""
        if self._of[caller] + size > self._share:
            raise Unavailable(f"uploads of this key hold {self._of[caller]} bytes")
        if self._held + size > self._total:
            raise Unavailable(f"uploads hold {self._held} bytes")
        self._held += size
        self._of[caller] += size

    def give_back(self, caller: str, size: int) -> None:
        """Count ``size`` bytes less."""
        self._held -= size
        self._of[caller] -= size
        if not self._of[caller]:
            del self._of[caller]


class Upload:
    """One body on its way."""

    __slots__ = ("_caller", "_come", "_counted", "_uploads")

    def __init__(self, uploads: Uploads, caller: str) -> None:
        self._uploads, self._caller = uploads, caller
        self._come = self._counted = 0

    def take(self, size: int) -> None:
        """Count ``size`` bytes that have come. Raise Unavailable where there is no room for
        them."""
        self._come += size
        more = max(self._come, LEAST) - self._counted
        if more > 0:
            self._uploads.take(self._caller, more)
            self._counted += more

    def __enter__(self) -> Upload:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._counted:
            self._uploads.give_back(self._caller, self._counted)
            self._counted = 0
