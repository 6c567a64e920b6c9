"""Validation of crowded documents: large ones with many siblings.

Of a tree lxml notes with each error the path from the root, and a path counts the siblings before
its element: 20,000 wrong rows cost seconds, and 40,000 four times that. So a crowded document is
read once more, and validated as it is read; then no error has a path.
"""

from __future__ import annotations

import re
import threading
from itertools import islice
from typing import Any, cast

from lxml import etree

from schemas.xml import is_large

MOST_SIBLINGS = 500
"""Children of one element up to which a document is not crowded."""
MOST_REASONS = 20
"""Reasons after which enough is said: there can be one for each of 100,000 elements."""
_CROWD = f"boolean(descendant-or-self::*[count(*) > {MOST_SIBLINGS}])"
_IN_PIECES = re.compile(rb">([^<>]*[&\x80-\xff][^<>]*)<")
"""A text that libxml2 hands over in pieces. The validator joins them, and each costs all before
it; a section comes as one."""
_REFERENCES = ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&#13;", b"\t"), (b"&amp;", b"&"))
"""How a reference stands in a section. No section holds a carriage return; a tab is as much a
control character and white space."""


class CrowdedReader:
    """Tells what is wrong in crowded documents. Parsers are kept per thread."""

    def __init__(self) -> None:
        self._local = threading.local()

    def is_crowded(self, element: etree._Element) -> bool:
        """Return whether the document of ``element`` is crowded below it; cheap for a small
        one."""
        if not is_large(element):
            return False
        crowd = getattr(self._local, "crowd", None)
        if crowd is None:
            crowd = self._local.crowd = etree.XPath(_CROWD)
        return bool(crowd(element))

    def reasons(self, schema: etree.XMLSchema, element: etree._Element) -> list[str]:
        """Return what the validator says of ``element``; nothing when it is valid."""
        parsers: dict[etree.XMLSchema, etree.XMLParser] | None = getattr(
            self._local, "parsers", None
        )
        if parsers is None:
            parsers = self._local.parsers = {}
        parser = parsers.get(schema)
        if parser is None:
            parser = parsers[schema] = etree.XMLParser(
                schema=schema, resolve_entities=False, no_network=True, collect_ids=False
            )
        text = etree.tostring(element, encoding="utf-8", with_tail=False)
        try:
            etree.fromstring(_IN_PIECES.sub(_in_one, text), parser)
        except etree.XMLSyntaxError as error:
            # Not the error's own log: that is the thread's, with what other documents left there.
            log = cast(Any, parser.error_log)
            return [entry.message for entry in islice(log, MOST_REASONS)] or [str(error)]
        return []


def _in_one(match: re.Match[bytes]) -> bytes:
    """Return a text as a section."""
    text = match[1]
    for reference, character in _REFERENCES:
        text = text.replace(reference, character)
    # Nor does one hold its own end; a bracket is as much a sign.
    return b"><![CDATA[" + text.replace(b"]]>", b"]])") + b"]]><"
