"""Values of a run: variables, what was captured, and what is made anew, filled into ``{{holes}}``."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from schemas.identifiers import credit_code_check_digit
from schemas.times import SHANGHAI

_HOLE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_DAY = re.compile(r"today(?:([+-]\d{1,5})d)?")
_BODY = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Characters of a 统一社会信用代码 (GB 32100)."""


class Unfilled(ValueError):
    """A hole that nothing fills."""


class Values:
    """``today``: the business day of the pair. Later definitions win."""

    def __init__(self, today: date, variables: Mapping[str, str] | None = None) -> None:
        self._today, self._known = today, dict[str, str]()
        for name, text in (variables or {}).items():
            self._known[name] = self.fill(text)

    def capture(self, name: str, value: str) -> None:
        self._known[name] = value

    def fill(self, text: str, *, message_id: str = "") -> str:
        """``text`` with every hole filled. Raises Unfilled for one that is not known."""
        return _HOLE.sub(lambda hole: self._value(hole[1], message_id), text)

    def fill_all(self, value: Any) -> Any:
        """The same for every text in a JSON value."""
        if isinstance(value, str):
            return self.fill(value)
        if isinstance(value, Mapping):
            return {name: self.fill_all(each) for name, each in value.items()}
        return [self.fill_all(each) for each in value] if isinstance(value, list) else value

    def message_id(self) -> str:
        """A new message id in the usual form: sender, receiver, time, running number."""
        return f"DXPENT0000000001DXPEDCGRT0000001{self._today:%Y%m%d}100000{secrets.randbelow(10**11):011d}"

    def _value(self, name: str, message_id: str) -> str:
        if name in self._known:
            return self._known[name]
        if day := _DAY.fullmatch(name):
            return (self._today + timedelta(days=int(day[1] or 0))).isoformat()
        match name:
            case "message_id":
                return message_id or self.message_id()
            case "unique":
                return f"U{secrets.token_hex(6).upper()}"
            case "now":
                return datetime.combine(self._today, datetime.min.time().replace(hour=10), SHANGHAI).isoformat()
            case "credit_code":
                body = "91110000" + "".join(secrets.choice(_BODY) for _ in range(9))
                return body + credit_code_check_digit(body)
        raise Unfilled(f"{{{{{name}}}}}: 没有这个变量 / no such variable; known: {', '.join(sorted(self._known)) or '-'}")
