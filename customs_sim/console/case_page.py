"""The page of a case, with the list beside it where that is wanted, and its attachments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from customs_sim.cases.case import WAITING
from customs_sim.console.attached import kind_of_file, shown_inline
from customs_sim.console.chosen import FILTER, SIDE, kept
from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, get_file
from customs_sim.console.parts_of_document import groups
from customs_sim.console.worklist_page import WorklistPages
from customs_sim.console.xml_view import shown
from customs_sim.control.cases import waiting_of
from customs_sim.control.http import number_of
from customs_sim.desk import lists, views
from customs_sim.desk.closing import is_closed
from customs_sim.desk.dossier import Dossier, Dossiers, Post
from customs_sim.desk.not_decided import PAST
from customs_sim.desk.refusal import unknown
from customs_sim.ledger.history import entries_about
from customs_sim.ledger.rows import Guarantee, Levy
from customs_sim.node import CustomsNode
from customs_sim.office.audit import DONE, AuditEntry
from customs_sim.steering.faults import FAULTS
from gateway.base.web.pages.asked import WHOLE
from gateway.base.web.pages.coloured import Coloured
from schemas.attachment import Attachment
from schemas.times import micros

REGISTER_NUMBERS = frozenset({"gasrNo", "gurNo", "dpstLevyBlNo"})
"""Elements that name a guarantee or a levy."""
MOST_REGISTERS = 5
"""Registers that the page of a case shows."""
BESIDE = 200
"""Cases in the list beside a case."""
ONWARD = "onward"
"""The field, and the cookie, that says that the next case opens by itself after a decision."""


class CasePages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame, lists: WorklistPages) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store
        self._lists = lists
        self._dossiers = Dossiers(node.office, node.desk)

    def pages(self) -> list[Page]:
        return [
            get("/cases/{case_no}", self.case, asks=FILTER),
            get_file("/cases/{case_no}/dossier", self.dossier),
            get_file("/attachments/{id}", self.attachment),
            get_file("/attachments/{id}/view", self.view),
        ]

    async def case(self, request: web.Request) -> web.StreamResponse:
        number, wanted = number_of(request, "case_no"), waiting_of(request.query)
        dossier = await self._dossiers.of(number)
        if dossier is None:
            raise unknown("case_no", request.match_info["case_no"], "案卷", "case")
        registers = await self._store.read(lambda c: _registers(c, _named(dossier)))
        sql = self._node.office.sql.ledger
        entries = await self._store.read(
            lambda c: {number: entries_about(sql, c, number) for number in registers}
        )
        beside: dict[str, Any] = {"cases": ()}
        if request.query.get(SIDE):
            page = await self._node.desk.worklist(
                limit=BESIDE, wanted=wanted, sort=request.query.get("sort", "")
            )
            beside = await self._lists.listed(page)
        firms = {code: name for code, name, _ in await self._store.read(views.enterprises)}
        return self._frame.page(
            request,
            "case.html",
            **beside
            | {
                "dossier": dossier,
                "case": dossier.case,
                "mark": dossier.marks,
                "wall": micros(self._node.office.wall.now()),
                "waits": dossier.case.status in WAITING,
                "last": _last(dossier),
                "groups": groups(dossier.lines),
                "registers": registers,
                "closed": {no for no, row in registers.items() if is_closed(row)},
                "entries": entries,
                "links": {
                    number: f"/{'guarantees' if isinstance(row, Guarantee) else 'levies'}/{number}"
                    for number, row in registers.items()
                },
                "bodies": self._bodies(dossier) if request.get(WHOLE) else (),
                "faults": FAULTS,
                "firm": firms.get(dossier.case.enterprise, ""),
                "files": [
                    (number, each, kind_of_file(each.content or b""))
                    for number, each in dossier.attachments
                ],
                "beside": await self._node.desk.neighbours(
                    number, wanted, request.query.get("sort", "")
                ),
                "side": bool(request.query.get(SIDE)),
                "carried": kept(request.query),
                "carried_list": kept(request.query, without=SIDE),
                "onward": request.cookies.get(ONWARD) != "no",
                "today": await self._lists.today(request),
            },
        )

    async def dossier(self, request: web.Request) -> web.StreamResponse:
        """Answer with the case as one file: its page as paper, and every message in full."""
        request[WHOLE] = True
        response = await self.case(request)
        name = f"case-{number_of(request, 'case_no')}.html"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _bodies(self, dossier: Dossier) -> list[tuple[Post, Coloured]]:
        """Return the messages of a case with their content."""
        read = self._node.office.reader.parcel
        found = []
        for each in dossier.posts:
            transport, _ = read(each.archived.body)
            data = transport.data if transport and transport.data else each.archived.body
            found.append((each, shown(data)))
        return found

    async def attachment(self, request: web.Request) -> web.StreamResponse:
        found = await self._attachment(request)
        return web.Response(
            body=found.content,
            content_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{_plain(found.name)}"'},
        )

    async def view(self, request: web.Request) -> web.StreamResponse:
        found = await self._attachment(request)
        return shown_inline(found.content or b"", _plain(found.name))

    async def _attachment(self, request: web.Request) -> Attachment:
        """Return the attachment that is asked for; raise NotAllowed, 404, when there is none."""
        found = await self._dossiers.attachment(number_of(request, "id"))
        if found is None or found.content is None:
            raise unknown("id", request.match_info["id"], "附件", "attachment")
        return found


def _plain(name: str) -> str:
    """Return the name of a file as a header can carry it."""
    return "".join(ch if ch.isascii() and (ch.isalnum() or ch in "._-") else "_" for ch in name)[
        :100
    ]


def _last(dossier: Dossier) -> AuditEntry | None:
    """Return who decided a case; None when customs did by itself, or nobody has."""
    acts = (act for act in dossier.acts if act.outcome == DONE and act.action in PAST)
    return None if dossier.case.status in WAITING else next(acts, None)


def _named(dossier: Dossier) -> list[str]:
    """Return the numbers of registers that a case is about: its own, and those that it names."""
    rows = (dossier.lines, *(row for part in dossier.parts.values() for row in part))
    named = [line.value for row in rows for line in row if line.name in REGISTER_NUMBERS]
    return [number for number in dict.fromkeys([dossier.case.business_no, *named]) if number]


def _registers(connection: Connection, numbers: Sequence[str]) -> Mapping[str, Guarantee | Levy]:
    """Return those of the numbers that customs holds as a guarantee or a levy."""
    found: dict[str, Guarantee | Levy] = {}
    for number in numbers[:MOST_REGISTERS]:
        row = lists.guarantee(connection, number) or lists.levy(connection, number)
        if row is not None:
            found[number] = row
    return found
