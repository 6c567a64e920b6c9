"""Both sides as worker processes on PostgreSQL and RabbitMQ, with schemas and queues of their own:
for outage tests and the bench.

``Proxy`` stands between them and a server: it can go silent (bytes neither pass nor are refused)
and heal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from fixtures.kit.pair.pair import Ready
from tests.support.rabbitmq import AMQP, delete_queues
from tests.support.stores import POSTGRES
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
SIDES = {"gateway": ("--port", "0"), "customs": ("--control-port", "0")}


@contextlib.contextmanager
def schema(url: str = POSTGRES) -> Iterator[tuple[str, str]]:
    """URLs of two empty schemas, dropped at the end."""
    mark = f"s{os.getpid()}_{secrets.token_hex(4)}"
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    names = (f"{mark}_g", f"{mark}_c")
    try:
        with engine.connect() as connection:
            for name in names:
                connection.execute(text(f"CREATE SCHEMA {name}"))
        joint = "&" if "?" in url else "?"
        yield (
            f"{url}{joint}options=-csearch_path%3D{names[0]}",
            f"{url}{joint}options=-csearch_path%3D{names[1]}",
        )
    finally:
        with engine.connect() as connection:
            for name in names:
                connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
        engine.dispose()


@dataclass(slots=True)
class Sides:
    """Supervisors by side. ``amqp`` may be a proxy's address."""

    folder: Path
    stores: tuple[str, str]
    amqp: str
    prefix: str
    workers: int = 1
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    ports: dict[str, str] = field(default_factory=dict)

    async def launch(self, side: str) -> None:
        """Start a side, on the port that it had before; as a service manager does when a supervisor
        dies."""
        self.file(side).unlink(missing_ok=True)
        option, free = SIDES[side]
        environment = (
            {k: v for k, v in os.environ.items() if not k.startswith("EPORT_")}
            | {
                "EPORT_HOME": str(self.folder / "home"),
                "EPORT_STORE_URL": self.stores[0],
                "EPORT_CUSTOMS_STORE_URL": self.stores[1],
                "EPORT_AMQP_URL": self.amqp,
                "EPORT_QUEUE_PREFIX": self.prefix,
                "EPORT_LEAVE": "0",
            }
            | self.environment
        )
        with self.said(side).open("ab") as stderr:
            self.processes[side] = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "gateway.cli",
                side,
                "--demo",
                option,
                self.ports.get(side, free),
                "--workers",
                str(self.workers),
                "--ready-file",
                str(self.file(side)),
                *self.options.get(side, ()),
                cwd=ROOT,
                env=environment,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=stderr,
            )

    async def ready(self, side: str) -> dict[str, object]:
        def look() -> bool:
            process = self.processes[side]
            assert process.returncode is None, (
                f"{side} ended with {process.returncode}: {self.said(side).read_text()[-2000:]}"
            )
            return self.file(side).exists()

        # The limit is that of the test: under load a start takes minutes, an end is seen at once.
        await eventually(look, within=900, every=0.02, what=f"{side} ready")
        found: dict[str, object] = msgspec.json.decode(self.file(side).read_bytes())
        self.ports[side] = str(found["gateway" if side == "gateway" else "control"]).rpartition(
            ":"
        )[2]
        return found

    async def both(self) -> Ready:
        for side in SIDES:
            await self.launch(side)
        parts = [await self.ready(side) for side in SIDES]
        return msgspec.convert(parts[0] | parts[1], Ready)

    def worker_pids(self, side: str) -> list[int]:
        pid = self.processes[side].pid
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    async def stop(self, side: str) -> int:
        process = self.processes[side]
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(process.wait(), 40)

    def file(self, side: str) -> Path:
        return self.folder / f"{side}.json"

    def said(self, side: str) -> Path:
        return self.folder / f"{side}.txt"

    async def close(self) -> None:
        for process in self.processes.values():
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
        for process in self.processes.values():
            try:
                await asyncio.wait_for(process.wait(), 40)
            except TimeoutError:
                process.kill()


@contextlib.asynccontextmanager
async def sides(
    folder: Path, *, workers: int = 1, amqp: str = AMQP, clean: str = AMQP, postgres: str = POSTGRES
) -> AsyncIterator[Sides]:
    """Nothing is started yet. ``clean``: where the queues are deleted at the end."""
    prefix = f"s{os.getpid()}.{secrets.token_hex(4)}."
    with schema(postgres) as stores:
        made = Sides(folder, stores, amqp, prefix, workers)
        try:
            yield made
        finally:
            await made.close()
            await delete_queues(prefix, ("eport.customs", "eport.gateway"), clean)


@dataclass(slots=True)
class Proxy:
    """A TCP proxy on a free port. While ``silent`` nothing passes in either direction, and new
    connections are taken but not answered: what a network hole looks like."""

    host: str
    port: int
    open: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Server | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> int:
        self.open.set()
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self.server.sockets[0].getsockname()[1])

    def silence(self) -> None:
        self.open.clear()

    def heal(self) -> None:
        self.open.set()

    async def close(self) -> None:
        self.open.set()
        if self.server is not None:
            self.server.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            await self.open.wait()
            there, back = await asyncio.open_connection(self.host, self.port)
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while some := await reader.read(1 << 16):
                await self.open.wait()
                writer.write(some)
                await writer.drain()
        await self.open.wait()
        writer.close()
