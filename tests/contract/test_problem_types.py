"""The ``type`` of a problem is the address of the page that explains its first error
(``docs/contract.md`` 3): every code that either side can answer with has an anchor there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from customs_sim.control.explained import explained as of_customs
from gateway.api.explained import explained as of_gateway
from tests.conftest import Api

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[A-Z]+[0-9]*\.[0-9]{2}|K[0-9]{1,2}")
PAGES = {"gateway": of_gateway, "customs_sim": of_customs}
ANCHOR = re.compile('id="([^"]+)"')


def literal(*rooms: str) -> set[str]:
    """Every code that stands in the source of these rooms as a text of its own."""
    return {
        node.value
        for room in rooms
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value)
    }


@pytest.mark.parametrize(
    ("side", "rooms", "but"),
    [
        ("gateway", ("schemas", "handlers", "gateway"), set()),
        # F111.05 has letters behind it in the table of rules; X.09 is of the gateway alone.
        ("customs_sim", ("schemas", "customs_sim"), {"F111.05", "X.09"}),
    ],
)
def test_every_code_in_the_source_is_explained_in_both_languages(
    side: str, rooms: tuple[str, ...], but: set[str]
) -> None:
    rows = PAGES[side]()
    assert literal(*rooms) - but - {row.code for row in rows} == set()
    assert [row.code for row in rows if not (row.zh and row.en)] == []


async def test_the_type_of_a_problem_leads_to_its_explanation_on_both_sides(api: Api) -> None:
    refusals = [
        await api.post(b"hello"),
        await api.get("/nothing"),
        await api.get("/declarations", params={"lmit": 3}),
        await api.get("/declarations", key=""),
        await api.control("GET", "/cases/999999"),
        await api.control("POST", "/payments", {"amount": "x"}),
        await api.control("POST", "/levies/NONE/reissue", {"amount": "5.00"}),
    ]
    origins = [api.ready.gateway] * 4 + [api.ready.control] * 3
    for refused, origin in zip(refusals, origins, strict=True):
        path, _, anchor = refused.json["type"].partition("#")
        assert anchor == (refused.codes or ["AUTH.01"])[0]
        shown = await api.get(origin + path, key="")
        assert (shown.status, shown.type) == (200, "text/html")
        anchors = ANCHOR.findall(shown.body.decode())
        assert anchor in anchors
        assert len(anchors) == len(set(anchors))
    assert (await api.get("/docs/findings", key="")).status == 200
    assert (await api.get(f"{api.ready.gateway}/docs/findings", key="")).status == 200
