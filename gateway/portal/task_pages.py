"""The lists that a form begins with. The address of a form without the number that it is about
shows the list to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aiohttp import web

from gateway.portal.frame import Frame
from gateway.portal.page import Handle, Page
from gateway.portal.tasks import TASKS, Task
from gateway.portal.visit import VISITOR
from gateway.queries.filters import Filter
from gateway.queries.shapes import DeclarationOut
from gateway.service import Gateway

COMPACT = "dates"
"""The parameter that shows days as the manual does, in eight digits."""
ABOUT = "of"
MOST = 500
"""Rows of one status; the rest is found by the queries."""


class TaskPages:
    """One page for each list."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame

    def before(self, pages: Iterable[Page]) -> list[Page]:
        """Return the pages of forms, with the list in front of each that has one, and the lists
        that stand alone."""
        lists = {task.path: self._list(task) for task in TASKS}
        forms = [
            replace(
                page,
                handle=_either(lists.pop(page.path), page.handle),
                asked=(*page.asked, COMPACT),
            )
            if page.method == "GET" and page.path in lists
            else page
            for page in pages
        ]
        alone = [Page(path=path, handle=handle, asked=(COMPACT,)) for path, handle in lists.items()]
        return [*alone, *forms]

    def _list(self, task: Task) -> Handle:
        async def handle(request: web.Request) -> web.StreamResponse:
            rows: list[DeclarationOut] = []
            for status in task.statuses:
                found = await self._gateway.queries.declarations(
                    Filter(
                        enterprises=request[VISITOR].own.enterprises,
                        message_types=(task.message_type,),
                        kinds=(task.kind,),
                        or_pending=True,
                        status=status,
                        limit=MOST,
                    )
                )
                rows += [row for row in found.items if row.business_no and task.fits(row)]
            return self._frame.page(
                request,
                "task.html",
                task=task,
                rows=[(row, task.button(row)) for row in rows],
                compact=request.query.get(COMPACT) == "8",
            )

        return handle


def _either(listed: Handle, form: Handle) -> Handle:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await (form if request.query.get(ABOUT) else listed)(request)

    return handle
