"""Hardened reading of XML: size, encoding, lexical guards, parse. Decides nothing about content.

The order is fixed (``docs/contract.md`` 3): size, encoding allow-list, guards on the raw text,
parse, comments inside leaves. Each step refuses with a finding of its own; a hostile document never
reaches the parser. The element tree that comes out carries local names only: which namespace a
vendor used is dialect, not content (``docs/wire.md`` 2.1).
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import cast

import msgspec
from lxml import etree

from schemas.encoding import CODECS, as_utf8
from schemas.findings import Finding, Place, Refused, finding, shown

KNOWN_NAMESPACES = frozenset(
    {
        "http://www.w3.org/2000/09/xmldsig#",
        "http://www.chinaport.gov.cn/sas",
        "http://www.chinaport.gov.cn/dxp",
        "http://www.chinaport.gov.cn/grt",
        "cn.gov.customs.hde.app.sas",
        "http://www.chinaport.gov.cn/2022/04/xmldsig#",
    }
)
_TAG = re.compile(rb"<[^\s<>/!?=]+")
_ATTRIBUTE = re.compile(rb"""\s*[^\s<>/="']+\s*=\s*(?:"[^"]*"|'[^']*')""")

_ERROR_NAMES = {
    number: name for name, number in vars(etree.ErrorTypes).items() if isinstance(number, int)
}
_REASONS = {
    "ERR_TAG_NAME_MISMATCH": ("开始标签与结束标签不一致", "start and end tag differ"),
    "ERR_TAG_NOT_FINISHED": (
        "标签没有结束, 文档可能被截断",
        "a tag is not finished; the document may be cut off",
    ),
    "ERR_DOCUMENT_EMPTY": ("没有 XML 内容", "there is no XML in it"),
    "ERR_DOCUMENT_END": (
        "文档结束后还有多余内容",
        "something stands after the end of the document",
    ),
    "ERR_INVALID_CHAR": ("含有 XML 不允许的字符", "a character that XML forbids"),
    "ERR_ATTRIBUTE_REDEFINED": ("属性重复", "an attribute stands twice"),
    "ERR_UNDECLARED_ENTITY": (
        "使用了未定义的实体, 只能用 &lt; &gt; &amp; &quot; &apos;",
        "an undefined entity; only &lt; &gt; &amp; &quot; &apos; exist",
    ),
    "ERR_RESERVED_XML_NAME": (
        "XML 声明必须在文档最前面",
        "the XML declaration must come first in the document",
    ),
    "ERR_LT_IN_ATTRIBUTE": ("属性值中有 <", "a < stands in an attribute value"),
    "ERR_LT_REQUIRED": ("应有 < 的地方没有", "a < was wanted"),
    "ERR_GT_REQUIRED": ("应有 > 的地方没有", "a > was wanted"),
    "ERR_ENTITYREF_SEMICOL_MISSING": ("& 应写成 &amp;", "write & as &amp;"),
    "ERR_NAME_REQUIRED": (
        "此处应有名称; & 应写成 &amp;, < 应写成 &lt;",
        "a name was wanted; write & as &amp;, < as &lt;",
    ),
    "NS_ERR_UNDEFINED_NAMESPACE": (
        "使用了未声明的命名空间前缀",
        "a namespace prefix is not declared",
    ),
}


_NO_XML = (
    (
        re.compile(rb"[\w.-]{1,64}=(?:%3C|%EF%BB%BF|<)", re.IGNORECASE),
        "报文是作为表单字段发送的; 请把 XML 本身作为请求体发送, 例如 curl --data-binary @file.xml",
        "the message came as a form field; send the XML itself as the body, e.g. curl --data-binary"
        " @file.xml",
    ),
    (
        re.compile(rb"--[^\r\n]{1,70}\r?\nContent-", re.IGNORECASE),
        "报文是作为 multipart 表单发送的; 请把 XML 本身作为请求体发送, 或用 POST /messages/batch",
        "the message came as a multipart form; send the XML itself as the body, or use POST"
        " /messages/batch",
    ),
    (
        re.compile(rb"\s*[\[{\"]"),
        "内容是 JSON; 请把 XML 本身作为请求体发送",
        "this is JSON; send the XML itself as the body",
    ),
    (
        re.compile(rb"[A-Za-z0-9+/=_\s-]+\Z"),
        "内容像是 base64 或纯文本; 请直接发送 XML, 或放在 DxpMsg/Data 中",
        "this looks like base64 or plain text; send the XML itself, or inside DxpMsg/Data",
    ),
)
"""What is sent in place of XML, and what to do then, in two languages."""

LARGE = 64 * 1024
"""Bytes above which a document is large: its tree says so (``is_large``)."""
_LARGE = "urn:eport:large"
USUAL_DEPTH = 16
"""Levels that no message of the wire has."""
MOST_NOTES = 20
"""Findings after which one message has said enough."""
NOTED_LEAVES = "descendant-or-self::*[not(*)][comment() or processing-instruction()]"
"""Elements without children that hold a comment or a processing instruction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the guards let through. ``size`` in bytes."""

    size: int = 2 * 1024 * 1024
    namespaces: int = 64
    attributes: int = 64
    depth: int = 64


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed document. ``body`` are the bytes as received; ``root`` has local names only."""

    body: bytes
    root: etree._Element
    encoding: str
    warnings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class XmlReader:
    """Reads documents; one per process. Parsers are kept per thread, so that threads never share
    one."""

    limits: Limits = field(default_factory=Limits)
    mislabelled: bool = False
    """Read GBK bytes under the label UTF-8 as GBK. For what customs sends: refusing it would lose
    an answer that nobody can write again, while a sender can correct its declaration."""
    _local: threading.local = field(default_factory=threading.local)

    def read(self, body: bytes, *, header_charset: str | None = None) -> Document:
        """Parse ``body``; raises Refused with the first thing that makes further reading
        pointless."""
        if not body or body.isspace():
            raise Refused([finding("SIZE.01")])
        if len(body) > self.limits.size:
            raise Refused([finding("SIZE.02", found=len(body), wanted=self.limits.size)])
        data, encoding = as_utf8(body, mislabelled=self.mislabelled)
        # "<!" answers for DOCTYPE, ENTITY and comments in the usual document, which has none of
        # them; a scan for one byte costs a tenth of one for two.
        marked = b"!" in data and b"<!" in data
        names = self._guard(data, marked=marked)
        root = self._parse(data)
        warnings = _to_local_names(root) if names else []
        # At 0 stands the XML declaration, or a note outside the root.
        first = data.find(b"?>") if data.startswith(b"<?") else -1
        if (marked and b"<!--" in data) or (data.rfind(b"?") > first and data.find(b"<?", 1) > 0):
            self._refuse_notes_in_leaves(root)
        if header_charset and CODECS.get(header_charset.lower()) != CODECS.get(encoding.lower()):
            warnings.append(finding("ENC.04", found=header_charset, wanted=encoding))
        return Document(body=body, root=root, encoding=encoding, warnings=tuple(warnings))

    def _parse(self, data: bytes) -> etree._Element:
        parser = getattr(self._local, "parser", None)
        if parser is None:
            parser = self._local.parser = etree.XMLParser(
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                encoding="utf-8",
                collect_ids=False,
            )
            depths = sorted({min(USUAL_DEPTH, self.limits.depth), self.limits.depth})
            self._local.deeper = [
                etree.XPath("boolean(" + "/*" * (depth + 1) + ")") for depth in depths
            ]
            self._local.noted_leaves = etree.XPath(NOTED_LEAVES)
        try:
            root = etree.fromstring(data, parser, base_url=_LARGE if len(data) > LARGE else "")
        except etree.XMLSyntaxError as error:
            raise Refused([self._explained(error, data)]) from error
        # After the parse, because libxml2 bounds the depth itself and XPath answers without a walk
        # in Python.
        if all(
            deeper(root) for deeper in self._local.deeper
        ):  # the shorter path answers for nearly all, at half the cost
            raise Refused([finding("GUARD.06", found=_depth(root), wanted=self.limits.depth)])
        return root

    def _refuse_notes_in_leaves(self, root: etree._Element) -> None:
        """Refuse a value that is not one piece of text: ``12<!--c-->34`` would pass the XSD and
        read as 12."""
        # From the leaves, each asked once: from the notes, each would look through all notes before
        # its parent's first element.
        leaves: list[etree._Element] = self._local.noted_leaves(root)
        if leaves:
            raise Refused(
                [
                    finding(
                        "GUARD.07", place_of(leaf), wanted="一段文字", wanted_en="one piece of text"
                    )
                    for leaf in leaves[:MOST_NOTES]
                ]
            )

    def _explained(self, error: etree.XMLSyntaxError, data: bytes) -> Finding:
        line, column = error.position
        place = Place(line=line or None, column=column or None)
        raw = str(error.msg).partition(", line ")[0]
        if "xcessive depth" in raw:
            return finding("GUARD.06", place, found=">256", wanted=self.limits.depth)
        reason = _ERROR_NAMES.get(getattr(error, "code", 0), "")
        zh, en = _REASONS.get(reason, ("请检查此处", "look at this place"))
        hint = next((hint for form, *hint in _NO_XML if form.match(data)), (None, None))
        return finding(
            "XML.01",
            place,
            found=f"{zh} ({raw})",
            found_en=f"{en} ({raw})",
            hint_zh=hint[0],
            hint_en=hint[1],
        )

    def _guard(self, data: bytes, *, marked: bool) -> int:
        """Refuse what must not reach the parser; the number of namespace declarations otherwise."""
        limits = self.limits
        if marked and b"<!DOCTYPE" in data:
            raise Refused([finding("GUARD.01", _line_of(data, b"<!DOCTYPE"))])
        if marked and b"<!ENTITY" in data:
            raise Refused([finding("GUARD.02", _line_of(data, b"<!ENTITY"))])
        if (names := data.count(b"xmlns")) > limits.namespaces:
            raise Refused([finding("GUARD.04", found=names, wanted=limits.namespaces)])
        if data.count(b"=") > limits.attributes:
            # Linear: 30,000 attributes on one element would hold the parser for seconds.
            for tag in _TAG.finditer(data):
                if (count := _attributes(data, tag.end())) > limits.attributes:
                    place = Place(line=data.count(b"\n", 0, tag.start()) + 1)
                    raise Refused(
                        [finding("GUARD.05", place, found=count, wanted=limits.attributes)]
                    )
        return names


def _attributes(data: bytes, at: int) -> int:
    """Return how many attributes stand from ``at`` on, just behind the name of a start tag."""
    count = 0
    while match := _ATTRIBUTE.match(data, at):
        count += 1
        at = match.end()
    return count


def _depth(root: etree._Element) -> int:
    deepest, level = 0, [root]
    while level:
        deepest += 1
        level = [child for node in level for child in node.iterchildren("*")]
    return deepest


def _line_of(data: bytes, needle: bytes) -> Place:
    at = data.find(needle)
    return Place(line=data.count(b"\n", 0, at) + 1 if at >= 0 else None)


def _to_local_names(root: etree._Element) -> list[Finding]:
    """Drop namespaces from element names; a namespace of no known dialect is a warning, once
    each."""
    strange: set[str] = set()
    for element in root.iter("*"):
        tag = element.tag
        if tag[0] == "{":
            namespace, _, name = tag[1:].partition("}")
            if namespace not in KNOWN_NAMESPACES:
                strange.add(namespace)
            element.tag = name
    return [finding("XML.05", found=name) for name in sorted(strange)]


MOST_NOTES = 20
"""Findings after which one message has said enough."""


def is_large(element: etree._Element) -> bool:
    """Return whether ``element`` stands in a document of more than LARGE bytes that a reader read:
    what is cheap in it must be so for 100,000 siblings."""
    return element.getroottree().docinfo.URL == _LARGE


def path_of(element: etree._Element) -> str:
    """Return the element's path in local names, with an index where siblings share the name."""
    # libxml2 counts the siblings: in Python the thousandth unknown element would cost seconds.
    path: str = element.getroottree().getpath(element)
    return path


def line_of(element: etree._Element) -> int | None:
    """Return the line of the element's start tag, counted from 1."""
    return cast("int | None", element.sourceline)


def place_of(
    element: etree._Element, label_zh: str | None = None, label_en: str | None = None
) -> Place:
    """Return where ``element`` stands."""
    return Place(
        field=shown(element.tag.rpartition("}")[2]),
        path=shown(path_of(element), 1000),
        line=line_of(element),
        label_zh=label_zh,
        label_en=label_en,
    )


def indented(body: bytes) -> str:
    """Return a document indented, for reading; what cannot be read as XML stays as it is."""
    try:
        root = XmlReader(Limits(size=8 * 1024 * 1024)).read(body).root
    except Refused:
        return body.decode("utf-8", errors="replace")
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")
