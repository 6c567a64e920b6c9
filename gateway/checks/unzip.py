"""Packed: the files of one batch request, out of a ZIP. Pure; stores nothing and writes nothing to
a disk: a name is only shown.

A hostile ZIP costs no more than an honest one: the directory is bounded before it is read, each
file by what its entry says, and all files together by ``total``. What is wrong with one file is
that file's finding; its neighbours are taken.
"""

from __future__ import annotations

import io
import itertools
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from schemas.findings import Finding, Place, Refused, finding

END = struct.Struct("<4s4H2LH")
"""End of central directory (APPNOTE 4.3.16): signature, disks, entries here, entries, size and
offset of the directory, comment."""
LOCAL = struct.Struct("<4s2xH18x2H")
"""The header before the data of an entry (APPNOTE 4.3.7): signature, flags, length of the name and
of the extra field."""
EXTRA = struct.Struct("<2H")
"""The head of an extra field (APPNOTE 4.5.1): kind and size."""
UNICODE_PATH = 0x7075
LONGEST_COMMENT = 0xFFFF
MOST_DIRECTORY = 1 << 20
"""Bytes of directory that are read: 500 entries with names of 2,000."""
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
UTF_8, PATCH, STRONG, ENCRYPTED = 0x800, 0x20, 0x40, 0x1
"""Flags of an entry: its name is UTF-8; ways to pack that nobody reads; a password is needed."""
PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
"""How a file begins that is itself packed."""
UNSAFE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|[\x00-\x1f\x7f]")
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
"""What zipfile raises for damage, by place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Most files, most bytes of one, most bytes of all, unpacked."""

    files: int = 500
    file: int = 2 << 20
    total: int = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """One file in its place: its name as it may be shown, its bytes, or the findings that forbid
    it. ``size``: bytes unpacked."""

    name: str
    body: bytes = b""
    size: int = 0
    findings: tuple[Finding, ...] = ()


def unzip(content: bytes, bounds: Bounds) -> Iterator[PackedFile]:
    """Yield the files in the order of the directory; raise Refused when the whole cannot be taken.
    A step costs what one file does."""
    _look_at_directory(content, bounds)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [
                e
                for e in archive.infolist()
                if not e.is_dir() and not e.filename.startswith("__MACOSX/")
            ]
            check_totals(
                len(entries),
                sum(e.file_size for e in entries if e.file_size <= bounds.file),
                bounds,
            )
            starts = sorted(e.header_offset for e in archive.infolist())
            # The nearer end counts: several entries at one place overlap, and their data would be
            # copied for each.
            ends = dict(reversed([*itertools.pairwise([*starts, archive.start_dir])]))
            yield from unrepeated(
                _unpacked(content, entry, ends[entry.header_offset], bounds) for entry in entries
            )
    except BROKEN as error:
        raise Refused([finding("BATCH.01", found=str(error) or type(error).__name__)]) from error


def check_totals(files: int, size: int, bounds: Bounds) -> None:
    """Raise Refused for no files, too many, or too many bytes."""
    if not files:
        raise Refused([finding("BATCH.03")])
    if files > bounds.files:
        raise Refused([finding("BATCH.02", found=files, wanted=bounds.files)])
    if size > bounds.total:
        raise Refused([finding("BATCH.04", found=size, wanted=bounds.total)])


def judged(name: str, body: bytes, size: int, bounds: Bounds) -> PackedFile:
    """Return a file that could be unpacked, with what is wrong with it as such. ``size`` may be
    more than was kept in ``body``."""
    file = PackedFile(name=name, body=body, size=size)
    if UNSAFE.search(name):
        return replace(file, findings=(finding("BATCH.06", Place(field="file"), found=name),))
    if size > bounds.file:
        return replace(file, findings=(finding("SIZE.02", found=size, wanted=bounds.file),))
    if body.startswith(PACKED):
        return replace(file, findings=(finding("BATCH.07"),))
    return file


def unrepeated(files: Iterable[PackedFile]) -> Iterator[PackedFile]:
    """Yield the files. One whose name stood before is refused, because its result could not be told
    from the first's."""
    seen: set[str] = set()
    for file in files:
        if file.name in seen and not file.findings:
            file = replace(file, findings=(finding("BATCH.09", found=file.name),))
        seen.add(file.name)
        yield file


def _look_at_directory(content: bytes, bounds: Bounds) -> None:
    """Refuse what would take long to list: zipfile reads a directory of any length before it says a
    word."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - LONGEST_COMMENT - END.size))
    if at < 0 or len(content) - at < END.size:
        raise Refused(
            [
                finding(
                    "BATCH.01",
                    found="没有 ZIP 目录" if content else "空 (empty)",
                    found_en="no ZIP directory" if content else "empty",
                )
            ]
        )
    _, _, _, _, entries, size, _, _ = END.unpack_from(content, at)
    if entries > bounds.files * 2:  # folders have entries too
        raise Refused(
            [
                finding(
                    "BATCH.02", found=entries if entries < 0xFFFF else "65535+", wanted=bounds.files
                )
            ]
        )
    if size > MOST_DIRECTORY:
        raise Refused(
            [
                finding(
                    "BATCH.01", found=f"目录 {size} 字节", found_en=f"a directory of {size} bytes"
                )
            ]
        )


def _unpacked(content: bytes, entry: zipfile.ZipInfo, end: int, bounds: Bounds) -> PackedFile:
    name = _name(entry)
    if entry.flag_bits & ENCRYPTED:
        return PackedFile(name=name, size=entry.file_size, findings=(finding("BATCH.05"),))
    if entry.file_size > bounds.file or UNSAFE.search(name):
        return judged(name, b"", entry.file_size, bounds)
    try:
        body = _data(content, entry, end)
    except BROKEN as error:
        return PackedFile(
            name=name,
            size=entry.file_size,
            findings=(finding("BATCH.08", found=str(error) or type(error).__name__),),
        )
    return judged(name, body, len(body), bounds)


def _data(content: bytes, entry: zipfile.ZipInfo, end: int) -> bytes:
    """Return the bytes of an entry whose data stands before ``end``; raise one of BROKEN. It checks
    what ``ZipFile.open`` checks, at half its cost: its file object with locks is most of what a
    small file takes."""
    if entry.compress_type not in METHODS:
        raise zipfile.BadZipFile(f"compression method {entry.compress_type}")
    if entry.flag_bits & (PATCH | STRONG):
        raise zipfile.BadZipFile(f"flags {entry.flag_bits:#x}")
    signature, flags, name, extra = LOCAL.unpack_from(content, entry.header_offset)
    if entry.header_offset < 0 or signature != b"PK\x03\x04":
        raise zipfile.BadZipFile("no header before the data")
    start = entry.header_offset + LOCAL.size
    if (
        content[start : start + name].decode("utf-8" if flags & UTF_8 else "cp437")
        != entry.orig_filename
    ):
        raise zipfile.BadZipFile("the names in directory and header differ")
    start += name + extra
    if start + entry.compress_size > end:
        raise zipfile.BadZipFile("it overlaps what follows")
    body = content[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        body = zlib.decompressobj(-zlib.MAX_WBITS).decompress(
            body, entry.file_size + 1
        )  # never more than the entry says
    if len(body) != entry.file_size:
        raise zipfile.BadZipFile(f"{len(body)} bytes, the entry says {entry.file_size}")
    if zlib.crc32(body) != entry.CRC:
        raise zipfile.BadZipFile("the CRC-32 differs")
    return body


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name as its writer meant it. Without the UTF-8 flag zipfile reads cp437; many
    programs write UTF-8 all the same, Chinese Windows GBK."""
    name = entry.orig_filename
    if entry.flag_bits & UTF_8:
        return name
    raw = name.encode("cp437")
    told = _unicode_path(entry.extra, raw)
    if told is not None:
        return told
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeError:
            continue
    return name


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the name of the extra field Info-ZIP Unicode Path (APPNOTE 4.6.9); None without one,
    and for one that was made for another name."""
    at = 0
    while at + EXTRA.size <= len(extra):
        kind, size = EXTRA.unpack_from(extra, at)
        field = extra[at + EXTRA.size : at + EXTRA.size + size]
        at += EXTRA.size + size
        if kind == UNICODE_PATH and len(field) == size > 5 and field[0] == 1:
            if int.from_bytes(field[1:5], "little") != zlib.crc32(raw):
                return None
            try:
                return field[5:].decode()
            except UnicodeError:
                return None
    return None
