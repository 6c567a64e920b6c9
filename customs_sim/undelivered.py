"""What customs sent and the platform could not deliver: taken from its DxpRep into the parked list, with the reason. Answers nothing."""

from __future__ import annotations

from customs_sim.filing import Reported, clean
from customs_sim.unit import WriteUnit

PLATFORM_SCOPE = "DXP"
"""c_messages.scope of reports: the platform names itself nowhere in a DxpRep."""


def note_undelivered(unit: WriteUnit, reported: Reported, body: bytes) -> None:
    """Park the message that came back undelivered (direction out), or the report itself when it names none of ours."""
    report = reported.report
    said = clean(f"DxpRep {report.code}: {report.info}")[:1000]
    number = unit.sql.ids_of(unit.connection, unit.node, [report.original]).get(report.original)
    if number is None:
        unit.park(direction="in", message_id=report.original, scope=PLATFORM_SCOPE, body=body, tries=1,
                  reason=f"{said}; 不是海关发出的报文 names no message of customs")
        return
    unit.park(direction="out", message_id=report.original, scope=unit.node, body=bytes(unit.sql.bodies(unit.connection, [number])[number][3]),
              tries=1, reason=f"未送达 undelivered: {said}")
