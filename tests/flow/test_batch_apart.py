"""A batch of a pair in two processes: the process of customs checks files of it, and no answer
shows it, nor that it hung or died."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.pair.checks_beside import AWAY, ChecksApart
from fixtures.kit.pair.two_processes import Apart, home_running
from gateway.api.batch_sharing import GROUP
from gateway.api.messages import INLINE
from tests.conftest import MORNING, SHANGHAI, Api, client, eventually, settings_of
from tests.factories import grt101
from tests.flow.test_apart import alive, children
from tests.flow.test_batch import many, send, statuses, zipped

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="a child is handed a socket by number, which only POSIX systems do"
)


@contextlib.asynccontextmanager
async def home(folder: Path, processes: int) -> AsyncIterator[tuple[Any, Api]]:
    async with (
        home_running(
            settings_of(folder, processes=processes, clock_start=MORNING, profile="manual")
        ) as pair,
        client(pair.ready) as api,
    ):
        yield pair, api


@pytest.fixture
async def apart(tmp_path: Path) -> AsyncIterator[tuple[Apart, Api]]:
    async with home(tmp_path / "home", 2) as made:
        yield made


async def checked_apart(api: Api) -> float:
    page = (await api.get(f"{api.ready.gateway}/metrics")).body.decode()
    found = re.search(r"^eport_checked_apart_total (\S+)", page, re.MULTILINE)
    assert found, page
    return float(found[1])


def mixed() -> bytes:
    """Good files, bad ones, repeats, drafts with warnings, filings again, more than a question
    takes, and no XML at all."""
    good = many(12 * GROUP)
    files: list[tuple[str, bytes]] = []
    for n, (name, body) in enumerate(good[: 11 * GROUP]):
        files.append((name, body.replace(b"<gasrAmt>", b"<gasrAmt>x") if n % 20 == 7 else body))
        if n % 50 == 9:
            files += [
                (f"again-{name}", body),
                (f"draft-{name}", grt101(f"D{n:05d}", 50_000 + n, flag="0", etpsConcErName="")),
                (f"declared-{name}", grt101(f"D{n:05d}", 60_000 + n)),
                (f"foreign-{name}", grt101(f"F{n:05d}", 70_000 + n, enterprise=SHANGHAI)),
                (f"none-{name}", b"<a/>"),
                (f"large-{name}", body.replace(b"</Signature>", b" " * 70_000 + b"</Signature>")),
            ]
    return zipped(*files[:500])


def counted(body: bytes) -> bytes:
    """An answer with each SeqNo as its place among them: two stores never give the same."""
    seen: dict[bytes, int] = {}
    return re.sub(
        rb"\b2026\d{14}\b", lambda match: b"#%d" % seen.setdefault(match[0], len(seen)), body
    )


@pytest.mark.slow
async def test_two_processes_answer_byte_for_byte_as_one_does(
    tmp_path: Path, apart: tuple[Apart, Api]
) -> None:
    content = mixed()
    async with home(tmp_path / "other", 1) as (_, api):
        one = await send(api, content)
        assert await checked_apart(api) == 0
    two = await send(apart[1], content)
    assert await checked_apart(apart[1]) >= GROUP
    assert {202, 200, 422, 400, 403} <= set(statuses(two))
    assert counted(two.body) == counted(one.body)


@pytest.mark.slow
async def test_files_are_taken_in_their_order_wherever_they_were_checked(
    apart: tuple[Apart, Api],
) -> None:
    _, api = apart
    drafts = [
        (f"{n}-{turn}.xml", grt101(f"R{n:05d}", 2 * n + turn, flag=str(turn)))
        for n in range(1, 200)
        for turn in (0, 1)
    ]
    answer = await send(api, zipped(*drafts))
    assert set(statuses(answer)) == {202}
    found = [
        (item["message"]["enterprise_ref"], item["message"]["status"])
        for item in answer.json["items"]
    ]
    assert found == [
        (f"R{n:05d}", status) for n in range(1, 200) for status in ("draft", "declared")
    ]
    assert await checked_apart(api) > 0


@pytest.mark.slow
async def test_large_files_stay_here(apart: tuple[Apart, Api]) -> None:
    _, api = apart
    large = [
        (name, body.replace(b"</Signature>", b" " * INLINE + b"</Signature>"))
        for name, body in many(4)
    ]
    assert statuses(await send(api, zipped(*large, *many(1, 9)))) == [202] * 5
    assert await checked_apart(api) == 1


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process does nothing for as long as the block lasts, but is there."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def customs_children() -> list[int]:
    """Children of this process that are customs: a browser of other tests may be one too."""
    return [
        pid
        for pid in children(os.getpid())
        if b"customs_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "hangs"])
@pytest.mark.slow
async def test_what_the_other_process_does_not_answer_is_checked_here(
    apart: tuple[Apart, Api], killed: bool
) -> None:
    pair, api = apart
    elsewhere = pair.gateway.elsewhere
    assert isinstance(elsewhere, ChecksApart)
    (child,) = customs_children()
    with stopped(child):
        sending = asyncio.create_task(send(api, zipped(*many(500))))
        await eventually(lambda: len(elsewhere.away) == AWAY, what="questions away")
        if killed:
            os.kill(child, signal.SIGKILL)
        answer = await asyncio.wait_for(sending, 20)
        assert statuses(answer) == [202] * 500
        assert await checked_apart(api) == 0
        assert len(elsewhere.away) == (0 if killed else AWAY), (
            "a process that hangs is sent no more"
        )
        assert statuses(await send(api, zipped(*many(40, 501)))) == [202] * 40
    if killed:
        await eventually(lambda: not alive(child))
    await eventually(lambda: not elsewhere.away)
    before, turn = await checked_apart(api), itertools.count(10)

    async def helps_again() -> bool:
        assert statuses(await send(api, zipped(*many(100, 100 * next(turn))))) == [202] * 100
        return await checked_apart(api) > before

    await eventually(helps_again, every=0.2, what="customs checks again")
