"""`replay`: scripts and bare messages against a pair, running or its own, with a verdict and the exact difference.

Exit 0: all as expected; 1: something differs; 2: it could not be tried (one line says why).
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from gateway.cli.home import Keys
from gateway.cli.loop import run_loop
from gateway.cli.replay import reports
from gateway.cli.replay.bare import Bare, Bares, bare_in
from gateway.cli.replay.load import fresh
from gateway.cli.replay.outcome import Outcome, Report, percentiles
from gateway.cli.replay.reading import script_in
from gateway.cli.replay.running import Run
from gateway.cli.replay.script import Script
from gateway.cli.replay.session import Session, connected
from gateway.cli.replay.values import Values
from gateway.cli.screen import screen, show_json
from gateway.errors import BadSetting, EportError
from gateway.logs import configure
from gateway.registry import DEMO
from gateway.settings import Settings

MOST_SHOWN = 20
"""Failed cases that the screen shows in full; the reports have all."""
SCRIPTS = (".yaml", ".yml")
WINDOW = 8
"""Bare messages that one job has under way: a gateway stores those that come together in one transaction, and a tester's machine that
waits for each would measure its own waiting."""
OUTSTANDING = 4000
"""Accepted messages whose end is awaited, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A running pair; without ``gateway`` the replay starts one of its own."""

    gateway: str = ""
    control: str = ""
    keys: tuple[str, ...] = ()
    operator_key: str = ""
    home: Path = Path("eport-home")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How: ``jobs`` scripts at once, or ``WINDOW`` times as many bare messages; everything ``repeat`` times, at most ``rate`` messages
    a second (0: as fast as it goes)."""

    jobs: int = 4
    repeat: int = 1
    rate: float = 0.0

    @property
    def is_load(self) -> bool:
        return self.repeat > 1 or self.rate > 0


class Replay:
    """One replay. What is done already stands in ``outcomes``, also when it is broken off."""

    def __init__(self, way: Way, progress: Progress) -> None:
        self._way, self._progress = way, progress
        self.outcomes: list[Outcome] = []
        self.waits: list[float] = []
        self.interrupted = False
        self._began = time.perf_counter()
        self._bar = progress.add_task("", total=None)
        self._failed = 0

    def expect(self, cases: int) -> None:
        self._progress.update(self._bar, total=cases, description="0 不符 failed")

    def report(self) -> Report:
        seconds = time.perf_counter() - self._began
        failed = sum(not outcome.ok for outcome in self.outcomes)
        load = self._way.is_load
        return Report(ok=not failed and bool(self.outcomes) and not self.interrupted, cases=len(self.outcomes), failed=failed,
                      seconds=round(seconds, 3), interrupted=self.interrupted, outcomes=self.outcomes,
                      latency_ms=percentiles(self.waits) if load else {},
                      rate={"cases": round(len(self.outcomes) / seconds, 1)} if load else {})

    async def bares(self, session: Session, cases: Sequence[Bare]) -> None:
        """Bare messages, those that build on others in a second round. Load sends each as often as was asked, as new messages."""
        for enterprise in {case.enterprise for case in cases if case.enterprise}:
            await session.feed(enterprise)
        self._began = time.perf_counter()  # what was read and prepared before is no part of a rate
        for later in (False, True):
            await self._round(Bares(session), [case for case in cases if case.later is later])

    async def _round(self, bares: Bares, cases: Sequence[Bare]) -> None:
        queue = iter([(case, turn) for turn in range(self._way.repeat) for case in cases])
        open_ones, follows = asyncio.Semaphore(OUTSTANDING), set[asyncio.Task[None]]()
        due = time.perf_counter()

        async def follow(case: Bare, outcome: Outcome) -> None:
            try:
                await bares.follow(case, outcome)
            finally:
                open_ones.release()
            self._finished(outcome)

        async def slot() -> None:
            nonlocal due
            for case, turn in queue:
                if self._way.rate:
                    due += 1 / self._way.rate
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await open_ones.acquire()
                sent = fresh(case) if turn else case
                outcome, _ = await bares.submit(sent)
                self.waits.append(outcome.seconds)
                task = asyncio.create_task(follow(sent, outcome))
                follows.add(task)
                task.add_done_callback(follows.discard)

        try:
            async with asyncio.TaskGroup() as slots:
                for _ in range(self._way.jobs * WINDOW):
                    slots.create_task(slot())
            if follows:
                await asyncio.gather(*follows)
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            for task in tuple(follows):
                task.cancel()

    async def script(self, session: Session, script: Script) -> None:
        outcome = await Run(script, session, Values(await session.today(), script.variables)).run()
        self._finished(outcome)

    def _finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._failed += not outcome.ok
        self._progress.update(self._bar, advance=1, description=f"{self._failed} 不符 failed")


def replay(paths: Sequence[Path], target: Target, way: Way, *, junit: Path | None, json: Path | None, html: Path | None, as_json: bool) -> int:
    """Run everything in ``paths`` (the shipped fixtures without any). The reports are written also when Ctrl-C ends it."""
    configure("text", "error")
    out = screen()
    scripts, bares = collect(paths)
    progress = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=out, transient=True,
                        disable=as_json or not out.is_terminal)
    with progress:
        work = Replay(way, progress)
        work.expect(len(scripts) + len(bares) * way.repeat)
        try:
            run_loop(_all(work, scripts, bares, target, way))
        except (KeyboardInterrupt, asyncio.CancelledError):
            work.interrupted = True
    report = work.report()
    reports.write(report, junit=junit, json=json, html=html)
    if as_json:
        show_json(msgspec.to_builtins(report))
    else:
        _show(report)
    return 130 if work.interrupted else 0 if report.ok else 1


def collect(paths: Sequence[Path]) -> tuple[list[Script], list[Path]]:
    """Scripts and bare messages. A folder with scripts is those scripts; another one is its messages, folders below included."""
    scripts: list[Script] = []
    bares: list[Path] = []
    for path in paths or [Path(str(resources.files("fixtures")))]:
        if not path.exists():
            raise BadSetting(f"{path}: 没有这个文件或文件夹 / there is no such file or folder")
        if path.is_file():
            if path.suffix in SCRIPTS:
                scripts.append(script_in(path))
            else:
                bares.append(path)
            continue
        found = [file for file in sorted(path.rglob("*")) if file.is_file()]
        own = [file for file in found if file.suffix in SCRIPTS]
        told = {file.parent for file in own}
        messages = [file for file in found if file.suffix.lower() == ".xml" and not any(parent in told for parent in file.parents)]
        if not own and not messages:
            raise BadSetting(f"{path}: 没有脚本也没有报文 / there is neither a script (*.yaml) nor a message (*.xml) in it")
        scripts += [script_in(file) for file in own]
        bares += messages
    return scripts, bares


async def _all(work: Replay, scripts: Sequence[Script], bares: Sequence[Path], target: Target, way: Way) -> None:
    """Bare messages share a pair; against a pair of the replay's own each script has a fresh one, so that none sees another's."""
    if target.gateway:
        async with connected(target.gateway, target.control, _keys(target), _operator(target)) as session:
            await session.today()
            await work.bares(session, [bare_in(file, session.enterprises or _demo()) for file in bares])
            for script in scripts:
                await work.script(session, script)
        return
    if bares:
        async with own_pair() as session:
            await work.bares(session, [bare_in(file, session.enterprises) for file in bares])
    slots = asyncio.Semaphore(way.jobs)

    async def alone(script: Script) -> None:
        async with slots, own_pair() as session:
            await work.script(session, script)

    try:
        async with asyncio.TaskGroup() as tasks:
            for script in scripts:
                tasks.create_task(alone(script))
    except BaseExceptionGroup as group:
        raise _first(group) from None


@contextlib.asynccontextmanager
async def own_pair() -> AsyncIterator[Session]:
    """A fresh pair in this process on the day that the fixtures are written for; nothing of it stays."""
    from gateway.adapters.clock import MovedClock  # a replay against a running pair starts without them
    from gateway.cli.pair import SEEDED, running

    with tempfile.TemporaryDirectory(prefix="eport-replay-", ignore_cleanup_errors=True) as folder:
        # model_construct: the environment of a real installation must not reach it
        settings = Settings.model_construct(home=Path(folder), port=0, control_port=0)
        async with running(settings, clock=MovedClock(SEEDED, frozen=False)) as pair, connected(
                pair.ready.gateway, pair.ready.control, pair.ready.keys, pair.ready.operator_key) as session:
            yield session


def _demo() -> tuple[str, ...]:
    return tuple(enterprise.code for enterprise in DEMO)


def _keys(target: Target) -> Mapping[str, str]:
    """``CODE=KEY``, or one key for whatever it may act for; else those of the home."""
    if not target.keys:
        return _home(target).keys
    pairs = [key.partition("=") if len(key.partition("=")[0]) == 10 else ("", "", key) for key in target.keys]
    return {code: key for code, _, key in pairs}


def _operator(target: Target) -> str:
    return target.operator_key or ("" if target.keys else _home(target).operator_key)


def _home(target: Target) -> Keys:
    file = target.home / "keys.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Keys)
    except OSError:
        raise BadSetting(f"没有密钥 no key: give --key and --operator-key, or --home of the running pair; {file} cannot be read") from None
    except msgspec.MsgspecError as error:
        raise BadSetting(f"{file} 没有密钥 holds no keys ({error})") from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What to say of several failures at once: the first that has words for a person."""
    flat: list[BaseException] = []
    stack: list[BaseException] = [group]
    while stack:
        error = stack.pop()
        stack += error.exceptions if isinstance(error, BaseExceptionGroup) else ()
        flat += [] if isinstance(error, BaseExceptionGroup) else [error]
    return next((error for error in flat if isinstance(error, EportError)), flat[0])


def _show(report: Report) -> None:
    out = screen()
    failed = [outcome for outcome in report.outcomes if not outcome.ok]
    for outcome in failed[:MOST_SHOWN]:
        step = outcome.failure
        out.print(Text.assemble(("✗", "red"), f" {outcome.name}  ({outcome.group})"))
        if step is not None:
            out.print(f"    {reports.where(step.line, step.title)}", markup=False)
            for line in step.differences:
                out.print(f"      {line}", markup=False)
    if len(failed) > MOST_SHOWN:
        out.print(f"… 还有 and {len(failed) - MOST_SHOWN} 例 more: --html, --json")
    if report.latency_ms:
        out.print("  ".join(f"{name} {value:g} ms" for name, value in report.latency_ms.items()) + f"  {report.rate['cases']:g} 例/秒 cases/s")
    words = "中断 interrupted" if report.interrupted else "全部符合 all as expected" if report.ok else f"{report.failed} 例不符 failed"
    out.print(f"{report.cases} 例 cases, {report.seconds:.1f} s, {words}", style="bold green" if report.ok else "bold red")
