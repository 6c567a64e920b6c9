"""The sender's own reference in a message that was refused, so that the answer can name it: read
from the tree where there is one, else from the text. Judges nothing."""

from __future__ import annotations

import binascii
import re
from xml.sax.saxutils import unescape

import pybase64
from lxml import etree

from schemas.encoding import as_utf8
from schemas.findings import Refused
from schemas.xml import XmlReader

_NAME = "etpspreentno"
_WRITTEN = re.compile(
    r"<(?:[\w.-]{1,40}:)?etpsPreentNo(?:\s[^<>]{0,400})?>(?:<!\[CDATA\[)?([^<>\]]{1,400})[<\]]",
    re.IGNORECASE,
)
_DATA = re.compile(rb"<(?:[\w.-]{1,40}:)?Data(?:\s[^<>]{0,400})?>([^<]+)<")


def reference_in(body: bytes, reader: XmlReader) -> str:
    """Return the first etpsPreentNo with a value; empty when none can be read. Never raise for bad
    input."""
    try:
        root = reader.read(body).root
    except Refused:
        return _in_text(body)
    if root.tag == "DxpMsg" and (data := root.find("Data")) is not None:
        inner = _decoded((data.text or "").encode())
        return reference_in(inner, reader) if inner and b"DxpMsg" not in inner[:400] else ""
    return _in_tree(root)


def _in_tree(root: etree._Element) -> str:
    return next(
        (
            text
            for element in root.iter("*")
            if element.tag.lower() == _NAME and (text := (element.text or "").strip())
        ),
        "",
    )


def _in_text(body: bytes) -> str:
    """Return what can be read from a document that is not well-formed, or was not let through."""
    if (data := _DATA.search(body)) is not None and (inner := _decoded(data.group(1))):
        body = inner
    try:
        text = as_utf8(body, mislabelled=True)[0].decode()
    except (Refused, UnicodeDecodeError):
        text = body.decode("latin-1").replace("\0", "")  # UTF-16 and UTF-32 that nothing announces
    found = (match.group(1).strip() for match in _WRITTEN.finditer(text))
    return next((unescape(reference) for reference in found if reference), "")


def _decoded(data: bytes) -> bytes:
    try:
        return pybase64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
