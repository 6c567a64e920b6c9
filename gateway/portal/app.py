"""The portal: its screens behind one door. Knows who looks and whether a form is ours; what the
screens show is theirs."""

from __future__ import annotations

import functools
import logging

from aiohttp import web

from gateway.api.app import make_app
from gateway.api.http import ProblemError, broken, check_address
from gateway.base.errors import Unavailable
from gateway.base.web.addresses import pattern, segment
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.frame import HEADERS
from gateway.base.web.pages.kept import Kept
from gateway.base.web.pages.live import only_asks
from gateway.base.web.pages.visit import LANGUAGE
from gateway.base.web.server import BROKEN
from gateway.base.web.underway import UNDER_WAY
from gateway.portal.entry_pages import EntryPages
from gateway.portal.filing_pages import FilingPages
from gateway.portal.form_pages import FormPages
from gateway.portal.form_view import FormView
from gateway.portal.forms import FORMS, own_types
from gateway.portal.frame import Frame
from gateway.portal.hearts import Hearts
from gateway.portal.info_pages import InfoPages
from gateway.portal.initials import Initials
from gateway.portal.made import made_forms
from gateway.portal.page import HOME, Page
from gateway.portal.query_pages import QueryPages
from gateway.portal.receipt_pages import ReceiptPages
from gateway.portal.statement_pages import StatementPages
from gateway.portal.visit import VISITOR, visitor_of
from gateway.service import Gateway
from gateway.store.sessions import Sessions
from schemas.findings import Finding, compose, finding

log = logging.getLogger("eport.portal")


def whole_app(gateway: Gateway) -> web.Application:
    """Return the gateway's application: its API, and the portal beside it."""
    portal = Portal(gateway)
    app = make_app(gateway, portal.routes())
    app.on_shutdown.append(portal.close)
    return app


class Portal:
    """One per process."""

    def __init__(self, gateway: Gateway) -> None:
        self._sessions = Sessions(gateway.store, gateway.wall)
        made = made_forms(gateway.intake.schemas, gateway.intake.message_types(), own_types())
        self._frame = Frame(gateway, made)
        self._hearts = Hearts(gateway.queries)
        view = FormView(gateway, self._frame, Initials())
        self._entry = EntryPages(gateway, self._sessions, self._frame, self._hearts)
        self.pages: tuple[Page, ...] = (
            *self._entry.pages(),
            *QueryPages(gateway, self._frame).pages(),
            *FormPages(gateway, self._frame, view, {**FORMS, **made}).pages(),
            *FilingPages(gateway, self._frame).pages(),
            *InfoPages(gateway, self._frame).pages(),
            *StatementPages(gateway, self._frame).pages(),
            *ReceiptPages(gateway, self._frame).pages(),
        )

    def routes(self) -> list[web.RouteDef]:
        """Return what is served under ``/portal``, and the files of its pages."""
        unknown = Page(path="/{rest:.*}", handle=_nothing_there, method="*", open=True)
        return [
            self._frame.files.route(),
            *(
                web.route(
                    page.method, HOME + pattern(page.path), functools.partial(self._serve, page)
                )
                for page in self.pages
            ),
            web.route("*", HOME + unknown.path, functools.partial(self._serve, unknown)),
        ]

    async def close(self, _: web.Application) -> None:
        """Finish all streams; called when the server stops."""
        await self._hearts.close()

    async def _serve(self, page: Page, request: web.Request) -> web.StreamResponse:
        """Answer one request of a browser, from the door to the headers of the answer."""
        under_way = request.app[UNDER_WAY]
        under_way.begin()
        try:
            request[VISITOR] = await visitor_of(request, self._sessions)
            response = await self._admitted(page, request)
        except Unavailable:
            return _plain_trouble()
        except ProblemError as problem:
            response = self._refused(request, problem)
        except BROKEN as error:
            response = self._refused(request, broken(error))
        except web.HTTPException:
            raise
        except Exception:  # a fault of ours: a person gets a page, the log the cause
            log.exception("%s failed", request.path, extra={"action": "page_failed"})
            return _plain_trouble(500)
        finally:
            under_way.done()
        if not response.prepared:
            response.headers.update(HEADERS)
            request[VISITOR].remember(request, response)
        if under_way.ending:
            response.force_close()
        return response

    async def _admitted(self, page: Page, request: web.Request) -> web.StreamResponse:
        if not page.open and request[VISITOR].caller is None:
            return await self._asked_for_key(page, request)
        check_address(request, (*page.asked, LANGUAGE))
        if request.method == "POST":
            form = await form_of(request)
            if not request[VISITOR].sent(form.get("csrf")):
                raise ProblemError(403, [_foreign_form()])
            if only_asks(request) and not page.asks:
                return web.Response(status=204)
        return await page.handle(request)

    async def _asked_for_key(self, page: Page, request: web.Request) -> web.Response:
        """Return the way to the page that asks for a key; with a form that one of our pages in this
        browser was sending, that page itself."""
        if request.method == "POST" and page.asks:
            kept = await Kept.of_request(request)
            if request[VISITOR].sent(dict(kept.fields).get("csrf")):
                return self._entry.asked(request, to=kept.path, status=401, kept=kept)
        to = segment(request.path_qs) if request.method == "GET" else segment(HOME)
        return web.Response(status=303, headers={"Location": f"{HOME}/login?next={to}"})

    def _refused(self, request: web.Request, problem: ProblemError) -> web.Response:
        return self._frame.page(
            request,
            "error.html",
            status=problem.status,
            refusal_status=problem.status,
            findings=problem.findings,
        )


async def _nothing_there(request: web.Request) -> web.StreamResponse:
    raise ProblemError(404, [finding("QUERY.02", found=request.path)])


def _plain_trouble(status: int = 503) -> web.Response:
    """Return an answer that needs no store: it may be the store that does not answer."""
    return web.Response(
        status=status,
        text="网关暂时不能完成, 请稍后重试。 / The gateway cannot do this now; try again later.",
        headers={**HEADERS, "Retry-After": "2"},
    )


def _foreign_form() -> Finding:
    return compose(
        code="AUTH.04",
        layer="identity",
        severity="error",
        zh="表单已过期或不是本系统的页面发出的",
        en="the form is out of date, or no page of this portal sent it",
        hint_zh="请刷新页面后重试",
        hint_en="reload the page and try again",
    )
