"""The script of a recording: its steps as YAML. The one place that knows how a script is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from gateway.cli.transcript import Do, Expect, Send, Step

WITHIN = "10s"
"""How long a message of customs may take: wall time, so that a busy machine does not fail a replay."""
_HEAD = """\
# 由 eport record 录制; 名称、编号已替换, 日期相对于运行当日 / recorded by eport record; names and numbers are fakes, days relative to the run
"""


def script_of(steps: Sequence[Step], variables: Mapping[str, str], file_of: Callable[[Send | Expect], str]) -> str:
    """The text of the script. ``file_of``: where the message of a step stands beside it."""
    whole = {"name": "recording", "variables": dict(variables), "steps": [_step(step, file_of) for step in steps]}
    return _HEAD + yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=140)


def _step(step: Step, file_of: Callable[[Send | Expect], str]) -> dict[str, Any]:
    made: dict[str, Any]
    if isinstance(step, Send):
        made = {"send": file_of(step), "as": step.enterprise}
        if step.status:
            made["expect"] = {"status": step.status}
    elif isinstance(step, Do):
        made = {"do": f"{step.method} {step.path}"}
        if step.body is not None:
            made["body"] = step.body
        if step.seq_no:
            made["once_waiting"] = step.seq_no
    else:
        told = {"type": step.message_type, "result": step.result, "seq_no": step.seq_no}
        made = {"receipt": {name: value for name, value in told.items() if value}, "as": step.enterprise, "within": WITHIN,
                "recorded": file_of(step)}
        if step.checks:
            made["assert"] = dict(step.checks)
    if step.captures:
        made["capture"] = dict(step.captures)
    return made
