"""`record`: what a running pair remembers of its conversations, written as a folder that replays: a script, the messages that were
sent as templates, and what customs sent to compare with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec

from gateway.cli.conversation import Calls, Conversation, conversation_of
from gateway.cli.home import Keys, write_file
from gateway.cli.loop import run_loop
from gateway.cli.screen import screen, show_json
from gateway.cli.script_writing import script_of
from gateway.cli.scrub import Scrubber, TooManyEnterprises
from gateway.cli.transcript import Do, Expect, Send, Step, Transcript, unused_captures
from gateway.errors import BadSetting
from gateway.registry import DEMO

SCRIPT = "script.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a recording holds."""

    folder: Path
    sent: int
    acts: int
    received: int
    left_out: list[str]
    in_order: bool


def record(*, url: str, control: str, out: Path, keys: Sequence[str], operator_key: str, home: Path, as_json: bool) -> int:
    """Exit 0 when there was something to record. BadSetting for keys that are unknown, a folder that is in use, or nothing to record."""
    found = _keys(home) if not keys or not operator_key else None
    own = tuple(keys) or tuple(found.keys.values() if found else ())
    operator = operator_key or (found.operator_key if found else "")
    done = run_loop(recorded(url, control, keys=own, operator_key=operator, out=out))
    if as_json:
        show_json({"ok": True, "folder": str(done.folder), "sent": done.sent, "acts": done.acts, "received": done.received,
                   "left_out": done.left_out, "in_order": done.in_order})
    else:
        show_recorded(done)
    return 0


def show_recorded(done: Recorded) -> None:
    out = screen()
    out.print(f"录制 recorded  {done.folder}  发送 sent {done.sent}  操作 acts {done.acts}  回执 received {done.received}")
    if not done.in_order:
        out.print("  业务时钟曾静止, 先后不确定: 请核对步骤的次序 the business clock stood still, so what came first is not certain: check the steps",
                  style="yellow")
    for each in done.left_out:
        out.print(f"  不在脚本中 not in the script: {each}", style="yellow")


async def recorded(url: str, control: str, *, keys: Sequence[str], operator_key: str, out: Path) -> Recorded:
    """Read the pair and write the folder."""
    await asyncio.to_thread(_free, out)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        talk = await conversation_of([Calls(session, url, "/api/v1", key) for key in keys],
                                     Calls(session, control, "/control/v1", operator_key))
    if not talk.turns:
        raise BadSetting(f"{url} has nothing to record: nobody sent anything with these keys")
    return write_recording(talk, out)


def _free(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadSetting(f"{out} is not an empty folder; choose another --out")


def write_recording(talk: Conversation, out: Path) -> Recorded:
    try:
        transcript = Transcript(talk, Scrubber(list(talk.enterprises.values()), DEMO, list(talk.payers.values())))
    except TooManyEnterprises as error:
        raise BadSetting(f"{error}: --key of those to record") from error
    steps = transcript.steps()
    unused_captures(steps, told(steps))
    try:
        for step in steps:
            if isinstance(step, Send | Expect):
                write_file(out / file_of(step), step.body.encode())
        write_file(out / SCRIPT, script_of(steps, transcript.variables, file_of).encode())
    except OSError as error:
        raise BadSetting(f"{out} cannot be written: {error.strerror}; choose another --out") from error
    return Recorded(folder=out, sent=sum(isinstance(s, Send) for s in steps), acts=sum(isinstance(s, Do) for s in steps),
                    received=sum(isinstance(s, Expect) for s in steps), left_out=talk.left_out, in_order=talk.in_order)


def file_of(step: Send | Expect) -> str:
    """Where the message of a step stands in the folder."""
    return f"{'sent' if isinstance(step, Send) else 'received'}/{step.name}.xml"


def told(steps: Sequence[Step]) -> Mapping[str, str]:
    """All that a step says with placeholders in it. Received messages are no place where one is used: they are only compared."""
    found: dict[str, str] = {}
    for at, step in enumerate(steps):
        if isinstance(step, Do):
            found[str(at)] = f"{step.path} {step.seq_no} {msgspec.json.encode(step.body).decode()}"
        else:
            found[str(at)] = step.body if isinstance(step, Send) else step.seq_no
    return found


def _keys(home: Path) -> Keys:
    file = home / "keys.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=Keys)
    except OSError:
        raise BadSetting(f"no keys: give --key and --operator-key, or --home of the pair's home; {file} cannot be read") from None
    except msgspec.MsgspecError:
        raise BadSetting(f"{file} holds no keys; restore it, or give --key and --operator-key") from None
