"""Intake: from bytes to an accepted submission, or to findings. Pure but for the caches of its
parts; stores nothing.

Each step turns the request into a richer type, so that no later step can forget validation: bytes
-> Document -> Package -> Opened -> Submission. ``open`` is the accept path (about 0.1 ms);
``findings_of`` explains a message that did not pass and belongs off the event loop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from lxml import etree
from msgspec.structs import replace

from gateway.checks.drafts import Drafts
from gateway.checks.opened import Opened, Submission
from gateway.checks.places import Places
from gateway.checks.pockets import attachment_findings, attachment_in, is_pocket, pocket_findings
from gateway.checks.references import reference_in
from gateway.checks.rules import Rules
from gateway.checks.schema_findings import SchemaFindings
from gateway.checks.senders import Senders
from gateway.checks.values import Values
from handlers.contract import Context, Filing, Held, SubmissionHandler
from schemas.body import Body
from schemas.codes import CodeLists
from schemas.dxp import decode_dxp, settle_created
from schemas.explain import Explainer
from schemas.findings import Finding, Place, Refused, finding
from schemas.package import children_of, open_package, texts
from schemas.xml import Document, XmlReader
from schemas.xsd import SchemaSet

FORBIDDEN = frozenset({"X.01", "M151.01"})
"""Rules that answer 403 (``docs/rules.md``, column where: G403)."""


class Intake:
    """The checks of ``docs/contract.md`` 3 in their order. One per process; safe to use from
    several threads."""

    def __init__(
        self,
        *,
        reader: XmlReader,
        schemas: SchemaSet,
        explainer: Explainer,
        codes: CodeLists,
        handlers: Iterable[SubmissionHandler],
        other_types: Sequence[str],
        receiver: str,
    ) -> None:
        self.reader, self.schemas, self.explainer = reader, schemas, explainer
        self._codes, self._receiver = codes, receiver
        self._handlers = {h.code: h for h in handlers}
        self._from_customs = frozenset(other_types)
        self._places = Places(schemas)
        self._schema = SchemaFindings(
            schemas, explainer, self._places, self._handlers, self._from_customs
        )
        self._values = Values(schemas, codes, self._places, self._handlers.values())
        self._rules, self._drafts = Rules(self._places), Drafts(schemas, explainer)
        self._senders = Senders(self._places)

    def open(
        self, body: bytes, context: Context, *, header_charset: str | None = None
    ) -> Submission | Opened:
        """Check a message on the accept path. Return a Submission when all is well, and Opened when
        something is wrong that ``findings_of`` explains.

        Raises Refused for what ends the pass: size, encoding, guards, parse, unknown type."""
        opened = self._opened(body, header_charset)
        document, package, handler = opened.document, opened.package, opened.handler
        code, declares = handler.code, opened.declares
        if is_pocket(package):
            if self._of_pocket(opened, context):
                return opened
            if package.pocket.unstructured:
                return self._attached(opened, context)
        if package.envelope.receiver_id == self._receiver and self.schemas.valid_message(
            code, document.root, lenient=not declares
        ):
            filing = self._filing(opened)
            findings = self._values.wrong_in(opened, filing, context) + self._rules.broken_by(
                opened, filing, context, frozenset()
            )
            if not any(f.is_error for f in findings):
                warnings = (
                    *self._drafts.warnings(opened, findings),
                    *self._senders.foreign(opened, handler.enterprise(filing), context),
                )
                return _submission(opened, filing, context, warnings)
        return opened

    def reopened(self, body: bytes, context: Context) -> Submission:
        """Return a message that passed the checks when it was taken. No rule is asked again: a day
        that was right then may be past now. Raise Refused for what is no submission at all."""
        opened = self._opened(body, None)
        if is_pocket(opened.package) and opened.package.pocket.unstructured:
            attached = self._attached(opened, context)
            if isinstance(attached, Opened):
                raise Refused(self.findings_of(opened, context))
            return attached
        return _submission(opened, self._filing(opened), context, ())

    def _opened(self, body: bytes, header_charset: str | None) -> Opened:
        """Return a message with its type known; raise Refused for what ends the pass."""
        document, carrier = self._document(body, header_charset)
        package = self._schema.package(document)
        if package.warnings:
            document = replace(document, warnings=document.warnings + package.warnings)
        code = package.envelope.message_type
        handler = self._handlers.get(code)
        if handler is None:
            at = document.root.iterfind(".//EnvelopInfo/message_type")
            place = self._places.of(next(at, package.business))
            raise Refused(self._schema.of_unknown_type(document, code, place))
        own = children_of(package.business)
        declares = (
            not handler.drafts or (flag := own.get("DelcareFlag")) is None or flag.text != "0"
        )
        return Opened(
            body=body,
            document=document,
            package=package,
            handler=handler,
            own=own,
            declares=declares,
            carrier=carrier,
        )

    def _document(
        self, body: bytes, header_charset: str | None
    ) -> tuple[Document, etree._Element | None]:
        """Return the business document: the body itself, or what its DxpMsg carries, and then the
        element that names the DxpMsg's sender."""
        document = self.reader.read(body, header_charset=header_charset)
        if document.root.tag != "DxpMsg":
            return document, None
        settle_created(document.root)
        if not self.schemas.valid("DxpMsg", document.root):
            raise Refused(self._schema.of_transport(document.root))
        outer = decode_dxp(document.root)
        if not outer.data.strip():
            place = self._places.of(next(document.root.iterchildren("Data")))
            raise Refused([finding("SIZE.01", place)])
        return self.reader.read(outer.data), document.root.find("TransInfo/SenderId")

    def type_of(self, body: bytes) -> str | None:
        """Return the type that a message names, for what was refused; None when it cannot be read
        or is not known."""
        try:
            code = open_package(self._document(body, None)[0]).envelope.message_type
        except Refused:
            return None
        return code if code in self._handlers else None

    def reference_of(self, body: bytes) -> str:
        """Return the sender's own reference in what was refused; empty when it cannot be read."""
        return reference_in(body, self.reader)

    def findings_of(self, opened: Opened, context: Context) -> tuple[Finding, ...]:
        """Return everything that is wrong with an opened message, in document order, one finding
        for one cause."""
        package, document, code = opened.package, opened.document, opened.handler.code
        flag = opened.own.get("DelcareFlag")
        if opened.handler.drafts and (flag is None or flag.text not in ("0", "1")):
            # Whether it is a draft is not known: what only a declaration must say is no error yet.
            opened = replace(opened, declares=False)
        lenient = not opened.declares
        pocket = self._of_pocket(opened, context) if is_pocket(package) else []
        findings, attached = self._schema.of_message(package, document, code, lenient=lenient)
        named = {f.field for f in findings} | {f.wanted for f in findings if f.code == "XSD.07"}
        # One cause, one finding: what the schema says of an element is not said of its pocket too.
        findings += [f for f in pocket if f.field not in named]
        receiver = package.envelope.receiver_id
        element = next(document.root.iterfind(".//EnvelopInfo/receiver_id"), None)
        if receiver != self._receiver and element is not None and "receiver_id" not in named:
            place = self._places.of(element)
            findings.append(finding("TYPE.02", place, found=receiver, wanted=self._receiver))
        if package.pocket.unstructured or attached:
            return (*document.warnings, *sorted(findings, key=lambda f: f.line or 0))
        filing = self._filing(opened)
        # What is missing or empty may still be asked by a rule; blanks are no value for one.
        unsound = {
            f.field
            for f in findings
            if f.field and (f.code not in ("XSD.01", "XSD.02") or f.value is not None)
        }
        unsound |= {
            f.path.split("/")[-2] for f in findings if f.code == "XSD.07" and f.path
        }  # an element inside a value
        unsound |= {f.wanted for f in findings if f.code == "XSD.07" and f.wanted}  # a misspelt one
        rows = (opened.handler.body, *opened.handler.parts)
        unsound |= {f.field for f in findings if f.code == "XSD.02" and f.field in rows}
        values = self._values.wrong_in(opened, filing, context, frozenset(unsound))
        rules = self._rules.broken_by(
            opened,
            filing,
            context,
            frozenset(unsound | {f.field for f in values if f.field and f.is_error}),
        )
        ruled = {f.field for f in rules if f.is_error}
        kept = [f for f in findings if not (f.field in ruled and f.code in ("XSD.01", "XSD.02"))]
        kept += [f for f in values if f.field not in ruled]
        kept += rules + self._senders.foreign(opened, opened.handler.enterprise(filing), context)
        kept.sort(key=lambda f: (f.line or 0, not f.is_error))
        return (*document.warnings, *kept)

    def held(self, submission: Submission, held: Held) -> list[tuple[int, Finding]]:
        """Return the findings of the register rules about a submission, each with the status that
        it answers."""
        context = replace(submission.context, held=held)
        broken = [
            (rule, breach)
            for rule in submission.handler.held_rules
            if (breach := rule.check(submission.filing, context)) is not None
        ]
        if not broken:
            return []
        document = self.reader.read(submission.document)  # read again, to say where
        package = open_package(document)
        opened = Opened(
            body=submission.body,
            document=document,
            package=package,
            handler=submission.handler,
            own=children_of(package.business),
            declares=submission.filing.declares,
        )
        return [
            (rule.status, told)
            for rule, breach in broken
            for told in self._rules.findings(rule, breach, opened)
        ]

    def refusal(self, findings: Sequence[Finding]) -> int:
        """Return the HTTP status of a refusal with these findings."""
        if any(f.code in FORBIDDEN and f.is_error for f in findings):
            return 403
        return Refused(findings).status

    def handler(self, message_type: str) -> SubmissionHandler:
        """Return the handler of a type that is known."""
        return self._handlers[message_type]

    def message_types(self) -> tuple[SubmissionHandler, ...]:
        """Return the handlers of all types that enterprises send."""
        return tuple(self._handlers.values())

    def _of_pocket(self, opened: Opened, context: Context) -> list[Finding]:
        """Return what is wrong with one of several pockets as such, and all that is wrong with an
        attachment but its envelope."""
        package = opened.package

        def place(name: str) -> Place:
            element = next(opened.document.root.iter(name), None)
            if element is not None:
                return self._places.of(element)
            return self._places.in_row(
                next(opened.document.root.iter("PocketInfo"), package.business), name
            )

        findings = pocket_findings(package, opened.handler, place)
        if package.pocket.unstructured:
            findings += attachment_findings(package, context, self.schemas, self.explainer, place)
        return findings

    def _attached(self, opened: Opened, context: Context) -> Submission | Opened:
        """Return an attachment that is sound itself as a submission. Its filing says nothing but
        the enterprise."""
        package, document, handler = opened.package, opened.document, opened.handler
        if package.envelope.receiver_id != self._receiver or not self.schemas.valid(
            "package", document.root
        ):
            return opened
        attachment = attachment_in(package)
        owner = attachment.owner if attachment else ""
        filing = Filing(
            message_type=handler.code,
            body=Body({"assuredEtpsno": owner}),
            declares=False,
            seq_no="",
            sys_id="",
            operator="",
        )
        return Submission(
            body=opened.body,
            document=document.body,
            sha256=hashlib.sha256(opened.body).digest(),
            envelope=package.envelope,
            pocket=package.pocket,
            handler=handler,
            filing=filing,
            warnings=(*document.warnings, *self._senders.foreign(opened, owner, context)),
            context=context,
            attachment=attachment,
        )

    def _filing(self, opened: Opened) -> Filing:
        handler = opened.handler
        fields: dict[str, str] = {}
        parts: dict[str, list[Mapping[str, str]]] = {}
        beside = {"SeqNo": "", "SysId": "", "OperCusRegCode": ""}
        for child in (
            () if (message := opened.own.get(handler.holder)) is None else message.iterchildren("*")
        ):
            if child.tag == handler.body:
                fields = texts(child)
            elif child.tag in beside:
                beside[child.tag] = child.text or ""
            else:
                parts.setdefault(child.tag, []).append(texts(child))
        return Filing(
            message_type=handler.code,
            body=Body(fields),
            declares=opened.declares,
            seq_no=beside["SeqNo"],
            sys_id=beside["SysId"],
            operator=beside["OperCusRegCode"],
            parts={name: tuple(several) for name, several in parts.items()},
        )


def _submission(
    opened: Opened, filing: Filing, context: Context, warnings: tuple[Finding, ...]
) -> Submission:
    return Submission(
        body=opened.body,
        document=opened.document.body,
        sha256=hashlib.sha256(opened.body).digest(),
        envelope=opened.package.envelope,
        pocket=opened.package.pocket,
        handler=opened.handler,
        filing=filing,
        warnings=warnings,
        context=context,
    )
