"""Reports of the platform about messages of customs that it could not deliver (DxpRep)."""

from __future__ import annotations

from customs_sim.office.work import Work
from customs_sim.wire.filing import Reported, clean
from schemas.dxp import DxpRep

PLATFORM_SCOPE = "DXP"
"""c_messages.scope of reports: the platform names itself nowhere in a DxpRep."""


def note_undelivered(work: Work, reported: Reported, body: bytes) -> None:
    """Set aside each message that came back undelivered (direction out), or the report itself when
    it names no message of customs. ``body``: the DxpRep as received."""
    for report in reported.reports:
        _note(work, report, body)


def _note(work: Work, report: DxpRep, body: bytes) -> None:
    said = clean(f"DxpRep {report.code}: {report.info}")[:1000]
    number = work.sql.ids_of(work.connection, work.node, [report.original]).get(report.original)
    if number is None:
        work.park(
            direction="in",
            message_id=report.original,
            scope=PLATFORM_SCOPE,
            body=body,
            tries=1,
            reason=f"{said}; 不是海关发出的报文 names no message of customs",
        )
        return
    work.park(
        direction="out",
        message_id=report.original,
        scope=work.node,
        body=bytes(work.sql.bodies(work.connection, [number])[number].body),
        tries=1,
        reason=f"未送达 undelivered: {said}",
    )
