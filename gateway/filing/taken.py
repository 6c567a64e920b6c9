"""What is submitted, what it came to, and what one unit gathers of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gateway.checks.opened import Submission
from handlers.contract import SubmissionHandler
from handlers.declaration import Content, Declaration, Entry
from handlers.lifecycle import Status
from schemas.findings import Finding
from schemas.times import from_wire


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One checked submission and who sent it. ``operator`` scopes its message id."""

    submission: Submission
    operator: str
    acts_for: frozenset[str]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a submission that is durable. ``status`` as it was when the message was first
    taken."""

    seq_no: int
    reference: str
    message_type: str
    status: Status
    duplicate: bool = False
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Not taken: identity forbids it. ``http``: 409 or 404; ``original`` names the first
    message."""

    http: int
    findings: tuple[Finding, ...]
    original: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Unit:
    """What one run of the write unit gathers; a rerun starts with a new one."""

    outcomes: list[Taken | Clash]
    added: dict[int, Declaration] = field(default_factory=dict)
    refiled: dict[int, tuple[Declaration, Declaration]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    sends: list[tuple[int, Declaration | None, Submission]] = field(default_factory=list)
    retied: list[tuple[int | None, int, int]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    warned: dict[int, tuple[Finding, ...]] = field(default_factory=dict)


def content_of(submission: Submission, at: int) -> Content:
    handler: SubmissionHandler = submission.handler
    filing = submission.filing
    own = handler.key(filing)
    key = f"{submission.enterprise}|{handler.code}|{own}" if own else ""
    subject = next((number for _, number in handler.names(filing)), "")
    return Content(
        enterprise=submission.enterprise,
        message_type=handler.code,
        reference=handler.reference(filing),
        filing_key=key,
        change_no=handler.change_no(filing),
        facets=handler.facets(filing),
        declares=filing.declares,
        subject=subject,
        filed_at=from_wire(filing.body.text("dclTime") or filing.body.text("applyDate")) or at,
    )
