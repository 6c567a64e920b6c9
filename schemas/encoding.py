"""From the bytes of a document to UTF-8: which encoding it is in, and whether it may be. Reads no
element."""

from __future__ import annotations

import re

from schemas.findings import Place, Refused, finding

ENCODINGS = ("UTF-8", "UTF-16", "GBK", "GB2312", "GB18030")
CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16",
    "utf-16be": "utf-16",
    "gbk": "gbk",
    "cp936": "gbk",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
}
_USUAL = b'<?xml version="1.0" encoding="UTF-8"?>'
_UTF_32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"<\x00\x00\x00", b"\x00\x00\x00<")
"""How a document in UTF-32 begins, with a BOM and without one."""
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")
_DECLARATION_BYTES = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*\?>")
_ENCODING = re.compile(r"""encoding\s*=\s*["']([^"']{1,40})["']""")
_VERSION = re.compile(r"""version\s*=\s*["']([^"']{1,20})["']""")
_CJK = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef\u2014-\u2026\u00b7]+")


def as_utf8(body: bytes, *, mislabelled: bool = False) -> tuple[bytes, str]:
    """Return the document as UTF-8 bytes without BOM, lines unmoved, and the name of the encoding
    it came in.

    BOM first, then the XML declaration. A label that the bytes contradict is refused with both
    names, because a guess would archive one text and show another. With ``mislabelled`` bytes that
    are no UTF-8 and read as GBK from end to end are taken as GBK.
    """
    if body.startswith(_USUAL) and _is_utf8(body):
        return body, "UTF-8"
    bom = _bom_of(body)
    text = _decoded(body, "utf-16", "UTF-16") if bom == "utf-16" else None
    declaration = _declaration_of(body) if text is None else _declaration_in(text)
    label, codec = _named(declaration, bom)
    name = (label or codec).upper()
    if codec == "utf-16" and text is None:
        # Labelled UTF-16, yet readable as bytes: the bytes cannot be UTF-16.
        actual = "UTF-8" if _is_chinese_utf8(body) else _looks_like(body) or "UTF-8"
        raise _wrong_label(label, actual)
    if codec == "utf-8":
        plain = body[3:] if bom else body
        if _is_utf8(plain):
            return plain, name
        if not mislabelled or _is_damaged_utf8(plain) or (other := _looks_like(plain)) is None:
            raise _no_utf8(plain, label)
        name, text, declaration = other, plain.decode(other), declaration.lstrip("\xef\xbb\xbf")
    elif codec != "utf-16" and _is_chinese_utf8(body):
        raise _wrong_label(label, "UTF-8")
    if text is None:
        text = _decoded(body, codec, name)
    return text.replace(declaration, declaration.count("\n") * "\n", 1).encode(), name


def _bom_of(body: bytes) -> str | None:
    """Return the codec that a BOM names; None without one. Refuse UTF-32, and UTF-16 without a
    BOM."""
    if body.startswith(_UTF_32):
        raise Refused([finding("ENC.01", found="UTF-32", wanted=", ".join(ENCODINGS))])
    if body.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if body.startswith((b"<\x00", b"\x00<")):
        raise Refused([finding("ENC.01", found="UTF-16 (no BOM)", wanted=", ".join(ENCODINGS))])
    return None


def _declaration_of(body: bytes) -> str:
    """Return the XML declaration at the beginning of a document, with its BOM; empty without
    one."""
    match = _DECLARATION_BYTES.match(body)
    return match.group().decode("latin-1") if match else ""


def _declaration_in(text: str) -> str:
    match = _DECLARATION.match(text)
    return match.group() if match else ""


def _named(declaration: str, bom: str | None) -> tuple[str | None, str]:
    """Return the label of an XML declaration, None without one, and the codec that label and BOM
    name. Refuse another version of XML, an encoding that is not accepted, and a label that the BOM
    contradicts."""
    if (version := _VERSION.search(declaration)) and version.group(1) != "1.0":
        raise Refused([finding("GUARD.03", Place(line=1), found=version.group(1), wanted="1.0")])
    match = _ENCODING.search(declaration)
    if match is None:
        return None, bom or "utf-8"
    label = match.group(1)
    codec = CODECS.get(label.lower())
    if codec is None:
        raise Refused([finding("ENC.01", Place(line=1), found=label, wanted=", ".join(ENCODINGS))])
    if bom and codec != bom:
        raise _wrong_label(label, bom.upper())
    return label, codec


def _wrong_label(label: str | None, actual: str) -> Refused:
    return Refused([finding("ENC.02", Place(line=1), found=label, wanted=actual)])


def _no_label(actual: str) -> Refused:
    """Return the refusal of a document that declares no encoding, and is not in UTF-8."""
    declaration = f'<?xml version="1.0" encoding="{actual}"?>'
    return Refused(
        [
            finding(
                "ENC.02",
                Place(line=1),
                found="UTF-8 (未写 XML 声明)",
                found_en="UTF-8 (by default, without an XML declaration)",
                wanted=actual,
                hint_zh=f"请在文件开头加上 {declaration}, 或改用 UTF-8 输出",
                hint_en=f"begin the file with {declaration}, or write it in UTF-8",
            )
        ]
    )


def _no_utf8(body: bytes, label: str | None) -> Refused:
    """Return the refusal of bytes that are no UTF-8: by the name of what they are, or by the first
    byte that cannot be read."""
    if (other := _looks_like(body)) is not None:
        return _wrong_label(label, other) if label else _no_label(other)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refused([finding("ENC.03", found="UTF-8", wanted=error.start)])
    raise AssertionError("the bytes are UTF-8")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(body: bytes, codec: str, name: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        raise Refused([finding("ENC.03", Place(line=1), found=name, wanted=error.start)]) from None


def _looks_like(body: bytes) -> str | None:
    """Return GBK or GB18030 when the bytes read as Chinese in it; None when nothing fits."""
    for codec in ("gbk", "gb18030"):
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        if any(ord(c) > 127 for c in text):
            return codec.upper()
    return None


def _is_damaged_utf8(body: bytes) -> bool:
    """Return whether most of what is beyond ASCII reads as Chinese in UTF-8: then a byte was lost,
    and GBK would read nonsense."""
    beyond = sum(byte > 127 for byte in body)
    return 6 * sum(len(run) for run in _CJK.findall(body.decode("utf-8", "ignore"))) > beyond


def _is_chinese_utf8(body: bytes) -> bool:
    """Return whether everything beyond ASCII reads as Chinese text in UTF-8: then a GB label is
    wrong."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    beyond = "".join(c for c in text if ord(c) > 127)
    return bool(beyond) and _CJK.fullmatch(beyond) is not None
