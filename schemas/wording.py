"""Says what a simple type wants, in two languages, and what a wrong value was probably meant to be.
Made from the schema alone: its documentation, facets and base types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas.findings import ERROR, Finding, Place, compose, shown

MONEY = {"WholeYuan": 0, "Amount": 5}
"""Types whose form is a rule of its own (X.09, ``docs/rules.md`` 2.4), with their decimals."""
BLANKS = " \t\r\n"
"""What XML calls white space; Unicode has more, and a schema takes none of those for blank."""
LONGEST_MEANT = 200
"""Characters of the longest value that a better one is sought for."""
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_NAMES = {
    "\u3000": ("全角空格 U+3000", "the ideographic space U+3000"),
    "\u00a0": ("不换行空格 U+00A0", "the no-break space U+00A0"),
    "\u200b": ("零宽空格 U+200B", "the zero-width space U+200B"),
    "\ufeff": ("字节顺序标记 U+FEFF", "the byte order mark U+FEFF"),
    " ": ("空格", "the space"),
    "\t": ("制表符", "the tab"),
    "\n": ("换行", "the line break"),
    "\r": ("回车", "the carriage return"),
}
_OPTIONAL = {"zh": ", 可为空", "en": ", may be empty"}
_BUILT_IN = {
    "dateTime": ("时间 yyyy-MM-ddTHH:mm:ss", "date and time yyyy-MM-ddTHH:mm:ss"),
    "date": ("日期 yyyy-MM-dd", "a date yyyy-MM-dd"),
    "base64Binary": ("base64 编码的内容", "content in base64"),
    "ID": ("以字母开头、不含空格的标识", "an id that begins with a letter and has no spaces"),
    "int": ("整数", "a whole number"),
    "long": ("整数", "a whole number"),
    "unsignedLong": ("不小于 0 的整数", "a whole number of 0 or more"),
    "decimal": ("数", "a number"),
    "boolean": ("true 或 false", "true or false"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The same in two languages."""

    zh: str
    en: str


def words_of(kind: Any, *, filled: bool = False) -> Words:
    """Return what a simple type wants. ``filled``: of a value that is there already, so that
    whether it may be empty is not said: a rule may forbid that."""
    if member := getattr(kind, "member_types", None):
        return words_of(member[0], filled=filled)  # a draft's union of the type and nothing
    if filled and (base := kind.schema.maps.types.get((kind.name or "").removeprefix("Optional"))):
        kind = base
    zh, en = _documented(kind, "zh"), _documented(kind, "en")
    if not zh or not en:
        zh, en = _derived(kind)
    if filled:
        zh, en = zh.removesuffix(_OPTIONAL["zh"]), en.removesuffix(_OPTIONAL["en"])
    return Words(zh, en)


def length_wanted(kind: Any, value: str) -> Words | None:
    """Return what length is wanted of a value that has another; None when its length is right."""
    if member := getattr(kind, "member_types", None):
        return length_wanted(member[0], value)
    most, least = getattr(kind, "max_length", None), getattr(kind, "min_length", None)
    if most is not None and most == least and len(value) != most:
        return Words(f"{most} 个字符", _characters(most))
    if most is not None and len(value) > most:
        return Words(f"至多 {most} 个字符", f"at most {_characters(most)}")
    if least is not None and len(value) < least:
        return Words(f"至少 {least} 个字符", f"at least {_characters(least)}")
    return None


def hint_for(value: str, sound: Callable[[str], bool]) -> Words | None:
    """Return how to mend a value: which blank to remove, or what to write. None when nothing near
    it is sound."""
    if len(value) > LONGEST_MEANT:
        return None
    trimmed = _trimmed(value)
    if trimmed != value and sound(trimmed):
        strange = next(c for c in value if _is_blank(c) and value.count(c) != trimmed.count(c))
        name = _NAMES.get(strange)
        code = f"U+{ord(strange):04X}"
        zh, en = name or (f"字符 {code}", f"the character {code}")
        return Words(f"请删除其中的{zh}", f"remove {en} from it")
    meant = next((text for text in _near(value) if text != value and sound(text)), None)
    return None if meant is None else Words(f"请写 {shown(meant)}", f"write {shown(meant)}")


def money(place: Place, value: str, kind: Any, sound: Callable[[str], bool]) -> Finding:
    """Return X.09 for an amount in the wrong form, with the amount that it was probably meant to
    be."""
    decimals = MONEY.get(name_of(kind), 2)
    plain = unicodedata.normalize("NFKC", value[:LONGEST_MEANT]).strip()
    digits, _, rest = plain.removeprefix("-").replace(",", "").partition(".")
    number = digits.isdigit() and (not rest or rest.isdigit())
    if number and plain.startswith("-"):
        zh, en = "不小于 0 的金额, 单位元", "an amount of 0 or more, in yuan"
    elif number and len(digits) > 15:
        zh, en = (
            "整数部分至多 15 位的金额, 单位元",
            "an amount in yuan with at most 15 digits before the point",
        )
    elif decimals:
        zh, en = (
            "不带千分位分隔符的金额, 单位元, 最多 2 位小数",
            "an amount in yuan without separators, at most 2 decimals",
        )
    else:
        zh, en = ("不带千分位分隔符的整数, 单位元", "a whole number of yuan without separators")
    hint = hint_for(value, sound) or Words("请改正金额", "correct the amount")
    return compose(
        code="X.09",
        layer="rule",
        severity=ERROR,
        place=place,
        value=value,
        wanted=zh,
        wanted_en=en,
        zh=f"填报“{shown(value)}”, 应为{zh}",
        en=f'found "{shown(value)}"; wanted {en}',
        hint_zh=hint.zh,
        hint_en=hint.en,
    )


def name_of(kind: Any) -> str:
    """Return the name of a simple type; of the type itself where a draft may leave it empty."""
    if member := getattr(kind, "member_types", None):
        return name_of(member[0])
    return kind.local_name or ""


def is_blank(value: str) -> bool:
    """Return whether a text has nothing that can be seen."""
    return all(_is_blank(c) for c in value)


def _trimmed(value: str) -> str:
    """Return a text without blanks at its ends, and without what nobody can see."""
    start, end = 0, len(value)
    while start < end and _is_blank(value[start]):
        start += 1
    while end > start and _is_blank(value[end - 1]):
        end -= 1
    return "".join(c for c in value[start:end] if c not in _INVISIBLE)


def _is_blank(character: str) -> bool:
    return character.isspace() or character in _INVISIBLE


def _near(value: str) -> Iterator[str]:
    """Yield what a value was probably meant to be: half-width, trimmed, without separators and
    units, in capitals, with the other separators of a date."""
    trimmed = _trimmed(unicodedata.normalize("NFKC", value))
    yield trimmed
    yield trimmed.upper()
    number = re.sub(r"^[¥￥+]|(元|圆|RMB|CNY)$", "", trimmed).strip()
    yield number
    if re.fullmatch(r"\d{1,3}([,'_ ]\d{3})+(\.\d*)?", number):
        number = re.sub(r"[,'_ ]", "", number)
        yield number
    yield re.sub(r"\.0*$", "", number)
    if parts := re.fullmatch(
        r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?"
        r"(?:[T ]*(\d{1,2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?)?",
        trimmed,
    ):
        year, month, day, *clock = parts.groups()
        date = f"{year}-{int(month):02}-{int(day):02}"
        yield date
        if clock[0]:
            time = f"{int(clock[0]):02}:{clock[1]}:{clock[2] or '00'}"
            yield f"{date} {time}"
            yield f"{date}T{time}"


def _documented(kind: Any, language: str) -> str:
    note = getattr(kind, "annotation", None)
    for text in () if note is None else note.documentation:
        if text.get(_LANG) == language:
            return (text.text or "").strip()
    return ""


def _derived(kind: Any) -> tuple[str, str]:
    """Return words made from facets and base."""
    if kind.local_name in _BUILT_IN:
        return _BUILT_IN[kind.local_name]
    if values := getattr(kind, "enumeration", None):
        listed = " | ".join(str(value) for value in values)
        return listed, listed
    most, least = getattr(kind, "max_length", None), getattr(kind, "min_length", None)
    if most is not None and most == least:
        return f"{most} 个字符", _characters(most)
    if most is not None:
        low = least or 0
        return f"{low} 至 {most} 个字符", f"{low} to {_characters(most)}"
    if least:
        return f"至少 {least} 个字符", f"at least {_characters(least)}"
    base = getattr(kind, "base_type", None)
    if base is not None and base.local_name in _BUILT_IN:
        return _BUILT_IN[base.local_name]
    return "文字", "text"


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count} characters"
