"""GRT141 回执补发送申请: customs are asked to send receipts again. No filing: it has no key, no
SeqNo and cannot be a draft.

The message names no assured enterprise. OperCusRegCode, which it may leave out, is the only code in
it: the receipts are those of the enterprises that the caller's key may act for.
"""

from __future__ import annotations

from handlers.contract import Breach, Context, Facets, Filing, Rule, SubmissionHandler, Where
from handlers.grt.rows import system_named


def _operator(filing: Filing, context: Context) -> Breach | None:
    """Check X.01 and X.02 in one: an enterprise of the key, or a declarant that one of them
    authorised."""
    code = filing.operator
    if not code or code in context.acts_for:
        return None
    known = (context.enterprises.get(own) for own in context.acts_for)
    return (
        None if any(code in own.agents for own in known if own is not None) else Breach(found=code)
    )


def _names_nothing(filing: Filing, _: Context) -> Breach | None:
    filled = filing.body.text("businessId") or filing.body.text("etpsPreentNo")
    return None if filled else Breach()


RULES: tuple[Rule, ...] = (
    Rule(
        id="X.01",
        where=Where.FORBID,
        field="OperCusRegCode",
        check=_operator,
        source="M4",
        on_draft=True,
        zh="无权操作企业 {f} 的数据",
        en="no right to act for {f}",
        hint_zh="请改正{label}, 或使用获该企业授权的密钥",
        hint_en="correct it, or use a key that may act for this enterprise",
    ),
    system_named(),
    Rule(
        id="H141.01",
        where=Where.REFUSE,
        field="businessId",
        check=_names_nothing,
        source="ours",
        on_draft=True,
        zh="业务单证编号和企业预录入编号至少填写一项, 现都为空",
        en="a business number or an enterprise reference is required; both are empty",
        hint_zh="请填写海关给出的单证编号, 或企业内部编号, 或统一编号",
        hint_en="write the number that customs gave, the enterprise's own reference, or the SeqNo",
    ),
)
"""X.01 and X.03 of ``docs/rules.md`` 2.4, and one of ours: the public shape leaves open which of
the two elements must be filled."""


HANDLER = SubmissionHandler(
    code="GRT141",
    zh="回执补发送申请",
    en="request to send receipts again",
    body="ReceiptDclHead",
    holder="GRT141",
    answers=(),
    rules=RULES,
    drafts=False,
    key=lambda filing: "",
    facets=lambda filing: Facets(kind="resend"),
    enterprise=lambda filing: filing.operator,
    reference=lambda filing: filing.body.text("etpsPreentNo"),
    change_no=lambda filing: 0,
)
