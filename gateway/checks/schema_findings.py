"""What the schemas say of a message that they refuse, and of one whose parts or type cannot be
told: each cause once, at the element that it is about."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from lxml import etree

from gateway.checks.places import Places
from gateway.checks.pockets import UNSTRUCTURED
from schemas.dxp import decode_dxp
from schemas.explain import Explainer
from schemas.findings import Finding, Place, Refused, finding
from schemas.package import Package, open_package
from schemas.xml import Document, line_of, path_of
from schemas.xsd import SchemaSet


class SchemaFindings:
    """Asks the explaining reader. ``known``: types that enterprises send; ``from_customs``: those
    that customs send."""

    def __init__(
        self,
        schemas: SchemaSet,
        explainer: Explainer,
        places: Places,
        known: Collection[str],
        from_customs: Collection[str],
    ) -> None:
        self._schemas, self._explainer, self._places = schemas, explainer, places
        self._known, self._from_customs = known, from_customs

    def package(self, document: Document) -> Package:
        """Return the package of a document. Where a part is missing because it was moved, misspelt
        or emptied, the refusal says that."""
        try:
            return open_package(document)
        except Refused:
            if document.root.tag not in ("Package", "Signature"):
                raise
            told = self._explainer.explain("package", document.root)
            if all(f.code == "XSD.01" for f in told):
                raise
            raise Refused(told) from None

    def of_transport(self, root: etree._Element) -> list[Finding]:
        """Return what is wrong with a DxpMsg. Data that cannot be decoded has a finding of its
        own."""
        findings = self._explainer.explain("DxpMsg", root)
        if any((f.code, f.field) == ("XSD.04", "Data") for f in findings):
            try:
                decode_dxp(root)
            except Refused as refused:
                own = [f for f in refused.findings if f.field == "Data"]
                findings = [f for f in findings if f.field != "Data" or not own] + own
        return findings

    def of_message(
        self, package: Package, document: Document, code: str, *, lenient: bool
    ) -> tuple[list[Finding], bool]:
        """Return what is wrong with a package and its content of type ``code``, and whether the
        content is an attachment that the package does not say to be one."""
        root = document.root
        if package.pocket.unstructured:
            sound = self._schemas.valid("package", root)
            return [] if sound else self._explainer.explain("package", root), False
        if self._schemas.valid_message(code, root, lenient=lenient):
            return [], False
        if self._schemas.valid(UNSTRUCTURED, package.business):
            return self._of_unsaid_attachment(document), True
        return self._explainer.explain_message(code, root, lenient=lenient), False

    def _of_unsaid_attachment(self, document: Document) -> list[Finding]:
        """Return what is wrong with a package that holds an attachment and does not say so."""
        told = self._explainer.explain("package", document.root)
        if told:
            return told
        pocket = next(document.root.iter("PocketInfo"), None)
        if pocket is None:
            parent = next(document.root.iter("DataInfo"))
            place = Place(
                field="PocketInfo", path=f"{path_of(parent)}/PocketInfo", line=line_of(parent)
            )
            return [
                finding(
                    "XSD.01",
                    place,
                    wanted="<DataInfo> 的开头, is_unstructured 为 1 (内容是附件)",
                    wanted_en="first in <DataInfo>, is_unstructured 1, for the content is an"
                    " attachment",
                )
            ]
        return [
            finding(
                "XSD.04",
                self._places.in_row(pocket, "is_unstructured"),
                found=pocket.findtext("is_unstructured") or "",
                wanted="1 (内容是附件)",
                wanted_en="1, for the content is an attachment",
                hint_zh="请写 1",
                hint_en="write 1",
            )
        ]

    def of_unknown_type(self, document: Document, code: str, place: Place) -> list[Finding]:
        """Return why no handler takes a message: it names no type, or one that enterprises do not
        send."""
        if code in self._from_customs:
            return [finding("TYPE.03", place, found=code, wanted=", ".join(self._known))]
        if not code:
            # It is missing, empty or nil: the schema says so, with all else of the envelope.
            told = self._explainer.explain("package", document.root)
            if any(f.field != "message_type" or f.code != "XSD.02" for f in told):
                return told
        near = get_close_matches(code[:64].strip().upper(), self._known, 1, 0.8)
        return [
            finding(
                "TYPE.01",
                place,
                found=code,
                wanted=", ".join(self._known),
                hint_zh=f"是否应为 {near[0]}" if near else None,
                hint_en=f"did you mean {near[0]}" if near else None,
            )
        ]
