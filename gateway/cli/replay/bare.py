"""Bare messages: a folder of XML without a script. The name tells what to expect: ``invalid_…`` (with ``.expected.json`` beside it),
``returned_…``, ``review_…``, ``valid_draft…``; everything else shall be accepted, and approved where its type is filed."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fixtures.corpus import Expected
from gateway.cli.replay.outcome import Arrow, Done, Outcome
from gateway.cli.replay.running import CUSTOMS, ENTERPRISE, GATEWAY, Differs, answered
from gateway.cli.replay.script import SOON, Place
from gateway.cli.replay.session import Feed, Reply, Session
from gateway.errors import BadSetting

ENDS = {"approved": "1", "returned": "3", "review": "2"}
"""manageResult of GRT2x1 by the status that it brings."""
FILED = frozenset({"GRT101", "GRT151"})
"""Types that need nothing else in the store; the others are only checked, because what they name is not there."""
_TYPE = re.compile(rb"<(?:[\w-]+:)?(?:message_type|MsgType)>([A-Z0-9]{6})<")
_OWNER = re.compile(rb"<(?:[\w-]+:)?assuredEtpsno>([0-9A-Z]{10})<")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """One message. ``end``: the status where it shall end, empty for one that is only checked; ``expected``: a refusal."""

    file: Path
    body: bytes
    end: str
    filed: bool
    enterprise: str
    expected: Expected | None = None

    @property
    def later(self) -> bool:
        """Whether it builds on others of its folder: it comes in a second round."""
        return self.end in ("returned", "review")


def bare_in(file: Path, enterprises: tuple[str, ...]) -> Bare:
    """What ``file`` holds and what shall become of it. BadSetting when its expectation cannot be read."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise BadSetting(f"{file}: 读不了 cannot be read ({error.strerror})") from None
    kind = file.name.partition("_")[0]
    beside = file.with_name(f"{file.stem}.expected.json")
    expected = None
    if beside.is_file() or kind == "invalid":
        try:
            expected = msgspec.json.decode(beside.read_bytes(), type=Expected)
        except OSError:
            raise BadSetting(f"{file}: 旁边没有 there is no {beside.name} beside it") from None
        except msgspec.MsgspecError as error:
            raise BadSetting(f"{beside}: 不是预期文件 is no expectation ({error})") from None
    known = _TYPE.search(body)
    filed = expected is not None or known is None or known[1].decode() in FILED
    owner = _OWNER.search(body)
    whose = owner[1].decode() if expected is None and owner and owner[1].decode() in enterprises else _named(file, enterprises)
    end = "" if not filed or expected is not None else "draft" if file.name.startswith("valid_draft") else kind if kind in ENDS else "approved"
    return Bare(file=file, body=body, end=end, filed=filed, enterprise=whose, expected=expected)


def _named(file: Path, enterprises: tuple[str, ...]) -> str:
    """Whose a message is that does not say so itself: the second enterprise where its name says 上海, else the first."""
    return enterprises[1] if "shanghai" in file.name and len(enterprises) > 1 else next(iter(enterprises), "")


class Bares:
    """Sends bare messages. Accepting and the end of the case are two waits, so that a slot is free while customs decides."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def submit(self, case: Bare) -> tuple[Outcome, Reply]:
        """The message and the gateway's answer to it."""
        began = time.perf_counter()
        path = "/messages" if case.filed else "/messages/validate"
        reply = await self._session.post(case.body, case.enterprise, path)
        seconds = time.perf_counter() - began
        lines: tuple[str, ...] = ()
        try:
            if case.expected is not None:
                places = tuple(Place(code=p["code"], field=p["field"], line=p["line"]) for p in case.expected["findings"])
                answered(reply, http=case.expected["status"], status="", findings=places)
            elif case.filed:
                answered(reply, http=None, status="draft" if case.end == "draft" else "", findings=None)
            else:
                answered(reply, http=200, status="", findings=())
        except Differs as differs:
            lines = differs.lines
        title = f"{'POST' if case.filed else '只校验 validate'} → {reply.http}"
        outcome = Outcome(
            name=case.file.name, group=case.file.parent.name, ok=not lines, seconds=seconds, seq_no=str(reply.json.get("seq_no") or ""),
            steps=[Done(title=title, line=0, ok=not lines, seconds=seconds, differences=lines)],
            arrows=[Arrow(label=f"POST → {reply.http}", lanes=(ENTERPRISE, GATEWAY), at=0.0, good=not lines)])
        return outcome, reply

    async def follow(self, case: Bare, outcome: Outcome) -> None:
        """Wait for the receipt that ends the case, where there shall be one."""
        if not outcome.ok or case.end not in ENDS or not outcome.seq_no:
            return
        began = time.perf_counter()
        feed = await self._session.feed(case.enterprise)
        found = await _receipt(feed, outcome.seq_no, ENDS[case.end], time.monotonic() + SOON)
        seconds = time.perf_counter() - began
        outcome.seconds += seconds
        lines: tuple[str, ...] = ()
        if not found:
            came = [f"{r['message_type']} {r['result'] or ''}" + "".join(f" ({note})" for note in r["notes"])
                    for r in feed.by_seq.get(outcome.seq_no, ())]
            said = ", ".join(came) or "(没有 none)"
            lines = (f'/status: 应为 expected "{case.end}", 来的回执 receipts: {said}',)
        outcome.ok = not lines
        outcome.steps.append(Done(title=case.end, line=0, ok=not lines, seconds=seconds, differences=lines))
        outcome.arrows += [Arrow(label=f"{r['message_type']} {r['result'] or ''}".strip(), lanes=(CUSTOMS, ENTERPRISE), at=round(outcome.seconds, 3))
                           for r in feed.by_seq.get(outcome.seq_no, ())]


async def _receipt(feed: Feed, seq_no: str, result: str, deadline: float) -> bool:
    while True:
        if any(r["result"] == result and r["message_type"].endswith("1") for r in feed.by_seq.get(seq_no, ())):
            return True
        if not await feed.news(deadline, seq_no):
            return False
