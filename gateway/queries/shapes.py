"""The JSON shapes of ``docs/contract.md`` 3, word for word. OpenAPI is made of these; money is a
string, times RFC 3339 with offset."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from gateway.queries.form_shapes import Action, Locked

API = "/api/v1"


class Links(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to go on, as paths of this server."""

    self: str | None = None
    declaration: str | None = None
    timeline: str | None = None
    message: str | None = None
    raw: str | None = None


class FindingOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, in Chinese and English, with its place and the next step."""

    code: str
    layer: str
    severity: str
    path: str | None
    line: int | None
    column: int | None
    field: str | None
    label_zh: str | None
    label_en: str | None
    value: str | None
    wanted: str | None
    message_zh: str
    message_en: str
    hint_zh: str | None
    hint_en: str | None


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """The first message that a clash is about."""

    message_id: str | None
    seq_no: str
    enterprise_ref: str
    status: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details; every 4xx but 401 carries findings. ``type`` is the address of the
    page that explains the first error."""

    type: str
    title: str
    status: int
    detail: str
    findings: tuple[Any, ...] = ()
    original: Original | None = None


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """A message was taken and is durable."""

    message_id: str
    seq_no: str | None
    enterprise_ref: str
    message_type: str
    status: str
    duplicate: bool
    warnings: tuple[Any, ...]
    links: Links


class BatchItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file of a batch. ``status`` is the HTTP status that it would have had
    alone; ``message`` (200, 202) or ``problem``."""

    number: int
    file: str
    status: int
    message: Submitted | None
    problem: Problem | None


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One item for every file, in order. What was accepted is durable."""

    items: tuple[BatchItem, ...]
    total: int
    accepted: int
    refused: int


class ParkedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was set aside, with the reason; ``body`` as text only where one is shown."""

    id: str
    at: datetime
    sender: str
    message_id: str
    message_type: str | None
    reason: str
    tries: int
    size: int
    body: str | None


class ParkedList(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that were set aside, newest first."""

    items: tuple[ParkedOut, ...]
    total: int
    next: str | None


class Validated(msgspec.Struct, frozen=True, kw_only=True):
    """What a submission would have been told; nothing was stored."""

    valid: bool
    message_type: str | None
    findings: tuple[Any, ...]


class MessageOut(msgspec.Struct, frozen=True, kw_only=True):
    """One archived message."""

    message_id: str
    message_type: str
    direction: str
    seq_no: str | None
    enterprise_ref: str | None
    status: str | None
    attempt: int
    size: int
    sha256: str
    received_at: datetime
    links: Links


class PocketsOut(msgspec.Struct, frozen=True, kw_only=True):
    """Which parts of a submission in several messages are here."""

    total: int
    received: tuple[int, ...]
    missing: tuple[int, ...]


class AttachmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a filing; ``links.raw`` downloads it."""

    uuid: str
    file_name: str
    size: int
    links: Links


class DeclarationOut(msgspec.Struct, frozen=True, kw_only=True):
    """One filing as it stands."""

    seq_no: str
    enterprise_ref: str
    business_no: str | None
    message_type: str
    kind: str
    change_no: int
    attempt: int
    status: str
    status_text: str
    payment: str | None
    completed: bool
    actions: tuple[Action, ...]
    message_id: str | None
    fields: dict[str, str]
    open_filing: dict[str, Any] | None
    updated_at: datetime
    links: Links
    overdue: bool = False
    outdated: bool = False
    refund_status: str | None = None
    refund_seq_no: str | None = None
    locked: tuple[Locked, ...] = ()
    conflict: bool = False
    undeliverable: str | None = None
    deleted: bool = False
    pockets: PocketsOut | msgspec.UnsetType = msgspec.UNSET
    attachments: tuple[AttachmentOut, ...] | msgspec.UnsetType = msgspec.UNSET


class TimelineOut(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a filing."""

    at: datetime
    event: str
    status: str
    status_text: str
    text_zh: str
    text_en: str
    message_id: str | None
    source: str


class ReceiptOut(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the receipts feed. ``result`` is manageResult as on the wire, null for 3xx
    messages."""

    seq: int
    message_id: str
    message_type: str
    seq_no: str | None
    enterprise_ref: str | None
    business_no: str | None
    result: str | None
    notes: tuple[str, ...]
    resent: bool
    received_at: datetime
    links: Links


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of the amounts of a list, element name to 元, over ``total`` rows. ``sums`` null: the
    list is too long to be added up; narrow it."""

    total: int
    sums: dict[str, str] | None


class DeclarationList(msgspec.Struct, frozen=True, kw_only=True):
    """A page; ``total`` is exact, ``next`` is the cursor of the next page or null."""

    items: tuple[DeclarationOut, ...]
    total: int
    next: str | None


class TimelineList(msgspec.Struct, frozen=True, kw_only=True):
    """All steps, oldest first."""

    items: tuple[TimelineOut, ...]
    total: int
    next: str | None


class ReceiptList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the feed; pass ``next`` as ``after``. ``feed``: the identity of the feed up to the
    last entry of the page; pass it with the next pull, to be told when the feed became another."""

    items: tuple[ReceiptOut, ...]
    total: int
    next: str | None
    feed: str


class Ack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything up to and including ``up_to`` was processed. ``feed``: the identity of the feed
    that the reader knows."""

    up_to: int
    feed: str = ""


class Acked(msgspec.Struct, frozen=True, kw_only=True):
    """The mark as it now stands. ``feed``: the identity of the feed up to it."""

    enterprise: str
    acked: int
    last: int
    feed: str


class EnterpriseOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One's own record; of a foreign enterprise only code, name and credit code. ``defaults``:
    what its default contact and account fill in a form, element name to text."""

    code: str
    name: str
    credit_code: str
    customs: str | None = None
    dxp_id: str | None = None
    agents: tuple[str, ...] | None = None
    contacts: tuple[dict[str, str], ...] | None = None
    accounts: tuple[dict[str, str], ...] | None = None
    record: dict[str, str] | None = None
    defaults: dict[str, str] | None = None


class CodeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a code list."""

    code: str
    zh: str
    en: str
    valid_from: str | None
    valid_to: str | None


class CodeList(msgspec.Struct, frozen=True, kw_only=True):
    """A code list as valid on a day."""

    items: tuple[CodeOut, ...]
    total: int
    next: str | None


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the code lists."""

    items: tuple[str, ...]
    total: int
    next: str | None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the process lives, or takes work."""

    status: str
    checks: dict[str, str]
