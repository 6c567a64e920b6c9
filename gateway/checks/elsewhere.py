"""What a batch asks of a process beside this one, and what comes back: bodies out, submissions that
passed in, without what both have.

Another process needs the moment, the caller's enterprises and the registry to decide as this one
would; schemas and code lists it has. Of a registry that is not small only the caller's own
enterprises are sent: a file whose rules ask for another is left undecided.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from gateway.checks.intake import Intake
from gateway.checks.opened import Submission
from handlers.contract import Context, Enterprise, Filing
from schemas.attachment import Attachment
from schemas.codes import CodeLists
from schemas.findings import Finding, Refused
from schemas.package import Envelope, Pocket
from schemas.times import local_day

SMALL = 50
"""Enterprises of a registry that is sent whole: with a group of files it is then a few percent of
what travels."""
UNDECIDED = b""
"""In the place of a submission: the file did not pass there, and who asked looks at it himself."""
Elsewhere = Callable[[Sequence[bytes], Context], asyncio.Future[Sequence[bytes]] | None]
"""Checks bodies in another process: None when it has enough to do. Never raises; what came back is
shorter when it could not say."""


class Question(msgspec.Struct, frozen=True, array_like=True):
    """Bodies and the Context to check them in. ``enterprises``: None in the place of one that is
    not registered; ``whole``: all there are."""

    now: datetime
    acts_for: frozenset[str]
    enterprises: dict[str, Enterprise | None]
    whole: bool
    bodies: Sequence[bytes]


class Passed(msgspec.Struct, frozen=True, array_like=True):
    """A Submission without its body and context. ``document``: None when it is the body."""

    message_type: str
    sha256: bytes
    document: bytes | None
    envelope: Envelope
    pocket: Pocket
    filing: Filing
    warnings: tuple[Finding, ...]
    attachment: Attachment | None


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Passed).decode


class _Unknown(Exception):
    """A rule asked for an enterprise that was not sent."""


class _Known(Mapping[str, Enterprise]):
    """The registry as far as it was sent."""

    def __init__(self, sent: Mapping[str, Enterprise | None], whole: bool) -> None:
        self._sent, self._whole = sent, whole

    def __getitem__(self, code: str) -> Enterprise:
        if code and code not in self._sent and not self._whole:
            raise _Unknown(code)
        if (enterprise := self._sent.get(code)) is None:
            raise KeyError(code)
        return enterprise

    def __iter__(self) -> Iterator[str]:
        return (code for code, enterprise in self._sent.items() if enterprise is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def question(bodies: Sequence[bytes], context: Context) -> Question:
    """Return what another process must be sent to check these bodies."""
    registry = context.enterprises
    whole = len(registry) <= SMALL
    sent = {code: registry.get(code) for code in (registry if whole else context.acts_for)}
    return Question(context.now, context.acts_for, sent, whole, bodies)


def context_of(asked: Question, codes: CodeLists) -> Context:
    """Return the Context of who asked, with the code lists of this process."""
    return Context(
        now=asked.now,
        today=local_day(asked.now),
        acts_for=asked.acts_for,
        enterprises=_Known(asked.enterprises, asked.whole),
        codes=codes,
    )


def passed(intake: Intake, body: bytes, context: Context) -> bytes:
    """Return the submission in ``body`` flattened, or UNDECIDED."""
    try:
        opened = intake.open(body, context)
    except (Refused, _Unknown):
        return UNDECIDED
    return flattened(opened) if isinstance(opened, Submission) else UNDECIDED


def flattened(submission: Submission) -> bytes:
    """Return a submission as bytes, without its body and context."""
    s = submission
    return _ENCODE(
        Passed(
            s.handler.code,
            s.sha256,
            None if s.document is s.body else s.document,
            s.envelope,
            s.pocket,
            s.filing,
            s.warnings,
            s.attachment,
        )
    )


def restored(intake: Intake, answer: bytes, body: bytes, context: Context) -> Submission:
    """Return the submission that ``flattened`` took apart, as ``Intake.open`` would have made it of
    ``body``."""
    p = _DECODE(answer)
    return Submission(
        body=body,
        document=body if p.document is None else p.document,
        sha256=p.sha256,
        envelope=p.envelope,
        pocket=p.pocket,
        handler=intake.handler(p.message_type),
        filing=p.filing,
        warnings=p.warnings,
        context=context,
        attachment=p.attachment,
    )
