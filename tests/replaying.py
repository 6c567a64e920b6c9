"""The former place of ``tests.support.replaying``, for who still imports from here."""

from tests.support.replaying import replayed

__all__ = ["replayed"]
