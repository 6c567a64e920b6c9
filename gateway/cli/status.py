"""`status`: one filing with its timeline, or the latest ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from gateway.base.process.loop import run_loop
from gateway.base.terminal.files import key_of
from gateway.base.terminal.screen import clock, screen, show_json, show_rows
from gateway.base.web.addresses import link
from gateway.cli.client import connected, wanted
from gateway.cli.wording import status_words
from schemas.identifiers import as_meant

LATEST = 20


def status(number: str, *, url: str, key: str, home: Path, as_json: bool) -> int:
    """Show one filing (or all of one reference) with its timeline, or the latest ones. Exit 1
    when there is none of that number."""
    shown, timelines = run_loop(_status(number, url, key_of(key, home)))
    if not number:
        if as_json:
            show_json(shown)
        else:
            _show_latest(screen(), shown)
        return 0
    if as_json:
        show_json(
            {
                "items": [
                    {"declaration": d, "timeline": t}
                    for d, t in zip(shown["items"], timelines, strict=True)
                ],
                "total": shown["total"],
            }
        )
    else:
        out = screen()
        for declaration, timeline in zip(shown["items"], timelines, strict=True):
            _show_declaration(out, declaration, timeline)
        if not timelines:
            zh, en = about_number(number)
            out.print(
                f"没有编号为 {number} 的申报, {zh} / no filing has the number {number}; {en}",
                markup=False,
            )
    return 0 if timelines else 1


async def _status(
    number: str, url: str, key: str
) -> tuple[dict[str, Any], list[list[dict[str, Any]]]]:
    async with connected(url, key) as client:
        if not number:
            return wanted(await client.get("/declarations", limit=LATEST)), []
        shown: dict[str, Any] = {"items": [], "total": 0}
        for text in dict.fromkeys((number, as_meant(number))):  # pasted with blanks, or full-width
            if len(text) == 18 and text.isascii() and text.isdigit():
                reply = await client.get(link("/declarations", text))
                if reply.http == 200:
                    shown = {"items": [reply.json], "total": 1}
            if not shown["items"]:
                shown = wanted(await client.get("/declarations", enterprise_ref=text, limit=LATEST))
            if shown["items"]:
                break
        return shown, [
            wanted(await client.get(f"/declarations/{d['seq_no']}/timeline"))["items"]
            for d in shown["items"]
        ]


def about_number(number: str) -> tuple[str, str]:
    """Return what may be wrong with a number that nothing has."""
    meant = as_meant(number)
    if meant.isascii() and meant.isdigit() and len(meant) != 18:
        n = len(meant)
        return f"统一编号为 18 位, 现为 {n} 位", f"a SeqNo has 18 digits, this has {n}"
    return "请核对, 或用 eport status 看最近的", "check it, or see the latest with `eport status`"


def _show_latest(out: Console, shown: dict[str, Any]) -> None:
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
            for d in shown["items"]
        ),
    )
    out.print(f"{len(shown['items'])} / {shown['total']}")


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
