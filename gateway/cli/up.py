"""`eport up`: both sides until a signal, with addresses and keys on the screen and in the ready file."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import aiohttp
import msgspec
from rich.console import Console

from fixtures.corpus import files
from gateway.cli.apart import home_running
from gateway.cli.home import write_file
from gateway.cli.loop import run_loop, settle
from gateway.cli.pair import Ready
from gateway.errors import BadSetting
from gateway.logs import configure
from gateway.settings import Settings


def up(settings: Settings, *, ephemeral: bool, ready_file: Path | None) -> int:
    configure(settings.log_format, settings.log_level)
    folder = Path(tempfile.mkdtemp(prefix="eport-")) if ephemeral else None
    if folder is not None:
        settings = settings.model_copy(update={"home": folder, **_one_process(settings)})
    try:
        run_loop(_serve(settings, ready_file))
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _one_process(settings: Settings) -> dict[str, int]:
    """A pair for the length of a test starts fastest in one process; EPORT_PROCESSES=0 leaves it to the machine again."""
    return {} if "processes" in settings.model_fields_set else {"processes": 1}


async def _serve(settings: Settings, ready_file: Path | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with home_running(settings, own=True) as pair:
        settle()
        if settings.seed_demo:
            await _seed(pair.ready)
        profile = await pair.profile()
        if ready_file is not None:
            write_file(ready_file, msgspec.json.encode(pair.ready), private=True)
        _show(pair.ready, settings, profile)
        await stop.wait()
        pair.gateway.ready = False
        if ready_file is not None:
            await asyncio.to_thread(ready_file.unlink, missing_ok=True)


async def _seed(ready: Ready) -> None:
    """One case that waits for a person; the same message at every start, so there is never a second one."""
    (large,) = (f for f in files("GRT101") if f.name == "review_large_amount.xml")
    async with aiohttp.ClientSession() as session, session.post(
            ready.gateway + "/api/v1/messages", data=large.read_bytes(),
            headers={"Authorization": f"Bearer {ready.keys['1105910159']}", "Content-Type": "application/xml"}) as answer:
        if answer.status not in (200, 202):
            raise BadSetting(f"the demo case was refused: {(await answer.text())[:300]}")


def _show(ready: Ready, settings: Settings, profile: str) -> None:
    out = Console(highlight=False, soft_wrap=True)
    key = next(iter(ready.keys.values()))
    out.print(f"网关 gateway   {ready.gateway}/api/v1    文档 docs {ready.gateway}/docs")
    out.print(f"海关 customs   {ready.control}    用浏览器打开 open in a browser    接口 API {ready.control}/control/docs    profile {profile}")
    for name, value in ready.keys.items():
        out.print(f"密钥 key       {name}  {value}")
    out.print(f"\n试一下 try it:\n  curl --data-binary @fixtures/GRT101/valid_cash_counter.xml -H 'Authorization: Bearer {key}' "
              f"{ready.gateway}/api/v1/messages\n")
    out.print("Ctrl-C 停止 stops; 数据在 data in " + str(settings.home))
    sys.stdout.flush()
