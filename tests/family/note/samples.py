"""How messages NTE101 are drawn."""

from __future__ import annotations

from fixtures.making.contents import Content, Given, Sample


def _note(given: Given) -> Content:
    fields = {"etpsPreentNo": given.reference, "chgTmsCnt": "0", **given.assured()}
    return Content(
        fields=fields | {"noteTxt": "下周起更换联系人", "dclTime": given.instant()}, rows={}
    )


SAMPLES = (Sample(code="NTE101", draw=_note, alone=True),)
