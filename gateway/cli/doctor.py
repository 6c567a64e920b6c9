"""`doctor` looks at an installation and its home and changes nothing; `migrate` brings both stores to the newest tables.

Each check is a function that yields lines; a new check is one more function in CHECKS.
"""

from __future__ import annotations

import functools
import importlib
import os
import platform
import re
import shutil
import socket
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from lxml import etree
from rich.text import Text
from sqlalchemy import Connection, Table, func, select

from customs_sim import tables as customs_tables
from gateway import tables as gateway_tables
from gateway.adapters.migrations import config, head, upgrade
from gateway.adapters.sql import SqlStore
from gateway.cli.home import lock
from gateway.cli.reconcile import differences
from gateway.cli.screen import COLOURS, one_line, screen, show_json
from gateway.cli.stores import Place, opened, places, revision
from gateway.errors import BadSetting, EportError, Unavailable
from gateway.settings import Settings
from schemas.codes import BadCodeList, CodeLists
from schemas.xsd import SchemaSet

PYTHON = (3, 11)
SQLITE = (3, 35)
"""First release with RETURNING."""
OTHER_VARIABLES = frozenset({"EPORT_URL", "EPORT_KEY"})
OLD = 300
"""Seconds after which a waiting message is worth a warning."""
ROOM = 500 * 1024 * 1024
"""Bytes free under which a warning is given."""
LABELS = {"ok": "正常 ok", "warning": "注意 warning", "fault": "故障 fault"}


Level = Literal["ok", "warning", "fault"]
Found = Iterator[tuple[Level, str, str]]
"""What a check yields: level, text, what to do about it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One finding of the doctor. ``todo``: what to do about it; empty when ok."""

    level: Level
    check: str
    text: str
    todo: str = ""


def doctor(settings: Settings, *, as_json: bool, reconcile: bool = False) -> int:
    """Exit 1 when there is a fault."""
    lines: list[Line] = []
    out = screen()
    checks = CHECKS | {"reconcile": _reconcile} if reconcile else CHECKS
    for name, check in checks.items():
        for level, text, todo in check(settings):
            lines.append(Line(level, name, text, todo))
            if not as_json:
                advice = f"\n{'':<26}→ {todo}" if todo else ""
                out.print(Text.assemble((f"{LABELS[level]:<12}", COLOURS[level]), f"{name:<12}{text}{advice}"))
    faults = sum(line.level == "fault" for line in lines)
    if as_json:
        show_json({"ok": not faults, "items": lines})
    return 1 if faults else 0


def _reconcile(settings: Settings) -> Found:
    if any(place.missing for place in places(settings)):
        yield "warning", "nothing to compare: a store is missing", "start `eport up` once"
        return
    try:
        found = differences(settings)
    except Unavailable as error:
        yield "warning", f"cannot be compared: {error}", "run `eport migrate`"
        return
    for line in found:
        yield "fault", line, "let both sides come to rest and look again; then ask for the receipts again (GRT141)"
    if not found:
        yield "ok", "ledger, customs' register and the gateway's register agree", ""


def migrate(settings: Settings, *, as_json: bool) -> int:
    """Both stores to the newest tables; makes the home. Refuses a home that is in use."""
    both = places(settings)
    unlock: Callable[[], None] | None = None
    if any(place.file and place.file.parent == settings.home for place in both):
        unlock = lock(settings.home)
    done = []
    try:
        for place in both:
            with opened(place) as store:
                before = revision(store, place)
                upgrade(store, side=place.side, package=place.package)
            done.append({"side": place.side, "from": before, "to": head(place.package)})
    finally:
        if unlock:
            unlock()
    if as_json:
        show_json({"items": done})
        return 0
    for item in done:
        moved = "已是最新 up to date" if item["from"] == item["to"] else f"{item['from'] or '新建 new'} -> {item['to']}"
        screen().print(f"{item['side']:<10}{item['to']}  {moved}")
    return 0


def _python(_: Settings) -> Found:
    wanted = ".".join(map(str, PYTHON))
    if sys.version_info < PYTHON:
        yield "fault", platform.python_version(), f"install Python {wanted} or newer"
    else:
        yield "ok", f"{platform.python_version()} ({sys.executable})", ""
    if sqlite3.sqlite_version_info < SQLITE:
        yield "fault", f"SQLite {sqlite3.sqlite_version}", f"use a Python with SQLite {'.'.join(map(str, SQLITE))} or newer"
    else:
        yield "ok", f"SQLite {sqlite3.sqlite_version}", ""


MODULES = {"chinesecalendar": "chinese_calendar", "pyyaml": "yaml"}
"""Packages whose module has another name."""


def _packages(settings: Settings) -> Found:
    try:
        wanted = [r for r in metadata.requires("eport") or () if "extra ==" not in r]
    except metadata.PackageNotFoundError:
        yield "warning", "eport is not installed as a package, so its requirements are not known", "run `pip install -e .` in its folder"
        return
    if "postgresql" in settings.gateway_url + settings.customs_url:
        wanted.append("psycopg")
    good = []
    for requirement in wanted:
        name = (re.match(r"[\w-]+", requirement) or [""])[0]
        if name == "uvloop" and sys.platform == "win32":
            continue
        try:
            importlib.import_module(MODULES.get(name, name.replace("-", "_")))
            version = metadata.version(name)
        except (ImportError, metadata.PackageNotFoundError) as error:
            yield "fault", f"{name} cannot be imported: {error}", f"pip install '{requirement}'"
            continue
        if outside := _outside(version, requirement):
            yield "fault", f"{name} {version}, wanted {outside}", f"pip install '{requirement.partition(';')[0].strip()}'"
        else:
            good.append(f"{name} {version}")
    yield "ok", ", ".join(good), ""


def _outside(version: str, requirement: str) -> str:
    """The first bound (>= or <) that the version breaks; empty when it keeps all."""
    def numbers(text: str) -> list[int]:
        return [int(n) for n in re.findall(r"\d+", text)[:3]]

    for sign, bound in re.findall(r"(>=|<)\s*([\d.]+)", requirement.partition(";")[0]):
        if (numbers(version) < numbers(bound)) == (sign == ">="):
            return f"{sign}{bound}"
    return ""


def _schemas(_: Settings) -> Found:
    schemas = SchemaSet()
    names = schemas.names()
    for name in names:
        for lenient in (False, True):
            try:
                etree.XMLSchema(schemas.tree(name, lenient=lenient))
            except etree.XMLSchemaParseError as error:
                yield "fault", f"{name}.xsd does not compile: {error}", "install eport again"
    yield "ok", ", ".join(names), ""


def _codelists(_: Settings) -> Found:
    try:
        codes = CodeLists()
    except BadCodeList as error:
        yield "fault", str(error), "correct that line, or install eport again"
        return
    yield "ok", f"{len(codes.names())} lists, {sum(len(codes.list(n)) for n in codes.names())} codes", ""


def _settings(settings: Settings) -> Found:
    known = {f"EPORT_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    for name in sorted(n for n in os.environ if n.startswith("EPORT_") and n not in known):
        yield "warning", f"environment variable {name} is no setting and does nothing", "correct its name, or unset it"
    given = sorted(n for n in os.environ if n in known)
    yield "ok", f"from the environment: {', '.join(given) or 'nothing'}", ""


def _home(settings: Settings) -> Found:
    home = settings.home
    if not home.exists():
        parent = next(p for p in home.absolute().parents if p.exists())
        if os.access(parent, os.W_OK | os.X_OK) and parent.is_dir():
            yield "ok", f"{home} does not exist yet; `eport up` makes it", ""
        else:
            yield "fault", f"{home} cannot be made in {parent}", "choose another --home, or give yourself the right to write there"
        return
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        yield "fault", f"{home} is no folder that can be written", "choose another --home, or correct its owner and mode"
        return
    used = in_use(home)
    yield "ok", f"{home} can be written; {'in use by a running `eport up`' if used else 'not in use'}", ""
    keys = home / "keys.json"
    if os.name == "posix" and keys.exists() and stat.S_IMODE(keys.stat().st_mode) & 0o077:
        yield "warning", f"{keys} can be read by others", f"chmod 600 {keys}"
    free = shutil.disk_usage(home).free
    if free < ROOM:
        yield "warning", f"{free // 2**20} MB free on its disk", "make room: a full disk stops every submission"


def _stores(settings: Settings) -> Found:
    for place in places(settings):
        if place.missing:
            yield "ok", f"{place.side}: not made yet", ""
            continue
        try:
            with opened(place) as store:
                yield from _store(place, store)
        except Unavailable as error:
            yield "fault", f"{place.side}: {place.shown} cannot be reached: {one_line(error)}", "start the database, or correct the store URL"
        except BadSetting as error:
            yield "fault", f"{place.side}: {error}", "correct the setting"
        except EportError as error:
            yield "fault", f"{place.side}: {place.shown}: {one_line(error)}", "stop the gateway and restore it from its backup"


def _store(place: Place, store: SqlStore) -> Found:
    at = revision(store, place)
    yield _revision(place, at)
    if place.sqlite:
        said = store.read_here(lambda c: c.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        if said != "ok":
            yield "fault", f"{place.side}: {said}", f"stop the gateway and restore {place.shown} from its backup"
            return
        yield "ok", f"{place.side}: quick_check ok", ""
    if at is not None:
        yield from _traffic(place, store)


def _revision(place: Place, at: str | None) -> tuple[Level, str, str]:
    newest = head(place.package)
    if at == newest:
        return "ok", f"{place.side}: tables at {at}, the newest", ""
    from alembic.script import ScriptDirectory  # 0.3 s that nobody pays while the tables are the newest

    scripts = ScriptDirectory.from_config(config(place.side, place.package, None))
    if at is not None and at not in {script.revision for script in scripts.walk_revisions()}:
        return "fault", f"{place.side}: tables at {at}, which this eport does not know", "install the newer eport that made them"
    return "warning", f"{place.side}: tables at {at or 'no revision'}, newest is {newest}", "run `eport migrate` (`eport up` does it too)"


def _traffic(place: Place, store: SqlStore) -> Found:
    tables = gateway_tables if place.side == "gateway" else customs_tables
    waiting, due, parked, reason = store.read_here(functools.partial(_waiting, tables.outbox, tables.parked))
    late = max(0, int(time.time() - due / 1e6)) if waiting else 0
    if late > OLD:
        yield "warning", f"{place.side}: {waiting} messages wait, one for {late} s", "start both sides (`eport up`); they are sent then"
    else:
        yield "ok", f"{place.side}: {waiting} messages wait", ""
    if parked:
        yield ("warning", f"{place.side}: {parked} messages set aside; the last because: {reason}",
               "correct the cause, then have them sent again; GET /control/v1/parked shows those of customs")
    else:
        yield "ok", f"{place.side}: nothing set aside", ""


def _waiting(outbox: Table, parked: Table, connection: Connection) -> tuple[int, int, int, str]:
    """Messages that wait, when the first was due (µs UTC), messages set aside, and why the last of them."""
    waiting, due = connection.execute(select(func.coalesce(func.sum(outbox.c.n), 0), func.min(outbox.c.due_at))).one()
    aside = connection.execute(select(func.count()).select_from(parked)).scalar_one()
    reason = connection.execute(select(parked.c.reason).order_by(parked.c.id.desc()).limit(1)).scalar()
    return int(waiting), due or 0, aside, reason or ""


def _ports(settings: Settings) -> Found:
    running = settings.home.is_dir() and in_use(settings.home)
    for option, port in (("--port", settings.port), ("--control-port", settings.control_port)):
        if port == 0:
            yield "ok", f"{option}: a free one is taken", ""
            continue
        try:
            with socket.socket() as probe:
                if os.name == "posix":
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((settings.host, port))
            yield "ok", f"{port} is free", ""
        except OSError as error:
            if running:
                yield "ok", f"{port} is taken, and this home is in use", ""
            else:
                yield "warning", f"{port} on {settings.host}: {error.strerror}", f"choose another with {option}, or 0 for a free one"


def in_use(home: Path) -> bool:
    """Whether an `eport up` works on this home."""
    if not (home / "lock").exists():
        return False
    try:
        lock(home)()
    except BadSetting:
        return True
    return False


CHECKS: dict[str, Callable[[Settings], Found]] = {
    "python": _python, "packages": _packages, "schemas": _schemas, "code lists": _codelists, "settings": _settings, "home": _home,
    "stores": _stores, "ports": _ports}
