"""Every error of ours, the tree on top. Foreign exceptions are translated once, at the frontier of
each adapter.

::

    EportError
    ├── Unavailable        the far side (broker, store) cannot be reached; nothing happened
    │   └── Undelivered    some messages of a batch were not taken; says which
    ├── CommitUnknown      the connection went away during COMMIT; the work may be durable or not
    ├── StoreConflict      another writer was first (a guard met no row); run the unit again
    ├── DataRefused        the database refused a value; the same batch can never succeed as it is
    └── BadSetting         a setting is missing or wrong; one line for the operator

What is refused because of its content is no error of ours: ``schemas.findings.Refused``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.base.ports import Disposition


class EportError(Exception):
    """Base of all errors of ours."""

    code = "eport"


class Unavailable(EportError):
    """The far side cannot be reached; nothing happened."""

    code = "unavailable"


class Undelivered(Unavailable):
    """Some messages of a published batch were not taken; ``rest`` holds message id to disposition,
    all others are durable."""

    code = "undelivered"

    def __init__(self, rest: Mapping[str, Disposition]) -> None:
        super().__init__(f"{len(rest)} messages were not taken")
        self.rest = rest


class CommitUnknown(EportError):
    """The connection was lost during COMMIT: the work may or may not be durable."""

    code = "commit-unknown"


class StoreConflict(EportError):
    """A guarded update met no row: another writer was first."""

    code = "store-conflict"


class DataRefused(EportError):
    """The database refused a value; the same statement can never succeed."""

    code = "data-refused"


class BadSetting(EportError):
    """A setting is missing or wrong."""

    code = "bad-setting"
