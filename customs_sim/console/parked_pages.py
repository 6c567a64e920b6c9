"""The pages of what was set aside: by cause, one of them, the bin. The acts are ``aside``'s."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from customs_sim.console.asked import part_of
from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, get_file, post
from customs_sim.console.trace_pages import download
from customs_sim.console.xml_view import shown, transport_of
from customs_sim.control.http import ACTOR, number_of
from customs_sim.control.parked import retry_all
from customs_sim.desk.parked import BIN_DAYS, Cause
from customs_sim.desk.refusal import unknown
from customs_sim.node import CustomsNode
from gateway.base.web.pages.question import Question, asking
from gateway.base.web.pages.text import Words, halves

OUTCOMES = {
    "applied": ("已处理", "dealt with"),
    "sent": ("已重新发送", "sent again"),
    "parked": ("仍不能处理", "still cannot be dealt with"),
}
KEPT = (
    f"不再处理; {BIN_DAYS} 个工作日内可从回收站恢复, 之后永久删除。操作记录保留原因。",
    f"It is not worked any more. For {BIN_DAYS} working days it can be restored from the bin, then"
    " it is deleted for good; the audit keeps the reason.",
)
DROPPING = asking(("丢弃死信", "Drop parked message"), KEPT, named="id")


class ParkedPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._parked = node, frame, node.parked_messages

    def pages(self) -> list[Page]:
        return [
            get("/parked", self.parked, asks=("page", "limit")),
            get("/parked/bin", self.bin),
            post("/parked/causes/{cause}/retry", self.retry_cause, ask=self.ask_retry),
            post("/parked/causes/{cause}/drop", self.drop_cause, ask=self.ask_drop),
            get("/parked/{id}", self.one),
            get_file("/parked/{id}/raw", self.raw),
            post("/parked/{id}/retry", self.retry),
            post("/parked/{id}/drop", self.drop, ask=DROPPING),
            post("/parked/{id}/restore", self.restore),
        ]

    async def parked(self, request: web.Request) -> web.StreamResponse:
        part = part_of(request)
        page = await self._node.parked(limit=part.limit, skip=part.skip)
        return self._frame.page(
            request,
            "parked.html",
            causes=await self._parked.causes(),
            parked=page.rows,
            total=page.total,
            part=part,
            binned=len(await self._parked.binned()),
        )

    async def bin(self, request: web.Request) -> web.StreamResponse:
        return self._frame.page(
            request, "parked_bin.html", rows=await self._parked.binned(), days=BIN_DAYS
        )

    async def one(self, request: web.Request) -> web.StreamResponse:
        row = await self._row(request)
        body = bytes(row.body)
        transport, _ = self._node.office.reader.parcel(body)
        return self._frame.page(
            request,
            "parked_one.html",
            p=row,
            size=len(body),
            binning=KEPT,
            outer=shown(transport_of(body, transport)),
            inner=shown(transport.data) if transport and transport.data else None,
        )

    async def raw(self, request: web.Request) -> web.StreamResponse:
        row = await self._row(request)
        return download(bytes(row.body), f"parked-{row.id}.xml")

    async def retry(self, request: web.Request) -> web.StreamResponse:
        """Put it once more through the whole course. Where it comes to nothing it is parked again,
        with its new reason."""
        row = await self._row(request)
        done = await self._parked.retry(row.id)
        if done is None:
            raise self._unknown(row.id)
        await self._node.office.note(
            request[ACTOR],
            "parked_retry",
            row.message_id,
            before={"reason": row.reason},
            after={"outcome": done.outcome, "reason": done.reason},
        )
        zh, en = OUTCOMES[done.outcome]
        why_zh, why_en = (f": {half}" if half else "" for half in halves(done.reason))
        about = row.message_id
        return self._frame.back(
            "/parked",
            good=not done.reason,
            lines=[(f"{about}: {zh}{why_zh}", f"{about}: {en}{why_en}")],
        )

    async def drop(self, request: web.Request) -> web.StreamResponse:
        row = await self._row(request)
        if not await self._parked.drop([row.id], by=request[ACTOR]):
            raise self._unknown(row.id)
        lines = [(f"{row.message_id} 已丢弃", f"{row.message_id} was dropped")]
        return self._frame.back("/parked", good=True, lines=lines)

    async def restore(self, request: web.Request) -> web.StreamResponse:
        row = await self._row(request)
        if not await self._parked.restore(row.id, by=request[ACTOR]):
            raise self._unknown(row.id)
        lines = [(f"{row.message_id} 已恢复", f"{row.message_id} was restored")]
        return self._frame.back("/parked/bin", good=True, lines=lines)

    async def ask_retry(self, request: web.Request) -> Question:
        cause = await self._cause(request)
        return Question(
            title=(f"重试 {cause.count} 条死信?", f"Try {cause.count} parked messages again?"),
            lines=(_reason(cause.reason),),
            button=(f"重试 {cause.count} 条", f"Try {cause.count} again"),
        )

    async def ask_drop(self, request: web.Request) -> Question:
        cause = await self._cause(request)
        return Question(
            title=(f"丢弃 {cause.count} 条死信?", f"Drop {cause.count} parked messages?"),
            lines=(_reason(cause.reason), KEPT),
            button=(f"丢弃 {cause.count} 条", f"Drop {cause.count}"),
            danger=True,
        )

    async def retry_cause(self, request: web.Request) -> web.StreamResponse:
        cause = await self._cause(request)
        done = await retry_all(self._node, await self._parked.of_cause(cause.id))
        await self._node.office.note(
            request[ACTOR], "parked_retry", before={"reason": cause.reason}, after=dict(done)
        )
        zh = ", ".join(f"{OUTCOMES[name][0]} {count}" for name, count in done.items() if count)
        en = ", ".join(f"{OUTCOMES[name][1]} {count}" for name, count in done.items() if count)
        lines = [(zh, en)]
        return self._frame.back("/parked", good=not done["parked"], lines=lines)

    async def drop_cause(self, request: web.Request) -> web.StreamResponse:
        cause = await self._cause(request)
        count = await self._parked.drop(await self._parked.of_cause(cause.id), by=request[ACTOR])
        lines = [(f"已丢弃 {count} 条死信", f"{count} parked messages were dropped")]
        return self._frame.back("/parked", good=True, lines=lines)

    async def _cause(self, request: web.Request) -> Cause:
        named = request.match_info["cause"]
        for cause in await self._parked.causes():
            if cause.id == named:
                return cause
        raise unknown("cause", named[:64], "死信原因", "cause of parked messages")

    async def _row(self, request: web.Request) -> Any:
        number = number_of(request, "id")
        row = await self._parked.one(number)
        if row is None:
            raise self._unknown(number)
        return row

    @staticmethod
    def _unknown(number: int) -> Exception:
        return unknown("id", str(number), "死信", "parked message")


def _reason(text: str) -> Words:
    zh, en = halves(text)
    return f"原因: {zh}", f"Reason: {en}"
