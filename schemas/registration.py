"""An enterprise as it is registered (备案) with the e-port and with customs, and what can be wrong
with a registration. Knows no store: whether somebody has the code already is each side's question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from schemas.codes import CodeLists
from schemas.findings import Finding, Place, finding
from schemas.identifiers import credit_code_check_digit, is_credit_code, is_enterprise_code

LONGEST_NAME = 255
_DXP_ID = re.compile(r"[0-9A-Z]{4,16}")
_CREDIT_SHAPE = "18 位, 大写字母和数字, 不含 I O S V Z"
_CREDIT_SHAPE_EN = "18 capital letters and digits without I, O, S, V, Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One enterprise as it is asked to be registered: nothing is checked yet.

    Attributes:
        customs: 主管关区, four digits.
        dxp_id: What its messages name as their sender; the two sides must know the same.
    """

    code: str
    name: str
    credit_code: str
    customs: str
    dxp_id: str


def dxp_id_of(code: str) -> str:
    """Return the DXP id that an enterprise has unless it names another: both sides arrive at the
    same."""
    return f"DXPENT{code}"


def problems(asked: Registration, codes: CodeLists, today: date) -> list[Finding]:
    """Return everything that is wrong with a registration on the day ``today``; an empty list when
    it can be entered."""
    return [
        *_code(asked.code),
        *_name(asked.name),
        *_credit_code(asked.credit_code),
        *_customs(asked.customs, codes, today),
        *_dxp_id(asked.dxp_id),
    ]


def taken(field: str, found: str, holder: str) -> Finding:
    """Return ID.03: the code or the DXP id is registered for ``holder``."""
    return finding("ID.03", Place(field=field), found=found, wanted=holder)


def _code(text: str) -> Iterator[Finding]:
    if not is_enterprise_code(text):
        yield finding("CODE.03", Place(field="code"), found=text)


def _name(text: str) -> Iterator[Finding]:
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable() or text != text.strip():
        yield finding(
            "QUERY.01",
            Place(field="name"),
            found=text,
            wanted=f"1 到 {LONGEST_NAME} 个可见字符, 首尾无空格",
            wanted_en=f"1 to {LONGEST_NAME} printable characters, no blank at either end",
        )


def _credit_code(text: str) -> Iterator[Finding]:
    if is_credit_code(text):
        return
    try:
        digit = credit_code_check_digit(text[:17])
    except ValueError:
        digit = ""
    place = Place(field="credit_code")
    if len(text) == 18 and digit and is_credit_code(text[:17] + digit):
        yield finding("CODE.02", place, found=text, wanted=text[:17] + digit)
        return
    yield finding("QUERY.01", place, found=text, wanted=_CREDIT_SHAPE, wanted_en=_CREDIT_SHAPE_EN)


def _customs(text: str, codes: CodeLists, today: date) -> Iterator[Finding]:
    place = Place(field="customs")
    if codes.get("customs", text, today) is not None:
        return
    if why := codes.not_valid("customs", text, today):
        yield finding("CODE.04", place, found=text, wanted=why[0], wanted_en=why[1])
        return
    yield finding("CODE.01", place, found=text, wanted="customs")


def _dxp_id(text: str) -> Iterator[Finding]:
    if not _DXP_ID.fullmatch(text):
        yield finding(
            "QUERY.01",
            Place(field="dxp_id"),
            found=text,
            wanted="4 到 16 位大写字母和数字",
            wanted_en="4 to 16 capital letters and digits",
        )
