"""What strangers give is read in one place, and what is stored is shown by one: other places may
not do it themselves."""

from __future__ import annotations

import re

import pytest

from docs.house import modules

ONLY: dict[str, tuple[str, frozenset[str]]] = {
    "a stored moment becomes a date in schemas.times": (
        r"\bfromtimestamp\(",
        frozenset({"schemas.times", "gateway.base.logs"}),
    ),
    "a search is escaped in gateway.queries.filters": (r"\.i?like\(", frozenset()),
    "JSON of a request is read in gateway.base.web.json_bodies": (
        r"json\.(decode|loads)\(\s*(await|content|body)",
        frozenset(
            {
                "gateway.base.web.json_bodies",
                "gateway.base.terminal.calls",  # an answer of ours
                "customs_sim.control.scenarios",  # JSON or YAML
            }
        ),
    ),
    "a link to a message is made by gateway.base.web.addresses": (
        r"""f["']\{?[^"']*/messages/\{(?!row\['id'\])""",
        frozenset(),
    ),
    "Accept is read by gateway.base.web.accepting": (
        r"""in (request\.headers\.get\(["']Accept|accept\b)""",
        frozenset(),
    ),
    "a moment is written in Asia/Shanghai by schemas.times": (
        r"""astimezone\(SHANGHAI\)\.(date\(\)|strftime\("%Y-%m-%d( %H:%M:%S)?"\))""",
        frozenset({"schemas.times"}),
    ),
    "an amount gets its decimals in schemas.money": (
        r":\.2f\}",
        frozenset({"schemas.money", "fixtures.kit.bench.bench"}),  # seconds
    ),
    "a server is gateway.base.web.server.Runner": (
        r"web\.AppRunner\(\s*$|web\.AppRunner\((?!\):)",
        frozenset({"gateway.base.web.server"}),
    ),
}


@pytest.mark.parametrize("rule", ONLY)
def test_there_is_one_reader(rule: str) -> None:
    pattern, allowed = ONLY[rule]
    found = {
        name
        for name, file in modules().items()
        if ".migrations." not in name and re.search(pattern, file.read_text(encoding="utf-8"))
    }
    assert found - allowed == set()
