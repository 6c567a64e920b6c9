"""Finding: one thing wrong with one message, said so that a person can mend it, and the catalogue
of technical codes.

Rule findings carry the id of their rule (``S101.07``) and live in the rule tables of ``handlers``
and ``customs_sim``; everything that is wrong before a rule can look (size, encoding, XML, schema,
code lists, identity) has its row here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.finding_rows import ERROR as ERROR
from schemas.finding_rows import WARNING as WARNING
from schemas.finding_rows import FindingRow
from schemas.findings_content import CONTENT
from schemas.findings_door import DOOR
from schemas.findings_schema import SCHEMA
from schemas.identifiers import about_seq_no


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. ``line`` and ``column`` count from 1 in the inner document; None where there is
    no place."""

    code: str
    layer: str
    severity: str
    message_zh: str
    message_en: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None
    label_zh: str | None = None
    label_en: str | None = None
    value: str | None = None
    wanted: str | None = None
    hint_zh: str | None = None
    hint_en: str | None = None

    @property
    def is_error(self) -> bool:
        """Return whether it refuses the message, and does not only warn."""
        return self.severity == ERROR


def chief_code(findings: Sequence[Finding]) -> str:
    """Return the code that a refusal is known by, that of its first error; empty without one."""
    errors = (each.code for each in findings if each.is_error)
    return next(errors, findings[0].code if findings else "")


class Odd(Protocol):
    """What is odd in an address: the code, the parameter and its value, what was probably meant,
    and what is taken."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def near(self) -> str: ...
    @property
    def known(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a finding points: the element's path, line, column and its two labels."""

    field: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None
    label_zh: str | None = None
    label_en: str | None = None


NOWHERE = Place()


CONDITIONS = ("低于", "高于", "大于", "小于", "晚于", "早于", "不", "至多", "至少")
"""How a wanted condition begins; everything else that is wanted is a thing."""
CATALOGUE: dict[str, FindingRow] = {**DOOR, **SCHEMA, **CONTENT}
"""Every code that is no rule of a handler."""


def sentence(place: Place, text: str, hint: str, label: str | None, line_word: str) -> str:
    """Return ``field label (line n): text; hint``, the form that a person reads."""
    head = " ".join(part for part in (place.field, label) if part)
    where = f"({line_word})" if line_word else ""
    lead = " ".join(part for part in (head, where) if part)
    lead = f"{lead}: " if lead else ""
    return lead + text + (f"; {hint}" if hint else "")


def should_be(wanted: str) -> str:
    """Return what is wanted as the end of a Chinese sentence: a thing with 应为, a condition with
    应."""
    return f"应{wanted}" if wanted.startswith(CONDITIONS) else f"应为 {wanted}"


def compose(
    *,
    code: str,
    layer: str,
    severity: str,
    zh: str,
    en: str,
    hint_zh: str,
    hint_en: str,
    place: Place = NOWHERE,
    value: str | None = None,
    wanted: str | None = None,
    wanted_en: str | None = None,
) -> Finding:
    """Return a finding from texts that are filled in already. ``wanted`` says both where the two
    languages need other words."""
    line_zh = f"第 {place.line} 行" if place.line else ""
    line_en = f"line {place.line}" if place.line else ""
    return Finding(
        code=code,
        layer=layer,
        severity=severity,
        field=place.field,
        path=place.path,
        line=place.line,
        column=place.column,
        label_zh=place.label_zh,
        label_en=place.label_en,
        value=None if value is None else shown(value),
        wanted=_in_both(wanted, wanted_en),
        message_zh=visible(sentence(place, zh, hint_zh, place.label_zh, line_zh)),
        message_en=visible(sentence(place, en, hint_en, place.label_en, line_en)),
        hint_zh=visible(hint_zh) or None,
        hint_en=visible(hint_en) or None,
    )


def finding(
    code: str,
    place: Place = NOWHERE,
    *,
    found: object = "",
    found_en: object | None = None,
    wanted: object = "",
    wanted_en: object | None = None,
    hint_zh: str | None = None,
    hint_en: str | None = None,
    severity: str | None = None,
) -> Finding:
    """Return a finding of the catalogue's row ``code``. The ``_en`` variants are for where the two
    languages need other words."""
    row = CATALOGUE[code]
    value = str(found)
    if wanted == "" and any(row.wanted):
        wanted, wanted_en = row.wanted
    zh = {"f": shown(value), "w": wanted, "n": len(value), "field": place.field or ""}
    zh["s"] = should_be(str(wanted))
    en = zh | {
        "w": wanted if wanted_en is None else wanted_en,
        "f": shown(value if found_en is None else str(found_en)),
    }
    return compose(
        code=code,
        layer=row.layer,
        severity=severity or row.severity,
        place=place,
        value=value or None,
        wanted=str(wanted),
        wanted_en=None if wanted_en is None else str(wanted_en),
        zh=row.zh.format_map(zh),
        en=row.en.format_map(en),
        hint_zh=row.hint_zh.format_map(zh) if hint_zh is None else hint_zh,
        hint_en=row.hint_en.format_map(en) if hint_en is None else hint_en,
    )


def nothing_is(number: str, zh: str = "统一编号", en: str = "declaration") -> Finding:
    """Return ID.02: nothing has this number or name. ``zh`` and ``en`` say what kind of thing was
    asked for."""
    if en == "declaration":
        hint_zh, hint_en = about_seq_no(number)
        return finding(
            "ID.02", found=number, wanted=zh, wanted_en=en, hint_zh=hint_zh, hint_en=hint_en
        )
    return finding("ID.02", found=number, wanted=zh, wanted_en=en)


def summary(findings: Sequence[Finding]) -> str:
    """Return the first error in both languages, and how many more there are; empty without one."""
    errors = [f for f in findings if f.is_error]
    return f"{summary_zh(errors)} / {summary_en(errors)}" if errors else ""


def summary_zh(errors: Sequence[Finding]) -> str:
    """Return the first of some errors in Chinese, and how many more there are."""
    more = f" (另有 {len(errors) - 1} 项, 见 findings)" if len(errors) > 1 else ""
    return errors[0].message_zh + more


def summary_en(errors: Sequence[Finding]) -> str:
    """Return the first of some errors in English, and how many more there are."""
    more = f" ({len(errors) - 1} more in findings)" if len(errors) > 1 else ""
    return errors[0].message_en + more


def _in_both(zh: str | None, en: str | None) -> str | None:
    """Return what is wanted, once where the languages agree."""
    if not zh:
        return None
    return visible(zh if en is None or en == zh else f"{zh} / {en}")


def visible(text: str) -> str:
    """Return a text on one line, with control and direction marks made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def shown(value: str, most: int = 80) -> str:
    """Return a value as it may stand in a sentence: control and direction marks made visible, cut
    at ``most`` characters."""
    text = visible(value[: most + 1])
    return text if len(value) <= most else text[:most] + "…"


def odd_address(odd: Odd) -> Finding:
    """Return the finding of what is odd in the address of a request."""
    name = shown(odd.name)
    near = ("", "") if not odd.near else (f"是否想写 {odd.near}?", f"did you mean {odd.near}?")
    none = ("无参数", "none") if not odd.known else (", ".join(odd.known),) * 2
    return finding(
        odd.code,
        Place(field=name),
        found=odd.value,
        wanted=none[0],
        wanted_en=none[1],
        hint_zh=near[0] or None,
        hint_en=near[1] or None,
    )


class Refused(Exception):
    """What was sent or asked is not done; ``findings`` say why. The tree of all refusals:

    ::

        Refused                  a message or request cannot be taken, or its caller may not
        ├── ProblemError         gateway.api.http: with what the gateway's answer adds
        ├── NotAllowed           customs_sim.desk.refusal: a rule forbids an act of customs
        └── StatementRefused     customs_sim.ledger.statements: it cannot be issued

    ``status`` is the HTTP status of the answer. Unless it is given, it is that of the first error
    in the order of the checks; rules give 422.
    """

    def __init__(self, findings: Iterable[Finding], *, status: int | None = None) -> None:
        self.findings = tuple(findings)
        self.status = _status(self.findings) if status is None else status
        super().__init__("; ".join(f"{f.code} {f.message_en}" for f in self.findings))


def _status(findings: Iterable[Finding]) -> int:
    for item in findings:
        if item.is_error:
            row = CATALOGUE.get(item.code)
            return row.status if row else 422
    return 422
