"""Lists that are taken away from the desk: the tables of the control API, at the addresses of its
pages."""

from __future__ import annotations

from customs_sim.console.page import Page, get_file
from customs_sim.control.sheet_table import FORMS, SHEETS, handler, handler_of_lines


class SheetPages:
    """An address for every list in every form, and for the lines of a statement."""

    def pages(self) -> list[Page]:
        return [
            *(
                get_file(
                    f"/{sheet.name}.{form}",
                    handler(sheet, form),
                    asks=tuple(each.name for each in sheet.parameters),
                )
                for sheet in SHEETS
                for form in FORMS
            ),
            *(
                get_file(
                    f"/statements/{{no}}/lines.{form}", handler_of_lines(form), asks=("version",)
                )
                for form in FORMS
            ),
        ]
