"""Who looks at a page, as far as every console knows it: a browser with a secret, which its forms
answer for, and a language."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

LANGUAGE = "lang"
YEAR = 365 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """``token`` is the browser's secret; ``fresh``: it must still be told."""

    COOKIE: ClassVar[str]
    """The name of the cookie. Consoles share a host, and with it all cookies."""
    SECONDS: ClassVar[int]
    """How long the browser keeps it."""

    token: str
    fresh: bool
    english: bool

    @property
    def csrf(self) -> str:
        """Return what every form carries: it follows from the cookie, which no other site can
        read."""
        return hmac.new(self.token.encode(), b"form", hashlib.sha256).hexdigest()

    def sent(self, given: object) -> bool:
        """Return whether a form with this token came from a page of ours in this browser."""
        return isinstance(given, str) and hmac.compare_digest(
            given.encode(errors="surrogatepass"), self.csrf.encode()
        )

    def remember(self, request: web.Request, response: web.StreamResponse) -> None:
        """Tell the browser its secret and its language."""
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        if self.fresh:
            response.set_cookie(
                self.COOKIE,
                self.token,
                httponly=True,
                samesite="Strict",
                secure=secure,
                path="/",
                max_age=self.SECONDS,
            )
        if request.query.get(LANGUAGE) in ("zh", "en"):
            response.set_cookie(
                LANGUAGE,
                "en" if self.english else "zh",
                samesite="Strict",
                secure=secure,
                path="/",
                max_age=YEAR,
            )


def new_token() -> str:
    """Return a new secret for a browser."""
    return secrets.token_urlsafe(24)


def secret_of(request: web.Request, cookie: str) -> tuple[str, bool]:
    """Return the secret of the browser, and whether it is new."""
    given = request.cookies.get(cookie, "")
    known = 20 <= len(given) <= 64 and given.isascii()
    return (given, False) if known else (new_token(), True)


def english(request: web.Request) -> bool:
    """Return whether the visitor reads English: as the address says, else as was chosen before."""
    return (request.query.get(LANGUAGE) or request.cookies.get(LANGUAGE, "zh")) == "en"
