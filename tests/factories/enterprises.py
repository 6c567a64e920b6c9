"""The two enterprises of the tests, and words that several documents share."""

from __future__ import annotations

from handlers.contract import Enterprise

BEIJING, SHANGHAI = "1105910159", "3105960AAA"
CUSTOMS_NODE = "DXPEDCGRT0000001"
ENTERPRISES: dict[str, Enterprise] = {
    BEIJING: Enterprise(
        code=BEIJING,
        name="北京某某保税科技有限公司",
        credit_code="91110000802100433B",
        customs="0100",
        dxp_id="DXPENT0000000001",
    ),
    SHANGHAI: Enterprise(
        code=SHANGHAI,
        name="上海某某国际物流有限公司",
        credit_code="91310115MA1K3QW838",
        customs="2200",
        dxp_id="DXPENT0000000002",
    ),
}
NIL = "(nil)"
"""As a field's value: the element is written ``xsi:nil``; rules see it empty."""
OMITTED = "(omitted)"
"""As the operator: no OperCusRegCode at all."""
