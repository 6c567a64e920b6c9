"""`demo --all`: every flow of the manual, over HTTP, in a temporary home on a business clock of its own.

Exit 0 only when each flow ended as the manual says, customs sent exactly what belongs to it, and the ledger moved by exactly
what it should. A flow that differs says what; those behind it still run.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from rich.text import Text

from gateway.adapters.clock import MovedClock
from gateway.cli.loop import run_loop
from gateway.cli.pair import Pair, running
from gateway.cli.record import Recorded, recorded, show_recorded
from gateway.cli.screen import screen, show_json, show_rows, status_words
from gateway.cli.tour_documents import Documents
from gateway.cli.tour_flows import FLOWS, Flow
from gateway.cli.tour_world import Differs, World, named, same
from gateway.logs import configure
from gateway.registry import DEMO
from gateway.settings import Settings
from schemas.times import SHANGHAI
from schemas.xsd import SchemaSet

BEGIN = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
"""The day that the documents are written for (``tour_documents``)."""


@dataclass(slots=True, kw_only=True)
class Shown:
    """How a flow ended. ``difference``: empty when it ended as it should."""

    flow: Flow
    sent: int = 0
    receipts: str = ""
    status: str = ""
    balances: dict[str, str] = field(default_factory=dict)
    difference: str = ""


def tour(*, as_json: bool, record: Path | None = None) -> int:
    """``record``: write the conversation to that folder, read from the pair as `eport record` does."""
    began = time.perf_counter()
    configure("text", "warning")
    shown, done = run_loop(_tour(record))
    seconds = time.perf_counter() - began
    good = not any(item.difference for item in shown)
    if as_json:
        show_json({"ok": good, "seconds": round(seconds, 3), "flows": [
            {"flow": item.flow.name, "name_zh": item.flow.zh, "section": item.flow.section, "ok": not item.difference, "sent": item.sent,
             "receipts": item.receipts.split(), "status": item.status, "balances": item.balances, "difference": item.difference or None}
            for item in shown]} | ({"recorded": str(done.folder)} if done else {}))
    else:
        _show(shown, seconds)
        if done:
            show_recorded(done)
    return 0 if good else 1


async def _tour(record: Path | None) -> tuple[list[Shown], Recorded | None]:
    with tempfile.TemporaryDirectory(prefix="eport-tour-", ignore_cleanup_errors=True) as folder:
        # model_construct: the environment of a real installation must not reach the tour
        settings = Settings.model_construct(home=Path(folder), port=0, control_port=0)
        clock = MovedClock(BEGIN, frozen=False)
        async with running(settings, clock=clock) as pair, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            world = world_of(pair, session, clock)
            totals: dict[str, Decimal] = {"bank": Decimal(0), "letters": Decimal(0)}
            shown = [await walk(world, flow, totals) for flow in FLOWS]
            if record is None:
                return shown, None
            return shown, await recorded(pair.ready.gateway, pair.ready.control, keys=[world.key], operator_key=world.operator_key, out=record)


def world_of(pair: Pair, session: aiohttp.ClientSession, clock: MovedClock) -> World:
    """The first enterprise of the demo registry, and customs' operator."""
    ready, owner = pair.ready, DEMO[0]
    return World(
        session=session, gateway=ready.gateway, control=ready.control, key=ready.keys[owner.code], operator_key=ready.operator_key,
        enterprise=owner.code, customs=owner.customs, documents=Documents(owner, SchemaSet()),
        now=lambda: clock.now().astimezone(SHANGHAI).isoformat())


async def walk(world: World, flow: Flow, totals: dict[str, Decimal]) -> Shown:
    """One flow, its receipts and its balances. ``totals``: what the accounts should hold, moved on by the flow."""
    shown = Shown(flow=flow)
    world.sent = 0
    for account, amount in flow.moves.items():
        totals[account] += amount
    try:
        await world.profile("instant")  # a flow that stopped half-way may have left another
        ended = await flow.work(world)
        shown.status = ended["status"]
        same("状态 status", shown.status, flow.status)
        await world.settled(flow.receipts)
    except (Differs, aiohttp.ClientError, TimeoutError) as error:
        shown.difference = str(error) or type(error).__name__
    shown.sent = world.sent
    receipts = await world.receipts()
    shown.receipts = named(receipts)
    world.seen = receipts[-1]["seq"] if receipts else world.seen
    shown.balances = await _balances(world)
    if not shown.difference:
        wrong = [f"{name} {shown.balances[name]}, 应为 wanted {total:.2f}" for name, total in totals.items()
                 if Decimal(shown.balances[name]) != total]
        shown.difference = "; ".join(wrong)
    return shown


async def _balances(world: World) -> dict[str, str]:
    """Bank, letters and suspense of customs as a whole, and what is used of the guarantee by letter, 元."""
    accounts: dict[str, Any] = (await world.desk("GET", "/ledger"))["accounts"]
    found = {name: str(accounts[name]) for name in ("bank", "letters", "suspense")}
    if number := world.known.get("G2"):
        found["used"] = str((await world.desk("GET", "/ledger", no=number))["accounts"].get(f"used:{number}", "0.00"))
    return found


def _show(shown: Sequence[Shown], seconds: float) -> None:
    out = screen()
    show_rows(out, ("流程 flow", "手册 manual", "发送 sent", "回执 receipts", "状态 status", "资金 bank", "保函 letters", "占用 used", ""), (
        (item.flow.zh, item.flow.section, str(item.sent), item.receipts, status_words(item.status), item.balances["bank"],
         item.balances["letters"], item.balances.get("used", ""), Text("✗", "red") if item.difference else Text("✓", "green"))
        for item in shown))
    wrong = [item for item in shown if item.difference]
    for item in wrong:
        out.print(f"\n{item.flow.zh}: {item.difference}", style="red")
    verdict = f"{len(wrong)} 个流程与手册不符 flows differ from the manual" if wrong else "全部符合手册 all as the manual says"
    out.print(f"\n{len(shown)} 个流程 flows, {sum(item.sent for item in shown)} 份报文 messages, {seconds:.1f} s, {verdict}",
              style="bold red" if wrong else "bold green")
