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

DEMO_CODES = ("1105910159", "3105960AAA")
"""The enterprises of the demo registry: a home has a key for each from its first start."""


class Keys(msgspec.Struct, kw_only=True):
    """keys.json: what `up` hands out; the store holds only hashes."""

    keys: dict[str, str]
    operator_key: str


def lock(home: Path) -> Callable[[], None]:
    """Lock the home, made if missing; the returned function unlocks it. The lock dies with the
    process, also by SIGKILL."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"{home} cannot be made ({error.strerror}); choose another --home"
        ) from error
    locked = None
    try:
        locked = sqlite3.connect(
            home / "lock", timeout=0, isolation_level=None, check_same_thread=False
        )
        locked.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
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
    if file.exists():
        try:
            return msgspec.json.decode(file.read_bytes(), type=Keys)
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
    except OSError as error:
        raise BadSetting(
            f"{home} cannot be written ({error.strerror}); correct its owner and mode, or choose"
            " another --home"
        ) from error
    finally:
        mine.unlink(missing_ok=True)
    return keys


def write_file(file: Path, content: bytes, *, private: bool = False) -> None:
    """Write by rename, so that a reader never sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    if not private:
        Path(name).chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
    Path(name).replace(file)
