"""`submit`: sends message files and, if asked, waits for what customs decides.

Exit 0: good; 1: refused, or not approved in time; what hinders the command itself is raised as an
EportError (exit 2).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from gateway.base.errors import EportError
from gateway.base.process.loop import run_loop
from gateway.base.terminal.calls import Reply
from gateway.base.terminal.files import content, key_of, messages
from gateway.base.terminal.screen import screen, show_findings, show_json
from gateway.cli.client import Client, connected, wanted
from gateway.cli.wording import status_words

ENDS = frozenset({"approved", "returned", "refused", "draft"})
"""Where waiting ends: nothing more happens unless somebody files again."""


@dataclass(slots=True)
class Sent:
    """One file and what became of it."""

    file: Path
    reply: Reply
    declaration: dict[str, Any] | None = None
    timeline: tuple[dict[str, Any], ...] = ()

    @property
    def accepted(self) -> bool:
        return self.reply.http in (200, 202)

    @property
    def seq_no(self) -> str | None:
        number: str | None = self.reply.json["seq_no"] if self.accepted else None
        return number

    @property
    def status(self) -> str:
        word: str = (self.declaration or self.reply.json)["status"] if self.accepted else ""
        return word

    def good(self, waited: bool) -> bool:
        return self.accepted and (not waited or self.seq_no is None or self.status == "approved")


def submit(paths: list[Path], *, url: str, key: str, home: Path, wait: float, as_json: bool) -> int:
    """Send the files in the order given; later ones may build on earlier ones. What was sent before
    a failure is shown too."""
    files, key = messages(paths), key_of(key, home)
    out, sent = screen(), list[Sent]()
    failure: EportError | None = None
    try:
        run_loop(_submit(files, url, key, wait, sent, out, quiet=as_json))
    except EportError as error:
        failure = error
    good = failure is None and all(item.good(wait > 0) for item in sent)
    if as_json and (sent or failure is None):
        show_json(
            {
                "ok": good,
                "items": [
                    {
                        "file": str(s.file),
                        "ok": s.good(wait > 0),
                        "http": s.reply.http,
                        "answer": s.reply.json,
                        "declaration": s.declaration,
                        "timeline": s.timeline,
                    }
                    for s in sent
                ],
            }
        )
    elif not as_json:
        for item in sent:
            _show_sent(out, item, waited=wait > 0)
    if failure is not None:
        raise failure
    return 0 if good else 1


async def _submit(
    files: list[Path],
    url: str,
    key: str,
    wait: float,
    sent: list[Sent],
    out: Console,
    *,
    quiet: bool,
) -> None:
    bar = Progress(
        console=out, transient=True, disable=quiet or not out.is_terminal or len(files) < 2
    )
    async with connected(url, key) as client:
        with bar:
            sending = bar.add_task("发送 sending", total=len(files))
            for file in files:
                sent.append(Sent(file, await client.post("/messages", content(file))))
                bar.advance(sending)
            await _await_answers(client, [s for s in sent if s.seq_no], wait, bar)


async def _await_answers(
    client: Client, waiting: list[Sent], seconds: float, bar: Progress
) -> None:
    """Ask for every filing until all have ended or the time is over; each is asked at least
    once."""
    if seconds <= 0 or not waiting:
        return
    task = bar.add_task("等待海关 waiting", total=len(waiting))
    deadline, pause, left = time.monotonic() + seconds, 0.02, waiting
    while True:
        await asyncio.sleep(max(0.0, min(pause, deadline - time.monotonic())))
        for item in left:
            item.declaration = wanted(await client.get(f"/declarations/{item.seq_no}"))
        left = [item for item in left if item.status not in ENDS]
        bar.update(task, completed=len(waiting) - len(left))
        if not left or time.monotonic() >= deadline:
            break
        pause = min(pause * 1.5, 1.0)
    for item in waiting:
        item.timeline = tuple(
            wanted(await client.get(f"/declarations/{item.seq_no}/timeline"))["items"]
        )


def _show_sent(out: Console, item: Sent, *, waited: bool) -> None:
    body = item.reply.json
    if not item.accepted:
        out.print(
            Text.assemble(
                ("✗", "red"), f" {item.file}  ", (f"拒收 refused (HTTP {item.reply.http})", "red")
            )
        )
        if body.get("findings"):
            show_findings(out, item.file, body["findings"])
        else:
            out.print(f"    {body.get('detail', '')}")
        return
    mark = ("✓", "green") if item.good(waited) else ("✗", "red")
    known = "  已收过 sent before" if body["duplicate"] else ""
    number = (item.declaration or {}).get("business_no")
    out.print(
        Text.assemble(
            mark,
            f" {item.file}  {item.seq_no or ''}  {body['enterprise_ref']}  ",
            status_words(item.status),
            f"  {number}" if number else "",
            known,
        )
    )
    show_findings(out, item.file, body["warnings"])
    if waited and item.status not in ("approved", "draft") and item.timeline:
        last = item.timeline[-1]
        out.print(f"    {last['text_zh']}\n    {last['text_en']}")
