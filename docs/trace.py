"""Trace one GRT101 through an embedded pair: which files of the product it enters between its POST
and both receipts, and how often the work goes on in another file.

The pair stands in one process. Every thread is watched, from before the pair starts. A change of
file is two calls or returns in a row, of one thread, in different files. What other threads and
timers do in that time counts too, so a figure is the median of a few filings.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import sqlite3
import statistics
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from docs.house import PACKAGES, ROOT

SAMPLE = ROOT / "fixtures" / "GRT101" / "valid_cash_counter.xml"
FILINGS = 5
"""How many filings are traced, after one that warms the caches."""
RECEIPTS = 2
"""GRT200 and GRT201."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What one filing, or the median of several, went through.

    Attributes:
        files: Files of the product in which a function was called.
        changes: Calls and returns that followed one in another file.
    """

    files: int
    changes: int


@dataclass(slots=True)
class Watch:
    """Counts while it is ``on``; installed once, before any thread starts."""

    root: Path
    on: bool = False
    files: set[str] = field(default_factory=set)
    changes: int = 0
    last: dict[int, str] = field(default_factory=dict)
    _ours: dict[str, bool] = field(default_factory=dict)

    def install(self) -> None:
        """Watch this thread and every one that starts from now on."""
        threading.setprofile(self.event)
        sys.setprofile(self.event)

    def begin(self) -> None:
        """Count from zero."""
        self.files, self.changes, self.last, self.on = set(), 0, {}, True

    def end(self) -> Course:
        """Stop, and return what was counted."""
        self.on = False
        return Course(files=len(self.files), changes=self.changes)

    def event(self, frame: FrameType, event: str, _: Any) -> None:
        """Take a call or return of the interpreter; those of C functions are left out."""
        if not self.on or event not in ("call", "return"):
            return
        file = frame.f_code.co_filename
        ours = self._ours.get(file)
        if ours is None:
            ours = self._ours[file] = self._is_ours(file)
        if not ours:
            return
        if event == "call":
            self.files.add(file)
        thread = threading.get_ident()
        self.changes += self.last.get(thread, file) != file
        self.last[thread] = file

    def _is_ours(self, file: str) -> bool:
        path = Path(file)
        return path.is_relative_to(self.root) and path.relative_to(self.root).parts[0] in PACKAGES


def one_grt101(filings: int = FILINGS) -> Course:
    """Return the median course of one GRT101, traced in this process."""
    watch = Watch(ROOT)
    watch.install()
    try:
        courses = asyncio.run(_filed(watch, filings))
    finally:
        threading.setprofile(None)  # type: ignore[arg-type]
        sys.setprofile(None)
    return Course(
        files=round(statistics.median(course.files for course in courses)),
        changes=round(statistics.median(course.changes for course in courses)),
    )


async def _filed(watch: Watch, filings: int) -> list[Course]:
    import aiohttp

    from fixtures.kit.pair.pair import SEEDED, running
    from gateway.base.clock.business import MovedClock
    from gateway.base.settings import Settings

    courses = []
    with tempfile.TemporaryDirectory(prefix="eport-trace-") as folder:
        settings = Settings.model_construct(home=Path(folder), port=0, control_port=0)
        clock = MovedClock(SEEDED, frozen=False)
        async with running(settings, clock=clock) as pair, aiohttp.ClientSession() as session:
            feed = sqlite3.connect(Path(folder) / "gateway.db")
            for number in range(filings + 1):
                body = _anew(SAMPLE.read_bytes())
                watch.begin()
                async with session.post(
                    f"{pair.ready.gateway}/api/v1/messages",
                    data=body,
                    headers={"Authorization": f"Bearer {pair.ready.keys['1105910159']}"},
                ) as answer:
                    if answer.status != 202:
                        raise RuntimeError(await answer.text())
                wanted = RECEIPTS * (number + 1)
                count = "SELECT count(*) FROM feed"
                while feed.execute(count).fetchone()[0] < wanted:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
                courses.append(watch.end())
            feed.close()
    return courses[1:]


def _anew(body: bytes) -> bytes:
    """Return the message under a message id and a reference of its own."""
    mark = b"%011d" % secrets.randbelow(10**11)
    body = re.sub(rb"(<message_id>[^<]*?)[0-9]{11}(</)", rb"\g<1>" + mark + rb"\2", body, count=1)
    return re.sub(rb"<(business_id|etpsPreentNo)>[^<]+(</)", rb"<\1>T" + mark + rb"\2", body)
