"""What customs send of their own accord (GRT301, 302, 303), read into a Push. Judges nothing: that is reception's work.

A message that has no body says nothing that can be applied: None.
"""

from __future__ import annotations

from gateway.handler import Push
from schemas.filing import parts_in
from schemas.guarantee import PARTS, Body
from schemas.package import Rows
from schemas.statement import MOVEMENT

SUBJECTS = {
    "GrtGasrLevyBsc": ("guarantee", "gasrNo", "gurStucd"),
    "GrtDpstLevyBlBsc": ("levy", "dpstLevyBlNo", "levyBlStucd"),
    "GrtRtnbkCrdwDt": ("refund", "rtnbkCrdwNo", ""),
}
"""Body to subject, and which elements hold its number and its status; a refund has no status of its own."""

STATEMENT_LINE = "GrtReconDt"


def register_push(code: str, rows: Rows, *, asks: bool) -> Push | None:
    """GRT301 (``asks``) and GRT302: the register as customs hold it, its rows, and the movements that led there."""
    found = next((name for name in rows if name not in PARTS), "")
    if found not in SUBJECTS:
        return None
    subject, number, status = SUBJECTS[found]
    body, parts = Body(rows[found][0]), parts_in(rows)
    movements = parts.pop(MOVEMENT, ())
    return Push(
        code=code, subject=subject, enterprise=body.text("assuredEtpsno"), number=body.text(number),
        change_no=body.count("chgTmsCnt"), version=body.count("version"), asks=asks, mark=body.text("emapvMarkcd"),
        status=body.text(status), fields=body.fields, parts=parts, movements=movements)


def statement_push(code: str, rows: Rows) -> Push | None:
    """GRT303: head and lines of a statement. It is answered by a GRT161, which is a filing of its own, so it does not ask."""
    if "GrtReconBsc" not in rows:
        return None
    body, parts = Body(rows["GrtReconBsc"][0]), parts_in(rows)
    lines = parts.pop(STATEMENT_LINE, ())
    return Push(
        code=code, subject="statement", enterprise=body.text("assuredEtpsno"), number=body.text("stmtNo"), change_no=0,
        version=body.count("stmtVersion"), asks=False, mark="", status="", fields=body.fields, parts=parts, movements=lines)
