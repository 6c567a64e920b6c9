"""The pages of traces: the archive, one message, what was parked, and what was done at the desk."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, post
from customs_sim.console.xml_view import shown, transport_of
from customs_sim.control.http import ACTOR, number_of, words_of
from customs_sim.control.problems import cursor_of
from customs_sim.desk import views
from customs_sim.desk.dossier import Dossiers
from customs_sim.desk.refusal import unknown
from customs_sim.node import CustomsNode
from customs_sim.office.audit import entries
from customs_sim.steering.faults import FAULTS
from gateway.base.web.pages.forms import page_size
from gateway.base.web.pages.question import asking

OUTCOMES = {
    "applied": ("已处理", "dealt with"),
    "sent": ("已重新发送", "sent again"),
    "parked": ("仍不能处理:", "still cannot be dealt with:"),
}


DROPPING = asking(
    ("丢弃死信", "Drop parked message"),
    (
        "不再处理, 不能恢复; 操作记录保留原因。",
        "It is never worked again and cannot come back; the audit keeps the reason.",
    ),
    named="id",
)


class TracePages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store
        self._dossiers = Dossiers(node.office, node.desk)

    def pages(self) -> list[Page]:
        return [
            get("/messages", self.messages),
            get("/messages/{id}", self.message),
            get("/messages/{id}/raw", self.raw),
            get("/messages/{id}/package", self.package),
            get("/parked", self.parked),
            get("/parked/{id}", self.parked_one),
            get("/parked/{id}/raw", self.parked_raw),
            post("/parked/{id}/retry", self.retry),
            post("/parked/{id}/drop", self.drop, ask=DROPPING),
            get("/audit", self.audit),
        ]

    async def messages(self, request: web.Request) -> web.StreamResponse:
        q = words_of(request)
        page = await self._node.messages(q, limit=page_size(request), cursor=cursor_of(request))
        return self._frame.page(
            request,
            "messages.html",
            messages=page.rows,
            total=page.total,
            following=page.next,
            q=q,
            faults=FAULTS,
        )

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
        return _download(archived.body, f"{archived.message_type}-{archived.id}-transport.xml")

    async def package(self, request: web.Request) -> web.StreamResponse:
        archived = await self._archived(request)
        transport, _ = self._node.office.reader.parcel(archived.body)
        if transport is None or not transport.data:
            raise unknown("id", request.match_info["id"], "报文内容", "package")
        return _download(transport.data, f"{archived.message_type}-{archived.id}.xml")

    async def parked(self, request: web.Request) -> web.StreamResponse:
        page = await self._node.parked(limit=page_size(request), cursor=cursor_of(request))
        return self._frame.page(
            request, "parked.html", parked=page.rows, total=page.total, following=page.next
        )

    async def parked_one(self, request: web.Request) -> web.StreamResponse:
        row = await self._parked(request)
        body = bytes(row["body"])
        transport, _ = self._node.office.reader.parcel(body)
        return self._frame.page(
            request,
            "parked_one.html",
            p=row,
            size=len(body),
            outer=shown(transport_of(body, transport)),
            inner=shown(transport.data) if transport and transport.data else None,
        )

    async def parked_raw(self, request: web.Request) -> web.StreamResponse:
        row = await self._parked(request)
        return _download(bytes(row["body"]), f"parked-{row['id']}.xml")

    async def retry(self, request: web.Request) -> web.StreamResponse:
        """Put it once more through the whole course. Where it comes to nothing it is parked again,
        with its new reason."""
        row = await self._parked(request)
        done = await self._node.aside.retry(row["id"])
        if done is None:
            raise unknown("id", str(row["id"]), "死信", "parked message")
        await self._node.office.note(
            request[ACTOR],
            "parked_retry",
            row["message_id"],
            before={"reason": row["reason"]},
            after={"outcome": done.outcome, "reason": done.reason},
        )
        good = not done.reason
        zh, en = OUTCOMES.get(done.outcome, (done.outcome, done.outcome))
        about = row["message_id"]
        return self._frame.back(
            "/parked",
            good=good,
            lines=[
                (f"{about}: {zh} {done.reason}".strip(), f"{about}: {en} {done.reason}".strip())
            ],
        )

    async def drop(self, request: web.Request) -> web.StreamResponse:
        row = await self._parked(request)
        if not await self._node.aside.drop(row["id"]):
            raise unknown("id", str(row["id"]), "死信", "parked message")
        await self._node.office.note(
            request[ACTOR],
            "parked_drop",
            row["message_id"],
            before={"reason": row["reason"]},
            after={"dropped": True},
        )
        return self._frame.back(
            "/parked",
            good=True,
            lines=[(f"{row['message_id']} 已丢弃", f"{row['message_id']} was dropped")],
        )

    async def audit(self, request: web.Request) -> web.StreamResponse:
        q, limit = words_of(request), page_size(request)
        rows, total = await self._store.read(
            lambda c: entries(c, q, before=cursor_of(request) or 2**62, most=limit + 1)
        )
        return self._frame.page(
            request,
            "audit.html",
            entries=rows[:limit],
            total=total,
            q=q,
            following=rows[limit - 1].id if len(rows) > limit else None,
        )

    async def _archived(self, request: web.Request) -> views.Archived:
        number = number_of(request, "id")
        archived = await self._store.read(lambda c: views.message(c, number))
        if archived is None:
            raise unknown("id", str(number), "报文", "message")
        return archived

    async def _parked(self, request: web.Request) -> dict[str, Any]:
        number = number_of(request, "id")
        row = await self._store.read(lambda c: views.parked_one(c, number))
        if row is None:
            raise unknown("id", str(number), "死信", "parked message")
        return dict(row)


def _download(body: bytes, name: str) -> web.Response:
    safe = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "._-") else "_" for ch in name)
    return web.Response(
        body=body,
        content_type="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{safe}"'},
    )
