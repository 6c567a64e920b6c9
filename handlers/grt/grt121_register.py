"""The rules of an application that look at the register (``docs/rules.md`` 2.8). Pure."""

from __future__ import annotations

from decimal import Decimal

from handlers.contract import Breach, Context, Filing, Rule, Where
from handlers.grt.grt121_rules import of_guarantee, of_levy
from handlers.grt.register_rows import customs_own, none_open, own_guarantee, own_levy
from handlers.lifecycle import Status
from schemas.guarantee import LETTER, Guarantee, Levy


def _guarantee(filing: Filing, context: Context) -> Guarantee | None:
    held = (
        own_guarantee(filing, context, filing.body.text("gurNo")) if of_guarantee(filing) else None
    )
    return None if held is None else Guarantee(held.fields)


def _levy(filing: Filing, context: Context) -> Levy | None:
    """Return the levy if it is approved."""
    held = own_levy(filing, context, filing.body.text("gurNo")) if of_levy(filing) else None
    return Levy(held.fields) if held is not None and held.filing_status is Status.APPROVED else None


def _unknown(filing: Filing, context: Context) -> Breach | None:
    """Find a guarantee that the register does not hold: it is there only once it is approved."""
    known = _guarantee(filing, context) is not None or _levy(filing, context) is not None
    return None if known else Breach(found=filing.body.text("gurNo"))


def _single_letter(filing: Filing, context: Context) -> Breach | None:
    levy = _levy(filing, context)
    return (
        Breach(found=filing.body.text("gurNo"))
        if levy is not None and levy.by_single and levy.by_letter
        else None
    )


def _guarantee_letter(filing: Filing, context: Context) -> Breach | None:
    held = _guarantee(filing, context)
    return (
        Breach(found=filing.body.text("gurNo"))
        if held is not None and held.text("gurModecd") == LETTER
        else None
    )


def _more_than_shown(filing: Filing, context: Context) -> Breach | None:
    levy, held, asked = (
        _levy(filing, context),
        _guarantee(filing, context),
        filing.body.amount("rtnbkCrdwAmt"),
    )
    if (
        asked is None
        or (levy is not None and levy.by_single and levy.by_letter)
        or (held is not None and held.by_letter)
    ):
        return None
    shown: Decimal | None = (
        levy.refundable() if levy is not None else held.refundable() if held is not None else None
    )
    return (
        Breach(found=filing.body.text("rtnbkCrdwAmt"), wanted=str(shown))
        if shown is not None and asked > shown
        else None
    )


def _open(filing: Filing, context: Context) -> str | None:
    number = filing.body.text("gurNo")
    held = (
        own_guarantee(filing, context, number)
        if of_guarantee(filing)
        else own_levy(filing, context, number)
    )
    return None if held is None else held.open_filing


HELD_RULES: tuple[Rule, ...] = (
    Rule(
        id="R121.02",
        where=Where.REFUSE,
        field="gurNo",
        check=_unknown,
        source="M1.4",
        zh="担保 {f} 不存在或未审批通过",
        en="{f} is unknown or not approved",
        hint_zh="请核对编号和担保类型; 审批通过的总担保和征收单才能申请退还结转",
        hint_en=(
            "check number and type; only approved guarantees and levies can be refunded or carried"
            " over"
        ),
    ),
    Rule(
        id="R121.06",
        where=Where.WARN,
        field="gurNo",
        check=_single_letter,
        source="inf",
        zh="征收单 {f} 为单票保函, 不办理退还结转, 海关可能退单",
        en=(
            "levy bill {f} is secured by a single letter, which is not refundable; customs will"
            " probably return the application"
        ),
        hint_zh="保函在业务结案后由海关退还",
        hint_en="customs hand the letter back when the business step is closed",
    ),
    Rule(
        id="R121.06",
        where=Where.WARN,
        field="gurNo",
        check=_guarantee_letter,
        source="inf",
        zh="总担保 {f} 为保函, 海关可能退单",
        en="guarantee {f} is a letter; customs will probably return the application",
        hint_zh="请办理总担保变更",
        hint_en="change the guarantee instead",
    ),
    Rule(
        id="R121.06",
        where=Where.WARN,
        field="rtnbkCrdwAmt",
        check=_more_than_shown,
        source="inf",
        zh="申请 {f} 元, 台账可退 {w} 元, 海关可能退单",
        en="asked {f} yuan, the register shows {w} yuan; customs will probably return it",
        hint_zh="请核对金额, 余额以海关审核为准",
        hint_en="check the amount; what customs find counts",
    ),
    none_open("gurNo", _open),
    *(
        customs_own(name)
        for name in ("seqno", "dataSrccd", "emapvMarkcd", "version", "rtnbkCrdwNo")
    ),
)
"""R121.02, R121.06, X.07 and X.12."""
