"""What a form begins with: nothing but who files, a register, or a filing that is corrected."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from aiohttp import web

from gateway.api.http import not_found, seq_no_of
from gateway.portal import record
from gateway.portal.fields import Form, form_for
from gateway.portal.made import FOLDER
from gateway.portal.visit import VISITOR
from gateway.queries.filters import Filter
from gateway.queries.queries import DEFAULTS
from gateway.queries.shapes import DeclarationOut
from gateway.service import Gateway
from handlers.lifecycle import EDITABLE, Status
from schemas.filing import parts_of
from schemas.money import money_text
from schemas.package import open_package
from schemas.times import SHANGHAI


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """``name``: that of the form; ``seq_no``: the filing that is corrected or answered, empty for a
    new one; ``filing``: the one that is corrected."""

    name: str
    form: Form
    values: dict[str, str]
    seq_no: str = ""
    filing: DeclarationOut | None = None


class Beginning:
    """One per process."""

    def __init__(self, gateway: Gateway, forms: Mapping[str, Form]) -> None:
        self._gateway, self._forms = gateway, forms

    async def of(self, request: web.Request, name: str) -> Start:
        """Return what the form begins with. Raise ProblemError, 404, for a number that this
        enterprise has not."""
        if not name:
            return await self._corrected(request)
        if name == FOLDER:
            name = f"{FOLDER}/{request.match_info['code']}"
            if name not in self._forms:
                raise not_found(request.match_info["code"], "报文类型", "message type")
        form = self._forms[name]
        own = await self._own(request)
        if name == "guarantees/new":
            number = request.query.get("of", "")
            asked = await self._register(request, number, "guarantees") if number else None
            if asked is None:
                return Start(name=name, form=form, values=own)
            filled = {k: v for k, v in asked.fields.items() if v}
            return Start(name=name, form=form, values=own | filled, seq_no=asked.seq_no)
        if not form.about:
            return Start(name=name, form=form, values=own)
        number = request.match_info.get("of") or request.query.get("of", "")
        row = await self._register(request, number, form.about)
        values = dict(row.fields)
        if name == "guarantees/change":
            count = int(values.get("chgTmsCnt") or row.change_no)
            values |= {"chgTmsCnt": str(count + 1), "etpsPreentNo": own["etpsPreentNo"]}
            return Start(name=name, form=form, values=values)
        if name == "levies/confirm":
            filled = {key: value for key, value in values.items() if value}
            return Start(
                name=name,
                form=form,
                values=dict.fromkeys(values, "") | _payer(own) | filled,
                seq_no=row.seq_no,
            )
        return Start(name=name, form=form, values=self._refund(row, own))

    def _refund(self, row: DeclarationOut, own: Mapping[str, str]) -> dict[str, str]:
        levy = row.message_type == "GRT111"
        left = (
            _left(row.fields, "actlvyAmt", "alrdyRtnbkAmt", "alrdyCrdwAmt")
            if levy
            else row.fields.get("avalGasrAmt", "")
        )
        return {
            "gurNo": row.business_no or "",
            "gurTypecd": "2" if levy else "1",
            "rtnbkCrdwAmt": left,
            **{name: own[name] for name in ("assuredEtpsno", "assuredEtpsNm", "etpsPreentNo")},
            "masterCuscd": row.fields.get("masterCuscd", own["masterCuscd"]),
        }

    async def ended(self, request: web.Request) -> DeclarationOut | None:
        """Return the filing in the path if it is this enterprise's and cannot be edited any
        more."""
        number, own = seq_no_of(request), request[VISITOR].own.enterprises
        found = await self._gateway.queries.declaration(number, own)
        return None if found is None or Status(found.status) in EDITABLE else found

    async def _corrected(self, request: web.Request) -> Start:
        visitor, number = request[VISITOR], seq_no_of(request)
        found = await self._gateway.queries.declaration(number, visitor.own.enterprises)
        if found is None:
            raise not_found(str(number))
        name = form_for(self._forms, found.message_type, found.kind)
        status = Status(found.status)
        if name is None or status not in EDITABLE:
            raise not_found(str(number), "可修改的申报", "filing that can be edited")
        values = dict(found.fields)
        if found.message_id:
            message = await self._gateway.queries.message(
                found.message_id, visitor.own.operator, visitor.own.enterprises
            )
            if message is not None:
                values |= self._parts(message[1])
        return Start(
            name=name, form=self._forms[name], values=values, seq_no=found.seq_no, filing=found
        )

    def _parts(self, body: bytes) -> dict[str, str]:
        """Return the first row of each part of an archived filing, as the form names it."""
        business = open_package(self._gateway.intake.reader.read(body)).business
        return {
            f"{name}.{key}": value
            for holder in business.iterchildren("GrtMessage")
            for name, rows in parts_of(holder).items()
            for key, value in (rows[0].items() if rows else ())
        }

    async def _register(self, request: web.Request, number: str, about: str) -> DeclarationOut:
        """Return the row of a query with this number."""
        if number:
            found = await self._gateway.queries.declarations(
                Filter(
                    enterprises=request[VISITOR].own.enterprises,
                    message_types=tuple(
                        {"levies": "GRT111", "guarantees": "GRT101"}[each] for each in about.split()
                    ),
                    kinds=("setup", "confirmation"),
                    or_pending=True,
                    business_no=number,
                    limit=1,
                )
            )
            if found.items:
                return found.items[0]
        raise not_found(number, "编号", "number")

    async def _own(self, request: web.Request) -> dict[str, str]:
        """Return what is known of the enterprise: its registration, and the defaults of its own
        record."""
        enterprise = self._gateway.registry.enterprises[request[VISITOR].enterprise]
        now = self._gateway.clock.now().astimezone(SHANGHAI)
        values = {
            "assuredEtpsno": enterprise.code,
            "assuredEtpsNm": enterprise.name,
            "assuredEtpsSccd": enterprise.credit_code,
            "masterCuscd": enterprise.customs,
            "pmnEtpsno": enterprise.code,
            "pmnEtpsNm": enterprise.name,
            "pmnEtpsSccd": enterprise.credit_code,
            "etpsPreentNo": f"P{now:%Y%m%d-%H%M%S}-{secrets.randbelow(10**4):04d}",
            "gurModecd": "1",
            "paymnModecd": "1",
        }
        return values | (await self._gateway.queries.record(enterprise.code)).defaults


def offered_by(
    rows: Mapping[str, Sequence[Mapping[str, str]]],
) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """Return what an enterprise's record offers for a field: each value, with what stands beside it
    in the first row that has it."""
    found: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for name, values in record.offered(rows).items():
        part = next(part for part, names in DEFAULTS.items() if name in names)
        for value in values:
            row = next((row for row in rows.get(part, ()) if row.get(name) == value), {})
            beside = {other: row[other] for other in DEFAULTS[part] if row.get(other)}
            found.setdefault(name, []).append((value, beside))
    return found


def _payer(own: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in own.items()
        if name.startswith(("pmn", "etpsConc")) or name == "paymnModecd"
    }


def _left(fields: Mapping[str, str], whole: str, *gone: str) -> str:
    """Return what is left of an amount; empty where nothing can be computed."""
    try:
        left = Decimal(fields.get(whole) or "0") - sum(Decimal(fields.get(n) or "0") for n in gone)
    except InvalidOperation:
        return ""
    return money_text(left) if left > 0 else ""
