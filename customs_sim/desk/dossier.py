"""The dossier: one case as a person reads it.

It has the document with its labels, what changed against the former generation, every message with
its two times, attachments, and what the rules say. Reads only. The control API and the console show
the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from customs_sim.cases.case import WAITING, Case
from customs_sim.desk import lists, views
from customs_sim.desk.deliveries import Delivery, Sent, deliveries
from customs_sim.desk.desk import Desk
from customs_sim.desk.document import DocumentLine
from customs_sim.desk.marks import UNMARKED, Marks
from customs_sim.desk.views import Archived, Generation
from customs_sim.office.audit import AuditEntry, entries
from customs_sim.office.office import Office
from customs_sim.rules.procedure import procedure_of
from customs_sim.rules.review import Review
from customs_sim.rules.rule import Where
from customs_sim.wire.filing import Attached, Filing
from schemas.attachment import Attachment
from schemas.body import Parts
from schemas.catalogue import catalogue
from schemas.package import texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message of the archive with what its content says.

    Attributes:
        sent: The time that its sender wrote, as text.
        result: manageResult; empty where it has none.
        delivery: How far it got, as far as customs knows.
    """

    archived: Archived
    delivery: Delivery
    sent: str = ""
    result: str = ""
    notes: tuple[str, ...] = ()

    @property
    def incoming(self) -> bool:
        """Return whether customs received it."""
        return self.archived.direction == "in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A rule that failed.

    Attributes:
        now: Whether it fails as the register stands now; else it failed at the last review.
        bars: Whether it bars an approval; else it is a hint to the officer.
    """

    rule: str
    zh: str
    en: str
    now: bool
    bars: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One case as a person reads it.

    Attributes:
        lines: The document that was filed.
        parts: The rows beside it, by the name of their element.
        former_no: chgTmsCnt of the generation that ``lines`` are compared with; None without one.
        attachments: With the archive id of the message that brought each.
        forbidden: Whether a rule bars an approval.
        attempts: Every case of the SeqNo, oldest first.
        marks: What the desk knows of it beside its status.
        offered: Acts of the desk that its type has beyond the usual ones.
        acts: The audit of the SeqNo, newest first.
    """

    case: Case
    lines: tuple[DocumentLine, ...]
    parts: Mapping[str, tuple[tuple[DocumentLine, ...], ...]]
    former_no: int | None
    posts: tuple[Post, ...]
    attachments: tuple[tuple[int, Attachment], ...]
    fired: tuple[Fired, ...]
    forbidden: bool
    attempts: tuple[Case, ...]
    offered: frozenset[str] = frozenset()
    marks: Marks = UNMARKED
    acts: tuple[AuditEntry, ...] = field(default=())

    @property
    def hints(self) -> bool:
        """Return whether a rule that bars nothing tells the officer something now."""
        return any(each.now and not each.bars for each in self.fired)


class Dossiers:
    """Reads dossiers. One per process."""

    def __init__(self, office: Office, desk: Desk) -> None:
        self._office, self._desk = office, desk

    async def of(self, case_no: int) -> Dossier | None:
        """Return the dossier of a case; None for a number that is unknown."""
        filed = await self._office.store.read(lambda c: views.case(c, case_no))
        if filed is None:
            return None
        case, body = filed.case, filed.body
        opened = self._office.reader.open(body)
        filing = opened if isinstance(opened, Filing) else None
        document = dict(filing.body.fields) if filing else {}
        former_no, former = await self._former(case, filing) if filing else (None, {})
        archived = await self._office.store.read(lambda c: views.messages_of(c, case))
        review = await self._desk.preview(case, body) if case.status in WAITING else None
        acts, _ = await self._office.store.read(
            lambda c: entries(c, case.seq_no, before=2**62, most=50)
        )
        return Dossier(
            offered=procedure_of(case.message_type).acts,
            marks=await self._desk.marks(case_no),
            case=case,
            lines=(
                self.lines(case.message_type, filing.kind.body, document, former) if filing else ()
            ),
            parts=self._parts(case.message_type, filing.parts) if filing else {},
            former_no=former_no,
            posts=await self.posts(archived),
            attachments=self._attachments(archived),
            fired=_fired(case, filing, review),
            forbidden=bool(review and review.forbids),
            attempts=tuple(await self._office.store.read(lambda c: views.cases_of(c, case.seq_no))),
            acts=tuple(acts),
        )

    def lines(
        self,
        schema: str,
        body: str,
        document: Mapping[str, str],
        former: Mapping[str, str] | None = None,
    ) -> tuple[DocumentLine, ...]:
        """Return ``document`` with the labels of the body ``body`` in ``schema``, in its order."""
        made = []
        for each in self._office.schemas.fields(schema, body):
            value = document.get(each.name, "")
            before = former.get(each.name, "") if former else None
            made.append(
                DocumentLine(
                    name=each.name,
                    label_zh=each.label_zh,
                    label_en=each.label_en,
                    value=value,
                    said=self._said(each.codelist, value),
                    former=before,
                    former_said=self._said(each.codelist, before or ""),
                    type_name=each.type_name or "",
                )
            )
        return tuple(made)

    def _said(self, codelist: str | None, value: str) -> tuple[str, str]:
        """Return the name of a code, Chinese and English; empty where it has none."""
        code = self._office.codes.find(codelist, value) if codelist and value else None
        return (code.zh, code.en) if code else ("", "")

    async def posts(self, archived: Sequence[Archived]) -> tuple[Post, ...]:
        """Return what messages say, as far as they can be read, and how far each got."""
        known = await self._office.store.read(
            lambda c: deliveries(
                c, [Sent(each.id, each.direction, each.message_id) for each in archived]
            )
        )
        return tuple(self._post(each, known[each.id]) for each in archived)

    def _post(self, archived: Archived, delivery: Delivery) -> Post:
        _, package = self._office.reader.parcel(archived.body)
        if package is None:
            return Post(archived=archived, delivery=delivery)
        content = package.business[0] if len(package.business) else package.business
        result, notes = "", []
        for child in content.iterchildren("*"):
            if child.tag in ("HdeApprResult", "MsgReceResult"):
                said = texts(child)
                result = said.get("manageResult", "")
                notes += [said["rmk"]] if said.get("rmk") else []
            elif child.tag == "CheckInfo":
                notes += [child.findtext("note") or ""]
        return Post(
            archived=archived,
            delivery=delivery,
            sent=package.envelope.send_time,
            result=result,
            notes=tuple(filter(None, notes)),
        )

    async def document(self, number: int, name: str) -> dict[str, str]:
        """Return the body ``name`` of the archived message ``number``, sent or received; empty when
        it cannot be read."""
        body = await self._office.store.read(lambda c: views.body_of(c, number))
        _, package = self._office.reader.parcel(body) if body else (None, None)
        element = None if package is None else next(package.business.iter(name), None)
        return {} if element is None else texts(element)

    async def _former(self, case: Case, filing: Filing) -> tuple[int | None, dict[str, str]]:
        """Return chgTmsCnt and document of the generation that the filing changes."""
        if (
            not case.business_no
            or case.change_no < 1
            or not procedure_of(case.message_type).generations
        ):
            return None, {}
        name = catalogue()[case.message_type].body

        def read(connection: Connection) -> Generation | None:
            now = lists.guarantee(connection, case.business_no)
            if now is not None and now.change_no < case.change_no:
                return Generation(now.change_no, now.message)
            return views.generation_before(connection, case.business_no, case.change_no)

        former = await self._office.store.read(read)
        if former is None:
            return None, {}
        return former.change_no, await self.document(former.message, name)

    def _parts(self, schema: str, parts: Parts) -> dict[str, tuple[tuple[DocumentLine, ...], ...]]:
        return {
            name: tuple(self.lines(schema, name, row) for row in rows)
            for name, rows in parts.items()
            if name in catalogue().parts
        }

    def _attachments(self, archived: list[Archived]) -> tuple[tuple[int, Attachment], ...]:
        opened = (
            (each.id, self._office.reader.open(each.body))
            for each in archived
            if each.direction == "in"
        )
        return tuple(
            (number, one.attachment) for number, one in opened if isinstance(one, Attached)
        )

    async def attachment(self, number: int) -> Attachment | None:
        """Return the attachment in the archived message ``number``; None when it has none."""
        body = await self._office.store.read(lambda c: views.body_of(c, number))
        opened = self._office.reader.open(body) if body else None
        return opened.attachment if isinstance(opened, Attached) else None


def _fired(case: Case, filing: Filing | None, review: Review | None) -> tuple[Fired, ...]:
    """Return what fails now, then what failed at the last review and no longer does."""
    fired = (
        []
        if review is None
        else [
            Fired(rule=each.rule, zh=each.note, en=each.text_en, now=True, bars=review.forbids)
            for each in review.failures
        ]
    )
    rules = procedure_of(case.message_type).table(is_change=filing.is_change) if filing else ()
    texts_of = {rule.id: rule for rule in rules}
    for name in filter(None, case.rules.split(",")):
        if name not in {each.rule for each in fired}:
            rule = texts_of.get(name)
            zh, en = (rule.zh, rule.en) if rule else ("", "")
            bars = rule is not None and rule.where is not Where.REVIEW
            fired.append(Fired(rule=name, zh=zh, en=en, now=False, bars=bars))
    return tuple(fired)
