"""`codelists`: the code lists of an installation: list, show, import, reset. An imported list lives
in the home's folder ``codelists`` and wins over the shipped one; running processes take it within
about a second."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from gateway.base.errors import BadSetting
from gateway.base.settings import Settings
from gateway.base.terminal.files import content
from gateway.base.terminal.screen import screen, show_json, show_rows
from schemas.code_import import BadImport, Change, merged, rows_of, written
from schemas.codes import FORMS, Code, CodeLists, UnknownCodeList, read
from schemas.times import local_day

FEW = 10
"""One code in so many may end by an import without a word from the operator."""
WORDS = {
    "added": "新增 added",
    "renamed": "更名 renamed",
    "ended": "停用 ended",
    "opened": "恢复 opened again",
    "changed": "更正 changed",
}


def codelists(
    action: str,
    what: str,
    settings: Settings,
    *,
    name: str,
    start: str,
    partial: bool,
    ends_many: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Exit 0; raise BadSetting for what cannot be taken or shown."""
    if action == "reset":
        return _reset(what, settings.codelists)
    lists = CodeLists(imported=settings.codelists)
    if action == "list":
        return _list(lists, settings.codelists, as_json)
    if action == "show":
        return _show(lists, what, as_json)
    if action != "import":
        raise BadSetting(f"{action!r}: wanted list, show, import or reset")
    file = Path(what)
    if not what:
        raise BadSetting("import: give the file")
    name = name or (file.stem if file.stem in FORMS else "")
    if name not in FORMS:
        raise BadSetting(
            f"--name: say which list the file holds, {' or '.join(FORMS)}; the others belong to the"
            " wire and come with a release"
        )
    day = _day(start)
    try:
        new = rows_of(name, content(file), f"imported {day.isoformat()}")
    except BadImport as error:
        raise BadSetting(f"{file}: nothing was imported: {error}") from error
    now = lists.list(name)
    rows, changes = merged(now, new, day, partial=partial)
    ended = sum(change.what == "ended" for change in changes)
    if ended * FEW > len({row.code for row in now if row.valid_on(day)}) and not ends_many:
        raise BadSetting(
            f"{file}: nothing was imported: it would end {ended} codes of {name}; give --partial"
            " when it holds only what changes, --ends-many when they do end"
        )
    if changes and not dry_run:
        made = written(rows)
        read(name, made)  # what no process could read is never put in place
        _put(settings.codelists / f"{name}.csv", made)
    return _told(name, rows, changes, day, dry_run, as_json)


def _day(text: str) -> date:
    if not text:
        return local_day(datetime.now(UTC))
    try:
        day = date.fromisoformat(text)
        if day.year >= 1949:
            return day
    except ValueError:
        pass
    raise BadSetting(f"--from {text!r}: wanted a date yyyy-MM-dd")


def _reset(name: str, folder: Path) -> int:
    """Set an imported list aside, whatever is in it, so that the shipped one holds again."""
    if name not in (known := CodeLists().names()):
        raise BadSetting(f"reset: found {name!r}, wanted one of {', '.join(known)}")
    file, aside = folder / f"{name}.csv", folder / f"{name}.csv.aside"
    try:
        os.replace(file, aside)
    except (FileNotFoundError, NotADirectoryError):
        screen().print(f"{name}: 未导入过, 用随附的表 / none was imported; the shipped list holds")
        return 0
    except OSError as error:
        raise BadSetting(f"{file} cannot be set aside: {error.strerror}") from error
    screen().print(
        f"{name}: 用随附的表, 导入的表留作 {aside} / the shipped list holds; what was imported is"
        f" kept as {aside}"
    )
    return 0


def _put(file: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, whole."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            os.chmod(made, 0o644)
            os.replace(made, file)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadSetting(f"{file} cannot be written: {error.strerror}") from error


def _told(
    name: str,
    rows: tuple[Code, ...],
    changes: tuple[Change, ...],
    day: date,
    dry_run: bool,
    as_json: bool,
) -> int:
    counts = Counter(change.what for change in changes)
    if as_json:
        show_json(
            {
                "list": name,
                "from": day.isoformat(),
                "dry_run": dry_run,
                "codes": len({row.code for row in rows}),
                "counts": dict(counts),
                "changes": [asdict(change) for change in changes],
            }
        )
        return 0
    out = screen()
    if changes:
        show_rows(
            out,
            ("变动 change", "代码 code", "原 before", "现 after"),
            ((WORDS[c.what], c.code, c.before, c.after) for c in changes),
        )
    summary = ", ".join(f"{WORDS[what]} {n}" for what, n in counts.items()) or "无变动 no change"
    out.print(f"{name}, {day.isoformat()}: {summary}")
    if dry_run:
        out.print("试运行, 未导入 / dry run, nothing was imported")
    elif changes:
        out.print(
            "已导入, 运行中的进程约一秒内采用, 不必重启 / imported; running processes of this home"
            " take it within about a second, no restart"
        )
    return 0


def _list(lists: CodeLists, folder: Path, as_json: bool) -> int:
    items = [
        {
            "name": name,
            "codes": len({row.code for row in lists.list(name)}),
            "imported": (folder / f"{name}.csv").is_file(),
            "importable": name in FORMS,
        }
        for name in lists.names()
    ]
    if as_json:
        show_json({"items": items, "total": len(items), "next": None})
        return 0
    show_rows(
        screen(),
        ("代码表 list", "代码数 codes", "来源 from"),
        (
            (str(i["name"]), str(i["codes"]), "导入 imported" if i["imported"] else "随附 shipped")
            for i in items
        ),
    )
    return 0


def _show(lists: CodeLists, name: str, as_json: bool) -> int:
    try:
        rows = lists.list(name)
    except UnknownCodeList as error:
        raise BadSetting(str(error)) from error
    if as_json:
        show_json({"items": [asdict(row) for row in rows], "total": len(rows), "next": None})
        return 0
    show_rows(
        screen(),
        ("代码 code", "名称 name", "有效 valid", "来源 source"),
        (
            (r.code, f"{r.zh} {r.en}", f"{r.valid_from or ''}…{r.valid_to or ''}", r.source)
            for r in rows
        ),
    )
    return 0
