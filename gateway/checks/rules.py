"""The rules of a handler, run on a filing: each breach becomes a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from gateway.checks.opened import Opened
from gateway.checks.places import Places, rows_of_part
from handlers.contract import Breach, Context, Filing, Rule, Where
from schemas.findings import ERROR, WARNING, Finding, compose, shown

FORM_OF_AMOUNT = "X.09"
MOST = 100
"""Findings of one severity after which a message has been told enough: to say where a row stands
costs as much as all rows before it, and one rule can be broken in each of 20,000."""


class Rules:
    """Runs the rule tables of handlers."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def broken_by(
        self, opened: Opened, filing: Filing, context: Context, unsound: frozenset[str]
    ) -> list[Finding]:
        """Return a finding for each breach. A rule that needs an element of ``unsound`` is not
        asked."""
        broken: list[tuple[Rule, Breach]] = []
        if not filing.body.fields:
            return []  # the body is missing: that is one finding, not one for every rule
        for rule in opened.handler.rules:
            if unsound and (rule.field in unsound or any(n in unsound for n in rule.needs)):
                continue
            breach = rule.check(filing, context)
            if breach is not None and not unsound.intersection((breach.part, breach.field)):
                broken.append((rule, breach))
        # What is no amount cannot be compared: one finding for one cause.
        no_amounts = {rule.field for rule, _ in broken if rule.id == FORM_OF_AMOUNT}
        room, findings = {ERROR: MOST, WARNING: MOST}, list[Finding]()
        for rule, breach in broken:
            if no_amounts.intersection(rule.needs):
                continue
            severity = self._severity(rule, opened)
            told = self.findings(rule, breach, opened, room[severity])
            room[severity] -= len(told)
            findings += told
        return findings

    def findings(
        self, rule: Rule, breach: Breach, opened: Opened, most: int = MOST
    ) -> list[Finding]:
        """Return what a breach says to the sender, at each of its first ``most`` places."""
        told = (breach, *breach.more)[:most]
        rows = {part: rows_of_part(opened, part) for part in {place.part for place in told} if part}
        return [self._finding(rule, place, opened, rows) for place in told]

    def _severity(self, rule: Rule, opened: Opened) -> str:
        softened = not opened.declares and not rule.on_draft
        return WARNING if softened or rule.where is Where.WARN else ERROR

    def _finding(
        self,
        rule: Rule,
        breach: Breach,
        opened: Opened,
        rows: Mapping[str, Sequence[etree._Element]],
    ) -> Finding:
        field = breach.field or rule.field
        place = (
            self._places.in_row(rows[breach.part][breach.row], field)
            if breach.part
            else self._places.of_field(opened, field)
        )
        value = shown(breach.found)
        zh = {"f": value or "(空)", "w": breach.wanted, "label": place.label_zh or ""}
        en = {
            "f": value or "(nothing)",
            "w": breach.wanted_en or breach.wanted,
            "label": place.label_en or "",
        }
        texts = rule.zh.format_map(zh), rule.en.format_map(en)
        hints = (
            (breach.hint_zh or rule.hint_zh).format_map(zh),
            (breach.hint_en or rule.hint_en).format_map(en),
        )
        return compose(
            code=rule.id,
            layer="rule",
            severity=self._severity(rule, opened),
            place=place,
            value=breach.found or None,
            wanted=breach.wanted or _wanted_in(texts[0], hints[0], "应为", "请填写"),
            wanted_en=breach.wanted_en
            or (None if breach.wanted else _wanted_in(texts[1], hints[1], "wanted ", "write ")),
            zh=texts[0],
            en=texts[1],
            hint_zh=hints[0],
            hint_en=hints[1],
        )


def _wanted_in(text: str, hint: str, word: str, verb: str) -> str:
    """Return what is wanted, for a rule whose breach does not say it: what its own sentence says is
    wanted, else what its hint says to write."""
    _, said, wanted = text.partition(word)
    return wanted.strip() if said else hint.removeprefix(verb).strip()
