"""The schema set: XSDs flattened, compiled per thread for the accept path, and read for labels,
field lists and drafts.

The strict schema is written by hand in ``xsd/``; the lenient one for drafts (DelcareFlag 0) is
derived from it here, so the two cannot drift. Explaining a refusal is ``schemas.explain``'s work.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import islice
from typing import Any, cast

from lxml import etree

from schemas.catalogue import catalogue
from schemas.crowded import MOST_REASONS, CrowdedReader

XS = "{http://www.w3.org/2001/XMLSchema}"
FIELD = "{urn:eport:field}field"
DRAFT_KEYS = frozenset(
    {"BussinessData", "GrtMessage", "DelcareFlag", "etpsPreentNo", "assuredEtpsno", "dpstLevyBlNo"}
)
"""What even a draft must carry: the parts of its filing key and whose it is (``docs/contract.md``
1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One element of the wire as the XSD describes it. ``source``: seen, inferred or ours."""

    name: str
    label_zh: str
    label_en: str
    source: str
    type_name: str | None = None
    codelist: str | None = None
    required: bool = True
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeText:
    """What a simple type wants, in words."""

    zh: str
    en: str


class SchemaSet:
    """All schemas by file name without ending (``GRT101``). One per process; compiled validators
    are kept per thread, because a shared ``XMLSchema`` mixes up its error log between threads."""

    def __init__(self, folder: Traversable | None = None) -> None:
        shared = resources.files("schemas").joinpath("xsd")
        self._folders = (folder,) if folder else (shared, *catalogue().folders)
        self._local, self._crowded = threading.local(), CrowdedReader()
        self._trees: dict[tuple[str, bool], etree._Element] = {}
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """Return every schema file that declares a root element."""
        files = sorted(
            file.name.removesuffix(".xsd")
            for folder in self._folders
            for file in folder.iterdir()
            if file.name.endswith(".xsd")
        )
        return tuple(name for name in files if self.tree(name).find(f"{XS}element") is not None)

    def has(self, name: str) -> bool:
        """Return whether there is a schema of that name."""
        return any(folder.joinpath(f"{name}.xsd").is_file() for folder in self._folders)

    def valid(self, name: str, element: etree._Element, *, lenient: bool = False) -> bool:
        """Return whether ``element`` (local names) is valid; explain nothing. Never raise for bad
        input."""
        return self._holds(self._schema(name, lenient=lenient), element)

    def _schema(self, name: str, *, lenient: bool = False) -> etree.XMLSchema:
        compiled: dict[tuple[str, bool], etree.XMLSchema] | None = getattr(
            self._local, "compiled", None
        )
        if compiled is None:
            compiled = self._local.compiled = {}
        schema = compiled.get((name, lenient))
        if schema is None:
            schema = compiled[name, lenient] = etree.XMLSchema(self.tree(name, lenient=lenient))
        return schema

    def valid_message(self, name: str, root: etree._Element, *, lenient: bool = False) -> bool:
        """Return whether a whole document is valid in one pass: the envelope and, inside it, the
        content that schema ``name`` wants."""
        compiled: dict[tuple[str, bool], etree.XMLSchema] | None = getattr(
            self._local, "whole", None
        )
        if compiled is None:
            compiled = self._local.whole = {}
        schema = compiled.get((name, lenient))
        if schema is None:
            schema = compiled[name, lenient] = etree.XMLSchema(self.whole(name, lenient=lenient))
        return self._holds(schema, root)

    def _holds(self, schema: etree.XMLSchema, element: etree._Element) -> bool:
        if self._crowded.is_crowded(element):
            return not self._crowded.reasons(schema, element)
        return bool(schema.validate(element))

    def reasons(self, name: str, element: etree._Element) -> list[str]:
        """Return the validator's own words, for logs and for customs' remarks; the gateway's
        findings come from ``explain``."""
        schema = self._schema(name)
        if self._crowded.is_crowded(element):
            return self._crowded.reasons(schema, element)
        if schema.validate(element):
            return []
        log = cast(Any, schema.error_log)
        return [f"{entry.path}: {entry.message}" for entry in islice(log, MOST_REASONS)]

    def tree(self, name: str, *, lenient: bool = False) -> etree._Element:
        """Return the schema as one tree: includes flattened, no target namespace; lenient for
        drafts."""
        with self._lock:
            tree = self._trees.get((name, lenient))
            if tree is None:
                tree = self._flat(name, set())
                if lenient:
                    tree = _lenient(tree)
                self._trees[name, lenient] = tree
            return tree

    def whole(self, name: str, *, lenient: bool = False) -> etree._Element:
        """Return the envelope's schema with BussinessData as schema ``name`` declares it, instead
        of anything."""
        tree = copy.deepcopy(self.tree("package"))
        content = self.tree(name, lenient=lenient)
        place = next(e for e in tree.iter(f"{XS}element") if e.get("name") == "BussinessData")
        own = place.find(f"{XS}complexType")
        wanted = next(
            e for e in content.iterchildren(f"{XS}element") if e.get("name") == "BussinessData"
        ).find(f"{XS}complexType")
        assert own is not None
        assert wanted is not None
        place.replace(own, copy.deepcopy(wanted))
        known = {t.get("name") for t in tree.iterchildren(f"{XS}simpleType", f"{XS}complexType")}
        for kind in content.iterchildren(f"{XS}simpleType", f"{XS}complexType"):
            if kind.get("name") not in known:
                tree.append(copy.deepcopy(kind))
        return tree

    def text(self, name: str, *, lenient: bool = False) -> bytes:
        """Return the flattened schema as a document."""
        return etree.tostring(
            self.tree(name, lenient=lenient), encoding="utf-8", xml_declaration=True
        )

    def fields(self, name: str, parent: str) -> tuple[Field, ...]:
        """Return the child elements of the complex type (or element) called ``parent``, in schema
        order."""
        tree = self.tree(name)
        holder = next((t for t in tree.iter(f"{XS}complexType") if t.get("name") == parent), None)
        if holder is None:
            holder = next((e for e in tree.iter(f"{XS}element") if e.get("name") == parent), None)
        if holder is None:
            raise KeyError(f"{name}: {parent}")
        return tuple(self._field(tree, e) for e in _own_elements(holder))

    @cached_property
    def labels(self) -> dict[str, Field]:
        """Return every element of every schema by name, for the labels of findings; the first
        schema that knows a name wins."""
        known: dict[str, Field] = {}
        for name in self.names():
            tree = self.tree(name)
            for element in tree.iter(f"{XS}element"):
                if (key := element.get("name")) and key not in known:
                    known[key] = self._field(tree, element)
        return known

    @cached_property
    def type_texts(self) -> dict[str, TypeText]:
        """Return what each named simple type wants."""
        return {
            t.get("name", ""): TypeText(zh=_documentation(t, "zh"), en=_documentation(t, "en"))
            for t in self._read("types").iter(f"{XS}simpleType")
            if t.get("name")
        }

    def _read(self, name: str) -> etree._Element:
        for folder in self._folders:
            file = folder.joinpath(f"{name}.xsd")
            if file.is_file():
                return etree.fromstring(file.read_bytes())
        raise FileNotFoundError(f"no schema {name}.xsd")

    def _flat(self, name: str, seen: set[str]) -> etree._Element:
        root = self._read(name)
        seen.add(name)
        for attribute in ("targetNamespace", "elementFormDefault"):
            if attribute in root.attrib:
                del root.attrib[attribute]
        if None in root.nsmap:  # the dxp default namespace would keep type references qualified
            plain = etree.Element(root.tag, nsmap={"xs": root.nsmap["xs"]})
            for child in root:
                plain.append(child)
            root = etree.fromstring(
                etree.tostring(plain).replace(b' xmlns="http://www.chinaport.gov.cn/dxp"', b"")
            )
        for include in root.findall(f"{XS}include"):
            other = include.get("schemaLocation", "").rpartition("/")[2].removesuffix(".xsd")
            at = root.index(include)
            root.remove(include)
            if other not in seen:
                for offset, child in enumerate(list(self._flat(other, seen))):
                    root.insert(at + offset, child)
        return root

    def _field(self, tree: etree._Element, element: etree._Element) -> Field:
        note = element.find(f"{XS}annotation/{XS}appinfo/{FIELD}")
        kind = element.get("type")
        simple = (
            None
            if kind is None
            else next(
                (t for t in tree.iterchildren(f"{XS}simpleType") if t.get("name") == kind), None
            )
        )
        return Field(
            name=element.get("name", ""),
            label_zh=_documentation(element, "zh"),
            label_en=_documentation(element, "en"),
            source="" if note is None else note.get("source", ""),
            type_name=kind,
            codelist=None if note is None else note.get("codelist"),
            required=element.get("minOccurs") != "0",
            may_be_empty=simple is not None and (kind or "").startswith("Optional"),
        )


def _documentation(element: etree._Element, language: str) -> str:
    for text in element.iterfind(f"{XS}annotation/{XS}documentation"):
        if text.get("{http://www.w3.org/XML/1998/namespace}lang") == language:
            return (text.text or "").strip()
    return ""


def _own_elements(holder: etree._Element) -> list[etree._Element]:
    """Return the element declarations of a content model, not those nested in them."""
    elements: list[etree._Element] = []
    stack: list[etree._Element] = [c for c in holder if c.tag != f"{XS}annotation"]
    while stack:
        node = stack.pop(0)
        if node.tag == f"{XS}element":
            elements.append(node)
        else:
            stack[:0] = [c for c in node if c.tag != f"{XS}annotation"]
    return elements


def _lenient(strict: etree._Element) -> etree._Element:
    """Return the schema for drafts: every element optional, every simple value may be empty; what
    names the draft stays as it is."""
    tree = copy.deepcopy(strict)
    simple = {t.get("name") for t in tree.iterchildren(f"{XS}simpleType")}
    empty = etree.SubElement(tree, f"{XS}simpleType", name="EmptyText")
    restriction = etree.SubElement(empty, f"{XS}restriction", base="xs:string")
    etree.SubElement(restriction, f"{XS}maxLength", value="0")

    def change(element: etree._Element) -> None:
        if element.get("minOccurs") is None and element.getparent() is not tree:
            element.set("minOccurs", "0")
        kind = element.get("type")
        if kind in simple:
            del element.attrib["type"]
            own = etree.SubElement(element, f"{XS}simpleType")
            etree.SubElement(own, f"{XS}union", memberTypes=f"{kind} EmptyText")

    for element in list(tree.iter(f"{XS}element")):
        if element.get("name") not in DRAFT_KEYS and not (element.get("type") or "").startswith(
            "Grt"
        ):
            change(element)
    return tree
