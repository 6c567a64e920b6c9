"""NTE101 担保联系单 on the wire: an enterprise tells customs something about its guarantees."""

from __future__ import annotations

from importlib import resources

from schemas.body import Filed
from schemas.catalogue import Family, Flow, MessageType

FAMILY = Family(
    xsd=resources.files("note").joinpath("xsd"),
    types=(
        MessageType(
            code="NTE101",
            flow=Flow.FILING,
            zh="担保联系单",
            en="note to customs",
            body="NteBsc",
            view=lambda fields, _: Filed(fields),
            storage="GRT200",
            receipt="NTE201",
            letter="N",
            typecd="9",
        ),
        MessageType(code="NTE201", flow=Flow.DECISION, zh="联系单回执", en="note answered"),
    ),
)
