"""From the bytes of a document to UTF-8: which encoding it is in, and whether it may be."""

from __future__ import annotations

import re

from schemas.findings import Place, Refused, finding

ENCODINGS = ("UTF-8", "UTF-16", "GBK", "GB2312", "GB18030")


_CODECS = {
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


_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")


_DECLARATION_BYTES = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*\?>")


_ENCODING = re.compile(r"""encoding\s*=\s*["']([^"']{1,40})["']""")


_VERSION = re.compile(r"""version\s*=\s*["']([^"']{1,20})["']""")


_CJK = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef\u2014-\u2026\u00b7]+")


def as_utf8(body: bytes, *, mislabelled: bool = False) -> tuple[bytes, str]:
    """The document as UTF-8 bytes without BOM, lines unmoved, and the name of the encoding it came
    in.

    BOM first, then the XML declaration. A label that the bytes contradict is refused with both
    names, because a guess would archive one text and show another. With ``mislabelled`` bytes that
    are no UTF-8 and read as GBK from end to end are taken as GBK.
    """
    if body.startswith(_USUAL):
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            pass  # said properly below
        else:
            return body, "UTF-8"
    if body.startswith(
        (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"<\x00\x00\x00", b"\x00\x00\x00<")
    ):
        raise Refused([finding("ENC.01", found="UTF-32", wanted=", ".join(ENCODINGS))])
    bom = (
        "utf-8"
        if body.startswith(b"\xef\xbb\xbf")
        else "utf-16"
        if body.startswith((b"\xff\xfe", b"\xfe\xff"))
        else None
    )
    if bom is None and (body.startswith((b"<\x00", b"\x00<"))):
        raise Refused([finding("ENC.01", found="UTF-16 (no BOM)", wanted=", ".join(ENCODINGS))])
    text: str | None = None
    if bom == "utf-16":
        text = _decoded(body, "utf-16", "UTF-16")
        first = _DECLARATION.match(text)
        declaration = first.group() if first else ""
    else:
        match = _DECLARATION_BYTES.match(body)
        declaration = match.group().decode("latin-1") if match else ""
    if (version := _VERSION.search(declaration)) and version.group(1) != "1.0":
        raise Refused([finding("GUARD.03", Place(line=1), found=version.group(1), wanted="1.0")])
    label = found.group(1) if (found := _ENCODING.search(declaration)) else None
    codec = _CODECS.get(label.lower()) if label else (bom or "utf-8")
    if codec is None:
        raise Refused([finding("ENC.01", Place(line=1), found=label, wanted=", ".join(ENCODINGS))])
    if label and bom and codec != bom:
        raise Refused([finding("ENC.02", Place(line=1), found=label, wanted=bom.upper())])
    if codec == "utf-16" and bom is None:
        # Labelled UTF-16, yet readable as bytes: the bytes cannot be UTF-16.
        actual = "UTF-8" if _is_chinese_utf8(body) else _looks_like(body) or "UTF-8"
        raise Refused([finding("ENC.02", Place(line=1), found=label, wanted=actual)])
    name = (label or codec).upper()
    if codec == "utf-8":
        plain = body[3:] if bom else body
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError as error:
            if (other := _looks_like(plain)) is not None:
                if mislabelled and not _is_damaged_utf8(plain):
                    return (
                        plain.decode(other)
                        .replace(
                            declaration.lstrip("\xef\xbb\xbf"), declaration.count("\n") * "\n", 1
                        )
                        .encode(),
                        other,
                    )
                raise Refused(
                    [finding("ENC.02", Place(line=1), found=label or "UTF-8", wanted=other)]
                ) from None
            raise Refused([finding("ENC.03", found="UTF-8", wanted=error.start)]) from None
        return plain, name
    if codec in ("gbk", "gb18030") and _is_chinese_utf8(body):
        raise Refused([finding("ENC.02", Place(line=1), found=label, wanted="UTF-8")])
    if text is None:
        text = _decoded(body, codec, name)
    return text.replace(declaration, declaration.count("\n") * "\n", 1).encode(), name


def _decoded(body: bytes, codec: str, name: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        raise Refused([finding("ENC.03", Place(line=1), found=name, wanted=error.start)]) from None


def _looks_like(body: bytes) -> str | None:
    """GBK or GB18030 when the bytes read as Chinese in it; None when nothing fits."""
    for codec in ("gbk", "gb18030"):
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        if any(ord(c) > 127 for c in text):
            return codec.upper()
    return None


def _is_damaged_utf8(body: bytes) -> bool:
    """True when most of what is beyond ASCII reads as Chinese in UTF-8: then a byte was lost, and
    GBK would read nonsense."""
    beyond = sum(byte > 127 for byte in body)
    return 6 * sum(len(run) for run in _CJK.findall(body.decode("utf-8", "ignore"))) > beyond


def _is_chinese_utf8(body: bytes) -> bool:
    """True when everything beyond ASCII reads as Chinese text in UTF-8: then a GB label is
    wrong."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    beyond = "".join(c for c in text if ord(c) > 127)
    return bool(beyond) and _CJK.fullmatch(beyond) is not None
