"""Rows as the statements of customs read them, by name. Times are microseconds since 1970 UTC."""

from __future__ import annotations

from typing import NamedTuple


class EnterpriseRow(NamedTuple):
    """A row of c_enterprises.

    Attributes:
        code: The code of the enterprise.
        customs: The district of its registration.
        barred: 1: it may give no letters.
        agents: The codes of the units that may declare for it, by blank.
    """

    code: str
    name: str
    credit_code: str
    customs: str
    dxp_id: str
    barred: int
    agents: str


class LetterUse(NamedTuple):
    """What a letter secures.

    Attributes:
        number: The live guarantee or levy.
        enterprise: The enterprise that gave the letter.
    """

    number: str
    enterprise: str


class Deadline(NamedTuple):
    """A register or statement whose day has passed.

    Attributes:
        number: Of the guarantee, levy or statement.
        enterprise: The enterprise that it concerns.
    """

    number: str
    enterprise: str


class CaseRow(NamedTuple):
    """A row of c_cases with the body of its filing.

    Attributes:
        status: A word of ``CaseStatus``.
        amount: In 分.
        since: When it came.
        body: The DxpMsg as received.
    """

    case_no: int
    seq_no: str
    gateway_msg_id: str
    message_type: str
    enterprise: str
    dxp_id: str
    business_no: str
    change_no: int
    reference: str
    customs: str
    amount: int
    status: str
    rules: str
    in_message: int
    since: int
    updated: int
    letter_no: str
    body: bytes


class TaskRow(NamedTuple):
    """A row of c_tasks.

    Attributes:
        due_at: Business time.
        case_no: The case, the group of pockets, or the disturbed answer that it is about.
        step: What is to be done.
    """

    id: int
    due_at: int
    case_no: int
    step: str


class OutboxRow(NamedTuple):
    """A row of c_outbox.

    Attributes:
        due_at: Wall time.
        items: JSON list of archive ids, in order of sending; negative: numbers of c_disturbed.
        n: How many items it has.
        tries: How often they were sent in vain.
    """

    id: int
    due_at: int
    items: str
    n: int
    tries: int


class BodyRow(NamedTuple):
    """A message as it goes to the broker.

    Attributes:
        id: The archive id, or the number in c_disturbed.
        body: The DxpMsg or DxpRep.
    """

    id: int
    message_id: str
    message_type: str
    body: bytes


class SentRow(NamedTuple):
    """A message that customs sent.

    Attributes:
        id: The archive id.
        gateway_msg_id: The attempt that it answers; empty where it answers none.
        body: The DxpMsg.
    """

    id: int
    message_type: str
    gateway_msg_id: str
    body: bytes


class Gauges(NamedTuple):
    """How much waits.

    Attributes:
        parked: Messages that were set aside.
        worklist: Cases that wait for a person.
        waiting: Messages that wait to be sent.
        oldest: When the oldest of them fell due, wall time; None when none waits.
    """

    parked: int
    worklist: int
    waiting: int
    oldest: int | None


class PocketGroupRow(NamedTuple):
    """A row of c_pocket_groups.

    Attributes:
        group_no: The number of the group, and of the case that it becomes.
        sender: SenderId.
        total: How many pockets it has when it is complete.
        status: open, complete or refused.
    """

    group_no: int
    sender: str
    pocket_id: str
    total: int
    status: str


class PocketRow(NamedTuple):
    """A row of c_pockets.

    Attributes:
        number: The place of the pocket in its group, from 1.
        message: The archive id of what has this place.
        structured: 1: it has the filing.
    """

    group_no: int
    number: int
    message: int
    structured: int


class Tally(NamedTuple):
    """How often a rule was asked, and how often it struck.

    Attributes:
        seen: Messages that it is about.
        hits: Those that it struck.
    """

    seen: int = 0
    hits: int = 0


class RunRow(NamedTuple):
    """A row of c_runs: a case led by a scenario.

    Attributes:
        script: The scenario as it was when the case came.
        rule: The name of the rule that leads it.
        number: Which case of the rule it is, from 1.
        position: The next step, from 0.
        since: Business time from which the next wait counts.
        ended: 1: no step is left.
    """

    case_no: int
    script: str
    rule: str
    number: int
    position: int
    since: int
    ended: int


class CaseNumbers(NamedTuple):
    """The numbers that a case may be named by."""

    case_no: int
    enterprise: str
    reference: str
    seq_no: str
    business_no: str


class DisturbedRow(NamedTuple):
    """A row of c_disturbed: what goes out in the place of an answer.

    Attributes:
        rule: The key of the fault rule, or of the step of a scenario.
        fault: The name of the fault.
        message: The archive id of what should have gone out.
        message_id: CopMsgId of what goes out; empty when nothing does.
        due_at: Business time of sending; 0: at once.
        body: What goes out.
    """

    id: int
    at: int
    rule: str
    fault: str
    message: int
    gateway_msg_id: str
    message_id: str
    message_type: str
    due_at: int
    body: bytes


class RefundRow(NamedTuple):
    """A row of c_refunds.

    Attributes:
        refund_no: rtnbkCrdwNo.
        register_no: gurNo: the guarantee or levy that it is of.
        serial: seqno: which refund of that register.
        kind: rtnbkCrdwTypecd.
        amount: In 分.
        target: The levy carried over to; empty without one.
        seq_no: The application; empty when customs started it.
        message: The archive id of the message that carries it.
    """

    refund_no: str
    enterprise: str
    register_no: str
    serial: int
    kind: str
    amount: int
    target: str
    seq_no: str
    version: int
    message: int
    at: int
