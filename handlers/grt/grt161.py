"""GRT161 对账确认: the answer to one statement, agreed or with differences (``docs/rules.md`` 2.4,
2.9). Message and rules are ours.

Two tables: RULES needs no register; HELD_RULES looks at the statement that is answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from handlers.contract import (
    Answer,
    AnswerHandler,
    Breach,
    Context,
    Facets,
    Filing,
    HeldStatement,
    Rule,
    StatementAnswered,
    SubmissionHandler,
    Where,
)
from handlers.grt.receipts import count_in, read_decision
from handlers.grt.register_rows import not_known, own_statement
from handlers.grt.rows import (
    as_registered,
    in_rows,
    may_act,
    one_of,
    operator_authorised,
    row_amount,
    row_value_is,
    system_named,
)
from schemas.statement import AGREED, DIFFERENT, MISSING

DIFFERENCES = "GrtReconDiffDt"
_RESULT = ("reconRsltcd",)


def _agreed_with_lines(filing: Filing, _: Context) -> Breach | None:
    count = len(filing.parts.get(DIFFERENCES, ()))
    return (
        Breach(found=str(count), wanted="0", part=DIFFERENCES)
        if count and filing.body.text("reconRsltcd") == AGREED
        else None
    )


def _differs_without_lines(filing: Filing, _: Context) -> Breach | None:
    missing = filing.body.text("reconRsltcd") == DIFFERENT and not filing.parts.get(DIFFERENCES)
    return Breach(found="0", wanted="1") if missing else None


def _other_count(filing: Filing, _: Context) -> Breach | None:
    count = len(filing.parts.get(DIFFERENCES, ()))
    return (
        None
        if filing.body.count("diffQty") == count or _differs_without_lines(filing, _) is not None
        else Breach(found=filing.body.text("diffQty"), wanted=str(count))
    )


RULES: tuple[Rule, ...] = (
    may_act(),
    operator_authorised(),
    system_named(),
    *as_registered(),
    row_amount(DIFFERENCES, "stmtAmt"),
    row_amount(DIFFERENCES, "etpsAmt"),
    *one_of(
        "A161.03",
        "reconRsltcd",
        (AGREED, DIFFERENT),
        source="inf",
        zh="对账结果应为 1 一致或 2 有差异, 填报“{f}”",
        en='the result must be 1 agreed or 2 different; found "{f}"',
        hint_zh="一致请填写 1, 有差异请填写 2",
        hint_en="write 1 for agreed, 2 for differences",
    ),
    Rule(
        id="A161.03",
        where=Where.REFUSE,
        field=DIFFERENCES,
        check=_agreed_with_lines,
        needs=_RESULT,
        source="inf",
        zh="结果与差异明细不符: 结果为一致, 却有 {f} 条差异",
        en="result and lines disagree: agreed, yet with {f} differences",
        hint_zh="请删除差异明细, 或把结果改为 2 有差异",
        hint_en="remove the lines, or set reconRsltcd to 2 (different)",
    ),
    Rule(
        id="A161.03",
        where=Where.REFUSE,
        field=DIFFERENCES,
        check=_differs_without_lines,
        needs=_RESULT,
        source="inf",
        zh="结果与差异明细不符: 结果为有差异, 却没有差异明细",
        en="result and lines disagree: different, yet without a line",
        hint_zh="请在 GrtReconRsltBsc 之后填写至少一条 GrtReconDiffDt",
        hint_en="write at least one GrtReconDiffDt after GrtReconRsltBsc",
    ),
    Rule(
        id="A161.03",
        where=Where.REFUSE,
        field="diffQty",
        check=_other_count,
        source="inf",
        zh="差异条数填报“{f}”, 实有 {w} 条",
        en='the number of differences says "{f}"; there are {w}',
        hint_zh="请填写 {w}",
        hint_en="write {w}",
    ),
    row_value_is(
        "A161.04",
        DIFFERENCES,
        "mvmtNo",
        bool,
        when=lambda row: row.get("missMarkcd") != MISSING,
        source="inf",
        zh="差异无对应明细: 变动编号为空",
        en="the difference names no line of the statement",
        hint_zh="请填写对账单明细的变动编号; 对账单缺少该笔时把缺失标记填为 1",
        hint_en=(
            "write the line's movement number, or set missMarkcd to 1 when the statement lacks it"
        ),
    ),
)
"""What the gateway owns of ``docs/rules.md`` 2.4 and 2.9 without a register."""


# --- against the statement ---


def _register(filing: Filing, context: Context) -> HeldStatement | None:
    return own_statement(filing, context, filing.body.text("stmtNo"))


def _latest(filing: Filing, context: Context) -> HeldStatement | None:
    """Return the statement, when the answer is about its latest version."""
    held = _register(filing, context)
    return held if held is not None and held.version == filing.body.count("stmtVersion") else None


def _superseded(filing: Filing, context: Context) -> Breach | None:
    held = _register(filing, context)
    if held is None or held.version == filing.body.count("stmtVersion"):
        return None
    return Breach(found=filing.body.text("stmtVersion"), wanted=str(held.version))


def _answered(filing: Filing, context: Context) -> Breach | None:
    held = _latest(filing, context)
    return Breach(found=held.statement_no) if held is not None and held.answered else None


def _no_line(filing: Filing, context: Context) -> Iterator[tuple[int, Breach]]:
    held = _latest(filing, context)
    for at, row in enumerate(filing.parts.get(DIFFERENCES, ())):
        number = row.get("mvmtNo") or ""
        if (
            held is not None
            and number
            and row.get("missMarkcd") != MISSING
            and number not in held.lines
        ):
            yield at, Breach(found=number)


def _own_comparison(filing: Filing, context: Context) -> Breach | None:
    held = _latest(filing, context)
    if held is None or not held.differences or filing.body.text("reconRsltcd") != AGREED:
        return None
    return Breach(found=filing.body.text("reconRsltcd"), wanted=str(held.differences))


HELD_RULES: tuple[Rule, ...] = (
    not_known(
        "A161.01",
        "stmtNo",
        _register,
        source="inf",
        zh="对账单 {f} 不存在",
        en="there is no statement {f}",
        hint_zh="请核对对账单编号",
        hint_en="check the number of the statement",
    ),
    Rule(
        id="A161.01",
        where=Where.REFUSE,
        field="stmtVersion",
        check=_superseded,
        source="inf",
        zh="对账单已更新为版本 {w}, 填报版本“{f}”",
        en='the statement is superseded by version {w}; found version "{f}"',
        hint_zh="请按最新对账单确认",
        hint_en="answer the latest version",
    ),
    Rule(
        id="A161.02",
        where=Where.REFUSE,
        field="stmtNo",
        check=_answered,
        source="inf",
        on_draft=True,
        status=409,
        zh="对账单 {f} 已确认",
        en="statement {f} is answered already",
        hint_zh="无需再次确认; 如有异议请联系海关重新生成对账单",
        hint_en="nothing to do; customs can issue a new version",
    ),
    Rule(
        id="A161.04",
        where=Where.REFUSE,
        field="mvmtNo",
        check=in_rows(DIFFERENCES, _no_line),
        source="inf",
        zh="差异 {f} 无对应明细",
        en="difference {f} has no line in the statement",
        hint_zh="请核对变动编号; 对账单缺少该笔时把缺失标记填为 1",
        hint_en="check the movement number, or set missMarkcd to 1 when the statement lacks it",
    ),
    Rule(
        id="A161.05",
        where=Where.WARN,
        field="reconRsltcd",
        check=_own_comparison,
        source="inf",
        zh="填报一致, 但系统比对有 {w} 处差异",
        en="answered as agreed, yet the gateway's own comparison shows {w} differences",
        hint_zh="请先查看系统比对结果",
        hint_en="look at the comparison first",
    ),
)
"""A161.01, A161.02, A161.04 and A161.05."""


# --- the row of the catalogue ---


def key(filing: Filing) -> str:
    """Return the filing key: reference and change count."""
    return f"{filing.body.text('etpsPreentNo')}|{filing.body.count('chgTmsCnt')}"


HANDLER = SubmissionHandler(
    code="GRT161",
    zh="对账确认",
    en="answer to a statement",
    body="GrtReconRsltBsc",
    answers=("GRT200", "GRT261"),
    rules=RULES,
    held_rules=HELD_RULES,
    names=lambda filing: (("statement", filing.body.text("stmtNo")),),
    parts=(DIFFERENCES,),
    key=key,
    facets=lambda filing: Facets(kind="reconciliation"),
    reference=lambda filing: filing.body.text("etpsPreentNo"),
    change_no=lambda filing: filing.body.count("chgTmsCnt"),
)


def on_answer(answer: Answer) -> StatementAnswered:
    """Return which version of which statement was answered."""
    fields = answer.fields
    return StatementAnswered(fields.get("stmtNo", ""), count_in(fields, "stmtVersion"))


DECISION = AnswerHandler(
    code="GRT261",
    zh="对账确认回执",
    en="receipt of an answer to a statement",
    read=read_decision,
    on_answer=on_answer,
)
"""GRT261: customs took the answer to a statement, or did not."""
