"""What the flows of the tour share: a client of both sides over HTTP, the documents, what customs assigned, and the checks.

A check that fails raises Differs, which names the thing, the found and the wanted. Knows no flow.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec

from gateway.cli.tour_documents import Documents

PATIENCE = 10.0
"""Seconds until what has not come true counts as different."""
Row = dict[str, Any]


class Differs(Exception):
    """Something did not end as the manual says."""

    def __init__(self, what: str, found: object, wanted: object) -> None:
        super().__init__(f"{what}: {found}, 应为 wanted {wanted}")


@dataclass(slots=True, kw_only=True)
class World:
    """One enterprise with its key, and customs' operator. ``known``: what customs assigned, by our name for it (G1, L1 …)."""

    session: aiohttp.ClientSession
    gateway: str
    control: str
    key: str
    operator_key: str
    enterprise: str
    customs: str
    documents: Documents
    now: Callable[[], str]
    known: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    seen: int = 0

    async def get(self, path: str, **query: str | int) -> Any:
        """The JSON of a call of the gateway that must answer."""
        http, found = await self._call("GET", f"{self.gateway}/api/v1{path}", self.key, "application/xml", None, query)
        same(f"GET {path}", http, 200)
        return found

    async def raw(self, path: str) -> bytes:
        """The bytes behind a link."""
        async with self.session.get(f"{self.gateway}{path}", headers={"Authorization": f"Bearer {self.key}"}) as answer:
            same(f"GET {path}", answer.status, 200)
            return await answer.read()

    async def desk(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """A call of customs' control API that must be carried out."""
        content = None if body is None else msgspec.json.encode(body)
        http, found = await self._call(method, f"{self.control}/control/v1{path}", self.operator_key, "application/json", content, query)
        if http not in (200, 201):
            raise Differs(f"{method} {path}", f"{http} {_told(found)}", "200 | 201")
        return found

    async def _post(self, body: bytes) -> tuple[int, Any]:
        self.sent += 1
        return await self._call("POST", f"{self.gateway}/api/v1/messages", self.key, "application/xml", body, {})

    async def _call(self, method: str, url: str, key: str, kind: str, body: bytes | None, query: Mapping[str, str | int]) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
        async with self.session.request(method, url, data=body, headers=headers, params=dict(query)) as answer:
            content = await answer.read()
            return answer.status, msgspec.json.decode(content) if content else None

    async def taken(self, body: bytes) -> Row:
        """Submit what must be accepted for the first time."""
        http, found = await self._post(body)
        if http != 202:
            raise Differs("POST /messages", f"{http} {_told(found)}", 202)
        answer: Row = found
        return answer

    async def refused(self, body: bytes, *codes: str) -> None:
        """Submit what must be refused at the door with all ``codes``."""
        http, found = await self._post(body)
        same("POST /messages", http, 422)
        missing = [code for code in codes if code not in {f["code"] for f in found["findings"]}]
        if missing:
            raise Differs("findings", _told(found), ", ".join(codes))

    async def ends(self, body: bytes, status: str = "approved") -> Row:
        """Submit, and the declaration once it has ``status``."""
        return await self.until((await self.taken(body))["seq_no"], status)

    async def until(self, seq_no: str, status: str, **wanted: Any) -> Row:
        async def look() -> Row:
            row: Row = await self.get(f"/declarations/{seq_no}")
            return row

        return await self.shows(f"统一编号 {seq_no}", look, status=status, **wanted)

    async def levy(self, number: str, **wanted: Any) -> Row:
        """The levy in 征收单查询 once it is there with all that is ``wanted``, of the row or of its fields."""
        return await self.shows(f"征收单 {number}", lambda: self._listed("/levies", number), **wanted)

    async def guarantee(self, name: str, limit: str, used: str, available: str, returned: str) -> Row:
        """The guarantee in 总担保查询 with these amounts, and the same in customs' ledger."""
        number = self.number(name)
        row = await self.shows(
            f"总担保 {number}", lambda: self._listed("/guarantees", number), gasrAmt=limit, usedGasrAmt=used, avalGasrAmt=available,
            alrdyRtnbkGasrAmt=returned)
        accounts = (await self.desk("GET", "/ledger", no=number))["accounts"]
        for account, shown in (("limit", limit), ("returned", returned)):
            same(f"{account}:{number}", Decimal(accounts.get(f"{account}:{number}", "0")), Decimal(shown))
        return row

    async def new_levy(self, name: str, amount: str, biz_no: str = "C010016A0471") -> str:
        """A levy by customs' hand; it waits for the enterprise."""
        made = await self.desk("POST", "/levies", {
            "enterprise": self.enterprise, "customs": self.customs, "amount": amount, "biz_type": "2", "biz_no": biz_no, "oriact_no": biz_no})
        self.known[name] = made["levy_no"]
        await self.levy(made["levy_no"], status="pending", status_text="待确认")
        return str(made["levy_no"])

    async def confirmation(self, number: str, *, flag: str = "1", **given: str) -> bytes:
        return self.documents.confirmation((await self._listed("/levies", number))["fields"], flag=flag, **given)

    async def profile(self, name: str) -> None:
        await self.desk("PUT", "/profile", {"profile": name})

    async def decide(self, seq_no: str, result: str, *notes: str) -> None:
        """An officer decides, once the case waits."""
        async def waits() -> bool:
            return any(case["seq_no"] == seq_no for case in (await self.desk("GET", "/worklist"))["items"])

        await self._comes(f"{seq_no} 在工作列表 in the work list", waits)
        await self.desk("POST", "/decisions", {"items": [{"seq_no": seq_no, "result": result, "notes": list(notes)}]})

    async def pay(self, number: str, amount: str) -> None:
        await self.desk("POST", "/payments", {"levy_no": number, "amount": amount, "paid_at": self.now(), "reference": f"{number}-{amount}"})

    async def receipts(self, *, everything: bool = False) -> list[Row]:
        """What customs sent since the flow before, or ever."""
        items: list[Row] = (await self.get("/receipts", after=0 if everything else self.seen, limit=1000))["items"]
        return items

    async def note(self, seq_no: str, words: str) -> None:
        """Customs told the reason with these words."""
        notes = [note for r in await self.receipts() if r["seq_no"] == seq_no for note in r["notes"]]
        if not any(words in note for note in notes):
            raise Differs("海关审批意见 notes", notes, words)

    def number(self, name: str) -> str:
        if name not in self.known:
            raise Differs(name, "没有 missing", "先前流程所建 made by an earlier flow")
        return self.known[name]

    async def _listed(self, path: str, number: str) -> Row:
        items = (await self.get(path, limit=1000))["items"]
        return next((row for row in items if row["business_no"] == number and row["status"] != "deleted"), {})

    async def shows(self, what: str, look: Callable[[], Awaitable[Row]], **wanted: Any) -> Row:
        last: Row = {}

        async def right() -> bool:
            nonlocal last
            last = await look()
            return bool(last) and not _differences(last, wanted)

        try:
            await self._comes(what, right)
        except Differs:
            found = _differences(last, wanted) if last else "没有 missing"
            raise Differs(what, found, wanted) from None
        return last

    @staticmethod
    async def _comes(what: str, look: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not await look():
            if time.monotonic() > deadline:
                raise Differs(what, "没有 no", "有 yes")
            await asyncio.sleep(0.01)

    async def settled(self, wanted: str) -> list[Row]:
        """The receipts of the flow once there are as many as ``wanted`` names (``GRT200=1 GRT201=1 …``, in any order)."""
        last: list[Row] = []

        async def all_there() -> bool:
            nonlocal last
            last = await self.receipts()
            return len(last) >= len(wanted.split())

        try:
            await self._comes("", all_there)
        except Differs:
            raise Differs("回执 receipts", named(last), wanted) from None
        if sorted(named(last).split()) != sorted(wanted.split()):
            raise Differs("回执 receipts", named(last), wanted)
        return last


def same(what: str, found: object, wanted: object) -> None:
    """Raises Differs unless they are equal."""
    if found != wanted:
        raise Differs(what, found, wanted)


def first(what: str, items: Iterable[Row]) -> Row:
    """The first of ``items``. Raises Differs when there is none."""
    found = next(iter(items), None)
    if found is None:
        raise Differs(what, "没有 none", "至少一个 at least one")
    return found


def named(receipts: list[Row]) -> str:
    """Receipts as ``GRT200=1``, a message of customs' own as ``GRT302``."""
    return " ".join(r["message_type"] + (f"={r['result']}" if r["result"] else "") for r in receipts)


def _differences(row: Row, wanted: Mapping[str, Any]) -> Row:
    seen = {name: row["fields"].get(name) if name in row["fields"] else row.get(name) for name in wanted}
    return {name: value for name, value in seen.items() if value != wanted[name]}


def _told(body: Any) -> str:
    """The findings of a problem in one line."""
    found = body.get("findings", ()) if isinstance(body, dict) else ()
    return "; ".join(f"{f['code']} {f['message_zh']}" for f in found) or str(body)
