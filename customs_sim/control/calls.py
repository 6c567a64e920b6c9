"""What a row of the control API is: a call with its route, its role, its words and its handler.

Each file of the control API carries its own rows. ``customs_sim.cli.app`` puts them together: they
are what is served, what is documented (``openapi``) and what is audited (``audit``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

import msgspec
from aiohttp import web

from customs_sim.control.state import Look
from customs_sim.office.operators import Role
from gateway.base.web.addresses import pattern
from gateway.base.web.openapi import Parameter

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the control API.

    Attributes:
        path: Its path below the prefix, parameters in braces.
        role: The least role that may make it.
        tag: The group that the documentation shows it in.
        body: The shape of its JSON body; None for a call without one.
        answer: The shape of its JSON answer; None where it is not described.
        kind: The content type of an answer that is no JSON; empty for one that is.
        status: The HTTP status of success.
        repeated: The status when what is asked for stands already; None where that is refused.
        noted: Whether the act writes its audit itself, in its own transaction.
        refusals: Statuses of refusals beside those of every call of its kind.
        look: The state that the audit notes before and after the call, unless it is ``noted``.
    """

    method: str
    path: str
    role: Role
    tag: str
    zh: str
    en: str
    handle: Handler
    body: type[msgspec.Struct] | None = None
    answer: type[msgspec.Struct] | None = None
    kind: str = ""
    status: int = 200
    repeated: int | None = None
    noted: bool = False
    look: Look | None = None
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the call in the audit and in the documentation."""
        words = [word.strip("{}") for word in self.path.split("/") if word]
        return "_".join([self.method.lower(), *words]).replace(".", "_").replace("-", "_")

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the names that may stand in the query of the call."""
        return tuple(each.name for each in self.parameters if each.place == "query")

    @property
    def route(self) -> str:
        """Return the path with the patterns of its parameters, as the router takes it."""
        path = self.path
        for parameter in self.parameters:
            if parameter.pattern:
                named = f"{{{parameter.name}"
                path = path.replace(named + "}", f"{named}:{parameter.pattern}}}")
        return pattern(path)


VIEWER, OFFICER, TESTER = Role.VIEWER, Role.OFFICER, Role.TESTER
DESK, MONEY, TRACE, WORLD, PEOPLE = (
    "案卷 cases",
    "台账和资金 registers and money",
    "报文 messages",
    "模拟 simulation",
    "操作员 operators",
)
LIMIT = Parameter(name="limit", zh="每页条数, 1 到 1000", en="entries a page, 1 to 1000")
CURSOR = Parameter(name="cursor", zh="上一页返回的 next", en="the next of the page before")
PAGED = (LIMIT, CURSOR)
ENTERPRISE = Parameter(name="enterprise", zh="企业代码", en="code of an enterprise")
NUMBER = Parameter(name="q", zh="任一编号或其开头", en="a number or its beginning")
SEARCHED = (*PAGED, ENTERPRISE, NUMBER)


def sorted_by(sorts: Collection[str]) -> Parameter:
    """Return the parameter that sorts a list by one of ``sorts``."""
    names = [name for each in sorts for name in (each, f"-{each}")]
    return Parameter(
        name="sort",
        zh="排序, - 为从大到小",
        en="order; with - from the highest down",
        schema={"type": "string", "enum": names},
    )
