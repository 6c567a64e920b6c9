"""`demo`: every valid declaration of the fixtures from POST to customs' answer, over HTTP, in a temporary home.

The business clock starts on the day that the fixtures are written for, so that the demo works in any year. Exit 0 only when
every message ended as the name of its file says.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from rich.text import Text

from fixtures.corpus import files
from gateway.access import add_key, new_key
from gateway.adapters.clock import MovedClock
from gateway.cli.client import Client, connected
from gateway.cli.loop import run_loop
from gateway.cli.pair import running
from gateway.cli.screen import clock, screen, show_findings, show_json, show_rows, status_words
from gateway.cli.tour import tour
from gateway.errors import BadSetting
from gateway.logs import configure
from gateway.registry import DEMO
from gateway.settings import Settings
from schemas.times import SHANGHAI, micros

TODAY = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
"""The day that the fixtures suppose (``fixtures``)."""
PATIENCE = 8.0
"""Seconds until what has not been answered counts as not answered."""
SAMPLE = "valid_cash_counter.xml"
"""The message whose timeline is shown; a later one wants to use its letter again."""
ROUNDS = (("valid",), ("returned", "review"))
"""The second round builds on what the first one set up: a letter that is in use."""


@dataclass(slots=True, kw_only=True)
class Shown:
    """One fixture on its way. ``expected``: the status that its name promises."""

    file: Traversable
    expected: str
    http: int
    answer: dict[str, Any]
    status: str = ""
    receipts: tuple[dict[str, Any], ...] = ()

    @property
    def seq_no(self) -> str:
        return str(self.answer.get("seq_no") or "")

    @property
    def business_no(self) -> str:
        """What customs called it."""
        return next((str(r["business_no"]) for r in self.receipts if r["business_no"]), "")

    @property
    def good(self) -> bool:
        return self.http == 202 and self.status == self.expected


def demo(*, as_json: bool, every: bool = False, record: Path | None = None) -> int:
    """``every``: the flows of the manual (``tour``) instead of the fixtures; ``record``: their conversation to that folder."""
    if record is not None and not every:
        raise BadSetting("--record goes with --all: the samples alone are in fixtures already")
    if every:
        return tour(as_json=as_json, record=record)
    began = time.perf_counter()
    configure("text", "warning")
    shown, timeline = run_loop(_demo())
    seconds = time.perf_counter() - began
    good = bool(shown) and all(item.good for item in shown)
    if as_json:
        show_json({"ok": good, "seconds": round(seconds, 3), "timeline": timeline, "items": [
            {"file": item.file.name, "ok": item.good, "http": item.http, "seq_no": item.seq_no or None, "status": item.status,
             "expected": item.expected, "receipts": item.receipts} for item in shown]})
    else:
        _show(shown, timeline, seconds, good)
    return 0 if good else 1


def expected(name: str) -> str:
    """The status that a fixture of this name ends in."""
    if name.startswith("valid_draft"):
        return "draft"
    return {"valid": "approved", "returned": "returned", "review": "review"}[name.partition("_")[0]]


async def _demo() -> tuple[list[Shown], list[dict[str, Any]]]:
    """Every message with its outcome, and the timeline of the first approved one."""
    with tempfile.TemporaryDirectory(prefix="eport-demo-", ignore_cleanup_errors=True) as folder:
        # model_construct: the environment of a real installation must not reach the demo
        settings = Settings.model_construct(home=Path(folder), port=0, control_port=0)
        async with running(settings, clock=MovedClock(TODAY, frozen=False)) as pair:
            key = new_key()
            codes = tuple(e.code for e in DEMO)
            await pair.gateway.store.write(functools.partial(
                add_key, key=key, operator="op-demo", name="demo", enterprises=codes, at=micros(TODAY)))
            async with connected(pair.ready.gateway, key) as client:
                shown: list[Shown] = []
                for kinds in ROUNDS:
                    sent = [await _send(client, file) for kind in kinds for file in files("GRT101", kind)]
                    await _follow(client, sent)
                    shown += sent
                await _receipts(client, shown, codes)
                sample = _sample(shown)
                timeline = (await client.get(f"/declarations/{sample.seq_no}/timeline")).body["items"] if sample else []
                return shown, timeline


def _sample(shown: Sequence[Shown]) -> Shown | None:
    return next((item for item in shown if item.file.name == SAMPLE and item.seq_no), None)


async def _send(client: Client, file: Traversable) -> Shown:
    reply = await client.post("/messages", file.read_bytes())
    return Shown(file=file, expected=expected(file.name), http=reply.http, answer=reply.body,
                 status=reply.body["status"] if reply.http == 202 else "refused at the door")


async def _follow(client: Client, sent: Sequence[Shown]) -> None:
    """Until every one is where it should be, or time is over."""
    deadline = time.monotonic() + PATIENCE
    while (waiting := [s for s in sent if s.http == 202 and not s.good]) and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
        for item in waiting:
            item.status = (await client.get(f"/declarations/{item.seq_no}")).body["status"]


async def _receipts(client: Client, shown: Sequence[Shown], enterprises: Sequence[str]) -> None:
    for code in enterprises:
        feed = (await client.get("/receipts", enterprise=code, after=0, limit=1000)).body["items"]
        for item in shown:
            item.receipts += tuple(r for r in feed if r["seq_no"] == item.seq_no)


def _show(shown: Sequence[Shown], timeline: Sequence[dict[str, Any]], seconds: float, good: bool) -> None:
    out = screen()
    show_rows(out, ("报文 file", "统一编号 SeqNo", "回执 receipts", "状态 status", "海关编号 business no", ""), (
        (item.file.name, item.seq_no, " ".join(f"{r['message_type']}={r['result']}" for r in item.receipts), status_words(item.status),
         item.business_no, Text("✓", "green") if item.good else Text(f"✗ 应为 wanted {item.expected}", "red")) for item in shown))
    for item in shown:
        if item.http not in (200, 202):
            show_findings(out, item.file.name, item.answer.get("findings", ()))
    sample = _sample(shown)
    if sample is not None:
        out.print(f"\n{SAMPLE}  {sample.seq_no}  {sample.business_no}", style="bold")
        for entry in timeline:
            out.print(f"  {clock(entry['at'])}  {entry['text_zh']} / {entry['text_en']}")
    for item in shown:
        if item.status == "returned":
            out.print(f"\n{item.file.name}  {item.seq_no}  退单 returned", style="bold")
            for note in [note for r in item.receipts for note in r["notes"]]:
                out.print(f"  海关 customs: {note}")
    verdict = "全部符合预期 all as expected" if good else "有不符合预期的 not all as expected"
    out.print(f"\n{len(shown)} 份报文 messages, {seconds:.1f} s, {verdict}", style="bold green" if good else "bold red")
    if sample is not None:
        path = _shortest(sample.file)
        out.print("\n下一步 next:\n  eport up\n"
                  f"  eport submit {path} --wait 5\n"
                  f"  curl --data-binary @{path} -H 'Authorization: Bearer KEY' http://127.0.0.1:8080/api/v1/messages\n"
                  "  (KEY: `eport up` 会显示 shows it)\n"
                  "  文档 docs: http://127.0.0.1:8080/docs")


def _shortest(file: Traversable) -> str:
    """The file as it can be named from here."""
    with contextlib.suppress(ValueError):  # another drive
        return min(str(file), os.path.relpath(str(file)), key=len)
    return str(file)
