"""POST /messages/batch beside single POSTs: accepted declarations a second, customs held in both
runs, interleaved pairs.

  .venv/bin/python tests/bench/batch.py --pairs 5 --messages 4000

Each run has a pair of its own. Singles by 64 clients at once; batches of ``--files`` by
``--senders`` clients.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import statistics
import sys
import time
import zipfile
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fixtures.kit.pair.up_process import Ready
from tests.bench.ratio import embedded
from tests.bench.sample import submission


def bodies(messages: int) -> list[bytes]:
    stamp = int(time.time() * 10) % 10**6
    return [submission(f"R{stamp:06d}{i:07d}", stamp * 10**5 + i) for i in range(messages)]


def zipped(files: list[bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, body in enumerate(files):
            archive.writestr(f"{number}.xml", body)
    return out.getvalue()


async def rate(
    ready: Ready, requests: list[bytes], path: str, clients: int, messages: int
) -> float:
    """Accepted declarations a second; fails when one was refused."""
    url, keys = ready.gateway, ready.keys
    headers = {"Authorization": f"Bearer {keys['1105910159']}"}
    left, accepted = iter(requests), 0
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=clients), headers=headers
    ) as session:
        async with session.post(
            f"{ready.control}/control/v1/hold",
            headers={"Authorization": f"Bearer {ready.operator_key}"},
        ) as held:
            assert held.status == 200

        async def client() -> None:
            nonlocal accepted
            for body in left:
                async with session.post(url + path, data=io.BytesIO(body)) as answer:
                    found = await answer.json()
                    accepted += found.get("accepted", answer.status == 202)

        began = time.perf_counter()
        await asyncio.gather(*[client() for _ in range(clients)])
        seconds = time.perf_counter() - began
    assert accepted == messages, f"{accepted} of {messages} accepted"
    return accepted / seconds


def measured(messages: int, files: int, clients: int) -> float:
    """Declarations a second of one run on a pair of its own; ``files`` 0: single POSTs."""
    import uvloop

    made = bodies(messages)
    requests = (
        [zipped(made[at : at + files]) for at in range(0, messages, files)] if files else made
    )
    with embedded() as ready:
        return uvloop.run(
            rate(
                ready,
                requests,
                "/api/v1/messages/batch" if files else "/api/v1/messages",
                clients,
                messages,
            )
        )


def ratios(
    pairs: int, messages: int, files: int = 500, senders: int = 2, clients: int = 64
) -> list[float]:
    """Batch / single for each interleaved pair."""
    found = []
    for number in range(pairs):
        single, batch = measured(messages, 0, clients), measured(messages, files, senders)
        found.append(batch / single)
        print(
            f"pair {number + 1}: single {single:.0f}/s, batches of {files} {batch:.0f}/s, ratio"
            f" {found[-1]:.2f}",
            flush=True,
        )
    print(f"median ratio of {pairs}: {statistics.median(found):.2f}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (
        ("pairs", 5),
        ("messages", 4000),
        ("files", 500),
        ("senders", 2),
        ("clients", 64),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    ratios(given.pairs, given.messages, given.files, given.senders, given.clients)
