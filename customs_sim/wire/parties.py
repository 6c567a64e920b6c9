"""The parties of a filing: enterprises as registered, and the payees of deposits. Knows no
store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """One enterprise as registered with customs.

    Attributes:
        customs: The district of its registration.
        barred: Whether it may give no letters.
        agents: The codes of the agents that may declare for it.
    """

    code: str
    name: str
    credit_code: str
    customs: str
    dxp_id: str
    barred: bool = False
    agents: frozenset[str] = frozenset()

    @classmethod
    def of_row(cls, row: Any) -> Self:
        """Return the enterprise of a row of ``c_enterprises``, whose agents stand with blanks
        between."""
        return cls(
            code=row.code,
            name=row.name,
            credit_code=row.credit_code,
            customs=row.customs,
            dxp_id=row.dxp_id,
            barred=bool(row.barred),
            agents=frozenset(row.agents.split()),
        )


class Payee(NamedTuple):
    """收款单位: whom a deposit is paid to."""

    name: str
    bank: str
    account: str


PAYEES: dict[str, Payee] = {
    "0100": Payee("中华人民共和国北京海关", "模拟银行北京分行", "0100000000000000001"),
    "2200": Payee("中华人民共和国上海海关", "模拟银行上海分行", "2200000000000000001"),
}
"""Payees by the 关区 at the head of a district."""

DEFAULT_PAYEE = Payee("海关保证金专户", "模拟银行总行", "0000000000000000001")
"""For districts without a row."""


def payee_of(customs: str) -> Payee:
    """Return the payee of the district ``customs``, else of its head (the first two digits), else
    the default."""
    return PAYEES.get(customs) or PAYEES.get(customs[:2] + "00") or DEFAULT_PAYEE
