"""The conditions of customs' rules of GRT111 确认 (``docs/rules.md`` 2.4, 2.7). Pure. Each returns
what is wrong; None when nothing is, or when another rule says it.
"""

from __future__ import annotations

from datetime import timedelta

from customs_sim.rules.common import later
from customs_sim.rules.register import VALID, HeldGuarantee, HeldLevy
from customs_sim.rules.rule import Breach, Check, Condition
from schemas.body import Body, amount_of
from schemas.guarantee import GENERAL
from schemas.money import money_text


def _held(c: Check) -> HeldLevy | None:
    """Return the levy that the filing confirms, if it is the enterprise's own."""
    return c.own_levy(c.body.text("dpstLevyBlNo"))


def _guarantee(c: Check) -> HeldGuarantee | None:
    """Return the guarantee that the filing names, whatever its state, if it is the enterprise's
    own."""
    return (
        c.own_guarantee(c.body.text("gasrNo"))
        if c.body.text("gurTypecd") == GENERAL and c.text("gasrNo")
        else None
    )


def known(c: Check) -> Breach | None:
    """Check that the levy is one of the enterprise's."""
    return (
        None
        if _held(c)
        else Breach(c.body.text("dpstLevyBlNo"), "发给本企业的征收单", "a levy of this enterprise")
    )


def current(c: Check) -> Breach | None:
    """Check that the filing is about the present generation of the levy."""
    held = _held(c)
    return (
        Breach(str(c.body.change_no), str(held.change_no))
        if held and held.change_no != c.body.change_no
        else None
    )


def unconfirmed(c: Check) -> Breach | None:
    """Check that the levy waits for its confirmation."""
    held = _held(c)
    if (
        held is None
        or held.change_no != c.body.change_no
        or not (held.confirmed or held.taken_back)
    ):
        return None
    return Breach(
        "已撤销" if held.taken_back else "已确认", "待确认", "a levy that waits for confirmation"
    )


def echoed(field: str) -> Condition:
    """Return the condition that ``field`` is what customs wrote."""

    def broken(c: Check) -> Breach | None:
        held, found = _held(c), c.text(field)
        if (
            held is None
            or held.change_no != c.body.change_no
            or (wanted := held.fields.get(field, "").strip()) == found
        ):
            return None
        return Breach(found, wanted or "空", wanted or "nothing")

    return broken


def same_amount(field: str) -> Condition:
    """Return the condition that ``field`` is the amount that customs wrote, however spelled."""

    def broken(c: Check) -> Breach | None:
        held = _held(c)
        if held is None or held.change_no != c.body.change_no:
            return None
        wanted = held.fields.get(field, "")
        return (
            None
            if c.body.amount(field) == amount_of(wanted)
            else Breach(c.body.text(field), wanted)
        )

    return broken


def as_secured(field: str) -> Condition:
    """Return the condition that ``field`` is as before, once a part of the levy is secured."""
    same = echoed(field)
    return lambda c: same(c) if (held := _held(c)) and held.secured > 0 else None


def of_type(gur_type: str, condition: Condition, mode: str = "") -> Condition:
    """Return ``condition`` for this gurTypecd alone, and for this gurModecd if one is given."""
    return lambda c: (
        condition(c)
        if c.body.text("gurTypecd") == gur_type and mode in ("", c.body.text("gurModecd"))
        else None
    )


def letter_covers(c: Check) -> Breach | None:
    """Check that the letter is valid as long as the 底账 that it secures."""
    held, until = _held(c), c.body.day("ltguaValidDate")
    book = held and Body(held.fields).day("oriactValidDate")
    cover = book + timedelta(days=c.settings.letter_cover_days) if book else None
    wanted = later(c.today + timedelta(days=1), cover)
    return (
        None
        if until is not None and until >= wanted
        else Breach(c.body.text("ltguaValidDate"), str(wanted))
    )


def one_validity(c: Check) -> Breach | None:
    """Check that gurValidDate is empty, or that of the letter."""
    given = c.body.day("gurValidDate")
    if not c.text("gurValidDate") or given == c.body.day("ltguaValidDate"):
        return None
    return Breach(
        c.text("gurValidDate"),
        f"空或 {c.body.text('ltguaValidDate')}",
        f"nothing or {c.body.text('ltguaValidDate')}",
    )


def usable(c: Check) -> Breach | None:
    """Check that the guarantee is one of the enterprise's and in force."""
    if not c.text("gasrNo"):
        return None
    held = _guarantee(c)
    if (
        held
        and held.status == VALID
        and not (held.by_letter and held.valid_until and held.valid_until < c.today)
    ):
        return None
    return Breach(
        c.body.text("gasrNo"), "本企业有效的总担保", "a guarantee of this enterprise in force"
    )


def enough(c: Check) -> Breach | None:
    """Check that the guarantee has as much left as the levy needs."""
    held, levy = _guarantee(c), _held(c)
    if held is None or levy is None or held.available >= levy.open:
        return None
    return Breach(money_text(held.available), money_text(levy.open))


def fits_guarantee(c: Check) -> Breach | None:
    """Check that mode and customs of the levy are those of the guarantee."""
    held, digits = _guarantee(c), c.settings.same_customs
    if held is None:
        return None
    mode, customs = c.body.text("gurModecd"), c.body.text("masterCuscd")
    if mode == held.mode and customs[:digits] == held.customs[:digits]:
        return None
    return Breach(f"{mode} / {customs}", f"{held.mode} / {held.customs}")
