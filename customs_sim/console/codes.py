"""Codes in the address of a page: one that nothing has is told, because a list that it narrows to
nothing looks as if there were nothing."""

from __future__ import annotations

from collections.abc import Mapping

from customs_sim.control.http import word_in
from customs_sim.control.problems import bad_value
from customs_sim.desk import views
from customs_sim.desk.search import NAMES
from customs_sim.node import CustomsNode
from schemas.catalogue import catalogue


async def check_codes(node: CustomsNode, query: Mapping[str, str]) -> None:
    """Raise Refused, 400, for an enterprise, a district or a message type that is unknown."""
    if code := word_in(query, "enterprise"):
        known = {firm.code for firm in await node.office.store.read(views.enterprises)}
        if code not in known:
            raise bad_value("enterprise", code, "已登记企业的代码", "the code of an enterprise")
    code = word_in(query, "customs")
    if code and node.office.codes.find("customs", code) is None:
        raise bad_value("customs", code, "关区代码, 如 0100", "the code of a district, like 0100")
    if kind := word_in(query, "kind"):
        kinds = tuple(catalogue().filings)
        if kind not in kinds and kind not in NAMES:
            raise bad_value("kind", kind, " | ".join(kinds), " | ".join(kinds))
