"""Forms of message types that have no screen of their own: every element of the body as its XSD
describes it, in the order of the wire."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from gateway.portal.fields import Entry, Fill, Form, Input, Section
from handlers.contract import Filing, SubmissionHandler
from schemas.body import Body
from schemas.catalogue import MessageType, catalogue
from schemas.xsd import XS, Field, SchemaSet

FOLDER = "forms"
"""Their addresses stand below this."""
SCREENS = frozenset({"GRT151", "GRT161"})
"""Filings with a screen that is no form of fields: the record, the answer to a statement."""
KINDS = {
    "DateTimeText": Input.DAY,
    "DateOrDateTimeText": Input.DAY,
    "WholeYuan": Input.YUAN,
    "Amount": Input.AMOUNT,
    "FenAmount": Input.AMOUNT,
    "Remark": Input.LINES,
    "Note": Input.LINES,
}
"""A simple type to how it is entered; all others are lines of text."""
OPENED = ("dclTime", "applyDate")
"""Elements that say when it was filed."""
ZERO = ("chgTmsCnt",)
"""Elements that are 0 for what is filed anew."""


def made_forms(
    schemas: SchemaSet, handlers: Iterable[SubmissionHandler], taken: Iterable[str]
) -> dict[str, Form]:
    """Return a form for each type of filing that is not ``taken``, by its address below
    ``/portal``."""
    known = SCREENS | set(taken)
    filings = catalogue().filings
    return {
        f"{FOLDER}/{handler.code}": _made(schemas, catalogue()[handler.code], handler)
        for handler in handlers
        if handler.code in filings and handler.code not in known
    }


def _made(schemas: SchemaSet, row: MessageType, handler: SubmissionHandler) -> Form:
    fields = schemas.fields(row.code, row.body)
    names = {field.name for field in fields}
    tree = schemas.tree(row.code)
    sections = [
        Section(
            words=(row.zh, row.en),
            entries=tuple(
                _entry(field, tree, names) for field in fields if field.name not in (*OPENED, *ZERO)
            ),
        )
    ]
    for part in row.parts:
        of_part = schemas.fields(row.code, part)
        sections.append(
            Section(
                words=(schemas.labels[part].label_zh, schemas.labels[part].label_en),
                entries=tuple(_entry(field, tree, set(), part) for field in of_part),
            )
        )
    nothing = Filing(
        message_type=row.code, body=Body({}), declares=False, seq_no="", sys_id="", operator=""
    )
    return Form(
        message_type=row.code,
        kind=handler.listing.kinds[0] if handler.listing else handler.facets(nothing).kind,
        words=(row.zh, row.en),
        sections=tuple(sections),
        fixed={name: "0" for name in ZERO if name in names},
        filled=tuple(name for name in OPENED if name in names),
        ask=row.amount,
    )


def _entry(field: Field, tree: etree._Element, names: set[str], part: str = "") -> Entry:
    """Return the field of an element. The code of an enterprise is known by what stands beside it:
    the name and the credit code of the same unit."""
    kind = (field.type_name or "").removeprefix("Optional")
    code = next(
        (
            f"{stem}no"
            for end in ("Nm", "Sccd")
            if field.name.endswith(f"Etps{end}")
            and f"{(stem := field.name.removesuffix(end))}no" in names
        ),
        "",
    )
    return Entry(
        name=field.name,
        input=Input.CODE if field.codelist else KINDS.get(kind, Input.TEXT),
        codes=field.codelist or "",
        required=field.required and not field.may_be_empty,
        part=part,
        looks=field.name.endswith("Etpsno") and field.name.removesuffix("no") + "Nm" in names,
        by=code,
        fill=Fill.CREDIT_CODE if field.name.endswith("Sccd") else Fill.NAME,
        longest=_longest(tree, field.type_name),
    )


def _longest(tree: etree._Element, kind: str | None) -> int:
    """Return how many characters a simple type takes; 0 where it does not say."""
    while kind:
        found = next(
            (t for t in tree.iterchildren(f"{XS}simpleType") if t.get("name") == kind), None
        )
        restriction = None if found is None else found.find(f"{XS}restriction")
        if restriction is None:
            return 0
        for facet in restriction.iterchildren(f"{XS}maxLength", f"{XS}length"):
            return int(facet.get("value", "0"))
        kind = restriction.get("base")
    return 0
