"""One sender with slow uploads or long checks stops nobody else: slots are taken when a body is
there, places are shared out by key, and what cannot be had now is said with Retry-After."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fixtures.kit.pair.pair import Pair
from gateway.service import PLACES, SHARE
from tests.factories import grt101
from tests.support.api import Api, client
from tests.support.growing import SHAPES
from tests.support.pairs import BEIJING, SHANGHAI, pair_at
from tests.support.waiting import eventually


def packed(*bodies: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, body in enumerate(bodies):
            archive.writestr(f"{number}.xml", body)
    return file.getvalue()


class SlowUpload:
    """A POST on a socket of its own that has sent its headers and the beginning of its body."""

    def __init__(
        self, api: Api, path: str, body: bytes, *, kind: str = "application/xml", key: str = ""
    ) -> None:
        self._api, self._path, self._body, self._kind = api, path, body, kind
        self._key = key or api.ready.keys[BEIJING]
        self._sent = 0

    async def begin(self, size: int = 100) -> SlowUpload:
        host, _, port = self._api.ready.gateway.removeprefix("http://").rpartition(":")
        self.reader, self.writer = await asyncio.open_connection(host, int(port))
        self.writer.write(
            f"POST /api/v1{self._path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: {self._kind}\r\nContent-Length: {len(self._body)}\r\n\r\n".encode()
        )
        await self.send(size)
        return self

    async def send(self, size: int) -> None:
        self.writer.write(self._body[self._sent : self._sent + size])
        await self.writer.drain()
        self._sent += size

    async def end(self) -> tuple[int, bytes]:
        """Send the rest; the status and all that comes back."""
        await self.send(len(self._body) - self._sent)
        return await self.answer()

    async def answer(self) -> tuple[int, bytes]:
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.writer.close()
        return int(head.split()[1]), head


@contextlib.asynccontextmanager
async def held_up(pair: Pair, *callers: str) -> AsyncIterator[None]:
    """A check of each caller that goes on until the block is left."""
    go_on = threading.Event()
    checking = pair.gateway.checking
    tasks = [asyncio.create_task(checking.run(caller, go_on.wait)) for caller in callers]
    try:
        await eventually(lambda: len(checking.under_way) == len(callers))
        yield
    finally:
        go_on.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def key_of(pair: Pair, enterprise: str) -> str:
    caller = await pair.gateway.access.caller(pair.ready.keys[enterprise])
    assert caller is not None
    return caller.key


@pytest.mark.parametrize("kind", ["application/zip", "multipart/form-data; boundary=x"])
async def test_slow_uploads_of_batches_hold_no_slot(pair: Pair, api: Api, kind: str) -> None:
    slow = [
        await SlowUpload(api, "/messages/batch", b"--x\r\n" + b"a" * 10_000, kind=kind).begin()
        for _ in range(4 * PLACES)
    ]
    async with asyncio.timeout(60):  # it was two minutes, the patience for their bodies
        answer = await api.post(
            packed(grt101("R1", 1)), "/messages/batch", Content_Type="application/zip"
        )
    assert (answer.status, answer.json["accepted"]) == (200, 1)
    for upload in slow:
        upload.writer.close()


async def test_a_body_counts_as_it_comes_and_a_key_has_a_share(pair: Pair, api: Api) -> None:
    share = pair.gateway.settings.uploads // 3
    own = await key_of(pair, BEIJING)
    with pair.gateway.uploads.of(own) as upload:
        upload.take(share - 50_000)
        large = grt101("R1", 1) + b"\n" * 1_000_000
        for path in ("/messages", "/messages/validate", "/messages/batch"):
            kind = "application/zip" if path.endswith("batch") else "application/xml"
            slow = await SlowUpload(api, path, large, kind=kind).begin(70_000)
            status, head = await slow.end()
            assert (path, status) == (path, 503)
            assert b"retry-after" in head.lower()
        other = await SlowUpload(
            api,
            "/messages",
            grt101("R2", 2, enterprise=SHANGHAI) + b"\n" * 1_000_000,
            key=pair.ready.keys[SHANGHAI],
        ).begin(70_000)
        assert (await other.end())[0] == 202
    again = await SlowUpload(api, "/messages", large).begin(70_000)
    assert (await again.end())[0] == 202
    with pair.gateway.uploads.of(own) as upload:
        upload.take(share)  # all that was held was given back


async def test_a_key_that_holds_its_places_up_stops_no_other(pair: Pair, api: Api) -> None:
    async with held_up(pair, *[await key_of(pair, BEIJING)] * SHARE):
        wrong = grt101("R3", 3, enterprise=SHANGHAI, gasrAmt="x")
        assert (await api.post(wrong, enterprise=SHANGHAI)).status == 422
        assert (await api.post(wrong, "/messages/validate", enterprise=SHANGHAI)).status == 200
        large = grt101("R4", 4, enterprise=SHANGHAI) + b"\n" * 100_000
        assert (await api.post(large, enterprise=SHANGHAI)).status == 202
        assert (await api.post(grt101("R5", 5))).status == 202  # a small sound one needs no place


@pytest.mark.slow
async def test_two_messages_of_comments_with_the_client_gone_stop_nobody(
    pair: Pair, api: Api
) -> None:
    body = SHAPES["comments before the first child"](1_400_000)
    for _ in range(2):
        slow = await SlowUpload(api, "/messages", body).begin(len(body))
        slow.writer.close()
    assert (await api.post(grt101("R6", 6, gasrAmt="x"))).status == 422
    assert (await api.post(body)).status in (200, 202)


@pytest.mark.timeout(60)
async def test_readiness_says_when_every_place_is_lost(tmp_path: Path) -> None:
    async with (
        pair_at(tmp_path / "home", check_budget=0.05) as pair,
        client(pair.ready) as api,
        held_up(pair, "a", "a", "b", "b"),
    ):
        ready = pair.ready.gateway + "/readyz"

        async def told() -> bool:
            return (await api.get(ready, key="")).status == 503

        await eventually(told)
        said = (await api.get(ready, key="")).json
        assert said["status"] == "not ready"
        assert said["checks"]["checking"].startswith(f"{PLACES} of {PLACES} places")
        assert (await api.get(pair.ready.gateway + "/livez", key="")).status == 200
        metrics = (await api.get(pair.ready.gateway + "/metrics", key="")).body
        assert b"eport_checks_overdue" in metrics


async def test_who_finds_no_place_in_time_is_told_to_come_again(pair: Pair, api: Api) -> None:
    own = await key_of(pair, BEIJING)
    pair.gateway.checking.turns.patience = 0.05
    async with held_up(pair, *[own] * SHARE):
        for path, kind in (("/messages", "application/xml"), ("/messages/validate", "text/xml")):
            answer = await api.post(grt101("R7", 7, gasrAmt="x"), path, Content_Type=kind)
            assert (answer.status, answer.codes) == (503, ["BUSY.01"])
            assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.slow
async def test_a_check_beyond_its_budget_is_a_refusal(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home", check_budget=0.000001) as pair, client(pair.ready) as api:
        body = SHAPES["a comment, then text"](1_500_000)
        answer = await api.post(body)
        assert (answer.status, answer.codes) == (422, ["GUARD.08"])
        said = await api.post(body, "/messages/validate")
        assert [f["code"] for f in said.json["findings"]] == ["GUARD.08"]
        assert said.json["valid"] is False
