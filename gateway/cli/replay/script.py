"""A script as it was read: what to send, to do, to wait for. The format on one page: ``docs/scripts.md``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOON = 10.0
"""Seconds of wall time that a step waits unless it says otherwise: a busy machine must not fail a replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A finding that is expected: code, and field and line where they are given."""

    code: str
    field: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. ``line`` of the script, from 1. ``capture``: name to a member of the answer, or to an XPath of the receipt.

    ``kind``: send, do, receipt, silence, status, found. What belongs to one kind alone is in the members named after it."""

    kind: str
    line: int
    title: str
    enterprise: str = ""
    within: float = SOON
    capture: Mapping[str, str] = field(default_factory=dict)
    # send
    file: str = ""
    changes: Mapping[str, str] = field(default_factory=dict)
    http: int | None = None
    status: str = ""
    findings: tuple[Place, ...] | None = None
    # do
    method: str = ""
    path: str = ""
    body: Any = None
    once_waiting: str = ""
    # receipt, silence, status
    message_type: str = ""
    result: str = ""
    seq_no: str = ""
    checks: Mapping[str, str] = field(default_factory=dict)
    like: str = ""
    recorded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """``folder``: what its files are relative to."""

    name: str
    file: Path
    folder: Path
    variables: Mapping[str, str]
    steps: tuple[Step, ...]
