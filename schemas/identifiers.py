"""Shapes and check digits of the numbers on the wire: enterprises, customs districts, documents,
nodes.

Pure functions of text. They say whether a number is well formed, never whether it exists:
that is the work of the code lists, the registry and the store.
Every pattern is ASCII only: full-width digits look right on a screen and are wrong on the wire.
"""

import re
import unicodedata
from dataclasses import dataclass
from operator import mul

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: digits and letters without I, O, S, V, Z; the position of a character is its
value."""

_CREDIT_VALUE = {character: value for value, character in enumerate(CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_CREDIT_BODY = re.compile(rf"[{CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{CREDIT_ALPHABET}]{{9}}")
_CREDIT_CODE = re.compile(_CREDIT_BODY.pattern + f"[{CREDIT_ALPHABET}]")
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_CODE = re.compile(r"[0-9A-Z]{8}[0-9X]")
_ENTERPRISE = re.compile(r"[0-9]{5}[1-9A-Z][0-9A-Z]{4}")
_BUSINESS = re.compile(r"(ZS|ZB)([0-9]{4})(20[0-9]{2})([0-9]{5,})")
_SEQ_NO = 18
_BETWEEN = re.compile(r"[\s\u200b-\u200f\u2060\ufeff'\"`,，-]+")
"""What pasting brings between the digits of a number, and around it."""
_LONGEST_NO = 64  # the family *No of the customs types: maxLength 64


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessNo:
    """The parts of a 征收单编号 or 总担保编号."""

    prefix: str
    """ZS levy bill, ZB general guarantee."""
    customs: str
    """关区, four digits; not looked up in the code list."""
    year: int
    serial: int


def as_meant(text: str) -> str:
    """Return a number as its writer meant it: full-width characters as plain ones, no blanks around
    it, and nothing between digits where there is nothing else. Most texts are what they are."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.startswith("-") or plain.endswith("-"):  # it separates nothing: it is looked for
        return plain
    bare = _BETWEEN.sub("", plain)
    return bare if bare.isascii() and bare.isdigit() else plain


def about_seq_no(text: str) -> tuple[str, str]:
    """Return the next step, in Chinese and English, for a text by which nothing was found where a
    统一编号 was wanted. Looks at its form alone."""
    meant = as_meant(text)
    if meant != text and len(meant) == _SEQ_NO and meant.isdigit():
        return f"是否想写 {meant}?", f"did you mean {meant}?"
    other = (
        "企业内部编号请用 GET /declarations?enterprise_ref= 查询",
        "look for a reference of your own with GET /declarations?enterprise_ref=",
    )
    if meant.isascii() and meant.isdigit() and len(meant) != _SEQ_NO:
        n = len(meant)
        return (
            f"统一编号为 {_SEQ_NO} 位数字, 现为 {n} 位; {other[0]}",
            f"a SeqNo has {_SEQ_NO} digits, this has {n}; {other[1]}",
        )
    return f"请核对统一编号; {other[0]}", f"check the SeqNo; {other[1]}"


def credit_code_check_digit(first17: str) -> str:
    """Return the 18th character of a 统一社会信用代码.

    Source: GB 32100-2015, weights 3^(i-1) mod 31, check = 31 - (sum mod 31), 31 becoming 0.
    Raises ValueError unless given 17 characters of the alphabet.
    """
    if len(first17) != 17 or any(character not in _CREDIT_VALUE for character in first17):
        raise ValueError(
            f"credit code: found {first17!r}, wanted 17 characters of {CREDIT_ALPHABET}"
        )
    total = sum(
        _CREDIT_VALUE[character] * weight
        for character, weight in zip(first17, _CREDIT_WEIGHTS, strict=True)
    )
    return CREDIT_ALPHABET[-total % 31]


def is_credit_code(text: str) -> bool:
    """Return whether the text is an 18-character 统一社会信用代码 with the right check digit, upper
    case.

    Source: GB 32100-2015: 1 registration authority, 1 kind of body, 6 digits of division, 9
    organisation code, 1 check. The organisation code's own check digit is a separate question: see
    org_code_ok.
    """
    # The check digit weighs 1 and makes the whole sum a multiple of 31.
    return (
        _CREDIT_CODE.fullmatch(text) is not None
        and sum(map(mul, map(_CREDIT_VALUE.__getitem__, text), (*_CREDIT_WEIGHTS, 1))) % 31 == 0
    )


def org_code_ok(text: str) -> bool:
    """Return whether the check digit of an organisation code is right; takes the 9 characters, or a
    credit code with them.

    Source: GB 11714, weights 3 7 9 10 5 8 4 2 mod 11, letters A = 10 … Z = 35, remainder 10 written
    X. Kept apart from is_credit_code: GB 32100 does not repeat this check, so a failure deserves a
    warning, not a refusal.
    """
    org = text[8:17] if len(text) == 18 else text
    if not _ORG_CODE.fullmatch(org):
        return False
    check = (
        -sum(
            int(character, 36) * weight
            for character, weight in zip(org[:8], _ORG_WEIGHTS, strict=True)
        )
        % 11
    )
    return org[8] == ("X" if check == 10 else str(check))


def wanted_credit_code(text: str) -> str | None:
    """Return the credit code with the right last character, for the hint of an error; None if there
    is nothing to suggest.

    Suggests only where the embedded organisation code still passes GB 11714: when both check digits
    fail, the mistake is probably in the body, and a "corrected" code would name somebody else.
    """
    if len(text) != 18 or not _is_credit_body(text[:17]) or not org_code_ok(text[8:17]):
        return None
    wanted = text[:17] + credit_code_check_digit(text[:17])
    return None if wanted == text else wanted


def is_enterprise_code(text: str) -> bool:
    """Return whether the text is a 10-character 海关编码.

    Source: customs registration rules: 1-4 division (GB/T 2260), 5 economic area, 6 nature of the
    enterprise (1-9, since extended by letters), 7-10 serial, alphanumeric in newer codes
    (330766K00Q). There is no check digit.
    """
    return _ENTERPRISE.fullmatch(text) is not None


def business_no_parts(text: str) -> BusinessNo | None:
    """Return the parts of a levy or guarantee number: ZS or ZB, 4 关区, 4 year, 5 or more serial;
    None if it is neither.

    Source: ZS from the operation manual (ZS0100201600413), ZB ours in its likeness. Five digits is
    the least width, not the most; the whole stays within the 64 characters of the wire.
    """
    match = _BUSINESS.fullmatch(text)
    if match is None or len(text) > _LONGEST_NO:
        return None
    prefix, customs, year, serial = match.groups()
    return BusinessNo(prefix=prefix, customs=customs, year=int(year), serial=int(serial))


def is_levy_no(text: str) -> bool:
    """Return whether the text is a 征收单编号 (ZS…). Source: see business_no_parts."""
    parts = business_no_parts(text)
    return parts is not None and parts.prefix == "ZS"


def is_guarantee_no(text: str) -> bool:
    """Return whether the text is a 总担保编号 (ZB…). Source: see business_no_parts."""
    parts = business_no_parts(text)
    return parts is not None and parts.prefix == "ZB"


def _is_credit_body(first17: str) -> bool:
    return _CREDIT_BODY.fullmatch(first17) is not None
