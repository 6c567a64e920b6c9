"""One filing with all that happened to it, and the messages behind it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from gateway.api.declarations import as_download
from gateway.api.http import bad_parameter, not_found, seq_no_of
from gateway.base.web.addresses import segment
from gateway.base.web.pages.asked import printing
from gateway.base.web.pages.coloured import Coloured, coloured
from gateway.base.web.pages.text import Words
from gateway.portal.comparing import comparisons, named_in
from gateway.portal.frame import Frame
from gateway.portal.handing_in import HandingIn
from gateway.portal.page import HOME, Page
from gateway.portal.paying import payment_of
from gateway.portal.visit import VISITOR
from gateway.queries import history
from gateway.queries.documents import Documents
from gateway.queries.form_shapes import Action
from gateway.queries.pockets import attachment
from gateway.queries.shapes import DeclarationOut, MessageOut, TimelineList, TimelineOut
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
    """One element of the document. ``wrong``: a sentence of customs is about it."""

    name: str
    field: Field | None
    value: str
    wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message of a filing as it is read: its XML, and the bytes behind it."""

    message: MessageOut
    xml: Coloured


TABS: dict[str, Words] = {
    "": ("单证", "Document"),
    "changes": ("变更对照", "Changes"),
    "money": ("缴款与余额", "Money"),
    "files": ("附件", "Attachments"),
    "timeline": ("轨迹", "Timeline"),
    "xml": ("报文", "Messages"),
}
"""The parts of the page, by the word of the address."""


class FilingPages:
    """The pages, one method each."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame
        self._handing = HandingIn(gateway)
        self._documents = Documents(gateway.intake.reader)

    def pages(self) -> list[Page]:
        return [
            Page(
                path="/declarations/{seq_no}", handle=self.filing, asked=("tab", "message", "print")
            ),
            Page(path="/declarations/{seq_no}/slip", handle=self.slip),
            Page(path="/declarations/{seq_no}/files/{uuid}", handle=self.file),
            Page(path="/messages/{message_id}", handle=self.message),
            Page(path="/messages/{message_id}/raw", handle=self.raw),
        ]

    async def filing(self, request: web.Request) -> web.StreamResponse:
        gateway, own = self._gateway, request[VISITOR].own
        found, timeline = await self._found(request)
        tab = request.query.get("tab", "")
        if tab not in TABS:
            words = ", ".join(filter(None, TABS))
            raise bad_parameter("tab", tab, f"{words} 之一", f"one of {words}")
        number, enterprise = register_of(found), request[VISITOR].enterprise
        paper = printing(request)
        versions = (
            await history.versions(gateway.store, self._documents, number, enterprise)
            if tab == "changes" or paper
            else []
        )
        moved = (
            await history.movements(gateway.store, number, enterprise)
            if tab == "money" or paper
            else []
        )
        messages = {s.message_id: s for s in reversed(timeline.items) if s.message_id}
        shown = None
        if tab == "xml" and messages:
            name = request.query.get("message") or next(iter(messages))
            read = await gateway.queries.message(name, own.operator, own.enterprises)
            if read is None or name not in messages:
                raise not_found(name, "报文编号", "message")
            shown = Shown(message=read[0], xml=coloured(indented(read[1])))
        labels = gateway.intake.schemas.labels
        said = [s for s in timeline.items if s.source == "customs" and ": " in s.text_zh][-3:]
        bad = Status(found.status) in ASIDE
        named = (
            named_in([s.text_zh for s in said], found.fields, labels) if bad else frozenset[str]()
        )
        return self._frame.page(
            request,
            "filing.html",
            filing=found,
            tab=tab,
            tabs=TABS,
            offers=offered(found),
            strip=strip(found, timeline.items),
            steps=timeline.items,
            messages=messages,
            shown=shown,
            said=said if bad else [],
            lines=[
                Line(name=name, field=labels.get(name), value=value, wrong=name in named)
                for name, value in found.fields.items()
            ],
            compared=comparisons(found, versions),
            moved=moved,
            register=number,
            payment=payment_of(found, gateway.clock.now()),
            files=found.attachments or (),
            message_id=self._handing.new_id(request[VISITOR].enterprise),
            server=str(request.url.origin()),
        )

    async def slip(self, request: web.Request) -> web.StreamResponse:
        """Answer with the payment slip, ready for paper."""
        found, _ = await self._found(request)
        payment = payment_of(found, self._gateway.clock.now())
        if payment is None:
            raise not_found(found.seq_no, "缴款单", "payment slip")
        return self._frame.page(request, "slip.html", filing=found, payment=payment)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file as its sender had it, never shown by a browser in this place."""
        number, uuid = seq_no_of(request), request.match_info["uuid"]
        found = await attachment(
            self._gateway.store,
            self._gateway.intake.reader,
            number,
            uuid,
            request[VISITOR].own.enterprises,
        )
        if found is None:
            raise not_found(f"{number}/{uuid}", "附件", "attachment")
        return as_download(found)

    async def _found(self, request: web.Request) -> tuple[DeclarationOut, TimelineList]:
        """Return the filing that the address names, and its steps."""
        own, number = request[VISITOR].own, seq_no_of(request)
        found = await self._gateway.queries.declaration(number, own.enterprises)
        timeline = await self._gateway.queries.timeline(number, own.enterprises)
        if found is None or timeline is None:
            raise not_found(str(number))
        return found, timeline

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


def register_of(filing: DeclarationOut) -> str:
    """Return the number of the register that a filing is about; empty without one."""
    if filing.kind in ("refund", "carryover"):
        return filing.fields.get("gurNo", "")
    if filing.kind == "change":
        return filing.fields.get("gasrNo", "")
    return filing.business_no or ""


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
    if filing.message_type == "GRT151":
        places |= {"edit": "/info", "declare": "/info"}
    if filing.message_type == "GRT161":
        statement = segment(filing.fields.get("stmtNo", ""))
        places |= dict.fromkeys(("edit", "declare"), f"/statements/{statement}")
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
