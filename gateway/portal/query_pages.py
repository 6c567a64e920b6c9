"""The three query screens: filters, ten status options with counts, rows, tables to take away."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from gateway.api.exports import table
from gateway.api.filtering import FILTERS, GUR_TYPE, REFUND_KIND, filter_of
from gateway.api.http import ProblemError
from gateway.base.sheets import KINDS
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
MOST = 50_000
"""Rows of one table that is taken away."""


class QueryPages:
    """One screen for each message type that has a query."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame

    def pages(self) -> list[Page]:
        return [
            page
            for code, listing in queried()
            for page in (
                Page(path=f"/{listing.name}", handle=self._screen(code, listing), asked=ASKED),
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
            today = local_day(self._gateway.clock.now())
            self._gateway.codes.refresh()
            return self._frame.page(
                request,
                "query.html",
                status=200 if wrong is None else wrong.status,
                listing=listing,
                screen=screen,
                found=await self._gateway.queries.declarations(narrowed),
                counts=await self._gateway.queries.counts(narrowed),
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

    async def _every(self, narrowed: Filter) -> list[DeclarationOut]:
        """Return the rows of all pages, up to ``MOST``."""
        rows: list[DeclarationOut] = []
        while len(rows) < MOST:
            page = await self._gateway.queries.declarations(narrowed)
            rows += page.items
            if page.next is None:
                break
            narrowed = replace(narrowed, before=int(page.next))
        return rows
