"""Where the gateway keeps its store."""

from __future__ import annotations

from gateway.base.settings import Settings
from gateway.base.store.places import Place


def place(settings: Settings) -> Place:
    """Return where the gateway's store is by these settings."""
    return Place(side="gateway", package="gateway.store", url=settings.gateway_url)
