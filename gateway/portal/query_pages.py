"""The three query screens: filters, ten status options with counts, rows, tables to take away."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from aiohttp import web

from gateway.api.exports import table
from gateway.api.filtering import FILTERS, GUR_TYPE, REFUND_KIND, filter_of, listed
from gateway.api.http import ProblemError
from gateway.base.sheets import KINDS
from gateway.base.web.addresses import asked, safe
from gateway.base.web.pages.forms import form_of
from gateway.portal import saved
from gateway.portal.filing_pages import offered
from gateway.portal.frame import Frame
from gateway.portal.page import HOME, Handle, Page
from gateway.portal.screens import SCREENS, USUAL
from gateway.portal.visit import VISITOR
from gateway.queries.filters import Filter
from gateway.queries.shapes import DeclarationOut
from gateway.service import Gateway
from handlers import queried
from handlers.contract import Listing
from schemas.times import local_day

ASKED = tuple(each.name for each in (*FILTERS, GUR_TYPE, REFUND_KIND))
CHOSEN = "row"
"""The parameter that names the row whose buttons are shown."""
PLACE = ("cursor", CHOSEN, "lang")
"""What an address says of the place in a list, and not of the query."""
ADDED = "sums"
"""The parameter that asks for the sums of a long list."""
AT_ONCE = 500
"""Rows of a list that is added up without being asked: each costs a tenth of a millisecond."""
NO_FILTER = frozenset({"sort", "limit", "enterprise", ADDED, *PLACE})
KEPT = 365 * 86400
"""Seconds for which a browser keeps the queries of a person."""
MOST = 50_000
"""Rows of one table that is taken away."""


class QueryPages:
    """One screen for each message type that has a query."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame

    def pages(self) -> list[Page]:
        own = Page(path="/queries", handle=self.keep, method="POST")
        return [own, *self._lists()]

    def _lists(self) -> list[Page]:
        return [
            page
            for code, listing in queried()
            for page in (
                Page(
                    path=f"/{listing.name}",
                    handle=self._screen(code, listing),
                    asked=(*ASKED, CHOSEN, ADDED),
                ),
                *(
                    Page(
                        path=f"/{listing.name}.{form}",
                        handle=self._table(code, listing, form),
                        asked=ASKED,
                    )
                    for form in KINDS
                ),
            )
        ]

    def _screen(self, message_type: str, listing: Listing) -> Handle:
        screen = SCREENS.get(listing.name, USUAL)

        async def handle(request: web.Request) -> web.StreamResponse:
            own = request[VISITOR].own
            wrong: ProblemError | None = None
            try:
                narrowed = filter_of(request, own, (message_type,), listing)
            except ProblemError as problem:  # the screen stays, with what was asked
                wrong = problem
                narrowed = Filter(enterprises=frozenset())
            try:
                found = await listed(self._gateway, narrowed)
            except ProblemError as problem:
                wrong, narrowed = problem, replace(narrowed, sort=None, before=None)
                found = await listed(self._gateway, narrowed)
            today = local_day(self._gateway.clock.now())
            self._gateway.codes.refresh()
            chosen = next(
                (row for row in found.items if row.seq_no == request.query.get(CHOSEN)), None
            )
            adds = wrong is None and (found.total <= AT_ONCE or request.query.get(ADDED) == "1")
            numbers = [int(row.seq_no) for row in found.items]
            active = sum(name not in NO_FILTER for name, value in request.query.items() if value)
            return self._frame.page(
                request,
                "query.html",
                status=200 if wrong is None else wrong.status,
                listing=listing,
                screen=screen,
                found=found,
                counts=await self._gateway.queries.counts(narrowed),
                sums=await self._gateway.queries.sums(narrowed) if adds else None,
                opinions=await self._gateway.queries.opinions(numbers, own.enterprises),
                chosen=chosen,
                offers=offered(chosen) if chosen else (),
                order=partial(asked, request.query, without=PLACE),
                place=partial(asked, request.query, without=("lang",)),
                filters_in_use=active,
                mine=saved.read(request.cookies.get(saved.cookie_of(own.key))),
                wrong=wrong.findings if wrong else (),
                options={
                    choice.name: [
                        code
                        for code in self._gateway.codes.list(choice.codes)
                        if code.valid_on(today)
                    ]
                    for choice in screen.choices
                },
                base=f"{HOME}/{listing.name}",
            )

        return handle

    def _table(self, message_type: str, listing: Listing, form: str) -> Handle:
        async def handle(request: web.Request) -> web.StreamResponse:
            own = request[VISITOR].own
            gateway = self._gateway
            narrowed = filter_of(request, own, (message_type,), listing, 1000)
            rows = await self._every(replace(narrowed, limit=1000, before=None))
            names = {n: f.label_zh for n, f in gateway.intake.schemas.labels.items()}
            body = await gateway.checking.run(own.key, lambda: table(form, rows, names))
            return web.Response(
                body=body,
                content_type=KINDS[form],
                headers={"Content-Disposition": f'attachment; filename="{listing.name}.{form}"'},
            )

        return handle

    async def keep(self, request: web.Request) -> web.StreamResponse:
        """Keep a query under a name in the browser, or forget one, and go back to it."""
        form, cookie = await form_of(request), saved.cookie_of(request[VISITOR].own.key)
        kept, address = saved.read(request.cookies.get(cookie)), safe(form.get("back", HOME))
        name = form.get("name", "")
        kept = (
            saved.drop(kept, name) if form.get("act") == "drop" else saved.put(kept, name, address)
        )
        response = web.Response(status=303, headers={"Location": address})
        response.set_cookie(
            cookie, saved.written(kept), httponly=True, samesite="Strict", path=HOME, max_age=KEPT
        )
        return response

    async def _every(self, narrowed: Filter) -> list[DeclarationOut]:
        """Return the rows of all pages, up to ``MOST``."""
        rows: list[DeclarationOut] = []
        while len(rows) < MOST:
            page = await listed(self._gateway, narrowed)
            rows += page.items
            if page.next is None:
                break
            narrowed = replace(narrowed, before=int(page.next))
        return rows
