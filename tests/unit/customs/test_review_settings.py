"""What customs' reviews work with is set from outside: every value by its variable, with bounds
that are named when broken."""

from __future__ import annotations

from dataclasses import fields
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from customs_sim.cases.settings import CashUsable, CustomsSettings, ReviewSettings
from customs_sim.cli.start import customs_settings
from gateway.base.errors import BadSetting
from gateway.base.settings import Settings
from gateway.base.terminal.options import settings

GIVEN: dict[str, tuple[str, Any]] = {
    "pay_days": ("30", 30),
    "letter_cover_days": ("45", 45),
    "manual_over": ("2500000.50", Decimal("2500000.50")),
    "same_customs": ("0", 0),
    "answer_days": ("3", 3),
    "refund_after_close": ("true", True),
    "cash_guarantee_usable": ("payment", CashUsable.PAYMENT),
    "deadline_rolls": ("false", False),
    "review_hours": ("true", True),
    "opens": ("08:30", time(8, 30)),
    "closes": ("18:00", time(18)),
    "cut_off": ("15:00", time(15)),
}


@pytest.mark.parametrize("name", [f.name for f in fields(ReviewSettings)])
def test_every_value_of_a_review_comes_from_its_variable(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, wanted = GIVEN[name]
    assert (
        getattr(customs_settings(settings()).review, name)
        == getattr(ReviewSettings(), name)
        != wanted
    )
    monkeypatch.setenv(f"EPORT_{name.upper()}", written)
    assert getattr(customs_settings(settings()).review, name) == wanted


def test_customs_is_told_its_other_settings_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert customs_settings(Settings()) == CustomsSettings(undo=Settings().undo)
    monkeypatch.setenv("EPORT_POCKET_WAIT", "60")
    assert customs_settings(settings()).pocket_wait == 60


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("pay_days", "0"),
        ("pay_days", "3651"),
        ("pay_days", "soon"),
        ("letter_cover_days", "-1"),
        ("manual_over", "0"),
        ("manual_over", "1.005"),
        ("manual_over", "NaN"),
        ("same_customs", "5"),
        ("same_customs", "-1"),
        ("answer_days", "0"),
        ("refund_after_close", "perhaps"),
        ("cash_guarantee_usable", "never"),
        ("pocket_wait", "0"),
    ],
)
def test_a_value_outside_its_bounds_is_refused_by_name(
    name: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"EPORT_{name.upper()}", wrong)
    with pytest.raises(BadSetting, match=f"EPORT_{name.upper()}: found '{wrong}'; ."):
        settings()
