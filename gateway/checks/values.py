"""Values that have the right form and still cannot be: dates, check digits, code lists. Knows no
rule of a handler."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.checks.opened import Opened
from gateway.checks.places import Places, rows_of_part
from handlers.contract import Context, Filing, SubmissionHandler, Where
from schemas.codes import CodeLists
from schemas.findings import Finding, Place, finding
from schemas.identifiers import is_credit_code, is_enterprise_code, wanted_credit_code
from schemas.times import within
from schemas.xsd import SchemaSet

_FORMS = {"DateText": "yyyy-MM-dd", "DateTimeText": "yyyy-MM-dd HH:mm:ss"}
MOST = 100
"""Findings after which a message has been told enough: to say where a row stands costs as much as
all rows before it."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is checked in a body beyond its XSD, read from the XSD once."""

    names: tuple[str, ...]
    dates: Mapping[str, str]
    """Name to the form that its type has."""
    credit_codes: tuple[str, ...]
    enterprise_codes: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]


class Values:
    """Checks the values of a filing beyond its XSD."""

    def __init__(
        self,
        schemas: SchemaSet,
        codes: CodeLists,
        places: Places,
        handlers: Iterable[SubmissionHandler],
    ) -> None:
        self._schemas, self._codes, self._places = schemas, codes, places
        self._plans = {
            h.code: {name: self._plan(h, name) for name in (h.body, *h.parts) if name}
            for h in handlers
        }

    def _plan(self, handler: SubmissionHandler, body: str) -> _Plan:
        fields = self._schemas.fields(handler.code, body)
        ruled = {rule.field for rule in handler.rules if rule.where is Where.REFUSE}
        of = {f.name: (f.type_name or "").removeprefix("Optional") for f in fields}
        return _Plan(
            names=tuple(of),
            dates={n: _FORMS[t] for n, t in of.items() if t in _FORMS},
            credit_codes=tuple(n for n, t in of.items() if t == "CreditCode"),
            enterprise_codes=tuple(n for n, t in of.items() if t == "EnterpriseCode"),
            codes=tuple((f.name, f.codelist) for f in fields if f.codelist and f.name not in ruled),
        )

    def wrong_in(
        self,
        opened: Opened,
        filing: Filing,
        context: Context,
        unsound: frozenset[str] = frozenset(),
    ) -> list[Finding]:
        """Return a finding for each date that does not exist, each wrong check digit and each code
        that is in no list. Elements named in ``unsound`` are left out."""
        plans = self._plans[opened.handler.code]
        findings = (
            self._wrong(
                plans[opened.handler.body],
                filing.body.fields,
                context,
                unsound,
                lambda name: self._places.of_field(opened, name),
            )
            if opened.handler.body
            else []
        )
        for part, rows in filing.parts.items():
            if part in plans:
                for element, row in zip(rows_of_part(opened, part), rows, strict=True):
                    if len(findings) >= MOST:
                        return findings
                    findings += self._wrong(
                        plans[part],
                        row,
                        context,
                        unsound,
                        functools.partial(self._places.in_row, element),
                    )
        return findings

    def _wrong(
        self,
        plan: _Plan,
        fields: Mapping[str, str],
        context: Context,
        unsound: frozenset[str],
        place: Callable[[str], Place],
    ) -> list[Finding]:
        findings: list[Finding] = []

        def report(
            code: str, name: str, value: str, wanted: str, wanted_en: str | None = None
        ) -> None:
            findings.append(
                finding(code, place(name), found=value, wanted=wanted, wanted_en=wanted_en)
            )

        for name in plan.dates:
            if (value := fields.get(name)) and name not in unsound and not _is_date(value):
                report("XSD.08", name, value, plan.dates[name])
        for name in plan.credit_codes:
            if (value := fields.get(name)) and name not in unsound and not is_credit_code(value):
                right = wanted_credit_code(value)
                report(
                    "CODE.02", name, value, right or "正确的校验位", right or "a right check digit"
                )
        for name in plan.enterprise_codes:
            if (
                (value := fields.get(name))
                and name not in unsound
                and not is_enterprise_code(value)
            ):
                report("CODE.03", name, value, "10 位海关编码", "a customs registration code of 10")
        for name, codelist in plan.codes:
            if (
                (value := fields.get(name))
                and name not in unsound
                and self._codes.get(codelist, value, context.today) is None
            ):
                if why := self._codes.not_valid(codelist, value, context.today):
                    report("CODE.04", name, value, *why)
                else:
                    report("CODE.01", name, value, codelist)
        return findings


def _is_date(text: str) -> bool:
    try:
        return within(datetime.fromisoformat(text))
    except ValueError:
        return False
