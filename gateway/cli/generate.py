"""`generate`: messages of a type into a folder, valid or wrong in a chosen way, each wrong one with its expectation beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import msgspec

from fixtures.contents import KINDS
from fixtures.corpus import Expected
from fixtures.generating import Generator, Made
from fixtures.mistakes import MISTAKES
from gateway.cli.screen import screen, show_json, show_rows
from gateway.errors import BadSetting
from gateway.handler import Enterprise
from gateway.registry import DEMO
from gateway.settings import Settings
from schemas.times import SHANGHAI
from schemas.xml import Limits, XmlReader
from schemas.xsd import SchemaSet


def generate(message_type: str, settings: Settings, *, count: int, seed: int, out: Path, wrong: str, today: str, enterprise: str, number: str,
             as_json: bool) -> int:
    """Write ``count`` messages to ``out``. BadSetting for a type, a way, a day or an enterprise that is none."""
    if message_type not in KINDS:
        raise BadSetting(f"{message_type or 'no message type'}: choose one of {', '.join(KINDS)}")
    if wrong and wrong not in MISTAKES:
        raise BadSetting(f"--wrong {wrong}: choose one of {', '.join(MISTAKES)}; `eport generate --list` explains them")
    day = _day(today)
    made = Generator(schemas=SchemaSet(), reader=XmlReader(Limits(size=settings.max_body)), party=_party(enterprise), today=day, seed=seed,
                     node=settings.customs_node)
    try:
        messages = list(made.wrong(message_type, wrong, count, number) if wrong else made.valid(message_type, count, number))
    except LookupError:
        raise BadSetting(f"{message_type} has nothing that can be wrong by --wrong {wrong}; see `eport generate --list`") from None
    files = [_write(out, item) for item in messages]
    if as_json:
        show_json({"ok": True, "message_type": message_type, "wrong": wrong or None, "seed": seed, "today": day, "files": files})
    else:
        screen().print(f"{len(files)} 份报文 messages  {message_type}  {MISTAKES[wrong].zh if wrong else '有效 valid'}  {out}")
    return 0


def show_list(settings: Settings, *, as_json: bool) -> int:
    """The message types and the ways to be wrong, with the types that each is offered for."""
    made = Generator(schemas=SchemaSet(), reader=XmlReader(Limits(size=settings.max_body)), party=DEMO[0], today=date(2026, 11, 23), seed=0)
    offered = {name: _offered(made, name) for name in MISTAKES}
    if as_json:
        show_json({"types": list(KINDS), "wrong": {
            name: {"zh": MISTAKES[name].zh, "en": MISTAKES[name].en, "types": types} for name, types in offered.items()}})
    else:
        rows = [(name, f"{MISTAKES[name].zh} {MISTAKES[name].en}", " ".join(types)) for name, types in offered.items()]
        show_rows(screen(), ("--wrong", "", "报文 types"), rows)
    return 0


def _offered(made: Generator, wrong: str) -> list[str]:
    found = []
    for message_type in KINDS:
        try:
            next(iter(made.wrong(message_type, wrong, 1)))
        except LookupError:
            continue
        found.append(message_type)
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(SHANGHAI).date()
    except ValueError:
        raise BadSetting(f"--today {text}: wanted a day as yyyy-MM-dd") from None


def _party(code: str) -> Enterprise:
    known: Mapping[str, Enterprise] = {e.code: e for e in DEMO}
    if code and code not in known:
        raise BadSetting(f"--enterprise {code}: choose one of {', '.join(known)}")
    return known[code] if code else DEMO[0]


def _write(folder: Path, made: Made) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / made.name).write_bytes(made.body)
        if made.expected is not None:
            (folder / made.name.replace(".xml", ".expected.json")).write_bytes(_sidecar(made.expected))
    except OSError as error:
        raise BadSetting(f"{folder} cannot be written: {error.strerror}; choose another --out") from error
    return made.name


def _sidecar(expected: Expected) -> bytes:
    return msgspec.json.format(msgspec.json.encode(expected), indent=2) + b"\n"
