"""Bounds on wall-clock time: they count on a machine that does nothing else, never by the way.

``EPORT_TEST_BOUNDS=1`` makes them count; ``.ci/run`` does so in a step of its own, one test at a
time. Everywhere else a slow or busy machine is no red line.
"""

from __future__ import annotations

import os

COUNT = os.environ.get("EPORT_TEST_BOUNDS") == "1"


def within(took: float, most: float) -> bool:
    """Return whether ``took`` seconds are at most ``most``; always where bounds do not count."""
    return took < most or not COUNT
