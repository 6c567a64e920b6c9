"""Where customs keeps its store. Opens nothing."""

from __future__ import annotations

from gateway.base.settings import Settings
from gateway.base.store.places import StorePlace


def place(settings: Settings) -> StorePlace:
    """Return where customs' store is by these settings."""
    return StorePlace(side="customs", package="customs_sim.store", url=settings.customs_url)
