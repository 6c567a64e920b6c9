"""How rule tables are tested: cases from both sides, and what every table must keep. The cases live
with the message type."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from handlers.contract import Breach, Context, Filing, Rule, SubmissionHandler
from tests.factories import BEIJING, ENTERPRISES, context

AGENT = "1101980AGT"
WITH_AGENT = ENTERPRISES | {BEIJING: replace(ENTERPRISES[BEIJING], agents=frozenset({AGENT}))}
NOTHING_FOUND: list[tuple[str, str]] = []


class Case(NamedTuple):
    """A filing and what the rules may know of the world."""

    filing: Filing
    given: Context = context()


Broken = Mapping[str, tuple[Case, list[tuple[str, str]]]]
"""Behaviour to a case and what it breaks: rule id and field, in the table's order."""
Sound = Mapping[str, tuple[str, Case]]
"""Behaviour to the rule that allows it and a case that breaks nothing."""


def rules_of(handler: SubmissionHandler, filing: Filing | None = None) -> tuple[Rule, ...]:
    """Both tables; without the held rules for a ``filing`` that names nothing."""
    held = handler.held_rules if filing is None or handler.names(filing) else ()
    return (*handler.rules, *held)


def found(handler: SubmissionHandler, case: Case) -> list[tuple[Rule, Breach]]:
    """Every rule that finds something, once for each place."""
    each = ((rule, rule.check(case.filing, case.given)) for rule in rules_of(handler, case.filing))
    return [
        (rule, place)
        for rule, breach in each
        if breach is not None
        for place in (breach, *breach.more)
    ]


def broken(handler: SubmissionHandler, case: Case) -> list[tuple[str, str]]:
    """Rule id and field of everything that is found."""
    return [(rule.id, breach.field or rule.field) for rule, breach in found(handler, case)]


def rows(handler: SubmissionHandler, case: Case) -> list[tuple[str, str, int]]:
    """Part, field and row, from 0, of everything that is found in a part."""
    return [
        (breach.part, breach.field or rule.field, breach.row)
        for rule, breach in found(handler, case)
        if breach.part
    ]


def said(rule: Rule, breach: Breach) -> list[str]:
    """The four texts as a person reads them."""
    zh = {"f": breach.found or "(空)", "w": breach.wanted, "label": "标签"}
    en = {
        "f": breach.found or "(nothing)",
        "w": breach.wanted_en or breach.wanted,
        "label": "label",
    }
    return [
        rule.zh.format_map(zh),
        rule.en.format_map(en),
        (breach.hint_zh or rule.hint_zh).format_map(zh),
        (breach.hint_en or rule.hint_en).format_map(en),
    ]


def unreadable(rule: Rule, breach: Breach) -> list[str]:
    """What is wrong with the texts of a breach; nothing when a person can use them."""
    texts = said(rule, breach)
    quoted = breach.found + breach.wanted + (breach.wanted_en or "")
    return [
        *(f"empty text {n}" for n, text in enumerate(texts) if not text),
        *(f"open brace in {text!r}" for text in texts if "{" in text),
        *(
            f"Chinese in {text!r}"
            for text in (texts[1], texts[3])
            if any(ord(c) > 0x2E80 and c not in quoted for c in text)
        ),
    ]


def ids(handler: SubmissionHandler) -> set[str]:
    return {rule.id for rule in rules_of(handler)}


def covered(broken: Broken, sound: Sound) -> tuple[set[str], set[str]]:
    """The rules that some case breaks, and those that some case keeps."""
    return {id for _, wanted in broken.values() for id, _ in wanted}, {
        id for id, _ in sound.values()
    }
