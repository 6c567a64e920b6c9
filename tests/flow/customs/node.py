"""Results and profiles that the tests of the customs node name, and a node that fails on
purpose."""

from __future__ import annotations

import pytest

from customs_sim.cases.settings import CustomsSettings
from tests.customs_factories import House

STORED, APPROVED, RETURNED, REFUSED = (
    ("GRT200", "1"),
    ("GRT201", "1"),
    ("GRT201", "3"),
    ("GRT201", "Z"),
)
TAKEN, PERSON = ("GRT201", "Y"), ("GRT201", "2")
MANUAL, REALISTIC = CustomsSettings(profile="manual"), CustomsSettings(profile="realistic")


def fail_for(monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
    """A bug of ours: the review raises for one filing."""
    from customs_sim.flow import course

    real = course.review

    def broken(filing, *rest):  # type: ignore[no-untyped-def]
        if filing.head.enterprise_ref == reference:
            raise RuntimeError("out of order")
        return real(filing, *rest)

    monkeypatch.setattr(course, "review", broken)


async def changes(house: House) -> int:
    """Rows written so far on the store's one connection."""
    return int(await house.store.read(lambda c: c.connection.driver_connection.total_changes))  # type: ignore[union-attr]
