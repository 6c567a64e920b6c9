"""Families of message types: what each installed package declares for the rooms, found by name.

A family declares an entry in one group for each room that knows its message types. The groups:

- ``eport.message_types``: a `Family` of the wire (``schemas.catalogue``).
- ``eport.handlers``: the handlers of the gateway (``handlers``).
- ``eport.procedures``: what customs does (``customs_sim.rules.procedure``).
- ``eport.samples``: what the tester's kit can generate (``fixtures.making.contents``).

So a family is added by installing it, and no list elsewhere names it.
"""

from __future__ import annotations

import functools
from importlib.metadata import entry_points
from typing import Any


class NotInstalled(RuntimeError):
    """No package declares anything in a group: this program itself is not installed."""


@functools.cache
def _entries() -> Any:
    return entry_points()  # read once a process: each look walks all installed packages


@functools.cache
def declared(group: str) -> tuple[Any, ...]:
    """Return what the entries of ``group`` name, in the order of their names; loaded once a
    process.

    Raises NotInstalled when there is none."""
    entries = sorted(_entries().select(group=group), key=lambda entry: entry.name)
    if not entries:
        raise NotInstalled(f"nothing is declared in {group}; install the package: pip install -e .")
    return tuple(entry.load() for entry in entries)
