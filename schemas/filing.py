"""A filing on the wire: a Grt* body with the rows beside it, read and written. Receipts carry the
same bodies and rows."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from lxml import etree

from schemas.body import Parts
from schemas.catalogue import catalogue
from schemas.package import Rows, texts, write_fields

NIL_WHEN_EMPTY = frozenset(
    {
        "gurNo",
        "seqno",
        "chgTmsCnt",
        "assuredEtpsno",
        "assuredEtpsNm",
        "gurTypecd",
        "rtnbkCrdwTypecd",
        "rtnbkCrdwAmt",
    }
)
"""Elements of GrtRtnbkCrdwDt whose type cannot be empty: without a value they are ``xsi:nil``
(``docs/wire.md`` 0.3)."""
_ONCE_NIL = ("masterCuscd", "rtnbkCrdwNo")
"""Elements that were once written ``xsi:nil`` here, which their public type forbids."""
_XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

_NIL = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def parts_in(rows: Rows) -> dict[str, tuple[Mapping[str, str], ...]]:
    """Return the rows beside the body, of what stands in a message's own element."""
    beside = catalogue().parts
    return {name: tuple(several) for name, several in rows.items() if name in beside}


def parts_of(element: etree._Element) -> dict[str, tuple[Mapping[str, str], ...]]:
    """Return the rows among the children of ``element``, by name."""
    beside = catalogue().parts
    parts: dict[str, list[Mapping[str, str]]] = {}
    for child in element.iterchildren("*"):
        if child.tag in beside:
            parts.setdefault(child.tag, []).append(texts(child))
    return {name: tuple(several) for name, several in parts.items()}


def without_old_nil(business: etree._Element) -> bool:
    """Take ``xsi:nil`` off the elements of a refund that were once written so: then they are empty,
    as their type wants them. Return whether there was one. For what was archived or under way when
    the XSD was put right; nobody sends it anew."""
    nil = [element for element in business.iter(*_ONCE_NIL) if _XSI_NIL in element.attrib]
    for element in nil:
        del element.attrib[_XSI_NIL]
    return bool(nil)


def write_body(name: str, fields: Mapping[str, str]) -> str:
    """Return one Grt* body as XML. In a refund, what has no value and cannot be empty is nil."""
    if name != "GrtRtnbkCrdwDt":
        return write_fields(name, fields)
    nil = any(not v and k in NIL_WHEN_EMPTY for k, v in fields.items())
    inner = "".join(
        [
            (
                f"<{k}>{escape(v)}</{k}>"
                if v
                else f'<{k} xsi:nil="true"/>'
                if k in NIL_WHEN_EMPTY
                else f"<{k}/>"
            )
            for k, v in fields.items()
        ]
    )
    return f"<{name}{_NIL if nil else ''}>{inner}</{name}>"


def write_parts(parts: Parts) -> str:
    """Return the rows beside a body, in the mapping's order."""
    return "".join([write_fields(name, row) for name, rows in parts.items() for row in rows])


def encode_filing(
    body_name: str,
    fields: Mapping[str, str],
    parts: Parts | None = None,
    flag: str = "1",
    operator: str = "",
    seq_no: str | None = None,
) -> str:
    """Return the inner XML of BussinessData of an enterprise's filing. ``seq_no`` None leaves SeqNo
    out, "" writes it empty; an empty ``operator`` means the assured enterprise of the body."""
    number = "" if seq_no is None else f"<SeqNo>{escape(seq_no)}</SeqNo>" if seq_no else "<SeqNo/>"
    return (
        f"<GrtMessage>{number}{write_body(body_name, fields)}{write_parts(parts or {})}"
        "<SysId>B2</SysId>"
        f"<OperCusRegCode>{escape(operator or fields.get('assuredEtpsno', ''))}</OperCusRegCode>"
        f"</GrtMessage><DelcareFlag>{escape(flag)}</DelcareFlag>"
    )
