"""`submit`, `status`, `receipts`: a client of the HTTP API, as any declaration software is. No
knowledge of stores or rules.

Exit 0: good; 1: refused, or not approved in time; what hinders the command itself is raised as an
EportError (exit 2).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from gateway.base.errors import BadSetting, EportError, Unavailable
from gateway.base.process.loop import run_loop
from gateway.base.terminal.files import content, key_of, messages
from gateway.base.terminal.screen import clock, screen, show_findings, show_json, show_rows
from gateway.cli.wording import status_words

ENDS = frozenset({"approved", "returned", "refused", "draft"})
"""Where waiting ends: nothing more happens unless somebody files again."""
LATEST = 20
PAGE = 1000
BUSY_TRIES = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the gateway."""

    http: int
    body: Any


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
        found: str | None = self.reply.body["seq_no"] if self.accepted else None
        return found

    @property
    def status(self) -> str:
        found: str = (self.declaration or self.reply.body)["status"] if self.accepted else ""
        return found

    def good(self, waited: bool) -> bool:
        return self.accepted and (not waited or self.seq_no is None or self.status == "approved")


class Client:
    """Calls of one gateway with one key. Raises Unavailable when it cannot be reached or takes
    nothing, BadSetting when it does not know the key."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def get(self, path: str, **query: str | int) -> Reply:
        reply = await self._call("GET", path, params=query)
        if reply.http >= 500:
            raise Unavailable(
                f"{self._url} cannot answer now: {reply.body.get('detail', reply.http)}"
            )
        return reply

    async def post(
        self, path: str, body: bytes, kind: str = "application/xml", **query: str | int
    ) -> Reply:
        """A busy gateway (503: nothing was stored) is asked again, with the same bytes, a few
        times."""
        for _ in range(BUSY_TRIES):
            reply = await self._call(
                "POST", path, data=body, headers={"Content-Type": kind}, params=query
            )
            if reply.http != 503:
                return reply
            await asyncio.sleep(2)
        raise Unavailable(f"{self._url} is busy and took nothing: {reply.body['detail']}")

    async def _call(self, method: str, path: str, **given: Any) -> Reply:
        try:
            async with self._session.request(
                method, f"{self._url}/api/v1{path}", **given
            ) as response:
                content = await response.read()
        except aiohttp.InvalidURL as error:
            raise BadSetting(
                f"{self._url!r} is no address; write one like http://127.0.0.1:8080"
            ) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = str(error) or "no answer in time"
            raise Unavailable(
                f"no gateway answers at {self._url} ({reason}); start one with `eport up`, or give"
                " --url"
            ) from error
        if response.status == 401:
            raise BadSetting(
                f"{self._url} does not know this key; give --key, or --home of the running gateway"
            )
        try:
            body = msgspec.json.decode(content) if content else {}
        except msgspec.DecodeError:
            body = None
        if not isinstance(body, dict):
            raise Unavailable(
                f"what answers at {self._url} is no eport gateway (HTTP {response.status},"
                f" {response.content_type})"
            )
        return Reply(response.status, body)


@contextlib.asynccontextmanager
async def connected(url: str, key: str) -> AsyncIterator[Client]:
    """A client for as long as the block lasts."""
    if not (key.isascii() and key.isprintable()):
        raise BadSetting("the key has characters that no key has; copy it again")
    timeout = aiohttp.ClientTimeout(total=60, sock_connect=10)
    async with aiohttp.ClientSession(
        timeout=timeout, headers={"Authorization": f"Bearer {key}"}
    ) as session:
        yield Client(session, url.rstrip("/").removesuffix("/api/v1"))


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
                        "answer": s.reply.body,
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
            item.declaration = _wanted(await client.get(f"/declarations/{item.seq_no}"))
        left = [item for item in left if item.status not in ENDS]
        bar.update(task, completed=len(waiting) - len(left))
        if not left or time.monotonic() >= deadline:
            break
        pause = min(pause * 1.5, 1.0)
    for item in waiting:
        item.timeline = tuple(
            _wanted(await client.get(f"/declarations/{item.seq_no}/timeline"))["items"]
        )


def _show_sent(out: Console, item: Sent, *, waited: bool) -> None:
    body = item.reply.body
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


def status(number: str, *, url: str, key: str, home: Path, as_json: bool) -> int:
    """One filing (or all of one reference) with its timeline, or the latest ones. Exit 1 when there
    is none of that number."""
    found, timelines = run_loop(_status(number, url, key_of(key, home)))
    if not number:
        if as_json:
            show_json(found)
        else:
            _show_latest(screen(), found)
        return 0
    if as_json:
        show_json(
            {
                "items": [
                    {"declaration": d, "timeline": t}
                    for d, t in zip(found["items"], timelines, strict=True)
                ],
                "total": found["total"],
            }
        )
    else:
        out = screen()
        for declaration, timeline in zip(found["items"], timelines, strict=True):
            _show_declaration(out, declaration, timeline)
        if not timelines:
            out.print(f"没有编号为 {number} 的申报 / no filing has the number {number}")
    return 0 if timelines else 1


async def _status(
    number: str, url: str, key: str
) -> tuple[dict[str, Any], list[list[dict[str, Any]]]]:
    async with connected(url, key) as client:
        if not number:
            return _wanted(await client.get("/declarations", limit=LATEST)), []
        found: dict[str, Any] = {"items": [], "total": 0}
        if len(number) == 18 and number.isascii() and number.isdigit():
            reply = await client.get(f"/declarations/{number}")
            if reply.http == 200:
                found = {"items": [reply.body], "total": 1}
        if not found["items"]:
            found = _wanted(await client.get("/declarations", enterprise_ref=number, limit=LATEST))
        return found, [
            _wanted(await client.get(f"/declarations/{d['seq_no']}/timeline"))["items"]
            for d in found["items"]
        ]


def _show_latest(out: Console, found: dict[str, Any]) -> None:
    show_rows(
        out,
        (
            "统一编号 SeqNo",
            "企业内部编号 ref",
            "类型 type",
            "海关编号 business no",
            "状态 status",
            "时间 updated",
        ),
        (
            (
                d["seq_no"],
                d["enterprise_ref"],
                f"{d['message_type']} {d['kind']}",
                d["business_no"] or "",
                status_words(d["status"]),
                clock(d["updated_at"]),
            )
            for d in found["items"]
        ),
    )
    out.print(f"{len(found['items'])} / {found['total']}")


def _show_declaration(out: Console, d: dict[str, Any], timeline: Sequence[dict[str, Any]]) -> None:
    out.print(
        Text.assemble(
            (d["seq_no"], "bold"),
            f"  {d['enterprise_ref']}  {d['message_type']} {d['kind']}  ",
            status_words(d["status"]),
            f"  {d['business_no']}" if d["business_no"] else "",
            "  已删除 deleted" if d.get("deleted") else "",
        )
    )
    if d.get("undeliverable"):
        out.print(f"  无法送达 undeliverable: {d['undeliverable']}")
    for entry in timeline:
        out.print(f"  {clock(entry['at'])}  {entry['text_zh']} / {entry['text_en']}")


def receipts(
    *, url: str, key: str, home: Path, after: int | None, enterprise: str, ack: bool, as_json: bool
) -> int:
    """A page of the receipts feed; ``ack`` marks what was shown as processed, after it was
    shown."""
    run_loop(_receipts(url, key_of(key, home), after, enterprise, ack, as_json))
    return 0


async def _receipts(
    url: str, key: str, after: int | None, enterprise: str, ack: bool, as_json: bool
) -> None:
    whose = {"enterprise": enterprise} if enterprise else {}
    async with connected(url, key) as client:
        query: dict[str, str | int] = {
            "limit": PAGE,
            **whose,
            **({} if after is None else {"after": after}),
        }
        found = _wanted(await client.get("/receipts", **query))
        if as_json:
            show_json(found)
        else:
            _show_receipts(screen(), found)
        if ack and found["items"]:
            up_to = msgspec.json.encode({"up_to": found["items"][-1]["seq"]})
            _wanted(await client.post("/receipts/ack", up_to, "application/json", **whose))


def _wanted(reply: Reply) -> dict[str, Any]:
    """The body of a good answer; a parameter that the gateway does not take is a mistake in
    usage."""
    if reply.http != 200:
        raise BadSetting(str(reply.body.get("detail", f"HTTP {reply.http}")))
    body: dict[str, Any] = reply.body
    return body


def _show_receipts(out: Console, found: dict[str, Any]) -> None:
    show_rows(
        out,
        (
            "序号",
            "类型 type",
            "结果 result",
            "统一编号 SeqNo",
            "企业内部编号 ref",
            "海关编号 business no",
            "时间 received",
            "说明 notes",
        ),
        (
            (
                str(r["seq"]),
                r["message_type"],
                r["result"] or "",
                r["seq_no"] or "",
                r["enterprise_ref"] or "",
                r["business_no"] or "",
                clock(r["received_at"]),
                "; ".join([*r["notes"], *(["补发 resent"] if r["resent"] else [])]),
            )
            for r in found["items"]
        ),
    )
    out.print(
        f"{len(found['items'])} / {found['total']}"
        + (f"; 下一页 next: --after {found['next']}" if found["next"] else "")
    )
