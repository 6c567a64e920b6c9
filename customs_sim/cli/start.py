"""What every start of customs does first: its settings from those of the program, and the scenario
that was asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path

from customs_sim.cases.settings import CashUsable, CustomsSettings, ReviewSettings
from customs_sim.node import CustomsNode
from customs_sim.steering.yaml_reading import BadText
from gateway.base.errors import BadSetting
from gateway.base.settings import Settings


def customs_settings(settings: Settings, *, alone: bool = False) -> CustomsSettings:
    """The settings of a customs process; what has no setting of its own keeps its default.
    ``alone``: no other process shares its store, so nobody else moves the clock."""
    return CustomsSettings(
        node_id=settings.customs_node,
        profile=settings.profile,
        receipt_form=settings.receipt_form,
        most=settings.batch,
        pocket_wait=settings.pocket_wait,
        undo=settings.undo,
        claim=settings.claim,
        seed=settings.seed,
        clock_poll=0.0 if alone else 0.5,
        review=ReviewSettings(
            pay_days=settings.pay_days,
            letter_cover_days=settings.letter_cover_days,
            manual_over=settings.manual_over,
            same_customs=settings.same_customs,
            answer_days=settings.answer_days,
            refund_after_close=settings.refund_after_close,
            cash_guarantee_usable=CashUsable(settings.cash_guarantee_usable),
            review_hours=settings.review_hours,
            deadline_rolls=settings.deadline_rolls,
            opens=settings.opens,
            closes=settings.closes,
            cut_off=settings.cut_off,
        ),
    )


async def set_scenario(customs: CustomsNode, file: Path) -> None:
    """Make it customs' active scenario; the same one after a restart goes on counting.

    Raises BadSetting, every mistake on a line of its own."""
    known = customs.playbook.shipped()
    try:
        text = (
            known[str(file)]
            if str(file) in known
            else await asyncio.to_thread(file.read_text, encoding="utf-8")
        )
        await customs.playbook.ensure(text)
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(
            f"--scenario {file}: {error}; wanted a YAML file or one of {', '.join(known)}"
        ) from error
    except BadText as error:
        raise BadSetting(
            f"--scenario {file}:\n"
            + "\n".join(f"  第 {p.line} 行 {p.zh} / line {p.line}, {p.en}" for p in error.problems)
        ) from error
