"""A PostgreSQL and a RabbitMQ of a test's own: for what must be stopped and started while others
use the shared ones."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aio_pika
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tests.support.waiting import eventually

POSTGRES = "postgres"
"""The user that owns the cluster where tests run as root: PostgreSQL refuses to."""


def _missing(what: str) -> None:
    """Skip without the program; a failure where CI says that it must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class OwnPostgres:
    """One cluster in a folder. ``crash`` is what a power cut leaves: the server recovers from its
    log."""

    folder: Path
    program: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{POSTGRES}@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        self.folder.mkdir()
        if os.getuid() == 0:
            owner = pwd.getpwnam(POSTGRES)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            for parent in self.folder.parents:  # pytest's own folders are closed to others
                with contextlib.suppress(PermissionError):
                    if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
                        parent.chmod(0o711)
        self._run("initdb", "-D", str(self.folder), "-U", POSTGRES, "-A", "trust", "--no-sync")

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c"
            " max_connections=200"
        )
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder),
            "-w",
            "-o",
            options,
            "-l",
            str(self.folder / "log"),
            "start",
        )

    def stop(self, how: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self.folder), "-w", "-m", how, "stop")

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(self.program / name), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", POSTGRES, "--", *command]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, cwd="/"
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _postgres_programs() -> list[Path]:
    """Folders of initdb and pg_ctl, Debian's first; the last one is the newest."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(found).parent for found in [shutil.which("initdb")] if found
    ]


def _rabbit_programs() -> list[Path]:
    """The server itself, not the wrapper that changes the user."""
    return [
        Path(p)
        for p in ("/usr/lib/rabbitmq/bin/rabbitmq-server", shutil.which("rabbitmq-server") or "")
        if p and Path(p).exists()
    ]


@contextlib.asynccontextmanager
async def own_postgres(folder: Path) -> AsyncIterator[OwnPostgres]:
    """Started, and gone at the end."""
    programs = _postgres_programs()
    if not programs or (os.getuid() == 0 and shutil.which("runuser") is None):
        _missing("no initdb and pg_ctl of a PostgreSQL here")
    made = OwnPostgres(folder / "pg", programs[-1])
    await asyncio.to_thread(made.make)
    await asyncio.to_thread(made.start)
    try:
        create_engine(made.url, poolclass=NullPool).connect().close()
        yield made
    finally:
        with contextlib.suppress(AssertionError):  # it may be down
            await asyncio.to_thread(made.stop, "immediate")


@dataclass(slots=True)
class OwnRabbit:
    """One node with a name, ports and a folder of its own."""

    folder: Path
    program: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    async def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "plugins").write_text("[].\n", encoding="utf-8")
        environment = dict(os.environ) | {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"t{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
        }
        self.process = await asyncio.create_subprocess_exec(
            str(self.program),
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        await eventually(self._answers, within=60, every=0.2, what="RabbitMQ of our own")

    async def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, "RabbitMQ of our own ended"
        try:
            await (await aio_pika.connect(self.url, timeout=2)).close()
        except (OSError, TimeoutError, aio_pika.exceptions.AMQPError):
            return False
        return True

    async def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        os.killpg(self.process.pid, how)
        await asyncio.wait_for(self.process.wait(), 60)
        await eventually(
            lambda: not _listens(self.port), within=30, every=0.1, what="RabbitMQ of our own gone"
        )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.asynccontextmanager
async def own_rabbit(folder: Path) -> AsyncIterator[OwnRabbit]:
    """Started, and gone at the end."""
    programs = _rabbit_programs()
    if not programs:
        _missing("no rabbitmq-server here")
    made = OwnRabbit(folder / "rabbit", programs[0])
    await made.start()
    try:
        yield made
    finally:
        await made.stop(signal.SIGKILL)
