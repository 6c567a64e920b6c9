"""Conditions on texts that mean the same on every database: part of a text, and its beginning.
Every character of what is looked for stands for itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, and_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

LAST = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)
"""No store takes them, and UTF-8 has nothing between their neighbours."""


class _Folded(FunctionElement[str]):
    """A text with the letters A to Z made small, and no other: the same on every database, whatever
    its locale."""

    type = String()
    name = "folded"
    inherit_cache = True


@compiles(_Folded)
def _folded(element: _Folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


@compiles(_Folded, "postgresql")
def _folded_in_postgresql(element: _Folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f'lower({compiler.process(element.clauses, **kw)} COLLATE "C")'


def has(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return whether a column contains ``text``; A to Z are like a to z. Looks at every row."""
    small = "".join(c.lower() if c.isascii() else c for c in text)
    return _Folded(column).contains(small, autoescape=True)


def begins(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Return whether a column begins with ``text`` as it stands or in capitals: ranges of its
    index. The column must compare byte by byte. An empty ``text`` is the beginning of all."""
    return or_(*(_within(column, each) for each in dict.fromkeys((text, text.upper()))))


def _within(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    end = _behind(text)
    return and_(column >= text, column < end) if end else column >= text


def _behind(text: str) -> str:
    """Return the least text behind all that begin with ``text``; empty when there is none."""
    bare = text.rstrip(chr(LAST))
    if not bare:
        return ""
    after = ord(bare[-1]) + 1
    return bare[:-1] + chr(SURROGATES.stop if after in SURROGATES else after)
