"""What becomes of one submission: the rules that need the register, a new declaration or an edited
one, a clash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.checks.intake import Intake
from gateway.filing.register_view import Holding
from gateway.filing.repeats import Repeats
from gateway.filing.taken import Clash, Collected, Incoming, Taken
from handlers.declaration import Content, Declaration, filed, refiled
from handlers.lifecycle import EDITABLE, Status
from schemas.findings import finding


class Arrived(NamedTuple):
    """One submission in the unit that stores it.

    Attributes:
        item: What was submitted.
        content: What it says.
        mid: Its archive id.
        seq: The SeqNo it takes when it is a new filing.
        held: The declaration that it names or continues; None for a new filing.
    """

    item: Incoming
    content: Content
    mid: int
    seq: int
    held: Declaration | None


class Deciding:
    """Decides on one submission at a time, inside the unit that stores it."""

    def __init__(self, holding: Holding, intake: Intake, repeats: Repeats) -> None:
        self._holding, self._intake, self.repeats = holding, intake, repeats

    def judged(
        self,
        connection: Connection,
        item: Incoming,
        content: Content,
        mid: int,
        held: Declaration | None,
        unit: Collected,
    ) -> tuple[Taken | Clash | None, Content]:
        """The rules that need the register, in the transaction; None when the filing may be stored.
        A message without a filing (GRT141) is only sent. A refund takes its 担保方式 from the
        register, because its own body has none.
        """
        submission = item.submission
        names = submission.handler.names(submission.filing)
        register = self._holding.read(connection, names, held.seq_no if held else 0)
        found = self._intake.held(submission, register)
        if not content.facets.mode:
            bodies = [
                *(g.fields for g in register.guarantees.values()),
                *(levy.fields for levy in register.levies.values()),
            ]
            mode = bodies[0].get("gurModecd", "") if bodies else ""
            content = replace(content, facets=replace(content.facets, mode=mode))
        errors = [(status, f) for status, f in found if f.is_error]
        if found:
            unit.warned[mid] = (*submission.warnings, *(f for _, f in found))
        if errors:
            unit.dropped.append(mid)
            return Clash(http=errors[0][0], findings=tuple(f for _, f in found)), content
        if content.filing_key:
            return None, content
        unit.sends.append((mid, None, submission))
        unit.retied.append((None, 0, mid))
        return (
            Taken(
                seq_no=0,
                reference=content.reference,
                message_type=content.message_type,
                status=Status.DECLARED,
                warnings=unit.warned.get(mid, submission.warnings),
            ),
            content,
        )

    def decide(
        self,
        connection: Connection,
        arrived: Arrived,
        by_key: Mapping[str, Declaration],
        unit: Collected,
        at: int,
    ) -> Taken | Clash:
        """Store the filing as a new declaration or as an edited one, or say why not."""
        item, content, mid, seq, held = arrived
        number = item.submission.filing.seq_no
        if number and (
            held is None
            or held.deleted
            or held.enterprise not in item.acts_for
            or held.message_type != content.message_type
            or held.enterprise != content.enterprise
        ):
            unit.dropped.append(mid)
            return Clash(http=404, findings=(finding("ID.02", found=number),))
        other = by_key.get(content.filing_key)
        if number and held is not None and other is not None and other.seq_no != held.seq_no:
            unit.dropped.append(mid)
            return self.repeats.in_use(connection, content, other)
        if held is None:
            declaration, entry = filed(seq, content, mid, at)
            unit.added[seq] = declaration
        elif held.status in EDITABLE:
            declaration, entry = refiled(held, content, mid, at)
            if held.seq_no in unit.added:
                unit.added[held.seq_no] = declaration
            else:
                before = unit.refiled[held.seq_no][0] if held.seq_no in unit.refiled else held
                unit.refiled[held.seq_no] = (before, declaration)
            unit.retied.append((held.seq_no, declaration.attempt, mid))
        else:
            return self.repeats.again(connection, item, content, mid, held, unit)
        unit.entries.append(entry)
        if content.declares:
            if held is not None:  # what an earlier one of this unit would have sent of it
                unit.forget_sends(declaration.seq_no)
            unit.sends.append((mid, declaration, item.submission))
        return Taken(
            seq_no=declaration.seq_no,
            reference=declaration.reference,
            message_type=declaration.message_type,
            status=declaration.status,
            warnings=unit.warned.get(mid, item.submission.warnings),
        )


def archive_row(item: Incoming, mid: int, seq: int, at: int) -> tuple[Any, ...]:
    """Return the row of ``messages`` for a submission."""
    s = item.submission
    warnings = msgspec.json.encode(s.warnings).decode() if s.warnings else None
    return (
        mid,
        item.operator,
        s.envelope.message_id,
        s.handler.code,
        seq,
        int(s.filing.declares),
        int(s.filing.declares),
        s.sha256,
        s.body,
        warnings,
        at,
    )
