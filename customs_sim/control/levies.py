"""The calls about levies: the list, issuing one, anew or not at all, and business steps that raise
them. Reads requests, calls the counter, writes JSON. Decides nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.calls import MONEY, OFFICER, SEARCHED, VIEWER, Call, sorted_by
from customs_sim.control.http import (
    ACTOR,
    Money,
    Search,
    day,
    node_of,
    number,
    read_body,
    time_or_none,
)
from customs_sim.control.problems import json
from customs_sim.desk import lists
from customs_sim.desk.levies import Issued, LevyOrder
from customs_sim.ledger.amounts import money, yuan
from customs_sim.ledger.rows import Levy
from gateway.base.web.openapi import Parameter
from schemas.times import micros


class NewLevy(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /levies. ``customs``: the enterprise's 主管关区 unless given.
    ``oriact_valid_until`` (ours, yyyy-MM-dd): the validity of the 底账, which letters must
    cover."""

    enterprise: str
    amount: Money
    biz_type: str
    biz_no: str
    oriact_no: str
    oriact_valid_until: str = ""
    customs: str = ""


class Reissue(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /levies/{no}/reissue."""

    amount: Money


class BusinessEvent(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /business-events. ``customs``: the enterprise's 主管关区 unless given."""

    biz_type: str
    biz_no: str
    enterprise: str
    basis_amount: Money
    customs: str = ""


async def levies(request: web.Request) -> web.Response:
    search, office = (
        Search.of(request, lists.ONLY["levy"], lists.SORTS["levy"]),
        node_of(request).office,
    )
    asked = search.asked(micros(office.clock.now()))
    rows, total = await office.store.read(lambda c: lists.levies(c, asked))
    return search.answer([levy_shape(levy) for levy in rows], total, "levy_no")


async def issue(request: web.Request) -> web.Response:
    asked = await read_body(request, NewLevy)
    valid = day("oriact_valid_until", asked.oriact_valid_until)
    order = LevyOrder(
        enterprise=asked.enterprise,
        customs=asked.customs,
        amount=str(asked.amount),
        biz_type=asked.biz_type,
        biz_no=number("biz_no", asked.biz_no),
        oriact_no=number("oriact_no", asked.oriact_no),
        oriact_valid=valid.isoformat() if valid else "",
    )
    issued = await node_of(request).counter.issue(order, by=request[ACTOR])
    return json(_issued(issued), status=201)


async def reissue(request: web.Request) -> web.Response:
    asked = await read_body(request, Reissue)
    issued = await node_of(request).counter.reissue(
        request.match_info["no"], str(asked.amount), by=request[ACTOR]
    )
    return json(_issued(issued))


async def take_back(request: web.Request) -> web.Response:
    counter = node_of(request).counter
    return json(_issued(await counter.take_back(request.match_info["no"], by=request[ACTOR])))


async def business_event(request: web.Request) -> web.Response:
    asked = await read_body(request, BusinessEvent)
    biz_no = number("biz_no", asked.biz_no)
    order = LevyOrder(
        enterprise=asked.enterprise,
        customs=asked.customs,
        amount=str(asked.basis_amount),
        biz_type=asked.biz_type,
        biz_no=biz_no,
        oriact_no=biz_no if len(biz_no) == 12 else "",
    )
    raised = await node_of(request).counter.business_event(order, by=request[ACTOR])
    return json({"levies": [_issued(levy) for levy in raised]}, status=201)


def levy_shape(levy: Levy) -> dict[str, Any]:
    """Return a levy as customs has it; amounts in 元."""
    return {
        "levy_no": levy.levy_no,
        "enterprise": levy.enterprise,
        "customs": levy.customs,
        "change_no": levy.change_no,
        "version": levy.version,
        "amount": yuan(levy.levied),
        "open": yuan(levy.open),
        "cash": yuan(levy.cash),
        "letter": yuan(levy.paper),
        "quota": yuan(levy.quota),
        "payment": levy.status,
        "confirmed": bool(levy.confirmed),
        "overdue": bool(levy.overdue),
        "taken_back": bool(levy.taken_back),
        "closed": bool(levy.closed),
        "type": levy.type or None,
        "mode": levy.mode or None,
        "gasr_no": levy.gasr_no or None,
        "biz_type": levy.biz_type,
        "biz_no": levy.biz_no,
        "deadline": time_or_none(levy.deadline),
        "paid_at": time_or_none(levy.paid_at),
        "seq_no": levy.seq_no or None,
    }


def _issued(levy: Issued) -> dict[str, Any]:
    return {
        "levy_no": levy.levy_no,
        "amount": money(levy.amount),
        "change_no": levy.change_no,
        "version": levy.version,
    }


NO = Parameter(name="no", zh="征收单编号", en="levy no.", place="path")
ONLY_LEVIES = Parameter(
    name="only",
    zh="overdue: 只看逾期未缴的",
    en="overdue: only those that are overdue",
    schema={"type": "string", "enum": list(lists.ONLY["levy"])},
)
CALLS = (
    Call(
        method="GET",
        path="/levies",
        handle=levies,
        role=VIEWER,
        tag=MONEY,
        zh="征收单, 新的在前",
        en="Levies, newest first",
        parameters=(*SEARCHED, ONLY_LEVIES, sorted_by(lists.SORTS["levy"])),
    ),
    Call(
        method="POST",
        path="/levies",
        handle=issue,
        role=OFFICER,
        tag=MONEY,
        body=NewLevy,
        status=201,
        noted=True,
        zh="下发征收单 (GRT301)",
        en="Issue a levy (GRT301)",
    ),
    Call(
        method="POST",
        path="/levies/{no}/reissue",
        handle=reissue,
        role=OFFICER,
        tag=MONEY,
        body=Reissue,
        noted=True,
        zh="按新金额重新下发征收单",
        en="Issue a levy anew with another amount",
        parameters=(NO,),
    ),
    Call(
        method="DELETE",
        path="/levies/{no}",
        handle=take_back,
        role=OFFICER,
        tag=MONEY,
        noted=True,
        zh="撤销未担保的征收单",
        en="Take an unsecured levy back",
        parameters=(NO,),
    ),
    Call(
        method="POST",
        path="/business-events",
        handle=business_event,
        role=OFFICER,
        tag=MONEY,
        body=BusinessEvent,
        status=201,
        noted=True,
        zh="业务环节发生, 按环节产生征收单",
        en="A business step happened; raises the levies that it asks for",
    ),
)
