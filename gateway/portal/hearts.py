"""What tells the open pages of each enterprise that something moved."""

from __future__ import annotations

from gateway.base.web.pages.pulse import Heart
from gateway.queries.queries import Queries


class Hearts:
    """A heart for each enterprise somebody looks at. One per process."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._hearts: dict[str, Heart] = {}

    def of(self, enterprise: str) -> Heart:
        """Return the heart of an enterprise. It rests while nobody listens."""
        return self._hearts.setdefault(enterprise, Heart(lambda: self._queries.moved(enterprise)))

    async def close(self) -> None:
        """Finish all streams."""
        for heart in self._hearts.values():
            await heart.close()
