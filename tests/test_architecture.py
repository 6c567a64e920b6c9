"""The order of the rooms: a room imports only rooms before it, and a few habits that keep them
apart.

Every import counts, also one inside a function or under TYPE_CHECKING. The lists name every room;
``docs/house.py`` measures.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.house import Plan, edges, modules, picture, plan, upward

pytestmark = pytest.mark.xdist_group("architecture")  # every file is parsed in one worker only

ORDER: dict[str, tuple[tuple[str, ...], ...]] = {
    "": (("schemas",), ("handlers",), ("gateway",), ("customs_sim",), ("fixtures",)),
    "handlers": (("lifecycle",), ("contract",), ("declaration", "grt")),
    "gateway": (
        ("base", "checks", "attempt_ids"),
        ("store",),
        ("filing", "receipts", "queries"),
        ("service",),
        ("api", "bootstrap"),
        ("portal",),
        ("cli",),
    ),
    "gateway.base": (
        ("message", "chance", "files", "serials", "logs", "sheets"),
        ("settings",),
        ("ports",),
        ("errors",),
        ("batching", "first", "workplaces"),
        ("relay",),
        ("store", "broker", "clock", "terminal", "web"),
        ("process",),
    ),
    "customs_sim": (
        ("wire", "store"),
        ("ledger", "cases"),
        ("rules", "steering"),
        ("office",),
        ("flow",),
        ("desk",),
        ("node",),
        ("control",),
        ("console",),
        ("cli",),
    ),
    "fixtures": (("corpus",), ("making",), ("kit",)),
    "fixtures.kit": (("shared",), ("pair", "record"), ("replay",), ("tour",), ("bench",), ("cli",)),
}
"""A folder to its rooms, from low to high. A room takes from rooms before it, never from one beside
it in the same bracket."""

STRANGERS: dict[str, tuple[str, ...]] = {
    "handlers": ("schemas",),
    "gateway.base": ("schemas.times",),
    "gateway.checks": ("schemas", "handlers"),
    "customs_sim": ("schemas", "gateway.base"),
}
"""A room to all that it may know outside of itself. The two sides are strangers: they share the
wire and what both stand on."""

MOST: dict[str, tuple[int, int, int]] = {
    "": (5, 5, 9),
    "gateway": (12, 7, 41),
    "customs_sim": (13, 10, 61),
    "fixtures.kit": (10, 8, 12),
}
"""A folder to its rooms, floors and arrows at most."""

STATE = frozenset(
    {
        "create_engine",
        "SchemaSet",
        "CodeLists",
        "XmlReader",
        "Explainer",
        "SqlStore",
        "LocalBroker",
        "Metrics",
        "CollectorRegistry",
        "Settings",
        "getenv",
        "now",
        "today",
        "utcnow",
        "ClientSession",
        "connect",
    }
)
"""Calls that make state or read the world: never while a module is imported. Everything arrives
through ``bootstrap``."""


def beyond(source: str, target: str) -> bool:
    """Return whether ``target`` is something that a room around ``source`` may not know."""
    return any(
        _in(source, room)
        and not _in(target, room)
        and not any(_in(target, known) for known in allowed)
        for room, allowed in STRANGERS.items()
    )


def _in(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def forbidden(root: Path | None = None) -> list[str]:
    """Return the imports that no list allows."""
    at = (root,) if root else ()
    found = {
        f"{source} imports {target}" for source, target in edges(*at) if beyond(source, target)
    }
    return sorted(
        found | {told for house, order in ORDER.items() for told in upward(order, house, *at)}
    )


def calls_on_import(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that run when the module is imported: not those inside functions, but those of defaults
    and decorators."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack += [
                *node.decorator_list,
                *node.args.defaults,
                *(d for d in node.args.kw_defaults if d is not None),
            ]
        elif isinstance(node, ast.Lambda):
            stack += node.args.defaults
        else:
            stack += ast.iter_child_nodes(node)


FOREIGN = frozenset({"text", "tag", "body"})
"""Attributes of lxml's elements and of aiohttp's answers, which anybody may set. Some class of ours
has the same."""


def attributes_of(tree: ast.AST) -> set[str]:
    """Return the attributes that the classes of a module give to their objects."""
    names: set[str] = set()
    for made in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        names |= {target.attr for target in targets(made) if owner(target) == "self"}
        names |= {
            node.target.id
            for node in made.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
    return names


def targets(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Yield every attribute that something is assigned to, also one in a tuple."""
    for node in ast.walk(tree):
        stack: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            stack = list(node.targets)
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            stack = [node.target]
        while stack:
            target = stack.pop()
            if isinstance(target, ast.Attribute):
                yield target
            elif isinstance(target, ast.Tuple | ast.List):
                stack += target.elts
            elif isinstance(target, ast.Starred):
                stack.append(target.value)


def owner(target: ast.Attribute) -> str:
    """Return what the attribute is of, as it is written."""
    return ast.unparse(target.value)


def set_from_outside(trees: dict[str, ast.AST]) -> list[str]:
    """Return the assignments to an attribute of another object, where no class of the module has an
    attribute of that name but a class of another module has. What is local to a thread is its
    owner's."""
    own = {name: attributes_of(tree) for name, tree in trees.items()}
    known = {attribute for attributes in own.values() for attribute in attributes} - FOREIGN
    return sorted(
        f"{name}: {ast.unparse(target)}"
        for name, tree in trees.items()
        for target in targets(tree)
        if target.attr in known - own[name] and owner(target) not in ("self", "cls", "self._local")
    )


def private_imports(tree: ast.AST) -> list[str]:
    """Find names with a leading underscore that a module takes from another one."""
    return [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]


def name_of(call: ast.Call) -> str:
    return (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )


# the product


def test_every_import_goes_down() -> None:
    assert forbidden() == []


@pytest.mark.parametrize("house", ORDER)
def test_the_lists_name_every_room_once(house: str) -> None:
    named = [room for bracket in ORDER[house] for room in bracket]
    assert sorted(named) == list(plan(house).rooms)


@pytest.mark.parametrize("house", MOST)
def test_no_folder_grows_beyond_its_bounds(house: str) -> None:
    drawn = plan(house)
    assert (len(drawn.rooms), drawn.height, len(drawn.arrows)) <= MOST[house]
    assert all(
        found <= most
        for found, most in zip(
            (len(drawn.rooms), drawn.height, len(drawn.arrows)), MOST[house], strict=True
        )
    )


def test_no_rooms_go_round_in_a_circle() -> None:
    packages = {name.rpartition(".")[0] for name in modules()} - {""} | {""}
    assert {
        house: drawn.circles for house in sorted(packages) if (drawn := plan(house)).circles
    } == {}


def test_only_the_tester_knows_both_sides() -> None:
    pairs = set(edges())
    assert {
        s for s, t in pairs if t.startswith("customs_sim") and not s.startswith("customs_sim")
    } <= {m for m in modules() if m.startswith("fixtures.kit")}


def test_handlers_are_pure() -> None:
    """They never await, and import nothing that stores, sends, logs or reads a clock."""
    for name, file in modules().items():
        if name.startswith("handlers"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            assert not [
                n for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef | ast.Await)
            ], name
            foreign = {
                a.name.partition(".")[0]
                for n in ast.walk(tree)
                if isinstance(n, ast.Import)
                for a in n.names
            }
            foreign |= {
                (n.module or "").partition(".")[0]
                for n in ast.walk(tree)
                if isinstance(n, ast.ImportFrom)
            }
            assert not foreign & {
                "asyncio",
                "logging",
                "os",
                "time",
                "random",
                "sqlalchemy",
                "aiohttp",
                "sqlite3",
                "threading",
            }, name


@pytest.mark.parametrize("name", [m for m in modules() if not {"cli", "kit"} & set(m.split("."))])
def test_no_state_is_made_while_a_module_is_imported(name: str) -> None:
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    assert [
        f"line {call.lineno}: {name_of(call)}"
        for call in calls_on_import(tree)
        if name_of(call) in STATE
    ] == []


def test_an_object_is_complete_once_it_is_made() -> None:
    """Nobody sets an attribute of an object whose class stands in another module."""
    trees: dict[str, ast.AST] = {
        name: ast.parse(file.read_text(encoding="utf-8")) for name, file in modules().items()
    }
    assert set_from_outside(trees) == []


def test_a_name_with_an_underscore_stays_in_its_module() -> None:
    taken = {
        name: private_imports(ast.parse(file.read_text(encoding="utf-8")))
        for name, file in modules().items()
    }

    assert {name: names for name, names in taken.items() if names} == {}


# the test itself


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        (
            "schemas/xml.py",
            "from gateway.base.errors import EportError",
            "top: schemas imports gateway",
        ),
        (
            "handlers/lifecycle.py",
            "import gateway.filing.submission",
            "handlers.lifecycle imports gateway.filing.submission",
        ),
        (
            "handlers/grt/grt101.py",
            "from gateway.base.ports import Clock",
            "handlers.grt.grt101 imports gateway.base.ports",
        ),
        (
            "gateway/filing/submission.py",
            "from gateway.api.http import json",
            "gateway: filing imports api",
        ),
        (
            "gateway/filing/submission.py",
            "from gateway import bootstrap",
            "gateway: filing imports bootstrap",
        ),
        (
            "gateway/bootstrap.py",
            "def f():\n    import customs_sim.node",
            "top: gateway imports customs_sim",
        ),
        (
            "gateway/base/errors.py",
            "from ..filing import submission",
            "gateway.base.errors imports gateway.filing.submission",
        ),
        (
            "customs_sim/node.py",
            "from handlers.lifecycle import Status",
            "customs_sim.node imports handlers.lifecycle",
        ),
        (
            "customs_sim/node.py",
            "from gateway import filing",
            "customs_sim.node imports gateway.filing",
        ),
        (
            "customs_sim/ledger/books.py",
            "from customs_sim import node",
            "customs_sim: ledger imports node",
        ),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, line: str, told: str) -> None:
    for name in (
        "schemas/xml",
        "gateway/__init__",
        "gateway/base/__init__",
        "gateway/base/errors",
        "gateway/base/ports",
        "gateway/filing/__init__",
        "gateway/filing/submission",
        "gateway/bootstrap",
        "gateway/api/http",
        "handlers/__init__",
        "handlers/lifecycle",
        "handlers/grt/grt101",
        "customs_sim/node",
        "customs_sim/ledger/__init__",
        "customs_sim/ledger/books",
    ):
        made = tmp_path / f"{name}.py"
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(line if f"{name}.py" == file else "", encoding="utf-8")
    assert told in forbidden(tmp_path)


def test_floors_arrows_and_circles_are_counted(tmp_path: Path) -> None:
    for name, text in {
        "a": "import gateway.b",
        "b": "import gateway.c",
        "c": "",
        "d": "import gateway.e",
        "e": "import gateway.d",
    }.items():
        made = tmp_path / "gateway" / f"{name}.py"
        made.parent.mkdir(exist_ok=True)
        made.write_text(text, encoding="utf-8")
    assert plan("gateway", tmp_path) == Plan(
        rooms=("a", "b", "c", "d", "e"),
        circles=(frozenset({"d", "e"}),),
        floors={"a": 3, "b": 2, "c": 1, "d": 1, "e": 1},
        arrows=frozenset({("a", "b"), ("b", "c"), ("d", "e"), ("e", "d")}),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("relay.observer = 1", ["wiring: relay.observer"]),
        ("def f():\n    a, office.relay.observer = 1, 2", ["wiring: office.relay.observer"]),
        ("relay.sent += 1", ["wiring: relay.sent"]),
        ("relay.nothing_of_ours = 1", []),
        ("class Own:\n    sent: int\ndef f(own): own.sent = 1", []),
        ("class Own:\n    def __init__(self): self.sent = 1", []),
        ("element.text = ''", []),
        ("class Own:\n    def f(self): self.relay.observer = 1", ["wiring: self.relay.observer"]),
    ],
)
def test_an_attribute_set_from_outside_is_found(line: str, told: list[str]) -> None:
    relay = (
        "class Relay:\n    text: str\n    sent: int = 0\n"
        "    def __init__(self): self.observer = None"
    )
    assert set_from_outside({"relay": ast.parse(relay), "wiring": ast.parse(line)}) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("from a.b import _c, d", ["a.b._c"]),
        ("from a.b import c", []),
        ("from a import __version__", []),
    ],
)
def test_a_private_name_that_is_imported_is_found(line: str, told: list[str]) -> None:
    assert private_imports(ast.parse(line)) == told


def test_the_picture_leaves_out_an_arrow_that_a_longer_way_shows(tmp_path: Path) -> None:
    for name, text in {"a": "import gateway.b\nimport gateway.c", "b": "import gateway.c"}.items():
        made = tmp_path / "gateway" / f"{name}.py"
        made.parent.mkdir(exist_ok=True)
        made.write_text(text, encoding="utf-8")
    (tmp_path / "gateway" / "c.py").write_text("", encoding="utf-8")
    drawn = [line.strip() for line in picture(tmp_path).splitlines() if "-->" in line]
    assert drawn == ["gateway_a --> gateway_b", "gateway_b --> gateway_c"]


def test_state_is_found_in_defaults_and_classes_but_not_in_functions() -> None:
    tree = ast.parse(
        "A = f(SchemaSet())\nclass B:\n    c = CodeLists()\ndef d(e=create_engine('x')):\n   "
        " return XmlReader()\ng = lambda: SqlStore('')\n"
    )
    assert sorted(name_of(call) for call in calls_on_import(tree) if name_of(call) in STATE) == [
        "CodeLists",
        "SchemaSet",
        "create_engine",
    ]
