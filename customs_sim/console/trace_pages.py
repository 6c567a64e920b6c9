"""The pages of traces: the archive, one message, and what was done at the desk."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from customs_sim.console.asked import part_of
from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, get_file, post
from customs_sim.console.xml_view import shown, transport_of
from customs_sim.control.http import ACTOR, number_of, one_of, words_of
from customs_sim.control.resends import again_of
from customs_sim.desk import views
from customs_sim.desk.dossier import Dossiers
from customs_sim.desk.refusal import unknown
from customs_sim.desk.resends import Again, Resends
from customs_sim.node import CustomsNode
from customs_sim.office.audit import entries
from customs_sim.steering.faults import FAULTS
from customs_sim.store.delivery_sql import ONLY
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.question import Question
from schemas.times import to_wire


class TracePages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store
        self._dossiers = Dossiers(node.office, node.desk)
        self._resends = Resends(node.office)

    def pages(self) -> list[Page]:
        return [
            get("/messages", self.messages, asks=("q", "only", "page", "limit")),
            get("/messages/{id}", self.message),
            get_file("/messages/{id}/raw", self.raw),
            get_file("/messages/{id}/package", self.package),
            post("/messages/resend", self.resend, ask=self.ask_resend),
            get("/audit", self.audit, asks=("q", "page", "limit")),
        ]

    async def messages(self, request: web.Request) -> web.StreamResponse:
        part = part_of(request)
        page = await self._node.messages(
            words_of(request),
            limit=part.limit,
            skip=part.skip,
            only=one_of(request.query, "only", ONLY),
        )
        return self._frame.page(
            request,
            "messages.html",
            messages=page.rows,
            total=page.total,
            part=part,
            faults=FAULTS,
            firms=await self._store.read(views.enterprises),
        )

    async def ask_resend(self, request: web.Request) -> Question:
        again = _again(await form_of(request))
        count = await self._resends.count(again)
        since = f"{to_wire(again.since)} {again.enterprise}"
        return Question(
            title=(f"重发 {count} 件回执?", f"Send {count} receipts again?"),
            lines=(
                (
                    f"自 {since} 起的全部回执, 按原样再发一次。",
                    f"All since {since}, just as they were.",
                ),
            ),
            button=(f"重发 {count} 件", f"Send {count} again"),
        )

    async def resend(self, request: web.Request) -> web.StreamResponse:
        again = _again(await form_of(request))
        sent = await self._resends.send(again, by=request[ACTOR])
        lines = [(f"已重发 {sent} 件回执", f"{sent} receipts were sent again")]
        return self._frame.back("/messages", good=True, lines=lines)

    async def message(self, request: web.Request) -> web.StreamResponse:
        archived = await self._archived(request)
        transport, package = self._node.office.reader.parcel(archived.body)
        return self._frame.page(
            request,
            "message.html",
            msg=archived,
            post=(await self._dossiers.posts([archived]))[0],
            faults=FAULTS,
            package=package,
            transport=transport,
            outer=shown(transport_of(archived.body, transport)),
            inner=shown(transport.data) if transport and transport.data else None,
        )

    async def raw(self, request: web.Request) -> web.StreamResponse:
        archived = await self._archived(request)
        return download(archived.body, f"{archived.message_type}-{archived.id}-transport.xml")

    async def package(self, request: web.Request) -> web.StreamResponse:
        archived = await self._archived(request)
        transport, _ = self._node.office.reader.parcel(archived.body)
        if transport is None or not transport.data:
            raise unknown("id", request.match_info["id"], "报文内容", "package")
        return download(transport.data, f"{archived.message_type}-{archived.id}.xml")

    async def audit(self, request: web.Request) -> web.StreamResponse:
        q, part = words_of(request), part_of(request)
        rows, total = await self._store.read(
            lambda c: entries(c, q, before=2**62, most=part.limit, skip=part.skip)
        )
        return self._frame.page(request, "audit.html", entries=rows, total=total, part=part)

    async def _archived(self, request: web.Request) -> views.Archived:
        number = number_of(request, "id")
        archived = await self._store.read(lambda c: views.message(c, number))
        if archived is None:
            raise unknown("id", str(number), "报文", "message")
        return archived


def _again(form: Mapping[str, str]) -> Again:
    """Return what a form asks for; its time is Asia/Shanghai where it names no zone."""
    since = form.get("since", "")
    zone = "" if any(mark in since[10:] for mark in "+-Zz") else "+08:00"
    return again_of(form.get("enterprise", ""), since + zone if since else "")


def download(body: bytes, name: str) -> web.Response:
    """Return XML as a file of that name."""
    safe = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "._-") else "_" for ch in name)
    return web.Response(
        body=body,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{safe}"'},
    )
