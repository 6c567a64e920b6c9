"""What came of a replay: one outcome for each case, with its steps; what reports are made of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the conversation. ``lanes``: from and to, of enterprise, gateway, customs (0 to 2). ``at``: seconds since the case began."""

    label: str
    lanes: tuple[int, int]
    at: float
    good: bool = True


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was taken. ``line``: of the script, 0 for a bare message."""

    title: str
    line: int
    ok: bool
    seconds: float
    differences: tuple[str, ...] = ()


class Outcome(msgspec.Struct, kw_only=True):
    """One case: a script or a bare message. ``group``: its folder."""

    name: str
    group: str
    ok: bool
    seconds: float
    steps: list[Done]
    arrows: list[Arrow] = msgspec.field(default_factory=list)
    seq_no: str = ""

    @property
    def failure(self) -> Done | None:
        """The first step that went wrong."""
        return next((step for step in self.steps if not step.ok), None)


class Report(msgspec.Struct, kw_only=True):
    """A whole replay. ``latency_ms``: percentiles of the submissions, where it was a load."""

    ok: bool
    cases: int
    failed: int
    seconds: float
    interrupted: bool
    outcomes: list[Outcome]
    latency_ms: dict[str, float] = msgspec.field(default_factory=dict)
    rate: dict[str, float] = msgspec.field(default_factory=dict)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p90, p99 and the worst, in milliseconds."""
    if not seconds:
        return {}
    ranked = sorted(seconds)
    return {name: round(ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1e3, 2)
            for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))}
