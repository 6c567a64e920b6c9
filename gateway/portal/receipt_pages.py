"""回执: the feed of the enterprise, newest first, with a mark of what is new; and the request to
send receipts again (GRT141)."""

from __future__ import annotations

from aiohttp import web

from gateway.api.http import ProblemError, bad_parameter, whole_number
from gateway.base.web.addresses import safe
from gateway.base.web.pages.forms import form_of
from gateway.portal.frame import Frame
from gateway.portal.handing_in import HandingIn
from gateway.portal.page import HOME, Page
from gateway.portal.visit import VISITOR, Visitor
from gateway.service import Gateway
from schemas.findings import Finding
from schemas.package import write_fields

READ = "portal_read"
"""The cookie with the newest receipt that was read in this browser: enterprise and number. The mark
of the API is the program's, and no page moves it."""
HALF_A_YEAR = 180 * 86400
RESULTS = ("1", "2", "3", "Y", "Z")
TYPES = 40
"""Types of receipts that may be told apart."""


class ReceiptPages:
    """The feed, its mark, and the request."""

    def __init__(self, gateway: Gateway, frame: Frame) -> None:
        self._gateway, self._frame = gateway, frame
        self._handing = HandingIn(gateway)

    def pages(self) -> list[Page]:
        return [
            Page(path="/receipts", handle=self.show, asked=("before", "type", "result")),
            Page(path="/receipts/read", handle=self.read, method="POST"),
            Page(path="/receipts/resend", handle=self.resend, method="POST"),
        ]

    async def show(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request)

    async def _page(
        self, request: web.Request, problem: ProblemError | None = None
    ) -> web.Response:
        before = whole_number(request, "before", None, low=1, high=10**18)
        kind, result = request.query.get("type", ""), request.query.get("result", "")
        types = await self._gateway.queries.receipt_types(request[VISITOR].enterprise)
        if result and result not in RESULTS:
            words = ", ".join(RESULTS)
            raise bad_parameter("result", result, f"{words} 之一", f"one of {words}")
        visitor = request[VISITOR]
        found = await self._gateway.queries.newest_receipts(
            visitor.enterprise, 100, before, message_type=kind, result=result
        )
        wrong: dict[str, list[Finding]] = {}
        for each in problem.findings if problem else ():
            wrong.setdefault(each.field or "", []).append(each)
        return self._frame.page(
            request,
            "receipts.html",
            status=problem.status if problem else 200,
            found=found,
            types=types[:TYPES],
            results=RESULTS,
            read=_read(request, visitor),
            message_id=self._handing.new_id(visitor.enterprise),
            wrong=wrong,
            problem=problem,
        )

    async def read(self, request: web.Request) -> web.StreamResponse:
        """Take everything up to the number in the form as read, in this browser."""
        form, visitor = await form_of(request), request[VISITOR]
        response = web.Response(status=303, headers={"Location": f"{HOME}/receipts"})
        number = form.get("up_to", "")
        if number.isascii() and number.isdigit() and len(number) < 19:
            response.set_cookie(
                READ,
                f"{visitor.enterprise}.{int(number)}",
                httponly=True,
                samesite="Strict",
                path=HOME,
                max_age=HALF_A_YEAR,
            )
        return response

    async def resend(self, request: web.Request) -> web.StreamResponse:
        form, visitor = await form_of(request), request[VISITOR]
        head = {name: form.get(name, "") for name in ("businessId", "etpsPreentNo")}
        body = self._handing.package(
            "GRT141",
            f"<GRT141>{write_fields('ReceiptDclHead', head)}<SysId>B2</SysId>"
            f"<OperCusRegCode>{visitor.enterprise}</OperCusRegCode></GRT141>",
            enterprise=visitor.enterprise,
            message_id=form.get("message_id", "")[:64],
            reference=head["etpsPreentNo"],
        )
        try:
            await self._handing.take(body, visitor.own)
        except ProblemError as problem:
            if problem.status >= 500:
                raise
            return await self._page(request, problem)
        number = head["businessId"] or head["etpsPreentNo"]
        said = (
            f"已向海关申请补发 {number} 的回执, 到达后标有“补发”",
            f"customs was asked for the receipts of {number} again; they come marked as resent",
        )
        back = safe(form.get("back", ""))
        inside = back if back.startswith(f"{HOME}/") else f"{HOME}/receipts"
        return self._frame.back(inside, good=True, lines=[said])


def _read(request: web.Request, visitor: Visitor) -> int:
    """Return the number of the newest receipt that was read in this browser."""
    enterprise, _, number = request.cookies.get(READ, "").partition(".")
    known = enterprise == visitor.enterprise and number.isascii() and number.isdigit()
    return int(number) if known and len(number) < 19 else 0
