"""The product beside the floor: interleaved pairs on this machine, same messages, same clients; prints each pair and the median ratio.

  .venv/bin/python tests/bench/ratio.py --pairs 5 --messages 4000

Quote the ratio, never a figure of one side from another day. Needs: the dev extra.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
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
sys.path.insert(0, str(HERE))
from sample import submission  # noqa: E402


def floor(messages: int, clients: int, *more: str) -> float:
    """Round trips a second of the floor."""
    command = [sys.executable, str(HERE / "floor.py"), "--messages", str(messages), "--clients", str(clients), *more]
    out = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    found = re.search(r"round_trips=(\d+)", out)
    assert found, out
    return float(found[1])


@contextlib.contextmanager
def embedded() -> Iterator[dict[str, object]]:
    """An embedded pair in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        command = [sys.executable, "-m", "gateway.cli", "up", "--ephemeral", "--port", "0", "--control-port", "0", "--ready-file", str(ready)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            for _ in range(600):
                if ready.exists() or process.poll() is not None:
                    break
                time.sleep(0.05)
            yield json.loads(ready.read_text())
        finally:
            process.terminate()
            process.wait(30)


async def load(ready: dict[str, object], messages: int, clients: int) -> dict[str, float]:
    """Post, wait until all are approved; the floor's own load, with our address and key."""
    stamp = int(time.time()) % 10**6
    bodies = iter([submission(f"R{stamp:06d}{i:07d}", stamp * 10**5 + i) for i in range(messages)])
    url, keys = str(ready["gateway"]), ready["keys"]
    assert isinstance(keys, dict)
    headers = {"Authorization": f"Bearer {keys['1105910159']}", "Content-Type": "application/xml"}
    waits: list[float] = []
    refused = 0
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=clients), headers=headers) as session:

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
    return {"round_trips": approved / total, "ingest": messages / ingest, "refused": refused,
            "p50_ms": waits[messages // 2] * 1e3, "p99_ms": waits[int(messages * 0.99)] * 1e3}


def product(messages: int, clients: int) -> dict[str, float]:
    import uvloop

    with embedded() as ready:
        return uvloop.run(load(ready, messages, clients))


def ratios(pairs: int, messages: int, clients: int) -> list[float]:
    """Product / floor for each interleaved pair."""
    found = []
    for number in range(pairs):
        base = floor(messages, clients, "--store", "sqlite")
        ours = product(messages, clients)
        found.append(ours["round_trips"] / base)
        print(f"pair {number + 1}: floor {base:.0f}/s, eport {ours['round_trips']:.0f}/s (ingest {ours['ingest']:.0f}/s, p50 "
              f"{ours['p50_ms']:.1f} ms, p99 {ours['p99_ms']:.1f} ms, refused {ours['refused']:.0f}), ratio {found[-1]:.3f}", flush=True)
    print(f"median ratio of {pairs}: {statistics.median(found):.3f}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--clients", type=int, default=64)
    given = parser.parse_args()
    ratios(given.pairs, given.messages, given.clients)
