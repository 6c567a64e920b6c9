"""Intake: from bytes to an accepted submission, or to findings. Pure but for the caches of its
parts; stores nothing.

Each step turns the request into a richer type, so that no later step can forget validation: bytes
-> Document -> Package -> Opened -> Submission. ``open`` is the accept path (about 0.1 ms);
``findings_of`` explains a message that did not pass and belongs off the event loop.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from lxml import etree
from msgspec.structs import replace

from gateway.checks.pockets import attachment_findings, attachment_in, is_pocket, pocket_findings
from handlers.contract import Breach, Context, Filing, Held, Rule, SubmissionHandler, Where
from schemas.attachment import Attachment
from schemas.body import Body
from schemas.codes import CodeLists
from schemas.dxp import decode_dxp
from schemas.explain import Explainer
from schemas.findings import ERROR, WARNING, Finding, Place, Refused, compose, finding, shown
from schemas.identifiers import is_credit_code, is_enterprise_code, wanted_credit_code
from schemas.package import Envelope, Package, Pocket, children_of, open_package, texts
from schemas.xml import Document, XmlReader, place_of
from schemas.xsd import SchemaSet

FORBIDDEN = frozenset({"X.01", "M151.01"})
"""Rules that answer 403 (``docs/rules.md``, column where: G403)."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A package with its type known. ``document``: the inner one; ``body``: the bytes as received;
    ``own``: children of BussinessData by name."""

    body: bytes
    document: Document
    package: Package
    handler: SubmissionHandler
    own: Mapping[str, etree._Element]
    declares: bool


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that passed every check that needs no store. It keeps the bytes and no element
    tree: a tree that lives on until the commit makes every following parse take fresh memory
    instead of what the last one left warm in the cache.
    """

    body: bytes
    document: bytes
    sha256: bytes
    envelope: Envelope
    pocket: Pocket
    handler: SubmissionHandler
    filing: Filing
    warnings: tuple[Finding, ...]
    context: Context
    attachment: Attachment | None = None

    @property
    def enterprise(self) -> str:
        return self.handler.enterprise(self.filing)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is checked in a body beyond its XSD, read from the XSD once."""

    names: tuple[str, ...]
    dates: tuple[str, ...]
    credit_codes: tuple[str, ...]
    enterprise_codes: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]


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
        self._plans = {
            h.code: {name: self._plan(h, name) for name in (h.body, *h.parts) if name}
            for h in self._handlers.values()
        }

    def open(
        self, body: bytes, context: Context, *, header_charset: str | None = None
    ) -> Submission | Opened:
        """The accept path. A Submission when all is well; Opened when something is wrong that
        ``findings_of`` explains.

        Raises Refused for what ends the pass: size, encoding, guards, parse, unknown type."""
        document = self._document(body, header_charset)
        package = open_package(document)
        code = package.envelope.message_type
        handler = self._handlers.get(code)
        if handler is None:
            at = document.root.iterfind(".//EnvelopInfo/message_type")
            place = self._place(next(at, package.business))
            if code in self._from_customs:
                raise Refused([finding("TYPE.03", place, found=code)])
            raise Refused([finding("TYPE.01", place, found=code, wanted=", ".join(self._handlers))])
        own = children_of(package.business)
        declares = (
            not handler.drafts or (flag := own.get("DelcareFlag")) is None or flag.text != "0"
        )
        opened = Opened(
            body=body,
            document=document,
            package=package,
            handler=handler,
            own=own,
            declares=declares,
        )
        if is_pocket(package):
            if self._of_pocket(opened, context):
                return opened
            if package.pocket.unstructured:
                return self._attached(opened, context)
        if package.envelope.receiver_id == self._receiver and self.schemas.valid_message(
            code, document.root, lenient=not declares
        ):
            filing = self._filing(opened)
            found = self._values(opened, filing, context) + self._rules(
                opened, filing, context, frozenset()
            )
            if not any(f.is_error for f in found):
                return Submission(
                    body=body,
                    document=document.body,
                    sha256=hashlib.sha256(body).digest(),
                    envelope=package.envelope,
                    pocket=package.pocket,
                    handler=handler,
                    filing=filing,
                    warnings=self._warnings(opened, found),
                    context=context,
                )
        return opened

    def _document(self, body: bytes, header_charset: str | None) -> Document:
        """The business document: the body itself, or what its DxpMsg carries."""
        document = self.reader.read(body, header_charset=header_charset)
        if document.root.tag != "DxpMsg":
            return document
        outer = decode_dxp(document.root)
        if not self.schemas.valid("DxpMsg", document.root):
            raise Refused(self.explainer.explain("DxpMsg", document.root))
        return self.reader.read(outer.data)

    def type_of(self, body: bytes) -> str | None:
        """The type that a message names, as far as it can be read and is known: for what was
        refused."""
        try:
            code = open_package(self._document(body, None)).envelope.message_type
        except Refused:
            return None
        return code if code in self._handlers else None

    def findings_of(self, opened: Opened, context: Context) -> tuple[Finding, ...]:
        """Everything that is wrong with an opened message, in document order, one finding for one
        cause."""
        package, document, code = opened.package, opened.document, opened.handler.code
        lenient = not opened.declares
        found: list[Finding] = self._of_pocket(opened, context) if is_pocket(package) else []
        if not self.schemas.valid("package", document.root):
            found += self.explainer.explain("package", document.root)
        elif package.envelope.receiver_id != self._receiver:
            element = next(document.root.iterfind(".//EnvelopInfo/receiver_id"), package.business)
            found.append(
                finding(
                    "TYPE.02",
                    self._place(element),
                    found=package.envelope.receiver_id,
                    wanted=self._receiver,
                )
            )
        if package.pocket.unstructured:
            return (*document.warnings, *sorted(found, key=lambda f: f.line or 0))
        if not self.schemas.valid(code, package.business, lenient=lenient):
            found += self.explainer.explain(code, package.business, lenient=lenient)
        filing = self._filing(opened)
        unsound = {f.field for f in found if f.field and f.code not in ("XSD.01", "XSD.02")}
        unsound |= {
            f.path.split("/")[-2] for f in found if f.code == "XSD.07" and f.path
        }  # an element inside a value
        values = self._values(opened, filing, context, frozenset(unsound))
        rules = self._rules(
            opened,
            filing,
            context,
            frozenset(unsound | {f.field for f in values if f.field and f.is_error}),
        )
        ruled = {f.field for f in rules if f.is_error}
        kept = [f for f in found if not (f.field in ruled and f.code in ("XSD.01", "XSD.02"))]
        kept += [f for f in values if f.field not in ruled]
        kept += rules
        kept.sort(key=lambda f: (f.line or 0, not f.is_error))
        return (*document.warnings, *kept)

    def held(self, submission: Submission, held: Held) -> list[tuple[int, Finding]]:
        """What the register rules say of a submission, each with the status that it answers."""
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
            (rule.status, self._broken(rule, place, opened))
            for rule, breach in broken
            for place in (breach, *breach.more)
        ]

    def refusal(self, findings: Sequence[Finding]) -> int:
        """The HTTP status of a refusal with these findings."""
        if any(f.code in FORBIDDEN and f.is_error for f in findings):
            return 403
        return Refused(findings).status

    def handler(self, message_type: str) -> SubmissionHandler:
        """The handler of a type that is known."""
        return self._handlers[message_type]

    def message_types(self) -> tuple[SubmissionHandler, ...]:
        return tuple(self._handlers.values())

    def _of_pocket(self, opened: Opened, context: Context) -> list[Finding]:
        """What is wrong with one of several pockets as such, and all that is wrong with an
        attachment but its envelope."""
        package = opened.package

        def place(name: str) -> Place:
            return self._place(next(opened.document.root.iter(name), package.business))

        found = pocket_findings(package, opened.handler, place)
        if package.pocket.unstructured:
            found += attachment_findings(package, context, self.schemas, self.explainer, place)
        return found

    def _attached(self, opened: Opened, context: Context) -> Submission | Opened:
        """An attachment that is sound itself; its filing is only whose it is."""
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
            warnings=document.warnings,
            context=context,
            attachment=attachment,
        )

    def _filing(self, opened: Opened) -> Filing:
        handler = opened.handler
        fields: dict[str, str] = {}
        parts: dict[str, list[Mapping[str, str]]] = {}
        seq_no = ""
        for child in (
            () if (message := opened.own.get(handler.holder)) is None else message.iterchildren("*")
        ):
            if child.tag == handler.body:
                fields = texts(child)
            elif child.tag == "SeqNo":
                seq_no = child.text or ""
            else:
                parts.setdefault(child.tag, []).append(texts(child))
        system, operator = opened.own.get("SysId"), opened.own.get("OperCusRegCode")
        return Filing(
            message_type=handler.code,
            body=Body(fields),
            declares=opened.declares,
            seq_no=seq_no,
            sys_id="" if system is None else system.text or "",
            operator="" if operator is None else operator.text or "",
            parts={name: tuple(several) for name, several in parts.items()},
        )

    def _plan(self, handler: SubmissionHandler, body: str) -> _Plan:
        fields = self.schemas.fields(handler.code, body)
        ruled = {rule.field for rule in handler.rules if rule.where is Where.REFUSE}
        of = {f.name: (f.type_name or "").removeprefix("Optional") for f in fields}
        return _Plan(
            names=tuple(of),
            dates=tuple(n for n, t in of.items() if t in ("DateText", "DateTimeText")),
            credit_codes=tuple(n for n, t in of.items() if t == "CreditCode"),
            enterprise_codes=tuple(n for n, t in of.items() if t == "EnterpriseCode"),
            codes=tuple((f.name, f.codelist) for f in fields if f.codelist and f.name not in ruled),
        )

    def _values(
        self,
        opened: Opened,
        filing: Filing,
        context: Context,
        unsound: frozenset[str] = frozenset(),
    ) -> list[Finding]:
        """Values that have the right form and still cannot be: dates that do not exist, check
        digits, code lists."""
        plans = self._plans[opened.handler.code]
        found = (
            self._wrong(
                plans[opened.handler.body],
                filing.body.fields,
                context,
                unsound,
                lambda name: self._place_of_field(opened, name),
            )
            if opened.handler.body
            else []
        )
        for part, rows in filing.parts.items():
            if part in plans:
                for element, row in zip(self._rows(opened, part), rows, strict=True):
                    found += self._wrong(
                        plans[part],
                        row,
                        context,
                        unsound,
                        functools.partial(self._place_in, element),
                    )
        return found

    def _wrong(
        self,
        plan: _Plan,
        fields: Mapping[str, str],
        context: Context,
        unsound: frozenset[str],
        place: Callable[[str], Place],
    ) -> list[Finding]:
        found: list[Finding] = []

        def report(
            code: str, name: str, value: str, wanted: str, wanted_en: str | None = None
        ) -> None:
            found.append(
                finding(code, place(name), found=value, wanted=wanted, wanted_en=wanted_en)
            )

        for name in plan.dates:
            if (value := fields.get(name)) and name not in unsound and not _is_date(value):
                report("XSD.08", name, value, "yyyy-MM-dd HH:mm:ss")
        for name in plan.credit_codes:
            if (value := fields.get(name)) and name not in unsound and not is_credit_code(value):
                right = wanted_credit_code(value)
                report(
                    "CODE.02", name, value, right or "正确的校验位", right or "a right check digit"
                )
        for name in plan.enterprise_codes:
            if (
                (value := fields.get(name))
                and name not in unsound
                and not is_enterprise_code(value)
            ):
                report("CODE.03", name, value, "10 位海关编码", "a customs registration code of 10")
        for name, codelist in plan.codes:
            if (
                (value := fields.get(name))
                and name not in unsound
                and self._codes.get(codelist, value, context.today) is None
            ):
                report("CODE.01", name, value, codelist)
        return found

    def _rules(
        self, opened: Opened, filing: Filing, context: Context, unsound: frozenset[str]
    ) -> list[Finding]:
        found: list[Finding] = []
        if not filing.body.fields:
            return found  # the body is missing: that is one finding, not one for every rule
        for rule in opened.handler.rules:
            if unsound and (rule.field in unsound or any(n in unsound for n in rule.needs)):
                continue
            breach = rule.check(filing, context)
            if breach is not None:
                found += [self._broken(rule, place, opened) for place in (breach, *breach.more)]
        return found

    def _rows(self, opened: Opened, part: str) -> list[etree._Element]:
        """The rows of a part beside the body, as ``_filing`` counts them."""
        holder = opened.own.get(opened.handler.holder)
        return [] if holder is None else list(holder.iterchildren(part))

    def _broken(self, rule: Rule, breach: Breach, opened: Opened) -> Finding:
        softened = not opened.declares and not rule.on_draft
        field = breach.field or rule.field
        place = (
            self._place_in(self._rows(opened, breach.part)[breach.row], field)
            if breach.part
            else self._place_of_field(opened, field)
        )
        value = shown(breach.found)
        zh = {"f": value or "(空)", "w": breach.wanted, "label": place.label_zh or ""}
        en = {
            "f": value or "(nothing)",
            "w": breach.wanted_en or breach.wanted,
            "label": place.label_en or "",
        }
        return compose(
            code=rule.id,
            layer="rule",
            severity=WARNING if softened or rule.where is Where.WARN else ERROR,
            place=place,
            value=breach.found or None,
            wanted=breach.wanted or None,
            zh=rule.zh.format_map(zh),
            en=rule.en.format_map(en),
            hint_zh=(breach.hint_zh or rule.hint_zh).format_map(zh),
            hint_en=(breach.hint_en or rule.hint_en).format_map(en),
        )

    def _warnings(self, opened: Opened, found: list[Finding]) -> tuple[Finding, ...]:
        warnings = [*opened.document.warnings, *sorted(found, key=lambda f: f.line or 0)]
        if not opened.declares:
            warnings += self._missing_in_draft(opened, {f.field for f in found})
            if count := sum(f.layer != "encoding" for f in warnings):
                warnings.insert(
                    0,
                    compose(
                        code="X.10",
                        layer="rule",
                        severity=WARNING,
                        zh=f"暂存成功, 申报前需补 {count} 项",
                        en=f"saved; {count} to complete",
                        hint_zh="补齐后以 DelcareFlag 1 申报",
                        hint_en="complete it, then send it with DelcareFlag 1",
                    ),
                )
        return tuple(warnings)

    def _missing_in_draft(self, opened: Opened, named: set[str | None]) -> list[Finding]:
        """What the strict schema would refuse, as warnings (X.10)."""
        if self.schemas.valid(opened.handler.code, opened.package.business):
            return []
        strict = self.explainer.explain(opened.handler.code, opened.package.business)
        return [_softened(f) for f in strict if f.field not in named]

    def _place(self, element: etree._Element) -> Place:
        field = self.schemas.labels.get(element.tag)
        return place_of(
            element, field.label_zh if field else None, field.label_en if field else None
        )

    def _place_in(self, row: etree._Element, name: str) -> Place:
        element = next(row.iter(name), row)
        return self._place(element)

    def _place_of_field(self, opened: Opened, name: str) -> Place:
        element = next(opened.package.business.iter(name), None)
        if element is not None:
            return self._place(element)
        field = self.schemas.labels.get(name)
        body = next(opened.package.business.iter(opened.handler.body), opened.package.business)
        here = place_of(body)
        return Place(
            field=name,
            path=f"{here.path}/{name}",
            line=here.line,
            label_zh=field.label_zh if field else None,
            label_en=field.label_en if field else None,
        )


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _softened(item: Finding) -> Finding:
    return Finding(
        **{name: getattr(item, name) for name in Finding.__slots__} | {"severity": WARNING}
    )
