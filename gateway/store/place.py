"""Where the gateway keeps its store."""

from __future__ import annotations

from gateway.base.settings import Settings
from gateway.base.store.places import StorePlace


def place(settings: Settings) -> StorePlace:
    """Return where the gateway's store is by these settings."""
    return StorePlace(side="gateway", package="gateway.store", url=settings.gateway_url)
