"""Deciding at the desk: the question before, the act on one case or on many, and what is said
after. The decisions are ``desk``'s."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date

from aiohttp import web

from customs_sim.cases.case import Case
from customs_sim.console.case_page import ONWARD
from customs_sim.console.chosen import (
    MOST,
    filter_of,
    kept,
    notes_of,
    number_in,
    order_of,
    query_of,
)
from customs_sim.console.frame import Frame, called
from customs_sim.console.page import Page, post
from customs_sim.console.words import ACTS, HOLD_REASONS, REASONS, Words
from customs_sim.control.cases import waiting_of
from customs_sim.control.http import ACTOR, day
from customs_sim.control.problems import said
from customs_sim.desk import views
from customs_sim.desk.decisions import ANSWERING, Act, Decided, Decision, NotDecided
from customs_sim.desk.dossier import Dossiers
from customs_sim.desk.marking import usual_day
from customs_sim.desk.marks import Marks
from customs_sim.desk.waiting import EVERY, Waiting
from customs_sim.node import CustomsNode
from gateway.base.web.pages.flash import Action
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.question import Question
from schemas.money import grouped
from schemas.times import local_day, to_wire

CHUNK = 500
"""Cases that are decided in one transaction. For more of them the answer does not wait for the
rules of each: these run when the decisions are carried out, and the page of the batch tells."""
TOLD = 12
"""Refused decisions that are told one by one; the others are counted."""
MANY = 20
"""Decisions from which on a page of its own tells what becomes of them."""
UP_TO = "up_to"
"""The field of the question about all that fit a filter: the highest case that it counted."""
YEAR = 365 * 86400


class DecidePages:
    """The form that decides."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store
        self._desk, self._dossiers = node.desk, Dossiers(node.office, node.desk)

    def pages(self) -> list[Page]:
        return [post("/decide", self.decide, ask=self.ask)]

    async def ask(self, request: web.Request) -> Question | None:
        """Ask before several cases are decided, before one that another works on, before a register
        is closed, and for the reason of a return and of a hold."""
        act, chosen = await order_of(request)
        form = await form_of(request)
        bare = not notes_of(form)
        if act is Act.CLOSE:
            return _closing(chosen)
        if act is Act.HOLD and bare:
            cases = await self._waiting(chosen, await filter_of(request))
            return self._holding(cases) if cases else None
        if act not in ANSWERING:
            return None
        returns = act is Act.RETURN and bare
        wanted = await filter_of(request)
        cases, marks = await self._found(chosen, wanted)
        others = [
            claim.operator
            for each in cases
            if (claim := marks[each.case_no].claim) and claim.operator != request[ACTOR].name
        ]
        if len(cases) < 2 and not returns and not others:
            return None
        zh, en = ACTS[act]
        title, line = await self._about((zh, en), cases)
        lines = [line]
        if others:
            names, count = [called(name) for name in dict.fromkeys(others)], len(others)
            zh_who, en_who = (", ".join(name[english] for name in names) for english in (0, 1))
            lines.append(
                (
                    f"{zh_who} 在办其中 {count} 件, 仍要处理?",
                    f"{en_who} works on {count}. Decide anyway?",
                )
            )
        return Question(
            title=title,
            lines=tuple(lines),
            button=(f"{zh} {len(cases)} 件", f"{en}: {len(cases)}"),
            danger=act is Act.RETURN,
            wanted="notes" if returns else "",
            label=(
                "退单理由, 每行一条, 发给企业",
                "Reasons, one a line; they go to the enterprise",
            ),
            offered=await self._reasons(cases) if returns else (),
            carried=((UP_TO, str(max(marks))),) if wanted and marks else (),
        )

    def _holding(self, cases: Sequence[Case]) -> Question:
        count, (zh, en) = len(cases), ACTS[Act.HOLD]
        which = cases[0].seq_no if count == 1 else f"{count} 件"
        today = local_day(self._node.office.clock.now())
        return Question(
            title=(f"{zh} {which}?", f"{en} {cases[0].seq_no if count == 1 else count}?"),
            lines=(
                (
                    "到期前不在工作列表, 到期自动回来。不发给企业。",
                    "It leaves the work list and is back by itself on that day. Nothing is sent.",
                ),
            ),
            button=(zh, en),
            wanted="notes",
            label=("原因", "Reason"),
            day="until",
            day_label=("到哪天", "Until"),
            given_day=usual_day(today).isoformat(),
            offered=HOLD_REASONS,
        )

    async def _about(self, act: Words, cases: Sequence[Case]) -> tuple[Words, Words]:
        """Return the title of a question and its first sentence: what it is about."""
        (zh, en), count = act, len(cases)
        amount = grouped(sum(case.amount for case in cases))
        if count != 1:
            return (
                (f"{zh} {count} 件?", f"{en}: {count}?"),
                (f"共 {count} 件, 合计 {amount} 元。", f"{count} in all, CNY {amount} together."),
            )
        firms = {code: name for code, name, _ in await self._store.read(views.enterprises)}
        whose = f"{firms.get(cases[0].enterprise, '')} {cases[0].enterprise}".strip()
        number = cases[0].seq_no
        return (
            (f"{zh} {number}?", f"{en} {number}?"),
            (f"{whose}, {amount} 元", f"{whose}, CNY {amount}"),
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
        return (await self._found(chosen, wanted))[0]

    async def _found(
        self, chosen: Sequence[str], wanted: Waiting | None
    ) -> tuple[list[Case], dict[int, Marks]]:
        """Return the same with what the desk knows of each."""
        named, found, marks, cursor = set(chosen), list[Case](), dict[int, Marks](), 0
        while True:
            page = await self._desk.worklist(
                limit=MOST, cursor=cursor, wanted=wanted or Waiting(show=EVERY)
            )
            found += [case for case in page.items if wanted or case.seq_no in named]
            marks |= page.marks
            if page.next is None or (not wanted and len(found) == len(named)):
                return found, marks
            cursor = int(page.next)

    async def decide(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        act, chosen = await order_of(request)
        if (wanted := await filter_of(request)) is not None:
            asked = number_in(form, UP_TO)  # what came since the question is nobody's yet
            chosen = [
                case.seq_no
                for case in await self._waiting((), wanted)
                if asked is None or case.case_no <= asked
            ]
        if act is Act.UNDO and (batch := number_in(form, "batch")) is not None:
            chosen = await self._desk.given(batch)
        if not chosen:
            raise said(
                "QUERY.01",
                400,
                "还没有选择案卷",
                "no case is chosen",
                "请勾选, 或用 x 键, 或点这一行",
                "tick one, use x, or click its row",
            )
        until = day("until", form.get("until", "")) if act is Act.HOLD else None
        results, batch_no = await self._decided(request, act, chosen, notes_of(form), until)
        response = self._frame.back(
            await self._next(form, act, results, batch_no),
            good=all(isinstance(each, Decided) for each in results),
            lines=_told(act, results),
            form=form,
            action=_undo(results, batch_no, form, self._node.office.settings.undo),
        )
        if ONWARD + "-asked" in form:
            response.set_cookie(
                ONWARD,
                "yes" if form.get(ONWARD) else "no",
                samesite="Strict",
                path="/",
                max_age=YEAR,
            )
        return response

    async def _decided(
        self,
        request: web.Request,
        act: Act,
        chosen: Sequence[str],
        notes: tuple[str, ...],
        until: date | None,
    ) -> tuple[list[Decided | NotDecided], int]:
        """Decide, and return the results and what those given together share."""
        answers = act in ANSWERING
        batch = secrets.randbits(52) | 1 if answers and len(chosen) > 1 else 0
        unread = answers and len(chosen) > CHUNK
        results: list[Decided | NotDecided] = []
        for at in range(0, len(chosen), CHUNK):
            results += await self._desk.decide(
                [
                    Decision(seq_no=number, result=act, notes=notes, until=until)
                    for number in chosen[at : at + CHUNK]
                ],
                by=request[ACTOR],
                grace=self._node.office.settings.undo if answers else 0.0,
                batch=batch,
                unread=unread,
            )
        return results, batch

    async def _next(
        self, form: Mapping[str, str], act: Act, results: Sequence[Decided | NotDecided], batch: int
    ) -> str:
        """Return where the officer goes on: from a case to the next one, from a list to the same
        list, and to a page of their own for many."""
        back = form.get("back", "/")
        query = query_of(back)
        if len(results) > MANY and batch and any(_is_kept(each) for each in results):
            return f"/batches/{batch}{kept(query)}"
        decided = results[0].case if isinstance(results[0], Decided) else None
        if not form.get(ONWARD) or decided is None or act not in (*ANSWERING, Act.HOLD):
            return back
        beside = await self._desk.neighbours(
            decided.case_no, waiting_of(query), query.get("sort", "")
        )
        return f"/cases/{beside.after}{kept(query)}" if beside.after else "/" + kept(query)


def _is_kept(result: Decided | NotDecided) -> bool:
    """Return whether the page of many decisions knows of a result."""
    return result.given is not None if isinstance(result, Decided) else result.case is not None


def _closing(chosen: Sequence[str]) -> Question:
    return Question(
        title=(f"结案 {chosen[0]}?", f"Close {chosen[0]}?") if chosen else ("结案?", "Close?"),
        lines=(
            (
                "释放担保额度或退回保函。结案后不能再变更, 也不能撤回。",
                "Quota or letter is released. Nothing can be changed or taken back after.",
            ),
        ),
        button=("结案", "Close"),
        danger=True,
    )


def _told(act: Act, results: Sequence[Decided | NotDecided]) -> list[Words]:
    """Return what is said after an act."""
    done = [each for each in results if isinstance(each, Decided)]
    refused = [each for each in results if isinstance(each, NotDecided)]
    (zh, en), lines = ACTS[act], list[Words]()
    if done:
        which = f" ({done[0].decision.seq_no})" if len(results) == 1 else ""
        until = f", 至 {to_wire(done[0].until)[:16]}" if done[0].until else ""
        to = f", until {to_wire(done[0].until)[:16]}" if done[0].until else ""
        lines.append((f"{zh}: {len(done)} 件{which}{until}", f"{en}: {len(done)}{which}{to}"))
    for each in refused[:TOLD]:
        number = each.decision.seq_no
        zh, en = f"{each.message_zh}; {each.hint_zh}", f"{each.message_en}; {each.hint_en}"
        named = "" if number in zh else f"{number} "
        lines.append((named + zh, named + en))
    if len(refused) > TOLD:
        more = len(refused) - TOLD
        lines.append((f"另有 {more} 件未能处理", f"{more} more were refused"))
    return lines


def _undo(
    results: Sequence[Decided | NotDecided], batch: int, form: Mapping[str, str], seconds: float
) -> Action | None:
    """Return the button that takes back what was given."""
    given = [each.given for each in results if isinstance(each, Decided) and each.given]
    if not given:
        return None
    which = ("batch", str(batch)) if batch else ("seq_no", given[0].seq_no)
    return Action(
        label=("撤销", "Undo"),
        path="/decide",
        fields=[("act", Act.UNDO.value), which, ("back", form.get("back", "/"))],
        seconds=seconds,
    )
