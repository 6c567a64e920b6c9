"""Further runs of `bench`: batches, customs held and healed, a paced load; and what they came to as JSON and as a chart (SVG).

Each run is one row of the table RUNS. The server is that of `bench`; nothing here starts one.
"""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from pathlib import Path

import aiohttp
import msgspec

from gateway.errors import BadSetting, Unavailable

FILES = 500
"""Files of one batch call."""
SENDERS = 2
SLOWEST = 20


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where the load goes. ``control`` and ``operator_key``: customs, to hold it; ``approved`` counts what came to its end."""

    address: str
    key: str
    control: str
    operator_key: str
    approved: Callable[[], Awaitable[int]]


class Run(msgspec.Struct, kw_only=True):
    """One run: accepted and ended declarations a second, milliseconds of one request. ``drained_per_s``: after customs came back."""

    name: str
    messages: int
    accepted_per_s: float
    p50_ms: float
    p99_ms: float
    drained_per_s: float | None = None


async def _send(target: Target, requests: Sequence[bytes], path: str, clients: int, pace: float = 0.0) -> tuple[float, list[float]]:
    """Seconds for all, and of each. ``pace``: requests a second, each at its time whatever became of the one before."""
    waits: list[float] = []
    headers = {"Authorization": f"Bearer {target.key}"}
    queue = iter(requests)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0 if pace else clients), headers=headers) as session:
        async def post(body: bytes) -> None:
            began = time.perf_counter()
            async with session.post(target.address + path, data=io.BytesIO(body)) as answer:
                content = await answer.read()
                if answer.status not in (200, 202) or (b'"refused":0' not in content and path.endswith("batch")):
                    raise Unavailable(f"HTTP {answer.status}: {content[:300].decode(errors='replace')}")
            waits.append(time.perf_counter() - began)

        async def one() -> None:
            for body in queue:
                await post(body)

        start = time.perf_counter()
        if pace:
            sent = []
            for number, body in enumerate(requests):
                await asyncio.sleep(max(0.0, start + number / pace - time.perf_counter()))
                sent.append(asyncio.create_task(post(body)))
            await asyncio.gather(*sent)
        else:
            await asyncio.gather(*[one() for _ in range(clients)])
        return time.perf_counter() - start, sorted(waits)


async def single(target: Target, bodies: list[bytes], clients: int, name: str = "single", pace: float = 0.0) -> Run:
    before = await target.approved()
    seconds, waits = await _send(target, bodies, "/messages", clients, pace)
    await _ended(target, before + len(bodies), len(bodies))
    return _run(name, len(bodies), seconds, waits)


async def batch(target: Target, bodies: list[bytes], clients: int) -> Run:
    before = await target.approved()
    requests = [zipped(bodies[at: at + FILES]) for at in range(0, len(bodies), FILES)]
    seconds, waits = await _send(target, requests, "/messages/batch", SENDERS)
    await _ended(target, before + len(bodies), len(bodies))
    return _run(f"batch of {FILES}", len(bodies), seconds, waits)


async def held(target: Target, bodies: list[bytes], clients: int) -> Run:
    """Customs does not listen while all are sent; then it does."""
    before = await target.approved()
    await _customs(target, "hold")
    try:
        seconds, waits = await _send(target, bodies, "/messages", clients)
    finally:
        await _customs(target, "release")
    drained = await _ended(target, before + len(bodies), len(bodies))
    run = _run("customs held", len(bodies), seconds, waits)
    run.drained_per_s = round(len(bodies) / drained, 1)
    return run


async def paced(target: Target, bodies: list[bytes], clients: int, most: float) -> Run:
    """Half of ``most`` a second, at even times."""
    return await single(target, bodies, clients, f"paced {most / 2:.0f}/s", most / 2)


async def _ended(target: Target, wanted: int, sent: int) -> float:
    """Seconds until ``wanted`` are approved."""
    began = time.perf_counter()
    while await target.approved() < wanted:
        if time.perf_counter() - began > 30 + sent / SLOWEST:
            raise Unavailable("customs did not answer in time; see `eport doctor`")
        await asyncio.sleep(0.05)
    return time.perf_counter() - began


async def _customs(target: Target, act: str) -> None:
    if not target.control:
        raise BadSetting("--hold needs a pair of its own: leave --url out")
    headers = {"Authorization": f"Bearer {target.operator_key}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.post(f"{target.control}/control/v1/{act}") as answer:
        if answer.status != 200:
            raise Unavailable(f"customs answered HTTP {answer.status} to {act}")


def _run(name: str, messages: int, seconds: float, waits: list[float]) -> Run:
    return Run(name=name, messages=messages, accepted_per_s=round(messages / seconds, 1), p50_ms=round(waits[len(waits) // 2] * 1e3, 2),
               p99_ms=round(waits[int(len(waits) * 0.99)] * 1e3, 2))


def zipped(files: Sequence[bytes]) -> bytes:
    """A ZIP of the bodies, named by number."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, body in enumerate(files):
            archive.writestr(f"{number}.xml", body)
    return out.getvalue()


def chart(bars: Sequence[tuple[str, float]], title: str) -> str:
    """Horizontal bars as one SVG that needs nothing else."""
    most = max((value for _, value in bars), default=1) or 1
    height = 60 + 34 * len(bars)
    rows = "".join(
        f'<text x="150" y="{64 + 34 * n}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="160" y="{48 + 34 * n}" width="{max(1, 420 * value / most):.1f}" height="22" fill="#2f6f9f"/>'
        f'<text x="{168 + 420 * value / most:.1f}" y="{64 + 34 * n}">{value:.0f}</text>' for n, (name, value) in enumerate(bars))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="700" height="{height}" font-family="sans-serif" font-size="14">'
            f'<rect width="700" height="{height}" fill="#fff"/><text x="20" y="28" font-size="16">{escape(title)}</text>{rows}</svg>\n')


def write(folder: Path, result: msgspec.Struct, runs: Sequence[Run], first: float) -> None:
    """bench.json and bench.svg in ``folder``, made if missing."""
    bars = [("round trips", first), *((run.name, run.accepted_per_s) for run in runs),
            *((f"{run.name}, drained", run.drained_per_s) for run in runs if run.drained_per_s is not None)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
        (folder / "bench.svg").write_text(chart(bars, "每秒申报数 declarations a second"), encoding="utf-8")
    except OSError as error:
        raise BadSetting(f"--out {folder} cannot be written: {error.strerror}") from error
