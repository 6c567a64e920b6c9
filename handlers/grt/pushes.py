"""What customs send of their own accord (GRT301, 302, 303), read into a Push. Judges nothing: that
is reception's work.

A message that has no body says nothing that can be applied: None.
"""

from __future__ import annotations

from typing import NamedTuple

from handlers.contract import Push, PushHandler
from schemas.body import Body
from schemas.catalogue import catalogue
from schemas.filing import parts_in
from schemas.package import Rows
from schemas.statement import MOVEMENT


class Subject(NamedTuple):
    """A register that customs tells about.

    Attributes:
        name: guarantee, levy or refund.
        filing: The message type of the filings that are about it.
        number: The element that holds its number.
        status: The element that holds its status; empty for one that has none.
    """

    name: str
    filing: str
    number: str
    status: str


SUBJECTS = {
    "GrtGasrLevyBsc": Subject("guarantee", "GRT101", "gasrNo", "gurStucd"),
    "GrtDpstLevyBlBsc": Subject("levy", "GRT111", "dpstLevyBlNo", "levyBlStucd"),
    "GrtRtnbkCrdwDt": Subject("refund", "GRT121", "rtnbkCrdwNo", ""),
}
"""By the body that customs sends."""

STATEMENT_LINE = "GrtReconDt"


def register_push(code: str, rows: Rows, *, asks: bool) -> Push | None:
    """Return what a GRT301 (``asks``) or a GRT302 says: the register as customs hold it, its rows,
    and the movements that led there."""
    beside = catalogue().parts
    body_name = next((name for name in rows if name not in beside), "")
    if body_name not in SUBJECTS:
        return None
    subject = SUBJECTS[body_name]
    body, parts = Body(rows[body_name][0]), parts_in(rows)
    movements = parts.pop(MOVEMENT, ())
    return Push(
        code=code,
        subject=subject.name,
        filing=subject.filing,
        enterprise=body.text("assuredEtpsno"),
        number=body.text(subject.number),
        change_no=body.count("chgTmsCnt"),
        version=body.count("version"),
        asks=asks,
        mark=body.text("emapvMarkcd"),
        status=body.text(subject.status),
        fields=body.fields,
        parts=parts,
        movements=movements,
    )


def statement_push(code: str, rows: Rows) -> Push | None:
    """Return what a GRT303 says: head and lines of a statement. It is answered by a GRT161, which
    is a filing of its own, so it does not ask."""
    if "GrtReconBsc" not in rows:
        return None
    body, parts = Body(rows["GrtReconBsc"][0]), parts_in(rows)
    lines = parts.pop(STATEMENT_LINE, ())
    return Push(
        code=code,
        subject="statement",
        filing="GRT161",
        enterprise=body.text("assuredEtpsno"),
        number=body.text("stmtNo"),
        change_no=0,
        version=body.count("stmtVersion"),
        asks=False,
        mark="",
        status="",
        fields=body.fields,
        parts=parts,
        movements=lines,
    )


ASK = PushHandler(
    code="GRT301",
    zh="征收单下发 / 总担保要求",
    en="levy bill, or a guarantee asked for",
    read=lambda rows: register_push("GRT301", rows, asks=True),
)
"""GRT301: customs start. A levy bill (下发, 变更, 转企业确认), or a guarantee that customs ask for
(``docs/rules.md`` K6, K8)."""

SYNC = PushHandler(
    code="GRT302",
    zh="台账同步",
    en="register synchronisation",
    read=lambda rows: register_push("GRT302", rows, asks=False),
)
"""GRT302: a guarantee, a levy or a refund as it now stands, and the movements that explain it
(``docs/rules.md`` Y302)."""

STATEMENT = PushHandler(
    code="GRT303",
    zh="对账单下发",
    en="statement of account",
    read=lambda rows: statement_push("GRT303", rows),
)
"""GRT303: a statement of account, answered by GRT161 (``docs/rules.md`` B303). Ours."""
