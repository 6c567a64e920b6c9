"""The page of scenarios and faults: what is active and how often it struck, switching, editing with
validation, what went out otherwise than it should have. The acts are the ``playbook``'s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web

from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, post
from customs_sim.console.xml_view import shown, transport_of
from customs_sim.control.http import ACTOR, number_of, words_of
from customs_sim.control.problems import bad_value
from customs_sim.control.state import faults as faults_state
from customs_sim.control.state import scenario as scenario_state
from customs_sim.desk import views
from customs_sim.desk.near_misses import NAMES
from customs_sim.desk.refusal import unknown
from customs_sim.node import CustomsNode
from customs_sim.office.operators import Role
from customs_sim.steering.fault_rules import answers
from customs_sim.steering.faults import FAULTS
from customs_sim.steering.scenarios import scenario
from customs_sim.steering.yaml_reading import BadText
from gateway.base.web.pages.coloured import Coloured
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.text import halves

EMPTY = "rules: []\n"
LOGGED = 50


class Opened(NamedTuple):
    """A message as the page shows it: what faults strike most, the package, as far as it can be
    unpacked, and the transport around it."""

    package: Coloured | None
    transport: Coloured


class SteeringPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._playbook = node, frame, node.playbook

    def pages(self) -> list[Page]:
        return [
            get("/scenarios", self.show, asks=("look",)),
            post("/scenarios", self.choose, Role.TESTER),
            post("/faults", self.arm, Role.TESTER),
            get("/faults/{number}", self.disturbed),
        ]

    async def show(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request)

    async def _page(self, request: web.Request, **typed: object) -> web.Response:
        """Return the page. ``typed``: a text that was refused, with its mistakes."""
        active = await self._playbook.scenario()
        shipped = {name: scenario(text).title for name, text in self._playbook.shipped().items()}
        look = words_of(request, "look")
        rows, total = await self._playbook.log(limit=LOGGED)
        given = {
            "scenario_text": (
                self._playbook.shipped().get(look) or (active.script.text if active else "")
            ),
            "fault_text": "",
            "mistakes": (),
            "of": "",
            "checked": "",
        } | typed
        return self._frame.page(
            request,
            "scenarios.html",
            status=422 if given["mistakes"] else 200,
            active=active,
            shipped=shipped,
            look=look,
            armed=await self._playbook.armed(),
            looked=await self._playbook.looked(),
            whys=NAMES,
            firms=await self._node.office.store.read(views.enterprises),
            faults=FAULTS,
            answers=answers(),
            log=rows[:LOGGED],
            logged=total,
            **given,
        )

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Take a shipped scenario by name, the text typed, or none; or only check the text."""
        form = await form_of(request)
        do, text, before = (
            form.get("do", ""),
            form.get("text", ""),
            await scenario_state(self._node),
        )
        if do == "clear":
            await self._playbook.clear("scenario")
            lines = [("已停用场景", "no scenario")]
        else:
            if do == "name":
                name = form.get("name", "")
                if name not in self._playbook.shipped():
                    raise unknown("name", name[:64], "场景", "scenario")
                text = self._playbook.shipped()[name]
            try:
                read = scenario(text)
                if do != "check":
                    await self._playbook.activate(text)
            except BadText as error:
                return await self._page(
                    request, scenario_text=text, mistakes=error.problems, of="scenario"
                )
            if do == "check":
                return await self._page(request, scenario_text=text, checked=read.name)
            zh, en = halves(read.title)
            lines = [(f"已启用场景 {read.name}: {zh}", f"scenario {read.name} is active: {en}")]
        await self._node.office.note(
            request[ACTOR], "put_scenario", before=before, after=await scenario_state(self._node)
        )
        return self._frame.back("/scenarios", good=True, lines=lines)

    async def arm(self, request: web.Request) -> web.StreamResponse:
        """Set one fault by a form, a whole set as text, or none."""
        form = await form_of(request)
        do, text, before = form.get("do", ""), form.get("text", ""), await faults_state(self._node)
        if do == "clear":
            await self._playbook.clear("faults")
            lines = [("已清除故障", "no faults")]
        elif do == "remove":
            name = form.get("name", "")
            try:
                await self._playbook.remove_fault(name)
            except LookupError:
                raise unknown("name", name[:64], "故障", "fault") from None
            lines = [(f"已移除故障 {name}", f"fault {name} was removed")]
        else:
            try:
                if do == "one":
                    await self._playbook.add_fault(await self._one_rule(form))
                else:
                    await self._playbook.arm(text or EMPTY)
            except BadText as error:
                return await self._page(
                    request, fault_text=text, mistakes=error.problems, of="faults"
                )
            lines = [("故障已生效", "the faults hold now")]
        await self._node.office.note(
            request[ACTOR], "put_faults", before=before, after=await faults_state(self._node)
        )
        return self._frame.back("/scenarios#faults", good=True, lines=lines)

    async def _one_rule(self, form: Mapping[str, str]) -> dict[str, object]:
        """Return one rule of the short form. Raise Refused, 400, for an enterprise that nobody is
        and for a count that is none: such a rule could never strike."""
        match: dict[str, object] = {
            name: form[name] for name in ("type", "enterprise", "ref") if form.get(name)
        }
        firms = {code for code, _, _ in await self._node.office.store.read(views.enterprises)}
        if form.get("enterprise") and form["enterprise"] not in firms:
            raise unknown("enterprise", form["enterprise"][:64], "企业", "enterprise")
        fault = FAULTS.get(form.get("fault", ""))
        if fault and fault.types and form.get("type") and form["type"] not in fault.types:
            made_for = ", ".join(fault.types)
            raise bad_value("type", form["type"], made_for, made_for)
        for name in ("nth", "limit"):
            if text := form.get(name):
                if not (text.isascii() and text.isdigit() and len(text) < 10):
                    raise bad_value(name, text, "1 以上的整数", "a whole number from 1 on")
                match[name] = int(text)
        return {"fault": form.get("fault", "")} | ({"match": match} if match else {})

    async def disturbed(self, request: web.Request) -> web.StreamResponse:
        number = number_of(request, "number")
        both = await self._playbook.both(number)
        if both is None:
            raise unknown("number", str(number), "被改动的回执", "disturbed answer")
        return self._frame.page(
            request,
            "disturbed.html",
            number=number,
            meant=self._side(both[0]),
            sent=self._side(both[1]) if both[1] else None,
        )

    def _side(self, body: bytes) -> Opened:
        transport, _ = self._node.office.reader.parcel(body)
        return Opened(
            package=shown(transport.data) if transport and transport.data else None,
            transport=shown(transport_of(body, transport)),
        )
