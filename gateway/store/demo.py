"""The enterprises that a demo begins with. Needs no store."""

from __future__ import annotations

from handlers.contract import Enterprise

DEMO = (
    Enterprise(
        code="1105910159",
        name="北京某某保税科技有限公司",
        credit_code="91110000802100433B",
        customs="0100",
        dxp_id="DXPENT0000000001",
    ),
    Enterprise(
        code="3105960AAA",
        name="上海某某国际物流有限公司",
        credit_code="91310115MA1K3QW838",
        customs="2200",
        dxp_id="DXPENT0000000002",
    ),
)
"""The demo registry (``docs/contract.md`` 1)."""
