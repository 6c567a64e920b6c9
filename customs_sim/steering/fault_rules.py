"""Which fault strikes which answers: the rules that a tester sets, read from YAML or JSON with the
place of every mistake. Strikes nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from lxml import etree

from customs_sim.steering.fault import Fault
from customs_sim.steering.faults import FAULTS
from customs_sim.steering.matching import FieldTest, Match
from customs_sim.steering.yaml_reading import BadText, Problem, Table, read
from schemas.catalogue import catalogue

NAME = r"[a-z0-9][a-z0-9_-]{0,39}"
MOST_SEED = 2**63 - 1
MOST_COUNT = 1_000_000_000
"""The largest ``nth``, ``every`` and ``limit`` of a match."""
REPORT = "DxpRep"
"""The platform's report, which customs may send too."""
RESULTS = ("1", "2", "3", "Y", "Z")
MOST_OPTION = 31_622_400
"""The largest number that an option of a fault may have: seconds of a year."""


def answers() -> tuple[str, ...]:
    """Return the types of all messages that customs sends."""
    return (*catalogue().answers, REPORT)


class FaultRule(msgspec.Struct, frozen=True, kw_only=True):
    """One fault and where it strikes. ``options`` are those of its row, changed by the tester."""

    name: str
    fault: str
    match: Match = Match()
    options: Mapping[str, int] = msgspec.field(default_factory=dict)

    @property
    def row(self) -> Fault:
        """Return the fault."""
        return FAULTS[self.fault]


class FaultSet(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that apply together; the first that strikes an answer counts. ``seed`` None: that of
    the run."""

    seed: int | None = None
    rules: tuple[FaultRule, ...] = ()


def fault_set(text: str) -> FaultSet:
    """Read fault rules from ``text``; raise BadText with every mistake."""
    problems: list[Problem] = []
    top = read(text, problems)
    made = FaultSet(seed=top.whole("seed", 0, MOST_SEED), rules=fault_rules(top, "rules"))
    if "rules" not in top:
        top.missing("rules", "规则列表", "a list of rules")
    top.done()
    if problems:
        raise BadText(problems)
    return made


def fault_rules(top: Table, name: str) -> tuple[FaultRule, ...]:
    """Read the list under ``name``; an unnamed rule is called after its fault and place."""
    rules: list[FaultRule] = []
    for at, table in enumerate(top.items(name), 1):
        fault = fault_of(table)
        rule = FaultRule(
            name=table.text("name", f"{fault}-{at}".replace("_", "-"), form=NAME),
            fault=fault,
            options=options_of(table, fault),
            match=match_of(table.table("match"), answers(), results=True),
        )
        table.once("name", rule.name, {other.name for other in rules})
        table.done()
        rules.append(rule)
    return tuple(rules)


def fault_of(table: Table) -> str:
    """Read the name of a fault; return a known one even when a mistake was noted."""
    name = table.text("fault", options=tuple(FAULTS))
    return name if name in FAULTS else next(iter(FAULTS))


def options_of(table: Table, fault: str) -> dict[str, int]:
    """Return the numbers of the fault's row, changed by ``with``."""
    given, row = table.table("with"), FAULTS[fault]
    if given is None:
        return dict(row.options)
    options = {
        name: given.whole(name, 1, MOST_OPTION if name == "seconds" else 100) or default
        for name, default in row.options.items()
    }
    given.done()
    return options


def match_of(table: Table | None, types: tuple[str, ...], *, results: bool = False) -> Match:
    """Read what a rule is about; everything when there is no table."""
    if table is None:
        return Match()
    share = table.number("chance", 0, 1)
    match = Match(
        types=table.texts("type", options=types),
        enterprises=table.texts("enterprise", most=10),
        ref=table.text("ref", "", most=64),
        results=table.texts("result", options=RESULTS) if results else (),
        field=None if results else _field(table.table("field")),
        again=None if results else table.flag("again"),
        nth=table.whole("nth", 1, MOST_COUNT) or 0,
        every=table.whole("every", 1, MOST_COUNT) or 0,
        chance=1.0 if share is None else share,
        limit=table.whole("limit", 1, MOST_COUNT) or 0,
    )
    table.done()
    return match


def _field(table: Table | None) -> FieldTest | None:
    if table is None:
        return None
    path = table.text("path", most=300)
    try:
        etree.XPath(path or ".")
    except etree.XPathError as error:
        table.wrong(
            table.node,
            f"XPath ({error})",
            f"an XPath ({error})",
            key=f"{table.key}.path",
            found=path,
        )
        path = "."
    test = FieldTest(
        path=path,
        value=table.text("value") if "value" in table else None,
        over=table.number("over", -1e15, 1e15),
        under=table.number("under", -1e15, 1e15),
    )
    table.done()
    return test
