"""Runs one script step by step; the first step that differs ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.cli.replay.difference import MOST, differences
from gateway.cli.replay.outcome import Arrow, Done, Outcome
from gateway.cli.replay.script import Place, Script, Step
from gateway.cli.replay.session import Reply, Row, Session
from gateway.cli.replay.values import Unfilled, Values
from gateway.errors import BadSetting
from schemas.findings import Refused
from schemas.xml import Limits, XmlReader

ENTERPRISE, GATEWAY, CUSTOMS = 0, 1, 2
PAUSE = 0.01
STATUS = "status"


class Differs(Exception):
    """The pair did something else than the script says."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


class Run:
    """One script on one pair."""

    def __init__(self, script: Script, session: Session, values: Values) -> None:
        self._script, self._session, self._values = script, session, values
        self._reader = XmlReader(Limits(size=16 * 1024 * 1024), mislabelled=True)
        self._taken: set[tuple[str, int]] = set()
        self._began = time.perf_counter()
        self.arrows: list[Arrow] = []
        self._act: dict[str, Callable[[Step], Awaitable[None]]] = {
            "send": self._send, "do": self._do, "receipt": self._receipt, "silence": self._silence, "status": self._status}

    async def run(self) -> Outcome:
        """All steps, or those up to the first that differs. Raises only what makes the whole replay impossible."""
        done: list[Done] = []
        for enterprise in sorted({step.enterprise for step in self._script.steps if step.enterprise} or {self._whose("")}):
            await self._session.feed(enterprise)
        for step in self._script.steps:
            began = time.perf_counter()
            try:
                await self._act[step.kind](step)
            except (Differs, Unfilled) as error:
                lines = error.lines if isinstance(error, Differs) else (str(error),)
                done.append(Done(title=self._title(step), line=step.line, ok=False, seconds=time.perf_counter() - began, differences=lines))
                break
            done.append(Done(title=self._title(step), line=step.line, ok=True, seconds=time.perf_counter() - began))
        ok = len(done) == len(self._script.steps) and all(each.ok for each in done)
        return Outcome(name=self._script.name, group=str(self._script.file), ok=ok, seconds=time.perf_counter() - self._began, steps=done,
                       arrows=self.arrows)

    def _title(self, step: Step) -> str:
        return f"{step.title} ({step.recorded})" if step.recorded else step.title

    def _whose(self, enterprise: str) -> str:
        return enterprise or next(iter(self._session.enterprises), "")

    def _arrow(self, label: str, start: int, end: int, *, good: bool = True) -> None:
        self.arrows.append(Arrow(label=label, lanes=(start, end), at=round(time.perf_counter() - self._began, 3), good=good))

    async def _send(self, step: Step) -> None:
        body = self._message(step)
        reply = await self._session.post(body, self._whose(step.enterprise))
        self._arrow(f"{Path(step.file).name} → {reply.http}", ENTERPRISE, GATEWAY, good=reply.http < 300)
        answered(reply, http=step.http, status=self._values.fill(step.status), findings=step.findings)
        self._capture(step, reply.json)

    def _message(self, step: Step) -> bytes:
        content = _content(self._script.folder, self._values.fill(step.file))
        message_id = self._values.message_id()
        if b"{{" in content:
            content = self._values.fill(content.decode("utf-8"), message_id=message_id).encode()
        if not step.changes:
            return content
        try:
            root = self._reader.read(content).root
        except Refused as refused:
            raise Differs(f"{step.file}: set 需要格式良好的 XML / wants well-formed XML: {refused}") from None
        for where, text in step.changes.items():
            found = _elements(root, where) if "/" in where else list(root.iter(where))
            if not found:
                raise Differs(f"{step.file}: set {where}: 没有该元素 / there is no such element")
            for element in found:
                element.text = self._values.fill(text, message_id=message_id)
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)

    async def _do(self, step: Step) -> None:
        if step.once_waiting:
            seq_no = self._values.fill(step.once_waiting)
            await self._until(step, lambda: self._waits(seq_no), "案卷没有等人处理 / the case does not wait for a person")
        path = self._values.fill(step.path)
        reply = await self._session.control(step.method, path, self._values.fill_all(step.body))
        self._arrow(f"{step.method} {path} → {reply.http}", CUSTOMS, CUSTOMS, good=reply.http < 300)
        if not (reply.http == step.http if step.http else reply.http < 300):
            raise Differs(f"{step.method} {path}: 应为 expected HTTP {step.http or '2xx'}, 实为 found {reply.http}: {_said(reply)}")
        self._capture(step, reply.json)

    async def _waits(self, seq_no: str) -> bool:
        found = await self._session.control("GET", "/worklist?limit=1000")
        return any(case["seq_no"] == seq_no for case in found.json.get("items", ()))

    async def _receipt(self, step: Step) -> None:
        whose, wanted = self._whose(step.enterprise), step.message_type
        new = "seq_no" in step.capture.values()  # what customs starts gets its SeqNo here
        seq_no = self._values.fill(step.seq_no) if step.seq_no and not new else ""
        row = await self._await(step, whose, seq_no)
        raw = await self._session.get(row["links"]["raw"], whose)
        self._arrow(" ".join(part for part in (wanted, row["result"] or "") if part), CUSTOMS, ENTERPRISE)
        root = self._reader.read(raw.body).root
        wrong = []
        for where, text in step.checks.items():
            expected, found = self._values.fill(text), [element.text or "" for element in _elements(root, where)]
            if found != [expected]:
                there = ", ".join(f'"{each}"' for each in found) or "(没有 nothing)"
                wrong.append(f'{where}: 应为 expected "{expected}", 实为 found {there}')
        if step.like:
            model = self._reader.read(self._values.fill(_content(self._script.folder, step.like).decode("utf-8")).encode()).root
            wrong += [str(each) for each in differences(model, root)[:MOST]]
        if wrong:
            raise Differs(*wrong)
        for name, where in step.capture.items():
            if where.startswith("/"):
                elements = _elements(root, where)
                if not elements:
                    raise Differs(f"capture {name}: {where} 没有内容 / is not there")
                self._values.capture(name, elements[0].text or "")
            else:
                self._values.capture(name, str(row.get(where) or ""))

    async def _await(self, step: Step, enterprise: str, seq_no: str) -> Row:
        feed, deadline = await self._session.feed(enterprise), time.monotonic() + step.within
        while True:
            for row in feed.by_seq.get(seq_no, ()) if seq_no else feed.rows:
                if ((enterprise, row["seq"]) not in self._taken and row["message_type"] == step.message_type
                        and (not step.result or (row["result"] or "") == step.result)):
                    self._taken.add((enterprise, row["seq"]))
                    return row
            if not await feed.news(deadline, seq_no):
                left = [f"{r['message_type']} {r['result'] or ''}".strip() + "".join(f" ({note})" for note in r["notes"]) for r in feed.rows
                        if (enterprise, r["seq"]) not in self._taken and (not seq_no or r["seq_no"] == seq_no)]
                raise Differs(f"{step.title.removeprefix('receipt ')} 在 {step.within:g} 秒内没有来 / did not come within {step.within:g} s"
                              + (f"; 来的是 what came: {', '.join(left[:5])}" if left else "; 什么也没来 nothing came"))

    async def _silence(self, step: Step) -> None:
        whose, deadline = self._whose(step.enterprise), time.monotonic() + step.within
        feed, seq_no = await self._session.feed(whose), self._values.fill(step.seq_no)
        while True:
            for row in feed.by_seq.get(seq_no, ()) if seq_no else feed.rows:
                if (whose, row["seq"]) not in self._taken and (not step.message_type or row["message_type"] == step.message_type):
                    raise Differs(f"应当没有回执 / wanted silence, 实为 found {row['message_type']} {row['result'] or ''} of {row['seq_no']}")
            if not await feed.news(deadline, seq_no):
                return

    async def _status(self, step: Step) -> None:
        whose, seq_no = self._whose(step.enterprise), self._values.fill(step.seq_no)
        last: dict[str, Any] = {}

        async def there() -> bool:
            reply = await self._session.get(f"/declarations/{seq_no}", whose)
            last.update(reply.json if reply.http == 200 else {"status": f"HTTP {reply.http}"})
            return bool(last["status"] == step.status)

        await self._until(step, there, lambda: f'/status: 应为 expected "{step.status}", 实为 found "{last.get(STATUS)}"'
                          + (f" ({last['undeliverable']})" if last.get("undeliverable") else ""))
        self._capture(step, last)

    async def _until(self, step: Step, look: Callable[[], Awaitable[bool]], complaint: str | Callable[[], str]) -> None:
        deadline = time.monotonic() + step.within
        while not await look():
            if time.monotonic() >= deadline:
                raise Differs(complaint if isinstance(complaint, str) else complaint())
            await asyncio.sleep(PAUSE)

    def _capture(self, step: Step, answer: Any) -> None:
        for name, member in step.capture.items():
            value = answer.get(member) if isinstance(answer, dict) else None
            if value is None:
                raise Differs(f"capture {name}: 应答中没有 / the answer has no {member}")
            self._values.capture(name, str(value))


def answered(reply: Reply, *, http: int | None, status: str, findings: tuple[Place, ...] | None) -> None:
    """Raises Differs where the gateway's answer is not as expected: HTTP status, status of the filing, findings."""
    wrong: list[str] = []
    errors = [f for f in reply.json.get("findings", ()) if f["severity"] == "error"]
    if findings is None:
        expected = str(http) if http else "200 | 202"
        if str(reply.http) not in expected.split(" | "):
            wrong.append(f"/http: 应为 expected {expected}, 实为 found {reply.http}: {_said(reply)}")
    else:
        if http is not None and reply.http != http:
            wrong.append(f"/http: 应为 expected {http}, 实为 found {reply.http}")
        found = [(f["code"], f["field"], f["line"]) for f in errors]
        wanted = [(p.code, p.field, p.line) for p in findings]
        for at in range(max(len(found), len(wanted))):
            here, there = (each[at] if at < len(each) else None for each in (wanted, found))
            if here is None or there is None or any(w is not None and w != f for w, f in zip(here, there, strict=True)):
                wrong.append(f"/findings[{at + 1}]: 应为 expected {_place(here)}, 实为 found {_place(there)}")
    if not wrong and status and reply.json.get("status") != status:
        wrong.append(f'/status: 应为 expected "{status}", 实为 found "{reply.json.get(STATUS)}"')
    if wrong:
        raise Differs(*wrong)


def _place(place: tuple[str, str | None, int | None] | None) -> str:
    if place is None:
        return "(没有 nothing)"
    code, field, line = place
    return " ".join([code, *([field] if field else []), *([f"line {line}"] if line else [])])


def _said(reply: Reply) -> str:
    found = reply.json if isinstance(reply.json, dict) else {}
    first = next((f for f in found.get("findings", ()) if f.get("severity") == "error"), None)
    if first:
        return f"{first['code']} {first['message_zh']} / {first['message_en']}"
    return str(found.get("detail") or found.get("error") or reply.body[:200].decode(errors="replace"))


def _elements(root: etree._Element, where: str) -> list[etree._Element]:
    """The elements of an XPath, in document order."""
    try:
        found = root.xpath(where)
    except etree.XPathError as error:
        raise Differs(f"{where}: 不是可用的 XPath / is no XPath that can be used ({error})") from None
    return [each for each in found if isinstance(each, etree._Element)] if isinstance(found, list) else []


def _content(folder: Path, name: str) -> bytes:
    """A file beside the script, or a shipped fixture by ``TYPE/name.xml``."""
    here = folder / name
    if here.is_file():
        return here.read_bytes()
    shipped = resources.files("fixtures") / name
    if ".." not in name and shipped.is_file():
        return shipped.read_bytes()
    raise BadSetting(f"{here}: 没有这个文件, 随程序的样本里也没有 / there is no such file, nor a shipped fixture of that name")
