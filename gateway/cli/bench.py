"""`bench`: how fast a gateway takes declarations and how fast full round trips end, seen by a client in a process of its own.

A round trip: POST (durable) -> customs -> GRT200 and GRT201 stored and applied. The client does as little as it can, because
it shares the machine with what it measures.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec

from fixtures.corpus import files
from gateway.cli.bench_runs import Run, Target, batch, held, paced, write
from gateway.cli.client import Client, connected
from gateway.cli.loop import run_loop
from gateway.cli.preload import preload
from gateway.cli.screen import screen, show_json
from gateway.errors import BadSetting, Unavailable
from schemas.times import SHANGHAI

SAMPLE = "valid_letter.xml"
ENTERPRISE = "1105910159"
"""Whose message the sample is."""
POLL = 0.03
START = 60.0
"""Seconds that the pair may take to start."""
SLOWEST = 20
"""Round trips a second under which the measurement is given up."""


class Server(msgspec.Struct, kw_only=True):
    """What the ready file says, and the process if it is ours."""

    gateway: str
    key: str
    pid: int | None = None
    control: str = ""
    operator_key: str = ""


class Result(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The measurement. Rates a second, times in milliseconds; ``rss_mb`` and ``cpu_ms`` of a server of our own, where /proc tells.

    ``cpu_ms``: processor time of the server for one round trip."""

    messages: int
    clients: int
    bytes: int
    refused: int
    approved: int
    seconds: float
    ingest_per_s: float
    submit_p50_ms: float
    submit_p99_ms: float
    round_trips_per_s: float
    rss_mb: float | None
    cpu_ms: float | None
    runs: tuple[Run, ...] = ()


def bench(*, messages: int, clients: int, url: str, key: str, as_json: bool, more: Sequence[str] = (), out: Path | None = None,
          preloaded: int = 0) -> int:
    """Exit 1 when a message was refused or not approved in time."""
    if url and not key:
        raise BadSetting("--url needs --key: a key that may act for the enterprise of the messages")
    if url and preloaded:
        raise BadSetting("--preload fills a store of its own: leave --url out")
    bodies = distinct(messages)
    with contextlib.nullcontext(Server(gateway=url, key=key)) if url else _pair(preloaded) as server:
        result = run_loop(_measure(server, bodies, clients))
        if more:
            result.runs = run_loop(_more(server, messages, clients, more, result.ingest_per_s))
    if out is not None:
        write(out, result, result.runs, result.round_trips_per_s)
    if as_json:
        show_json(result)
    else:
        _show(result)
    return 0 if result.approved == messages and not result.refused else 1


def distinct(count: int) -> list[bytes]:
    """``count`` set-ups that differ in message id, reference and letter number, from each other and from those of any other run."""
    body = next(f for f in files("GRT101", "valid") if f.name == SAMPLE).read_bytes()
    now, run = datetime.now(SHANGHAI), secrets.token_hex(6).upper().encode()
    ids = _value(body, "message_id")[:32] + now.strftime("%Y%m%d%H%M%S").encode() + run[:4]
    for name, mark in (("ltguaNo", b"@L@"), ("message_id", b"@M@"), ("etpsPreentNo", b"@R@")):
        body = body.replace(_value(body, name), mark)
    body = body.replace(_value(body, "ltguaValidDate"), (now + timedelta(days=365)).strftime("%Y-%m-%d 00:00:00").encode())
    return [body.replace(b"@M@", b"%b%07d" % (ids, n)).replace(b"@R@", b"B%b%07d" % (run, n)).replace(b"@L@", b"BH%b%07d" % (run, n))
            for n in range(count)]


def _value(body: bytes, name: str) -> bytes:
    found = re.search(rb"<%b>([^<]+)</%b>" % (name.encode(), name.encode()), body)
    if found is None:
        raise BadSetting(f"{SAMPLE} has no {name}; the fixtures of this installation are damaged")
    return found[1]


@contextlib.contextmanager
def _pair(preloaded: int = 0) -> Iterator[Server]:
    """An embedded pair in a process of its own, in a temporary home with ``preloaded`` declarations; ends with the block."""
    with tempfile.TemporaryDirectory(prefix="eport-bench-") as folder:
        ready = Path(folder) / "ready.json"
        plain = {name: value for name, value in os.environ.items() if not name.startswith("EPORT_")}
        home = Path(folder) / "home"
        if preloaded:
            preload(home, preloaded, distinct(1)[0], ENTERPRISE)
        command = [sys.executable, "-m", "gateway.cli", "up", "--home", str(home), "--port", "0", "--control-port", "0",
                   "--ready-file", str(ready)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=plain, start_new_session=True)
        try:
            deadline = time.monotonic() + START
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Unavailable(f"the pair did not start (exit {process.poll()}); see its lines above")
                time.sleep(0.05)
            found = msgspec.json.decode(ready.read_bytes())
            _calm(process.pid)
            yield Server(gateway=found["gateway"], key=next(iter(found["keys"].values())), pid=process.pid,
                         control=found["control"], operator_key=found["operator_key"])
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _calm(pid: int) -> None:
    """Until the server has done what it does once after its start (building the models that explain refusals)."""
    for _ in range(40):
        before = cpu_seconds(pid)
        time.sleep(0.25)
        after = cpu_seconds(pid)
        if before is None or after is None:
            time.sleep(3)
            return
        if after - before < 0.02:
            return


async def _measure(server: Server, bodies: list[bytes], clients: int) -> Result:
    async with connected(server.gateway, server.key) as client:
        held = await _approved(client)
    waits: list[float] = []
    refused: list[str] = []
    queue = iter(bodies)
    address = server.gateway.rstrip("/").removesuffix("/api/v1") + "/api/v1/messages"
    headers = {"Authorization": f"Bearer {server.key}"}
    spent = cpu_seconds(server.pid)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=clients), headers=headers) as session:
        async def one() -> None:
            for body in queue:
                began = time.perf_counter()
                async with session.post(address, data=body) as response:
                    answer = await response.read()
                    if response.status != 202:
                        refused.append(f"HTTP {response.status}: {answer[:300].decode(errors='replace')}")
                waits.append(time.perf_counter() - began)

        start = time.perf_counter()
        try:
            await asyncio.gather(*[one() for _ in range(clients)])
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"{server.gateway} went away: {error}") from error
        ingest = time.perf_counter() - start
    sent = len(bodies) - len(refused)
    deadline = start + ingest + 30 + len(bodies) / SLOWEST
    async with connected(server.gateway, server.key) as client:
        while True:
            approved = await _approved(client) - held
            if approved >= sent or time.perf_counter() > deadline:
                break
            await asyncio.sleep(POLL)
    seconds = time.perf_counter() - start
    done = cpu_seconds(server.pid)
    if refused:
        screen(stderr=True).print(refused[0], style="red")
    waits.sort()
    return Result(
        messages=len(bodies), clients=clients, bytes=len(bodies[0]), refused=len(refused), approved=approved, seconds=round(seconds, 3),
        ingest_per_s=round(len(bodies) / ingest, 1), submit_p50_ms=round(waits[len(waits) // 2] * 1e3, 2),
        submit_p99_ms=round(waits[int(len(waits) * 0.99)] * 1e3, 2), round_trips_per_s=round(approved / seconds, 1),
        rss_mb=rss_mb(server.pid),
        cpu_ms=None if spent is None or done is None else round((done - spent) / max(1, approved) * 1e3, 3))


async def _more(server: Server, messages: int, clients: int, more: Sequence[str], most: float) -> tuple[Run, ...]:
    """The further runs that were asked for, in the order of ``more``."""
    async with connected(server.gateway, server.key) as client:
        target = Target(address=server.gateway.rstrip("/").removesuffix("/api/v1") + "/api/v1", key=server.key, control=server.control,
                        operator_key=server.operator_key, approved=functools.partial(_approved, client))
        runs: dict[str, Callable[[list[bytes]], Awaitable[Run]]] = {
            "batch": lambda bodies: batch(target, bodies, clients), "hold": lambda bodies: held(target, bodies, clients),
            "paced": lambda bodies: paced(target, bodies, clients, most)}
        return tuple([await runs[name](distinct(messages)) for name in more])


def _show(result: Result) -> None:
    out = screen()
    out.print(f"{result.messages} messages of {result.bytes} bytes, {result.clients} clients; refused {result.refused}, "
              f"approved {result.approved}, {result.seconds:.2f} s")
    out.print(f"接收 ingest           {result.ingest_per_s:9.0f} /s")
    out.print(f"提交 submit p50       {result.submit_p50_ms:9.1f} ms")
    out.print(f"提交 submit p99       {result.submit_p99_ms:9.1f} ms")
    out.print(f"全程 round trips      {result.round_trips_per_s:9.0f} /s")
    if result.rss_mb is not None:
        out.print(f"内存 server memory    {result.rss_mb:9.0f} MB")
    if result.cpu_ms is not None:
        out.print(f"处理器 server CPU     {result.cpu_ms:9.2f} ms a round trip")
    for run in result.runs:
        drained = "" if run.drained_per_s is None else f", 积压 drained {run.drained_per_s:.0f} /s"
        out.print(f"{run.name:21s} {run.accepted_per_s:9.0f} /s, p50 {run.p50_ms:.1f} ms, p99 {run.p99_ms:.1f} ms{drained}")


async def _approved(client: Client) -> int:
    reply = await client.get("/guarantees", status="approved", limit=1)
    if reply.http != 200:
        raise BadSetting(str(reply.body.get("detail", f"HTTP {reply.http}")))
    return int(reply.body["total"])


def cpu_seconds(pid: int | None) -> float | None:
    """Processor time of a process, user and system; None where /proc does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int | None) -> float | None:
    """Resident memory of a process in MB; None where /proc does not tell."""
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return round(int(found[1]) / 1024, 1) if found else None
