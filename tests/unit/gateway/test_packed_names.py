"""Names in a ZIP are shown as their writer meant them, whatever program wrote it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from gateway.checks.unzip import Bounds, unzip

NAME = "申报-总担保.xml"


def packed(name: bytes, *, flag: bool = False, extra: bytes = b"") -> bytes:
    """A ZIP of one file whose name is these bytes."""
    out = io.BytesIO()
    held = "x" * len(name)
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo(held)
        entry.extra = extra
        archive.writestr(entry, b"<a/>")
    made = bytearray(out.getvalue().replace(held.encode(), name))
    if flag:
        made[7] |= 0x08
        made[made.index(b"PK\x01\x02") + 9] |= 0x08
    return bytes(made)


def unicode_path(name: bytes, told: bytes, version: int = 1) -> bytes:
    content = struct.pack("<BL", version, zlib.crc32(name)) + told
    return struct.pack("<2H", 0x7075, len(content)) + content


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (packed(NAME.encode()), NAME),
        (packed(NAME.encode(), flag=True), NAME),
        (packed(NAME.encode("gb18030")), NAME),
        (packed("Übung é.xml".encode("cp437")), "Übung é.xml"),
        (packed(b"plain.xml"), "plain.xml"),
        (packed(b"x.xml", extra=unicode_path(b"x.xml", NAME.encode())), NAME),
        (packed(b"x.xml", extra=b"\x01\x00\x01\x00a" + unicode_path(b"x.xml", b"y")), "y"),
        (packed(b"x.xml", extra=unicode_path(b"other", NAME.encode())), "x.xml"),
        (packed(b"x.xml", extra=unicode_path(b"x.xml", NAME.encode(), 2)), "x.xml"),
        (packed(b"x.xml", extra=unicode_path(b"x.xml", b"\xff\xff")), "x.xml"),
        (packed(b"x.xml", extra=b"\x75\x70\x02\x00\x01\x00"), "x.xml"),
    ],
)
def test_a_name_is_read_as_it_was_meant(content: bytes, shown: str) -> None:
    (file,) = unzip(content, Bounds())
    assert (file.name, file.body) == (shown, b"<a/>")


def test_the_extra_name_is_looked_at_too() -> None:
    (file,) = unzip(packed(b"x", extra=unicode_path(b"x", b"../../etc/passwd")), Bounds())
    assert [each.code for each in file.findings] == ["BATCH.06"]
