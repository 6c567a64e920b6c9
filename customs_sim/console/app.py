"""The console: its pages behind one door. Knows who looks, may and sent; what the pages show is
theirs."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from customs_sim.console.asked import explained, looked_at
from customs_sim.console.case_page import CasePages
from customs_sim.console.decide_page import DecidePages
from customs_sim.console.expectation_pages import ExpectationPages
from customs_sim.console.filter_pages import FilterPages
from customs_sim.console.frame import Frame, named
from customs_sim.console.kept import Kept
from customs_sim.console.money_pages import MoneyPages
from customs_sim.console.page import Page
from customs_sim.console.parked_pages import ParkedPages
from customs_sim.console.people_pages import PeoplePages
from customs_sim.console.register_pages import RegisterPages
from customs_sim.console.registry_pages import RegistryPages
from customs_sim.console.search_pages import SearchPages
from customs_sim.console.sheet_pages import SheetPages
from customs_sim.console.statement_pages import StatementPages
from customs_sim.console.steering_pages import SteeringPages
from customs_sim.console.today_pages import TodayPages
from customs_sim.console.trace_pages import TracePages
from customs_sim.console.visit import VISITOR, checked_form, from_here, typed_form, visitor_of
from customs_sim.console.worklist_page import WorklistPages
from customs_sim.console.world import WORLD, world_of
from customs_sim.console.world_pages import WorldPages
from customs_sim.control.access import Door
from customs_sim.control.audit import TRIED
from customs_sim.control.calls import Handler
from customs_sim.control.http import ACTOR, as_refusal, posted
from customs_sim.control.problems import no_right, problem, said
from customs_sim.desk.views import Pulse, pulse
from customs_sim.node import CustomsNode
from customs_sim.office.operators import Operators
from gateway.base.web.accepting import preferred
from gateway.base.web.addresses import pattern, safe, segment
from gateway.base.web.pages.asked import kindly
from gateway.base.web.pages.files import PATH
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.frame import HEADERS
from gateway.base.web.pages.live import only_asks
from gateway.base.web.pages.pulse import Heart
from gateway.base.web.pages.question import Question, answered, fields_of, sent_again
from schemas.findings import Refused
from schemas.times import micros

ANSWERS = ("application/problem+json", "application/json", "text/html")
"""What a refusal is answered in: to a browser as a page."""

FORGED = "AUTH.04"
"""The finding that a form has no token of this browser."""


WRONG = "wrong"
"""The name under which a page is told which field a refusal is about."""


def wants_page(request: web.Request) -> bool:
    """Return whether a browser asks, which is answered by a page."""
    return preferred(request.headers.get("Accept", ""), ANSWERS) == "text/html"


def _name_of(request: web.Request) -> str:
    """Return what the audit calls the form of a page: as a call of the control API, its path."""
    resource = request.match_info.route.resource
    path = request.path if resource is None else resource.canonical
    words = [word.strip("{}").replace("-", "_") for word in path.split("/") if word]
    return "_".join(["post", *words])


class Console:
    """One per process."""

    def __init__(self, node: CustomsNode, people: Operators, door: Door) -> None:
        self._node, self._people, self._door = node, people, door
        self._frame, self._heart = Frame(node.office), Heart(self._look)
        frame = self._frame
        self._people_pages = PeoplePages(node, people, door, frame)
        lists = WorklistPages(node, frame)
        self._pages = {
            (page.method, page.path): page
            for group in (
                TodayPages(node, frame),
                lists,
                CasePages(node, frame, lists),
                DecidePages(node, frame),
                RegisterPages(node, frame),
                RegistryPages(node, frame),
                MoneyPages(node, frame),
                StatementPages(node, frame),
                TracePages(node, frame),
                ParkedPages(node, frame),
                ExpectationPages(node, frame),
                SearchPages(node, frame),
                SheetPages(),
                FilterPages(),
                WorldPages(node, frame),
                SteeringPages(node, frame),
                self._people_pages,
            )
            for page in group.pages()
        }
        self._pages["GET", "/events"] = Page(path="/events", handle=self._heart.stream)

    def routes(self) -> list[web.RouteDef]:
        return [
            self._frame.files.route(),
            *(
                web.route(page.method, pattern(page.path), page.handle)
                for page in self._pages.values()
            ),
        ]

    async def _look(self) -> Pulse:
        at = micros(self._node.office.clock.now())
        return await self._node.office.store.read(lambda c: pulse(c, at))

    async def close(self, _: web.Application) -> None:
        await self._heart.close()

    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request of a browser, from the door to the headers of the answer."""
        if request.path.startswith(PATH):
            return await handler(request)
        request[VISITOR] = await visitor_of(request, self._people, self._door)
        try:
            response = await self._admitted(request, handler)
        except Exception as error:
            if isinstance(error, web.HTTPException) and error.status < 400:
                raise
            response = await self._answer(request, as_refusal(request, error))
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            request[VISITOR].remember(request, response)
        return response

    async def _admitted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        page = (
            self._pages.get((request.method, resource.canonical)) if resource is not None else None
        )
        actor = request[VISITOR].actor
        if page is None:
            return await handler(request)  # 404 or 405, said by aiohttp
        if not page.open:
            if actor is None:
                if request.method == "GET" and request.path != "/events":
                    return web.Response(
                        status=303, headers={"Location": "/login?next=" + segment(request.path_qs)}
                    )
                if request.method == "POST" and wants_page(request):
                    return await self._asked_for_key(request)
                raise said(
                    "AUTH.01",
                    401,
                    "未登录",
                    "nobody is logged in",
                    "请在 /login 用操作员密钥登录",
                    "log in at /login with an operator's key",
                )
            request[ACTOR] = actor
            if wants_page(request):
                request[WORLD] = await world_of(self._node)
            if not actor.role.may(page.role):
                raise no_right(actor.role, page.role)
        if request.method == "GET" and page.asks is not None:
            look = partial(looked_at, self._node, page)
            return await (look(request) if page.file else kindly(request, look, explained))
        if request.method == "POST":
            await checked_form(request)
            if page.ask is not None:
                question = await page.ask(request)
                if question is not None and not await answered(request, question):
                    return await self._asked(request, question)
            if only_asks(request):
                return web.Response(status=204)
        return await handler(request)

    async def _asked_for_key(self, request: web.Request) -> web.Response:
        """Return the page that asks for a key, with the form that was being sent, if it is one of
        ours in this browser."""
        await posted(request)
        form = await form_of(request)
        # a browser that lost its cookies has no token; what it typed is shown before it is sent
        ours = request[VISITOR].sent(form.get("csrf")) or from_here(request)
        return await self._people_pages.asked(
            request,
            to=safe(form.get("back", "/")),
            status=401,
            kept=await Kept.of_request(request) if ours else None,
        )

    async def _asked(
        self, request: web.Request, question: Question, status: int = 200
    ) -> web.Response:
        form = await form_of(request)
        return self._frame.page(
            request,
            "question.html",
            status=status,
            question=question,
            fields=await fields_of(request, question),
            given=form.get("offered") or form.get(question.wanted, ""),
            given_day=form.get(question.day) or question.given_day,
            back=safe(form.get("back", "/")),
        )

    async def _answer(self, request: web.Request, refused: Refused) -> web.StreamResponse:
        """Return what a refused request is told. A form that only asks for its question is told
        nothing: what is wrong with it is said when it is sent. But one whose token is gone gets
        itself back."""
        if not only_asks(request):
            return await self._refused(request, refused)
        return await self._again(request, refused) or web.Response(status=204)

    async def _again(self, request: web.Request, refused: Refused) -> web.Response | None:
        """Return a form whose token is gone with what was typed and a new one, to be sent once
        more; None for another refusal, and for what may not have been our own page."""
        if refused.findings[0].code != FORGED or "Origin" not in request.headers:
            return None
        form = await form_of(request)
        actor = request[VISITOR].actor
        if "key" in form:
            return None
        question = sent_again(form, None if actor is None else named(actor))
        return await self._asked(request, question, refused.status)

    async def _refused(self, request: web.Request, refused: Refused) -> web.StreamResponse:
        """Return a page that says why, or a problem for programs. After a form, return to where it
        was filled in, with what was typed."""
        if not wants_page(request):
            return problem(refused)
        lines = [
            (f"{item.code} {item.message_zh}", f"{item.code} {item.message_en}")
            for item in refused.findings
        ]
        actor = request[VISITOR].actor
        if request.method == "POST" and actor is not None and refused.status not in (401, 413):
            form = {**await typed_form(request), WRONG: refused.findings[0].field or ""}
            if refused.status in TRIED:
                await self._node.office.note(
                    actor,
                    _name_of(request),
                    next(iter(request.match_info.values()), form.get("target", "")),
                    outcome=refused.findings[0].code,
                )
            if (again := await self._again(request, refused)) is not None:
                return again
            if refused.status != 403:
                place = "#" + segment(form["form"]) if form.get("form") else ""
                back = form.get("back", "/").partition("#")[0] + place
                return self._frame.back(back, good=False, lines=lines, form=form)
        return self._frame.page(
            request, "error.html", status=refused.status, refusal_status=refused.status, lines=lines
        )
