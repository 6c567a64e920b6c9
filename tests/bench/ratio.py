"""The product beside the floor: interleaved pairs on this machine, same messages, same clients;
prints each pair and the median ratio.

  .venv/bin/python tests/bench/ratio.py --pairs 5 --messages 4000

Quote the ratio, never a figure of one side from another day. Needs: the dev extra.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]
from sample import submission  # noqa: E402

from fixtures.kit.pair.up_process import Ready, up_process  # noqa: E402


def floor(messages: int, clients: int, *more: str) -> float:
    """Round trips a second of the floor."""
    command = [
        sys.executable,
        str(HERE / "floor.py"),
        "--messages",
        str(messages),
        "--clients",
        str(clients),
        *more,
    ]
    out = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    found = re.search(r"round_trips=(\d+)", out)
    assert found, out
    return float(found[1])


@contextlib.contextmanager
def embedded() -> Iterator[Ready]:
    """An embedded pair in a process of its own."""
    # an ephemeral pair has one process unless it is told otherwise
    with up_process(environment={"EPORT_PROCESSES": "0"}) as up:
        yield up.ready


async def load(ready: Ready, messages: int, clients: int) -> dict[str, float]:
    """Post, wait until all are approved; the floor's own load, with our address and key."""
    stamp = int(time.time()) % 10**6
    bodies = iter([submission(f"R{stamp:06d}{i:07d}", stamp * 10**5 + i) for i in range(messages)])
    url = ready.gateway
    headers = {
        "Authorization": f"Bearer {ready.keys['1105910159']}",
        "Content-Type": "application/xml",
    }
    waits: list[float] = []
    refused = 0
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=clients), headers=headers
    ) as session:

        async def client() -> None:
            nonlocal refused
            for body in bodies:
                began = time.perf_counter()
                async with session.post(url + "/api/v1/messages", data=body) as answer:
                    await answer.read()
                    refused += answer.status != 202
                waits.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*[client() for _ in range(clients)])
        ingest = time.perf_counter() - began
        approved = 0
        while approved < messages and time.perf_counter() - began < 120:
            await asyncio.sleep(0.02)
            async with session.get(url + "/api/v1/guarantees?status=approved&limit=1") as answer:
                approved = (await answer.json())["total"]
        total = time.perf_counter() - began
    waits.sort()
    return {
        "round_trips": approved / total,
        "ingest": messages / ingest,
        "refused": refused,
        "p50_ms": waits[messages // 2] * 1e3,
        "p99_ms": waits[int(messages * 0.99)] * 1e3,
    }


def product(messages: int, clients: int) -> dict[str, float]:
    import uvloop

    with embedded() as ready:
        return uvloop.run(load(ready, messages, clients))


async def _scale(messages: int, clients: int, workers: int) -> dict[str, float]:
    from tests.support.scale import sides

    with tempfile.TemporaryDirectory() as folder:
        async with sides(Path(folder), workers=workers) as made:
            ready = await made.both()
            return await load(ready, messages, clients)


def scale(messages: int, clients: int, workers: int = 1) -> dict[str, float]:
    """Gateway and customs as processes of their own on PostgreSQL and RabbitMQ."""
    import uvloop

    return uvloop.run(_scale(messages, clients, workers))


def scale_ratios(pairs: int, messages: int, clients: int, workers: int) -> dict[str, list[float]]:
    """Product / floor for each interleaved triple: the floor with packed interchanges, and with one
    AMQP message per EDI message."""
    servers = (
        "--store",
        "postgresql://root@127.0.0.1/test",
        "--broker",
        "amqp://guest:guest@127.0.0.1/",
    )
    found: dict[str, list[float]] = {"packed": [], "unpacked": []}
    for number in range(pairs):
        packed = floor(messages, clients, *servers, "--packed")
        ours = scale(messages, clients, workers)
        unpacked = floor(messages, clients, *servers)
        found["packed"].append(ours["round_trips"] / packed)
        found["unpacked"].append(ours["round_trips"] / unpacked)
        print(
            f"pair {number + 1}: floor packed {packed:.0f}/s, unpacked {unpacked:.0f}/s, eport"
            f" {ours['round_trips']:.0f}/s (ingest {ours['ingest']:.0f}/s, p50 {ours['p50_ms']:.1f}"
            f" ms, p99 {ours['p99_ms']:.1f} ms, refused {ours['refused']:.0f}), ratio"
            f" {found['packed'][-1]:.3f} of packed, {found['unpacked'][-1]:.3f} of unpacked",
            flush=True,
        )
    for name, values in found.items():
        print(f"median ratio of {pairs} to {name}: {statistics.median(values):.3f}")
    return found


def ratios(pairs: int, messages: int, clients: int) -> list[float]:
    """Product / floor for each interleaved pair."""
    found = []
    for number in range(pairs):
        base = floor(messages, clients, "--store", "sqlite")
        ours = product(messages, clients)
        found.append(ours["round_trips"] / base)
        print(
            f"pair {number + 1}: floor {base:.0f}/s, eport {ours['round_trips']:.0f}/s (ingest"
            f" {ours['ingest']:.0f}/s, p50 {ours['p50_ms']:.1f} ms, p99 {ours['p99_ms']:.1f} ms,"
            f" refused {ours['refused']:.0f}), ratio {found[-1]:.3f}",
            flush=True,
        )
    print(f"median ratio of {pairs}: {statistics.median(found):.3f}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument(
        "--scale", action="store_true", help="PostgreSQL and RabbitMQ instead of the embedded pair"
    )
    parser.add_argument(
        "--workers", type=int, default=1, help="processes of each side, with --scale"
    )
    given = parser.parse_args()
    if given.scale:
        scale_ratios(given.pairs, given.messages, given.clients, given.workers)
    else:
        ratios(given.pairs, given.messages, given.clients)
