"""What commands read from the disk: message files, and the keys of a home. Each complaint is one
line (BadSetting)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from gateway.base.errors import BadSetting


def key_of(key: str, home: Path) -> str:
    """Return ``key``, else the first key of the home."""
    if key.strip():
        return key.strip()
    file = home / "keys.json"
    try:
        keys = msgspec.json.decode(file.read_bytes())["keys"]
        return str(next(iter(keys.values())))
    except OSError:
        raise BadSetting(
            f"no key: give --key (or EPORT_KEY), or --home of a gateway's home; {file} cannot be"
            " read"
        ) from None
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, StopIteration):
        raise BadSetting(f"{file} holds no keys; restore it, or give --key") from None


def messages(paths: Sequence[Path]) -> list[Path]:
    """Return the files, folders replaced by the *.xml in them, each sorted by name. Raise
    BadSetting for what is not there."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p for p in path.rglob("*") if p.suffix.lower() == ".xml" and p.is_file()
            )
            if not inside:
                raise BadSetting(f"{path}: there is no *.xml in this folder")
            files += inside
        elif path.exists():
            files.append(path)
        else:
            raise BadSetting(f"{path}: there is no such file or folder")
    return files


def content(file: Path) -> bytes:
    """Return the bytes of a file. Raise BadSetting when it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadSetting(f"{file} cannot be read: {error.strerror}") from error
