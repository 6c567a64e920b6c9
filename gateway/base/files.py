"""The URL of a SQLite file, and the file of such a URL: the only place where one becomes the other.
A file of ours is nobody else's to read."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from sqlalchemy import URL, exc, make_url

JOURNALS = ("-wal", "-shm", "-journal")


def sqlite_url(file: Path) -> str:
    """Return the URL of a SQLite file, whatever characters its path holds. The path is made
    absolute: a relative one may begin as something else (``file:``)."""
    return URL.create("sqlite", database=str(file.absolute())).render_as_string()


def sqlite_file(url: str) -> Path | None:
    """Return the file of a store URL; None for a store in memory, on a server, or a URL that is
    none."""
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):
        return None
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def keep_private(file: Path, *, make: bool = False) -> None:
    """Take a file from all but its owner (mode 600), and with ``make`` make it so: SQLite gives its
    journals the mode that its file has. What cannot be done is left to whoever opens it."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        if make and not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    for each in (file, *(file.with_name(file.name + journal) for journal in JOURNALS)):
        with contextlib.suppress(OSError):
            found = each.stat()
            if stat.S_IMODE(found.st_mode) & 0o077 and stat.S_ISREG(found.st_mode):
                each.chmod(0o600)
