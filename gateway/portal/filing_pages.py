"""One filing with all that happened to it, and the messages behind it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from gateway.api.http import not_found, seq_no_of
from gateway.base.web.addresses import segment
from gateway.base.web.pages.coloured import coloured
from gateway.base.web.pages.text import Words
from gateway.portal.frame import Frame
from gateway.portal.page import HOME, Page
from gateway.portal.visit import VISITOR
from gateway.queries.form_shapes import Action
from gateway.queries.shapes import DeclarationOut, TimelineOut
from gateway.service import Gateway
from handlers.lifecycle import LABELS, Status
from schemas.xml import indented
from schemas.xsd import Field

WAY = (Status.DRAFT, Status.DECLARED, Status.SENT, Status.RECEIVED, Status.APPROVED)
"""The steps of a filing for which all goes well."""
ASIDE = {Status.REFUSED: Status.RECEIVED, Status.RETURNED: Status.APPROVED}
"""An end that is none: it stands in the place of the step that it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the strip. ``state``: done, now, failed or ahead; ``at``: when, where known."""

    words: Words
    state: str
    at: TimelineOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One element of the document: what it is, and its value."""

    name: str
    field: Field | None
    value: str


class FilingPages:
    """The pages, one method each."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame

    def pages(self) -> list[Page]:
        return [
            Page(path="/declarations/{seq_no}", handle=self.filing, asked=("print",)),
            Page(path="/messages/{message_id}", handle=self.message),
            Page(path="/messages/{message_id}/raw", handle=self.raw),
        ]

    async def filing(self, request: web.Request) -> web.StreamResponse:
        own, number = request[VISITOR].own, seq_no_of(request)
        found = await self._gateway.queries.declaration(number, own.enterprises)
        timeline = await self._gateway.queries.timeline(number, own.enterprises)
        if found is None or timeline is None:
            raise not_found(str(number))
        labels = self._gateway.intake.schemas.labels
        lines = [
            Line(name=name, field=labels.get(name), value=value)
            for name, value in found.fields.items()
        ]
        return self._frame.page(
            request,
            "filing.html",
            filing=found,
            offers=offered(found),
            strip=strip(found, timeline.items),
            steps=timeline.items,
            messages=list(dict.fromkeys(s.message_id for s in timeline.items if s.message_id)),
            said=[s for s in timeline.items if s.source == "customs" and ": " in s.text_zh],
            lines=lines,
            server=str(request.url.origin()),
        )

    async def message(self, request: web.Request) -> web.StreamResponse:
        own, name = request[VISITOR].own, request.match_info["message_id"]
        found = await self._gateway.queries.message(name, own.operator, own.enterprises)
        if found is None:
            raise not_found(name, "报文编号", "message")
        message, body = found
        return self._frame.page(
            request, "message.html", message=message, xml=coloured(indented(body))
        )

    async def raw(self, request: web.Request) -> web.StreamResponse:
        """Answer with the bytes as they were sent; never shown by a browser in this place."""
        own, name = request[VISITOR].own, request.match_info["message_id"]
        found = await self._gateway.queries.message(name, own.operator, own.enterprises)
        if found is None:
            raise not_found(name, "报文编号", "message")
        return web.Response(
            body=found[1],
            content_type="application/xml",
            headers={"Content-Disposition": 'attachment; filename="message.xml"'},
        )


def offered(filing: DeclarationOut) -> list[tuple[Action, str]]:
    """Return the actions of a filing, each with the page that does it; a closed one has none."""
    number, register = segment(filing.seq_no), segment(filing.business_no or "")
    places = {
        "confirm": f"/levies/{register}/confirm"
        if filing.message_type == "GRT111"
        else f"/guarantees/new?of={register}",
        "edit": f"/declarations/{number}/edit",
        "declare": f"/declarations/{number}/edit",
        "delete": f"/declarations/{number}/delete",
        "change": f"/guarantees/change?of={register}",
        "refund": f"/refunds/new?of={register}",
    }
    offers = [
        (each, HOME + places[each.action] if each.enabled and each.action in places else "")
        for each in filing.actions
    ]
    if filing.message_type == "GRT111" and any(each.action == "refund" for each, _ in offers):
        carry = Action(
            action="carry", label_zh="结转申请", label_en="apply for a carry-over", enabled=True
        )
        offers.append((carry, f"{HOME}/refunds/carry?of={register}"))
    return offers


def strip(filing: DeclarationOut, steps: tuple[TimelineOut, ...]) -> list[Step]:
    """Return how far a filing has come: the steps of its way, each with the last time that it was
    reached, and the payment behind a levy that is paid in cash."""
    now = Status(filing.status)
    last = {step.status: step for step in steps if step.event != "synced"}
    place = ASIDE.get(now, Status.RECEIVED if now is Status.REVIEW else now)
    reached = WAY.index(place) if place in WAY else -1
    made: list[Step] = []
    for at, status in enumerate(WAY):
        stands = now if at == reached else status
        state = "done" if at < reached or now is Status.APPROVED else "ahead"
        if at == reached and now is not Status.APPROVED:
            state = "failed" if now in ASIDE else "now"
        when = last.get(stands.value) if at <= reached else None
        if status is Status.DRAFT and when is None and at < reached:
            continue  # declared at once
        made.append(Step(words=LABELS[stands], state=state, at=when))
    if filing.kind == "confirmation" and filing.payment is not None:
        paid = filing.completed
        ahead = "done" if paid else "now" if now is Status.APPROVED else "ahead"
        made.append(Step(words=("已缴款", "paid"), state=ahead, at=None))
    return made
