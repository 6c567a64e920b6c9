"""Which room may import from which: the table of allowed edges, and a few habits that keep the rooms apart.

Every import counts, also one inside a function or under TYPE_CHECKING. A new module belongs to a room at once: it is
either named here or falls into the room of its folder.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("schemas", "gateway", "handlers", "customs_sim", "fixtures")
MOST_LINES = 350

CORE = ("errors", "message", "lifecycle", "declaration", "handler", "ports")
LENT = ("settings", "logs", "batching", "relay")
"""What the gateway's shell lends to customs, beside adapters and part of the core (``design.md``, Layout)."""

ALLOWED: dict[str, frozenset[str]] = {
    "schemas": frozenset({"schemas"}),
    "core": frozenset({"schemas", "core"}),
    "adapters": frozenset({"core", "adapters"}),
    "lent": frozenset({"core", "adapters", "lent"}),
    "shell": frozenset({"schemas", "core", "adapters", "lent", "shell"}),
    "handlers": frozenset({"schemas", "handlers", "gateway.handler", "gateway.lifecycle", "gateway.declaration", "gateway.errors"}),
    "bootstrap": frozenset({"schemas", "core", "adapters", "lent", "shell", "handlers"}),
    "api": frozenset({"schemas", "core", "adapters", "lent", "shell", "api"}),
    "customs": frozenset({"schemas", "customs", "adapters", "lent", "gateway.ports", "gateway.message", "gateway.errors"}),
    "fixtures": frozenset({"schemas", "fixtures"}),
    "cli": frozenset({"schemas", "core", "adapters", "lent", "shell", "bootstrap", "api", "customs", "fixtures", "cli"}),
}
"""Room to the rooms, or single modules, that it may import."""

STATE = frozenset({"create_engine", "SchemaSet", "CodeLists", "XmlReader", "Explainer", "SqlStore", "LocalBroker", "Metrics",
                   "CollectorRegistry", "Settings", "getenv", "now", "today", "utcnow", "ClientSession", "connect"})
"""Calls that make state or read the world: never while a module is imported. Everything arrives through ``bootstrap``."""


def room_of(module: str) -> str:
    """The room that a module of ours stands in."""
    package, _, rest = module.partition(".")
    first = rest.partition(".")[0]
    if package != "gateway":
        return {"customs_sim": "customs"}.get(package, package)
    if first in CORE:
        return "core"
    if first in LENT:
        return "lent"
    return first if first in ("adapters", "api", "cli", "bootstrap") else "shell"


@functools.cache
def modules(root: Path = ROOT) -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    found: dict[str, Path] = {}
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(module: str, tree: ast.AST, known: Iterable[str], *, is_package: bool = False) -> Iterator[str]:
    """The modules of ours that ``module`` imports, wherever the import stands."""
    known = set(known)
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = module.split(".")
                here = here[:len(here) - node.level + is_package]
                base = ".".join([*here, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
        for name in names:
            while name and name not in known:
                name = name.rpartition(".")[0]
            if name and name != module and name.partition(".")[0] in PACKAGES:
                yield name


def edges(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    found = modules(root)
    for name, file in found.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for target in imports(name, tree, found, is_package=file.name == "__init__.py"):
            yield name, target


def forbidden(root: Path = ROOT) -> list[str]:
    """The edges that the table does not allow."""
    return sorted({f"{source} ({room_of(source)}) imports {target} ({room_of(target)})" for source, target in edges(root)
                   if room_of(target) not in ALLOWED[room_of(source)] and target not in ALLOWED[room_of(source)]
                   and target not in ("gateway", room_of(source))})


def calls_on_import(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that run when the module is imported: not those inside functions, but those of defaults and decorators."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack += [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        elif isinstance(node, ast.Lambda):
            stack += node.args.defaults
        else:
            stack += ast.iter_child_nodes(node)


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


# the product


def test_no_module_imports_what_its_room_may_not() -> None:
    assert forbidden() == []


def test_every_room_is_in_the_table_and_every_rule_of_the_table_has_a_room() -> None:
    rooms = {room_of(module) for module in modules()}
    assert rooms <= set(ALLOWED)
    assert set(ALLOWED) == rooms
    known = rooms | set(modules())
    assert {target for targets in ALLOWED.values() for target in targets} <= known


def test_schemas_import_nothing_of_ours() -> None:
    assert [(s, t) for s, t in edges() if s.startswith("schemas") and not t.startswith("schemas")] == []


def test_the_core_imports_only_the_core_and_schemas() -> None:
    core = {f"gateway.{name}" for name in CORE}
    assert core <= set(modules())
    assert [(s, t) for s, t in edges() if s in core and not (t in core or t.startswith("schemas"))] == []


def test_only_bootstrap_imports_handlers() -> None:
    assert {s for s, t in edges() if t.startswith("handlers") and not s.startswith("handlers")} == {"gateway.bootstrap"}


def test_only_the_command_line_knows_both_sides() -> None:
    pairs = set(edges())
    both = {s for s, t in pairs if t.startswith("customs_sim")} & {s for s, t in pairs if t == "gateway.bootstrap"}
    assert both
    assert {s for s, t in pairs if t.startswith("customs_sim") and not s.startswith("customs_sim")} | both <= {
        m for m in modules() if room_of(m) == "cli"}
    assert {s for s, t in pairs if t == "gateway.bootstrap"} <= {m for m in modules() if room_of(m) == "cli"}


def test_customs_knows_nothing_of_how_the_gateway_decides() -> None:
    lent = {"gateway.ports", "gateway.message", "gateway.settings", "gateway.logs", "gateway.batching", "gateway.relay",
            "gateway.errors"}
    known = {t for s, t in edges() if s.startswith("customs_sim") and t.startswith("gateway")}
    assert {t for t in known if t not in lent and not t.startswith("gateway.adapters")} <= {"gateway"}


def test_handlers_are_pure() -> None:
    """They never await, and import nothing that stores, sends, logs or reads a clock."""
    for name, file in modules().items():
        if name.startswith("handlers"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            assert not [n for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef | ast.Await)], name
            foreign = {a.name.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
            foreign |= {(n.module or "").partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            assert not foreign & {"asyncio", "logging", "os", "time", "random", "sqlalchemy", "aiohttp", "sqlite3", "threading"}, name


@pytest.mark.parametrize("name", [m for m in modules() if room_of(m) != "cli"])
def test_no_state_is_made_while_a_module_is_imported(name: str) -> None:
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    assert [f"line {call.lineno}: {name_of(call)}" for call in calls_on_import(tree) if name_of(call) in STATE] == []


def test_files_stay_short() -> None:
    long = {name: n for name, file in modules().items()
            if (n := len(file.read_text(encoding="utf-8").splitlines())) > MOST_LINES}
    assert long == {}


# the test itself


@pytest.mark.parametrize(("file", "line", "told"), [
    ("schemas/xml.py", "from gateway.errors import EportError", "schemas.xml (schemas) imports gateway.errors (core)"),
    ("gateway/lifecycle.py", "import gateway.submission", "gateway.lifecycle (core) imports gateway.submission (shell)"),
    ("gateway/submission.py", "from handlers import grt101", "gateway.submission (shell) imports handlers.grt101 (handlers)"),
    ("gateway/submission.py", "from gateway.api.http import json", "gateway.submission (shell) imports gateway.api.http (api)"),
    ("gateway/api/http.py", "from gateway import bootstrap", "gateway.api.http (api) imports gateway.bootstrap (bootstrap)"),
    ("gateway/bootstrap.py", "def f():\n    import customs_sim.node",
     "gateway.bootstrap (bootstrap) imports customs_sim.node (customs)"),
    ("handlers/grt101.py", "from gateway.submission import x", "handlers.grt101 (handlers) imports gateway.submission (shell)"),
    ("handlers/grt101.py", "from gateway.ports import Clock", "handlers.grt101 (handlers) imports gateway.ports (core)"),
    ("customs_sim/node.py", "from gateway.lifecycle import Status", "customs_sim.node (customs) imports gateway.lifecycle (core)"),
    ("customs_sim/node.py", "from gateway import submission", "customs_sim.node (customs) imports gateway.submission (shell)"),
    ("customs_sim/node.py", "from handlers import grt101", "customs_sim.node (customs) imports handlers.grt101 (handlers)"),
    ("gateway/adapters/sql.py", "from ..submission import x", "gateway.adapters.sql (adapters) imports gateway.submission (shell)"),
    ("gateway/adapters/__init__.py", "from .. import submission", "gateway.adapters (adapters) imports gateway.submission (shell)"),
])
def test_a_forbidden_edge_is_found(tmp_path: Path, file: str, line: str, told: str) -> None:
    for name in ("schemas/xml", "gateway/__init__", "gateway/errors", "gateway/lifecycle", "gateway/ports", "gateway/submission",
                 "gateway/bootstrap", "gateway/api/http", "gateway/adapters/__init__", "gateway/adapters/sql", "handlers/__init__",
                 "handlers/grt101", "customs_sim/node"):
        made = tmp_path / f"{name}.py"
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(line if f"{name}.py" == file else "", encoding="utf-8")
    assert forbidden(tmp_path) == [told]


def test_state_is_found_in_defaults_and_classes_but_not_in_functions() -> None:
    tree = ast.parse("A = f(SchemaSet())\nclass B:\n    c = CodeLists()\ndef d(e=create_engine('x')):\n    return XmlReader()\n"
                     "g = lambda: SqlStore('')\n")
    assert sorted(name_of(call) for call in calls_on_import(tree) if name_of(call) in STATE) == [
        "CodeLists", "SchemaSet", "create_engine"]
