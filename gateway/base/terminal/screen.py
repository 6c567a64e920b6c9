"""What commands write: text for people through rich, one JSON value for programs. Knows no
command."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from schemas.times import wire_text

COLOURS = {
    "approved": "green",
    "returned": "red",
    "refused": "red",
    "draft": "yellow",
    "pending": "yellow",
    "review": "magenta",
    "error": "red",
    "warning": "yellow",
    "fault": "red",
    "ok": "green",
}


def screen(*, stderr: bool = False) -> Console:
    """Return standard output (or error). Texts are printed as they are: no markup is read from
    them, and no line is broken or cut."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=stderr)


def show_json(value: Any) -> None:
    """Write one JSON value on standard output, in UTF-8 whatever the terminal's encoding."""
    try:
        content = msgspec.json.encode(value)
    except UnicodeEncodeError:  # a file has a name that is no UTF-8
        content = msgspec.json.encode(_readable(msgspec.to_builtins(value)))
    sys.stdout.flush()
    sys.stdout.buffer.write(msgspec.json.format(content, indent=2) + b"\n")
    sys.stdout.buffer.flush()


def readable(text: str) -> str:
    """Return a text with the bytes of it that are no UTF-8 written as ``\\xb1``, as names of files
    may have them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _readable(value: Any) -> Any:
    match value:
        case str():
            return readable(value)
        case dict():
            return {_readable(key): _readable(each) for key, each in value.items()}
        case list() | tuple():
            return [_readable(each) for each in value]
        case _:
            return value


def show_rows(out: Console, header: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Show rows in columns as wide as their widest cell; a long row runs on instead of losing
    digits, as a table of rich would."""
    lines = [[Text(cell, style="bold") for cell in header]]
    lines += [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    widths = [max(cell.cell_len for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        made = Text()
        for cell, width in zip(line, widths, strict=True):
            made.append_text(cell).append(" " * (width - cell.cell_len + 2))
        made.rstrip()
        out.print(made)


def show_findings(out: Console, file: Path | str, findings: Iterable[dict[str, Any]]) -> None:
    """Show every finding: ``file:line: severity code``, then its Chinese and its English
    message, word for word (the hint ends them)."""
    for item in findings:
        place = f"{file}:{item['line']}" if item["line"] else str(file)
        out.print(
            Text.assemble(
                f"  {place}: ",
                (f"{item['severity']} {item['code']}", COLOURS.get(item["severity"], "")),
            )
        )
        out.print(f"    {item['message_zh']}")
        out.print(f"    {item['message_en']}")


def one_line(error: Exception) -> str:
    """Return what an error says, on one line: drivers write several."""
    return " ".join(str(error).split())


def clock(text: str) -> str:
    """Return an RFC 3339 time as a person reads it, in Asia/Shanghai."""
    return wire_text(datetime.fromisoformat(text))
