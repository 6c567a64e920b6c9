"""Rows that compare a filing with what the store holds: the number it names, and the elements that
it may not alter.

They are asked inside the transaction that stores the filing, after every other rule has passed,
with ``context.held`` filled. A number of another enterprise is answered as one that does not exist.
Owns X.07 and X.12.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, Unpack

from handlers.contract import (
    Breach,
    Context,
    Filing,
    HeldGuarantee,
    HeldLevy,
    HeldStatement,
    Rule,
    Where,
)
from handlers.grt.rows import Texts, When, always, is_zero
from schemas.body import amount_of

RegisterFields = Callable[[Filing, Context], Mapping[str, str] | None]
"""The register's elements that a row compares with; None when the row has nothing to say."""

Same = Callable[[str, str], bool]
"""Whether a value as filed is the register's, by its text and the register's."""

_Row = TypeVar("_Row", HeldGuarantee, HeldLevy, HeldStatement)


def own_guarantee(filing: Filing, context: Context, number: str) -> HeldGuarantee | None:
    """Return the guarantee of that number if the enterprise that files owns it."""
    return _own(filing, context.held.guarantees.get(number))


def own_levy(filing: Filing, context: Context, number: str) -> HeldLevy | None:
    """Return the levy of that number if the enterprise that files owns it."""
    return _own(filing, context.held.levies.get(number))


def own_statement(filing: Filing, context: Context, number: str) -> HeldStatement | None:
    """Return the statement of that number if the enterprise that files owns it."""
    return _own(filing, context.held.statements.get(number))


def _own(filing: Filing, row: _Row | None) -> _Row | None:
    """Return the row if the enterprise that files owns it: a key may act for several, a filing for
    one."""
    return row if row is not None and row.enterprise == filing.body.text("assuredEtpsno") else None


def same_text(value: str, held: str) -> bool:
    """Return whether two texts are equal, spaces around them aside."""
    return value.strip() == held.strip()


def same_amount(value: str, held: str) -> bool:
    """Return whether two texts are equal as numbers: 400000 is 400000.00."""
    return amount_of(value) == amount_of(held)


def not_known(
    id: str,
    field: str,
    row: Callable[[Filing, Context], object | None],
    *,
    when: When = always,
    **texts: Unpack[Texts],
) -> Rule:
    """Make the rule that ``field`` must name something that the register holds and the enterprise
    owns."""

    def check(filing: Filing, context: Context) -> Breach | None:
        return (
            Breach(found=filing.body.text(field))
            if row(filing, context) is None and when(filing)
            else None
        )

    return Rule(id=id, where=Where.REFUSE, field=field, check=check, **texts)


def locked(
    id: str, field: str, register: RegisterFields, *, same: Same = same_text, **texts: Unpack[Texts]
) -> Rule:
    """Make the rule that ``field`` must hold what the register holds."""

    def check(filing: Filing, context: Context) -> Breach | None:
        fields = register(filing, context)
        if fields is None:
            return None
        value, held = filing.body.text(field), fields.get(field) or ""
        if same(value, held):
            return None
        if held:
            return Breach(found=value, wanted=held)
        return Breach(
            found=value,
            wanted="(空)",
            wanted_en="(nothing)",
            hint_zh="请留空",
            hint_en="leave it empty",
        )

    return Rule(id=id, where=Where.REFUSE, field=field, check=check, **texts)


def customs_own(field: str, register: RegisterFields | None = None) -> Rule:
    """Make the rule X.12: what customs write is taken from the register, whatever was filed; a
    value that differs is only told. ``register`` is None where there is none yet.

    It is silent about an empty element and about 0, which claim nothing: most senders echo what
    they last knew, or nothing.
    """

    def check(filing: Filing, context: Context) -> Breach | None:
        value = filing.body.text(field)
        if is_zero(value):
            return None
        if register is None:
            return Breach(found=value)
        fields = register(filing, context)
        if (
            fields is None
            or value == (held := fields.get(field) or "")
            or _same_number(value, held)
        ):
            return None
        return Breach(found=value, wanted=held or "(空)", wanted_en=held or "(nothing)")

    return Rule(
        id="X.12",
        where=Where.WARN,
        field=field,
        check=check,
        source="rules 2.1, K21",
        zh="该项由海关填写, 填报值“{f}”将被忽略"
        + ("" if register is None else ", 海关现值为“{w}”"),
        en='customs write this element; "{f}" is ignored'
        + ("" if register is None else ', they hold "{w}"'),
        hint_zh="请留空" if register is None else "可照台账填写或留空",
        hint_en=(
            "leave it empty" if register is None else "copy it from the register, or leave it empty"
        ),
    )


def _same_number(value: str, held: str) -> bool:
    number = amount_of(value)
    return number is not None and number == amount_of(held)


def none_open(field: str, open_filing: Callable[[Filing, Context], str | None]) -> Rule:
    """Make the rule X.07: one open filing per guarantee or levy."""

    def check(filing: Filing, context: Context) -> Breach | None:
        seq_no = open_filing(filing, context)
        return Breach(found=filing.body.text(field), wanted=seq_no) if seq_no else None

    return Rule(
        id="X.07",
        where=Where.REFUSE,
        field=field,
        check=check,
        source="inf",
        on_draft=True,
        status=409,
        zh="{f} 已有在途申报 {w}",
        en="{f} already has an open filing, {w}",
        hint_zh="请等 {w} 审结后再申报",
        hint_en="wait until {w} is decided",
    )
