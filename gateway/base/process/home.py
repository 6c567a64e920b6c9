"""The home folder: its lock, its keys, and files written so that a reader never sees half of
one."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.base.chance import new_key, seeded
from gateway.base.errors import BadSetting
from gateway.base.files import keep_private

DEMO_CODES = ("1105910159", "3105960AAA")
"""The enterprises of the demo registry: a home has a key for each from its first start."""


class Keys(msgspec.Struct, kw_only=True):
    """keys.json: what `up` hands out; the store holds only hashes."""

    keys: dict[str, str]
    operator_key: str


def make_home(home: Path) -> None:
    """Make the home unless it is there, and take it from all but its owner (mode 700). Raise
    BadSetting when that cannot be."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
        if os.name == "posix" and _is_ours_alone(home):
            home.chmod(0o700)
        keep_private(home / "lock", make=True)
        keep_private(home / "keys.json")
    except OSError as error:
        raise BadSetting(
            f"{home} cannot be made ({error.strerror}); choose another --home"
        ) from error


def _is_ours_alone(home: Path) -> bool:
    """Return whether others have rights on the folder that can be taken from them: it is this
    user's, and no folder that has another use."""
    found = home.stat()
    return (
        bool(stat.S_IMODE(found.st_mode) & 0o077)
        and found.st_uid == os.geteuid()
        and not found.st_mode & stat.S_ISVTX
        and home.resolve() not in (Path.cwd(), Path.home(), Path(home.resolve().anchor))
    )


def lock(home: Path) -> Callable[[], None]:
    """Lock the home, made if missing; the returned function unlocks it. The lock dies with the
    process, also by SIGKILL."""
    make_home(home)
    return take_lock(home)


def take_lock(home: Path) -> Callable[[], None]:
    """Lock a home as ``lock`` does, and leave everything else as it is."""
    locked = None
    try:
        locked = sqlite3.connect(
            (home / "lock").absolute(),  # a relative path may begin as something else (file:)
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        locked.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if locked is not None:
            locked.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise BadSetting(
                f"{home} is in use by another `eport up`; stop it, or choose another --home"
            ) from None
        raise BadSetting(
            f"{home} cannot be written ({error}); correct its owner and mode, or choose another"
            " --home"
        ) from error
    return locked.close


def home_keys(home: Path, seed: int | None = None) -> Keys:
    """Return the keys of a home, made at the first start and kept; mode 600. With a seed they
    follow from it, so anybody can guess them."""
    file = home / "keys.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Keys)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise BadSetting(
            f"{file} cannot be read ({error.strerror}); correct its owner and mode, or choose"
            " another --home"
        ) from error
    except msgspec.MsgspecError as error:
        raise BadSetting(
            f"{file} cannot be read ({error}); restore it, or remove it to get new keys"
        ) from error
    if seed is None:
        keys = Keys(keys={code: new_key() for code in DEMO_CODES}, operator_key=new_key())
    else:
        keys = Keys(
            keys={code: new_key(seeded(seed, f"key/{code}")) for code in DEMO_CODES},
            operator_key=new_key(seeded(seed, "key/operator")),
        )
    mine = file.with_name(f".keys.{os.getpid()}")
    try:
        write_file(mine, msgspec.json.format(msgspec.json.encode(keys)), private=True)
        os.link(mine, file)  # both sides of a home may start at once: the first one's keys count
    except FileExistsError:
        return home_keys(home, seed)
    except (OSError, BadSetting) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadSetting(
            f"{home} cannot be written ({reason}); correct its owner and mode, or choose"
            " another --home"
        ) from error
    finally:
        mine.unlink(missing_ok=True)
    return keys


def keep_keys(home: Path, keys: Keys) -> None:
    """Write the keys of a home anew, mode 600. Raise BadSetting when it cannot be."""
    write_file(home / "keys.json", msgspec.json.format(msgspec.json.encode(keys)), private=True)


def write_file(file: Path, content: bytes, *, private: bool = False) -> None:
    """Write by rename, so that a reader never sees half of it. Raise BadSetting when it cannot be
    written."""
    name = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if not private:
            Path(name).chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
        Path(name).replace(file)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise BadSetting(f"{file} cannot be written ({error.strerror}); choose another") from error
