"""Reads a script; every mistake with its line, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from customs_sim.yaml_reading import BadText, Problem, Table, read
from gateway.cli.replay.script import SOON, Place, Script, Step
from gateway.errors import BadSetting

KINDS = ("send", "do", "receipt", "silence", "status", "clock", "fault", "scenario")
CALLS = ("GET", "POST", "PUT", "DELETE")
MOST_BYTES = 2 * 1024 * 1024
MOST_STEPS = 5000
_CALL = re.compile(rf"({'|'.join(CALLS)}) (/\S*)")


def script_in(file: Path) -> Script:
    """The script in ``file``. BadSetting, one line for each mistake, when it cannot be used."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSetting(f"{file}: 读不了 cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadSetting(f"{file}: 不是 UTF-8 文本 is no UTF-8 text") from None
    problems: list[Problem] = []
    try:
        script = _script(read(text, problems, most_bytes=MOST_BYTES), file)
    except BadText as bad:
        problems = list(bad.problems)
    if problems:
        raise BadSetting("\n".join(f"{file}:{p.line}: {p.zh} / {p.en}" for p in problems))
    return script


def _script(top: Table, file: Path) -> Script:
    name = top.text("name", file.stem)
    variables = _texts(top.table("variables"))
    steps = tuple(_step(table) for table in top.items("steps", most=MOST_STEPS))
    if not steps:
        top.missing("steps", "至少一步", "at least one step")
    top.done()
    return Script(name=name, file=file, folder=file.parent, variables=variables, steps=steps)


def _step(t: Table) -> Step:
    kind = next((each for each in KINDS if each in t), "")
    if not kind:
        t.wrong(None, f"其中之一: {', '.join(KINDS)}", f"one of {', '.join(KINDS)}", found="")
        return Step(kind="", line=0, title="")
    line = t.node.start_mark.line + 1 if t.node is not None else 0
    common: dict[str, Any] = {"line": line, "enterprise": t.text("as", ""), "capture": _texts(t.table("capture")),
                              "within": t.duration("within")[0] or SOON}
    made: Step = _READERS[kind](t, common)
    t.done()
    return made


def _send(t: Table, common: dict[str, Any]) -> Step:
    file, expect = t.text("send", most=500), t.table("expect")
    findings: tuple[Place, ...] | None = None
    http, status = None, ""
    if expect is not None:
        http, status = expect.whole("http", 100, 599), expect.text("status", "")
        if "findings" in expect:
            findings = tuple(_place(each) for each in expect.items("findings"))
        expect.done()
    return Step(kind="send", title=f"send {file}", file=file, changes=_texts(t.table("set")), http=http, status=status, findings=findings, **common)


def _place(t: Table) -> Place:
    made = Place(code=t.text("code"), field=t.text("field", "") or None, line=t.whole("line", 1, 10**7))
    t.done()
    return made


def _do(t: Table, common: dict[str, Any]) -> Step:
    call = t.text("do", most=500)
    match = _CALL.fullmatch(call)
    if match is None:
        t.wrong(None, "形如 POST /decisions", "the form POST /decisions", key=f"{t.key}.do", found=call)
    expect = t.table("expect")
    http = expect.whole("http", 100, 599) if expect is not None else None
    if expect is not None:
        expect.done()
    method, path = (match[1], match[2]) if match else ("", "")
    return Step(kind="do", title=f"do {call}", method=method, path=path, body=_plain(t.node_of("body")), http=http,
                once_waiting=t.text("once_waiting", ""), **common)


def _receipt(t: Table, common: dict[str, Any]) -> Step:
    wanted = t.table("receipt")
    assert wanted is not None
    kind, result, seq_no = wanted.text("type", form="[A-Z]{3}[0-9]{3}"), wanted.text("result", ""), wanted.text("seq_no", "")
    wanted.done()
    return Step(kind="receipt", title=" ".join(part for part in ("receipt", kind, result) if part), message_type=kind, result=result,
                seq_no=seq_no, checks=_texts(t.table("assert")), like=t.text("like", "", most=500),
                recorded=t.text("recorded", "", most=500), **common)


def _silence(t: Table, common: dict[str, Any]) -> Step:
    seconds = t.duration("silence")[0]
    return Step(kind="silence", title=f"silence {seconds:g}s", seq_no=t.text("seq_no", ""), message_type=t.text("type", ""),
                **(common | {"within": seconds or 1.0}))


def _status(t: Table, common: dict[str, Any]) -> Step:
    status = t.text("status")
    return Step(kind="status", title=f"status {status}", status=status, seq_no=t.text("seq_no"), **common)


def _clock(t: Table, common: dict[str, Any]) -> Step:
    return Step(kind="do", title="clock", method="POST", path="/clock", body=_plain(t.node_of("clock")), **common)


def _fault(t: Table, common: dict[str, Any]) -> Step:
    body = _plain(t.node_of("fault"))
    if body in ("off", False):
        return Step(kind="do", title="fault off", method="DELETE", path="/faults", **common)
    rules = body if isinstance(body, list) else [body]
    return Step(kind="do", title="fault", method="PUT", path="/faults", body={"rules": rules}, **common)


def _scenario(t: Table, common: dict[str, Any]) -> Step:
    name = t.text("scenario")
    if name == "off":
        return Step(kind="do", title="scenario off", method="DELETE", path="/scenario", **common)
    return Step(kind="do", title=f"scenario {name}", method="PUT", path="/scenario", body={"name": name}, **common)


_READERS = {"send": _send, "do": _do, "receipt": _receipt, "silence": _silence, "status": _status, "clock": _clock, "fault": _fault,
            "scenario": _scenario}


def _texts(table: Table | None) -> Mapping[str, str]:
    """Names to texts."""
    if table is None:
        return {}
    found = {name: table.text(name, most=2000) for name in table.names}
    table.done()
    return found


def _plain(node: yaml.Node | None) -> Any:
    """A value as JSON has it: mappings, lists, texts, numbers, true, false, null."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    if not isinstance(node, yaml.ScalarNode):
        return None
    if node.style is None and node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"):
        return yaml.safe_load(str(node.value))
    return str(node.value)
