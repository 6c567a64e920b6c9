"""The parts in which a document is read: what is asked for first, what customs writes last. A
table; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from customs_sim.console.words import Words
from customs_sim.desk.document import OF_EVERY_FILING, DocumentLine

LONG = 60
"""Characters from which on a value takes the whole width."""
PARTS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (
        ("担保与金额", "Security and amounts"),
        ("gur", "gasr", "ltgua", "paymn", "levyBlAmt", "rtnbkCrdw", "reconRslt", "diffQty"),
    ),
    (("依据", "Based on"), ("oriact", "biz", "dpstLevy", "stmt", "seqno", "apply")),
    (("企业", "Enterprise"), ("assured", "etpsConc", "etpsAddr")),
    (("缴款单位和账号", "Payer and account"), ("pmnEtps",)),
)
"""Name of a part, and how the elements in it begin."""
REST: Words = ("申报", "Filing")
OWN: Words = ("海关填写", "Written by customs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a document. ``folded``: nobody needs it to decide."""

    words: Words
    lines: tuple[DocumentLine, ...]
    folded: bool = False


def groups(lines: Sequence[DocumentLine]) -> tuple[Part, ...]:
    """Return a document in its parts, without elements that are empty."""
    filled = [line for line in lines if line.value]
    made: dict[Words, list[DocumentLine]] = {words: [] for words, _ in PARTS}
    made |= {REST: [], OWN: []}
    for line in filled:
        made[_part_of(line)].append(line)
    return tuple(
        Part(words=words, lines=tuple(found), folded=words is OWN)
        for words, found in made.items()
        if found
    )


def _part_of(line: DocumentLine) -> Words:
    if line.own:
        return OWN
    if line.name in OF_EVERY_FILING:
        return REST
    return next((words for words, begins in PARTS if line.name.startswith(begins)), REST)
