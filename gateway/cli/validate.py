"""`validate`: the gateway's checks on files, without a gateway: no store, no key, no network. Today
is today; the registry is the demo one. What needs the store (identity of a filing) is not checked
here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.text import Text

from gateway.base.settings import Settings
from gateway.base.terminal.files import content, messages
from gateway.base.terminal.screen import screen, show_findings, show_json
from gateway.checks.intake import Intake
from gateway.checks.opened import Opened, Submission
from gateway.checks.standard import standard_intake
from gateway.store.demo import DEMO
from handlers.contract import Context
from schemas.codes import CodeLists
from schemas.findings import Refused
from schemas.times import local_day
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The verdict on one file. ``findings`` of a valid file are warnings."""

    file: str
    valid: bool
    message_type: str | None
    findings: tuple[dict[str, Any], ...]


def validate(paths: Sequence[Path], settings: Settings, *, enterprise: str, as_json: bool) -> int:
    """Exit 1 when a file has errors. ``enterprise``: whose key it would be sent with; empty: that
    of the message."""
    files, out = messages(paths), screen()
    codes = CodeLists(imported=settings.codelists)
    intake = standard_intake(
        settings.customs_node,
        reader=XmlReader(Limits(size=settings.max_body)),
        schemas=SchemaSet(),
        codes=codes,
    )
    hidden = as_json or not out.is_terminal or len(files) < 2
    checked = [
        _check(intake, codes, file, enterprise)
        for file in track(files, "校验 checking", console=out, transient=True, disable=hidden)
    ]
    good = all(c.valid for c in checked)
    if as_json:
        show_json({"ok": good, "items": checked})
    else:
        for item in checked:
            _show(out, item)
    return 0 if good else 1


def _check(intake: Intake, codes: CodeLists, file: Path, enterprise: str) -> Checked:
    now = datetime.now(UTC)

    def context(acts_for: str) -> Context:
        return Context(
            now=now,
            today=local_day(now),
            acts_for=frozenset({acts_for}),
            enterprises={e.code: e for e in DEMO},
            codes=codes,
        )

    body, kind = content(file), None
    try:
        result = intake.open(body, context(enterprise))
        if isinstance(result, Opened) and not enterprise:
            enterprise = _named(result)
            result = intake.open(body, context(enterprise))
        kind = result.handler.code
        findings = (
            result.warnings
            if isinstance(result, Submission)
            else intake.findings_of(result, context(enterprise))
        )
        valid = isinstance(result, Submission)
    except Refused as refused:
        findings, valid = refused.findings, False
    return Checked(
        file=str(file), valid=valid, message_type=kind, findings=tuple(asdict(f) for f in findings)
    )


def _named(opened: Opened) -> str:
    """Return the enterprise that a message is about; the key that sends it is supposed to act
    for it."""
    return opened.package.business.findtext(".//assuredEtpsno") or ""


def _show(out: Console, item: Checked) -> None:
    verdict = ("✓", "green") if item.valid else ("✗", "red")
    errors = sum(f["severity"] == "error" for f in item.findings)
    words = "有效 valid" if item.valid else f"{errors} 处错误 errors"
    out.print(Text.assemble(verdict, f" {item.file}  {item.message_type or ''}  {words}"))
    show_findings(out, item.file, item.findings)
