"""The registry of enterprises (企业备案) as customs keeps it: entering one, correcting one, barring
one from letters of guarantee (停用保函). Nothing changes without a row of the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, true, update

from customs_sim.desk.refusal import unknown
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.store import tables as t
from customs_sim.wire.parties import Enterprise
from schemas.findings import Refused
from schemas.registration import Registration, problems, taken

CHANGEABLE = ("name", "credit_code", "customs", "dxp_id")
"""What of a registration may be corrected; the code is what it is known by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """An enterprise as it is registered now. ``fresh``: it was not before."""

    enterprise: Enterprise
    fresh: bool


class Registry:
    """What a person does with the registry. One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def add(self, asked: Registration, *, by: Actor | None = None) -> Entered:
        """Register an enterprise. One that is registered just so stays as it is. Raise Refused,
        422, with everything that is wrong, and 409 where code or DXP id are another's."""
        return await self._office.perform(lambda work: self._add(work, asked), by=by)

    async def change(
        self,
        code: str,
        changes: Mapping[str, str],
        *,
        barred: bool | None = None,
        by: Actor | None = None,
    ) -> Enterprise:
        """Correct what ``changes`` names of ``CHANGEABLE``. ``barred``: whether it may give letters
        of guarantee no more; None leaves that. Raise as ``add`` does, and NotAllowed, 404, for an
        enterprise that is not registered."""

        def write(work: Work) -> Enterprise:
            before = _known(work.connection, code)
            asked = replace(_registration(before), **changes)
            if changes:  # a district that ended since does not keep it from being barred
                self._check(work, asked)
            after = replace(
                before,
                name=asked.name,
                credit_code=asked.credit_code,
                customs=asked.customs,
                dxp_id=asked.dxp_id,
                barred=before.barred if barred is None else barred,
            )
            return _changed(work, before, after)

        return await self._office.perform(write, by=by)

    async def one(self, code: str) -> Enterprise:
        """Return a registered enterprise. Raise NotAllowed, 404, for any other."""
        return await self._office.store.read(lambda c: _known(c, code))

    async def listed(
        self, q: str, *, after: str = "", most: int = 1000
    ) -> tuple[list[Enterprise], int]:
        """Return enterprises in order of code, and how many there are. ``q``: a code, a credit code
        or a DXP id, or a part of a name; empty for all."""
        return await self._office.store.read(lambda c: _listed(c, q, after, most))

    def _add(self, work: Work, asked: Registration) -> Entered:
        self._check(work, asked)
        known = _rows(work.connection, t.enterprises.c.code == asked.code)
        if known:
            if _registration(known[0]) == asked:
                return Entered(enterprise=known[0], fresh=False)
            raise Refused([taken("code", asked.code, known[0].name)], status=409)
        made = Enterprise(
            code=asked.code,
            name=asked.name,
            credit_code=asked.credit_code,
            customs=asked.customs,
            dxp_id=asked.dxp_id,
        )
        work.connection.execute(
            insert(t.enterprises).values(
                {**_told(made), "code": made.code, "barred": 0, "agents": ""}
            )
        )
        work.note("enterprise", made.code, after=_told(made))
        return Entered(enterprise=made, fresh=True)

    def _check(self, work: Work, asked: Registration) -> None:
        if found := problems(asked, self._office.codes, work.now.day):
            raise Refused(found, status=422)
        holders = _rows(work.connection, t.enterprises.c.dxp_id == asked.dxp_id)
        for holder in holders:
            if holder.code != asked.code:
                raise Refused([taken("dxp_id", asked.dxp_id, holder.code)], status=409)


def _changed(work: Work, before: Enterprise, after: Enterprise) -> Enterprise:
    """Store ``after`` and note what differs; nothing where nothing does."""
    old, new = _told(before), _told(after)
    names = [name for name in new if new[name] != old[name]]
    if names:
        changed = {name: new[name] for name in names}
        work.connection.execute(
            update(t.enterprises)
            .where(t.enterprises.c.code == after.code)
            .values({name: int(v) if name == "barred" else v for name, v in changed.items()})
        )
        work.note(
            "change_enterprise",
            after.code,
            before={name: old[name] for name in names},
            after=changed,
        )
    return after


def _told(enterprise: Enterprise) -> dict[str, Any]:
    """Return what the audit tells of an enterprise."""
    return {name: getattr(enterprise, name) for name in CHANGEABLE} | {"barred": enterprise.barred}


def _registration(enterprise: Enterprise) -> Registration:
    return Registration(
        code=enterprise.code, **{name: getattr(enterprise, name) for name in CHANGEABLE}
    )


def _known(connection: Connection, code: str) -> Enterprise:
    rows = _rows(connection, t.enterprises.c.code == code)
    if not rows:
        raise unknown("code", code[:64], "企业", "enterprise")
    return rows[0]


def _rows(
    connection: Connection, wanted: ColumnElement[bool], most: int = 1000
) -> Sequence[Enterprise]:
    rows = connection.execute(
        select(*t.enterprises.c).where(wanted).order_by(t.enterprises.c.code).limit(most)
    )
    return [Enterprise.of_row(row) for row in rows]


def _listed(connection: Connection, q: str, after: str, most: int) -> tuple[list[Enterprise], int]:
    c = t.enterprises.c
    wanted = (
        or_(c.code == q, c.credit_code == q, c.dxp_id == q, c.name.contains(q, autoescape=True))
        if q
        else true()
    )
    total = connection.execute(
        select(func.count()).select_from(t.enterprises).where(wanted)
    ).scalar_one()
    return list(_rows(connection, wanted & (c.code > after), most)), int(total)
