"""The former place of ``tests.support.scale``, for who still imports from here."""

from tests.support.scale import ROOT, SIDES, Proxy, Sides, schema, sides

__all__ = ["ROOT", "SIDES", "Proxy", "Sides", "schema", "sides"]
