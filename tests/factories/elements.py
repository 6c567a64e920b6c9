"""XML written element by element."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tests.factories.enterprises import NIL


def filed(
    name: str,
    body: Mapping[str, str],
    parts: Mapping[str, Sequence[Mapping[str, str]]],
    seq_no: str | None,
) -> str:
    """GrtMessage with its body and the rows beside it."""
    return box(
        "GrtMessage",
        "" if seq_no is None else leaf("SeqNo", seq_no),
        element(name, body),
        *(element(part, row) for part, rows in parts.items() for row in rows),
    )


def element(name: str, fields: Mapping[str, str]) -> str:
    nil = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' if NIL in fields.values() else ""
    return box(name, *(leaf(key, value) for key, value in fields.items()), attributes=nil)


def leaf(name: str, value: str) -> str:
    if value == NIL:
        return f'<{name} xsi:nil="true"/>'
    text = escape(
        value, {"\n": "&#10;", "\r": "&#13;"}
    )  # a value is one line, whatever the indentation
    return f"<{name}>{text}</{name}>" if value else f"<{name}/>"


def closed(content: str, *parts: str) -> str:
    """Return an element with these as its last children; beside it where it has none."""
    inner = "\n".join(part for part in parts if part)
    head, _, name = content.rpartition("</")
    if not inner or not head:
        return "\n".join(part for part in (content, inner) if part)
    return f"{head}{textwrap.indent(inner, '  ')}\n</{name}"


def box(name: str, *parts: str, attributes: str = "") -> str:
    inner = "\n".join(part for part in parts if part)
    return f"<{name}{attributes}>\n{textwrap.indent(inner, '  ')}\n</{name}>"
