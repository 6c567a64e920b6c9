"""The frame of every page: templates, language, security headers, and what the last act said. Knows
no page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jinja2
import msgspec
from aiohttp import web

from gateway.base.web.addresses import asked, safe, segment
from gateway.base.web.pages import flash as flashes
from gateway.base.web.pages import live
from gateway.base.web.pages.asked import BAD, TYPED, WHOLE, printing
from gateway.base.web.pages.files import Files
from gateway.base.web.pages.flash import Action, Flash
from gateway.base.web.pages.text import Words, visible
from gateway.base.web.pages.visit import Browser

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src"
        " 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
OWN = "gateway.base.web.pages"


class Frame:
    """What pages are made with; a console derives its own, with what its pages know. One per
    process.

    Attributes:
        files: The stylesheets, script and pictures of the pages.
    """

    def __init__(
        self,
        *,
        package: str,
        cookie: str,
        browser: Callable[[web.Request], Browser],
        filters: Mapping[str, Callable[..., Any]],
    ) -> None:
        """``package`` has the folders ``templates`` and ``static`` of the console; ``cookie`` is
        what tells a message; ``browser`` returns who looks."""
        self.files = Files(package, OWN)
        self._cookie, self._browser = cookie, browser
        self._environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package), jinja2.PackageLoader(OWN)]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=visible,
            undefined=jinja2.StrictUndefined,
            auto_reload=False,
        )
        self._environment.filters["segment"] = segment
        self._environment.filters.update(filters)
        self._environment.globals.update(
            styles=self.files.text, static=self.files.address, scripts=self.files.scripts
        )

    def known(self, request: web.Request) -> Mapping[str, Any]:
        """Return what the templates of this console know beside what every page does."""
        return {}

    def page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        """Return a page in the language of the visitor; of a page that is open already, only the
        live parts that changed."""
        browser, has = self._browser(request), live.parts_of(request)
        told = flashes.read(request.cookies.get(self._cookie)) if has is None else None

        def t(zh: str, en: str) -> str:
            return en if browser.english else zh

        def filled(name: str, default: str = "", form: str = "") -> str:
            typed = told.form if told and told.form.get("form", "") == form else {}
            return typed.get(name, default)

        text = self._environment.get_template(template).render(
            t=t,
            filled=filled,
            english=browser.english,
            visitor=browser,
            flash=told,
            path=request.path,
            here=request.path_qs,
            query=(query := request.get(TYPED, request.query)),
            again=partial(asked, query),
            bad=request.get(BAD, {}),
            printing=printing(request),
            whole=request.get(WHOLE, False),
            origin=f"{request.scheme}://{request.host}",
            **self.known(request),
            **values,
        )
        if has is not None and status == 200:
            changed = msgspec.json.encode(live.changed(text, has))
            return web.Response(body=changed, content_type="application/json")
        response = web.Response(text=text, content_type="text/html", status=status)
        if told:
            response.del_cookie(self._cookie)
        return response

    def back(
        self,
        to: str,
        *,
        good: bool,
        lines: list[Words],
        form: Mapping[str, Any] | None = None,
        action: Action | None = None,
    ) -> web.Response:
        """Return the way back to a page after an act, with what is to be said there. ``form``: what
        was typed, told where the act failed."""
        response = web.Response(status=303, headers={"Location": safe(to)})
        kept = {} if good else flashes.typed(form or {})
        said = Flash(good=good, lines=lines, form=kept, action=action)
        flashes.tell(response, self._cookie, said)
        return response
