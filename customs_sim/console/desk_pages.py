"""The pages of the desk: the work list, a case, and decisions on one or many. The decisions are
``desk``'s."""

from __future__ import annotations

from aiohttp import web

from customs_sim.cases.case import WAITING
from customs_sim.console.diagram import sequence
from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, all_of, form_of, get, page_size, post
from customs_sim.console.words import ACTS
from customs_sim.control.cases import waiting_of
from customs_sim.control.http import ACTOR, number_of
from customs_sim.control.problems import bad_value, cursor_of
from customs_sim.desk import views
from customs_sim.desk.decisions import Act, Decided, Decision
from customs_sim.desk.dossier import Dossiers
from customs_sim.desk.refusal import unknown
from customs_sim.ledger.history import LedgerLine, entries_about
from customs_sim.ledger.rows import Guarantee, Levy
from customs_sim.node import CustomsNode
from schemas.catalogue import catalogue

MOST = 1000
TOLD = 12
"""Refused decisions that are told one by one; the others are counted."""


class DeskPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store
        self._dossiers = Dossiers(node.office, node.desk)

    def pages(self) -> list[Page]:
        return [
            get("/", self.worklist),
            get("/cases/{case_no}", self.case),
            get("/attachments/{id}", self.attachment),
            post("/decide", self.decide),
        ]

    async def worklist(self, request: web.Request) -> web.StreamResponse:
        wanted = waiting_of(request)
        page = await self._node.desk.worklist(
            limit=page_size(request, MOST), cursor=cursor_of(request) or 0, wanted=wanted
        )
        firms = await self._store.read(views.enterprises)
        return self._frame.page(
            request,
            "worklist.html",
            cases=page.items,
            total=page.total,
            following=page.next,
            wanted=wanted,
            kinds=catalogue().filings,
            firms=firms,
            names={code: name for code, name, _ in firms},
            profile=await self._node.profile(),
            held=self._node.paused,
        )

    async def case(self, request: web.Request) -> web.StreamResponse:
        dossier = await self._dossiers.of(number_of(request, "case_no"))
        if dossier is None:
            raise unknown("case_no", request.match_info["case_no"], "案卷", "case")
        register: Guarantee | Levy | None = None
        entries: list[LedgerLine] = []
        if number := dossier.case.business_no:
            entries = await self._store.read(
                lambda c: entries_about(self._node.office.sql.ledger, c, number)
            )
            guarantees, _ = await self._store.read(
                lambda c: views.guarantees(c, enterprise="", q=number, before="", most=1)
            )
            levies, _ = await self._store.read(
                lambda c: views.levies(c, enterprise="", q=number, before="", most=1)
            )
            register = guarantees[0] if guarantees else levies[0] if levies else None
        firms = {code: name for code, name, _ in await self._store.read(views.enterprises)}
        return self._frame.page(
            request,
            "case.html",
            dossier=dossier,
            case=dossier.case,
            waits=dossier.case.status in WAITING,
            register=register,
            entries=entries,
            is_guarantee=isinstance(register, Guarantee),
            diagram=sequence(dossier.posts),
            firm=firms.get(dossier.case.enterprise, ""),
        )

    async def attachment(self, request: web.Request) -> web.StreamResponse:
        attachment = await self._dossiers.attachment(number_of(request, "id"))
        if attachment is None or attachment.content is None:
            raise unknown("id", request.match_info["id"], "附件", "attachment")
        name = "".join(
            ch if ch.isascii() and (ch.isalnum() or ch in "._-") else "_" for ch in attachment.name
        )[:100]
        return web.Response(
            body=attachment.content,
            content_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def decide(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        chosen = [number for number in await all_of(request, "seq_no") if number][:MOST]
        act = form.get("act", "")
        if one := form.get("one"):  # the button of one row
            act, _, number = one.partition(":")
            chosen = [number]
        if act not in list(Act):
            raise bad_value("act", act, " | ".join(Act), " | ".join(Act))
        if not chosen:
            raise bad_value(
                "seq_no",
                "",
                "至少选一个案卷 (勾选, 或用 x 键)",
                "at least one case (tick it, or use x)",
            )
        notes = tuple(
            line.strip()[:255] for line in form.get("notes", "").splitlines() if line.strip()
        )
        results = await self._node.desk.decide(
            [Decision(seq_no=number, result=Act(act), notes=notes) for number in chosen],
            by=request[ACTOR],
        )
        done = sum(isinstance(result, Decided) for result in results)
        refused = [
            (
                f"{result.decision.seq_no} {result.message_zh}",
                f"{result.decision.seq_no} {result.message_en}",
            )
            for result in results
            if not isinstance(result, Decided)
        ]
        zh, en = ACTS[act]
        which = f" ({chosen[0]})" if len(chosen) == 1 else ""
        lines = [(f"{zh}: {done} 件{which}", f"{en}: {done}{which}")] if done else []
        lines += refused[:TOLD]
        if len(refused) > TOLD:
            lines.append(
                (
                    f"另有 {len(refused) - TOLD} 件未能处理",
                    f"{len(refused) - TOLD} more were refused",
                )
            )
        return self._frame.back(form.get("back", "/"), good=not refused, lines=lines, form=form)
