"""What a handler is: plain functions over frozen values, one file per message type in ``handlers``.

A handler never awaits, stores, publishes, logs or reads a clock; all it may know comes in the
Context. The shell does the I/O. That is why whole batches can share a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec

from handlers.lifecycle import Event, Status
from schemas.body import Body
from schemas.codes import CodeLists
from schemas.package import Rows


class Where(StrEnum):
    """What a broken rule does at the gateway (``docs/rules.md`` 2)."""

    REFUSE = "G"
    """422, nothing stored but the refusal."""
    FORBID = "G403"
    """403: the message itself names another's code."""
    WARN = "W"
    """Accepted with a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """One row of the registry. ``agents``: declarant units that may file for it, besides itself."""

    code: str
    name: str
    credit_code: str
    customs: str
    dxp_id: str
    agents: frozenset[str] = frozenset()


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """What the enterprise wrote, opened: the body's fields and what stands beside it in
    BussinessData."""

    message_type: str
    body: Body
    declares: bool
    seq_no: str
    sys_id: str
    operator: str
    parts: Mapping[str, tuple[Mapping[str, str], ...]] = msgspec.field(default_factory=dict)


class HeldGuarantee(msgspec.Struct, frozen=True, kw_only=True):
    """A general guarantee as the register shows it. ``fields``: its body as customs last sent it;
    ``open_filing``: SeqNo of a filing about it that is not ended (declared, sent, received,
    review), other than the one being judged.
    """

    gasr_no: str
    enterprise: str
    change_no: int
    status: str
    fields: Mapping[str, str]
    open_filing: str | None = None


class HeldLevy(msgspec.Struct, frozen=True, kw_only=True):
    """A levy bill as the register shows it. ``filing_status``: of its latest confirmation;
    ``open_filing`` as above, of refunds."""

    levy_no: str
    enterprise: str
    change_no: int
    status: str
    filing_status: Status
    fields: Mapping[str, str]
    open_filing: str | None = None


class HeldStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of account. ``lines``: mvmtNo to the line's fields; ``differences``: how many the
    gateway's own comparison found."""

    statement_no: str
    enterprise: str
    version: int
    answered: bool
    lines: Mapping[str, Mapping[str, str]]
    differences: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the store holds of the numbers that a filing names, read in the transaction that stores
    the filing."""

    guarantees: Mapping[str, HeldGuarantee] = msgspec.field(default_factory=dict)
    levies: Mapping[str, HeldLevy] = msgspec.field(default_factory=dict)
    statements: Mapping[str, HeldStatement] = msgspec.field(default_factory=dict)


NOTHING_HELD = Held()


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """All that a rule may know. ``today`` in Asia/Shanghai; ``acts_for`` the enterprises of the
    caller's key."""

    now: datetime
    today: date
    acts_for: frozenset[str]
    enterprises: Mapping[str, Enterprise]
    codes: CodeLists
    held: Held = NOTHING_HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A rule was broken: what stood there and what was wanted. ``_en`` where the English words
    differ. ``part`` and ``row`` (from 0): the row beside the body that it is about; ``more``: the
    same rule broken in further places.
    """

    found: str = ""
    wanted: str = ""
    wanted_en: str | None = None
    field: str | None = None
    hint_zh: str | None = None
    hint_en: str | None = None
    part: str = ""
    row: int = 0
    more: tuple[Breach, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of a rule table. ``field`` is what it is about (the finding's place); ``needs``
    further fields that must be sound for it to be asked. ``on_draft``: still an error when
    DelcareFlag is 0 (X.10). Texts may use {f}, {w}, {label}.
    """

    id: str
    where: Where
    field: str
    check: Callable[[Filing, Context], Breach | None]
    zh: str
    en: str
    source: str
    hint_zh: str = ""
    hint_en: str = ""
    needs: tuple[str, ...] = ()
    on_draft: bool = False
    status: int = 422


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """What the lists filter by."""

    kind: str
    customs: str = ""
    mode: str = ""
    gur_type: str = ""
    refund_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A query of its own for the filings of one message type.

    It is served as ``/api/v1/NAME``, and as CSV and XLSX.

    Attributes:
        name: Last part of the path.
        kinds: Kinds of filing that open a row; others belong to the row of what they change.
        zh: Name of the query in Chinese.
        en: The same in English.
        own_type: gurTypecd of every row where no element says it; empty where one does.
    """

    name: str
    kinds: tuple[str, ...]
    zh: str
    en: str
    own_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionHandler:
    """One message type that enterprises send: a row of the catalogue and its pure functions.

    ``body``: the element under ``holder``; ``key``: the filing key (``docs/contract.md`` 1) without
    enterprise and type, empty for a message that is no filing: it gets no SeqNo and no declaration;
    ``answers``: the receipts it gets. ``names``: the numbers whose register the ``held_rules`` are
    about, as (kind, number) with kind guarantee, levy or statement; those rules run inside the
    transaction, after all others have passed, with ``context.held`` filled. A rule with ``status``
    409 answers so. ``parts``: further elements under GrtMessage with their schema parent, for their
    code lists and dates. ``drafts``: whether DelcareFlag 0 makes a draft."""

    code: str
    zh: str
    en: str
    body: str
    answers: tuple[str, ...]
    rules: tuple[Rule, ...]
    key: Callable[[Filing], str]
    facets: Callable[[Filing], Facets]
    reference: Callable[[Filing], str]
    change_no: Callable[[Filing], int]
    held_rules: tuple[Rule, ...] = ()
    names: Callable[[Filing], tuple[tuple[str, str], ...]] = lambda filing: ()
    enterprise: Callable[[Filing], str] = lambda filing: filing.body.fields.get("assuredEtpsno", "")
    parts: tuple[str, ...] = ()
    drafts: bool = True
    listing: Listing | None = None
    holder: str = "GrtMessage"


class Answer(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True):
    """What a receipt says. ``managed_at``: manageDate in µs UTC; ``fields`` is the document of an
    approval. ``enterprise`` and ``own_reference`` are assuredEtpsno and etpsPreentNo of the
    document that it echoes, whatever it decided; empty where it echoes none."""

    event: Event | None
    reference: str
    change_no: int
    result: str
    managed_at: int
    business_no: str = ""
    notes: tuple[str, ...] = ()
    carries_document: bool = False
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)
    enterprise: str = ""
    own_reference: str = ""


class RegisterChange(msgspec.Struct, frozen=True):
    """An approved document is the newest state of a register, unless a newer one is known.

    Attributes:
        subject: "guarantee" or "levy".
        number: Number of the register.
        change_no: chgTmsCnt.
        version: Version of the document.
        mark: emapvMarkcd.
        status: gurStucd or levyBlStucd.
    """

    subject: str
    number: str
    change_no: int
    version: int
    mark: str
    status: str


class RecordChange(msgspec.Struct, frozen=True):
    """The enterprise's record has a new version; the document is in the receipt."""

    version: int


class StatementAnswered(msgspec.Struct, frozen=True):
    """Customs took the answer to this version of a statement of account."""

    number: str
    version: int


Change = RegisterChange | RecordChange | StatementAnswered
"""What an approval changes at the gateway, beside the declaration that it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHandler:
    """One receipt type. Both functions are pure.

    Attributes:
        read: Returns what the receipt says; None when it says nothing that can be applied
            (HdeApprResult is absent).
        on_answer: Returns what an approval with its document changes; None for nothing.
    """

    code: str
    zh: str
    en: str
    read: Callable[[Rows], Answer | None]
    on_answer: Callable[[Answer], Change | None]


class Push(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True):
    """What customs sends of its own accord (3xx).

    Attributes:
        subject: guarantee, levy, refund or statement.
        filing: The type of filing that stands for it in the lists, and that answers it.
        asks: A GRT301, to be answered by the enterprise.
        mark: emapvMarkcd.
        status: gurStucd or levyBlStucd of the subject.
        movements: GrtMvmtDt, or the lines of a statement.
    """

    code: str
    subject: str
    filing: str
    enterprise: str
    number: str
    change_no: int
    version: int
    asks: bool
    mark: str
    status: str
    fields: Mapping[str, str]
    parts: Mapping[str, tuple[Mapping[str, str], ...]] = msgspec.field(default_factory=dict)
    movements: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushHandler:
    """One 3xx message type. ``read`` is pure; None when there is nothing in it that can be
    applied."""

    code: str
    zh: str
    en: str
    read: Callable[[Rows], Push | None]
