"""Where in a message something stands, for findings: element, line, labels. Judges nothing."""

from __future__ import annotations

from lxml import etree

from gateway.checks.opened import Opened
from schemas.findings import Place
from schemas.xml import place_of
from schemas.xsd import SchemaSet


class Places:
    """Finds places by the labels of the schema set."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas

    def of(self, element: etree._Element) -> Place:
        """Return where an element stands."""
        field = self._schemas.labels.get(element.tag)
        return place_of(
            element, field.label_zh if field else None, field.label_en if field else None
        )

    def in_row(self, row: etree._Element, name: str) -> Place:
        """Return where the element ``name`` of a row stands; the row itself without one."""
        element = next(row.iter(name), None)
        return self.of(element) if element is not None else self._absent(row, name)

    def of_field(self, opened: Opened, name: str) -> Place:
        """Return where a field of the content stands, or would."""
        element = next(opened.package.business.iter(name), None)
        if element is not None:
            return self.of(element)
        body = next(opened.package.business.iter(opened.handler.body), opened.package.business)
        return self._absent(body, name)

    def _absent(self, parent: etree._Element, name: str) -> Place:
        """Return where an element would stand that its parent does not have."""
        field = self._schemas.labels.get(name)
        here = place_of(parent)
        return Place(
            field=name,
            path=f"{here.path}/{name}",
            line=here.line,
            label_zh=field.label_zh if field else None,
            label_en=field.label_en if field else None,
        )


def rows_of_part(opened: Opened, part: str) -> list[etree._Element]:
    """Return the rows of a part beside the body, in the order of the filing's parts."""
    holder = opened.own.get(opened.handler.holder)
    return [] if holder is None else list(holder.iterchildren(part))
