"""The rules of a handler, run on a filing: each breach becomes a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from gateway.checks.opened import Opened
from gateway.checks.places import Places, rows_of_part
from handlers.contract import Breach, Context, Filing, Rule, Where
from schemas.findings import ERROR, WARNING, Finding, compose, shown

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
        findings: list[Finding] = []
        if not filing.body.fields:
            return findings  # the body is missing: that is one finding, not one for every rule
        room = {ERROR: MOST, WARNING: MOST}
        for rule in opened.handler.rules:
            if unsound and (rule.field in unsound or any(n in unsound for n in rule.needs)):
                continue
            breach = rule.check(filing, context)
            if breach is not None:
                told = self.findings(rule, breach, opened, room[self._severity(rule, opened)])
                room[self._severity(rule, opened)] -= len(told)
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
        return compose(
            code=rule.id,
            layer="rule",
            severity=self._severity(rule, opened),
            place=place,
            value=breach.found or None,
            wanted=breach.wanted or None,
            zh=rule.zh.format_map(zh),
            en=rule.en.format_map(en),
            hint_zh=(breach.hint_zh or rule.hint_zh).format_map(zh),
            hint_en=(breach.hint_en or rule.hint_en).format_map(en),
        )
