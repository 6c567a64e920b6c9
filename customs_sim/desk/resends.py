"""Receipts once more, at the desk's own wish: everything that customs sent to one enterprise since
a time, as GRT141 would bring it. The same packages in new transports."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from customs_sim.desk.refusal import unknown
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.store import tables as t
from customs_sim.store.numbers import AUDIT, MESSAGE, OUTBOX
from customs_sim.wire.replies import resent
from schemas.dxp import DxpMsg, canonical
from schemas.findings import Place, Refused, finding
from schemas.times import to_wire

MOST = 1000
"""Receipts that one act sends again."""
RESEND = "resend"
"""The sequence that numbers the acts: the ids of what they send follow from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What is to be sent again. ``since``: business time, in microseconds UTC, inclusive."""

    enterprise: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One receipt as it was sent first."""

    message: DxpMsg
    gateway_msg_id: str


class Resends:
    """Counts and sends receipts once more. One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def count(self, again: Again) -> int:
        """Return how many receipts would go out. Raise Refused for an enterprise that nobody is,
        and for more than MOST."""
        return len(await self._office.store.read(lambda c: _originals(c, again)))

    async def send(self, again: Again, *, by: Actor) -> int:
        """Send them, and return how many. Raise Refused as ``count`` does."""

        def act(work: Work) -> int:
            originals = _originals(work.connection, again)
            count = len(originals)
            work.blocks.require({MESSAGE: count, OUTBOX: 1 + count // work.tools.most, AUDIT: 1})
            act_no = work.sql.take_numbers(work.connection, RESEND, 1)[0]
            for original in originals:
                reply = resent(
                    work.node,
                    original.message.receiver_ids[0],
                    f"{RESEND}-{act_no}",
                    original.message,
                    work.now,
                )
                work.answer(reply, case_no=None, gateway_msg_id=original.gateway_msg_id)
            work.note(
                "resend", again.enterprise, after={"since": to_wire(again.since), "sent": count}
            )
            return count

        return await self._office.perform(act, by=by)


def _originals(connection: Connection, again: Again) -> list[Original]:
    """Return the receipts in order of sending, each once: what was sent again before is one of
    them already."""
    e, m = t.enterprises.c, t.messages.c
    node = connection.execute(select(e.dxp_id).where(e.code == again.enterprise)).scalar()
    if node is None:
        raise unknown("enterprise", again.enterprise[:64], "企业", "enterprise")
    rows = connection.execute(
        select(m.gateway_msg_id, m.body)
        .where(
            m.receiver == node,
            m.direction == "out",
            m.message_type != "DxpRep",
            m.at >= again.since,
        )
        .order_by(m.id)
        .limit(2 * MOST)
    ).fetchall()
    made: dict[bytes, Original] = {}
    for row in rows:
        message = canonical(bytes(row.body))
        if message is not None:
            made.setdefault(
                message.data, Original(message=message, gateway_msg_id=row.gateway_msg_id)
            )
    if len(made) > MOST or len(rows) == 2 * MOST:
        wrong = finding(
            "QUERY.01",
            Place(field="since"),
            found=to_wire(again.since),
            wanted=f"更晚的时间: 至多 {MOST} 件",
            wanted_en=f"a later time: at most {MOST} receipts",
        )
        raise Refused([wrong], status=400)
    return list(made.values())
