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


def _held(check: Check) -> HeldLevy | None:
    """Return the levy that the filing confirms, if it is the enterprise's own."""
    return check.own_levy(check.body.text("dpstLevyBlNo"))


def _guarantee(check: Check) -> HeldGuarantee | None:
    """Return the guarantee that the filing names, whatever its state, if it is the enterprise's
    own."""
    return (
        check.own_guarantee(check.body.text("gasrNo"))
        if check.body.text("gurTypecd") == GENERAL and check.text("gasrNo")
        else None
    )


def known(check: Check) -> Breach | None:
    """Check that the levy is one of the enterprise's."""
    return (
        None
        if _held(check)
        else Breach(
            check.body.text("dpstLevyBlNo"), "发给本企业的征收单", "a levy of this enterprise"
        )
    )


def current(check: Check) -> Breach | None:
    """Check that the filing is about the present generation of the levy."""
    held = _held(check)
    return (
        Breach(str(check.body.change_no), str(held.change_no))
        if held and held.change_no != check.body.change_no
        else None
    )


def unconfirmed(check: Check) -> Breach | None:
    """Check that the levy waits for its confirmation."""
    held = _held(check)
    if (
        held is None
        or held.change_no != check.body.change_no
        or not (held.confirmed or held.taken_back)
    ):
        return None
    return Breach(
        "已撤销" if held.taken_back else "已确认", "待确认", "a levy that waits for confirmation"
    )


def echoed(field: str) -> Condition:
    """Return the condition that ``field`` is what customs wrote."""

    def broken(check: Check) -> Breach | None:
        held, found = _held(check), check.text(field)
        if (
            held is None
            or held.change_no != check.body.change_no
            or (wanted := held.fields.get(field, "").strip()) == found
        ):
            return None
        return Breach(found, wanted or "空", wanted or "nothing")

    return broken


def same_amount(field: str) -> Condition:
    """Return the condition that ``field`` is the amount that customs wrote, however spelled."""

    def broken(check: Check) -> Breach | None:
        held = _held(check)
        if held is None or held.change_no != check.body.change_no:
            return None
        wanted = held.fields.get(field, "")
        return (
            None
            if check.body.amount(field) == amount_of(wanted)
            else Breach(check.body.text(field), wanted)
        )

    return broken


def as_secured(field: str) -> Condition:
    """Return the condition that ``field`` is as before, once a part of the levy is secured."""
    same = echoed(field)
    return lambda check: same(check) if (held := _held(check)) and held.secured > 0 else None


def of_type(gur_type: str, condition: Condition, mode: str = "") -> Condition:
    """Return ``condition`` for this gurTypecd alone, and for this gurModecd if one is given."""
    return lambda check: (
        condition(check)
        if check.body.text("gurTypecd") == gur_type and mode in ("", check.body.text("gurModecd"))
        else None
    )


def letter_covers(check: Check) -> Breach | None:
    """Check that the letter is valid as long as the 底账 that it secures."""
    held, until = _held(check), check.body.day("ltguaValidDate")
    book = held and Body(held.fields).day("oriactValidDate")
    cover = book + timedelta(days=check.settings.letter_cover_days) if book else None
    wanted = later(check.today + timedelta(days=1), cover)
    return (
        None
        if until is not None and until >= wanted
        else Breach(check.body.text("ltguaValidDate"), str(wanted))
    )


def one_validity(check: Check) -> Breach | None:
    """Check that gurValidDate is empty, or that of the letter."""
    given = check.body.day("gurValidDate")
    if not check.text("gurValidDate") or given == check.body.day("ltguaValidDate"):
        return None
    return Breach(
        check.text("gurValidDate"),
        f"空或 {check.body.text('ltguaValidDate')}",
        f"nothing or {check.body.text('ltguaValidDate')}",
    )


def usable(check: Check) -> Breach | None:
    """Check that the guarantee is one of the enterprise's and in force."""
    if not check.text("gasrNo"):
        return None
    held = _guarantee(check)
    if (
        held
        and held.status == VALID
        and not (held.by_letter and held.valid_until and held.valid_until < check.today)
    ):
        return None
    return Breach(
        check.body.text("gasrNo"), "本企业有效的总担保", "a guarantee of this enterprise in force"
    )


def enough(check: Check) -> Breach | None:
    """Check that the guarantee has as much left as the levy needs."""
    held, levy = _guarantee(check), _held(check)
    if held is None or levy is None or held.available >= levy.open:
        return None
    return Breach(money_text(held.available), money_text(levy.open))


def fits_guarantee(check: Check) -> Breach | None:
    """Check that mode and customs of the levy are those of the guarantee."""
    held, digits = _guarantee(check), check.settings.same_customs
    if held is None:
        return None
    mode, customs = check.body.text("gurModecd"), check.body.text("masterCuscd")
    if mode == held.mode and customs[:digits] == held.customs[:digits]:
        return None
    return Breach(f"{mode} / {customs}", f"{held.mode} / {held.customs}")
