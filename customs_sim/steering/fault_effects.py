"""What faults do: from an answer that is about to go out to what goes out in its place. Pure. The
table of faults (``faults``) names these functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from customs_sim.steering import fault_bodies as bodies
from customs_sim.steering.fault_bodies import Deform
from customs_sim.wire.ids import answer_id
from schemas.catalogue import Flow, catalogue
from schemas.dxp import DxpMsg, encode_dxp
from schemas.receipts import APPROVED, RETURNED, TO_PERSON
from schemas.times import local, micros

SECOND = 1_000_000
MORNING = 5
"""Hour of Asia/Shanghai at which a client that was stopped at midnight starts again
(``docs/wire.md`` 4, Timing)."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is about to go out, as a fault sees it.

    Attributes:
        sent: None for a DxpRep.
        reference: The sender's reference of the filing.
        result: manageResult; empty without one.
        at: Business time in microseconds UTC.
        alone: Whether nothing else about the same filing goes out after it in this unit.
    """

    sent: DxpMsg | None
    body: bytes
    message_id: str
    message_type: str
    reference: str
    result: str
    at: int
    alone: bool


class Goes(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that goes out.

    Attributes:
        message_id: CopMsgId.
        at: Business time before which it does not go out; 0: at once.
        last: Whether it goes out behind everything else of its unit.
    """

    body: bytes
    message_id: str = ""
    at: int = 0
    last: bool = False


Options = Mapping[str, int]
Effect = Callable[[Answer, Options], Sequence[Goes] | None]
"""Returns what goes out in the place of an answer; None when the fault does not apply to it, and
nothing is counted."""


def deformed(deform: Deform) -> Effect:
    """Return the effect that sends the same message, deformed."""

    def effect(answer: Answer, _: Options) -> Sequence[Goes] | None:
        body = None if answer.sent is None else deform(answer.sent)
        return None if body is None else [Goes(body=body, message_id=answer.message_id)]

    return effect


def _itself(answer: Answer, *, at: int = 0, last: bool = False) -> Goes:
    return Goes(body=answer.body, message_id=answer.message_id, at=at, last=last)


def nothing(_: Answer, __: Options) -> Sequence[Goes]:
    """Send nothing."""
    return []


def _flow(answer: Answer) -> Flow:
    row = catalogue().get(answer.message_type)
    return row.flow if row else Flow.REPORT


def only_stored(answer: Answer, _: Options) -> Sequence[Goes]:
    """Send GRT200 alone."""
    return [_itself(answer)] if _flow(answer) is Flow.STORAGE else []


def delayed(answer: Answer, options: Options) -> Sequence[Goes]:
    """Send it ``seconds`` later."""
    return [_itself(answer, at=answer.at + options["seconds"] * SECOND)]


def behind(answer: Answer, options: Options) -> Sequence[Goes]:
    """Send it behind the other answers of its unit; without any, ``seconds`` later."""
    return delayed(answer, options) if answer.alone else [_itself(answer, last=True)]


def until_morning(answer: Answer, _: Options) -> Sequence[Goes] | None:
    """Keep an answer of the night back until 05:00 in Asia/Shanghai."""
    now = local(answer.at)
    if now.hour >= MORNING:
        return None
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return [_itself(answer, at=micros(morning))]


def twice(answer: Answer, options: Options) -> Sequence[Goes]:
    """Send it ``times`` more, under the same id."""
    return [_itself(answer)] * (1 + options["times"])


def _further(
    name: str, answer: Answer, *, without: str = "", plain: bool = False, **values: str
) -> Goes | None:
    """Return a further answer with an id that follows from ``name``. ``without``: a key that it
    lacks; ``plain``: without notes and document; ``values``: elements that it changes."""
    sent = answer.sent
    if sent is None:
        return None
    cop_msg_id = answer_id(sent.receiver_ids[0], answer.message_id, name)
    keys = {k: v for k, v in sent.keys.items() if k != without}
    body = bodies.another(bodies.bare(sent) if plain else sent, cop_msg_id, keys, **values)
    return None if body is None else Goes(body=body, message_id=cop_msg_id)


def repeated(answer: Answer, options: Options) -> Sequence[Goes] | None:
    """Send it ``times`` more, each under an id of its own."""
    further: list[Goes] = []
    for n in range(options["times"]):
        if answer.sent is None:
            return None
        cop_msg_id = answer_id(answer.sent.receiver_ids[0], answer.message_id, f"repeat{n}")
        further.append(
            Goes(
                body=encode_dxp(msgspec.structs.replace(answer.sent, cop_msg_id=cop_msg_id)),
                message_id=cop_msg_id,
            )
        )
    return [_itself(answer), *further]


def two_then_three(answer: Answer, _: Options) -> Sequence[Goes] | None:
    """Send 转人工 before 退单."""
    if (
        answer.result != RETURNED
        or (first := _further("person", answer, plain=True, manageResult=TO_PERSON)) is None
    ):
        return None
    return [first, _itself(answer)]


def three_then_one(answer: Answer, _: Options) -> Sequence[Goes] | None:
    """Send 退单 before 通过."""
    if answer.result != APPROVED or answer.sent is None:
        return None
    earlier = bodies.moved_date(answer.sent, -1)
    first = _further(
        "return", answer, plain=True, manageResult=RETURNED, manageDate=earlier, businessId=""
    )
    return None if first is None else [first, _itself(answer)]


def older_generation(answer: Answer, _: Options) -> Sequence[Goes] | None:
    """Send the generation before this one afterwards: of a receipt by tmsCnt, of a register by
    version."""
    if answer.sent is None:
        return None
    name = "tmsCnt" if _flow(answer) is Flow.DECISION else "version"
    count = _counted(answer.sent, name)
    if count < (1 if name == "tmsCnt" else 2):
        return None
    values = {name: str(count - 1)} | ({"manageResult": RETURNED} if name == "tmsCnt" else {})
    older = _further("older", answer, without="GatewayMsgId", plain=name == "tmsCnt", **values)
    return None if older is None else [_itself(answer), older]


def _counted(sent: DxpMsg, name: str) -> int:
    """Return a count in the document; 0 where there is none. ``version`` also stands in the
    envelope, as 1.0: that of the document counts."""
    text = bodies.value_of(sent.data.partition(b"<BussinessData>")[2], name) or ""
    return int(text) if text.isdigit() else 0


def stale_date(answer: Answer, options: Options) -> Sequence[Goes] | None:
    """Send the opposite decision, dated earlier, afterwards."""
    if answer.sent is None or answer.result not in (APPROVED, RETURNED):
        return None
    other = RETURNED if answer.result == APPROVED else APPROVED
    date = bodies.moved_date(answer.sent, -options["seconds"])
    stale = _further(
        "stale", answer, plain=True, manageResult=other, manageDate=date, businessId=""
    )
    return None if stale is None else [_itself(answer), stale]


def by_senders_reference(answer: Answer, _: Options) -> Sequence[Goes] | None:
    """Send it without keys, under the sender's reference alone."""
    made = (
        None
        if answer.sent is None or not answer.reference
        else bodies.changed(answer.sent, etpsPreentNo=answer.reference)
    )
    return (
        None
        if made is None
        else [Goes(body=bodies.without_keys(made), message_id=answer.message_id)]
    )


def notes(answer: Answer, options: Options) -> Sequence[Goes] | None:
    """Send it with ``times`` notes."""
    body = None if answer.sent is None else bodies.many_notes(answer.sent, options["times"])
    return None if body is None else [Goes(body=body, message_id=answer.message_id)]


def platform(code: str, info: str) -> Effect:
    """Return the effect that sends a DxpRep with ``code`` in its place."""

    def effect(answer: Answer, _: Options) -> Sequence[Goes] | None:
        return (
            None
            if answer.sent is None
            else [
                Goes(
                    body=bodies.platform(answer.sent, code, info, answer.at),
                    message_id=answer.message_id,
                )
            ]
        )

    return effect


def pockets(order: Sequence[int], pocket_id: str | None = None, *, again: bool = False) -> Effect:
    """Return the effect that sends the answer in two pockets, in ``order``. ``pocket_id`` None
    leaves the answer's own; ``again``: the last pocket a second time with other content."""

    def effect(answer: Answer, _: Options) -> Sequence[Goes] | None:
        sent = answer.sent
        parts = [None if sent is None else bodies.pocket(sent, n, 2, pocket_id) for n in (1, 2)]
        if sent is None or None in parts:
            return None
        goes: list[Goes] = []
        for n in order:
            part = parts[n - 1]
            assert part is not None
            cop_msg_id = answer_id(sent.receiver_ids[0], answer.message_id, f"pocket{n}")
            body = bodies.another(part, cop_msg_id)
            goes += [] if body is None else [Goes(body=body, message_id=cop_msg_id)]
            if again and n == order[-1]:
                other = answer_id(sent.receiver_ids[0], answer.message_id, f"pocket{n}again")
                body = bodies.another(part, other, rmk="重复子报文, 内容不同")
                goes += [] if body is None else [Goes(body=body, message_id=other)]
        return goes

    return effect
