"""NTE101 at the gateway: its rules, and what its decision changes (nothing)."""

from __future__ import annotations

from handlers.contract import (
    AnswerHandler,
    Breach,
    Context,
    Facets,
    Filing,
    Listing,
    Rule,
    SubmissionHandler,
    Where,
)
from handlers.grt.receipts import no_change, read_decision
from handlers.grt.rows import as_registered, may_act, operator_authorised, system_named


def _text(filing: Filing, _: Context) -> Breach | None:
    return None if filing.body.text("noteTxt").strip() else Breach()


HANDLER = SubmissionHandler(
    code="NTE101",
    zh="担保联系单",
    en="note to customs",
    body="NteBsc",
    answers=("GRT200", "NTE201"),
    rules=(
        may_act(),
        operator_authorised(),
        system_named(),
        *as_registered(),
        Rule(
            id="N101.01",
            where=Where.REFUSE,
            field="noteTxt",
            check=_text,
            source="ours",
            zh="联系内容必填",
            en="the note says nothing",
            hint_zh="请填写联系内容",
            hint_en="write the text of the note",
        ),
    ),
    key=lambda filing: filing.body.text("etpsPreentNo"),
    facets=lambda filing: Facets(kind="note", customs=filing.body.text("masterCuscd")),
    reference=lambda filing: filing.body.text("etpsPreentNo"),
    change_no=lambda filing: 0,
    listing=Listing(name="notes", kinds=("note",), zh="联系单查询", en="Notes"),
)
DECISION = AnswerHandler(
    code="NTE201", zh="联系单回执", en="note answered", read=read_decision, on_answer=no_change
)
HANDLERS = (HANDLER, DECISION)
