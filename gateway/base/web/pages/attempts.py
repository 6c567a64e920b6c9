"""How often somebody may be wrong: a bound on attempts to log in, for each address and for each
beginning of a key. Kept in this process only."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

BEGINNING = 8
"""Characters of a key that it is counted by; no memory holds the rest."""
FULL = 1000
"""Names that are remembered; the one that was wrong longest ago is forgotten first."""


class Attempts:
    """Counts what went wrong under a name within the last ``seconds``; at most ``most`` times."""

    def __init__(
        self, *, most: int, seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._now = most, seconds, now
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, name: str) -> int:
        """Return in how many seconds another attempt may be made; 0 when it may be made now."""
        times = self._wrong.get(name)
        if times is None:
            return 0
        since = self._now() - self._seconds
        while times and times[0] <= since:
            times.popleft()
        if not times:
            del self._wrong[name]
            return 0
        return int(times[0] - since) + 1 if len(times) >= self._most else 0

    def failed(self, name: str) -> None:
        """Count a wrong attempt."""
        self._wrong.setdefault(name, deque(maxlen=self._most)).append(self._now())
        self._wrong.move_to_end(name)
        while len(self._wrong) > FULL:
            self._wrong.popitem(last=False)


class LogIns:
    """The wrong keys of a console, by the address that they came from and by what they begin with.
    One per process."""

    def __init__(self) -> None:
        self._address, self._key = Attempts(most=20, seconds=60), Attempts(most=5, seconds=60)

    def wait(self, address: str, key: str) -> int:
        """Return in how many seconds the key may be tried; 0 when it may be tried now."""
        return max(self._address.wait(address), self._key.wait(key[:BEGINNING]))

    def failed(self, address: str, key: str) -> None:
        """Count a wrong key."""
        self._address.failed(address)
        self._key.failed(key[:BEGINNING])


def too_many(seconds: int) -> tuple[str, str]:
    """Return what a person is told who must wait, in both languages."""
    return (
        f"尝试太多, 请 {seconds} 秒后再试。",
        f"Too many attempts; try again in {seconds} seconds.",
    )
