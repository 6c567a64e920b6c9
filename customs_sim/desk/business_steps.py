"""The steps of a bonded business that raise a levy, and how much each raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessStep:
    """One bizTypecd.

    Attributes:
        share: The share of the basis amount that must be secured.
    """

    name: str
    share: Decimal


BUSINESS_STEPS: Mapping[str, BusinessStep] = {
    "1": BusinessStep(name="账册设立/变更", share=Decimal(1)),
    "2": BusinessStep(name="手册设立/变更", share=Decimal(1)),
    "3": BusinessStep(name="余料结转", share=Decimal(1)),
    "4": BusinessStep(name="外发加工", share=Decimal(1)),
    "5": BusinessStep(name="单耗管理", share=Decimal(0)),
    "6": BusinessStep(name="集中内销", share=Decimal(1)),
    "7": BusinessStep(name="其他", share=Decimal(1)),
}
"""By bizTypecd (code list biz_type). 单耗管理 questions a rate of use and raises nothing by
itself."""


def raised(biz_type: str, basis: Decimal) -> Decimal:
    """Return what a step levies on ``basis``, in 元 rounded to 分; 0: no levy."""
    return (BUSINESS_STEPS[biz_type].share * basis).quantize(FEN, ROUND_HALF_UP)
