"""Worker processes and their supervisor: N processes share one port, a dead one is started again, a
stop drains them all.

The supervisor serves nothing itself. Each worker says on a pipe that it answers, and reads another
that ends with the supervisor: a worker that nobody watches any more drains and goes, so that a new
supervisor starts on a clean port.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.base.errors import BadSetting

log = logging.getLogger("eport.supervisor")
START = 60.0
"""Seconds that a worker may take until it answers."""
QUICK = 5.0
"""A worker that lived for less is started again after a pause that doubles."""
LONGEST_PAUSE = 5.0
MISTAKE = 2
"""Exit code of a worker that cannot work with these settings: no use to start it again."""


def reserve(host: str, port: int, option: str) -> socket.socket:
    """Return a bound socket that does not listen: it keeps the port, 0 for a free one, while
    workers come and go."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        reserved = socket.socket(family, kind, proto)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            _is_free(family, kind, proto, address)
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(address)
    except OSError as error:
        raise BadSetting(
            f"port {port} on {host} cannot be used ({error.strerror}); choose another with"
            f" {option}, or 0 for a free one"
        ) from error
    return reserved


def _is_free(family: int, kind: int, proto: int, address: tuple[object, ...]) -> None:
    """Return whether nobody listens. SO_REUSEPORT alone would join a stranger's port of the same
    user."""
    with socket.socket(family, kind, proto) as alone:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        alone.bind(address)


@dataclass(slots=True, eq=False)
class _Worker:
    process: asyncio.subprocess.Process
    said: asyncio.Future[None]
    lifeline: int
    since: float


class Supervisor:
    """Keeps ``count`` processes of ``command`` alive. ``drain``: seconds that a stop waits before
    it kills."""

    def __init__(self, command: Sequence[str], count: int, *, drain: float) -> None:
        self._command, self._count, self._drain = command, count, drain
        self._workers: list[_Worker | None] = [None] * count
        self._stopping = asyncio.Event()
        self._code = 0

    async def run(self, ready: Callable[[], Awaitable[None]]) -> int:
        """Run until a signal, and return the exit code. ``ready`` is called once, when all
        workers answer."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        firsts = [asyncio.get_running_loop().create_future() for _ in range(self._count)]
        keepers = [asyncio.create_task(self._keep(n, first)) for n, first in enumerate(firsts)]
        stop = asyncio.create_task(self._stopping.wait())
        all_answer = asyncio.gather(*firsts)
        either: list[asyncio.Future[Any]] = [stop, all_answer]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if all_answer.done() and not self._stopping.is_set():
            await ready()
        await stop
        all_answer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await all_answer
        await asyncio.gather(*keepers)
        return self._code

    async def _keep(self, number: int, first: asyncio.Future[None]) -> None:
        pause = 0.1
        while not self._stopping.is_set():
            worker = await self._start(number)
            self._workers[number] = worker
            ended = asyncio.create_task(worker.process.wait())
            stop = asyncio.create_task(self._stopping.wait())
            first_of: list[asyncio.Future[Any]] = [ended, stop, worker.said]
            await asyncio.wait(first_of, timeout=START, return_when=asyncio.FIRST_COMPLETED)
            if worker.said.done() and not worker.said.cancelled() and not first.done():
                first.set_result(None)
            if not (worker.said.done() or ended.done() or stop.done()):
                log.error(
                    "worker %d did not answer within %g s; starting another",
                    number,
                    START,
                    extra={"action": "worker_stuck"},
                )
                worker.process.kill()
            await asyncio.wait([ended, stop], return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                await self._end(worker, ended)
            stop.cancel()
            os.close(worker.lifeline)
            if self._stopping.is_set():
                return
            code = await ended
            if code == MISTAKE and not first.done():
                self._code = code
                self._stopping.set()
                return
            pause = (
                0.1 if time.monotonic() - worker.since > QUICK else min(pause * 2, LONGEST_PAUSE)
            )
            log.error(
                "worker %d (pid %d) ended with %s; will start another in %.1f s",
                number,
                worker.process.pid,
                code,
                pause,
                extra={"action": "worker_ended"},
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _start(self, number: int) -> _Worker:
        """Start one; its answer comes on a pipe, and its lifeline ends with this process."""
        told, tell = os.pipe()
        child_end, lifeline = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                "--worker",
                f"{number},{tell},{child_end}",
                pass_fds=(tell, child_end),
                stdin=asyncio.subprocess.DEVNULL,
            )
        finally:
            os.close(tell)
            os.close(child_end)
        loop = asyncio.get_running_loop()
        said: asyncio.Future[None] = loop.create_future()

        def heard() -> None:
            loop.remove_reader(told)
            got = os.read(told, 1)
            os.close(told)
            if got and not said.done():
                said.set_result(None)

        loop.add_reader(told, heard)
        return _Worker(process, said, lifeline, time.monotonic())

    async def _end(self, worker: _Worker, ended: asyncio.Task[int]) -> None:
        if ended.done():
            return
        with contextlib.suppress(ProcessLookupError):
            worker.process.terminate()
        await asyncio.wait([ended], timeout=self._drain)
        if not ended.done():
            log.error(
                "worker with pid %d did not drain within %g s; killed",
                worker.process.pid,
                self._drain,
                extra={"action": "worker_killed"},
            )
            with contextlib.suppress(ProcessLookupError):
                worker.process.kill()
            await ended


class Lines:
    """A worker's two pipes, from ``--worker NUMBER,TELL,LIFELINE``."""

    def __init__(self, given: str) -> None:
        try:
            self.number, self._tell, self._lifeline = map(int, given.split(","))
        except ValueError:
            raise BadSetting(f"--worker is for the supervisor alone: found {given!r}") from None

    def answer(self) -> None:
        """Tell the supervisor that this worker answers."""
        with contextlib.suppress(OSError):
            os.write(self._tell, b"1")
        os.close(self._tell)

    async def until_stopped(self) -> None:
        """Return at SIGTERM or SIGINT, or when the supervisor is gone."""
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        loop.add_reader(self._lifeline, stop.set)
        await stop.wait()
        loop.remove_reader(self._lifeline)


def command(side: str) -> list[str]:
    """Return how a worker is started: this program again, with the same options from the
    environment."""
    return [sys.executable, "-P", "-m", "gateway.cli", side]
