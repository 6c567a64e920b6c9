"""Drafts: what is only a warning before the filing is declared (X.10)."""

from __future__ import annotations

from gateway.checks.opened import Opened
from schemas.explain import Explainer
from schemas.findings import WARNING, Finding, compose
from schemas.xsd import SchemaSet


class Drafts:
    """Tells what a draft lacks."""

    def __init__(self, schemas: SchemaSet, explainer: Explainer) -> None:
        self._schemas, self._explainer = schemas, explainer

    def warnings(self, opened: Opened, findings: list[Finding]) -> tuple[Finding, ...]:
        """Return the warnings of an accepted message: its own, and what a draft lacks."""
        warnings = [*opened.document.warnings, *sorted(findings, key=lambda f: f.line or 0)]
        if not opened.declares:
            warnings += self._missing(opened, {f.field for f in findings})
            if count := sum(f.layer not in ("encoding", "parse") for f in warnings):
                warnings.insert(
                    0,
                    compose(
                        code="X.10",
                        layer="rule",
                        severity=WARNING,
                        zh=f"暂存成功, 申报前需补 {count} 项",
                        en=f"saved; {count} to complete",
                        hint_zh="补齐后以 DelcareFlag 1 申报",
                        hint_en="complete it, then send it with DelcareFlag 1",
                    ),
                )
        return tuple(warnings)

    def _missing(self, opened: Opened, named: set[str | None]) -> list[Finding]:
        """Return what the strict schema would refuse, as warnings (X.10)."""
        if self._schemas.valid(opened.handler.code, opened.package.business):
            return []
        strict = self._explainer.explain(opened.handler.code, opened.package.business)
        return [_softened(f) for f in strict if f.field not in named]


def _softened(item: Finding) -> Finding:
    return Finding(
        **{name: getattr(item, name) for name in Finding.__slots__} | {"severity": WARNING}
    )
