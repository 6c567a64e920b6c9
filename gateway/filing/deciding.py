"""What becomes of one submission: the rules that need the register, a new declaration or an edited
one, a clash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.checks.intake import Intake
from gateway.filing.register_view import RegisterView
from gateway.filing.repeats import Repeats
from gateway.filing.taken import Clash, Collected, Incoming, Sending, Taken, Tie
from handlers.contract import Held
from handlers.declaration import Content, Declaration, filed, refiled
from handlers.lifecycle import EDITABLE, Status
from schemas.findings import nothing_is


class Arrived(NamedTuple):
    """One submission in the unit that stores it.

    Attributes:
        item: What was submitted.
        content: What it says.
        mid: Its archive id.
        seq: The SeqNo it takes when it is a new filing.
        stored: The declaration that it names or continues; None for a new filing.
    """

    item: Incoming
    content: Content
    mid: int
    seq: int
    stored: Declaration | None


class Deciding:
    """Decides on one submission at a time, inside the unit that stores it."""

    def __init__(self, view: RegisterView, intake: Intake, repeats: Repeats) -> None:
        self._view, self._intake, self.repeats = view, intake, repeats

    def judged(
        self, connection: Connection, arrived: Arrived, collected: Collected
    ) -> tuple[Taken | Clash | None, Content]:
        """Ask the rules that need the register. Return the answer, None when the filing may be
        stored; and what the submission says.

        A message that is no filing (GRT141) is only sent. A refund takes its 担保方式 from the
        register, because its own body has none.
        """
        item, content, mid, _, stored = arrived
        submission = item.submission
        names = submission.handler.names(submission.filing)
        held = self._view.read(connection, names, stored.seq_no if stored else 0)
        if not content.facets.mode:
            content = replace(content, facets=replace(content.facets, mode=_mode(held)))
        broken = self._intake.held(submission, held)
        if broken:
            collected.warned[mid] = (*submission.warnings, *(f for _, f in broken))
        errors = [status for status, f in broken if f.is_error]
        if errors:
            collected.dropped.append(mid)
            return Clash(http=errors[0], findings=tuple(f for _, f in broken)), content
        if content.filing_key:
            return None, content
        collected.sends.append(Sending(mid, None, submission))
        collected.ties.append(Tie(None, 0, mid))
        return (
            Taken(
                seq_no=0,
                reference=content.reference,
                message_type=content.message_type,
                status=Status.DECLARED,
                warnings=collected.warned.get(mid, submission.warnings),
            ),
            content,
        )

    def decide(
        self,
        connection: Connection,
        arrived: Arrived,
        by_key: Mapping[str, Declaration],
        collected: Collected,
        at: int,
    ) -> Taken | Clash:
        """Store the filing as a new declaration or as an edited one, or say why not. ``by_key``:
        stored declarations by filing key."""
        item, content, mid, seq, stored = arrived
        number = item.submission.filing.seq_no
        if number and not _is_of(stored, item, content):
            collected.dropped.append(mid)
            return Clash(http=404, findings=(nothing_is(number),))
        other = by_key.get(content.filing_key)
        if number and stored is not None and other is not None and other.seq_no != stored.seq_no:
            collected.dropped.append(mid)
            return self.repeats.in_use(connection, content, other)
        if stored is None:
            declaration, entry = filed(seq, content, mid, at)
            collected.added[seq] = declaration
        elif stored.status in EDITABLE:
            declaration, entry = refiled(stored, content, mid, at)
            collected.refile(stored, declaration)
            collected.ties.append(Tie(stored.seq_no, declaration.attempt, mid))
        else:
            return self.repeats.again(connection, item, content, mid, stored, collected)
        collected.entries.append(entry)
        if content.declares:
            if stored is not None:
                collected.forget_sends(declaration.seq_no)
            collected.sends.append(Sending(mid, declaration, item.submission))
        return Taken(
            seq_no=declaration.seq_no,
            reference=declaration.reference,
            message_type=declaration.message_type,
            status=declaration.status,
            warnings=collected.warned.get(mid, item.submission.warnings),
        )


def _is_of(stored: Declaration | None, item: Incoming, content: Content) -> bool:
    """Return whether the declaration that a submission names is there, of its kind and its
    enterprise's."""
    return (
        stored is not None
        and not stored.deleted
        and stored.enterprise in item.acts_for
        and stored.message_type == content.message_type
        and stored.enterprise == content.enterprise
    )


def _mode(held: Held) -> str:
    """Return the 担保方式 of the first register that a filing names; empty without one."""
    bodies = [g.fields for g in held.guarantees.values()]
    bodies += [levy.fields for levy in held.levies.values()]
    return bodies[0].get("gurModecd", "") if bodies else ""
