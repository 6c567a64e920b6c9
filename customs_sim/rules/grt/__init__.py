"""The family of the bonded guarantee at customs: rules and approvals, one file a message type."""

from __future__ import annotations

from customs_sim.rules.grt import grt101, grt111, grt121, grt151, grt161
from customs_sim.rules.procedure import Procedure

PROCEDURES: tuple[Procedure, ...] = (
    grt101.PROCEDURE,
    grt111.PROCEDURE,
    grt121.PROCEDURE,
    grt151.PROCEDURE,
    grt161.PROCEDURE,
)
