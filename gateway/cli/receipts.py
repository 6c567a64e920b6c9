"""`receipts`: a page of the receipts feed, and marking it as processed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from gateway.base.process.loop import run_loop
from gateway.base.terminal.files import key_of
from gateway.base.terminal.screen import clock, screen, show_json, show_rows
from gateway.cli.client import connected, wanted

PAGE = 1000


def receipts(
    *, url: str, key: str, home: Path, after: int | None, enterprise: str, ack: bool, as_json: bool
) -> int:
    """Show a page of the receipts feed; ``ack`` marks what was shown as processed, after it was
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
        page = wanted(await client.get("/receipts", **query))
        if as_json:
            show_json(page)
        else:
            _show_receipts(screen(), page)
        if ack and page["items"]:
            up_to = msgspec.json.encode({"up_to": page["items"][-1]["seq"]})
            wanted(await client.post("/receipts/ack", up_to, "application/json", **whose))


def _show_receipts(out: Console, page: dict[str, Any]) -> None:
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
            for r in page["items"]
        ),
    )
    out.print(
        f"{len(page['items'])} / {page['total']}"
        + (f"; 下一页 next: --after {page['next']}" if page["next"] else "")
    )
