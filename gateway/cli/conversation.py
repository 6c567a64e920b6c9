"""A conversation as a running pair remembers it: what enterprises sent, what customs answered, what its operators did, in order.

Read over HTTP from both archives and from customs' audit; nothing of the pair is changed. What was refused at the door is in no
archive and so in no conversation. The order is that of the business clock; while it stands still nothing has an order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

from gateway.errors import BadSetting, Unavailable
from schemas.dxp import decode_dxp
from schemas.findings import Refused
from schemas.xml import Limits, XmlReader

PAGE = 1000
Row = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Sent:
    """What an enterprise sent. ``status``: that of the answer, draft or declared; empty for what is no filing."""

    at: datetime
    message_type: str
    body: bytes
    enterprise: str
    seq_no: str = ""
    status: str = ""


@dataclass(slots=True, kw_only=True)
class Act:
    """What an operator did: a call of the control API. ``answer``: what customs assigned, by the name it has in the answer."""

    at: datetime
    action: str
    target: str
    state: Row
    answer: Row = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Received:
    """What customs sent, as the enterprise's feed tells it."""

    at: datetime
    message_type: str
    result: str
    body: bytes
    enterprise: str
    seq_no: str = ""
    business_no: str = ""
    resent: bool = False


@dataclass(slots=True, kw_only=True)
class Conversation:
    """All of it. ``turns``: what was sent and done, in order; ``received`` likewise. ``enterprises`` sent something; ``payers`` are
    registered and were only named. ``left_out``: acts that are no part of a script."""

    turns: list[Sent | Act]
    received: list[Received]
    enterprises: Mapping[str, Row]
    payers: Mapping[str, Row]
    left_out: list[str]

    @property
    def in_order(self) -> bool:
        """Whether the times tell what came first. While the business clock stands still they do not."""
        acts = {turn.at for turn in self.turns if isinstance(turn, Act)}
        sent = {turn.at for turn in self.turns if isinstance(turn, Sent)}
        received = {each.at for each in self.received}
        return not (acts & sent or acts & received or sent & received)


class Calls:
    """GET of either side, whole lists included. Raises Unavailable when it does not answer, BadSetting when it knows no key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, prefix: str, key: str) -> None:
        self._session, self._url, self._prefix, self._key = session, url.rstrip("/"), prefix, key

    async def get(self, path: str, **query: str | int) -> Any:
        return msgspec.json.decode(await self.raw(path, **query))

    async def raw(self, path: str, **query: str | int) -> bytes:
        url = f"{self._url}{path if path.startswith(self._prefix) else self._prefix + path}"
        try:
            async with self._session.get(url, params=query, headers={"Authorization": f"Bearer {self._key}"}) as answer:
                content = await answer.read()
        except aiohttp.InvalidURL as error:
            raise BadSetting(f"{self._url!r} is no address; write one like http://127.0.0.1:8080") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"nobody answers at {self._url} ({str(error) or 'no answer in time'}); start a pair with `eport up`") from error
        if answer.status in (401, 403):
            raise BadSetting(f"{self._url} does not know the key; give --home of its home, or --key and --operator-key")
        if answer.status != 200:
            raise Unavailable(f"GET {url} answers {answer.status}: {content[:200].decode(errors='replace')}")
        return content

    async def all(self, path: str, **query: str | int) -> list[Row]:
        """Every item, page by page."""
        found: list[Row] = []
        more: Row = {}
        while True:
            page = await self.get(path, limit=PAGE, **query, **more)
            found += page["items"]
            if not page.get("next") or not page["items"]:
                return found
            more = {"cursor": page["next"]}


async def conversation_of(gateways: Sequence[Calls], customs: Calls) -> Conversation:
    """What the pair remembers. One of ``gateways`` for each key."""
    turns: list[Sent | Act] = []
    sent_all: list[Sent] = []
    received: list[Received] = []
    enterprises: dict[str, Row] = {}
    payers: dict[str, Row] = {}
    for gateway in gateways:
        sent, codes, named = await _sent(gateway)
        sent_all += sent
        payers |= {code: await gateway.get(f"/enterprises/{code}") for code in sorted(named - payers.keys())}
        for code in sorted(codes - enterprises.keys()):
            enterprises[code] = await gateway.get(f"/enterprises/{code}")
            received += await _received(gateway, code)
    acts, left_out = await _acts(customs)
    turns += [*sent_all, *await _others(customs, enterprises, sent_all), *acts]
    turns.sort(key=lambda turn: turn.at)
    received.sort(key=lambda each: each.at)
    return Conversation(turns=turns, received=received, enterprises=enterprises, left_out=left_out,
                        payers={code: row for code, row in payers.items() if code not in enterprises})


async def _sent(gateway: Calls) -> tuple[list[Sent], set[str], set[str]]:
    """Every version of every filing, whose they are, and the payers that they name: registered, or they had been refused."""
    found: list[Sent] = []
    codes: set[str] = set()
    payers: set[str] = set()
    for row in await gateway.all("/declarations"):
        enterprise = str(row["fields"].get("assuredEtpsno") or "")
        codes.add(enterprise)
        if row["status"] != "draft":  # a draft may name anybody
            payers.add(str(row["fields"].get("pmnEtpsno") or ""))
        for entry in (await gateway.get(f"/declarations/{row['seq_no']}/timeline", limit=PAGE))["items"]:
            if entry["source"] == "enterprise" and entry["message_id"]:
                body = await gateway.raw(f"/messages/{entry['message_id']}/raw")
                found.append(Sent(at=datetime.fromisoformat(entry["at"]), message_type=row["message_type"], body=body, enterprise=enterprise,
                                  seq_no=row["seq_no"], status=entry["status"]))
    return found, codes - {""}, payers - {""}


async def _received(gateway: Calls, enterprise: str) -> list[Received]:
    found: list[Received] = []
    after = 0
    while page := (await gateway.get("/receipts", enterprise=enterprise, after=after, limit=PAGE))["items"]:
        for row in page:
            found.append(Received(
                at=datetime.fromisoformat(row["received_at"]), message_type=row["message_type"], result=row["result"] or "",
                body=await gateway.raw(row["links"]["raw"]), enterprise=enterprise, seq_no=row["seq_no"] or "",
                business_no=row["business_no"] or "", resent=bool(row["resent"])))
        after = page[-1]["seq"]
    return found


async def _others(customs: Calls, enterprises: Mapping[str, Row], known: Sequence[Sent]) -> list[Sent]:
    """What reached customs and stands in no timeline: further pockets of a filing, and GRT141, which is no filing. Customs' archive
    has it in its transport."""
    reader, found = XmlReader(Limits(size=8 * 1024 * 1024)), []
    ids = {_message_id(reader, sent.body) for sent in known}
    nodes = {str(e.get("dxp_id") or ""): code for code, e in enterprises.items()}
    for row in await customs.all("/messages"):
        if row["direction"] != "in" or not row["message_type"].startswith("GRT1"):
            continue
        try:
            body = decode_dxp(reader.read(await customs.raw(f"/messages/{row['id']}/raw")).root).data
            mine = _message_id(reader, body)
        except Refused:
            continue
        enterprise = row["enterprise"] if row["enterprise"] in enterprises else nodes.get(row["sender"], "")
        if mine not in ids and enterprise:
            ids.add(mine)
            found.append(Sent(at=datetime.fromisoformat(row["at"]), message_type=row["message_type"], body=body, enterprise=enterprise,
                              seq_no=row["seq_no"] or ""))
    return found


def _message_id(reader: XmlReader, body: bytes) -> str:
    """The sender's own number of a message, also inside a transport. Raises Refused when it cannot be read."""
    root = reader.read(body).root
    if root.tag == "DxpMsg":
        root = reader.read(decode_dxp(root).data).root
    return next((element.text or "" for element in root.iter("message_id")), "")


REPLAYED = frozenset({"put_profile", "levy", "reissue", "take_back", "ask_guarantee", "pay", "refund", "statement", "approve", "return", "review",
                      "hold", "reconfirm", "reject_type", "close"})
"""Actions of the audit that a script can do again; the others steer the simulation (clock, faults, scenario) and are told instead."""


async def _acts(customs: Calls) -> tuple[list[Act], list[str]]:
    found: list[Act] = []
    left_out: list[str] = []
    profile = ""
    for row in reversed(await customs.all("/audit")):
        if row["outcome"] != "done":  # refused: nothing came of it
            continue
        state = msgspec.json.decode(row["after"]) if row["after"] else {}
        if row["action"] not in REPLAYED or not isinstance(state, dict):
            left_out.append(f"{row['at']} {row['action']} {row['after'] or ''}".strip())
            continue
        if row["action"] == "put_profile":
            if state.get("profile") == profile:
                continue
            profile = str(state.get("profile"))
        found.append(Act(at=datetime.fromisoformat(row["at"]), action=row["action"], target=row["target"] or "", state=state))
    return found, left_out
