"""Replaces what names a real enterprise, person or account by valid fakes, the same one for the same value everywhere.

Pure. Enterprises become those of the demo registry, which every fresh pair knows; everything else gets a fake of its own shape:
as long, digits for digits, with the check digit that belongs to it. Amounts, codes of code lists and dates are kept.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable, Mapping, Sequence

from gateway.handler import Enterprise
from schemas.identifiers import credit_code_check_digit, is_credit_code, is_enterprise_code

NAMES = frozenset({"assuredEtpsNm", "pmnEtpsNm", "OwnerName"})
BANKS = frozenset({"pmnEtpsOpaccBankNm"})
PEOPLE = frozenset({"etpsConcErName"})
SHAPED = frozenset({"etpsConcErTelnum", "pmnEtpsBankAcctnum", "ltguaNo", "oriactNo", "bizBlsNo", "Ic_Card", "KeyName", "biz_no", "oriact_no"})
"""Numbers of the enterprise: another of the same shape."""
CODES = frozenset({"assuredEtpsno", "pmnEtpsno", "OperCusRegCode", "OwnerCode", "enterprise"})
CREDIT_CODES = frozenset({"assuredEtpsSccd", "pmnEtpsSccd"})
TEXTS: Mapping[str, str] = {
    "rmk": "备注", "rtnbkCrdwRsnDesc": "理由", "diffRsnDesc": "差异说明", "etpsAddr": "地址", "reason": "理由",
    "notes": "意见", "FileName": "附件"}
EMPTIED = frozenset({"SignatureValue", "DigestValue", "X509Certificate"})
"""A signature over other words is none, and a real certificate names its owner."""
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class TooManyEnterprises(ValueError):
    """A recording may be of as many enterprises as the demo registry has."""


class Scrubber:
    """The fakes of one recording. ``enterprises``: the recorded ones with all that is registered of them; ``demo``: who takes
    their place, in order; one that is itself in ``demo`` keeps its place. ``payers`` get a place when one is left. Raises
    TooManyEnterprises."""

    def __init__(self, enterprises: Sequence[Mapping[str, str]], demo: Sequence[Enterprise], payers: Sequence[Mapping[str, str]] = ()) -> None:
        self._fakes: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        free = [d for d in demo if d.code not in {e["code"] for e in (*enterprises, *payers)}]
        known = {d.code: d for d in demo}
        for each in (*enterprises, *payers):
            if each["code"] in known:
                place = known[each["code"]]
            elif free:
                place = free.pop(0)
            elif each in payers:
                continue
            else:
                raise TooManyEnterprises(f"{len(enterprises)} enterprises were recorded; at most {len(demo)} can be, choose keys")
            for kind, real, fake in (("code", each["code"], place.code), ("name", each["name"], place.name),
                                     ("credit", each["credit_code"], place.credit_code), ("customs", each.get("customs") or "", place.customs),
                                     ("node", each.get("dxp_id") or "", place.dxp_id)):
                if real:
                    self._fakes[kind, real] = fake

    def field(self, name: str, value: str) -> str:
        """What stands in element or member ``name`` instead of ``value``."""
        if not value:
            return value
        if name in EMPTIED:
            return ""
        for names, kind, make in self._makers():
            if name in names:
                return self._fake(kind, value, make)
        if name == "note":  # an officer's, or customs' own words, which name nobody
            return self._fakes.get(("notes", value), value)
        if name in TEXTS:
            return self._fake(name, value, lambda _, n: f"{TEXTS[name]} {n}")
        return self._fakes.get(("customs", value), value) if name in ("masterCuscd", "customs") else value

    def number(self, kind: str, value: str) -> str:
        """A reference of the enterprise's own, or another number that names nobody: one of the same shape."""
        return self._fake(kind, value, _shaped) if value else value

    def node(self, value: str) -> str:
        return self._fakes.get(("node", value), value)

    def _makers(self) -> tuple[tuple[frozenset[str], str, Callable[[str, int], str]], ...]:
        return ((NAMES, "name", lambda _, n: f"某某单位 {n}"), (BANKS, "bank", lambda _, n: f"某某银行第 {n} 支行"),
                (PEOPLE, "person", lambda _, n: f"联系人 {n}"), (SHAPED, "number", _shaped), (CODES, "code", _code),
                (CREDIT_CODES, "credit", _credit))

    def _fake(self, kind: str, value: str, make: Callable[[str, int], str]) -> str:
        found = self._fakes.get((kind, value))
        if found is None:
            n = self._counts[kind] = self._counts.get(kind, 0) + 1
            found = self._fakes[kind, value] = make(value, n)
        return found


def _digits(n: int, value: str) -> bytes:
    """Octets that depend on the order of appearance alone, so that nothing of ``value`` but its shape can be told from them."""
    return hashlib.blake2b(f"{n}/{len(value)}".encode(), digest_size=64).digest()


def _shaped(value: str, n: int) -> str:
    """Digit for digit, letter for letter; the first letters stay (ZS, BH, C: they say what it is), and so do all other characters."""
    octets, made, head = _digits(n, value), [], True
    for at, character in enumerate(value):
        o = octets[at % 64]
        if character in string.digits:
            head = False
            made.append(str(o % 10))
        elif character in string.ascii_letters and not head:
            letter = string.ascii_uppercase[o % 26]
            made.append(letter if character.isupper() else letter.lower())
        else:
            made.append(character)
    return "".join(made)


def _code(value: str, n: int) -> str:
    """A 海关编码 that nobody in the demo registry has: 99 is no division."""
    return f"9999{n % 10}9{n:04d}" if is_enterprise_code(value) else _shaped(value, n)


def _credit(value: str, n: int) -> str:
    """A 统一社会信用代码 with the right check digit; a wrong one stays wrong."""
    first = "91990000" + "".join(_CREDIT_LETTERS[o % 31] for o in _digits(n, value)[:9])
    right = credit_code_check_digit(first)
    return first + (right if is_credit_code(value) else _CREDIT_LETTERS[(_CREDIT_LETTERS.index(right) + 1) % 31])
