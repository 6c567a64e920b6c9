"""Whole columns as one parameter of psycopg, written by a C encoder. Imports psycopg only where a
connection of it is handed in.

psycopg's own list dumper walks every element in Python (measured: a sixth of the CPU of a gateway
that stores in bulk).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgspec

BYTEA, BYTEA_ARRAY = 17, 1001
"""Type numbers of PostgreSQL's catalogue; they never change."""
_HEAD = struct.Struct(">iiIii").pack
_SIZE = struct.Struct(">i").pack
_NULL = _SIZE(-1)
_ENCODE = msgspec.json.Encoder().encode


class ByteaArray(bytes):
    """A BYTEA[] in PostgreSQL's binary form."""


def bytea_array(values: Sequence[bytes | None]) -> ByteaArray:
    """Return an array of one dimension, counted from 1; None is NULL."""
    pieces = [_HEAD(1, 1, BYTEA, len(values), 1)]
    for value in values:
        pieces += (_NULL,) if value is None else (_SIZE(len(value)), value)
    return ByteaArray(b"".join(pieces))


def literal(values: Sequence[Any]) -> str:
    """Return numbers, texts, booleans and None as an array literal, for a parameter whose type the
    statement names.

    A JSON list differs from it in the brackets and, where something is escaped, in what a backslash
    means.
    """
    text = _ENCODE(values).decode()
    if "\\" in text:
        return "{" + ",".join([_quoted(value) for value in values]) + "}"
    return "{" + text[1:-1] + "}"


def _quoted(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _ENCODE(value).decode()


def register(connection: Any) -> None:
    """Teach a psycopg connection to hand a ``ByteaArray`` over as it is."""
    from psycopg import adapt, pq

    class Dumper(adapt.Dumper):
        format = pq.Format.BINARY
        oid = BYTEA_ARRAY

        def dump(self, obj: ByteaArray) -> bytes:
            return obj

    connection.adapters.register_dumper(ByteaArray, Dumper)
