"""The pages of the desk: the work list, a case, and decisions on one or many. The decisions are
``desk``'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from sqlalchemy import Connection

from customs_sim.cases.case import WAITING, Case
from customs_sim.console.asked import part_of
from customs_sim.console.frame import Frame
from customs_sim.console.page import PAGED, Page, get, get_file, post
from customs_sim.console.words import ACTS, REASONS
from customs_sim.console.xml_view import shown
from customs_sim.control.cases import FILTERS, waiting_of
from customs_sim.control.http import ACTOR, number_of
from customs_sim.control.problems import bad_value, said
from customs_sim.control.sheets import sort_in
from customs_sim.desk import lists, views
from customs_sim.desk.ages import AGES
from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.desk.dossier import Dossier, Dossiers, Post
from customs_sim.desk.refusal import unknown
from customs_sim.desk.waiting import SORTS as WAITING_SORTS
from customs_sim.desk.waiting import Waiting
from customs_sim.ledger.history import entries_about
from customs_sim.ledger.rows import Guarantee, Levy
from customs_sim.node import CustomsNode
from customs_sim.steering.faults import FAULTS
from gateway.base.web.pages.asked import WHOLE
from gateway.base.web.pages.coloured import Coloured
from gateway.base.web.pages.forms import all_of, form_of
from gateway.base.web.pages.question import Question
from gateway.base.web.pages.text import Words
from schemas.catalogue import catalogue
from schemas.money import grouped

MOST, SHOWN, CHUNK = 1000, 100, 500
"""Cases that a form may name, that a page shows, that are decided in one transaction."""
REGISTER_NUMBERS = frozenset({"gasrNo", "gurNo", "dpstLevyBlNo"})
"""Elements that name a guarantee or a levy."""
MOST_REGISTERS = 5
"""Registers that the page of a case shows."""
TOLD = 12
"""Refused decisions that are told one by one; the others are counted."""


class DeskPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store
        self._dossiers = Dossiers(node.office, node.desk)

    def pages(self) -> list[Page]:
        return [
            get("/", self.worklist, asks=(*(each.name for each in FILTERS), *PAGED)),
            get("/cases/{case_no}", self.case),
            get_file("/cases/{case_no}/dossier", self.dossier),
            get_file("/attachments/{id}", self.attachment),
            post("/decide", self.decide, ask=self.ask),
        ]

    async def worklist(self, request: web.Request) -> web.StreamResponse:
        wanted, part = waiting_of(request.query), part_of(request, SHOWN)
        page = await self._node.desk.worklist(
            limit=part.limit,
            skip=part.skip,
            wanted=wanted,
            sort=sort_in(request.query, WAITING_SORTS),
        )
        firms = await self._store.read(views.enterprises)
        return self._frame.page(
            request,
            "worklist.html",
            cases=page.items,
            total=page.total,
            part=part,
            wanted=wanted,
            ages=AGES,
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
        registers = await self._store.read(lambda c: _registers(c, _named(dossier)))
        sql = self._node.office.sql.ledger
        entries = await self._store.read(
            lambda c: {number: entries_about(sql, c, number) for number in registers}
        )
        firms = {code: name for code, name, _ in await self._store.read(views.enterprises)}
        return self._frame.page(
            request,
            "case.html",
            dossier=dossier,
            case=dossier.case,
            waits=dossier.case.status in WAITING,
            registers=registers,
            entries=entries,
            links={
                number: f"/{'guarantees' if isinstance(row, Guarantee) else 'levies'}/{number}"
                for number, row in registers.items()
            },
            bodies=self._bodies(dossier) if request.get(WHOLE) else (),
            faults=FAULTS,
            firm=firms.get(dossier.case.enterprise, ""),
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

    async def ask(self, request: web.Request) -> Question | None:
        """Ask before several cases are decided, before a register is closed, and for the reason of
        a return."""
        act, chosen = await _order_of(request)
        returns = act is Act.RETURN and not _notes(await form_of(request))
        if act is Act.CLOSE:
            return Question(
                title=(f"结案 {chosen[0]}?", f"Close {chosen[0]}?")
                if chosen
                else ("结案?", "Close?"),
                lines=(
                    (
                        "释放担保额度或退回保函。结案后不能再变更, 也不能撤回。",
                        "Quota or letter is released. Nothing can be changed or taken back after.",
                    ),
                ),
                button=("结案", "Close"),
                danger=True,
            )
        cases = await self._waiting(chosen, await _filter_of(request))
        if len(cases) < 2 and not returns:
            return None
        zh, en = ACTS[act]
        amount, count = grouped(sum(case.amount for case in cases)), len(cases)
        if count == 1:
            title = f"{zh} {cases[0].seq_no}?", f"{en} {cases[0].seq_no}?"
            firms = {code: name for code, name, _ in await self._store.read(views.enterprises)}
            whose = f"{firms.get(cases[0].enterprise, '')} {cases[0].enterprise}".strip()
            line = f"{whose}, {amount} 元", f"{whose}, CNY {amount}"
        else:
            title = f"{zh} {count} 件?", f"{en}: {count}?"
            line = f"共 {count} 件, 合计 {amount} 元。", f"{count} in all, CNY {amount} together."
        return Question(
            title=title,
            lines=(line,),
            button=(f"{zh} {count} 件", f"{en}: {count}"),
            danger=act is Act.RETURN,
            wanted="notes" if returns else "",
            label=(
                "退单理由, 每行一条, 发给企业",
                "Reasons, one a line; they go to the enterprise",
            ),
            offered=await self._reasons(cases) if returns else (),
        )

    async def _reasons(self, cases: Sequence[Case]) -> tuple[Words, ...]:
        """Return ready reasons: what the rules say of a single case, then those of every desk."""
        if len(cases) != 1:
            return REASONS
        dossier = await self._dossiers.of(cases[0].case_no)
        fired = dossier.fired if dossier and dossier.forbidden else ()
        return (*((each.zh, each.en) for each in fired if each.now), *REASONS)

    async def _waiting(self, chosen: Sequence[str], wanted: Waiting | None) -> list[Case]:
        """Return those of the chosen cases that wait; with ``wanted`` all that fit it."""
        named, found, cursor = set(chosen), [], 0
        while True:
            page = await self._node.desk.worklist(
                limit=MOST, cursor=cursor, wanted=wanted or Waiting()
            )
            found += [case for case in page.items if wanted or case.seq_no in named]
            if page.next is None or (not wanted and len(found) == len(named)):
                return found
            cursor = int(page.next)

    async def decide(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        act, chosen = await _order_of(request)
        wanted = await _filter_of(request)
        if wanted is not None:
            chosen = [case.seq_no for case in await self._waiting((), wanted)]
        if not chosen:
            raise said(
                "QUERY.01",
                400,
                "还没有选择案卷",
                "no case is chosen",
                "请勾选, 或用 x 键, 或点这一行",
                "tick one, use x, or click its row",
            )
        notes = _notes(form)
        results: list[Decided | NotDecided] = []
        for at in range(0, len(chosen), CHUNK):
            results += await self._node.desk.decide(
                [
                    Decision(seq_no=number, result=act, notes=notes)
                    for number in chosen[at : at + CHUNK]
                ],
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


def _named(dossier: Dossier) -> list[str]:
    """Return the numbers of registers that a case is about: its own, and those that it names."""
    rows = (dossier.lines, *(row for part in dossier.parts.values() for row in part))
    named = [line.value for row in rows for line in row if line.name in REGISTER_NUMBERS]
    return [number for number in dict.fromkeys([dossier.case.business_no, *named]) if number]


def _registers(connection: Connection, numbers: Sequence[str]) -> dict[str, Guarantee | Levy]:
    """Return those of the numbers that customs holds as a guarantee or a levy."""
    found: dict[str, Guarantee | Levy] = {}
    for number in numbers[:MOST_REGISTERS]:
        row = lists.guarantee(connection, number) or lists.levy(connection, number)
        if row is not None:
            found[number] = row
    return found


async def _order_of(request: web.Request) -> tuple[Act, list[str]]:
    """Return the act and the cases that a form names. Raise Refused, 400, for an unknown act."""
    form = await form_of(request)
    act, chosen = form.get("act", ""), await all_of(request, "seq_no")
    if one := form.get("one"):  # the button of one row
        act, _, number = one.partition(":")
        chosen = [number]
    if act not in list(Act):
        raise bad_value("act", act, " | ".join(Act), " | ".join(Act))
    return Act(act), [number for number in chosen if number][:MOST]


async def _filter_of(request: web.Request) -> Waiting | None:
    """Return the filter of a form that means all that fit it; None for one that names cases."""
    form = await form_of(request)
    if form.get("scope") != "fit" or form.get("one"):
        return None
    return waiting_of(dict(parse_qsl(urlsplit(form.get("back", "")).query)))


def _notes(form: Mapping[str, str]) -> tuple[str, ...]:
    lines = form.get("notes", "").splitlines()
    return tuple(line.strip()[:255] for line in lines if line.strip())
