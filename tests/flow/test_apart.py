"""`eport up` in two processes: it behaves as in one, customs comes back when it dies, and no
process is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from fixtures.kit.pair.pair import Ready
from tests.conftest import Api, eventually
from tests.factories import grt101

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="a child is handed a socket by number, which only POSIX systems do"
)


def children(pid: int) -> list[int]:
    """Process ids of the children of ``pid``; empty where /proc does not tell."""
    try:
        return [
            int(text)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for text in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class Product:
    """`eport up --home` with two processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: asyncio.subprocess.Process

    async def start(self, **environment: str) -> None:
        (self.folder / "ready").unlink(missing_ok=True)
        with (self.folder / "stderr").open("wb") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "gateway.cli",
                "up",
                "--home",
                str(self.folder / "home"),
                "--port",
                "0",
                "--control-port",
                "0",
                "--ready-file",
                str(self.folder / "ready"),
                cwd=ROOT,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=stderr,
                env=os.environ | {"EPORT_PROCESSES": "2"} | environment,
            )

    async def ready(self) -> Ready:
        def look() -> bool:
            assert self.process.returncode is None, f"it ended: {self.said}"
            return (self.folder / "ready").exists()

        await eventually(look, what="ready")
        return msgspec.json.decode((self.folder / "ready").read_bytes(), type=Ready)

    @property
    def said(self) -> str:
        return (self.folder / "stderr").read_text()


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    made = Product(tmp_path)
    await made.start()
    yield made
    if made.process.returncode is None:
        made.process.kill()
        await made.process.wait()


@pytest.fixture
async def api(product: Product) -> AsyncIterator[Api]:
    ready = await product.ready()
    async with aiohttp.ClientSession() as session:
        yield Api(session=session, ready=ready)


@pytest.mark.slow
async def test_a_declaration_goes_through_both_processes_and_a_stop_leaves_none_behind(
    product: Product, api: Api
) -> None:
    pid = product.process.pid
    (child,) = children(pid)
    taken = await api.taken(grt101("A1", 1))
    found = await api.until(taken["seq_no"], "approved")
    assert found["business_no"]
    assert (await api.control("GET", "/messages?q=GRT201")).json["total"] == 1
    product.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(product.process.wait(), 20) == 0
    assert not alive(child)
    assert product.said == ""


@pytest.mark.slow
async def test_what_is_accepted_while_customs_is_dead_waits_and_goes_through_when_it_is_back(
    product: Product, api: Api
) -> None:
    (child,) = children(product.process.pid)
    os.kill(child, signal.SIGKILL)
    await eventually(lambda: not alive(child))
    taken = await api.taken(grt101("A1", 1))
    assert (await api.until(taken["seq_no"], "approved"))["status"] == "approved"
    assert (await api.control("GET", "/worklist")).status == 200, "the desk is where it was"
    assert "customs ended by itself" in product.said


@pytest.mark.slow
async def test_both_processes_go_by_one_clock_from_the_answer_on(
    product: Product, api: Api
) -> None:
    answer = await api.control("POST", "/clock", {"freeze": "2031-01-06T10:00:00+08:00"})
    assert answer.status == 200, answer.body
    refused = await api.post(grt101("A1", 1, ltguaValidDate="2030-12-31 00:00:00"))
    assert "S101.09" in refused.codes
    taken = await api.taken(grt101("A2", 2, ltguaValidDate="2031-12-31 00:00:00"))
    found = await api.until(taken["seq_no"], "approved")
    assert found["updated_at"].startswith("2031-01-06T10:00:00")


@pytest.mark.slow
async def test_customs_ends_when_the_gateway_is_killed_and_the_home_starts_again(
    product: Product, api: Api
) -> None:
    (child,) = children(product.process.pid)
    taken = await api.taken(grt101("A1", 1))
    product.process.kill()
    await product.process.wait()
    await eventually(lambda: not alive(child))
    await product.start()
    again = Api(session=api.session, ready=await product.ready())
    assert (await again.until(taken["seq_no"], "approved"))["status"] == "approved"


@pytest.mark.slow
async def test_a_customs_side_that_cannot_start_is_one_line(
    product: Product, api: Api, tmp_path: Path
) -> None:
    other = Product(tmp_path / "other")
    other.folder.mkdir()
    port = api.ready.control.rpartition(":")[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.cli",
        "up",
        "--home",
        str(other.folder / "home"),
        "--port",
        "0",
        "--control-port",
        port,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"EPORT_PROCESSES": "2"},
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert said.decode().count("\n") == 1
    assert f"port {port}" in said.decode()


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"),
    reason="this system does not bind a process to a processor",
)
@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.slow
async def test_on_two_processors_each_process_keeps_to_its_own_and_so_does_the_next_customs(
    tmp_path: Path, pinned: bool
) -> None:
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        pytest.skip("this machine has one processor")
    two, product = set(usable[:2]), Product(tmp_path)
    os.sched_setaffinity(0, two)  # what the product inherits: a machine of two
    try:
        await product.start(EPORT_PIN=str(pinned))
    finally:
        os.sched_setaffinity(0, usable)
    try:
        await product.ready()
        (child,) = children(product.process.pid)
        found = [os.sched_getaffinity(pid) for pid in (product.process.pid, child)]
        os.kill(child, signal.SIGKILL)
        await eventually(lambda: "customs answers again" in product.said, what="customs again")
        (child,) = children(product.process.pid)
        found.append(os.sched_getaffinity(child))
    finally:
        product.process.terminate()
        await product.process.wait()

    first, last = ({usable[0]}, {usable[1]}) if pinned else (two, two)
    assert found == [first, last, last]
