"""An upload that is under way at SIGTERM is read to its end, when it comes within the drain, and
answered; on both sides' servers. One that does not come holds nobody up beyond it."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from fixtures.kit.pair.up_process import Ready, plain_environment, up_command
from tests.factories import grt101

LONGEST = 60.0
"""Seconds that a test waits for what must come."""


class Up:
    """`eport up` in a process of its own, which is sent SIGTERM once."""

    def __init__(self, folder: Path, **settings: str) -> None:
        file = folder / "ready.json"
        self.process = subprocess.Popen(
            up_command(folder / "home", file),
            stdout=subprocess.DEVNULL,
            env=plain_environment(settings),
        )
        self._wait(file.exists)
        self.ready = msgspec.json.decode(file.read_bytes(), type=Ready)

    def _wait(self, there: object) -> None:
        deadline = time.monotonic() + LONGEST
        while not there():  # type: ignore[operator]
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def stop(self) -> None:
        """Send SIGTERM, and wait until no connection is taken any more: the server ends now."""
        self.process.send_signal(signal.SIGTERM)
        self._wait(lambda: not self.listens(self.ready.gateway))

    @staticmethod
    def listens(url: str) -> bool:
        host, _, port = url.removeprefix("http://").rpartition(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0


class Upload:
    """A request whose body comes in two parts."""

    def __init__(self, url: str, head: str, key: str, body: bytes) -> None:
        host, _, port = url.removeprefix("http://").rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=LONGEST)
        self._socket.sendall(
            f"{head} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        self._socket.sendall(body[:20])
        self._rest = body[20:]

    def end(self) -> tuple[int, object]:
        self._socket.sendall(self._rest)
        answer = b""
        while part := self._socket.recv(1 << 16):
            answer += part
        self._socket.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head, "the connection was closed without an answer"
        return int(head.split()[1]), json.loads(body)

    def close(self) -> None:
        self._socket.close()


def packed(*bodies: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, body in enumerate(bodies):
            archive.writestr(f"{number}.xml", body)
    return file.getvalue()


@pytest.fixture(params=["1", "2"])
def up(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Up]:
    made = Up(tmp_path, EPORT_PROCESSES=request.param, EPORT_DRAIN="30")
    yield made
    made.process.kill()
    made.process.wait()


@pytest.mark.slow
def test_what_comes_within_the_drain_is_read_and_answered(up: Up) -> None:
    key = next(iter(up.ready.keys.values()))
    single = Upload(up.ready.gateway, "POST /api/v1/messages", key, grt101("R1", 1))
    batch = Upload(
        up.ready.gateway,
        "POST /api/v1/messages/batch",
        key,
        packed(grt101("R2", 2), grt101("R3", 3)),
    )
    asked = Upload(up.ready.gateway, "POST /api/v1/messages/validate", key, grt101("R4", 4))
    control = Upload(
        up.ready.control,
        "PUT /control/v1/profile",
        up.ready.operator_key,
        json.dumps({"profile": "manual"}).encode(),
    )
    time.sleep(0.5)  # their headers are there
    up.stop()
    assert asked.end()[0] == 200
    status, said = single.end()
    assert (status, said["status"]) == (202, "declared")  # type: ignore[index]
    status, said = batch.end()
    assert (status, said["accepted"]) == (200, 2)  # type: ignore[index]
    assert control.end()[0] in (200, 204)
    assert up.process.wait(LONGEST) == 0


@pytest.mark.slow
def test_what_does_not_come_holds_nobody_up_beyond_the_drain(tmp_path: Path) -> None:
    up = Up(tmp_path, EPORT_PROCESSES="1", EPORT_DRAIN="1")
    key = next(iter(up.ready.keys.values()))
    slow = Upload(up.ready.gateway, "POST /api/v1/messages", key, grt101("R1", 1))
    time.sleep(0.2)
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(LONGEST) == 0
    slow.close()
