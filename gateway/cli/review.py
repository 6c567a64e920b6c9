"""What the simulated customs is told of this installation's settings: every value that its reviews work with is an operator's."""

from __future__ import annotations

from customs_sim.settings import CashUsable, CustomsSettings, ReviewSettings
from gateway.settings import Settings


def customs_settings(settings: Settings, *, alone: bool = False) -> CustomsSettings:
    """The settings of a customs process; what has no setting of its own keeps its default.
    ``alone``: no other process shares its store, so nobody else moves the clock."""
    return CustomsSettings(
        node_id=settings.customs_node, profile=settings.profile, most=settings.batch, pocket_wait=settings.pocket_wait,
        seed=settings.seed, clock_poll=0.0 if alone else 0.5,
        review=ReviewSettings(
            pay_days=settings.pay_days, letter_cover_days=settings.letter_cover_days, manual_over=settings.manual_over,
            same_customs=settings.same_customs, answer_days=settings.answer_days, refund_after_close=settings.refund_after_close,
            cash_guarantee_usable=CashUsable(settings.cash_guarantee_usable),
            review_hours=settings.review_hours, deadline_rolls=settings.deadline_rolls,
            opens=settings.opens, closes=settings.closes, cut_off=settings.cut_off))
