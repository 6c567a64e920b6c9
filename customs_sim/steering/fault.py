"""What a fault is: one row of the table, and what several rows say of the gateway. Strikes
nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from customs_sim.steering.fault_effects import Effect, Options
from schemas.catalogue import Flow, catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row of the table of faults.

    Attributes:
        zh: What goes wrong; so is ``en``.
        source: The section of ``docs/wire.md``, 7.3 where it is listed there.
        gateway_zh: What the gateway makes of it; so is ``gateway_en``.
        effect: From an answer to what goes out in its place.
        flows: The only kinds of message that it is made for; empty: all.
        options: Numbers that a rule may change.
        lasting: Whether it strikes every later answer to the same filing too.
    """

    zh: str
    en: str
    source: str
    gateway_zh: str
    gateway_en: str
    effect: Effect
    flows: tuple[Flow, ...] = ()
    options: Options = field(default_factory=dict)
    lasting: bool = False

    @property
    def types(self) -> tuple[str, ...]:
        """Return the codes of the message types that it is made for; empty for all."""
        return catalogue().of(*self.flows) if self.flows else ()


BEHIND = {"seconds": 60}
IGNORES = ("状态不变, 轨迹中记为过时", "status unchanged; in the timeline as stale")
AS_USUAL = ("照常处理, 终态正确", "read as usual; the right final status")
PARKED = (
    "挂起待查并说明原因; 状态停在上一步, 可用 GRT141 补要",
    "parked with the reason; the status stays one step behind, GRT141 brings the receipt again",
)
FLAGGED = (
    "状态不变, undeliverable 写明代码和原因",
    "status unchanged; undeliverable says code and reason",
)
